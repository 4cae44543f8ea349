// @ts-check
/** Feedback: what is typed stays in this tab until Python says that BOS has it. */

const KINDS = [["question", "Question"], ["problem", "Problem"], ["idea", "Idea"], ["praise", "Praise"]];

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {string[][]} options */
function select(options) {
  return /** @type {HTMLSelectElement} */ (make("select", {}, ...options.map(([value, text]) => make("option", { value }, text))));
}

/** @param {string} id @param {string} label @param {HTMLElement} control @param {Node[]} between */
function field(id, label, control, ...between) {
  control.id = id;
  return make("div", { class: "bos-field" }, make("label", { for: id }, label), ...between, control);
}

/** @param {any} row */
function said(row) {
  const main = make("div", { class: "bos-list__main" }, make("span", { class: "bos-list__title" }, row.text), make("span", { class: "bos-list__words" }, row.who));
  if (row.answer) main.append(make("span", {}, `Answer: ${row.answer}`));
  return make("li", {}, main, make("span", { class: "bos-status", "data-status": row.mark }, row.status));
}

/** @param {string} name */
function shelf(name) {
  return {
    get: () => {
      try { return JSON.parse(sessionStorage.getItem(name) ?? "{}"); } catch { return {}; }
    },
    put: (/** @type {any} */ value) => {
      try { sessionStorage.setItem(name, JSON.stringify(value)); } catch { /* the text is still in the field */ }
    },
  };
}

/** @param {HTMLElement} el @param {any} before */
function formOf(el, before) {
  const kind = select(KINDS);
  const about = select([]);
  const text = /** @type {HTMLTextAreaElement} */ (make("textarea", { rows: "4", maxlength: "10000", required: "" }));
  const error = make("div", { class: "bos-error", id: "bos-feedback-error", hidden: "" });
  const status = make("p", { role: "status" });
  const list = make("div");
  const send = make("button", { type: "submit", class: "bos-button" }, "Send feedback");
  const form = make(
    "form",
    { class: "bos-section", novalidate: "" },
    field("bos-feedback-kind", "Kind", kind),
    field("bos-feedback-about", "About", about),
    field("bos-feedback-text", "What do you want to say?", text, make("div", { class: "bos-hint", id: "bos-feedback-hint" }, "Ctrl and Enter sends it."), error),
    make("div", { class: "bos-actions" }, send),
  );
  text.setAttribute("aria-describedby", "bos-feedback-hint bos-feedback-error");
  text.value = before.text ?? "";
  kind.value = before.type ?? "question";
  const head = make("h2", { id: "bos-feedback-head" }, "Feedback");
  el.replaceChildren(make("section", { class: "bos bos-page", "aria-labelledby": "bos-feedback-head" }, head, form, status, list));
  return { kind, about, text, error, status, list, form };
}

/** A key under which a text is kept once; a page without TLS has no randomUUID. */
function fresh() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @param {{ model: any, el: HTMLElement }} context */
function render({ model, el }) {
  const store = shelf(`bos-feedback-${model.get("state").flow}`);
  const before = store.get();
  let key = before.key ?? fresh();
  const { kind, about, text, error, status, list, form } = formOf(el, before);

  const keep = () => store.put({ text: text.value, type: kind.value, key });
  const wrong = (/** @type {string} */ words) => {
    error.textContent = words;
    error.hidden = !words;
    text.setAttribute("aria-invalid", words ? "true" : "false");
    if (words) text.focus();
  };
  const give = () => {
    if (!text.value.trim()) return wrong("Write a sentence first.");
    wrong("");
    keep();
    status.textContent = "Sending …";
    model.send({ give: { text: text.value, type: kind.value, panel: about.value, key } });
  };
  form.addEventListener("submit", (event) => { event.preventDefault(); give(); });
  text.addEventListener("keydown", (event) => { if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) give(); });
  for (const control of [text, kind]) control.addEventListener("input", () => { key = fresh(); keep(); });
  about.addEventListener("input", () => { key = fresh(); keep(); });

  const show = () => {
    const state = model.get("state");
    const chosen = about.value;
    about.replaceChildren(...select([["", "The whole flow"], ...state.panels]).children);
    about.value = [...about.options].some((one) => one.value === chosen) ? chosen : "";
    if (state.kept === key) {
      text.value = "";
      key = fresh();
      keep();
      status.textContent = "Thank you. It is kept, and listed below.";
    } else if (state.error) {
      status.textContent = "It was not kept. Your text is still here.";
    }
    wrong(state.error);
    const rows = make("ul", { class: "bos-list", "aria-label": "Feedback that was given" }, ...state.rows.map(said));
    list.replaceChildren(state.rows.length ? rows : make("div", { class: "bos-empty" }, "Nobody has said anything yet."));
  };
  model.on("change:state", show);
  show();
}

export default { render };
