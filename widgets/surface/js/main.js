// @ts-check
import { h, morph } from "./dom.js";
import { idOf, put, valueOf } from "./fields.js";
import { held } from "./held.js";
import { lostBanner } from "./lost.js";
import { pageOf, uncover } from "./page.js";
import { pulse } from "./pulse.js";
import { Typed } from "./typed.js";

const PAUSE = 250;

/** The surface: shows what Python describes, says what a person did. It decides nothing. */
class Surface {
  /** @param {any} model @param {HTMLElement} el */
  constructor(model, el) {
    this.model = model;
    this.view = model.get("view");
    this.focused = -1;
    this.address = "";
    this.lost = false;
    /** @type {ReturnType<typeof setTimeout> | undefined} */
    this.timer = undefined;
    /** @type {Map<string, {value: any, rev: number}>} */
    this.waiting = new Map();
    this.typed = new Typed(this.view.buffer ?? "page");
    this.root = h("div", { class: "bos wz" }, h("div", { class: "wz-root" }));
    el.replaceChildren(this.root);
  }

  /** @param {any} message */
  say(message) {
    this.model.send(message);
  }

  flush() {
    clearTimeout(this.timer);
    for (const [field, { value, rev }] of this.waiting) this.say({ type: "field", field, value, rev });
    this.waiting.clear();
  }

  show() {
    this.view = this.model.get("view");
    const { view, typed, root } = this;
    typed.settle(view);
    const giveBack = held(root);
    morph(/** @type {Element} */ (root.firstElementChild), pageOf(view), (control) =>
      typed.open(/** @type {any} */ (control).dataset?.field ?? "", view.ack),
    );
    for (const control of /** @type {NodeListOf<any>} */ (root.querySelectorAll("[data-field]"))) {
      const entry = typed.entries.get(control.dataset.field); // one that the change of the page made anew has none of it
      if (control.dataset.secret) put(control, entry?.value ?? "");
      else if (entry && !entry.left && typed.open(control.dataset.field, view.ack)) put(control, entry.value);
    }
    giveBack();
    document.title = view.title;
    this.locate();
    this.place();
    if (view.readonly) this.lock();
    if (this.lost) this.freeze();
    else root.querySelector("#lost")?.replaceChildren();
  }

  locate() {
    const { view } = this;
    if (view.location === undefined || view.location === this.address) return;
    const target = `${window.location.pathname}${view.location}`;
    if (this.address && view.push) history.pushState({}, "", target);
    else history.replaceState({}, "", target);
    this.address = view.location;
  }

  place() {
    const { focus } = this.view;
    if (focus.n === this.focused) return;
    if (!this.root.isConnected) {
      requestAnimationFrame(() => this.place());
      return;
    }
    this.focused = focus.n;
    const target = document.getElementById(focus.field ? idOf(focus.field) : focus.id);
    if (!target) return;
    uncover(target);
    target.focus();
    target.scrollIntoView({ block: focus.field ? "center" : "nearest" });
    if (focus.id === "heading" || focus.id === "summary") window.scrollTo(0, 0);
  }

  controls() {
    return /** @type {NodeListOf<any>} */ (this.root.querySelectorAll("[data-field], [data-action]"));
  }

  freeze() {
    this.root.querySelector("#lost")?.replaceChildren(lostBanner(this.view.words));
    const status = this.root.querySelector("#status");
    if (status && this.view.words.unsaved && this.typed.entries.size) status.textContent = this.view.words.unsaved;
    this.lock();
    for (const control of this.controls()) if (control.dataset.action) control.disabled = true;
  }

  /** Let nobody type. */
  lock() {
    for (const control of this.controls()) {
      if (!control.dataset.field) continue;
      if ("readOnly" in control && control.type !== "checkbox" && control.type !== "radio") control.readOnly = true;
      else control.disabled = true;
    }
  }

  thaw() {
    for (const control of this.controls()) {
      control.readOnly = false;
      control.disabled = false;
    }
    const typed = [...this.typed.entries].sort(([, one], [, other]) => one.rev - other.rev);
    for (const [field, { value, rev }] of typed) this.wait(field, value, rev);
    this.flush();
    this.show();
  }

  /**
   * Tell Python next, after what waits already: it takes the last that it hears for all that was typed.
   * @param {string} field @param {any} value @param {number} rev
   */
  wait(field, value, rev) {
    this.waiting.delete(field);
    this.waiting.set(field, { value, rev });
  }

  /** @param {any} control */
  wrote(control) {
    const field = control.dataset.field;
    if (!field || this.lost) return;
    const value = valueOf(control, this.root);
    const { base, keep, secret } = control.dataset;
    const rev = this.typed.put(field, value, JSON.parse(base), keep !== undefined, secret !== undefined);
    this.wait(field, value, rev);
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), PAUSE);
  }

  /** @param {MouseEvent} event */
  clicked(event) {
    const at = /** @type {HTMLElement} */ (event.target).closest("[data-action], [data-focus], .bos-skip");
    if (!(at instanceof HTMLElement)) return;
    event.preventDefault();
    if (at.classList.contains("bos-skip")) {
      document.getElementById("heading")?.focus();
    } else if (at.dataset.focus) {
      const target = document.getElementById(at.dataset.focus);
      uncover(target);
      target?.focus();
    } else if (event.detail > 1 && at.dataset.action !== "move") {
      // The second click of a double click: the first one did it.
    } else if (!this.lost && at.getAttribute("aria-disabled") !== "true") {
      this.flush();
      const value = at.dataset.value === undefined ? null : JSON.parse(at.dataset.value);
      this.say({ type: "action", action: at.dataset.action, value });
    }
  }

  /** @param {KeyboardEvent} event */
  pressed(event) {
    const at = /** @type {HTMLElement} */ (event.target);
    if (event.key !== "Enter" || at.nodeName !== "INPUT") return;
    event.preventDefault();
    const form = at.dataset.keep === undefined ? null : this.root.querySelector("[data-default]");
    const near = at.closest("[data-enter]")?.querySelector("[data-action]") ?? form;
    if (near instanceof HTMLElement && !this.lost) near.click();
  }

  back() {
    this.address = window.location.search;
    this.flush();
    this.say({ type: "location", query: window.location.search });
  }

  start() {
    const { model, root } = this;
    const beat = pulse(
      () => this.say({ type: "ping" }),
      (gone) => {
        this.lost = gone;
        if (gone) this.freeze();
        else this.thaw();
      },
    );
    root.addEventListener("input", (event) => this.wrote(event.target));
    root.addEventListener("change", () => this.flush());
    root.addEventListener("submit", (event) => event.preventDefault());
    root.addEventListener("keydown", (event) => this.pressed(event));
    root.addEventListener("click", (event) => this.clicked(event));
    const back = () => this.back();
    const show = () => this.show();
    const leave = () => this.flush();
    const heard = (/** @type {any} */ message) => {
      beat.heard();
      if (message.type === "go") window.location.assign(message.href);
      else if (message.type === "kept") this.typed.kept(message.ack);
    };
    window.addEventListener("popstate", back);
    window.addEventListener("pagehide", leave);
    model.on("msg:custom", heard);
    model.on("change:view", show);
    this.show();
    const left = this.typed.left();
    if (left.length) this.say({ type: "replay", entries: left });
    return () => {
      beat.stop();
      window.removeEventListener("popstate", back);
      window.removeEventListener("pagehide", leave);
      model.off("msg:custom", heard);
      model.off("change:view", show);
    };
  }
}

export default { render: (/** @type {any} */ { model, el }) => new Surface(model, el).start() };
