// Tabs: role=tab buttons with aria-controls show one panel; arrows move between them.
(() => {
  "use strict";
  const { $$ } = App;

  App.selectTab = (tab) => {
    for (const other of $$("[role=tab]", tab.closest("[role=tablist]"))) {
      const isSelected = other === tab;
      other.setAttribute("aria-selected", String(isSelected));
      other.tabIndex = isSelected ? 0 : -1;
      const panel = document.getElementById(other.getAttribute("aria-controls"));
      if (panel) panel.hidden = !isSelected;
    }
    tab.focus();
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab][aria-controls]");
    if (tab) App.selectTab(tab);
  });
  document.addEventListener("keydown", (event) => {
    const tab = event.target.closest?.("[role=tab]");
    if (!tab) return;
    const tabs = $$("[role=tab]", tab.closest("[role=tablist]"));
    const at = tabs.indexOf(tab);
    const to = { ArrowRight: at + 1, ArrowLeft: at - 1, Home: 0, End: tabs.length - 1 }[event.key];
    if (to === undefined) return;
    event.preventDefault();
    App.selectTab(tabs[(to + tabs.length) % tabs.length]);
  });
})();
