// The timeline's and the forecast's keys: each presses the link that carries it. "?" lists the others, and turns all off.
"use strict";
// Where a picture is wider than the screen, it shows now.
document.addEventListener("DOMContentLoaded", () => {
  const chart = document.querySelector(".n-chart"), now = chart?.querySelector(".n-now-line");
  if (now) chart.scrollLeft = now.getBoundingClientRect().left - chart.getBoundingClientRect().right + chart.clientWidth / 3;
});

document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || localStorage.getItem("keys") === "off") return;
  if (event.target.closest("input, textarea, select, dialog, .n-scroll")) return;
  const key = event.key === "=" ? "+" : event.key;
  const link = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  if (!link) return;
  event.preventDefault();
  link.click();
});
