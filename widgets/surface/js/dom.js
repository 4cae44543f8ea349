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

/**
 * Return the children that have a key, by it; of those that share one, each by how many came before it, too.
 * @param {Element} parent
 * @returns {Map<string, ChildNode>}
 */
function keyed(parent) {
  const found = new Map();
  for (const child of parent.childNodes) {
    const key = keyOf(child);
    if (!key) continue;
    let name = key;
    for (let n = 1; found.has(name); n++) name = `${key} ${n}`;
    found.set(name, child);
  }
  return found;
}

/** @param {Element} old @param {Element} fresh @param {(element: Element) => boolean} keep */
function children(old, fresh, keep) {
  const [named, wants] = [keyed(old), keyed(fresh)];
  /** @type {Map<ChildNode, ChildNode | undefined>} */
  const takes = new Map([...wants].map(([name, child]) => [child, named.get(name)]));
  for (const [name, child] of named) {
    if (!wants.has(name)) child.remove(); // first: what follows it stays in place, and with it the focus and what is composed
  }
  let place = old.firstChild;
  for (const wanted of [...fresh.childNodes]) {
    let found = takes.has(wanted) ? takes.get(wanted) : place;
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
