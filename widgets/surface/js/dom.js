// @ts-check
/** Building elements, and changing the page into a new one without losing what somebody is typing. */

/**
 * @param {string} tag
 * @param {Record<string, any>} [attributes] null, undefined and false are left out; true is an empty attribute
 * @param {...(Node | string | null | undefined | (Node | string | null | undefined)[])} children
 * @returns {HTMLElement}
 */
export function h(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : String(value));
  }
  for (const child of children.flat()) {
    if (child !== null && child !== undefined && child !== "") element.append(child);
  }
  return element;
}

/**
 * Return a drawing that Python made. It is read as XML, so a mistake in it is no markup of the page.
 * @param {string} text
 * @returns {Node}
 */
export function drawing(text) {
  const named = text.replace(/^<svg (?![^>]*xmlns=)/, '<svg xmlns="http://www.w3.org/2000/svg" ');
  const found = new DOMParser().parseFromString(named, "image/svg+xml").documentElement;
  return found.nodeName === "svg" ? document.importNode(found, true) : document.createTextNode("");
}

/** @param {Node} node */
function keyOf(node) {
  return node instanceof Element ? node.getAttribute("data-key") || node.id || "" : "";
}

/** @param {Node} old @param {Node} fresh */
function alike(old, fresh) {
  return old.nodeType === fresh.nodeType && old.nodeName === fresh.nodeName && keyOf(old) === keyOf(fresh);
}

/** @param {Element} old @param {Element} fresh */
function attributes(old, fresh) {
  for (const { name } of [...old.attributes]) {
    if (!fresh.hasAttribute(name) && !(name === "open" && old.nodeName === "DETAILS")) old.removeAttribute(name);
  }
  for (const { name, value } of [...fresh.attributes]) {
    if (name === "open" && old.nodeName === "DETAILS") continue;
    if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  }
}

/**
 * @param {any} old
 * @param {any} fresh
 * @param {(element: Element) => boolean} keep
 */
function control(old, fresh, keep) {
  if (keep(old)) return;
  if (old.type === "checkbox" || old.type === "radio") old.checked = fresh.checked;
  else if (old.value !== fresh.value) old.value = fresh.value;
}

/**
 * Change `old` into `fresh`. Controls for which `keep` is true hold on to their value.
 * @param {Element} old
 * @param {Element} fresh
 * @param {(element: Element) => boolean} keep
 */
export function morph(old, fresh, keep) {
  attributes(old, fresh);
  if (old.nodeName !== "TEXTAREA") children(old, fresh, keep);
  if (["INPUT", "TEXTAREA", "SELECT"].includes(old.nodeName)) control(old, fresh, keep);
}

/** @param {Element} old @param {Element} fresh @param {(element: Element) => boolean} keep */
function children(old, fresh, keep) {
  const wants = new Set([...fresh.childNodes].map(keyOf));
  /** @type {Map<string, ChildNode>} */
  const named = new Map();
  for (const child of [...old.childNodes]) {
    const key = keyOf(child);
    if (key && wants.has(key)) named.set(key, child);
    else if (key) child.remove(); // first: what follows it stays in place, and with it the focus and what is composed
  }
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    const key = keyOf(wanted);
    let found = key ? named.get(key) : place;
    named.delete(key);
    if (found && (!alike(found, wanted) || found.parentNode !== old)) found = undefined;
    if (!found) {
      old.insertBefore(wanted, place);
      continue;
    }
    if (found === place) place = place.nextSibling;
    else old.insertBefore(found, place);
    if (found instanceof Element && wanted instanceof Element) morph(found, wanted, keep);
    else if (found.nodeValue !== wanted.nodeValue) found.nodeValue = wanted.nodeValue;
  }
  while (place) {
    const next = place.nextSibling;
    place.remove();
    place = next;
  }
}
