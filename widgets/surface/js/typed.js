// @ts-check
/**
 * What was typed and is not acknowledged yet: kept in the browser's session, so that a reload loses nothing.
 * An entry remembers the value that was saved when its typing began; Python decides by it whether somebody else
 * was there since. What an earlier page left counts as typed now. A secret is kept nowhere but in its field, which no
 * view fills or empties until it is forgotten.
 */
export class Typed {
  /** @param {string} name */
  constructor(name) {
    this.key = `bos.typed.${name}`;
    /** @type {Map<string, {value: any, base: any, rev: number, keep?: boolean, secret?: boolean, left?: boolean}>} */
    this.entries = new Map();
    this.rev = 0;
    this.saved = 0;
    this.forgot = 0;
    for (const { field, value, base, keep } of this.read()) {
      this.rev += 1;
      this.entries.set(field, { value, base, keep, rev: this.rev, left: true });
    }
  }

  /** @returns {any[]} */
  read() {
    try {
      const found = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  /** @returns {{field: string, value: any, base: any, rev: number}[]} what an earlier page left */
  left() {
    return [...this.entries].map(([field, { value, base, rev }]) => ({ field, value, base, rev }));
  }

  /** @param {string} field @param {any} value @param {any} base @param {boolean} keep @param {boolean} secret */
  put(field, value, base, keep, secret) {
    const before = this.entries.get(field);
    this.rev += 1;
    this.entries.set(field, { value, base: before ? before.base : base, rev: this.rev, keep, secret });
    this.store();
    return this.rev;
  }

  /**
   * What is saved needs no copy for a reload any more; on this page the field stays as typed until the view has it.
   * @param {number} ack
   */
  kept(ack) {
    this.saved = Math.max(this.saved, ack);
    this.store();
  }

  /**
   * Let go of what is saved (up to `view.ack`) and, once each time it is said, of what was taken over.
   * @param {any} view
   */
  settle(view) {
    const forget = view.forget ?? { n: 0, names: [] };
    const said = forget.n !== this.forgot;
    this.forgot = forget.n;
    for (const [field, entry] of this.entries) {
      const taken = said && forget.names.some((/** @type {string} */ name) => field.startsWith(name));
      if (taken || (entry.rev <= view.ack && !entry.keep && !entry.secret)) this.entries.delete(field);
    }
    const key = `bos.typed.${view.buffer ?? "page"}`;
    this.store();
    if (key === this.key) return;
    this.key = key; // what was typed for another page waits under its own name
    this.entries.clear();
  }

  /** @param {string} field @param {number} ack */
  open(field, ack) {
    const entry = this.entries.get(field);
    return entry !== undefined && (entry.secret === true || entry.rev > ack);
  }

  store() {
    const rows = [...this.entries]
      .filter(([, { rev, keep, secret }]) => !secret && (keep || rev > this.saved))
      .map(([field, { value, base, keep }]) => ({ field, value, base, keep }));
    try {
      if (rows.length) sessionStorage.setItem(this.key, JSON.stringify(rows));
      else sessionStorage.removeItem(this.key);
    } catch {
      // A browser that keeps nothing for this page still shows what was typed.
    }
  }
}
