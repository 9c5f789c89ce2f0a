// The page of a run: a log that grows while one watches, search in it, lines as addresses, and what the tab says.
"use strict";
(() => {
  const MOST = 1_500, EVERY = 1_000, RETRY = 4_000, NEAR = 24;
  const card = document.querySelector("[data-log]");
  const part = (name) => card.querySelector(`[data-log-${name}]`);
  const box = card.querySelector("[role=log]"), list = part("lines");

  let attempt = Number(card.dataset.attempt), newest = Number(card.dataset.newest);
  let known = Number(card.dataset.last); // the last line that is known to exist, shown or not
  let isOpen = "open" in card.dataset; // more may come
  let follows = isOpen && !card.dataset.line && !location.hash;
  let fresh = 0, wasTop = 0, isLoading = false;
  let found = [], at = -1;

  const wait = (milliseconds) => new Promise((resolve) => { setTimeout(resolve, milliseconds); });
  const numberOf = (line) => Number(line?.id.slice(1) ?? 0);
  const first = () => numberOf(list.firstElementChild), last = () => numberOf(list.lastElementChild);
  const isWatched = () => document.visibilityState === "visible" && sessionStorage.getItem("live") !== "paused";

  async function ask(what) {
    const answer = await fetch(`${card.dataset.log}?${new URLSearchParams({ attempt, ...what })}`, { cache: "no-store", redirect: "manual", headers: { "X-Unattended": "1" } });
    if (!answer.ok) throw new Error(`${answer.status}`);
    return answer.json();
  }

  // --- Lines ---

  function lineOf([number, level, text]) {
    const line = document.createElement("div"), link = document.createElement("a"), content = document.createElement("span");
    Object.assign(line, { id: `L${number}`, className: "r-line" });
    if (level) line.dataset.level = level;
    Object.assign(link, { href: `#L${number}`, tabIndex: -1, ariaHidden: "true" });
    link.dataset.n = number;
    content.textContent = text;
    line.append(link, content);
    return line;
  }

  function replace(lines) {
    list.replaceChildren(...lines.map(lineOf));
    known = Math.max(known, last());
    tell();
  }

  function append(lines) {
    const end = last();
    list.append(...lines.filter(([number]) => number > end).map(lineOf));
    while (list.children.length > MOST) list.firstElementChild.remove();
  }

  async function older() {
    const { lines } = await ask({ before: first() });
    const height = box.scrollHeight;
    list.prepend(...lines.filter(([number]) => number < first()).map(lineOf));
    box.scrollTop += box.scrollHeight - height;
    while (list.children.length > MOST) list.lastElementChild.remove();
    setFollow(false);
  }

  async function newer() {
    if (isLoading || last() >= known) return;
    isLoading = true;
    append((await ask({ after: last() }).catch(() => ({ lines: [] }))).lines);
    isLoading = false;
    tell();
  }

  function scrollTo(top) {
    box.scrollTop = top;
    wasTop = box.scrollTop; // as far as there is something to scroll
  }

  const toEnd = () => scrollTo(box.scrollHeight);

  function tell() {
    const count = list.children.length, isAll = first() <= 1 && last() >= known;
    part("count").textContent = count ? (isAll ? `${known} line${known > 1 ? "s" : ""}` : `lines ${first()}–${last()} of ${known}`) : "";
    if (part("older")) part("older").hidden = first() <= 1;
    else if (first() > 1) box.prepend(olderLink());
    part("nothing").hidden = count > 0;
    part("outcome").hidden = isOpen || !part("outcome").textContent || last() < known;
    part("new").hidden = follows || !fresh;
    part("new").textContent = `${fresh} new line${fresh > 1 ? "s" : ""}`;
    part("follow")?.setAttribute("aria-pressed", String(follows));
  }

  function olderLink() {
    const link = Object.assign(document.createElement("a"), { className: "r-older", href: "#", textContent: "Older lines" });
    link.dataset.logOlder = "";
    return link;
  }

  // --- Following ---

  function setFollow(wanted) {
    follows = wanted && isOpen;
    if (follows) fresh = 0;
    tell();
  }

  async function follow() {
    if (last() < known) replace((await ask({})).lines);
    fresh = 0;
    setFollow(true);
    toEnd();
  }

  async function watch() {
    while (isOpen) {
      if (!isWatched()) { await wait(EVERY / 4); continue; }
      const answer = await ask({ after: known }).catch(() => null);
      if (!answer) await wait(RETRY);
      else if (answer.newest_attempt > newest) take(answer, answer.newest_attempt);
      else if (take(answer)) await wait(EVERY);
    }
  }

  // Whether there is nothing to ask for at once.
  function take({ lines, last: end, is_over: isOver, outcome, nothing, state }, next = 0) {
    const joins = last() >= known;
    known = Math.max(known, end);
    if (joins && (follows || list.children.length + lines.length <= MOST)) append(lines);
    if (!follows) fresh += lines.length;
    if (next && !lines.length) begin(next);
    else if (isOver && !lines.length) { isOpen = false; follows = false; }
    if (outcome) part("outcome").textContent = outcome;
    part("nothing").textContent = nothing;
    if (state !== document.getElementById("run-top").dataset.state) document.dispatchEvent(new Event("live:refresh"));
    tell();
    if (follows || (!isOpen && !fresh)) toEnd();
    if (!isOpen) part("follow")?.remove();
    return !lines.length;
  }

  // The run has begun another attempt: its log takes the place of the one before, unless that is being read.
  function begin(next) {
    newest = next;
    part("newest").textContent = next;
    part("attempts").hidden = next < 2;
    if (attempt && !follows) { isOpen = false; return; }
    attempt = next;
    part("attempt").textContent = next;
    known = 0;
    list.replaceChildren();
  }

  box.addEventListener("scroll", () => {
    if (follows && box.scrollTop < wasTop - 2) setFollow(false);
    wasTop = box.scrollTop;
    if (!follows && box.scrollHeight - box.scrollTop - box.clientHeight < NEAR) newer();
  });

  // --- Going to a line ---

  async function go(number) {
    setFollow(false);
    if (!document.getElementById(`L${number}`)) replace((await ask({ around: number })).lines);
    const line = document.getElementById(`L${number}`);
    list.querySelector(".is-target")?.classList.remove("is-target");
    if (!line) return;
    line.classList.add("is-target");
    scrollTo(line.offsetTop - box.clientHeight / 3);
  }

  function goToHash() {
    const named = /^#L(\d{1,8})$/.exec(location.hash);
    if (named) go(Number(named[1]));
  }

  const say = (text) => { part("found").textContent = text; };

  async function search(what, nothing) {
    const answer = await ask(what);
    found = answer.found;
    at = 0;
    part("steps").hidden = found.length < 2;
    if (!found.length) return say(nothing);
    say(`1/${found.length}${answer.more ? "+" : ""}`);
    await go(found[0]);
  }

  function step(by) {
    at = (at + by + found.length) % found.length;
    say(`${at + 1}/${found.length}`);
    go(found[at]);
  }

  card.querySelector(".r-find").addEventListener("submit", (event) => {
    event.preventDefault();
    const q = event.target.elements.q.value.trim();
    if (q) search({ q }, "not found"); else say("");
  });

  card.addEventListener("click", (event) => {
    const button = event.target.closest("a, button");
    if (!button) return;
    const { logOlder, logError, logStep, logNew, logFollow, logWrap } = button.dataset;
    if (logOlder !== undefined) { event.preventDefault(); older(); }
    if (logError !== undefined) { event.preventDefault(); search({ level: "error" }, "no errors found"); }
    if (logStep) step(Number(logStep));
    if (logNew !== undefined || (logFollow !== undefined && !follows)) follow();
    else if (logFollow !== undefined) setFollow(false);
    if (logWrap !== undefined) wrap(button.getAttribute("aria-pressed") !== "true");
  });

  function wrap(wanted) {
    part("wrap").setAttribute("aria-pressed", String(wanted));
    box.classList.toggle("r-nowrap", !wanted);
    localStorage.setItem("log-wrap", wanted ? "yes" : "no");
  }

  // --- The rest of the page ---

  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy-of]");
    if (!button) return;
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copyOf).textContent);
    button.firstElementChild.textContent = "check";
  });

  document.addEventListener("live:patched", () => {
    const { tabTitle, tabTone, tabIcons } = document.getElementById("run-top").dataset;
    document.title = tabTitle;
    document.querySelector("[data-tab-icon]").href = `${tabIcons}${tabTone}.svg`;
  });

  window.addEventListener("hashchange", goToHash);
  wrap(localStorage.getItem("log-wrap") !== "no");
  if (location.hash) goToHash();
  else if (card.dataset.line) go(Number(card.dataset.line));
  else toEnd();
  tell();
  watch();
})();
