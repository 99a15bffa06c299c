// Searches the index that Pagefind made, in the browser. Without this script the page offers topics, the archive and
// another engine. The index is made of volumes, each with a file of facets: what its stories can be filtered by, the
// newest story first. Every word that readers see stands in the page.
const PAGE = 10;
const PAUSE = 200;
const NAMES = ["q", "topic", "provider", "year", "type", "sort"];
const FILTERS = ["topic", "provider", "year", "type"];

const form = document.querySelector("form[data-search]");
const language = document.documentElement.lang;
const number = new Intl.NumberFormat(language);
const day = new Intl.DateTimeFormat(language, { dateStyle: "long", timeZone: "UTC" });

/** Make an element with attributes and what is in it: texts, which stay texts, and elements. */
const element = (name, attributes, ...children) => {
  const made = document.createElement(name);
  for (const [key, value] of Object.entries(attributes)) made.setAttribute(key, value);
  made.append(...children);
  return made;
};

/** Return the last part of an address that ends in a slash. */
const lastPart = (address) => address.split("/").at(-2);

/** Return an address of the site, which begins with a slash, below the site's base path. */
const link = (address) => form.dataset.base + address.slice(1);

/** Load the facets of a volume: its stories, by the names of their fragments. */
const loadFacets = async (folder) => {
  // Asked for anew each time, since its name stays: it must be of the same build as the index.
  const response = await fetch(`${folder}facets.json`, { cache: "no-cache" });
  if (!response.ok) throw new Error(`${response.status} for ${response.url}`);
  const { providers, topics, stories } = await response.json();
  const named = topics.map(([name, address]) => ({ name, address, key: lastPart(address) }));
  return stories.map(([fragment, date, type, provider, own]) => {
    const [name, address] = providers[provider];
    const all = new Set(own.flatMap((place) => [place, ...topics[place][2]]));
    return {
      fragment,
      date,
      topics: own.map((place) => named[place]),
      keys: {
        topic: [...all].map((place) => named[place]),
        provider: [{ name, address, key: lastPart(address) }],
        year: [{ name: date.slice(0, 4), key: date.slice(0, 4) }],
        type: [{ key: type }],
      },
    };
  });
};

/** Load Pagefind, and the entries and facets of every volume. */
const load = async () => {
  const folders = form.dataset.volumes.split(" ").map((name) => `${form.dataset.index}${name}/`);
  const { createInstance } = await import(new URL(`${folders[0]}pagefind.js`, location.href));
  const engine = createInstance({ basePath: folders[0], baseUrl: form.dataset.base, noWorker: true });
  const [volumes] = await Promise.all([
    Promise.all(folders.map(loadFacets)),
    ...folders.slice(1).map((folder) => engine.mergeIndex(folder, { baseUrl: form.dataset.base })),
  ]);
  const stories = new Map();
  for (const story of volumes.flat()) stories.set(story.fragment, { ...story, place: stories.size });
  return { engine, stories };
};

