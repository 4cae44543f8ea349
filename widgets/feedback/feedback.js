// @ts-check
/** Feedback in a page: a form above it and a list in it. What is typed stays in this tab until BOS has it. */

import { field, hidden, make, selection } from "./dom.js";
import { blank, draftsOf, freshKey } from "./drafts.js";

const KINDS = [["question", "Question"], ["problem", "Problem"], ["idea", "Idea"], ["praise", "Praise"]];
const WHOLE = "The whole dashboard";
const PATIENCE = 45_000;
const UNANSWERED = "No answer yet. Your text is still here. Sending it again keeps it once.";

/** @param {string[]} there words, address and as of when, of another system */
function elsewhere([words, address, asked]) {
  const attributes = { href: address, target: "_blank", rel: "noopener noreferrer" };
  const known = /^https?:\/\//.test(address);
  const name = known ? make("a", attributes, words, hidden(" (opens a new tab)")) : words;
  return make("span", { class: "bos-list__words" }, name, asked ? `, ${asked}` : "");
}

/** @param {any} row */
function saidRow(row) {
  const main = make(
    "div",
    { class: "bos-list__main" },
    make("span", { class: "bos-list__title" }, row.text),
    make("span", { class: "bos-list__words" }, row.who),
  );
  if (row.answer) main.append(make("span", {}, `Answer: ${row.answer}`));
  main.append(...row.elsewhere.map(elsewhere));
  return make("li", { "data-said": row.id }, main, make("span", { class: "bos-status", "data-status": row.mark }, row.status));
}

/** @param {any[]} rows @param {string} label */
function saidList(rows, label) {
  return make("ul", { class: "bos-list", "aria-label": label }, ...rows.map(saidRow));
}

function formOf() {
  const kind = selection(KINDS);
  const about = selection([]);
  const text = /** @type {HTMLTextAreaElement} */ (make("textarea", { rows: "4", maxlength: "10000", required: "" }));
  const error = make("div", { class: "bos-error", id: "bos-feedback-error", hidden: "" });
  const hint = make("div", { class: "bos-hint", id: "bos-feedback-hint" }, "Ctrl and Enter sends it. Closing the form keeps the text.");
  const close = make("button", { type: "button", class: "bos-button bos-button--quiet", "data-alive": "" }, "Close");
  const send = make("button", { type: "submit", class: "bos-button" }, "Send feedback");
  text.setAttribute("aria-describedby", "bos-feedback-hint bos-feedback-error");
  const form = make(
    "form",
    { class: "bos-section", novalidate: "" },
    field("bos-feedback-about", "About", about),
    field("bos-feedback-text", "What do you want to say?", text, hint, error),
    field("bos-feedback-kind", "Kind", kind),
    make("div", { class: "bos-actions" }, send, close),
  );
  const status = make("p", { role: "status" });
  const before = make("div", { class: "bos-section" });
  const head = make("h2", { id: "bos-feedback-head" }, "Give feedback");
  const attributes = { class: "bos-dialog", "aria-labelledby": "bos-feedback-head" };
  const dialog = /** @type {HTMLDialogElement} */ (make("dialog", attributes, head, form, status, before));
  return { kind, about, text, error, close, form, status, before, dialog };
}

/** @typedef {{ get: () => any, send: (said: any) => void }} Port what is known of feedback, and where to hand it over */

/** The form. A text is dropped once BOS says that it has it, and no earlier. */
class Form {
  /** @param {Port} port */
  constructor(port) {
    this.port = port;
    this.parts = formOf();
    this.drafts = draftsOf(port.get().flow);
    this.draft = blank();
    this.panel = "";
    this.waiting = "";
    this.answered = port.get().turn;
    this.timer = 0;
    const { form, close, text, kind, about, dialog } = this.parts;
    form.addEventListener("submit", (event) => { event.preventDefault(); this.give(); });
    close.addEventListener("click", () => dialog.close());
    text.addEventListener("keydown", (event) => {
      if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) this.give();
    });
    for (const control of [text, kind]) control.addEventListener("input", () => this.keep());
    about.addEventListener("input", () => this.move(about.value));
  }

  /** @param {string} words */
  wrong(words) {
    const { error, text, dialog } = this.parts;
    error.textContent = words;
    error.hidden = !words;
    text.setAttribute("aria-invalid", words ? "true" : "false");
    if (words && dialog.open) text.focus();
  }

  /** Show the draft of a panel. @param {string} panel */
  take(panel) {
    const { text, kind, status } = this.parts;
    this.panel = panel;
    this.draft = this.drafts.get(panel);
    [text.value, kind.value] = [this.draft.text, this.draft.type];
    this.wrong("");
    status.textContent = "";
  }

  /** Keep what is typed as the draft of its panel. */
  keep() {
    const { text, kind } = this.parts;
    this.draft = { text: text.value, type: kind.value, key: freshKey() };
    if (text.value) this.drafts.put(this.panel, this.draft);
    else this.drafts.drop(this.panel);
  }

  /** What is typed is about another panel. @param {string} panel */
  move(panel) {
    this.drafts.drop(this.panel);
    this.panel = panel;
    this.keep();
    this.list(this.port.get());
  }

  give() {
    const { text, status } = this.parts;
    if (!text.value.trim()) return this.wrong("Write a sentence first.");
    this.wrong("");
    this.drafts.put(this.panel, this.draft);
    this.waiting = this.draft.key;
    this.answered = this.port.get().turn;
    status.textContent = "Sending …";
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.silent(), PATIENCE);
    this.port.send({ ...this.draft, panel: this.panel });
  }

  /** Say that no answer came to a text that was handed over. */
  silent() {
    if (this.waiting) this.parts.status.textContent = UNANSWERED;
  }

  /** Take note of what became of the text that was handed over. @param {any} state */
  settle(state) {
    const { text, status, dialog } = this.parts;
    if (state.turn === this.answered || !this.waiting) return;
    this.answered = state.turn;
    if (state.kept === this.waiting) {
      this.drafts.sent(this.waiting);
      if (this.draft.key === this.waiting) this.take(this.panel);
      status.textContent = "Thank you. It is kept, and listed below.";
      if (dialog.open) text.focus();
    } else if (state.failed === this.waiting) {
      status.textContent = "It was not kept. Your text is still here.";
      this.wrong(state.error);
    } else return;
    this.waiting = "";
    clearTimeout(this.timer);
  }

  /** Show what was said about the panel before. @param {any} state */
  list(state) {
    const own = state.rows.filter((/** @type {any} */ row) => row.panel === this.panel);
    const label = `Said about this before: ${this.parts.about.selectedOptions[0]?.textContent ?? WHOLE}`;
    this.parts.before.replaceChildren(...(own.length ? [make("h3", {}, label), saidList(own, label)] : []));
  }

  show() {
    const { about } = this.parts;
    const state = this.port.get();
    const panels = state.panels.some((/** @type {string[]} */ [id]) => id === this.panel) || !this.panel
      ? state.panels
      : [...state.panels, [this.panel, this.panel]];
    about.replaceChildren(...selection([["", WHOLE], ...panels]).children);
    about.value = this.panel;
    this.settle(state);
    this.list(state);
  }

  /** @param {string} panel */
  open(panel) {
    this.take(panel);
    this.show();
    this.parts.dialog.showModal();
    this.parts.text.focus();
  }
}

