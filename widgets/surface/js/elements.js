// @ts-check
import { drawing, h } from "./dom.js";
import { fieldElement, idOf } from "./fields.js";

/** What a view is made of: one function for each type of element. */

/** @param {any[] | undefined} list */
export function all(list) {
  return (list ?? []).map(build);
}

/** @param {any} element */
function acting(element) {
  return {
    "data-action": element.action,
    "data-value": element.value === undefined ? null : JSON.stringify(element.value),
  };
}

/** @param {any} cell */
function inside(cell) {
  return typeof cell === "object" && cell !== null ? build(cell) : String(cell ?? "");
}

/** @param {any} it */
function button(it) {
  const look = it.look ? ` bos-button--${it.look}` : "";
  const small = it.small ? " bos-button--small" : "";
  const id = it.id ?? null;
  const spoken = it.about ? h("span", { class: "bos-visually-hidden" }, ` ${it.about}`) : null;
  return h(
    "button",
    {
      type: "button", class: `bos-button${look}${small}`, id, "data-key": `b-${it.action}-${JSON.stringify(it.value ?? null)}`,
      "aria-describedby": it.why ? `${id}-why` : null, "aria-disabled": it.why ? "true" : null,
      "data-default": it.default, ...acting(it),
    },
    it.label, spoken, it.why ? h("span", { id: `${id}-why`, class: "bos-visually-hidden" }, ` ${it.why}`) : null,
  );
}

/** @param {any} it */
function table(it) {
  const look = (/** @type {number} */ n) => (it.numbers.includes(n) ? "bos-number" : null);
  const head = h("tr", {}, it.columns.map((/** @type {string} */ name, /** @type {number} */ n) => h("th", { scope: "col", class: look(n) }, name)));
  const rows = it.rows.map((/** @type {any[]} */ row) =>
    h("tr", {}, row.map((cell, n) => (n ? h("td", { class: look(n) }, inside(cell)) : h("th", { scope: "row" }, inside(cell))))),
  );
  const named = { class: "bos-table-box", role: "region", "aria-label": it.caption, tabindex: "0" };
  return h("div", named, h("table", { class: "bos-table" }, h("caption", {}, it.caption), h("thead", {}, head), h("tbody", {}, rows)));
}

/** @param {any} it */
function row(it) {
  return h(
    "li",
    { "data-key": it.key },
    h(
      "div",
      { class: "bos-list__main" },
      h(it.level ? `h${it.level}` : "span", { class: "bos-list__title" }, it.href ? h("a", { href: it.href }, it.title) : it.title),
      it.words ? h("span", { class: "bos-list__words" }, it.words) : null,
      it.marks?.length ? h("span", { class: "wz-marks" }, all(it.marks)) : null,
      all(it.inside),
    ),
    it.ends?.length ? h("div", { class: "bos-actions" }, all(it.ends)) : null,
  );
}

