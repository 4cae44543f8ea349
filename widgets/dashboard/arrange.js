// @ts-check
/** Arranging the dashboard: moving, renaming, hiding. What is not saved yet stays in this tab. */

import { field, hidden, make } from "../feedback/dom.js";
import { freshKey } from "../feedback/drafts.js";

const SAVING = "Saving …";
const SILENT = "No answer yet. What you arranged is still in this tab. Saving it again saves it once.";

/** @typedef {{ id: string, kpi: boolean, own: string, title: string, section: string, hidden: boolean, status: string, words: string }} Row */
/** @typedef {{ base: number, rows: Row[], why: string, key: string }} Held */

/** What was arranged and not saved, kept in this tab.
 * @param {string} flow
 */
function heldOf(flow) {
  const name = `bos-arranged-${flow}`;
  return {
    /** @returns {Held | null} */
    get: () => {
      try {
        return JSON.parse(sessionStorage.getItem(name) ?? "null");
      } catch {
        return null;
      }
    },
    /** @param {Held | null} held */
    put: (held) => {
      try {
        if (held) sessionStorage.setItem(name, JSON.stringify(held));
        else sessionStorage.removeItem(name);
      } catch { /* it is still in this page */ }
    },
  };
}

/** @param {string} words @param {string} look @param {() => void} act @param {string} about */
function button(words, look, act, about = "") {
  const made = make("button", { type: "button", class: `bos-button ${look}` }, words, ...(about ? [hidden(about)] : []));
  made.addEventListener("click", act);
  return made;
}

/** Return a button that asks before what was arranged is gone.
 * @param {string} words @param {string} sure what the second button says @param {() => void} act
 * @param {() => boolean} needed whether there is anything to lose
 */
function asking(words, sure, act, needed = () => true) {
  const place = make("span", { class: "bos-actions" });
  const yes = button(sure, "", act);
  const no = button("Keep it", "bos-button--quiet", () => { place.replaceChildren(first); first.focus(); });
  const first = button(words, "bos-button--quiet", () => {
    if (!needed()) { act(); return; }
    place.replaceChildren(make("span", {}, "What you arranged in this tab cannot be brought back then."), yes, no);
    no.focus();
  });
  place.append(first);
  return place;
}

/** @typedef {{ flow: string, send: (told: any) => void }} Way which dashboard, and where to hand over what is wished for */

class Arrange {
  /** @param {Way} way */
  constructor(way) {
    this.way = way;
    this.store = heldOf(way.flow);
    /** @type {Held} */
    this.held = { base: 0, rows: [], why: "", key: freshKey() };
    this.turn = 0;
    this.section = make("section", { class: "bos-card bos-arrange", "aria-labelledby": "bos-arrange-head", hidden: "" });
    this.note = make("div", { role: "status", hidden: "" });
    this.list = make("ol", { class: "bos-list", "aria-label": "Panels in their order" });
    this.told = make("p", { role: "status", class: "bos-hint" });
    this.problem = make("div", { role: "alert" });
    this.why = /** @type {HTMLTextAreaElement} */ (make("textarea", { rows: "2" }));
    this.why.addEventListener("input", () => { this.held.why = this.why.value; this.keep(); });
    /** @type {HTMLElement | null} */
    this.dragged = null;
  }

  keep() {
    this.store.put(this.held);
  }

  /** Show what BOS says of arranging.
   * @param {any} state what it says; nothing once it is over @param {boolean} may whether the person may arrange
   */
  show(state, may) {
    if (!state) {
      if (!this.section.hidden) this.close();
    } else if (state.turn !== this.turn) {
      this.turn = state.turn;
      if (state.rows) this.begin(state);
      this.fail(state);
    }
    this.remind(may && !state);
  }

