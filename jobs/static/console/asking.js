// Questions beside the button that asks them, and the undo that is offered for a moment afterwards. Without JavaScript a
// question is a page of its own.
"use strict";
const asking = (() => {
  const UNDO_MILLISECONDS = 10_000;
  const NARROW = 640;

  // A question beside the button that asks it, instead of on a page of its own.
  const ask = document.createElement("dialog");
  ask.id = "ask";
  ask.setAttribute("aria-labelledby", "ask-title");
  document.addEventListener("DOMContentLoaded", () => document.body.append(ask));

  async function openQuestion(link) {
    const answer = await fetch(link.href, { headers: { "X-Popup": "1" } }).catch(() => null);
    if (!answer?.ok || answer.redirected) { location.assign(link.href); return; }
    ask.innerHTML = await answer.text();
    ask.showModal();
    place(ask, link);
  }

  // Below the button, or above it where there is no room; in the middle of a narrow window.
  function place(box, button) {
    const at = button.getBoundingClientRect(), size = box.getBoundingClientRect();
    const isNarrow = innerWidth < NARROW;
    const left = isNarrow ? (innerWidth - size.width) / 2 : Math.max(8, Math.min(at.right - size.width, innerWidth - size.width - 8));
    const below = at.bottom + 6, above = at.top - size.height - 6;
    const top = isNarrow ? (innerHeight - size.height) / 2 : below + size.height < innerHeight ? below : Math.max(8, above);
    Object.assign(box.style, { position: "fixed", left: `${left}px`, top: `${Math.max(8, top)}px` });
  }

  document.addEventListener("click", (event) => {
    const link = event.target.closest("a[data-ask]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
      event.preventDefault();
      openQuestion(link);
    }
    const isOutside = event.target === ask && event.detail && outside(event);
    if (isOutside || (ask.contains(event.target) && event.target.closest("[data-close]"))) {
      event.preventDefault();
      ask.close();
    }
  });
  document.addEventListener("keydown", (event) => {
    if (event.key === " " && event.target.matches("a[data-ask]")) {
      event.preventDefault();
      event.target.click();
    }
  });

  function outside(event) {
    const box = ask.getBoundingClientRect();
    return event.clientX < box.left || event.clientX > box.right || event.clientY < box.top || event.clientY > box.bottom;
  }

  document.addEventListener("DOMContentLoaded", () => {
    document.querySelectorAll("[data-undo]").forEach((form) => { setTimeout(() => form.remove(), UNDO_MILLISECONDS); });
    document.getElementById("ask-problem")?.focus();
  });
  return { place };
})();