/**
 * Return the form, and the section that lists what was said.
 * @param {Port} port
 */
export function feedbackOf(port) {
  const form = new Form(port);
  const open = (/** @type {string} */ panel) => form.open(panel);
  const said = make("div", { class: "bos-section" });
  const button = opener(" on the whole dashboard", "");
  button.addEventListener("click", () => open(""));
  const head = make("h2", { id: "bos-said-head", tabindex: "-1" }, "Feedback");
  const row = make("div", { class: "bos-actions" }, button);
  const section = make("section", { class: "bos-section", "aria-labelledby": "bos-said-head" }, head, row, said);
  const arrive = arrivalAt(said);
  const show = () => {
    form.show();
    said.replaceChildren(...saidOf(port.get()));
    arrive();
  };
  return { dialog: form.parts.dialog, section, open, show, silent: () => form.silent() };
}

/**
 * Return what goes to the row that the address names, whenever rows were shown anew, until a person does something.
 * @param {HTMLElement} said
 */
function arrivalAt(said) {
  let wanted = location.hash.match(/^#said-(\w+)$/)?.[1] ?? "";
  for (const deed of ["pointerdown", "keydown", "wheel"]) {
    document.addEventListener(deed, () => { wanted = ""; }, { once: true, passive: true });
  }
  return () => requestAnimationFrame(() => {
    const row = wanted && /** @type {HTMLElement | null} */ (said.querySelector(`[data-said="${wanted}"]`));
    if (!row) return;
    row.tabIndex = -1;
    row.focus({ preventScroll: true });
    row.scrollIntoView({ block: "center" });
  });
}

/** @param {string} about what only a screen reader says @param {string} look */
function opener(about, look) {
  return make("button", { type: "button", class: `bos-button bos-button--quiet${look}` }, "Give feedback", hidden(about));
}

/** @param {any} state */
function saidOf(state) {
  const parts = [];
  if (state.error && !state.failed) {
    const words = `What was said cannot be read at the moment. ${state.error}`;
    parts.push(make("div", { class: "bos-banner", "data-tone": "warning" }, make("p", {}, words)));
  }
  if (state.all > state.rows.length) parts.push(make("p", { class: "bos-hint" }, `The newest ${state.rows.length} of ${state.all}.`));
  if (state.rows.length) parts.push(saidList(state.rows, "Feedback that was given"));
  else if (state.listed) parts.push(make("div", { class: "bos-empty" }, "Nobody has said anything yet."));
  return parts;
}

/**
 * Put a button into each panel of a page, and how much of its feedback is open.
 * @param {HTMLElement} body
 * @param {any} state
 * @param {(panel: string) => void} open
 */
export function offer(body, state, open) {
  for (const panel of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll("article.bos-panel"))) {
    const title = panel.querySelector("h3, h4")?.textContent ?? "";
    let row = panel.querySelector(".bos-panel__said");
    if (!row) {
      const button = opener(` on ${title}`, " bos-button--small");
      button.addEventListener("click", () => open(panel.id));
      row = make("div", { class: "bos-panel__said" }, button);
      panel.append(row);
    }
    const count = state.open[panel.id] ?? 0;
    row.querySelector("a[href^='#']")?.remove();
    if (count) row.append(make("a", { href: "#bos-said-head" }, `${count} open`, hidden(` on ${title}`)));
  }
}