  /** Say that something was arranged in this tab and is not saved yet. @param {boolean} may whether one can go on */
  remind(may) {
    const said = may && this.store.get() !== null;
    if (said === !this.note.hidden) return;
    this.note.hidden = !said;
    this.note.replaceChildren(...(said ? [make("div", { class: "bos-banner", "data-tone": "warning" },
      make("p", {}, "You arranged this dashboard in this tab and have not saved it yet. It is shown as it was saved last."),
      make("div", { class: "bos-actions" },
        button("Go on arranging", "", () => this.way.send({ begin: true })),
        asking("Drop it", "Drop it for good", () => this.drop())),
    )] : []));
  }

  drop() {
    this.store.put(null);
    this.remind(false);
    document.getElementById("bos-arrange")?.focus();
  }

  /** @param {any} state */
  begin(state) {
    const before = this.store.get();
    this.held = before ?? { base: state.version, rows: state.rows, why: "", key: freshKey() };
    this.why.value = this.held.why;
    this.told.textContent = before ? "What you arranged in this tab and did not save is back." : "";
    const save = button("Save as a new version", "", () => this.save());
    const cancel = asking("Leave without saving", "Leave and drop it", () => this.leave(), () => this.store.get() !== null);
    this.section.replaceChildren(
      make("h2", { id: "bos-arrange-head", tabindex: "-1" }, "Arrange this dashboard"),
      make("p", { class: "bos-hint" }, "Everybody sees it so. A hidden KPI still counts for how the dashboard stands. What you leave empty keeps its own title and section."),
      this.problem, this.list, this.told,
      field("bos-arrange-why", "Why is this changed?", this.why),
      make("div", { class: "bos-actions" }, save, cancel),
      ...this.former(state.versions, state.version),
    );
    this.draw();
    this.section.hidden = false;
    /** @type {HTMLElement} */ (this.section.firstElementChild).focus();
  }

  /** @param {[number, string][]} versions @param {number} live */
  former(versions, live) {
    if (!versions.length) return [];
    const select = /** @type {HTMLSelectElement} */ (make("select", {}, ...versions.map(([value, words]) => make("option", { value: `${value}` }, words))));
    const back = button("Bring it back as a new version", "bos-button--quiet", () => {
      if (this.reasoned()) this.way.send({ restore: Number(select.value), base: live, why: this.held.why });
    });
    const row = make("div", { class: "bos-toolbar" }, field("bos-arrange-former", "Former version", select), back);
    return [make("details", {}, make("summary", {}, "Undo: bring a former version back"), row)];
  }

  draw() {
    this.list.replaceChildren(...this.held.rows.map((row) => this.row(row)));
  }

  /** @param {Row} row */
  row(row) {
    const name = row.title || row.own;
    const grip = make("span", { class: "bos-arrange__grip", draggable: "true", "aria-hidden": "true", title: "Drag to move" }, "⠿");
    const said = make("span", { class: "bos-list__words" }, `${row.words}${row.hidden ? " · hidden" : ""}`);
    const main = make("div", { class: "bos-list__main" }, make("span", { class: "bos-list__title" }, row.own), said);
    const up = button("Up", "bos-button--quiet bos-button--small", () => this.move(row, -1), `: ${name}`);
    const down = button("Down", "bos-button--quiet bos-button--small", () => this.move(row, 1), `: ${name}`);
    const hide = button(row.hidden ? "Show" : "Hide", "bos-button--quiet bos-button--small", () => {
      row.hidden = !row.hidden;
      this.changed(row, 2, `${name} is ${row.hidden ? "hidden" : "shown"} once this is saved.`);
    }, `: ${name}`);
    const texts = [this.text(row, "title", "Title here", row.own), ...(row.kpi ? [this.text(row, "section", "Section", "as BOS groups it")] : [])];
    const li = make("li", { "data-id": row.id }, grip, main, ...texts, make("div", { class: "bos-actions" }, up, down, hide));
    if (row.hidden) li.dataset.hidden = "";
    grip.addEventListener("dragstart", () => { this.dragged = li; });
    grip.addEventListener("dragend", () => { this.dropped(row); });
    li.addEventListener("dragover", (event) => {
      if (!this.dragged || this.dragged === li) return;
      event.preventDefault();
      const box = li.getBoundingClientRect();
      if (event.clientY < box.top + box.height / 2) li.before(this.dragged);
      else li.after(this.dragged);
    });
    return li;
  }

