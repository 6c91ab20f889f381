/* What was typed and not saved is asked about before a link leads away. A part of a page that wants this carries `data-unsaved`:
   a stamp that changes with what is stored; and `data-question`: what to ask. */
(function () {
  "use strict";
  var seen = new WeakMap(); // field: what it held when it was first entered, under which stamp

  function stampOf(field) {
    var part = field.closest ? field.closest("[data-unsaved]") : null;
    return part && part.dataset.unsaved;
  }

  function changed() {
    var fields = document.querySelectorAll("[data-unsaved] textarea, [data-unsaved] input:not([aria-haspopup])"); // a choice is soon made again
    return Array.prototype.filter.call(fields, function (field) {
      var before = seen.get(field);
      return before && before.stamp === stampOf(field) && before.value !== field.value;
    })[0];
  }

  document.addEventListener("focusin", function (event) {
    var stamp = stampOf(event.target), before = seen.get(event.target);
    if (stamp && (!before || before.stamp !== stamp)) { seen.set(event.target, { stamp: stamp, value: event.target.value }); }
  });

  document.addEventListener("click", function (event) {
    var link = event.target.closest ? event.target.closest("a[href]") : null;
    if (!link || link.target || event.ctrlKey || event.metaKey || event.shiftKey) { return; }
    var field = changed();
    if (field && !window.confirm(field.closest("[data-unsaved]").dataset.question)) {
      event.preventDefault();
      event.stopPropagation();
      field.focus();
    }
  }, true);

  window.addEventListener("beforeunload", function (event) {
    if (changed()) { event.preventDefault(); }
  });
})();
