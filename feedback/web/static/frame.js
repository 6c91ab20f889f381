// In a frame: tells the one site that may show this page how high it is and what happened, never who answered, or what; and
// tells home once its question was on the screen for a second.
"use strict";
(() => {
  const { origin, event, seen } = document.currentScript.dataset;
  let waiting = 0;
  const watcher = new IntersectionObserver((entries) => {
    clearTimeout(waiting);
    if (!entries.at(-1).isIntersecting) return;
    waiting = setTimeout(() => {
      watcher.disconnect();
      fetch(seen, { method: "POST", keepalive: true, referrerPolicy: "no-referrer" }).catch(() => {});
    }, 1000);
  });
  if (event === "shown") watcher.observe(document.querySelector("h1") || document.body);
  if (window.parent === window) return;
  const tell = (message) => window.parent.postMessage({ from: "closedloop", ...message }, origin);
  if (event === "expired") return tell({ event }); // without a size, nothing is shown
  let before = 0;
  const measure = () => {
    const height = document.body.getBoundingClientRect().height + 2 * parseFloat(getComputedStyle(document.body).marginTop);
    if (Math.abs(height - before) > 1) tell({ event: "size", height: (before = height) });
  };
  window.addEventListener("load", () => {
    measure();
    tell({ event });
    new ResizeObserver(measure).observe(document.body);
  });
})();
