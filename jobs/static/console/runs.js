// Peeking: the link of a row, or Space anywhere in the row, shows the run beside the list. Without JavaScript the link
// leads to a page.
"use strict";
(() => {
  const drawer = document.createElement("dialog");
  drawer.id = "peek";
  drawer.setAttribute("aria-labelledby", "peek-title");
  document.addEventListener("DOMContentLoaded", () => document.body.append(drawer));

  async function peek(link) {
    const answer = await fetch(link.href, { headers: { "X-Popup": "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) { location.assign(link.href); return; }
    drawer.innerHTML = await answer.text();
    const close = Object.assign(document.createElement("button"), { type: "button", className: "c-icon-button u-close", title: "Close (Esc)" });
    close.setAttribute("aria-label", "Close");
    close.innerHTML = '<span class="material-symbols-outlined" aria-hidden="true">close</span>';
    close.addEventListener("click", () => drawer.close());
    drawer.prepend(close);
    if (!drawer.open) drawer.showModal();
  }

  const isPlain = (event) => !event.ctrlKey && !event.metaKey && !event.shiftKey && !event.altKey;

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-peek]");
    if (link && isPlain(event)) { event.preventDefault(); peek(link); }
    if (event.target === drawer) drawer.close();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== " " || !isPlain(event)) return;
    const link = event.target.matches("a") && event.target.closest("tr")?.querySelector("a[data-peek]");
    if (link) { event.preventDefault(); peek(link); }
  });
})();
