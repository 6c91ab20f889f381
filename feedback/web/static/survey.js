// Comfort only: the page works without this file.
"use strict";
const comment = document.getElementById("comment");
const hint = document.getElementById("comment-hint");
if (comment && hint) {
  const first = hint.textContent;
  comment.addEventListener("input", () => {
    const left = comment.maxLength - comment.value.length;
    hint.textContent = left < 500 ? hint.dataset.left.replace("#", left) : first;
  });
}
const form = document.getElementById("answer");
if (form) {
  const seen = performance.now();
  const TOO_QUICK = 1600; // what is sent sooner comes back with a question: better wait here, for people
  let sent = false;
  form.addEventListener("submit", (event) => {
    const left = TOO_QUICK - (performance.now() - seen);
    if (sent || (left > 0 && navigator.userActivation?.isActive)) event.preventDefault();
    if (!sent && event.defaultPrevented) setTimeout(() => form.submit(), left);
    sent = true;
  });
  // back to the page from the next one: it may be sent again
  window.addEventListener("pageshow", () => { sent = false; });
}
document.getElementById("summary")?.focus();
