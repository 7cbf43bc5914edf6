// The desk by keyboard: what has data-key="c" is reached by c, what has "g h" by g and then h.
// A letter goes to its link, or to the first field or the button of its form; data-press presses it.
"use strict";
(() => {
  const dialog = document.getElementById("keys");
  if (!dialog) return;
  const single = dialog.dataset.single !== "off";
  const WRITTEN_IN = "textarea, select, [contenteditable], input:not([type=checkbox], [type=radio], [type=submit])";
  const FIELDS = "input:not([type=hidden]), select, textarea";
  let prefix = "";

  // A browser may forbid its storage; then focus begins where the browser puts it.
  const remembered = (() => { try { return sessionStorage; } catch { return null; } })();
  const byKeys = (yes) => { if (remembered) { if (yes) remembered.setItem("keys", "1"); else remembered.removeItem("keys"); } };

  const shown = (one) => one.getClientRects().length > 0;
  const keyed = (name) => [...document.querySelectorAll(`[data-key="${CSS.escape(name)}"]`)].filter(shown);
  const rows = () => [...document.querySelectorAll("[data-row]")].filter(shown);
  const rowOf = (one) => (one ? one.closest("[data-row]") : null);

  function toTitle() {
    const title = document.querySelector("main h1") || document.querySelector("main");
    title.tabIndex = -1;
    title.focus();
  }

  // On an Urdu keyboard the keys lie where they lie on an English one.
  function nameOf(event) {
    if (/^[a-z]$/i.test(event.key)) return event.shiftKey ? "" : event.key.toLowerCase();
    if (event.key === "?" || event.key === "؟") return "?";
    if (event.key === "/") return "/";
    const code = /^Key([A-Z])$/.exec(event.code);
    if (code && event.key.length === 1 && !event.shiftKey) return code[1].toLowerCase();
    return event.code === "Slash" && event.key.length === 1 ? (event.shiftKey ? "?" : "/") : "";
  }

  function show() {
    const list = dialog.querySelector("[data-here]");
    const told = new Map();
    for (const one of document.querySelectorAll("[data-key]")) {
      const name = one.dataset.key;
      if (name !== "?" && name !== "/" && shown(one) && !told.has(name)) told.set(name, labelOf(one));
    }
    list.replaceChildren();
    for (const [name, label] of told) {
      const line = document.createElement("li");
      const term = document.createElement("span");
      for (const key of name.split(" ")) {
        const kbd = document.createElement("kbd");
        kbd.textContent = key;
        term.append(kbd, " ");
      }
      line.append(term, ` ${label}`);
      list.append(line);
    }
    dialog.showModal();
  }

  function labelOf(one) {
    const label = one.labels && one.labels[0] ? one.labels[0] : one;
    return label.textContent.replace(/\s+/g, " ").trim();
  }

  function go(step) {
    const all = rows();
    if (!all.length) return;
    const here = all.indexOf(rowOf(document.activeElement));
    const next = all[Math.min(Math.max(here + step, 0), all.length - 1)];
    next.querySelector("a, button").focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function tick() {
    const row = rowOf(document.activeElement);
    const box = row && row.querySelector("input[type=checkbox]");
    if (box) box.click();
  }

  function use(one) {
    if ("press" in one.dataset) one.form.requestSubmit(one);
    else if (one.matches("a, summary")) { one.focus(); one.click(); }
    else if (one.matches(FIELDS)) { one.focus(); if (one.select) one.select(); }
    else ([...one.form.querySelectorAll(FIELDS)].find(shown) || one).focus();
  }

  function press(name) {
    const whole = prefix ? `${prefix} ${name}` : name;
    prefix = "";
    if (whole === "?") { show(); return true; }
    if (whole === "j" || whole === "k") { go(whole === "j" ? 1 : -1); return true; }
    if (whole === "x") { tick(); return true; }
    const found = keyed(whole);
    const row = rowOf(document.activeElement);
    const one = found.find((each) => row && row.contains(each)) || found[0];
    if (one) { use(one); return true; }
    if (name === "g") { prefix = "g"; return true; }
    return false;
  }

  document.addEventListener("keydown", (event) => {
    if (event.isComposing || dialog.open) return;
    const inField = event.target instanceof Element && event.target.matches(WRITTEN_IN);
    if (event.key === "Enter") {
      byKeys(true);
      if ((event.ctrlKey || event.metaKey) && event.target.form) {
        event.preventDefault();
        event.target.form.requestSubmit();
      }
      return;
    }
    if (event.key === "Escape") {
      prefix = "";
      if (inField) toTitle();
      return;
    }
    if (!single || inField || event.ctrlKey || event.altKey || event.metaKey) return;
    const name = nameOf(event);
    if (!name || (event.repeat && name !== "j" && name !== "k")) return;
    byKeys(true);
    if (press(name)) event.preventDefault();
  });
  document.addEventListener("pointerdown", () => byKeys(false));

  // Who works by keyboard goes on at the top of what came, not at the top of the bar.
  const cameByKeys = remembered && remembered.getItem("keys");
  if (cameByKeys && (document.activeElement === document.body || !document.activeElement)) toTitle();
})();
