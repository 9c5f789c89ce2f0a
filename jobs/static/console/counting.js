// What counts on between two refreshes: "12 s ago", "for 3 min", how far a run is. The texts are those of jobs/words.py,
// jobs/admin/look/times.py and jobs/admin/look/progress.py. live.js says when, by the server's clock.
"use strict";
const counting = (() => {
  const OVER = 2; // so many times the usual is a warning
  const isSelected = (node) => !getSelection().isCollapsed && getSelection().containsNode(node, true);

  function write(element, text) {
    if (element && element.textContent !== text && !isSelected(element)) element.textContent = text;
  }

  function relative(seconds) {
    if (Math.abs(seconds) < 1) return "now";
    return seconds > 0 ? `in ${roughly(seconds)}` : `${roughly(-seconds)} ago`;
  }

  function roughly(seconds) {
    const whole = (size) => Math.floor(seconds / size);
    const two = (size, unit, small, below) => [`${whole(size)} ${unit}`, `${Math.floor((seconds % size) / small)} ${below}`]
      .filter((text) => !text.startsWith("0 ")).join(" ");
    if (seconds < 1) return "under 1 s";
    if (seconds < 60) return `${Math.floor(seconds)} s`;
    if (seconds < 3_600) return `${whole(60)} min`;
    if (seconds < 86_400) return two(3_600, "h", 60, "min");
    return seconds < 3 * 86_400 ? two(86_400, "d", 3_600, "h") : `${whole(86_400)} d`;
  }

  // --- How far a run is: as it says itself, else by what is usual ---

  function outlook(reported, elapsed, usual) {
    const left = (seconds) => (seconds >= 1 ? `about ${roughly(seconds)} left` : "");
    if (reported) return left(elapsed * (100 - reported) / reported);
    if (!usual || reported !== null) return "";
    return elapsed - usual >= 1 ? `${roughly(elapsed - usual)} longer than usual` : left(usual - elapsed);
  }

  function progress(element, now) {
    const { progress: said, from, usual: usualMs } = element.dataset;
    const elapsed = Math.max(0, (now - Date.parse(from)) / 1_000);
    const usual = Number(usualMs) / 1_000, reported = said === "" ? null : Number(said);
    const share = reported ?? (elapsed < usual ? Math.floor(100 * elapsed / usual) : null);
    const bar = element.querySelector("progress");
    if (bar && bar.value !== (share ?? 100)) bar.value = share ?? 100;
    bar?.classList.toggle("c-tone-warn", usual > 0 && elapsed > OVER * usual);
    write(element.querySelector("[data-share]"), share === null ? "" : `${share} %`);
    const words = outlook(reported, elapsed, usual);
    write(element.querySelector("[data-outlook]"), words && ` · ${words}`);
  }

  function count(now) {
    for (const element of document.querySelectorAll("[data-relative]")) {
      const seconds = (Date.parse(element.closest("time").dateTime) - now) / 1_000;
      write(element, (element.dataset.relative && seconds <= 0 ? `${element.dataset.relative} ` : "") + relative(seconds));
    }
    for (const element of document.querySelectorAll("[data-since]")) {
      write(element, roughly(Math.max(0, (now - Date.parse(element.dataset.since)) / 1_000)));
    }
    for (const element of document.querySelectorAll("[data-progress]")) progress(element, now);
  }

  document.addEventListener("live:count", (event) => count(event.detail));
  return { roughly };
})();
