// Live parts of a page. An element with data-live="<address>" is refreshed from there: the answer's outermost elements
// are patched into the elements of the page with the same ids. jobs/admin/look/live.py has the contract.
"use strict";
(() => {
  const QUICK = 3_000, SLOW = 15_000, RARE = 60_000; // up to a minute, up to ten minutes after the last input, later
  const ANSWER_WITHIN = 20_000;
  // What a person or a script changes in an element, and no refresh takes back.
  const KEPT = new Set(["open", "hidden", "disabled", "checked", "aria-expanded"]);
  const INPUTS = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart"];
  const parts = new Map(); // by address: { etag, text, ended, left }

  let paused = sessionStorage.getItem("live") === "paused";
  let touched = Date.now(), updated = Date.now(), ended = Date.now();
  let busy = false, signedOut = false, failures = 0, ahead = null; // ahead: the server's clock less this one's
  let part = null; // whose answer is being patched in

  // --- When ---

  function pace() {
    const idle = Date.now() - touched;
    const usual = idle < 60_000 ? QUICK : idle < 600_000 ? SLOW : RARE;
    return failures ? Math.max(usual, Math.min(RARE, QUICK * 2 ** failures)) : usual;
  }

  const isSeen = () => document.visibilityState === "visible";

  function tick() {
    if (!isSeen()) return;
    count();
    if (!paused && Date.now() - ended >= pace()) refresh();
    showChip();
  }

  async function refresh() {
    if (busy || signedOut) return;
    busy = true;
    try {
      for (const element of document.querySelectorAll("[data-live]")) await poll(element);
      failures = 0;
      updated = Date.now();
    } catch {
      failures += 1;
    }
    busy = false;
    ended = Date.now();
    showChip();
  }

  async function poll({ dataset }) {
    const known = parts.get(dataset.live) ?? { etag: "", text: "", ended: 0, left: false };
    if (Date.now() - known.ended < 1_000 * (dataset.liveLeast ?? 0)) return;
    const headers = known.etag ? { "If-None-Match": known.etag } : {};
    if (Date.now() - touched >= 60_000) headers["X-Unattended"] = "1"; // keeps no session going
    const signal = AbortSignal.timeout(ANSWER_WITHIN);
    const answer = await fetch(dataset.live, { headers, signal, cache: "no-store", redirect: "manual" });
    signedOut = answer.type === "opaqueredirect";
    if (signedOut) return;
    if (answer.status !== 304 && !answer.ok) throw new Error(`${answer.status}`);
    known.ended = Date.now();
    compareClocks(answer.headers.get("Date"));
    parts.set(dataset.live, known);
    if (answer.status !== 304) {
      known.text = await answer.text();
      known.etag = answer.headers.get("ETag");
    } else if (!known.left) return;
    apply(known);
  }

  function compareClocks(theirs) {
    const late = Date.parse(theirs) - Date.now();
    ahead = Math.abs(late) > 1_500 ? late : 0;
  }

  // Only an answer that has just come tells the time; one that the browser had kept does not.
  function firstLook() {
    const entry = performance.getEntriesByType?.("navigation")?.[0];
    const served = document.querySelector("[data-served]")?.dataset.served;
    if (served && entry?.transferSize && entry.type !== "back_forward") compareClocks(served);
    showChip();
    setInterval(tick, 500);
  }

  // --- What changes ---

  function apply(known, opened = "") {
    const { content } = Object.assign(document.createElement("template"), { innerHTML: known.text });
    part = known;
    part.left = false;
    for (const fresh of [...content.children]) {
      const old = document.getElementById(fresh.id);
      if (old) patch(old, fresh, opened);
    }
    document.dispatchEvent(new Event("live:patched"));
  }

  const isSelected = (node) => !getSelection().isCollapsed && getSelection().containsNode(node, true);
  const isRow = (node) => node.id && node.matches("tr, li, [data-row]");
  const isHeld = (node) => (document.activeElement !== document.body && node.contains(document.activeElement))
    || isSelected(node) || node.querySelector("details.c-menu[open], dialog[open], :popover-open");

  function leave() { part.left = true; }

  function patch(old, fresh, opened) {
    if (old.isEqualNode(fresh)) return;
    if (old.nodeType !== Node.ELEMENT_NODE) {
      if (isSelected(old)) leave(); else old.nodeValue = fresh.nodeValue;
    } else if ((isRow(old) && isHeld(old)) || old.matches("dialog[open], :popover-open, details.c-menu[open]")) {
      leave();
    } else {
      patchAttributes(old, fresh);
      if ("liveList" in old.dataset && old.children.length) patchList(old, fresh, opened);
      else patchChildren(old, fresh, opened);
    }
  }

  function patchAttributes(old, fresh) {
    const isKept = (name) => KEPT.has(name) || (name === "value" && old.matches("input, option"));
    for (const { name } of [...old.attributes]) if (!isKept(name) && !fresh.hasAttribute(name)) old.removeAttribute(name);
    for (const { name, value } of fresh.attributes) {
      if (!isKept(name) && old.getAttribute(name) !== value) old.setAttribute(name, value);
    }
  }

  const isLike = (old, fresh) => old && !old.id && old.nodeName === fresh.nodeName;

  function patchChildren(old, fresh, opened) {
    const wanted = new Set([...fresh.children].map((child) => child.id).filter(Boolean));
    for (const child of [...old.children]) if (child.id && !wanted.has(child.id)) remove(child);
    const kept = byId(old);
    let at = old.firstChild;
    for (const next of [...fresh.childNodes]) {
      while (at?.id && !wanted.has(at.id)) at = at.nextSibling; // gone, but held
      const match = next.id ? kept.get(next.id) : isLike(at, next) && at;
      if (!match) insert(next, old, at);
      else {
        if (match === at) at = at.nextSibling;
        else if (!isHeld(match)) old.insertBefore(match, at);
        patch(match, next, opened);
      }
    }
    while (at) {
      const rest = at;
      at = at.nextSibling;
      if (!rest.id || wanted.has(rest.id)) remove(rest);
    }
  }

  // A list with data-live-list: rows are patched where they stand, new ones wait behind a button "N new".
  function patchList(list, fresh, opened) {
    const rows = byId(list), wanted = byId(fresh);
    const shared = [...rows.values()].filter((row) => wanted.has(row.id));
    const last = shared.at(-1);
    for (const row of rows.values()) {
      if (wanted.has(row.id)) patch(row, wanted.get(row.id), "");
      else if (last && row.compareDocumentPosition(last) & Node.DOCUMENT_POSITION_FOLLOWING) remove(row);
    }
    const waiting = [...wanted.values()].filter((row) => !rows.has(row.id));
    if (opened !== list.id) return offer(list, waiting.length);
    if (!last) return location.reload();
    let at = last.nextElementSibling;
    for (const row of [...wanted.values()].reverse()) {
      if (rows.has(row.id)) at = rows.get(row.id);
      else at = insert(row, list, at);
    }
    offer(list, 0);
  }

  function offer(list, number) {
    const button = document.querySelector(`[data-live-new="${list.id}"]`);
    if (!button) return;
    const offering = part;
    button.hidden = !number;
    button.textContent = `${number} new`;
    button.onclick = () => { apply(offering, list.id); list.querySelector("a, button")?.focus({ preventScroll: true }); };
  }

  const byId = (node) => new Map([...node.children].filter((child) => child.id).map((child) => [child.id, child]));

  function remove(node) {
    const isElement = node.nodeType === Node.ELEMENT_NODE;
    if (isElement && (isHeld(node) || node.querySelector(".c-tick :checked"))) leave(); else node.remove();
  }

  function insert(fresh, into, before) {
    const node = into.insertBefore(document.importNode(fresh, true), before);
    if (node.nodeType === Node.ELEMENT_NODE) window.htmx?.process(node);
    return node;
  }

  // What counts on between two refreshes is counting.js's, once the server's clock is known.
  function count() {
    if (ahead !== null) document.dispatchEvent(new CustomEvent("live:count", { detail: Date.now() + ahead }));
  }

  // --- The chip ---

  function status() {
    if (signedOut) return ["signed-out", "Signed out", "reload to sign in"];
    if (paused) return ["paused", "Paused", `since ${counting.roughly((Date.now() - updated) / 1_000)}`];
    if (failures) return ["offline", "Offline", "retrying"];
    return ["live", "Live", `updated ${counting.roughly((Date.now() - updated) / 1_000)} ago`];
  }

  function showChip() {
    const chip = document.querySelector("[data-live-chip]");
    if (!chip) return;
    const [name, word, more] = status();
    chip.hidden = false;
    chip.dataset.status = name;
    chip.setAttribute("aria-pressed", String(paused));
    chip.querySelector("[data-live-word]").textContent = word;
    chip.querySelector("[data-live-more]").textContent = more;
  }

  function toggle() {
    paused = !paused;
    sessionStorage.setItem("live", paused ? "paused" : "");
    if (!paused) refresh();
    showChip();
  }

  INPUTS.forEach((name) => document.addEventListener(name, () => { touched = Date.now(); }, { capture: true, passive: true }));
  document.addEventListener("visibilitychange", () => { if (isSeen() && !paused) refresh(); });
  document.addEventListener("live:toggle", toggle);
  document.addEventListener("live:refresh", () => { if (!paused) refresh(); }); // a page knows that something is new
  document.addEventListener("click", (event) => { if (event.target.closest("[data-live-chip]")) toggle(); });
  document.addEventListener("DOMContentLoaded", firstLook);
})();
