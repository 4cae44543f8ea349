// @ts-check
/** What was typed and not sent yet, a text for each panel; it survives closing the form and loading the page again. */

/** @typedef {{ text: string, type: string, key: string }} Draft */

/** A key under which a text is kept once; a page without TLS has no randomUUID. */
export function freshKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

/** @returns {Draft} */
export function blank() {
  return { text: "", type: "question", key: freshKey() };
}

/** @param {string} flow */
export function draftsOf(flow) {
  const name = `bos-feedback-${flow}`;
  /** @type {Record<string, Draft>} */
  let held = {};
  try {
    held = JSON.parse(sessionStorage.getItem(name) ?? "{}");
  } catch { /* begin with nothing */ }
  const save = () => {
    try {
      sessionStorage.setItem(name, JSON.stringify(held));
    } catch { /* the text is still in this page */ }
  };
  return {
    /** @param {string} panel @returns {Draft} */
    get: (panel) => held[panel] ?? blank(),
    /** @param {string} panel @param {Draft} draft */
    put: (panel, draft) => { held[panel] = draft; save(); },
    /** @param {string} panel */
    drop: (panel) => { delete held[panel]; save(); },
    /** @param {string} key @returns {boolean} whether a text with this key was here; it is not any more */
    sent: (key) => {
      const found = Object.keys(held).find((panel) => held[panel]?.key === key);
      if (found === undefined) return false;
      delete held[found];
      save();
      return true;
    },
  };
}
