// A picture that cannot be loaded leaves quietly. Without this script the browser shows its own sign.
const hide = (image) => image.classList.add("is-missing");
for (const image of document.images) {
  if (image.complete && image.naturalWidth === 0 && image.src) hide(image);
  else image.addEventListener("error", () => hide(image), { once: true });
}

// Plays a video in place of its link, once a reader asks for it. Without this script the link leads to it.
for (const facade of document.querySelectorAll("a[data-player]")) {
  facade.addEventListener("click", (event) => {
    if (event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const player = document.createElement("iframe");
    player.src = facade.dataset.player;
    player.title = document.querySelector("h1")?.textContent ?? "Video";
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
