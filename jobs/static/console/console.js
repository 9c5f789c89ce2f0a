// What the pages gain from JavaScript; each works without it.
"use strict";
document.documentElement.classList.add("js");

// Choosing in a filter is enough; the button is for the keyboard and for pages without JavaScript.
document.addEventListener("change", (event) => {
  const target = event.target;
  if (target.matches("[data-submit]")) target.form.requestSubmit();
  if (target.matches("[data-tick-all]")) ticks().forEach((tick) => { tick.checked = target.checked; });
  if (target.matches("[data-tick-all], .c-tick input")) countTicks();
});

const ticks = () => [...document.querySelectorAll("tbody .c-tick input")];

// Where rows are ticked only those are meant, and the buttons say so.
function countTicks() {
  const count = ticks().filter((tick) => tick.checked).length;
  const scope = document.querySelector("form#resolve [data-tick-scope]");
  if (scope) scope.textContent = count ? `Only the ${count} selected:` : `${scope.dataset.tickScope}:`;
  const label = document.querySelector("[data-tick-count]");
  if (!label) return;
  label.textContent = count ? `${count} selected:` : "With selected:";
  document.querySelectorAll(".c-bulk button").forEach((button) => { button.disabled = !count; });
}

document.addEventListener("click", async (event) => {
  const copy = event.target.closest("[data-copy]");
  if (copy) {
    await navigator.clipboard.writeText(copy.dataset.copy);
    copy.firstElementChild.textContent = "check";
  }
  const open = document.querySelector("details.c-menu[open]");
  if (open && !open.contains(event.target)) open.open = false;
});
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("details.c-menu[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-tick-all], [data-copy]").forEach((element) => { element.hidden = false; });
  // Autofocus itself finds nothing: until now the page was hidden.
  (document.querySelector("[role=alert][tabindex='-1']") ?? document.querySelector("[autofocus]"))?.focus();
  countTicks();
});
