// Columns of a table with a #columns-form: heads are drawn wider or narrower by their grips, with the mouse or the
// arrow keys; the form keeps the widths. In the form buttons move a column one place.
(() => {
  "use strict";
  const { $, $$ } = App;
  const STEP = 8, LEAST = 40, MOST = 600, SAVE_AFTER = 700;
  let drag = null, saving = 0;

  const form = () => $("#columns-form");
  const inputOf = (grip) => form()?.elements[`width_${grip.dataset.grip}`];
  const clamped = (width) => Math.min(MOST, Math.max(LEAST, Math.round(width / STEP) * STEP));

  const draw = (grip, width) => {
    grip.closest("th").style.width = `${width}px`;
    grip.setAttribute("aria-valuenow", String(width));
  };

  const keep = (grip, width) => {
    const input = inputOf(grip);
    if (!input) return;
    input.value = width || "";
    form().requestSubmit();
  };

  document.addEventListener("pointerdown", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (!grip || event.button !== 0) return;
    event.preventDefault();
    grip.setPointerCapture(event.pointerId);
    drag = { grip, from: event.clientX, was: grip.closest("th").offsetWidth, width: 0 };
    grip.classList.add("grip--held");
  });
  document.addEventListener("pointermove", (event) => {
    if (!drag) return;
    drag.width = clamped(drag.was + event.clientX - drag.from);
    draw(drag.grip, drag.width);
  });
  const release = () => {
    if (!drag) return;
    const { grip, width } = drag;
    drag = null;
    grip.classList.remove("grip--held");
    if (width) keep(grip, width);
  };
  document.addEventListener("pointerup", release);
  document.addEventListener("pointercancel", release);
  document.addEventListener("dblclick", (event) => {
    const grip = event.target.closest?.("[data-grip]");
    if (grip) keep(grip, 0);
  });

  // One tab stop for all grips of a table, like for its rows.
  const grips = (grip) => $$("[data-grip]", grip.closest("thead"));
  const rove = () => {
    for (const head of $$("thead:has([data-grip])")) {
      const all = $$("[data-grip]", head);
      const stop = all.find((grip) => grip === document.activeElement) ?? all[0];
      for (const grip of all) grip.tabIndex = grip === stop ? 0 : -1;
    }
  };
  document.addEventListener("keydown", (event) => {
    const grip = event.target;
    if (!grip.matches?.("[data-grip]") || event.ctrlKey || event.metaKey || event.altKey) return;
    const by = { ArrowRight: STEP, ArrowLeft: -STEP }[event.key], to = { ArrowDown: 1, ArrowUp: -1 }[event.key];
    if (!by && !to && event.key !== "Home") return;
    event.preventDefault();
    clearTimeout(saving);
    if (to) {
      const all = grips(grip), next = all[(all.indexOf(grip) + to + all.length) % all.length];
      next.focus();
      rove();
      return;
    }
    const width = by ? clamped(grip.closest("th").offsetWidth + by * (event.shiftKey ? 5 : 1)) : 0;
    if (width) draw(grip, width);
    saving = setTimeout(() => { if (grip.isConnected) keep(grip, width); }, SAVE_AFTER);
  });

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-column-move]");
    if (!button) return;
    const line = button.closest("li"), back = button.dataset.columnMove === "-1";
    const other = back ? line.previousElementSibling : line.nextElementSibling;
    // What is always the first stays so, and what is not shown has no place.
    if (!other || !$("input[name=column]:is(:checked, [type=hidden])", other)) return;
    other[back ? "before" : "after"](line);
    button.focus();
    form().requestSubmit();
  });
  document.addEventListener("htmx:afterSettle", rove);
  rove();
})();
