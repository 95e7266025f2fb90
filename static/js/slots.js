// Slots: arrows walk the grid of the page and the slots of the form; a slot or an offered window of the form
// writes the visit's time into date_meeting; a held place tells how long it is still held.
(() => {
  "use strict";
  const { $, $$, meta, post } = App;
  const GRIDS = [[".slots", ".slots__cell"], [".slot-pick", ".slot-pick__cell"], [".slots-pick__days", "button"], [".offer__windows", "button"]];
  const offset = Number(meta("server-time")) * 1000 - Date.now() || 0;

  // How many cells stand in a row: those at the height of the first one.
  const columns = (cells) => Math.max(1, cells.filter((cell) => Math.abs(cell.getBoundingClientRect().top - cells[0].getBoundingClientRect().top) < 4).length);

  document.addEventListener("keydown", (event) => {
    for (const [outer, inner] of GRIDS) {
      const cell = event.target.closest?.(inner), grid = cell?.closest(outer);
      if (!grid) continue;
      const cells = $$(inner, grid).filter((other) => other.offsetParent), at = cells.indexOf(cell);
      const row = { ArrowDown: 1, ArrowUp: -1 }[event.key];
      const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: cells.length - 1 }[event.key] ?? (row && at + row * columns(cells));
      const next = to === undefined ? undefined : cells[to];
      if (!next) return;
      event.preventDefault();
      for (const other of cells) other.tabIndex = other === next ? 0 : -1;
      next.focus();
    }
  });

  // One cell of each grid can be reached by Tab: where the focus is, or the chosen one, or the first.
  const rove = () => {
    for (const [outer, inner] of GRIDS) {
      for (const grid of $$(outer)) {
        const cells = $$(inner, grid);
        const stop = cells.find((cell) => cell === document.activeElement) ?? cells.find((cell) => cell.getAttribute("aria-pressed") === "true") ?? cells[0];
        for (const cell of cells) cell.tabIndex = cell === stop ? 0 : -1;
      }
    }
  };

  // A moment as its field shows it: 25.11.2026 14:00.
  const shown = (sent) => sent.replace(/^(\d+)-(\d+)-(\d+)T(.+)$/, "$3.$2.$1 $4");

  const mark = (form) => {
    const value = form.elements.date_meeting?.value.trim() ?? "";
    for (const cell of $$(".slots-pick [data-value]", form)) cell.setAttribute("aria-pressed", String([cell.dataset.value, shown(cell.dataset.value)].includes(value)));
  };

  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".slots-pick [data-value], .when [data-value]");
    const field = cell?.closest("form")?.elements[cell.closest("[data-when]")?.dataset.when ?? "date_meeting"];
    if (!field) return;
    field.value = shown(cell.dataset.value);
    // The draft and any hx-trigger listen to the field, not to us.
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("input", (event) => { if (event.target.name === "date_meeting") mark(event.target.form); });

  // The time that is left, by the server's clock; the server decides when it is over.
  const count = () => {
    for (const place of $$("[data-hold-until]")) {
      const left = Math.ceil(Number(place.dataset.holdUntil) - (Date.now() + offset) / 1000);
      const words = left > 0 ? `, ещё ${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}` : ", время вышло";
      if (place.textContent !== words) place.textContent = words;
      if (left > -1 || place.dataset.isOver) continue;
      place.dataset.isOver = "true";
      htmx.trigger("#n-slots", "hold:over");
    }
  };
  setInterval(() => { if (!document.hidden) count(); }, 1000);

  // What the server writes into the form belongs to its draft, once the person has begun one.
  const written = new WeakMap();
  const tellDraft = () => {
    for (const form of $$("form[data-draft]")) {
      const kept = $$("#n-slots [data-kept], #n-duplicates [data-kept]", form), now = kept.map((field) => field.value).join("|");
      const before = written.get(form);
      written.set(form, now);
      if (before !== undefined && before !== now && App.isDirty(form)) kept[0].dispatchEvent(new Event("change", { bubbles: true }));
    }
  };

  // A form that goes away gives its place back at once instead of minutes later.
  const release = (root) => {
    const hold = $("#n-hold", root)?.value;
    if (hold) post("/orders/slots/release", new URLSearchParams({ hold, quiet: "1" }), { keepalive: true }).catch(() => {});
  };
  document.addEventListener("close", (event) => { if (event.target.id === "dialog") release(event.target); }, true);
  document.addEventListener("click", (event) => { if (event.target.closest("#order-dialog .modal__head a[href]")) release(document); });

  // An order that may exist already asks for an answer.
  const ask = () => { $("#n-duplicates [data-asked] button")?.focus(); };

  // Long texts do not belong into an address; what is asked for needs only their beginning.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get" || !detail.elt.closest?.("#order-dialog")) return;
    for (const [name, value] of [...detail.parameters.entries()]) if (typeof value === "string" && value.length > 500) detail.parameters.set(name, value.slice(0, 500));
  });

  const settle = () => {
    rove();
    for (const form of new Set($$(".slots-pick").map((pick) => pick.closest("form")))) if (form) mark(form);
    count();
    tellDraft();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    // «Завтра 14» becomes its date once the field is left: read after midnight the words would mean another day.
    const read = event.target.closest?.("[data-when]"), means = $("[data-means]", read ?? undefined)?.dataset.means;
    const field = read?.closest("form")?.elements[read.dataset.when];
    if (read && means && field && field !== document.activeElement && field.value.trim() !== shown(means)) field.value = shown(means);
    settle();
    if (event.detail.xhr?.status === 422) ask();
  });
  settle();
})();
