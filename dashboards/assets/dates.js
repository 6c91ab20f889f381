/* Month and day names for the date fields, as the browser knows them: Mantine takes a language from `dayjs_locale_…`. */
(function () {
  "use strict";
  function names(language, options, dates) {
    var words = new Intl.DateTimeFormat(language, Object.assign({ timeZone: "UTC" }, options));
    return dates.map(function (date) { return words.format(date); });
  }
  var language = document.documentElement.lang; // of the page: asking for the names of all of them takes a tenth of a second
  if (["es", "ru"].indexOf(language) < 0) { return; }
  var months = [], days = [];
  for (var month = 0; month < 12; month += 1) { months.push(new Date(Date.UTC(2023, month, 15))); }
  for (var day = 1; day <= 7; day += 1) { days.push(new Date(Date.UTC(2023, 0, day))); } // 1 January 2023 was a Sunday
  window["dayjs_locale_" + language] = {
    name: language,
    months: names(language, { month: "long" }, months),
    monthsShort: names(language, { month: "short" }, months),
    weekdays: names(language, { weekday: "long" }, days),
    weekdaysShort: names(language, { weekday: "short" }, days),
    weekdaysMin: names(language, { weekday: "short" }, days),
    weekStart: 1,
    ordinal: function (number) { return number; },
    formats: { LT: "HH:mm", LTS: "HH:mm:ss", L: "YYYY-MM-DD", LL: "D MMMM YYYY", LLL: "D MMMM YYYY, HH:mm", LLLL: "dddd, D MMMM YYYY, HH:mm" },
    relativeTime: {},
  };
})();
