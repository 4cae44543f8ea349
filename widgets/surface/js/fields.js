// @ts-check
import { h } from "./dom.js";

/** Form fields: a label, a hint and an error that the control names, and the control. */

/** @param {string} name */
export function idOf(name) {
  return `f-${name.replace(/[^A-Za-z0-9_-]/g, "_")}`;
}

/** @param {any} field */
function described(field) {
  const id = idOf(field.name);
  return [field.hint && `${id}-hint`, field.error && `${id}-error`, field.describe].filter(Boolean).join(" ") || null;
}

/** @param {any} field */
function around(field) {
  const id = idOf(field.name);
  return [
    field.hint ? h("div", { class: "bos-hint", id: `${id}-hint` }, field.hint) : null,
    field.error ? h("div", { class: "bos-error", id: `${id}-error` }, field.error) : null,
  ];
}

/** @param {any} field */
function shared(field) {
  return {
    id: idOf(field.name),
    name: field.name,
    "data-field": field.name,
    "data-base": JSON.stringify(field.value ?? null),
    "data-keep": field.keep,
    "aria-describedby": described(field),
    "aria-invalid": field.error ? "true" : null,
    autocomplete: "off",
  };
}

/** @type {Record<string, (field: any) => HTMLElement>} */
const CONTROLS = {
  text: (field) =>
    h("input", { ...shared(field), type: "text", value: field.value ?? "", inputmode: field.inputmode, spellcheck: field.code ? "false" : null, class: field.code ? "wz-code" : null }),
  secret: (field) => h("input", { ...shared(field), type: "password", value: "", autocomplete: "new-password", "data-secret": "1" }),
  area: (field) => {
    const area = /** @type {HTMLTextAreaElement} */ (
      h("textarea", { ...shared(field), rows: field.rows ?? 3, spellcheck: field.code ? "false" : null, class: field.code ? "wz-code" : null })
    );
    area.value = field.value ?? "";
    area.defaultValue = area.value;
    return area;
  },
  select: (field) =>
    h(
      "select",
      shared(field),
      field.options.map((/** @type {[string, string]} */ [value, label]) =>
        h("option", { value, selected: value === (field.value ?? "") }, label),
      ),
    ),
};

/** @param {any} field */
function choices(field) {
  const id = idOf(field.name);
  const many = field.kind === "checks";
  return h(
    "fieldset",
    { class: "bos-fieldset wz-choices", "data-key": id, id: `${id}-group`, "aria-describedby": described(field) },
    h("legend", {}, `${field.label}${field.optional ?? ""}`),
    around(field),
    h(
      "div",
      { class: many && !field.wide ? "wz-checks" : "wz-radios" },
      field.options.map((/** @type {[string, string, string?]} */ [value, label, hint], /** @type {number} */ n) =>
        choice(field, n ? `${id}-${n}` : id, many, value, label, hint),
      ),
    ),
  );
}

/** @param {any} field @param {string} id @param {boolean} many @param {string} value @param {string} label @param {string} [hint] */
function choice(field, id, many, value, label, hint) {
  const on = many ? (field.value ?? []).includes(value) : field.value === value;
  const input = h("input", {
    ...shared(field), id, type: many ? "checkbox" : "radio", value, checked: on,
    "aria-describedby": hint ? `${id}-more` : null,
  });
  return h(
    "div",
    { class: "bos-choice" },
    input,
    h("div", {}, h("label", { for: id }, label), hint ? h("div", { class: "bos-hint", id: `${id}-more` }, hint) : null),
  );
}

/**
 * @param {any} field
 * @returns {HTMLElement}
 */
export function fieldElement(field) {
  if (field.kind === "checks" || field.kind === "radios") return choices(field);
  const id = idOf(field.name);
  return h(
    "div",
    { class: `bos-field${field.look ? ` ${field.look}` : ""}`, "data-key": `box-${id}` },
    h("label", { for: id, class: field.hidden ? "bos-visually-hidden" : null }, `${field.label}${field.optional ?? ""}`),
    around(field),
    CONTROLS[field.kind](field),
  );
}

/**
 * Let a value stand in a control.
 * @param {any} control
 * @param {any} value
 */
export function put(control, value) {
  if (control.type === "checkbox") control.checked = Array.isArray(value) && value.includes(control.value);
  else if (control.type === "radio") control.checked = control.value === value;
  else if (control.value !== value) control.value = value;
}

/**
 * Return what stands in a control now.
 * @param {any} control
 * @param {HTMLElement} root
 */
export function valueOf(control, root) {
  if (control.type === "checkbox") {
    const group = [...root.querySelectorAll(`input[data-field="${CSS.escape(control.dataset.field)}"]`)];
    return group.filter((/** @type {any} */ one) => one.checked).map((/** @type {any} */ one) => one.value);
  }
  return control.value;
}
