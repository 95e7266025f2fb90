// What a phone shows folded, [data-fold]: unfolded for as long as the person wants it, on every page and after a reload.
// The mark stands at the root, where no morph takes it away.
(() => {
  "use strict";
  const { $$ } = App;
  const root = document.documentElement, KEY = "unfolded";
  const names = () => new Set((root.dataset.unfolded ?? "").split(" ").filter(Boolean));
  const say = () => {
    const open = names();
    for (const button of $$("[data-fold]")) button.setAttribute("aria-expanded", String(open.has(button.dataset.fold)));
  };

  root.dataset.unfolded = localStorage.getItem(KEY) ?? "";
  document.addEventListener("click", (event) => {
    const name = event.target.closest("[data-fold]")?.dataset.fold;
    if (!name) return;
    const open = names();
    if (!open.delete(name)) open.add(name);
    root.dataset.unfolded = [...open].join(" ");
    localStorage.setItem(KEY, root.dataset.unfolded);
    say();
  });
  document.addEventListener("htmx:afterSwap", say);
  say();
})();