/** @type {Record<string, (it: any) => Node>} */
const BUILDERS = {
  field: fieldElement,
  button,
  table,
  text: (it) => h("p", { class: it.look ?? null }, it.text),
  heading: (it) => h(`h${it.level}`, { id: it.id ?? null, tabindex: it.id ? "-1" : null }, it.text),
  link: (it) =>
    it.action
      ? h("a", { href: it.href ?? "#", class: it.look ?? null, ...acting(it) }, it.text, it.about ? h("span", { class: "bos-visually-hidden" }, ` ${it.about}`) : null)
      : h("a", { href: it.href, class: it.look ?? null }, it.text, it.about ? h("span", { class: "bos-visually-hidden" }, ` ${it.about}`) : null),
  group: (it) =>
    h("fieldset", { class: `bos-fieldset${it.look ? ` ${it.look}` : ""}`, "data-key": it.key }, h("legend", {}, it.legend), it.hint ? h("div", { class: "bos-hint" }, it.hint) : null, all(it.children)),
  box: (it) => h(it.tag ?? "div", { class: it.look, "data-key": it.key, "data-enter": it.enter, role: it.label ? "group" : null, "aria-label": it.label, "aria-labelledby": it.labelled }, all(it.children)),
  list: (it) => (it.rows.length ? h("ul", { class: "bos-list", "aria-label": it.label }, it.rows.map(row)) : h("div", { class: "bos-empty" }, it.empty)),
  plain: (it) => h("ul", { class: "wz-plain" }, it.items.map((/** @type {any} */ item) => h("li", {}, inside(item)))),
  facts: (it) => h("dl", { class: "bos-facts" }, it.pairs.flatMap((/** @type {any[]} */ [name, value]) => [h("dt", {}, name), h("dd", {}, inside(value))])),
  details: (it) => h("details", { "data-key": it.key, open: it.open }, h("summary", {}, it.summary), all(it.children)),
  status: (it) => h("span", { class: "bos-status", "data-status": it.status }, it.text),
  badge: (it) => h("span", { class: `bos-badge${it.mark ? " bos-badge--mark" : ""}` }, it.text),
  banner: (it) => h("div", { class: "bos-banner", "data-key": it.key ?? (it.id ? null : `banner-${it.tone}`), "data-tone": it.tone, role: it.role ?? null, id: it.id ?? null, tabindex: it.id ? "-1" : null }, all(it.children)),
  code: (it) => h("pre", { class: "bos-code", tabindex: "0", role: "region", "aria-label": it.label }, it.text),
  picture: (it) => h("div", { class: "wz-picture", tabindex: "0", role: "region", "aria-label": it.label }, drawing(it.svg)),
};

/**
 * @param {any} it
 * @returns {Node}
 */
export function build(it) {
  const make = BUILDERS[it.t];
  if (!make) throw new Error(`no element ${it.t}`);
  return make(it);
}

/** @param {any} problem */
function problemRow(problem) {
  const target = problem.field ? idOf(problem.field) : "";
  const at = problem.action ? { "data-action": problem.action, "data-value": JSON.stringify(problem.value) } : { "data-focus": target };
  return h("li", {}, target || problem.action ? h("a", { href: `#${target}`, ...at }, problem.text) : problem.text);
}

/** @param {any} view */
export function summary(view) {
  if (!view.summary?.length) return null;
  return h(
    "div",
    { class: "bos-summary", id: "summary", tabindex: "-1", "aria-labelledby": "summary-title" , role: "group" },
    h("h2", { id: "summary-title" }, view.words.problem),
    h("ul", {}, view.summary.map(problemRow)),
  );
}

/** @param {any} view */
export function stepper(view) {
  if (!view.steps) return null;
  const items = view.steps.map((/** @type {any} */ step, /** @type {number} */ n) => {
    const id = `step-${n + 1}`;
    const current = step.current ? "step" : null;
    const why = step.why ? h("span", { id: `${id}-why`, class: "bos-visually-hidden" }, step.why) : null;
    const name = h(
      "button",
      {
        type: "button", class: "wz-step", "data-action": step.why ? null : "stage", "data-value": JSON.stringify(step.stage),
        "aria-current": current, "aria-disabled": step.why ? "true" : null, "aria-describedby": step.why ? `${id}-why` : null,
        title: step.why ?? null,
      },
      step.label, h("span", { class: "wz-step__state" }, step.words),
    );
    return h("li", { "data-state": step.state, "data-key": id }, name, why);
  });
  return h("nav", { "aria-label": view.words.steps, class: "wz-steps", "data-key": "steps" }, h("ol", { class: "bos-steps" }, items));
}

/** @param {any} view */
export function bar(view) {
  const who = view.bar.who;
  const people = who ? [h("span", {}, who), h("a", { href: "../../sign-out" }, view.words.sign_out)] : [];
  return h(
    "header",
    { class: "bos-bar" },
    h("a", { class: "bos-brand", href: view.bar.home }, "BOS"),
    view.bar.links.length ? h("nav", { "aria-label": view.words.pages, class: "wz-nav" }, all(view.bar.links)) : null,
    h("div", { class: "bos-bar__end" }, all(view.bar.ends), people),
  );
}
