/* The server places the labels of figures so that none covers another; for that it has to know how wide the page is. */
(function () {
  "use strict";
  function tell() { document.cookie = "viewport=" + window.innerWidth + "; path=/app/; max-age=31536000; samesite=strict"; }
  tell();
  window.addEventListener("resize", tell);
})();
