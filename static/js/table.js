// Rows of a table: one tab stop, J/K and arrows move, Enter or a click follows the row's own link. What is in a row is
// walked by the arrows to the sides, so that Tab leads past a table and not through hundreds of its buttons.
(() => {
  "use strict";
  const { $, $$ } = App;
  const ROW = "tr[data-href]";

  const inside = (row) => $$("a[href], button", row);
  const reachable = (row) => inside(row).filter((control) => !control.disabled && control.getClientRects().length > 0);

  const visible = (rows) => rows.filter((row) => !row.hidden && row.offsetParent);

  // Exactly one row of each table can be reached by Tab, whatever a swap has left.
  const rove = () => {
    for (const body of new Set($$(ROW).map((row) => row.parentElement))) {
      const rows = $$(`:scope > ${ROW}`, body);
      const stop = rows.find((row) => row.contains(document.activeElement)) ?? rows.find((row) => row.getAttribute("aria-selected") === "true")
        ?? rows.find((row) => row.tabIndex === 0) ?? rows[0];
      for (const row of rows) {
        row.tabIndex = row === stop ? 0 : -1;
        for (const control of inside(row)) if (control.tabIndex !== -1) control.tabIndex = -1;
      }
    }
  };

  const follow = (row, inNewTab) => {
    const link = $("a[data-row-link]", row) ?? $("a[href]", row);
    if (!link) return;
    if (inNewTab) window.open(link.href, "_blank", "noopener");
    else link.click();
  };

  App.stepRow = (by) => {
    const current = document.activeElement.closest?.(ROW) ?? $(`${ROW}[aria-selected="true"]`);
    const rows = visible(current ? $$(`:scope > ${ROW}`, current.parentElement) : $$(ROW));
    if (!rows.length) return;
    const at = rows.indexOf(current);
    const next = at < 0 ? rows[0] : rows[Math.max(0, Math.min(rows.length - 1, at + by))];
    for (const row of rows) row.tabIndex = row === next ? 0 : -1;
    next.focus({ preventScroll: true });
    next.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("click", (event) => {
    const row = event.target.closest(ROW);
    if (!row || event.target.closest("a, button, input, label, select, summary") || getSelection().toString()) return;
    row.focus({ preventScroll: true });
    follow(row, event.ctrlKey || event.metaKey);
  });
  // The middle button anywhere in a row, like on its link.
  document.addEventListener("auxclick", (event) => {
    const row = event.button === 1 && event.target.closest(ROW);
    if (!row || event.target.closest("a, button, input, label, select, summary")) return;
    event.preventDefault();
    follow(row, true);
  });
  const sideways = (event) => {
    const row = event.target.closest?.(ROW), by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!row || !by || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || App.isTyping(event.target)) return;
    const stops = [row, ...reachable(row)], to = stops.indexOf(document.activeElement) + by;
    if (to < 0 || to >= stops.length) return;
    event.preventDefault();
    stops[to].focus();
  };
  document.addEventListener("keydown", (event) => {
    sideways(event);
    if (!event.target.matches?.(ROW)) return;
    const by = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (by) { event.preventDefault(); App.stepRow(by); }
    if (event.key === "Enter") { event.preventDefault(); follow(event.target, event.ctrlKey || event.metaKey); }
  });
  document.addEventListener("focusin", (event) => { if (event.target.closest?.(ROW)) rove(); });
  document.addEventListener("htmx:afterSettle", rove);
  document.addEventListener("list:changed", rove);
  rove();
})();
