// @ts-check
/** Building elements; a text of a person is a text node and nothing else. */

/**
 * @param {string} tag
 * @param {Record<string, string>} attributes
 * @param {...(Node | string)} children
 * @returns {HTMLElement}
 */
export function make(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) node.setAttribute(name, value);
  node.append(...children);
  return node;
}

/** @param {string} words what only a screen reader says */
export function hidden(words) {
  return make("span", { class: "bos-visually-hidden" }, words);
}

/** @param {string} id @param {string} label @param {HTMLElement} control @param {Node[]} between */
export function field(id, label, control, ...between) {
  control.id = id;
  return make("div", { class: "bos-field" }, make("label", { for: id }, label), ...between, control);
}

/** @param {string[][]} options values and what is shown of them */
export function selection(options) {
  const made = options.map(([value, text]) => make("option", { value }, text));
  return /** @type {HTMLSelectElement} */ (make("select", {}, ...made));
}
