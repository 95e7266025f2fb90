// [data-combobox]: a text field with a list of suggestions that the server sends (hx-get of the field). Arrows walk
// the list, Enter takes, Esc closes; what is typed is never changed by itself (WAI-ARIA: editable combobox).
(() => {
  "use strict";
  const { $, $$ } = App;

  const listOf = (field) => document.getElementById(field.getAttribute("aria-controls"));
  const fieldOf = (list) => $(`[role=combobox][aria-controls="${list.id}"]`);
  const isOpen = (field) => field.getAttribute("aria-expanded") === "true";

  const point = (field, option) => {
    for (const other of $$("[role=option]", listOf(field))) other.setAttribute("aria-selected", String(other === option));
    if (option) { field.setAttribute("aria-activedescendant", option.id); option.scrollIntoView({ block: "nearest" }); }
    else field.removeAttribute("aria-activedescendant");
  };
  const show = (field, open) => {
    const list = listOf(field), has = Boolean(list.childElementCount);
    list.hidden = !(open && has);
    field.setAttribute("aria-expanded", String(open && has));
    if (!open) point(field, null);
  };
  const take = (field, option) => {
    field.value = option.dataset.option;
    show(field, false);
    listOf(field).replaceChildren();
    // Told as a change only: nothing is being typed that would want suggestions.
    field.dispatchEvent(new Event("change", { bubbles: true }));
    field.focus();
  };

  // Before others see the key: Esc closes the list and not the dialog around it.
  document.addEventListener("keydown", (event) => {
    const field = event.target;
    if (!field.matches?.("[role=combobox]") || event.isComposing) return;
    const options = $$("[role=option]", listOf(field));
    const at = options.findIndex((option) => option.getAttribute("aria-selected") === "true");
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      if (!options.length) return;
      event.preventDefault();
      show(field, true);
      const step = event.key === "ArrowDown" ? 1 : -1;
      point(field, options[at < 0 ? (step > 0 ? 0 : options.length - 1) : (at + step + options.length) % options.length]);
    } else if (event.key === "Enter" && isOpen(field) && at >= 0 && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      take(field, options[at]);
    } else if (event.key === "Escape" && isOpen(field)) {
      event.preventDefault();
      event.stopPropagation();
      show(field, false);
    } else if (event.key === "Tab") {
      show(field, false);
    }
  }, true);

  document.addEventListener("pointerdown", (event) => {
    const option = event.target.closest("[data-combobox] [role=option]");
    if (!option) return;
    // The field keeps the focus.
    event.preventDefault();
    take(fieldOf(option.closest("[role=listbox]")), option);
  });
  document.addEventListener("focusout", (event) => { if (event.target.matches?.("[role=combobox]")) show(event.target, false); });
  document.addEventListener("htmx:afterSwap", (event) => {
    const list = event.detail.target;
    if (!list?.matches?.("[data-combobox] [role=listbox]")) return;
    const field = fieldOf(list);
    show(field, field === document.activeElement);
  });
})();
