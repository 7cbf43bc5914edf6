// Draws the progress of a bulk move anew every two seconds while it is under way.
"use strict";
(() => {
  const PAUSE = 2000;
  const live = () => document.querySelector("[data-live]");

  async function look() {
    let fresh = null;
    try {
      const answer = await fetch(location.href, { credentials: "same-origin" });
      if (answer.ok && !answer.redirected) {
        fresh = new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-live]");
      }
    } catch { /* no connection: look again after the pause */ }
    if (fresh && !("runs" in fresh.dataset)) {
      // The refused ones stand further down the page.
      location.reload();
      return;
    }
    // Who stands on one of its buttons keeps their place; the figures follow when they leave.
    if (fresh && !live().contains(document.activeElement)) live().replaceWith(fresh);
    setTimeout(look, PAUSE);
  }

  if (live() && "runs" in live().dataset) setTimeout(look, PAUSE);
})();
