// @ts-check
/** Choosing a span of time in a trend: dragged over the picture, or named in its table. It is the period of all. */

import { hidden, make } from "../feedback/dom.js";

/** @typedef {(start: string, end: string) => void} Choose days; both count */

/** Return the days from one bucket to another, both counted.
 * @param {string[][]} buckets when each begins, and its last day @param {number} from @param {number} to
 */
function daysOf(buckets, from, to) {
  const start = buckets[Math.min(from, to)][0].slice(0, 10);
  return /** @type {[string, string]} */ ([start, buckets[Math.max(from, to)][1]]);
}

/** @param {HTMLElement} body @param {Choose} choose */
export function chooseIn(body, choose) {
  for (const figure of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("figure[data-days]"))) {
    const buckets = (figure.dataset.days ?? "").split(" ").map((one) => one.split("/"));
    nameRows(figure, buckets, choose);
    const svg = figure.querySelector("svg");
    if (svg?.dataset.plot) brush(figure, svg, buckets, choose);
  }
}

/** Offer each row of the table behind a picture as the period. @param {HTMLElement} figure @param {string[][]} buckets @param {Choose} choose */
function nameRows(figure, buckets, choose) {
  const rows = figure.closest("article")?.querySelectorAll("tbody th[scope=row]") ?? [];
  rows.forEach((cell, at) => {
    const only = make("button", { type: "button", class: "bos-link" }, "Only this", hidden(` period, from ${cell.textContent}`));
    only.addEventListener("click", () => choose(...daysOf(buckets, at, at)));
    cell.append(make("span", { class: "bos-parts__only" }, only));
  });
}

/** Choose by dragging over a picture; a press on one point chooses its bucket.
 * @param {HTMLElement} figure @param {SVGElement} svg @param {string[][]} buckets @param {Choose} choose
 */
function brush(figure, svg, buckets, choose) {
  const plot = (svg.dataset.plot ?? "").split(" ");
  const [left, right, width] = plot.slice(0, 3).map(Number);
  const [first, last] = plot.slice(3).map((one) => Date.parse(`${one}Z`));
  const moments = buckets.map(([start]) => Math.min(Math.max(Date.parse(`${start}Z`), first), last));
  let from = -1;
  const mark = make("div", { class: "bos-brush", hidden: "" });
  figure.append(mark);
  figure.classList.add("bos-brushed");
  const placeOf = (/** @type {number} */ at) => (left + (last > first ? (moments[at] - first) / (last - first) : 0.5) * (right - left)) / width;
  /** @param {PointerEvent} event */
  const at = (event) => {
    const box = svg.getBoundingClientRect();
    const part = (event.clientX - box.left) / box.width;
    let best = 0;
    for (let one = 1; one < buckets.length; one += 1) if (Math.abs(placeOf(one) - part) < Math.abs(placeOf(best) - part)) best = one;
    return best;
  };
  const show = (/** @type {number} */ to) => {
    const box = svg.getBoundingClientRect();
    const own = figure.getBoundingClientRect();
    const [one, two] = [Math.min(from, to), Math.max(from, to)].map((place) => box.left - own.left + placeOf(place) * box.width);
    Object.assign(mark.style, { left: `${one - 4}px`, width: `${two - one + 8}px`, top: `${box.top - own.top}px`, height: `${box.height}px` });
    mark.hidden = false;
  };
  const stop = () => { from = -1; mark.hidden = true; };
  svg.addEventListener("pointerdown", (event) => {
    if (event.button) return;
    from = at(event);
    svg.setPointerCapture(event.pointerId);
    show(from);
  });
  svg.addEventListener("pointermove", (event) => { if (from >= 0) show(at(event)); });
  svg.addEventListener("pointerup", (event) => {
    if (from < 0) return;
    const chosen = daysOf(buckets, from, at(event));
    stop();
    choose(...chosen);
  });
  svg.addEventListener("pointercancel", stop);
}
