// The reference beside what is open (F1), in an open dialog as the strip is; it follows the chosen equipment. Where
// there is no room beside the form it stands between the call strip and the footer.
// Needs: focus.
(() => {
  "use strict";
  const { $, $$ } = App;
  const panel = $("#side-panel");
  if (!panel) return;
  const body = $("#side-panel-body"), find = $("#side-panel-find");
  const home = document.createComment("side");
  panel.before(home);
  let before = null, shown = null;

  const form = () => $("#dialog[open] form[data-draft]") ?? $(".page--order form[data-draft]");
  const equipment = () => form()?.elements.type_equipment?.value ?? "";
  const load = () => {
    if (panel.hidden || find.value.trim()) return;
    const wanted = equipment();
    if (shown === wanted) return;
    shown = wanted;
    htmx.ajax("GET", `/reference/side?type_equipment=${encodeURIComponent(wanted)}`, { target: body, swap: "innerHTML" });
  };

  const place = () => {
    if (panel.hidden) return;
    const boxes = (selector, root) => $$(selector, root).map((one) => one.getBoundingClientRect()).filter((box) => box.height);
    const tops = boxes("#call-strip .strip__call, .topbar, #dialog[open] .modal__head").map((box) => box.bottom).filter((y) => y < innerHeight / 2);
    const bottoms = boxes(".modal__foot, .pager, .bottom-nav", $("#dialog[open]") ?? document).map((box) => box.top).filter((y) => y > innerHeight / 2);
    panel.style.setProperty("--side-top", `${Math.round(Math.max(0, ...tops))}px`);
    panel.style.setProperty("--side-bottom", `${Math.round(innerHeight - Math.min(innerHeight, ...bottoms))}px`);
  };

  const settle = () => {
    const dialog = $("#dialog[open]");
    if (dialog ? panel.parentElement !== dialog : panel.previousSibling !== home) {
      const focused = panel.contains(document.activeElement) ? document.activeElement : null;
      if (dialog) dialog.append(panel); else home.after(panel);
      focused?.focus({ preventScroll: true });
    }
    place();
    load();
  };

  const say = () => { for (const button of $$("[data-side][aria-expanded]")) button.setAttribute("aria-expanded", String(!panel.hidden)); };
  const show = () => {
    if (!panel.contains(document.activeElement)) before = App.trail();
    panel.hidden = false;
    settle();
    say();
    find.focus({ preventScroll: true });
    find.select();
  };
  const hide = () => {
    const had = panel.contains(document.activeElement);
    // A browser takes the focus from what is hidden only later.
    if (had) document.activeElement.blur();
    panel.hidden = true;
    say();
    if (had) App.keepFocus(before);
  };

  document.addEventListener("keydown", (event) => {
    if (event.key === "F1" && !event.ctrlKey && !event.altKey && !event.metaKey) {
      if ($$("dialog[open]").some((dialog) => dialog.id !== "dialog")) return;
      event.preventDefault();
      if (panel.hidden || !panel.contains(document.activeElement)) show(); else hide();
      return;
    }
    if (event.key !== "Escape" || event.defaultPrevented || panel.hidden || !panel.contains(document.activeElement)) return;
    event.preventDefault();
    event.stopPropagation();
    if (find.value) {
      find.value = "";
      shown = null;
      load();
    } else hide();
    // Before the dialog hears of it.
  }, true);
  document.addEventListener("click", (event) => {
    if (!event.target.closest("[data-side]")) return;
    if (panel.hidden) show(); else hide();
  });
  find.addEventListener("input", () => {
    if (!find.value.trim()) { shown = null; load(); }
  });
  find.addEventListener("htmx:beforeRequest", (event) => { if (!find.value.trim()) event.preventDefault(); else shown = null; });
  document.addEventListener("change", (event) => { if (event.target.name === "type_equipment") load(); });
  document.addEventListener("htmx:afterSwap", () => { say(); settle(); });
  document.addEventListener("close", settle, true);
  new MutationObserver(settle).observe(document.body, { subtree: true, attributeFilter: ["open"] });
  addEventListener("resize", place);
  // It was fetched to be shown.
  show();
})();
