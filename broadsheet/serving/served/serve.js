// In pages that `broadsheet serve` sends, and in no file: shows problems, and what has changed, without a key pressed.
(() => {
  const OWN = "/.broadsheet/";
  let version = document.currentScript.dataset.version;
  let source = null;
  let overlay = null;

  const make = (name, text, ...children) => {
    const element = document.createElement(name);
    if (text) element.textContent = text;
    element.append(...children);
    return element;
  };

  const hide = () => {
    overlay?.remove();
    overlay = null;
  };

  const show = (problems) => {
    hide();
    overlay = make("broadsheet-problems");
    const root = overlay.attachShadow({ mode: "open" });
    const sheet = make("link");
    sheet.rel = "stylesheet";
    sheet.href = `${OWN}problems.css`;
    const close = make("button", "Hide");
    close.addEventListener("click", hide);
    const items = problems.map(({ path, line, column, severity, code, message, hint }) => {
      const place = [path, line, column].filter((part) => part).join(":");
      return make("li", "", make("p", place), make("p", `${severity}[${code}]: ${message}`), make("p", hint));
    });
    const box = make("section", "", make("h2", "The site could not be built"), close, make("ul", "", ...items));
    box.setAttribute("role", "alert");
    box.append(make("p", "This page is the last one that could."));
    root.append(sheet, box);
    document.documentElement.append(overlay);
  };

  const sheets = (root) =>
    [...root.querySelectorAll('link[rel="stylesheet"]')].filter((link) => !link.getAttribute("href").startsWith(OWN));

  const restyle = async (next) => {
    const text = await (await fetch(location.href)).text();
    const fresh = sheets(new DOMParser().parseFromString(text, "text/html"));
    const old = sheets(document);
    if (fresh.length !== old.length) return location.reload();
    for (const [place, link] of old.entries()) {
      const changed = link.cloneNode();
      changed.href = `${fresh[place].getAttribute("href")}?${next}`;
      changed.addEventListener("load", () => link.remove());
      changed.addEventListener("error", () => location.reload());
      link.after(changed);
    }
  };

  const hear = ({ data }) => {
    const news = JSON.parse(data);
    const errors = news.problems.filter(({ severity }) => severity === "error");
    if (errors.length) show(errors);
    else hide();
    if (news.version === version) return;
    if (news.restyled !== version) return location.reload();
    version = news.version;
    restyle(version);
  };

  // A browser keeps few connections to one host: only pages that somebody sees have one.
  const listen = () => {
    source?.close();
    source = null;
    if (document.hidden) return;
    source = new EventSource(`${OWN}news?page=${encodeURIComponent(location.pathname)}`);
    source.addEventListener("message", hear);
  };
  document.addEventListener("visibilitychange", listen);
  addEventListener("pageshow", (event) => event.persisted && listen());
  listen();
})();
