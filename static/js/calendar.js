// The calendar of a field with a .cal panel: ↓ opens it, arrows walk the days, PgUp and PgDn the months, Enter takes,
// Esc closes it alone. The words of the field are the truth: the server reads them, and what is taken is written there.
(() => {
  "use strict";
  const { $, $$ } = App;
  const DAY = 86400000;
  let asked = 0;

  const panelOf = (field) => (field.id ? document.getElementById(`${field.id}-cal`) : null);
  const fieldOf = (panel) => document.getElementById(panel.dataset.calendar);
  const days = (panel) => $$("[data-day]", panel), times = (panel) => $$(".cal__time", panel);
  const stopOf = (list) => list.find((one) => one.getAttribute("aria-pressed") === "true" && !one.disabled)
    ?? list.find((one) => one.hasAttribute("aria-current")) ?? list.find((one) => !one.disabled);

  // One stop of Tab for the days, one for the times.
  const rove = (panel) => {
    for (const list of [days(panel), times(panel)]) {
      const stop = list.find((one) => one === document.activeElement) ?? stopOf(list);
      for (const one of list) one.tabIndex = one === stop ? 0 : -1;
    }
  };
  const seeTime = (panel) => { const time = stopOf(times(panel)), list = time?.parentElement; if (list) list.scrollTop = time.offsetTop - list.offsetTop - list.clientHeight / 3; };
  const focusOn = (panel, button) => { button?.focus(); rove(panel); };

  const read = async (panel, more) => {
    const field = fieldOf(panel), { city, was_city: was, type_equipment: equipment } = field.form?.elements ?? {};
    const query = new URLSearchParams({ text: field.value, kind: panel.dataset.kind, ...more });
    if ("load" in panel.dataset) for (const [name, from] of [["city", city ?? was], ["equipment", equipment]]) query.set(name, from?.value ?? "");
    const turn = ++asked;
    const answer = await fetch(`/orders/calendar?${query}`, { credentials: "same-origin", headers: { "HX-Request": "true" } }).catch(() => null);
    if (answer?.status === 401) App.toLogin();
    if (!answer?.ok || turn !== asked || !panel.isConnected) return false;
    panel.innerHTML = await answer.text();
    rove(panel);
    seeTime(panel);
    return true;
  };

  const show = async (panel) => {
    if (panel.matches(":popover-open")) { panel.hidePopover(); return; }
    if (await read(panel, {})) panel.showPopover();
  };
  // After menus.js has placed it and put the focus somewhere.
  document.addEventListener("toggle", ({ target: panel, newState }) => {
    if (!panel.matches?.(".cal")) return;
    if (newState !== "open") return;
    focusOn(panel, stopOf(days(panel)));
    seeTime(panel);
  }, true);

  const write = (field, text) => {
    field.value = text;
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
  };
  const take = async (panel, button) => {
    const field = fieldOf(panel), day = button.dataset.day;
    write(field, button.dataset.text);
    if (panel.dataset.kind !== "moment" || !day) { panel.hidePopover(); field.focus(); return; }
    if (await read(panel, { day })) focusOn(panel, stopOf(times(panel)) ?? $(`[data-day="${day}"]`, panel));
  };

  // The day the arrows lead to, in another month too.
  const goTo = async (panel, day) => {
    const known = $(`[data-day="${day}"]:not(.cal__day--other)`, panel);
    if (!known && !await read(panel, { month: day.slice(0, 7) })) return;
    const there = $(`[data-day="${day}"]`, panel);
    focusOn(panel, there?.disabled ? days(panel).find((one) => !one.disabled) : there);
  };
  const moved = (day, by) => new Date(Date.parse(`${day}T00:00Z`) + by * DAY).toISOString().slice(0, 10);
  const inMonth = (day, by) => {
    const [year, month, date] = day.split("-").map(Number), last = new Date(Date.UTC(year, month + by, 0)).getUTCDate();
    return new Date(Date.UTC(year, month - 1 + by, Math.min(date, last))).toISOString().slice(0, 10);
  };

  const onDay = (panel, button, key) => {
    const { day } = button.dataset, at = (new Date(`${day}T00:00Z`).getUTCDay() + 6) % 7;
    const by = { ArrowLeft: -1, ArrowRight: 1, ArrowUp: -7, ArrowDown: 7, Home: -at, End: 6 - at }[key];
    const months = { PageUp: -1, PageDown: 1 }[key];
    if (by === undefined && !months) return false;
    const to = months ? inMonth(day, months) : moved(day, by);
    // What is over cannot be walked to.
    const known = $(`[data-day="${to}"]`, panel);
    if (!known?.disabled && !(months < 0 && $("[data-month]", panel).disabled)) goTo(panel, to);
    return true;
  };
  const onTime = (panel, button, key) => {
    const list = times(panel), to = { ArrowDown: 1, ArrowUp: -1 }[key];
    if (key === "ArrowLeft") focusOn(panel, stopOf(days(panel)));
    else if (to) focusOn(panel, list[list.indexOf(button) + to]);
    else if (key === "Home" || key === "End") focusOn(panel, list.at(key === "Home" ? 0 : -1));
    else return false;
    return true;
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    const target = event.target, panel = target.closest?.(".cal");
    if (event.key === "ArrowDown" && target.matches?.("input") && panelOf(target)) { event.preventDefault(); show(panelOf(target)); return; }
    if (!panel) return;
    const isDone = target.matches("[data-day]") ? onDay(panel, target, event.key) : target.matches(".cal__time") && onTime(panel, target, event.key);
    if (isDone) event.preventDefault();
  });
  document.addEventListener("click", (event) => {
    const opener = event.target.closest("[data-opens-calendar]");
    // The calendar is read before it is opened, so that nothing jumps.
    if (opener) { event.preventDefault(); show(document.getElementById(opener.getAttribute("popovertarget"))); return; }
    const panel = event.target.closest(".cal"), button = event.target.closest("[data-month], [data-day], .cal__time");
    if (!panel || !button) return;
    if (button.dataset.month) read(panel, { month: button.dataset.month }).then(() => focusOn(panel, stopOf(days(panel))));
    else take(panel, button);
  });
  // The clock by which a moment is read, beside the label.
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const said = target.closest?.(".when"), note = said && $(`[data-zone-of="${said.dataset.when}"]`, said.closest("form"));
    if (note) note.textContent = $("[data-zone]", said)?.dataset.zone ?? "";
  });
})();
