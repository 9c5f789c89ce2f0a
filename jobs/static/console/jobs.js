// The list of jobs and the job form, beyond what they do without JavaScript.
"use strict";

// A date chosen is the choice of its line.
document.addEventListener("input", (event) => {
  const line = event.target.matches("[name=until]") && event.target.closest("label");
  if (line) line.querySelector("[type=radio]").checked = true;
});

// A row's menu stands beside its button; the browser opens, closes and moves focus.
document.addEventListener("toggle", (event) => {
  if (event.newState === "open" && event.target.matches(".j-menu")) {
    asking.place(event.target, document.querySelector(`[popovertarget="${event.target.id}"]`));
  }
}, true);
document.addEventListener("click", async (event) => {
  const link = event.target.closest("[data-copy-link]");
  if (!link) return;
  event.preventDefault();
  await navigator.clipboard.writeText(link.href);
  link.querySelector("span:last-child").textContent = "Copied";
});

// Presets, and what is stored in a conflict: written into the field, where it can be changed.
document.addEventListener("click", (event) => {
  const fill = event.target.closest("[data-fill]");
  if (!fill) return;
  const field = document.querySelector(fill.dataset.fill);
  field.value = fill.dataset.value;
  field.dispatchEvent(new Event("input", { bubbles: true }));
  field.dispatchEvent(new Event("change", { bubbles: true }));
  if (field.checkVisibility()) field.focus();
});
