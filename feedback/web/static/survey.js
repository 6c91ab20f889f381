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
const form = document.querySelector("form");
if (form) {
  let sent = false;
  form.addEventListener("submit", (event) => {
    if (sent) event.preventDefault();
    sent = true;
  });
  // back to the page from the next one: it may be sent again
  window.addEventListener("pageshow", () => { sent = false; });
}
document.getElementById("summary")?.focus();
