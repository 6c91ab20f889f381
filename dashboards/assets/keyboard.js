/* "/" search, j and k through the list, e the next step, ? help. Never while somebody types. */
(function () {
  "use strict";
  function typing(element) {
    return element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
  }
  function visible(element) { return element.offsetParent !== null; }
  function links() { return Array.prototype.filter.call(document.querySelectorAll("[data-row] .cl-row-link"), visible); }

  function move(step) {
    var all = links();
    if (!all.length) { return; }
    var row = document.activeElement && document.activeElement.closest("[data-row]");
    var at = row ? all.indexOf(row.querySelector(".cl-row-link")) : -1;
    var next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  function nextStep() {
    var row = document.activeElement && document.activeElement.closest("[data-row]");
    var step = (row && row.querySelector("[data-next-step]")) || document.querySelector("#page-body [data-next-step]");
    if (!step) { return; }
    var form = step.closest(".cl-next");
    var empty = form && Array.prototype.filter.call(form.querySelectorAll("textarea, input[type=text]"), function (field) {
      return visible(field) && !field.readOnly && !field.value;
    })[0];
    if (empty) { empty.focus(); } else { step.click(); } // a form that waits for words is where one goes on
  }

  /* A dialog or a menu with a field is open; closed ones may stay in the page. */
  function isAsked() {
    return Array.prototype.some.call(document.querySelectorAll("[role=dialog]"), function (box) { return box.getClientRects().length; });
  }

  function search() {
    var box = document.getElementById("search");
    if (box) { box.focus(); box.select(); }
  }

  function help() { window.dash_clientside.set_props("help", { opened: true }); }

  var actions = { "/": search, "j": function () { move(1); }, "k": function () { move(-1); }, "e": nextStep, "?": help };

  function results(event) {
    var all = Array.prototype.slice.call(document.querySelectorAll("#search-results a"));
    var at = all.indexOf(document.activeElement);
    if (event.key === "Escape") {
      window.dash_clientside.set_props("search", { value: "" });
      window.dash_clientside.set_props("search-results", { children: [] });
      document.getElementById("search").focus();
    } else if (event.key === "ArrowDown" && all.length) {
      all[Math.min(at + 1, all.length - 1)].focus();
      event.preventDefault();
    } else if (event.key === "ArrowUp" && at >= 0) {
      (at === 0 ? document.getElementById("search") : all[at - 1]).focus();
      event.preventDefault();
    } else if (event.key === "Enter" && at < 0 && all.length) {
      all[0].click();
    }
  }

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest && event.target.closest("#search-box")) { results(event); return; }
    if (typing(event.target) || !actions[event.key] || isAsked()) { return; }
    event.preventDefault();
    actions[event.key]();
  });
})();
