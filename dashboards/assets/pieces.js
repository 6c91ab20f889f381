/* A piece is HTML that the server wrote (dashboards/still/pieces.py); its links change the page without loading it anew. */
(function () {
  "use strict";
  window.closedloop = {
    Piece: function (props) {
      return window.React.createElement(props.tag, Object.assign({}, props.outer, { dangerouslySetInnerHTML: { __html: props.html } }));
    },
  };

  document.addEventListener("click", function (event) {
    var link = event.target.closest && event.target.closest("#react-entry-point a[data-page]");
    if (!link || event.defaultPrevented || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) { return; }
    event.preventDefault();
    window.history.pushState({}, "", link.getAttribute("href"));
    window.dispatchEvent(new CustomEvent("_dashprivate_pushstate"));
    window.scrollTo(0, 0);
  });
})();
