// @ts-check
/** The dashboard: Python sends the page and the choices, this shows them and sends back what is wished for. */

import { field, hidden, make } from "../feedback/dom.js";
import { feedbackOf, offer } from "../feedback/feedback.js";
import { arrangeOf } from "./arrange.js";
import { findIn } from "./finding.js";
import { chooseIn } from "./spans.js";
import { waitingOf } from "./waiting.js";

const MISSING = "not recorded";

/** Values are their own names, or pairs of a value and its name.
 * @param {(string | [string, string])[]} values @param {string} chosen @param {string} none
 */
function choice(values, chosen, none) {
  const select = /** @type {HTMLSelectElement} */ (make("select"));
  if (none) select.append(make("option", { value: "" }, none));
  for (const one of values) {
    const [value, name] = typeof one === "string" ? [one, one] : one;
    select.append(make("option", { value }, name));
  }
  select.value = chosen;
  return select;
}

/** @param {any} bar */
function barOf(bar) {
  const links = bar.links.map((/** @type {[string, string]} */ [text, href]) => make("a", { href }, text));
  const nav = make("nav", { "aria-label": "Pages", class: "bos-bar__links" }, ...links);
  const ends = bar.marks.map((/** @type {string} */ mark) => make("span", { class: "bos-badge" }, mark));
  if (bar.who) ends.push(make("span", {}, bar.who), make("a", { href: "../../sign-out" }, "Sign out"));
  const end = make("div", { class: "bos-bar__end" }, ...ends);
  return make("header", { class: "bos-bar" }, make("a", { class: "bos-brand", href: bar.home }, "BOS"), nav, end);
}

/** @param {any} choices */
function choicesOf(choices) {
  const row = make("div", { class: "bos-choices" });
  for (const [name, label] of [["start", "From day"], ["end", "To day (included)"]]) {
    const input = /** @type {HTMLInputElement} */ (make("input", { type: "date", name }));
    input.value = choices[name] ?? "";
    row.append(field(`bos-${name}`, label, input));
  }
  const by = choice(choices.buckets ?? [], choices.by ?? "", choices.buckets ? "" : "as suits");
  by.name = "by";
  row.append(field("bos-by", "Trends by", by));
  const compare = choice(choices.compared ?? [], choices.compare ?? "", choices.compared ? "" : "the period before");
  compare.name = "compare";
  row.append(field("bos-compare", "Compare with", compare));
  const named = Object.keys(choices.dimensions ?? {});
  if (named.length) {
    const names = named.map((name) => /** @type {[string, string]} */ ([name, name.replaceAll("_", " ")]));
    const split = choice(names, choices.split ?? "", "nothing");
    split.name = "split";
    row.append(field("bos-split", "Split by", split));
  }
  for (const [name, values] of Object.entries(choices.dimensions ?? {})) {
    const [chosen] = choices.filters?.[name] ?? [""];
    const select = choice(values, chosen ?? "", "all");
    select.append(make("option", { "data-missing": "", value: MISSING }, MISSING));
    if (chosen === null) select.selectedIndex = select.options.length - 1;
    select.name = "filter";
    select.dataset.dimension = name;
    row.append(field(`bos-filter-${name}`, `Only ${name.replaceAll("_", " ")}`, select));
  }
  return row;
}

/** @param {string} id @param {string} words @param {() => void} does */
function quiet(id, words, does) {
  const button = make("button", { type: "button", class: "bos-button bos-button--quiet", id }, words);
  button.addEventListener("click", does);
  return button;
}

/** What is done with the choices, and on the other side with the dashboard they show.
 * @param {any} state @param {HTMLElement} files @param {() => void} arrange @param {() => void} whole
 */
function actionsOf(state, files, arrange, whole) {
  const row = make("div", { class: "bos-actions" }, make("button", { type: "submit", class: "bos-button", id: "bos-refresh" }, "Refresh"));
  if (state.choices.start || state.choices.end) row.append(quiet("bos-whole", "Whole period again", whole));
  const end = make("div", { class: "bos-actions__end" }, ...(state.may_arrange ? [quiet("bos-arrange", "Arrange", arrange)] : []), files);
  row.append(end);
  return row;
}

/** @param {HTMLFormElement} form */
function wishOf(form) {
  const filters = /** @type {Record<string, (string | null)[]>} */ ({});
  for (const select of /** @type {NodeListOf<HTMLSelectElement>} */ (form.querySelectorAll("select[name=filter]"))) {
    const missing = select.selectedOptions[0]?.dataset.missing === "";
    if (missing || select.value) filters[select.dataset.dimension ?? ""] = [missing ? null : select.value];
  }
  const value = (/** @type {string} */ name) => /** @type {any} */ (form.elements.namedItem(name))?.value ?? "";
  return { start: value("start"), end: value("end"), by: value("by"), split: value("split"), compare: value("compare"), filters };
}

/** The export: for which program, and what the last file could not carry.
 * @param {(target: string) => void} ask
 */
