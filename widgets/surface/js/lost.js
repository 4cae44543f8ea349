// @ts-check
import { h } from "./dom.js";

/** What stands where Python does not answer any more, and the way on. @param {any} words */
export function lostBanner(words) {
  const again = h("button", { type: "button", class: "bos-button" }, words.reload);
  again.addEventListener("click", () => window.location.reload());
  return h(
    "div",
    { class: "bos-banner", "data-tone": "breach", role: "alert" },
    h("strong", {}, words.lost), h("p", {}, words.lost_more), h("div", { class: "bos-actions" }, again),
  );
}