/** Return the words of a text, in lower case. Some signs are parts of words, as in C#, but do not begin them. */
const words = (text) =>
  text
    .toLowerCase()
    .replace(/['’]/g, "")
    .split(/[^\p{L}\p{M}\p{N}_#+]+/u)
    .map((word) => word.replace(/^[_#+]+/, ""))
    .filter(Boolean);

/** Return a word without accents. */
const plain = (word) => word.normalize("NFKD").replace(/\p{M}/gu, "");

/** Whether the index has a word, or another form of it, or one that begins so. Where it has none, Pagefind goes back to
 * any word that this one begins with, even if that is a single letter, which finds a lot for nonsense. */
const isKnown = async (engine, word) => {
  const exact = await engine.search(`"${word}"`);
  if (exact.results.length) return true;
  const { results } = await engine.search(word);
  const first = await Promise.all(results.slice(0, 3).map(({ data }) => data()));
  return first.some(({ content, meta }) =>
    words([content, ...Object.values(meta)].join(" ")).some((found) => plain(found).startsWith(plain(word))),
  );
};

/** Search for a phrase between quotation marks, or for words, of which the index must have each; else for all stories. */
const search = async (engine, asked) => {
  if (!asked || /^".+"$/.test(asked)) return (await engine.search(asked || null)).results;
  const wanted = words(asked);
  const known = await Promise.all(wanted.map((word) => isKnown(engine, word)));
  return wanted.length && known.every(Boolean) ? (await engine.search(wanted.join(" "))).results : [];
};

/** Whether a story has what is chosen in each filter but one. */
const suits = (story, chosen, but) =>
  FILTERS.every((name) => name === but || !chosen[name] || story.keys[name].some(({ key }) => key === chosen[name]));

/** Return an excerpt with its marks; all else in it is text, in which Pagefind has escaped two signs. */
const marked = ({ excerpt, content }) => {
  const parts = excerpt.split(/<mark>(.*?)<\/mark>/s).map((part) => part.replaceAll("&lt;", "<").replaceAll("&gt;", ">"));
  const text = parts.join("");
  return [
    content.startsWith(text) ? "" : "… ",
    ...parts.map((part, place) => (place % 2 ? element("mark", {}, part) : part)),
    content.endsWith(text) ? "" : " …",
  ];
};

/** Make the card of a story that was found. */
const card = (story, data) => {
  const [provider] = story.keys.provider;
  const type = [...form.elements.type.options].find(({ value }) => value === story.keys.type[0].key);
  const label = type && type.value !== "article" ? [element("span", { class: "label" }, type.dataset.name), " "] : [];
  const topic = story.topics
    .slice(0, 1)
    .map(({ name, address }) => element("p", { class: "kicker" }, element("a", { href: link(address), dir: "auto" }, name)));
  return element(
    "li",
    {},
    element(
      "article",
      { class: "card story card-plain" },
      element(
        "div",
        { class: "card-text" },
        ...topic,
        element("h2", { class: "search-title", dir: "auto" }, element("a", { href: data.url }, data.meta.title)),
        element(
          "p",
          { class: "meta" },
          ...label,
          element("a", { href: link(provider.address) }, provider.name),
          " · ",
          element("time", { datetime: story.date }, day.format(new Date(story.date))),
        ),
        element("p", { class: "excerpt", dir: "auto" }, ...marked(data)),
      ),
    ),
  );
};

/** Offer in each filter what there is to choose, with the number of stories that would remain. */
const offer = (stories, chosen) => {
  for (const name of FILTERS) {
    const select = form.elements[name];
    const counts = new Map();
    for (const story of stories.filter((found) => suits(found, chosen, name)))
      for (const { key, name: text } of story.keys[name]) {
        const count = counts.get(key) ?? { text, stories: 0 };
        count.stories += 1;
        counts.set(key, count);
      }
    const label = (text, key) => `${text} (${number.format(counts.get(key)?.stories ?? 0)})`;
    if (name === "type") {
      for (const option of [...select.options].filter(({ value }) => value)) {
        option.dataset.name ??= option.textContent;
        option.textContent = label(option.dataset.name, option.value);
        option.hidden = option.disabled = !counts.has(option.value) && option.value !== chosen.type;
      }
      continue;
    }
    const old = [...select.options].find(({ value }) => value && value === chosen[name]);
    if (chosen[name] && !counts.has(chosen[name]))
      counts.set(chosen[name], { text: old?.dataset.name ?? chosen[name], stories: 0 });
    const options = [...counts].map(([key, { text }]) => {
      const option = element("option", { value: key }, label(text, key));
      option.dataset.name = text;
      return option;
    });
    const order = name === "year" ? -1 : 1;
    options.sort((a, b) => order * a.dataset.name.localeCompare(b.dataset.name, language));
    select.replaceChildren(select.options[0], ...options);
    select.value = chosen[name];
  }
};

const start = () => {
  const status = document.querySelector(".search-status");
  const list = document.querySelector(".search-results");
  const more = document.querySelector(".search-more");
  const elsewhere = document.querySelector(".search-elsewhere");
  let loading = null;
  let searches = 0;
  let found = [];

  const chosen = () => Object.fromEntries(NAMES.map((name) => [name, form.elements[name].value.trim()]));

  const say = (text) => {
    status.textContent = text;
  };

  /** Show the next stories that were found; return the first of them. */
  const showMore = async (turn) => {
    const next = found.slice(list.children.length, list.children.length + PAGE);
    const cards = await Promise.all(next.map(async ({ story, data }) => card(story, await data())));
    if (turn !== searches) return null;
    list.append(...cards);
    list.hidden = !list.children.length;
    more.hidden = list.children.length >= found.length;
    return cards[0];
  };

  const run = async () => {
    const turn = ++searches;
    const asked = chosen();
    const address = new URL(location.href);
    for (const name of NAMES) {
      if (asked[name]) address.searchParams.set(name, asked[name]);
      else address.searchParams.delete(name);
    }
    history.replaceState(null, "", address);
    const isAsked = NAMES.some((name) => name !== "sort" && asked[name]);
    try {
      if (isAsked && !list.children.length) say(form.dataset.waiting);
      loading ??= load();
      const { engine, stories } = await loading;
      const results = await search(engine, asked.q);
      if (turn !== searches) return;
      const known = results.map(({ id, data }) => ({ story: stories.get(id), data })).filter(({ story }) => story);
      offer(known.map(({ story }) => story), asked);
      found = isAsked ? known.filter(({ story }) => suits(story, asked)) : [];
      if (asked.sort === "date" || !asked.q) found.sort((a, b) => a.story.place - b.story.place);
      list.replaceChildren();
      list.hidden = more.hidden = true;
      const told = found.length ? form.dataset.found.replace("{n}", number.format(found.length)) : form.dataset.none;
      await showMore(turn);
      if (turn === searches) say(isAsked ? told : "");
    } catch (error) {
      loading = null;
      console.warn(error);
      if (turn !== searches) return;
      say(form.dataset.failed);
      elsewhere.hidden = false;
    }
  };

  let timer = 0;
  const runSoon = () => {
    clearTimeout(timer);
    timer = setTimeout(run, PAUSE);
  };
  const runNow = () => {
    clearTimeout(timer);
    return run();
  };

  const asked = new URLSearchParams(location.search);
  for (const name of NAMES) {
    const value = asked.get(name) ?? "";
    const field = form.elements[name];
    // What can be chosen is known once the index is there; what was chosen, from the address, before.
    if (value && field.options && ![...field.options].some((option) => option.value === value))
      field.append(element("option", { value }, value));
    field.value = value;
  }
  form.addEventListener("input", (event) => (event.target.name === "q" ? runSoon() : runNow()));
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    runNow();
  });
  form.addEventListener("reset", () => setTimeout(runNow));
  form.addEventListener("focusin", () => (loading ??= load()), { once: true });
  more.addEventListener("click", async () => {
    const first = await showMore(searches);
    first?.querySelector("h2 a").focus();
  });
  elsewhere.hidden = true;
  form.hidden = false;
  if (NAMES.some((name) => asked.get(name))) runNow();
};

if (form) start();
