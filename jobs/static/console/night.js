// The timeline's and the calendar's keys: each presses the link that carries it. "?" lists the others, and turns all off.
"use strict";
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keys") === "off") return;
  if (event.target.closest("input, textarea, select, dialog, .n-scroll")) return;
  const key = event.key === "=" ? "+" : event.key;
  const link = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
