/* The server has drawn the page. Show it, then load the program; when that has drawn the same page, put it in place. The figures
   stay as the server drew them until plotly.js, which comes last, has drawn its own: the page can be used before that. */
(function () {
  "use strict";
  var still = document.getElementById("still"), root = document.getElementById("react-entry-point");
  var program = document.getElementById("program"), deadline = performance.now() + 20000;
  var given = { "_dash-layout": "first-layout", "_dash-dependencies": "first-dependencies" };
  var plain = window.fetch, isWanted = false, isShown = false, isAskedFor = false, isThere;
  var plotly = new Promise(function (resolve) { isThere = resolve; });
  var scheme = document.documentElement.getAttribute("data-mantine-color-scheme"); // the program will say what the server knew

  /* What Dash asks for first came with the page: no round trips for it. */
  window.fetch = function (address) {
    var name = String(address.url || address).split("/").pop(), id = given[name];
    if (!id) { return plain.apply(window, arguments); }
    delete given[name];
    var text = document.getElementById(id).textContent;
    return Promise.resolve(new Response(text, { status: 200, headers: { "Content-Type": "application/json" } }));
  };

  /* Dash's figures wait for what stands here. The first one has plotly.js loaded, which takes this place; but not before the page
     can be used. */
  window.Plotly = {
    then: function (done, failed) {
      isWanted = true;
      askForPlotly();
      return plotly.then(done, failed);
    },
  };

  function askForPlotly() {
    if (isAskedFor || !isWanted || !isShown) { return; }
    isAskedFor = true;
    load(program.dataset.plotly, function () { isThere(window.Plotly); });
  }

  function load(address, done) {
    var script = document.createElement("script");
    script.src = address;
    script.onload = script.onerror = done;
    document.body.appendChild(script);
  }

  function begin() {
    load(program.dataset.src, function () {
      [].forEach.call(program.content.querySelectorAll("script"), function (inline) {
        var copy = document.createElement("script");
        copy.id = inline.id;
        copy.nonce = inline.nonce || inline.getAttribute("nonce");
        copy.textContent = inline.textContent;
        document.body.appendChild(copy);
      });
      requestAnimationFrame(wait);
    });
  }

  function isDrawn() {
    var body = root.querySelector("#page-body");
    return body && body.firstElementChild && root.querySelector("#page-head");
  }

  function wait() {
    if (isDrawn() || performance.now() > deadline) { swap(); } else { requestAnimationFrame(wait); }
  }

  function swap() {
    var link = still.contains(document.activeElement) && document.activeElement.getAttribute("href");
    keepFigures();
    root.removeAttribute("class");
    still.remove();
    if (link) { [].some.call(root.querySelectorAll("a"), function (one) { if (one.getAttribute("href") === link) { one.focus(); return true; } }); }
    isShown = true;
    askForPlotly();
    if (!isWanted) { setTimeout(function () { plain(program.dataset.plotly); }, 3000); } // the next page may have a figure
    redraw();
  }

  function keepFigures() {
    var before = still.querySelectorAll(".cl-graph"), after = root.querySelectorAll(".cl-graph");
    if (before.length !== after.length) { return; }
    [].forEach.call(after, function (box, place) {
      var drawing = before[place].querySelector(".cl-still-box");
      drawing.classList.add("cl-still-kept");
      box.appendChild(drawing);
      new MutationObserver(function (_changes, observer) {
        if (!box.querySelector(".main-svg")) { return; }
        observer.disconnect();
        drawing.remove();
      }).observe(box, { childList: true, subtree: true });
    });
  }

  /* On a first visit the server knew neither the colours nor the width: then draw again. */
  function redraw() {
    var html = document.documentElement;
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
