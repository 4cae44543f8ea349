// @ts-check
import { h } from "./dom.js";
import { all, bar, stepper, summary } from "./elements.js";

/** The page around a view's elements. */

/**
 * Return what the page says about saving; a moment in it is told in the browser's own time.
 * @param {any} view
 */
function statusOf(view) {
  const at = view.status_at ? new Date(view.status_at).toLocaleTimeString([], { hour12: false }) : "";
  return String(view.status ?? "").replace("{time}", at);
}

/** @param {any} view */
export function pageOf(view) {
  const head = h(
    "div",
    { class: "bos-head", "data-key": "head" },
    view.caption ? h("p", { class: "wz-caption" }, view.caption) : null,
    h("h1", { id: "heading", tabindex: "-1" }, view.heading),
    view.lede ? h("p", { class: "bos-lede" }, view.lede) : null,
  );
  const form = h("form", { novalidate: true, class: "wz-form", autocomplete: "off", "data-key": "form" }, all(view.body));
  const status = h("span", { role: "status", id: "status" }, statusOf(view));
  return h(
    "div",
    { class: "wz-root" },
    h("a", { class: "bos-skip", href: "#main" }, view.words.skip),
    bar(view),
    h("div", { id: "lost", class: "bos-lost" }),
    h(
      "main",
      { class: `bos-page${view.narrow ? " wz-narrow" : ""}`, id: "main" },
      summary(view), stepper(view), all(view.banners), head, form,
      h("footer", { class: "bos-foot wz-foot", "data-key": "foot" }, status, all(view.foot)),
    ),
  );
}

/** Open everything that hides an element. @param {Element | null} target */
export function uncover(target) {
  for (let up = target?.parentElement; up; up = up.parentElement) if (up instanceof HTMLDetailsElement) up.open = true;
}
