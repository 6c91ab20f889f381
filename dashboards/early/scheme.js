/* Runs before anything is drawn: light, dark or as the system says; the cookie lets the server draw figures to match. */
(function () {
  "use strict";
  var dark = window.matchMedia("(prefers-color-scheme: dark)");
  function choice() { return document.documentElement.dataset.theme || "system"; }
  function resolved() {
    var wanted = choice();
    return wanted === "system" ? (dark.matches ? "dark" : "light") : wanted;
  }
  function apply(rendered) {
    var scheme = resolved();
    document.documentElement.setAttribute("data-mantine-color-scheme", scheme);
    document.cookie = "scheme=" + scheme + "; path=/; max-age=31536000; samesite=strict";
    if (rendered && window.dash_clientside) {
      window.dash_clientside.set_props("mantine", { forceColorScheme: scheme });
      window.dash_clientside.set_props("scheme", { data: scheme });
    }
  }
  window.closedloopTheme = function (wanted) {
    document.documentElement.dataset.theme = wanted;
    apply(true);
  };
  dark.addEventListener("change", function () { apply(true); });
  apply(false);
})();
