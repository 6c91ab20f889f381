/* "/" search, j and k through the list, e the next step, ? help, Esc closes the details. Never while somebody types. */
(function () {
  "use strict";
  function typing(element) {
    return element && (element.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(element.tagName));
  }
  function visible(element) { return element.offsetParent !== null; }
  var OPENED = "[data-row].cl-selected, .cl-selected [data-row]"; // the one whose details stand beside the list
  function links() { return Array.prototype.filter.call(document.querySelectorAll("[data-row] .cl-row-link"), visible); }

  function move(step) {
    var all = links();
    if (!all.length) { return; }
    var row = (document.activeElement && document.activeElement.closest("[data-row]")) || document.querySelector(OPENED);
    var at = row ? all.indexOf(row.querySelector(".cl-row-link")) : -1;
    var next = all[Math.max(0, Math.min(all.length - 1, at < 0 ? (step > 0 ? 0 : all.length - 1) : at + step))];
    next.focus();
    next.scrollIntoView({ block: "nearest" });
  }

  var FIELDS = "textarea, input[type=text], button[data-dates-input]"; // a date is chosen with a button that shows it
  function isEmpty(field) {
    if (field.tagName === "BUTTON") { return visible(field) && !field.disabled && !field.textContent.trim(); }
    return visible(field) && !field.readOnly && !field.value && !field.closest("[data-optional]");
  }

  function nextStep() {
    var row = document.activeElement && document.activeElement.closest("[data-row]");
    var step = (row && row.querySelector("[data-next-step]")) || document.querySelector("#page-body [data-next-step]");
    if (!step) { return; }
    var form = step.closest(".cl-next");
    var empty = form && Array.prototype.filter.call(form.querySelectorAll(FIELDS), isEmpty)[0];
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

  function closeDetails(event) {
    var close = document.querySelector("#defect-details .cl-close");
    if (!close || event.defaultPrevented || isAsked() || event.target.closest("[role=menu], [aria-expanded=true]")) { return; }
    close.click();
  }

  /* A step that was taken draws the page anew, and the button that had the focus is gone: go on where the next step stands. */
  var STEPS = /"kind":"(move|take|keep|assign|contact-log|work|send-mail)"/;
  var pressed = null;
  document.addEventListener("click", function (event) {
    var button = event.target.closest && event.target.closest("button");
    pressed = button && STEPS.test(button.id) ? button : null;
  }, true);

  new MutationObserver(function () {
    if (!pressed || pressed.isConnected) { return; }
    if (document.activeElement && document.activeElement !== document.body) { pressed = null; return; } // somebody went on already
    var isWaiting = document.querySelector("#page-body .cl-loading");
    var place = document.querySelector("#issue .cl-next p") || (!isWaiting && document.getElementById("question"));
    if (!place || !visible(place)) { return; }
    pressed = null;
    place.tabIndex = -1;
    place.focus({ preventScroll: true });
    place.scrollIntoView({ block: "nearest" });
  }).observe(document.documentElement, { childList: true, subtree: true });

  document.addEventListener("keydown", function (event) {
    if (event.ctrlKey || event.metaKey || event.altKey) { return; }
    if (event.target.closest && event.target.closest("#search-box")) { results(event); return; }
    if (event.key === "Escape" && !typing(event.target)) { closeDetails(event); return; }
    if (typing(event.target) || !actions[event.key] || isAsked()) { return; }
    event.preventDefault();
    actions[event.key]();
  });
})();
