// Where the dock stands. A modal dialog makes the rest of the page inert, so the dock moves into the topmost one,
// and out of the way of a swap that would wipe it with its content. The sound itself is no element and plays on.
(() => {
  "use strict";
  const { $, $$ } = App;
  // A question and the list of keys are not places to listen in.
  const PLACES = "dialog[open]:not(.confirm, #keys)";
  const dock = $("#player");
  if (!dock) return;
  const home = document.createComment("player");
  dock.before(home);

  const move = (place) => {
    const focused = dock.contains(document.activeElement) ? document.activeElement : null;
    place();
    focused?.focus({ preventScroll: true });
  };
  const goHome = () => { if (dock.previousSibling !== home) move(() => home.after(dock)); };

  App.placePlayer = () => {
    const top = dock.hidden ? null : $$(PLACES).at(-1);
    if (!top) goHome();
    else if (dock.parentElement !== top) move(() => top.append(dock));
  };
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.target !== dock && dock.closest("dialog")) goHome(); });
  document.addEventListener("htmx:afterSwap", App.placePlayer);
  document.addEventListener("close", App.placePlayer, true);
  new MutationObserver(App.placePlayer).observe(document.body, { subtree: true, attributeFilter: ["open"] });
})();
