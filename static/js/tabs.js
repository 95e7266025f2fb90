// Tabs: role=tab buttons or links with aria-controls show one panel; arrows move between them. A link's address
// goes into the address bar, so that the tab survives a reload; "tab:show" on it lets its content be read.
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
    if (tab.href) history.replaceState(history.state, "", tab.getAttribute("href"));
    tab.dispatchEvent(new CustomEvent("tab:show", { bubbles: true }));
    tab.focus();
  };

  document.addEventListener("click", (event) => {
    const tab = event.target.closest("[role=tab][aria-controls]");
    if (!tab || event.ctrlKey || event.metaKey || event.shiftKey) return;
    event.preventDefault();
    App.selectTab(tab);
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
