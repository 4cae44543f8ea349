// @ts-check
/** What somebody is at, through a change of the page that makes it anew. */

/** @param {any} element @returns {[number, number] | null} where the cursor of a text stands */
function cursor(element) {
  return typeof element?.selectionStart === "number" ? [element.selectionStart, element.selectionEnd] : null;
}

/**
 * Note what has the focus, and return what gives it back: to the element, or to the one that took its place.
 * @param {HTMLElement} root
 * @returns {() => void}
 */
export function held(root) {
  const active = /** @type {any} */ (document.activeElement);
  const at = cursor(active);
  const key = active?.getAttribute?.("data-key");
  return () => {
    if (!active || active === document.body || document.activeElement === active) return;
    const anew = active.id ? document.getElementById(active.id) : key && root.querySelector(`[data-key="${CSS.escape(key)}"]`);
    const there = active.isConnected ? active : anew;
    if (!there || !root.contains(there)) return;
    there.focus({ preventScroll: true });
    if (at && cursor(there)) there.setSelectionRange(...at);
  };
}
