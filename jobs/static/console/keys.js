// The keyboard and the search in the header; both are there without JavaScript as links and a form.
"use strict";
(() => {
  // The server shows "my" times in the browser's zone; this is how it knows it.
  const root = new URL("../../", document.currentScript.src).pathname;
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  document.cookie = `zone=${encodeURIComponent(zone)}; path=${root}; max-age=31536000; samesite=lax`;

  const PAGES = { d: `${root}admin/`, j: `${root}admin/beatwright/job/`, r: `${root}admin/beatwright/run/` };
  const WAIT = 120; // milliseconds after the last letter
  const field = () => document.getElementById("find");
  const list = () => document.getElementById("found");
  const areOn = () => localStorage.getItem("keys") !== "off";
  const isTyping = (target) => target.matches("input:not([type=checkbox], [type=radio]), textarea, select, [contenteditable]");
  let waitsForPage = 0, timer = 0, asked = 0;

  // --- Keys ---

  function focusSearch() {
    if (field().offsetParent === null) location.href = field().form.action;
    else { field().focus(); field().select(); }
  }

  const KEYS = {
    "/": focusSearch,
    ".": () => document.dispatchEvent(new Event("live:toggle")),
    "?": () => document.getElementById("keys").showModal(),
    g: () => { waitsForPage = Date.now(); },
  };

  document.addEventListener("keydown", (event) => {
    if (!field()) return;
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      focusSearch();
    } else if (!event.ctrlKey && !event.metaKey && !event.altKey && areOn() && !isTyping(event.target)) {
      single(event);
    }
  });

  function single(event) {
    const page = Date.now() - waitsForPage < 1_500 && PAGES[event.key];
    waitsForPage = 0;
    if (!page && !KEYS[event.key]) return;
    event.preventDefault();
    if (page) location.href = page; else KEYS[event.key]();
  }

  // --- Search: a combobox over what /admin/search/ answers ---

  async function suggest() {
    const number = ++asked, text = field().value.trim();
    if (!text) return show([]);
    try {
      const answer = await fetch(`${field().form.action}?q=${encodeURIComponent(text)}`, { headers: { Accept: "application/json" } });
      if (number === asked && answer.ok) show((await answer.json()).results, text);
    } catch {
      show([]); // Enter still leads to the page of results
    }
  }

  function show(results, text = "") {
    list().replaceChildren(...results.map(option));
    list().dataset.of = text;
    if (text && !results.length) list().append(Object.assign(document.createElement("li"), { className: "c-nothing", textContent: `No results for “${text}”` }));
    list().hidden = !list().children.length;
    field().setAttribute("aria-expanded", String(!list().hidden));
    field().removeAttribute("aria-activedescendant");
  }

  function option({ kind, title, note, url }, index) {
    const item = Object.assign(document.createElement("li"), { id: `found-${index}`, role: "option" });
    item.dataset.url = url;
    for (const [name, text] of [["c-kind", kind], ["c-found-title", title], ["c-quiet", note]]) {
      item.append(Object.assign(document.createElement("span"), { className: name, textContent: text }));
    }
    return item;
  }

  function move(step) {
    const items = [...list().querySelectorAll("[role=option]")];
    const now = items.findIndex((item) => item.ariaSelected === "true");
    const next = items[(now + step + items.length + (now < 0 && step < 0 ? 1 : 0)) % items.length];
    items.forEach((item) => { item.ariaSelected = String(item === next); });
    next?.scrollIntoView({ block: "nearest" });
    if (next) field().setAttribute("aria-activedescendant", next.id);
  }

  function searchKeys(event) {
    // Enter opens the best hit, if what is listed belongs to what stands in the field.
    const best = list().dataset.of === field().value.trim() ? list().querySelector("[data-url]") : null;
    const chosen = list().querySelector("[aria-selected=true]") ?? best;
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      move(event.key === "ArrowDown" ? 1 : -1);
    } else if (event.key === "Enter" && chosen) {
      event.preventDefault();
      location.href = chosen.dataset.url;
    } else if (event.key === "Escape") {
      if (list().hidden) field().blur(); else show([]);
    }
  }

  document.addEventListener("DOMContentLoaded", () => {
    if (!field()) return;
    Object.entries({ role: "combobox", "aria-expanded": "false", "aria-controls": "found", "aria-autocomplete": "list" })
      .forEach(([name, value]) => field().setAttribute(name, value));
    document.querySelector("[data-find-key]").hidden = !areOn();
    field().addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(suggest, WAIT); });
    field().addEventListener("keydown", searchKeys);
    list().addEventListener("pointerdown", (event) => {
      const item = event.target.closest("[data-url]");
      if (item && event.button === 0) location.href = item.dataset.url;
      event.preventDefault();
    });
    document.addEventListener("focusin", (event) => { if (!event.target.closest("[data-find]")) show([]); });
    document.addEventListener("click", (event) => { if (!event.target.closest("[data-find]")) show([]); });
    const box = document.querySelector("[data-keys-on]");
    box.checked = areOn();
    box.addEventListener("change", () => {
      localStorage.setItem("keys", box.checked ? "on" : "off");
      document.querySelector("[data-find-key]").hidden = !box.checked;
    });
  });
})();