function exportOf(ask) {
  const targets = /** @type {[string, string][]} */ ([
    ["xlsx", "Excel workbook"], ["csv", "CSV"], ["parquet", "Parquet"], ["notebook", "Jupyter notebook"],
    ["grafana", "Grafana (classic)"], ["grafana-v2", "Grafana (v2)"], ["splunk", "Splunk Dashboard Studio"],
  ]);
  const select = choice(targets, "xlsx", "");
  const button = quiet("bos-export", "Export", () => ask(select.value));
  return make("div", { class: "bos-actions__end", role: "group", "aria-label": "Export" }, field("bos-export-to", "Export as", select), button);
}

/** Give a file that Python sent to the browser, to be kept.
 * @param {any} told @param {DataView[]} buffers
 */
function download(told, buffers) {
  const url = URL.createObjectURL(new Blob(buffers.map((one) => new Uint8Array(one.buffer, one.byteOffset, one.byteLength).slice()), { type: told.media }));
  const link = /** @type {HTMLAnchorElement} */ (make("a", { href: url, download: told.file }));
  link.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}

/** @param {any} told */
function notesOf(told) {
  const items = (/** @type {string[]} */ lines) => make("ul", {}, ...lines.map((line) => make("li", {}, line)));
  const left = make("details", {}, make("summary", {}, `What ${told.file} does not carry (${told.left.length})`), items(told.left));
  return told.marks.length ? [left, make("details", {}, make("summary", {}, `Its marks (${told.marks.length})`), items(told.marks))] : [left];
}

/** Return what BOS wrote, every text of a person escaped; read as a document, so that no script in it would run.
 * @param {string} page
 */
function nodesOf(page) {
  return [...new DOMParser().parseFromString(page, "text/html").body.childNodes];
}

/** @param {string} error */
function problemOf(error) {
  return error ? [make("div", { class: "bos-banner", "data-tone": "breach" }, make("p", {}, error))] : [];
}

/** Exporting: asking for a file, keeping it, and saying what it does not carry.
 * @param {any} model
 * @param {HTMLElement} words
 * @param {HTMLElement} problem
 */
function exportsOf(model, words, problem) {
  const notes = make("div", { hidden: "" });
  const group = exportOf((target) => {
    words.textContent = "Writing the file…";
    problem.replaceChildren();
    model.send({ export: target });
  });
  /** @param {any} told @param {DataView[]} buffers */
  function receive(told, buffers) {
    if (told.type === "pong") return;
    words.textContent = told.error ? "" : `${told.file} was given to the browser.`;
    problem.replaceChildren(...problemOf(told.error ?? ""));
    if (told.error) return;
    download(told, buffers);
    notes.replaceChildren(...notesOf(told));
    notes.hidden = false;
  }
  return { group, notes, receive };
}

/** What stands where there is no dashboard, with the way on.
 * @param {any} absent
 */
function absentOf(absent) {
  return [
    make("div", { class: "bos-head" }, make("h1", {}, absent.title)),
    make("p", { class: "bos-lede" }, absent.words),
    make("p", {}, make("a", { class: "bos-button", href: absent.href }, absent.label)),
  ];
}

/** Put the ways to the cases behind a number, and to why it changed, beside what can be said of it.
 * @param {HTMLElement} body
 * @param {Record<string, string>} ways panel → address
 * @param {string} mark @param {string} words @param {string} rest what is said before the title to who cannot see where it stands
 */
function leadOn(body, ways, mark, words, rest) {
  for (const [id, href] of Object.entries(ways)) {
    const panel = body.querySelector(`#${CSS.escape(id)}`);
    const row = panel?.querySelector(".bos-panel__said");
    if (!panel || !row || row.querySelector(`[data-${mark}]`)) continue;
    const title = panel.querySelector("h3, h4")?.textContent ?? "";
    row.append(make("a", { href, [`data-${mark}`]: "" }, words, hidden(` ${rest} ${title}`)));
  }
}

/** Offer at each value of a split to see it alone, on the whole dashboard, and to see its cases.
 * @param {HTMLElement} body
 * @param {HTMLFormElement} form
 * @param {any} state
 */
function leadInto(body, form, state) {
  const split = state.choices.split ?? "";
  const known = state.choices.dimensions?.[split] ?? [];
  const select = /** @type {HTMLSelectElement | null} */ (form.querySelector(`[name=filter][data-dimension="${CSS.escape(split)}"]`));
  for (const cell of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("th[data-value], th[data-missing]"))) {
    const missing = cell.dataset.missing === "";
    const value = cell.dataset.value ?? MISSING;
    const panel = cell.closest("article")?.id.replace(/^split\./, "") ?? "";
    const ways = [];
    if (select && (missing || known.includes(value)) && select.value !== value) {
      const only = make("button", { type: "button", class: "bos-link" }, "Only this", hidden(` ${value}`));
      only.addEventListener("click", () => {
        if (missing) select.selectedIndex = select.options.length - 1;
        else select.value = value;
        select.focus();
        form.requestSubmit();
      });
      ways.push(only);
    }
    const cases = state.cases[panel];
    const filter = missing ? `&missing=${encodeURIComponent(split)}` : `&filter=${encodeURIComponent(`${split}=${value}`)}`;
    if (cases) {
      const narrowed = [`filter=${encodeURIComponent(`${split}=`)}`, `missing=${encodeURIComponent(split)}`].some((one) => cases.includes(one));
      const href = narrowed ? cases : cases + filter;
      ways.push(make("a", { href }, "Cases", hidden(` of ${value}`)));
    }
    cell.append(make("span", { class: "bos-parts__only" }, ...ways));
  }
}

