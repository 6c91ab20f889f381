/* The server has drawn the page. Show it, then load the program; when that has drawn the same page, put it in place. */
(function () {
  "use strict";
  var still = document.getElementById("still"), root = document.getElementById("react-entry-point");
  var program = document.getElementById("program").content, deadline = performance.now() + 20000;
  var given = { "_dash-layout": "first-layout", "_dash-dependencies": "first-dependencies" };
  var plain = window.fetch;

  /* What Dash asks for first came with the page: no round trips for it. */
  window.fetch = function (address) {
    var name = String(address.url || address).split("/").pop(), id = given[name];
    if (!id) { return plain.apply(window, arguments); }
    delete given[name];
    var text = document.getElementById(id).textContent;
    return Promise.resolve(new Response(text, { status: 200, headers: { "Content-Type": "application/json" } }));
  };

  function insert(script, done) {
    var copy = document.createElement("script");
    if (script.id) { copy.id = script.id; }
    copy.async = false;
    if (script.getAttribute("src")) {
      copy.src = script.getAttribute("src");
      copy.onload = copy.onerror = done;
    } else {
      copy.nonce = script.nonce || script.getAttribute("nonce") || "";
      copy.textContent = script.textContent;
    }
    document.body.appendChild(copy);
    if (!copy.src) { done(); }
  }

  function isPlotly(script) { return (script.getAttribute("src") || "").indexOf("plotly-basic") >= 0; }

  var scripts = [].slice.call(program.querySelectorAll("script"));
  var later = still.querySelector(".cl-still-box") ? [] : scripts.filter(isPlotly); // no figure here: the next page may have one
  var files = scripts.filter(function (script) { return script.getAttribute("src") && later.indexOf(script) < 0; });
  var inline = scripts.filter(function (script) { return !script.getAttribute("src"); });

  function begin() {
    var left = files.length;
    function done() {
      left -= 1;
      if (left === 0) {
        inline.forEach(function (script) { insert(script, function () {}); });
        requestAnimationFrame(wait);
      }
    }
    files.forEach(function (script) { insert(script, done); });
  }

  function isDrawn() {
    var body = root.querySelector("#page-body");
    if (!body || !body.firstElementChild || !root.querySelector("#page-head")) { return false; }
    return [].every.call(body.querySelectorAll(".cl-graph"), function (box) { return box.querySelector(".main-svg"); });
  }

  function wait() {
    if (isDrawn() || performance.now() > deadline) { swap(); } else { requestAnimationFrame(wait); }
  }

  function swap() {
    var link = still.contains(document.activeElement) && document.activeElement.getAttribute("href");
    root.removeAttribute("class");
    still.remove();
    if (link) { [].some.call(root.querySelectorAll("a"), function (one) { if (one.getAttribute("href") === link) { one.focus(); return true; } }); }
    later.forEach(function (script) { insert(script, function () {}); });
    redraw();
  }

  /* On a first visit the server knew neither the colours nor the width: then draw again. */
  function redraw() {
    var html = document.documentElement, scheme = html.getAttribute("data-mantine-color-scheme");
    var width = Math.min(window.innerWidth, 1400), drawnFor = Math.min(Number(html.dataset.width), 1400);
    if (scheme !== html.dataset.scheme) {
      window.dash_clientside.set_props("mantine", { forceColorScheme: scheme });
      window.dash_clientside.set_props("scheme", { data: scheme });
    } else if (Math.abs(width - drawnFor) > 60) {
      window.dash_clientside.set_props("refresh", { data: 1 });
    }
  }

  requestAnimationFrame(function () { setTimeout(begin, 0); }); // after the first picture, not before
})();
