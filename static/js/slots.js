// Slots: arrows walk the grid of the page; a cell of the form writes the visit's time into date_meeting.
(() => {
  "use strict";
  const { $, $$ } = App;

  const columns = (grid) => Math.max(1, $$(":scope > tbody > tr", grid)[0]?.querySelectorAll(".slots__cell").length ?? 1);

  document.addEventListener("keydown", (event) => {
    const cell = event.target.closest?.(".slots__cell");
    if (!cell) return;
    const grid = cell.closest(".slots"), cells = $$(".slots__cell", grid), at = cells.indexOf(cell);
    const step = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: columns(grid), ArrowUp: -columns(grid) }[event.key];
    const next = step && cells[at + step];
    if (!next) return;
    event.preventDefault();
    for (const other of cells) other.tabIndex = other === next ? 0 : -1;
    next.focus();
  });

  const rove = () => {
    for (const grid of $$(".slots")) {
      const cells = $$(".slots__cell", grid);
      const stop = cells.find((cell) => cell === document.activeElement) ?? cells.find((cell) => cell.getAttribute("aria-pressed") === "true") ?? cells[0];
      for (const cell of cells) cell.tabIndex = cell === stop ? 0 : -1;
    }
  };

  const mark = (form) => {
    const value = form.elements.date_meeting?.value ?? "";
    for (const cell of $$(".slot-pick [data-value]", form)) cell.setAttribute("aria-pressed", String(cell.dataset.value === value));
  };

  document.addEventListener("click", (event) => {
    const cell = event.target.closest(".slot-pick [data-value]");
    const field = cell?.closest("form")?.elements.date_meeting;
    if (!field) return;
    field.value = cell.dataset.value;
    // The draft and any hx-trigger listen to the field, not to us.
    field.dispatchEvent(new Event("input", { bubbles: true }));
    field.dispatchEvent(new Event("change", { bubbles: true }));
  });
  document.addEventListener("input", (event) => { if (event.target.name === "date_meeting") mark(event.target.form); });

  const settle = () => {
    rove();
    for (const form of new Set($$(".slot-pick").map((pick) => pick.closest("form")))) if (form) mark(form);
  };
  document.addEventListener("htmx:afterSettle", settle);
  settle();
})();