  /** @param {Row} row @param {"title" | "section"} name @param {string} label @param {string} placeholder */
  text(row, name, label, placeholder) {
    const input = /** @type {HTMLInputElement} */ (make("input", { type: "text", maxlength: "200", placeholder }));
    input.value = row[name];
    input.addEventListener("input", () => { row[name] = input.value.trim(); this.keep(); });
    const made = field(`bos-arrange-${name}-${row.id}`, label, input);
    made.querySelector("label")?.append(hidden(` of ${row.own}`));
    return made;
  }

  /** Take the order of the list. @param {Row} row what was dragged */
  dropped(row) {
    this.dragged = null;
    const order = [...this.list.children].map((one) => /** @type {HTMLElement} */ (one).dataset.id ?? "");
    this.held.rows.sort((a, b) => order.indexOf(a.id) - order.indexOf(b.id));
    this.changed(row, -1, this.place(row));
  }

  /** @param {Row} row @param {number} step */
  move(row, step) {
    const { rows } = this.held;
    const at = rows.indexOf(row);
    const to = at + step;
    if (to < 0 || to >= rows.length) {
      this.told.textContent = `${row.title || row.own} is ${to < 0 ? "first" : "last"} already.`;
      return;
    }
    rows.splice(at, 1);
    rows.splice(to, 0, row);
    this.changed(row, step < 0 ? 0 : 1, this.place(row));
  }

  /** @param {Row} row */
  place(row) {
    return `${row.title || row.own} is ${this.held.rows.indexOf(row) + 1} of ${this.held.rows.length} now.`;
  }

  /** Draw again after a change; the button that was pressed keeps the focus.
   * @param {Row} row @param {number} pressed which of its buttons; below 0 for none @param {string} words
   */
  changed(row, pressed, words) {
    this.keep();
    this.draw();
    this.told.textContent = words;
    const buttons = this.list.querySelectorAll(`[data-id="${CSS.escape(row.id)}"] button`);
    if (pressed >= 0) /** @type {HTMLElement} */ (buttons[pressed])?.focus();
  }

  reasoned() {
    if (this.held.why.trim()) return true;
    this.say("Say in a sentence why this is changed.");
    this.why.focus();
    return false;
  }

  save() {
    if (!this.reasoned()) return;
    this.told.textContent = SAVING;
    this.problem.replaceChildren();
    this.way.send({ save: this.held });
  }

  /** Say that no answer came to what was to be saved. */
  silent() {
    if (this.told.textContent === SAVING) this.told.textContent = SILENT;
  }

  /** @param {boolean} see whether what somebody else saved is to be shown */
  leave(see = false) {
    this.store.put(null);
    this.way.send({ leave: true, see });
  }

  close() {
    this.store.put(null);
    this.section.hidden = true;
    this.section.replaceChildren();
    document.getElementById("bos-arrange")?.focus();
  }

  /** @param {string} words @param {...Node} more */
  say(words, ...more) {
    this.problem.replaceChildren(make("div", { class: "bos-banner", "data-tone": "breach" }, make("p", {}, words), ...more));
  }

  /** Show what went wrong, and what somebody else saved meanwhile. @param {any} state */
  fail(state) {
    if (!state.error) {
      this.problem.replaceChildren();
      return;
    }
    this.told.textContent = "";
    this.held.key = freshKey();
    if (!state.newer) {
      this.say(state.error);
      return;
    }
    const theirs = make("ul", {}, ...state.theirs.map((/** @type {string} */ words) => make("li", {}, words)));
    const mine = button(`Save mine on top of version ${state.newer}`, "", () => { this.held.base = state.newer; this.save(); });
    const take = asking("Drop mine and see theirs", "Drop mine for good", () => this.leave(true));
    this.say(state.error, theirs, make("div", { class: "bos-actions" }, mine, take));
  }
}

/** Return what arranges a dashboard. @param {Way} way */
export function arrangeOf(way) {
  return new Arrange(way);
}
