// The params of a job as fields: they read and write the form's JSON text, which alone is sent.
"use strict";
(() => {
  const text = () => document.getElementById("id_params");
  const panel = () => document.getElementById("param-fields");
  const inputs = () => [...panel().querySelectorAll("[data-param]")];
  const TOKEN = /"(?:[^"\\]|\\.)*"|[{}[\],:]|[^\s{}[\],:"]+/g;
  const NUMBER = /^-?(0|[1-9]\d*)(\.\d+)?([eE][+-]?\d+)?$/;

  // Each key with its value as it is written: numbers keep every digit, which JavaScript's own would not.
  function members(source) {
    const whole = JSON.parse(source.trim() || "{}");
    if (whole === null || typeof whole !== "object" || Array.isArray(whole)) throw new SyntaxError("no object");
    const found = new Map();
    let depth = 0, key = null, from = 0;
    for (const match of source.matchAll(TOKEN)) {
      const token = match[0];
      if (depth === 1 && key !== null && (token === "," || token === "}")) {
        found.set(key, source.slice(from, match.index).trim());
        key = null;
      } else if (depth === 1 && key === null && token[0] === '"') {
        key = JSON.parse(token);
      } else if (depth === 1 && token === ":") {
        from = match.index + 1;
      }
      if (token === "{" || token === "[") depth += 1;
      if (token === "}" || token === "]") depth -= 1;
    }
    return found;
  }

  function write(values) {
    const lines = [...values].map(([key, raw]) => `  ${JSON.stringify(key)}: ${raw}`);
    text().value = lines.length ? `{\n${lines.join(",\n")}\n}` : "{}";
  }

  const isJSON = (raw) => { try { JSON.parse(raw); return true; } catch { return false; } };

  // What a field shows for a value, and the value a field stands for; undefined leaves the key out.
  function shown(kind, raw) {
    if (raw === undefined || (raw === "null" && kind !== "json")) return "";
    if (kind === "text" || kind === "loose") {
      const plain = raw[0] === '"' ? JSON.parse(raw) : raw;
      return kind === "loose" && raw[0] === '"' && isJSON(plain) ? raw : plain;
    }
    return kind === "number" && raw[0] === '"' ? JSON.parse(raw) : raw;
  }

  function valueOf(input) {
    const kind = input.dataset.kind, value = input.value;
    if (kind === "choice") return value || undefined;
    if (kind === "text") return value || "needed" in input.dataset ? JSON.stringify(value) : undefined;
    const trimmed = value.trim();
    if (!trimmed) return undefined;
    if (kind === "number") return NUMBER.test(trimmed) ? trimmed : JSON.stringify(value);
    return isJSON(trimmed) ? trimmed : JSON.stringify(value);
  }

  function fill() {
    const values = members(text().value);
    inputs().forEach((input) => {
      const raw = values.get(input.dataset.param);
      if (input.dataset.kind === "choice" && raw && ![...input.options].some((option) => option.value === raw)) {
        input.add(new Option(raw, raw));
      }
      input.value = shown(input.dataset.kind, raw);
    });
    tellUnknown(values);
  }

  function tellUnknown(values) {
    const note = panel().querySelector("[data-unknown]");
    if (!note) return;
    const known = new Set(inputs().map((input) => input.dataset.param));
    const others = [...values.keys()].filter((key) => !known.has(key));
    const isOpen = panel().querySelector("[data-params=open]");
    note.hidden = !others.length;
    note.textContent = isOpen ? `Also passed on: ${others.join(", ")}` : `The task does not take ${others.join(", ")}. `;
    if (isOpen) return;
    const drop = document.createElement("button");
    Object.assign(drop, { type: "button", className: "c-link", textContent: "Remove" });
    drop.addEventListener("click", () => {
      others.forEach((key) => values.delete(key));
      write(values);
      fill();
      check();
    });
    note.append(drop);
  }

  // The server's own check, said beside each field.
  let waiting = 0;
  function check() {
    clearTimeout(waiting);
    waiting = setTimeout(async () => {
      const form = text().form;
      const body = new URLSearchParams({ task: form.elements.task.value, params: text().value });
      const headers = { "X-CSRFToken": form.elements.csrfmiddlewaretoken.value };
      const answer = await fetch(panel().dataset.check, { method: "POST", body, headers }).catch(() => null);
      if (answer?.ok) tell(new Map((await answer.json()).problems));
    }, 250);
  }

  function tell(problems) {
    inputs().forEach((input) => {
      const problem = problems.get(input.dataset.param);
      const place = document.getElementById(`${input.id}-wrong`);
      place.hidden = !problem;
      place.textContent = problem ?? "";
      input.toggleAttribute("aria-invalid", Boolean(problem));
      if (problem) input.setAttribute("aria-invalid", "true");
      input.setAttribute("aria-describedby", `${problem ? `${place.id} ` : ""}${input.id}-about`);
      input.closest(".c-field").classList.toggle("is-wrong", Boolean(problem));
    });
  }

  function view(name) {
    const problem = document.querySelector("[data-view-problem]");
    const hasFields = inputs().length > 0;
    problem.textContent = "";
    if (name === "fields" && hasFields) {
      try { fill(); } catch { problem.textContent = "This is not a valid JSON object. Fix it first."; name = "json"; }
    }
    const asFields = name === "fields" && hasFields;
    panel().hidden = !asFields;
    document.querySelector(".c-field-params").hidden = asFields;
    document.querySelectorAll("[data-view]").forEach((button) => {
      button.setAttribute("aria-pressed", String((button.dataset.view === "fields") === asFields));
      button.disabled = button.dataset.view === "fields" && !hasFields;
    });
  }

  let wanted = "fields";
  document.addEventListener("click", (event) => {
    const button = event.target.closest?.("[data-view]");
    if (!button) return;
    wanted = button.dataset.view;
    view(wanted);
  });
  document.addEventListener("input", (event) => {
    if (event.target === text()) check();
    if (!event.target.matches("[data-param]")) return;
    const values = members(text().value), value = valueOf(event.target);
    if (value === undefined) values.delete(event.target.dataset.param);
    else values.set(event.target.dataset.param, value);
    write(values);
    tellUnknown(values);
    check();
  });
  // Another task has other fields; what was written stays in the JSON.
  document.addEventListener("htmx:oobAfterSwap", (event) => {
    if (event.target.id === "param-fields") view(wanted);
  });
  // A link in the summary of errors leads to the fields where they stand for the text.
  document.addEventListener("click", (event) => {
    if (event.target.closest?.('a[href="#id_params"]') && !panel().hidden) {
      event.preventDefault();
      (panel().querySelector("[aria-invalid]") ?? inputs()[0]).focus();
    }
  });
  const failed = text().getAttribute("aria-invalid") === "true";
  view(wanted);
  if (failed) check();
})();