/** Return what asks for a dashboard as it is wished for, and what shows an address one goes back to.
 * @param {any} model @param {{ begin: () => void }} waiting
 */
function askOf(model, waiting) {
  const ask = (/** @type {any} */ message) => {
    waiting.begin();
    model.send(message);
  };
  return {
    build: (/** @type {any} */ wish) => ask({ build: wish }),
    back: () => ask({ open: location.search.slice(1) }),
  };
}

/** Keep the address that of what is shown, so that it can be sent to somebody. @param {any} state */
function tell(state) {
  if (!state.address) return;
  const first = !history.state?.bos;
  if (location.search === `?${state.address}` && !first) return;
  history[first || state.error ? "replaceState" : "pushState"]({ bos: true }, "", `?${state.address}`);
}

/**
 * Follow the model and the browser's way back; the result lets go of both.
 * @param {any} model
 * @param {Record<string, (...told: any[]) => void>} heard
 * @param {() => void} back
 * @param {{ heard: () => void, stop: () => void }} beat whatever Python says is a sign of life
 */
function listen(model, heard, back, beat) {
  window.addEventListener("popstate", back);
  for (const name of Object.keys(heard)) model.on(name, beat.heard);
  for (const [name, does] of Object.entries(heard)) model.on(name, does);
  return () => {
    beat.stop();
    for (const name of Object.keys(heard)) model.off(name, beat.heard);
    window.removeEventListener("popstate", back);
    for (const [name, does] of Object.entries(heard)) model.off(name, does);
  };
}

/** @param {{ model: any, el: HTMLElement }} context */
function render({ model, el }) {
  const words = make("p", { role: "status", class: "bos-hint" });
  const problem = make("div", { role: "alert" });
  const form = /** @type {HTMLFormElement} */ (make("form", { "aria-label": "Period and filters", novalidate: "" }));
  const main = make("main", { class: "bos-page bos-board" });
  const body = make("div", { class: "bos-board" });
  const files = exportsOf(model, words, problem);
  const tools = make("section", { class: "bos-card bos-card--quiet", "aria-label": "Change what is shown" }, form, make("div", {}, problem, words), files.notes);
  const feedback = feedbackOf({ get: () => model.get("said"), send: (said) => model.send({ give: said }) });
  const arrange = arrangeOf({ flow: model.get("state").flow, send: (told) => model.send({ arrange: told }) });
  const silent = () => { feedback.silent(); arrange.silent(); };
  const waiting = waitingOf({ model, main, body, words, dialog: feedback.dialog, silent });
  const { build, back } = askOf(model, waiting);
  el.replaceChildren(make("div", { class: "bos" }, barOf(model.get("state").bar), waiting.place, main, feedback.dialog));

  function said() {
    offer(body, model.get("said"), feedback.open);
    leadOn(body, model.get("state").cases, "cases", "Cases", "behind");
    leadOn(body, model.get("state").whys, "why", "Why?", "the change of");
    leadOn(body, model.get("state").restated, "restated", "Restated", "since it was told first:");
    feedback.show();
  }

  function show() {
    const state = model.get("state");
    const active = document.activeElement?.id ?? "";
    const arranging = () => model.send({ arrange: { begin: true } });
    const whole = () => build({ ...wishOf(form), start: "", end: "", by: "" });
    form.replaceChildren(choicesOf(state.choices), actionsOf(state, files.group, arranging, whole));
    document.title = state.absent ? `${state.absent.title} · BOS` : state.title;
    waiting.end(Boolean(state.page && state.stale && !state.absent));
    if (state.absent) {
      main.replaceChildren(...absentOf(state.absent));
      return;
    }
    const [head, ...rest] = state.page ? nodesOf(state.page) : [make("h1", {}, "Dashboard")];
    const foot = rest.pop();
    body.replaceChildren(...rest);
    leadInto(body, form, state);
    findIn(body);
    chooseIn(body, (start, end) => build({ ...wishOf(form), start, end, by: "" }));
    tell(state);
    main.replaceChildren(...(head ? [head] : []), arrange.note, tools, arrange.section, waiting.note, body, ...(foot ? [feedback.section, foot] : []));
    words.textContent = state.error || !state.page ? "" : "The dashboard is up to date.";
    problem.replaceChildren(...problemOf(state.error));
    said();
    arrange.show(state.arranging, state.may_arrange);
    if (active.startsWith("bos-") && !state.arranging?.rows) document.getElementById(active)?.focus();
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    build(wishOf(form));
  });
  show();
  return listen(model, { "msg:custom": files.receive, "change:state": show, "change:said": said }, back, waiting.beat);
}

export default { render };
