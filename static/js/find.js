// The search over everything: Ctrl+K opens it, arrows choose while the field keeps the focus, Enter goes there.
(() => {
  "use strict";
  const { $, $$ } = App;

  const choose = (hit) => {
    for (const other of $$("[data-find-hit].is-chosen")) other.classList.remove("is-chosen");
    hit?.classList.add("is-chosen");
    hit?.scrollIntoView({ block: "nearest" });
  };

  document.addEventListener("keydown", (event) => {
    const isOpener = (event.ctrlKey || event.metaKey) && !event.shiftKey && !event.altKey && event.code === "KeyK";
    if (isOpener) {
      const field = $("[data-find-field]");
      event.preventDefault();
      if (field) { field.focus(); field.select(); } else if (!$("dialog[open]")) $("[data-find]")?.click();
      return;
    }
    if (!event.target.matches?.("[data-find-field]") || event.isComposing) return;
    const hits = $$("[data-find-hit]"), at = hits.findIndex((hit) => hit.classList.contains("is-chosen"));
    if (event.key === "ArrowDown" || event.key === "ArrowUp") {
      event.preventDefault();
      const step = event.key === "ArrowDown" ? 1 : -1;
      if (hits.length) choose(hits[at < 0 ? (step > 0 ? 0 : hits.length - 1) : (at + step + hits.length) % hits.length]);
    } else if (event.key === "Enter") {
      const hit = hits[Math.max(at, 0)];
      // What was found for other letters is not meant: the form asks anew.
      if (!hit || $("#search-found").dataset.of.trim() !== event.target.value.trim()) return;
      event.preventDefault();
      event.stopPropagation();
      if (event.ctrlKey || event.metaKey) window.open(hit.href, "_blank", "noopener"); else location.assign(hit.href);
    }
  }, true);
})();
