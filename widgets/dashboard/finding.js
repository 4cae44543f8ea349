// @ts-check
/** Finding one of many KPIs: by words of its title, or those that need attention. */

import { field, make, selection } from "../feedback/dom.js";

const SHOWN = [["", "All"], ["bad", "In breach or in warning"], ["gone", "Without a value or a verdict"]];
const OF = /** @type {Record<string, string[]>} */ ({ bad: ["breach", "warning"], gone: ["withheld", "no_data"] });

/** Put the box to find KPIs into the list of what is on the page; few KPIs need none.
 * @param {HTMLElement} body
 */
export function findIn(body) {
  const nav = body.querySelector(".bos-contents");
  if (!nav) return;
  const words = /** @type {HTMLInputElement} */ (make("input", { type: "search", autocomplete: "off" }));
  const which = selection(SHOWN);
  const told = make("p", { role: "status", class: "bos-hint" });
  const tiles = /** @type {HTMLElement[]} */ ([...body.querySelectorAll("article.bos-tile")]);
  const show = () => {
    const wanted = words.value.trim().toLowerCase();
    const known = new Set();
    for (const tile of tiles) {
      const status = /** @type {HTMLElement | null} */ (tile.querySelector(".bos-status"))?.dataset.status ?? "";
      const named = (tile.querySelector("h3")?.textContent ?? "").toLowerCase().includes(wanted);
      tile.hidden = !(named && (!which.value || OF[which.value].includes(status)));
      if (!tile.hidden) known.add(tile.id);
    }
    for (const fold of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll(".bos-fold"))) {
      fold.hidden = !known.has((fold.dataset.of ?? "").replace(/^[a-z]+\./, ""));
    }
    for (const section of /** @type {NodeListOf<HTMLElement>} */ (body.querySelectorAll(".bos-section:has(> .bos-board__tiles)"))) {
      section.hidden = ![...section.querySelectorAll("article.bos-tile")].some((tile) => known.has(tile.id));
    }
    told.textContent = wanted || which.value ? `${known.size} of ${tiles.length} KPIs are shown.` : "";
  };
  words.addEventListener("input", show);
  which.addEventListener("change", show);
  nav.prepend(make("div", { class: "bos-toolbar" }, field("bos-find", "Find a KPI", words), field("bos-find-which", "Show", which)), told);
}
