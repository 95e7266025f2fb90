// The focus stays where the person works. What a swap, a morph or a closing dialog takes away is given back: to the
// same element, to the element that now has its id, or to its nearest neighbour; never to <body>, where the next Tab
// begins at the top of the page.
(() => {
  "use strict";
  const { $, $$ } = App;
  const FOCUSABLE = "a[href], button:not(:disabled), input:not(:disabled, [type=hidden]), select:not(:disabled), textarea:not(:disabled), summary, [tabindex]";
  let last = null;

  // Taken while everything still stands: the element and the ids around it, nearest first, beside it second.
  const trailOf = (element) => {
    const ids = [];
    const add = (place) => { if (place?.id && !ids.includes(place.id)) ids.push(place.id); };
    add(element);
    const row = element.closest("tr[id], li[id]");
    add(row);
    add(row?.nextElementSibling);
    add(row?.previousElementSibling);
    for (let place = element.parentElement; place && place !== document.body; place = place.parentElement) {
      // The button of a menu stands for what is in it.
      if (place.matches("[popover]")) ids.push(`[popovertarget="${place.id}"]`);
      add(place);
    }
    return { element, ids };
  };

  const isThere = (element) => element.isConnected && element.getClientRects().length > 0 && !element.matches(":disabled") && !element.closest("[inert]");
  const give = (element) => {
    if (!element || !isThere(element)) return false;
    element.focus({ preventScroll: true });
    return document.activeElement === element;
  };
  const giveWithin = (place) => {
    if (!place) return false;
    if (place.matches(FOCUSABLE) && give(place)) return true;
    // The call strip visits dialogs; who was not at it does not get there.
    const isGuest = (element) => !place.closest("[data-guest]") && element.closest("[data-guest]");
    return $$(FOCUSABLE, place).some((element) => !isGuest(element) && give(element));
  };

  // In a modal dialog everything else is out of reach.
  const reach = () => $$("dialog[open]").at(-1) ?? document;
  const isLost = () => document.activeElement === null || document.activeElement === document.body;

  const giveBack = (trail) => {
    const root = reach();
    if (root.contains(trail.element) && give(trail.element)) return;
    for (const id of trail.ids) {
      const place = id.startsWith("[") ? $(id, root) : document.getElementById(id);
      if (place && place.id !== "main" && root.contains(place) && giveWithin(place)) return;
    }
    const main = root === document ? $("#main") : root;
    if (!main) return;
    if (root === document && !main.hasAttribute("tabindex")) main.tabIndex = -1;
    if (!give(main)) giveWithin(main);
  };

  App.trail = () => (document.activeElement && document.activeElement !== document.body ? trailOf(document.activeElement) : last);
  App.keepFocus = (trail = last) => { if (trail && isLost()) giveBack(trail); };
  // The person has left on purpose: there is nothing to give back.
  App.leaveField = (field) => { field.blur(); last = null; };

  document.addEventListener("focusin", (event) => { if (!event.target.matches("dialog")) last = trailOf(event.target); });
  document.addEventListener("click", () => { if (isLost()) last = null; });

  for (const name of ["htmx:afterSettle", "htmx:afterRequest", "list:changed"]) {
    // A field or a dialog that wants the focus takes it first.
    document.addEventListener(name, () => queueMicrotask(() => App.keepFocus()));
  }

  // What is being typed belongs to the person: the value and the caret of the field with the focus, and the choice in
  // an open list. Everything else follows the server, the content of a focused row or button too.
  const isOwn = (name, node) => {
    const field = document.activeElement;
    if (!field?.matches?.("input, textarea, select")) return false;
    return (name === "value" && node === field) || (name === "selected" && node.closest?.("select") === field);
  };
  const unfolded = (name, node) => name === "open" && node.matches("details");
  // An open menu stays where it was placed, and its button says that it is open.
  const isOpenMenu = (name, node) => (name === "style" && node.matches(".menu:popover-open"))
    || (name === "aria-expanded" && Boolean(node.popoverTargetElement?.matches(":popover-open")));
  Idiomorph.defaults.ignoreActiveValue = false;
  Idiomorph.defaults.callbacks.beforeAttributeUpdated = (name, node) => !isOwn(name, node) && !unfolded(name, node) && !isOpenMenu(name, node);

  // A hint of the live stream renews what nobody works at: a form with something typed in it and an open menu stay.
  let byItself = false;
  const isWork = (node) => node.nodeType === 1 && node.matches("form, [popover]") && (App.hasUnsaved(node) || node.matches(":popover-open"));
  App.withoutDisturbing = (act) => {
    const before = byItself;
    byItself = true;
    try { return act(); } finally { byItself = before; }
  };
  Idiomorph.defaults.callbacks.beforeNodeMorphed = (old) => !(byItself && isWork(old));
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { byItself = App.isOwnRequest(detail.requestConfig); });
  document.addEventListener("htmx:afterSwap", () => { byItself = false; });

  const { morph } = Idiomorph;
  Idiomorph.morph = (...given) => {
    const trail = App.trail();
    const result = morph(...given);
    App.keepFocus(trail);
    return result;
  };
})();
