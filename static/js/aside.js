// The reference beside what is open is fetched when it is first asked for, by F1 or a button; side.js shows it then.
(() => {
  "use strict";
  const panel = App.$("#side-panel");
  let isAsked = !panel;
  const ask = (event) => {
    if (isAsked) return;
    isAsked = true;
    event.preventDefault();
    const style = Object.assign(document.createElement("link"), { rel: "stylesheet", href: panel.dataset.sheet });
    style.onload = () => document.head.append(Object.assign(document.createElement("script"), { src: panel.dataset.script }));
    // What did not come is asked for anew with the next press.
    style.onerror = () => { style.remove(); isAsked = false; };
    document.head.append(style);
  };
  document.addEventListener("keydown", (event) => { if (event.key === "F1" && !event.ctrlKey && !event.altKey) ask(event); });
  document.addEventListener("click", (event) => { if (event.target.closest("[data-side]")) ask(event); });
})();
