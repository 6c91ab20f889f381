// Shows a survey of closedloop in the page of another site. No cookies, nothing from anywhere else.
//   <script src="https://feedback.example/static/embed.js" data-context="SIGNED" data-title="Survey" async></script>
(function () {
  "use strict";
  var script = document.currentScript;
  var context = script && script.getAttribute("data-context");
  if (!context) return;
  var home = script.src.replace(/\/static\/embed\.js.*$/, "");
  var origin = new URL(script.src).origin;
  var language = script.getAttribute("data-language");
  var frame = document.createElement("iframe");
  frame.title = script.getAttribute("data-title") || "Survey";
  frame.referrerPolicy = "no-referrer";
  frame.tabIndex = -1;
  frame.setAttribute("aria-hidden", "true");
  frame.style.cssText = "display:block;width:100%;height:0;border:0;visibility:hidden";
  frame.src = home + "/e/" + encodeURIComponent(context) + (language ? "?lang=" + encodeURIComponent(language) : "");
  function show(height) {
    frame.style.height = Math.min(Math.max(Math.ceil(height), 0), 6000) + "px";
    frame.style.visibility = "visible";
    frame.removeAttribute("aria-hidden");
    frame.removeAttribute("tabindex");
  }
  window.addEventListener("message", function (message) {
    if (message.origin !== origin || message.source !== frame.contentWindow) return;
    var said = message.data;
    if (!said || said.from !== "closedloop") return;
    if (said.event === "size") {
      if (typeof said.height === "number" && isFinite(said.height)) show(said.height);
    } else if (said.event === "expired") {
      console.warn("closedloop: nothing is shown, because the signed context has run out, or ends more than an hour ahead. Sign a new one for each page; if that is done, set the clock of the server that signs.");
      document.dispatchEvent(new CustomEvent("closedloop:expired"));
    } else if (said.event === "shown" || said.event === "answered") {
      document.dispatchEvent(new CustomEvent("closedloop:" + said.event));
    }
  });
  script.parentNode.insertBefore(frame, script.nextSibling);
})();
