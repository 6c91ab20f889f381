/* Details that open beside the page take the focus, and give it back to the row of their defect when they close. */
(function () {
  "use strict";
  var shown = null, settled = false;

  function rowOf(code) {
    var links = document.querySelectorAll("#ranking .cl-row-link");
    return Array.prototype.filter.call(links, function (link) {
      return new URLSearchParams(link.search).get("defect") === code;
    })[0];
  }

  function isLost() {
    var here = document.activeElement;
    return !here || here === document.body || !here.isConnected;
  }

  function look() {
    var details = document.getElementById("defect-details"), ranking = document.getElementById("ranking");
    var code = details && details.dataset.code, before = shown, wasSettled = settled;
    shown = code || null;
    settled = Boolean(ranking);
    if (shown === before || !wasSettled || !ranking) { return; } // the first picture of a page takes nobody's focus
    if (shown) {
      document.getElementById("defect-name").focus({ preventScroll: true });
    } else if (isLost() || document.activeElement.closest("#page-body")) {
      var row = rowOf(before) || document.getElementById("question");
      row.focus({ preventScroll: true });
    }
  }

  new MutationObserver(look).observe(document.documentElement, { childList: true, subtree: true });
})();
