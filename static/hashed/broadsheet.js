// What makes pages nicer. Without this script each page is complete.

// What a reader's browser remembers stays in it; where it may not remember, nothing is missing.
const memory = {
  get(key) {
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  set(key, value) {
    try {
      if (value === null) localStorage.removeItem(key);
      else localStorage.setItem(key, JSON.stringify(value));
    } catch {
      // Full, or forbidden.
    }
  },
};

// The colours that the reader chose, before the page is drawn if the script is at hand by then.
const root = document.documentElement;
const SCHEME = "broadsheet:scheme";
const scheme = memory.get(SCHEME);
if (scheme === "light" || scheme === "dark") root.dataset.scheme = scheme;

if (document.readyState === "loading") {
  await new Promise((ready) => document.addEventListener("DOMContentLoaded", ready, { once: true }));
}

// The switch between light and dark. It forgets a choice that is the system's own.
for (const button of document.querySelectorAll("button[data-scheme]")) {
  const system = matchMedia("(prefers-color-scheme: dark)");
  const isDark = () => (root.dataset.scheme ?? (system.matches ? "dark" : "light")) === "dark";
  const show = () => button.setAttribute("aria-pressed", String(isDark()));
  button.hidden = false;
  button.addEventListener("click", () => {
    const chosen = isDark() ? "light" : "dark";
    if ((chosen === "dark") === system.matches) delete root.dataset.scheme;
    else root.dataset.scheme = chosen;
    memory.set(SCHEME, root.dataset.scheme ?? null);
    show();
  });
  system.addEventListener("change", show);
  show();
}

// A picture that cannot be loaded leaves quietly.
const hide = (image) => image.classList.add("is-missing");
for (const image of document.images) {
  if (image.complete && image.naturalWidth === 0 && image.src) hide(image);
  else image.addEventListener("error", () => hide(image), { once: true });
}

// Ages of what is at most a week old; the exact date stays in the title.
const ages = new Intl.RelativeTimeFormat(root.lang, { numeric: "auto" });
for (const time of document.querySelectorAll("time[datetime*=T]")) {
  const hours = (Date.parse(time.dateTime) - Date.now()) / 3_600_000;
  if (!(hours <= 0 && hours > -168)) continue;
  time.title = time.textContent;
  time.textContent = hours > -24 ? ages.format(Math.round(hours), "hour") : ages.format(Math.round(hours / 24), "day");
}

// Marks the stories of the front page that were not on it at the last visit. A visit ends half an hour after its last page.
const since = document.querySelector("[data-since]");
if (since) {
  const key = `broadsheet:seen:${since.dataset.since}`;
  const links = [...document.querySelectorAll(".story :is(h2, h3) a")];
  const here = links.map((link) => link.pathname);
  const now = Date.now();
  let seen = memory.get(key);
  if (!(seen?.before instanceof Array && seen.now instanceof Array)) seen = { at: now, before: here, now: here };
  else if (!(now - seen.at < 1_800_000)) seen = { at: now, before: seen.now, now: here };
  memory.set(key, { at: now, before: seen.before, now: here });
  const known = new Set(seen.before);
  const fresh = links.filter((link) => !known.has(link.pathname));
  for (const link of fresh) {
    const mark = document.createElement("span");
    mark.className = "new";
    mark.textContent = since.dataset.new;
    link.parentElement.prepend(mark, " ");
  }
  if (fresh.length) {
    since.append(String(new Set(fresh.map((link) => link.pathname)).size));
    since.hidden = false;
  }
}

// Plays a video in place of its link, once a reader asks for it. Without this script the link leads to it.
for (const facade of document.querySelectorAll("a[data-player]")) {
  facade.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const player = document.createElement("iframe");
    player.src = facade.dataset.player;
    player.title = document.querySelector("h1")?.textContent ?? "";
    player.allow = "autoplay; encrypted-media; fullscreen; picture-in-picture";
    player.allowFullscreen = true;
    player.referrerPolicy = "strict-origin-when-cross-origin";
    facade.replaceWith(player);
    player.focus();
  });
}

// Copies the address of a feed. Without this script the address can be selected and read.
for (const button of document.querySelectorAll("button[data-copy]")) {
  if (!navigator.clipboard) break;
  button.hidden = false;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    const name = button.textContent;
    button.textContent = button.dataset.copied;
    setTimeout(() => (button.textContent = name), 2000);
  });
}
