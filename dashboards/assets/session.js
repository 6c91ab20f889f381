/* A callback that comes back with 401 means that the session ended: go to the log-in, and come back here afterwards. */
(function () {
  "use strict";
  var plain = window.fetch;
  window.fetch = function () {
    return plain.apply(this, arguments).then(function (response) {
      if (response.status === 401) {
        window.location.assign("/login?next=" + encodeURIComponent(window.location.pathname + window.location.search));
        return new Promise(function () { /* the page is leaving: nobody waits for this any more */ });
      }
      return response;
    });
  };
})();
