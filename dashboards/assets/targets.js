/* Mantine's menus and popovers say whether they are open on a box around their button, where no reader hears it: say it on the button. */
(function () {
  "use strict";
  var STATES = ["aria-haspopup", "aria-expanded", "aria-controls"];

  function hand(box) {
    var button = box.tagName === "DIV" && box.querySelector(":scope > button");
    if (!button) { return; }
    STATES.forEach(function (name) {
      if (!box.hasAttribute(name)) { return; }
      button.setAttribute(name, box.getAttribute(name));
      box.removeAttribute(name);
    });
  }

  function look(changes) {
    changes.forEach(function (change) {
      if (change.type === "attributes") { hand(change.target); return; }
      Array.prototype.forEach.call(change.addedNodes, function (node) {
        if (!node.querySelectorAll) { return; }
        Array.prototype.forEach.call(node.querySelectorAll("div[aria-haspopup]"), hand);
        if (node.matches("div[aria-haspopup]")) { hand(node); }
      });
    });
  }

  var watched = { childList: true, subtree: true, attributes: true, attributeFilter: STATES };
  new MutationObserver(look).observe(document.documentElement, watched);
})();
