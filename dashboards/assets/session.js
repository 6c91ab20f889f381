/* A callback that comes back with 401 means that the session ended: go to the log-in, and come back here afterwards.
   One that does not come back, or comes back broken, is said: a button that does nothing is worse than one that fails. */
(function () {
  "use strict";
  var plain = window.fetch;
  function say(failed) {
    var place = document.getElementById("no-answer");
    if (place) { place.textContent = failed ? place.dataset.text : ""; }
  }

  window.fetch = function () {
    return plain.apply(this, arguments).catch(function (error) {
      if (error.name !== "AbortError") { say(true); }
      throw error;
    }).then(function (response) {
      if (response.status === 401) {
        window.location.assign("/login?next=" + encodeURIComponent(window.location.pathname + window.location.search));
        return new Promise(function () { /* the page is leaving: nobody waits for this any more */ });
      }
      say(response.status >= 500);
      return response;
    });
  };
})();
