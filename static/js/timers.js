// Running times. [data-since] counts mm:ss from a moment, days after the first, [data-until] counts down to one,
// time[data-relative] says «через 12 минут». [data-amber][data-red]: moments from which something takes too long; it
// gets data-tone, and shows its [data-over].
// By the server's clock: the operator's may be minutes off.
(() => {
  "use strict";
  const { $$, meta, plural } = App;
  const offset = Number(meta("server-time")) * 1000 - Date.now() || 0;
  const now = () => Date.now() + offset;
  const two = (n) => String(n).padStart(2, "0");
  const MINUTES = ["минуту", "минуты", "минут"], HOURS = ["час", "часа", "часов"];

  const elapsed = (since) => {
    const seconds = Math.max(0, Math.floor(now() / 1000 - since));
    const days = Math.floor(seconds / 86_400);
    if (days) return `${days} ${plural(days, "день", "дня", "дней")}`;
    const hours = Math.floor(seconds / 3600), rest = `${two(Math.floor(seconds / 60) % 60)}:${two(seconds % 60)}`;
    return hours ? `${hours}:${rest}` : rest;
  };

  const relative = (moment) => {
    const minutes = Math.round((moment - now()) / 60_000), away = Math.abs(minutes);
    if (!away) return "сейчас";
    const [n, words] = away < 60 ? [away, MINUTES] : [Math.round(away / 60), HOURS];
    const text = `${n} ${plural(n, ...words)}`;
    return minutes > 0 ? `через ${text}` : `${text} назад`;
  };

  const say = (place, words) => { if (place.textContent !== words) place.textContent = words; };
  const update = () => {
    for (const place of $$("[data-since]")) say(place, elapsed(Number(place.dataset.since)));
    for (const place of $$("[data-until]")) say(place, elapsed(2 * now() / 1000 - Number(place.dataset.until)));
    for (const place of $$("[data-amber]")) {
      const at = now() / 1000, { amber, red, tone } = place.dataset;
      const wanted = at >= Number(red) ? "bad" : at >= Number(amber) ? "warn" : "";
      if ((tone ?? "") !== wanted) place.dataset.tone = wanted;
      for (const over of $$("[data-over]", place)) over.hidden = !wanted;
    }
    for (const place of $$("time[data-relative]")) {
      const moment = Date.parse(place.dateTime);
      // Beyond half a day the date the server wrote says more.
      if (Math.abs(moment - now()) < 12 * 3_600_000) say(place, relative(moment));
    }
  };
  setInterval(() => { if (!document.hidden) update(); }, 1000);
  // Before it is painted: what came from the server has no time in it.
  document.addEventListener("htmx:afterSwap", update);
  document.addEventListener("htmx:afterSettle", update);
  document.addEventListener("list:changed", update);
  update();
})();
