/* What needs no server: filters ↔ address, the title of the document, the theme. */
(function () {
  "use strict";
  var same = function (one, other) { return JSON.stringify(one) === JSON.stringify(other); };

  function blank(value) { return value === null || value === undefined || value === "" || same(value, []); }

  /* The address is the truth. A control that changed writes it; an address that changed (Back, a link) sets the controls. */
  function clearing(params, ids) {
    var isSet = ids.some(function (input) { return params.get(input.id.name); });
    return window.dash_clientside.callback_context.outputs_list[2].map(function () { return isSet ? "cl-clear" : "cl-clear cl-gone"; });
  }

  function filters(search, values) {
    var clientside = window.dash_clientside, stay = clientside.no_update;
    var ids = clientside.callback_context.inputs_list[1];
    var by = clientside.callback_context.triggered || [];
    var params = new URLSearchParams(search || "");
    var fromAddress = by.length === 0 || by.some(function (entry) { return entry.prop_id === "url.search"; });
    if (fromAddress) {
      var wanted = ids.map(function (input, index) {
        var value = params.get(input.id.name);
        return (value === null ? "" : value) === (blank(values[index]) ? "" : String(values[index])) ? stay : (value || (input.id.empty || null));
      });
      return [stay, wanted, clearing(params, ids)];
    }
    ids.forEach(function (input, index) {
      if (blank(values[index]) || values[index] === input.id.empty) { params.delete(input.id.name); } else { params.set(input.id.name, values[index]); }
    });
    params.delete("page");
    var text = params.toString() ? "?" + params.toString() : "";
    var before = new URLSearchParams(search || "");
    before.delete("page");
    var unchanged = before.toString() === params.toString();
    return [unchanged ? stay : text, ids.map(function () { return stay; }), clearing(params, ids)];
  }

  /* A click on a field or a dot of the matrix: narrow to it; on the same field again: widen. */
  function cell(click, search) {
    var stay = window.dash_clientside.no_update;
    var point = click && click.points && click.points[0];
    if (!point || !point.customdata) { return [stay, stay]; }
    var params = new URLSearchParams(search || "");
    var field = point.customdata.split(" ");
    var again = params.get("advocacy") === field[0] && params.get("share") === field[1];
    ["advocacy", "share", "group", "play", "page"].forEach(function (name) { params.delete(name); });
    if (!again) {
      params.set("advocacy", field[0]);
      params.set("share", field[1]);
    }
    return [params.toString() ? "?" + params.toString() : "", null];
  }

  function title(text) {
    if (text) { document.title = text + " · closedloop"; }
    return window.dash_clientside.no_update;
  }

  function theme() {
    var by = window.dash_clientside.callback_context.triggered_id;
    if (by) { window.closedloopTheme(by.name); }
    return window.dash_clientside.no_update;
  }

  function reload(count) {
    if (count) { window.location.reload(); }
    return window.dash_clientside.no_update;
  }

  function pass_on(value) { return value || window.dash_clientside.no_update; }

  function places(path) {
    return window.dash_clientside.callback_context.outputs_list.map(function (group) {
      return group.map(function (output) {
        var here = output.id.path.split(" ").some(function (place) {
          return ((path || "") + "/").indexOf(place + "/") === 0;
        });
        return here ? "cl-here" : "";
      });
    });
  }

  function close() {
    var box = document.getElementById("search"), stay = window.dash_clientside.no_update;
    return box && box.value ? ["", []] : [stay, stay]; // nothing to clear: no round trip for it
  }

  window.dash_clientside = Object.assign({}, window.dash_clientside, {
    closedloop: { cell: cell, filters: filters, title: title, theme: theme, close: close, places: places, reload: reload, pass_on: pass_on },
  });
})();
