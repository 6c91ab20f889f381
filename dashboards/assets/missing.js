/* What is missing is shown where it is missing: of the fields that were marked on the page of an issue the first gets the cursor. */
(function () {
  "use strict";

  function showFirst(alert) {
    var form = alert.closest(".cl-next, .cl-form"), field = form && form.querySelector('[aria-invalid="true"]');
    if (!field || !alert.textContent) { return; }
    for (var fold = field.closest("details"); fold && form.contains(fold); fold = fold.parentElement.closest("details")) { fold.open = true; }
    field.focus();
  }

  new MutationObserver(function (changes) {
    changes.forEach(function (change) {
      var alert = change.target.closest ? change.target.closest('#issue [role="alert"]') : null;
      if (alert) { window.setTimeout(showFirst, 50, alert); } // the marks are drawn right after the words
    });
  }).observe(document.documentElement, { childList: true, subtree: true });
})();
