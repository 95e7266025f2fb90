// Popover menus: the browser opens and closes them, this places them by their button and walks their items. A menu
// that is read from the server (hx-target) opens when it has come and closes when what was chosen is done (204).
(() => {
  "use strict";
  const { $, $$ } = App;
  const GAP = 4, EDGE = 8;
  const openers = new WeakMap();

  const openerOf = (menu) => { const asked = openers.get(menu); return asked?.isConnected ? asked : $(`[popovertarget="${menu.id}"]`); };

  const place = (menu, button) => {
    const from = (button.closest(".when__box") ?? button).getBoundingClientRect(), size = menu.getBoundingClientRect();
    const left = from.left + size.width > innerWidth - EDGE ? from.right - size.width : from.left;
    const under = from.bottom + GAP;
    menu.style.left = `${Math.max(EDGE, left)}px`;
    menu.style.top = `${under + size.height > innerHeight - EDGE ? Math.max(EDGE, from.top - size.height - GAP) : under}px`;
  };

  const enter = (menu, button) => {
    place(menu, button);
    $("[autofocus], details[open] :is(.menu__item--under, .input), .menu__item, button, input:not([type=hidden])", menu)?.focus({ preventScroll: true });
  };

  // "toggle" does not bubble, so it is caught on the way down.
  document.addEventListener("toggle", (event) => {
    const menu = event.target;
    if (!menu.matches?.(".menu[popover]")) return;
    const button = openerOf(menu);
    const isOpen = event.newState === "open";
    button?.setAttribute("aria-expanded", String(isOpen));
    if (isOpen && button) enter(menu, button);
  }, true);

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    const menu = detail.target;
    if (!menu.matches?.(".menu[popover]")) return;
    if (menu.matches(":popover-open")) { enter(menu, openerOf(menu)); return; }
    openers.set(menu, detail.requestConfig.elt);
    menu.showPopover();
  });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    if (detail.xhr?.status === 204 && detail.target?.matches?.(".menu[popover]:popover-open")) detail.target.hidePopover();
  });

  document.addEventListener("keydown", (event) => {
    const menu = event.target.closest?.(".menu[popover]");
    if (!menu || event.target.matches("input:not([type=checkbox], [type=radio]), select, textarea")) return;
    const items = $$(".menu__item, .seg__item", menu).filter((item) => !item.disabled && item.getClientRects().length);
    const at = items.findIndex((item) => item.contains(document.activeElement));
    const to = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: items.length - 1 }[event.key];
    if (to === undefined || !items.length) return;
    event.preventDefault();
    const item = items[(to + items.length) % items.length];
    ($("input", item) ?? item).focus();
  });

  // What comes into the page meanwhile moves the button.
  document.addEventListener("htmx:afterSettle", () => {
    for (const menu of $$(".menu:popover-open")) {
      const button = openerOf(menu);
      if (button?.getClientRects().length) place(menu, button);
    }
  });

  // A link that was followed has done what its menu was for.
  document.addEventListener("click", (event) => event.target.closest("a.menu__item")?.closest(".menu:popover-open")?.hidePopover());
  addEventListener("resize", () => $$(".menu:popover-open").forEach((menu) => menu.hidePopover()));
})();
