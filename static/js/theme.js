// Theme, density and keys: real forms to /profile/appearance, applied at once instead of a new page.
// Needs: toasts.
(() => {
  "use strict";
  const { $, $$ } = App;
  const MEDIA = { light: "not all", dark: "all", auto: "(prefers-color-scheme: dark)" };

  const press = (name, value) => {
    for (const button of $$(`[data-${name}-set]`)) button.setAttribute("aria-pressed", String(button.getAttribute(`data-${name}-set`) === value));
  };
  const apply = ({ themeSet, densitySet, keysSet }) => {
    if (themeSet) { $("#theme-dark").media = MEDIA[themeSet]; press("theme", themeSet); }
    if (densitySet) { document.documentElement.dataset.density = densitySet; press("density", densitySet); }
    if (keysSet) { document.documentElement.dataset.keys = keysSet; press("keys", keysSet); }
  };
  // It is the browser's: its other tabs look the same at once.
  const otherTabs = new BroadcastChannel("appearance");
  otherTabs.onmessage = ({ data }) => apply(data);

  document.addEventListener("submit", async (event) => {
    const button = event.submitter;
    const { themeSet, densitySet, keysSet } = button?.dataset ?? {};
    if (!themeSet && !densitySet && !keysSet) return;
    event.preventDefault();
    apply({ themeSet, densitySet, keysSet });
    otherTabs.postMessage({ themeSet, densitySet, keysSet });
    try {
      const answer = await App.post(event.target.action, App.fields(event.target, button), { redirect: "manual" });
      // A redirect back to the page is what the form gets without this script.
      if (!answer.ok && answer.type !== "opaqueredirect") throw new Error(String(answer.status));
    } catch {
      App.toast({ kind: "bad", title: "Вид не сохранился.", text: "На этой странице он применён, после перезагрузки вернётся прежний. Повторите позже." });
    }
  });
})();
