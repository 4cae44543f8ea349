// @ts-check
/**
 * What was typed and is not acknowledged yet: kept in the browser's session, so that a reload loses nothing.
 * An entry remembers the value that was saved when its typing began; Python decides by it whether somebody else
 * was there since.
 */
export class Typed {
  /** @param {string} name */
  constructor(name) {
    this.key = `bos.typed.${name}`;
    /** @type {Map<string, {value: any, base: any, rev: number, keep?: boolean}>} */
    this.entries = new Map();
    this.rev = 0;
  }

  /** @returns {{field: string, value: any, base: any}[]} what an earlier page left */
  left() {
    try {
      const found = JSON.parse(sessionStorage.getItem(this.key) ?? "[]");
      return Array.isArray(found) ? found : [];
    } catch {
      return [];
    }
  }

  /** @param {string} field @param {any} value @param {any} base @param {boolean} keep */
  put(field, value, base, keep) {
    const before = this.entries.get(field);
    this.rev += 1;
    this.entries.set(field, { value, base: before ? before.base : base, rev: this.rev, keep });
    this.store();
    return this.rev;
  }

  /** @param {number} rev the last one that is saved */
  acknowledged(rev) {
    for (const [field, entry] of this.entries) {
      if (entry.rev <= rev && !entry.keep) this.entries.delete(field);
    }
    this.store();
  }

  /** Forget everything: it was taken over or submitted. */
  clear() {
    this.entries.clear();
    this.store();
  }

  /** @param {string} field @param {number} ack */
  open(field, ack) {
    const entry = this.entries.get(field);
    return entry !== undefined && entry.rev > ack;
  }

  store() {
    const rows = [...this.entries].map(([field, { value, base }]) => ({ field, value, base }));
    try {
      if (rows.length) sessionStorage.setItem(this.key, JSON.stringify(rows));
      else sessionStorage.removeItem(this.key);
    } catch {
      // A browser that keeps nothing for this page still shows what was typed.
    }
  }
}
