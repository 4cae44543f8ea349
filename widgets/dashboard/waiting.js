// @ts-check
/** Waiting for Python: until it answers, the numbers are marked as those of before; a silence is told, as on every page. */

import { make } from "../feedback/dom.js";
import { lostBanner } from "../surface/js/lost.js";
import { pulse } from "../surface/js/pulse.js";

const BUILDING = "Building the dashboard: reading events and computing the numbers…";
const NOT_BUILT = "The dashboard was not built anew.";
const OLD = "These are the numbers of before, not of what was asked for last.";

/** @typedef {{ model: any, main: HTMLElement, body: HTMLElement, words: HTMLElement, dialog: HTMLElement, silent: () => void }} Parts
 * `words` tell what is going on, `silent` says of what else was handed over that no answer came
 */

class Waiting {
  /** @param {Parts} parts */
  constructor(parts) {
    this.parts = parts;
    this.building = false;
    this.place = make("div", { class: "bos-lost" });
    this.inside = make("div"); // an open dialog hides the page from those who only hear it
    this.note = make("div", { class: "bos-old", hidden: "" });
    parts.dialog.prepend(this.inside);
    this.beat = pulse(() => parts.model.send({ type: "ping" }), (gone) => this.tell(gone));
  }

  /** Somebody asked for other numbers. */
  begin() {
    this.building = true;
    this.parts.words.textContent = BUILDING;
    this.mark(true);
  }

  /** There is an answer. @param {boolean} old whether the numbers are still those of before */
  end(old) {
    this.building = false;
    this.mark(old);
  }

  /** @param {boolean} old */
  mark(old) {
    const { main, body } = this.parts;
    this.note.hidden = !old;
    this.note.replaceChildren(...(old ? [make("div", { class: "bos-banner", "data-tone": "warning" }, make("p", {}, OLD))] : []));
    main.toggleAttribute("data-old", old);
    if (old && this.building) body.setAttribute("aria-busy", "true");
    else body.removeAttribute("aria-busy");
  }

  /** @param {boolean} gone */
  tell(gone) {
    const { model, words, silent } = this.parts;
    for (const place of [this.place, this.inside]) place.replaceChildren(...(gone ? [lostBanner(model.get("state").words)] : []));
    if (gone) {
      words.textContent = this.building ? NOT_BUILT : "";
      this.freeze();
      silent();
    } else {
      words.textContent = this.building ? BUILDING : "";
      this.thaw();
    }
  }

  controls(/** @type {string} */ which) {
    const { main, dialog } = this.parts;
    return /** @type {any[]} */ ([main, dialog].flatMap((one) => [...one.querySelectorAll(which)])).filter((one) => !this.inside.contains(one));
  }

  /** Let nobody ask for anything; what was typed can still be read and copied. */
  freeze() {
    for (const control of this.controls("button:enabled:not([data-alive]), input:enabled, select:enabled, textarea")) {
      control.dataset.frozen = "";
      if (control.nodeName === "TEXTAREA") control.readOnly = true;
      else control.disabled = true;
    }
  }

  thaw() {
    for (const control of this.controls("[data-frozen]")) {
      delete control.dataset.frozen;
      if (control.nodeName === "TEXTAREA") control.readOnly = false;
      else control.disabled = false;
    }
  }
}

/** @param {Parts} parts */
export function waitingOf(parts) {
  return new Waiting(parts);
}
