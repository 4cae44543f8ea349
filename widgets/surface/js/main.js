// @ts-check
import { h, morph } from "./dom.js";
import { all, bar, stepper, summary } from "./elements.js";
import { idOf, valueOf } from "./fields.js";
import { pulse } from "./pulse.js";
import { Typed } from "./typed.js";

/** The surface: shows what Python describes, says what a person did. It decides nothing. */

const PAUSE = 250;

/** @param {any} view */
function pageOf(view) {
  const head = h(
    "div",
    { class: "bos-head" },
    view.caption ? h("p", { class: "wz-caption" }, view.caption) : null,
    h("h1", { id: "heading", tabindex: "-1" }, view.heading),
    view.lede ? h("p", { class: "bos-lede" }, view.lede) : null,
  );
  const form = h("form", { novalidate: true, class: "wz-form", autocomplete: "off" }, all(view.body));
  return h(
    "div",
    { class: "wz-root" },
    h("a", { class: "bos-skip", href: "#main" }, view.words.skip),
    bar(view),
    h("div", { id: "lost", class: "wz-lost" }),
    h(
      "main",
      { class: `bos-page${view.narrow ? " wz-narrow" : ""}`, id: "main" },
      summary(view), stepper(view), all(view.banners), head, form,
      h("footer", { class: "bos-foot wz-foot" }, h("span", { role: "status", id: "status" }, view.status ?? ""), all(view.foot)),
    ),
  );
}

/** @param {any} context */
function surface({ model, el }) {
  let view = model.get("view");
  let focused = -1;
  let address = "";
  let lost = false;
  /** @type {ReturnType<typeof setTimeout> | undefined} */
  let timer;
  const waiting = new Map();
  const typed = new Typed(view.buffer ?? "page");
  const root = h("div", { class: "bos wz" });
  el.replaceChildren(root);
  root.append(h("div", { class: "wz-root" }));

  const say = (/** @type {any} */ message) => model.send(message);

  const flush = () => {
    clearTimeout(timer);
    for (const [field, { value, rev }] of waiting) say({ type: "field", field, value, rev });
    waiting.clear();
  };

  const keep = (/** @type {any} */ control) => typed.open(control.dataset?.field ?? "", view.ack);

  const locate = () => {
    if (view.location === undefined || view.location === address) return;
    const target = `${window.location.pathname}${view.location}`;
    if (address && view.push) history.pushState({}, "", target);
    else history.replaceState({}, "", target);
    address = view.location;
  };

  const place = () => {
    if (view.focus.n === focused) return;
    focused = view.focus.n;
    const target = document.getElementById(view.focus.field ? idOf(view.focus.field) : view.focus.id);
    if (!target) return;
    for (let up = target.parentElement; up; up = up.parentElement) if (up instanceof HTMLDetailsElement) up.open = true;
    target.focus();
    target.scrollIntoView({ block: view.focus.field ? "center" : "nearest" });
    if (view.focus.id === "heading" || view.focus.id === "summary") window.scrollTo(0, 0);
  };

  const show = () => {
    view = model.get("view");
    if (view.clear) typed.clear();
    typed.acknowledged(view.ack);
    const active = /** @type {any} */ (document.activeElement);
    morph(/** @type {Element} */ (root.firstElementChild), pageOf(view), keep);
    if (active?.isConnected && document.activeElement !== active && root.contains(active)) active.focus();
    document.title = view.title;
    locate();
    place();
    if (lost) freeze();
    else root.querySelector("#lost")?.replaceChildren();
  };

  const freeze = () => {
    const again = h("button", { type: "button", class: "bos-button", "data-reload": "1" }, view.words.reload);
    const words = h("div", { class: "bos-banner", "data-tone": "breach", role: "alert" }, h("strong", {}, view.words.lost), h("p", {}, view.words.lost_more), h("div", { class: "bos-actions" }, again));
    root.querySelector("#lost")?.replaceChildren(words);
    for (const control of /** @type {NodeListOf<any>} */ (root.querySelectorAll("[data-field], [data-action]"))) {
      if ("readOnly" in control && control.type !== "checkbox" && control.type !== "radio") control.readOnly = true;
      else control.disabled = true;
    }
  };

  const thaw = () => {
    for (const control of /** @type {NodeListOf<any>} */ (root.querySelectorAll("[data-field], [data-action]"))) {
      control.readOnly = false;
      control.disabled = false;
    }
    for (const [field, { value, rev }] of typed.entries) waiting.set(field, { value, rev });
    flush();
    show();
  };

  const beat = pulse(
    () => say({ type: "ping" }),
    (gone) => {
      lost = gone;
      if (lost) freeze();
      else thaw();
    },
  );

  root.addEventListener("input", (event) => {
    const control = /** @type {any} */ (event.target);
    const field = control.dataset.field;
    if (!field || lost) return;
    const value = valueOf(control, root);
    const rev = typed.put(field, value, JSON.parse(control.dataset.base), control.dataset.keep !== undefined);
    waiting.set(field, { value, rev });
    clearTimeout(timer);
    timer = setTimeout(flush, PAUSE);
  });
  root.addEventListener("change", flush);
  root.addEventListener("submit", (event) => event.preventDefault());
  root.addEventListener("keydown", (event) => {
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.key !== "Enter" || at.nodeName !== "INPUT") return;
    event.preventDefault();
    const button = /** @type {HTMLElement | null} */ (root.querySelector("[data-default]"));
    if (button && !lost) button.click();
  });
  root.addEventListener("click", (event) => {
    const at = /** @type {HTMLElement} */ (event.target).closest("[data-action], [data-focus], [data-reload], .bos-skip");
    if (!(at instanceof HTMLElement)) return;
    if (at.dataset.reload) return window.location.reload();
    event.preventDefault();
    if (at.classList.contains("bos-skip")) return document.getElementById("heading")?.focus();
    if (at.dataset.focus) {
      const target = document.getElementById(at.dataset.focus);
      for (let up = target?.parentElement; up; up = up.parentElement) if (up instanceof HTMLDetailsElement) up.open = true;
      return target?.focus();
    }
    if (lost || at.getAttribute("aria-disabled") === "true") return undefined;
    flush();
    const value = at.dataset.value === undefined ? null : JSON.parse(at.dataset.value);
    return say({ type: "action", action: at.dataset.action, value });
  });
  const back = () => {
    address = window.location.search;
    flush();
    say({ type: "location", query: window.location.search });
  };
  window.addEventListener("popstate", back);
  const heard = (/** @type {any} */ message) => {
    beat.heard();
    if (message.type === "go") window.location.assign(message.href);
  };
  model.on("msg:custom", heard);
  model.on("change:view", show);
  show();
  const left = typed.left();
  if (left.length) say({ type: "replay", entries: left });
  return () => {
    beat.stop();
    window.removeEventListener("popstate", back);
    model.off("msg:custom", heard);
    model.off("change:view", show);
  };
}

export default { render: surface };
