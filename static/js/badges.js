// Counters outside of the page: «(3) Телефония» in the title of the tab, a copy in the bottom bar.
(() => {
  "use strict";
  const { $$ } = App;
  const update = () => {
    const count = $$("[data-title-count]").reduce((sum, place) => sum + (Number(place.dataset.titleCount) || 0), 0);
    const title = document.title.replace(/^\(\d+\) /, "");
    document.title = count ? `(${count}) ${title}` : title;
    for (const copy of $$("[data-mirror]")) {
      const source = document.getElementById(copy.dataset.mirror);
      copy.replaceChildren(...[...(source?.childNodes ?? [])].map((node) => {
        const twin = node.cloneNode(true);
        // Counted once, in the original.
        twin.removeAttribute?.("data-title-count");
        return twin;
      }));
    }
  };
  document.addEventListener("htmx:afterSettle", update);
  document.addEventListener("list:changed", update);
  update();
})();
