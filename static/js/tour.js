// Five hints of the first day, each beside what it is about and below the call strip. They take no focus; Esc or the
// cross puts them away for good, «Помощь» shows them again. Over a dialog or a form they wait.
(() => {
  "use strict";
  const { $, $$ } = App;
  const tour = $("#tour");
  if (!tour) return;
  const steps = $$("[data-tour-step]", tour), PLACE = "tour-step", GAP = 8;
  let at = Math.min(Number(sessionStorage.getItem(PLACE) ?? 0), steps.length - 1);
  const shown = (selector) => $$(selector).find((one) => one.getClientRects().length);

  const place = () => {
    if (tour.hidden) return;
    const target = shown(steps[at].dataset.tourStep);
    const above = $$(".topbar, #call-strip .strip__call").map((one) => one.getBoundingClientRect()).filter((box) => box.height);
    const top = Math.max(...above.map((box) => box.bottom)) + GAP;
    const box = target?.getBoundingClientRect(), width = tour.offsetWidth;
    const left = box ? box.left + box.width / 2 - width / 2 : innerWidth - width - GAP;
    tour.style.setProperty("--tour-top", `${Math.round(top)}px`);
    tour.style.setProperty("--tour-left", `${Math.round(Math.max(GAP, Math.min(left, innerWidth - width - GAP)))}px`);
  };
  const show = () => {
    for (const marked of $$(".tour-target")) marked.classList.remove("tour-target");
    steps.forEach((step, index) => { step.hidden = index !== at; });
    $("[data-tour-count]", tour).textContent = `${at + 1} из ${steps.length}`;
    $("[data-tour-back]", tour).disabled = at === 0;
    $("[data-tour-next]", tour).textContent = at === steps.length - 1 ? "Понятно" : "Дальше";
    shown(steps[at].dataset.tourStep)?.classList.add("tour-target");
    sessionStorage.setItem(PLACE, at);
    place();
  };
  const end = async () => {
    tour.remove();
    for (const marked of $$(".tour-target")) marked.classList.remove("tour-target");
    sessionStorage.removeItem(PLACE);
    // Unheard, it is shown once more on the next page.
    try { await App.post("/profile/tour", new URLSearchParams({ show: "off" }), { redirect: "manual" }); } catch { /* offline */ }
  };
  tour.addEventListener("click", (event) => {
    if (event.target.closest("[data-tour-end]")) end();
    else if (event.target.closest("[data-tour-back]")) { at -= 1; show(); }
    else if (event.target.closest("[data-tour-next]")) { if (at === steps.length - 1) end(); else { at += 1; show(); } }
  });
  tour.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    event.preventDefault();
    end();
  });
  const BUSY = "dialog[open], .page--order, #side-panel:not([hidden])";
  const wait = () => { if (!tour.isConnected) return; tour.hidden = Boolean($(BUSY)); place(); };
  new MutationObserver(wait).observe(document.body, { subtree: true, attributeFilter: ["open"] });
  document.addEventListener("htmx:afterSettle", wait);
  addEventListener("resize", place);
  wait();
  show();
})();
