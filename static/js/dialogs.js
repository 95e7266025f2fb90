// Dialogs. A fragment swapped into <dialog id="dialog"> opens it, an empty one closes it. Closing asks
// when a form inside has unsaved work, puts back the address of the list and the focus of the opener.
(() => {
  "use strict";
  const { $, $$ } = App;
  const shared = $("#dialog");
  let opener = null;

  const open = (dialog) => {
    if (dialog.open) return;
    opener = App.trail();
    $$(":popover-open").forEach((layer) => layer.matches(".menu") && layer.hidePopover());
    dialog.showModal();
    App.placeToasts();
  };
  App.openDialog = open;
  const contentOf = (dialog) => $(":scope > :not(#toasts, #player)", dialog);

  // A form with a draft is safe: what was typed comes back with it.
  const unsaved = (dialog) => $$("form:not([data-draft])", dialog).some(App.isDirty);

  App.closeDialog = async (dialog) => {
    if (unsaved(dialog)) {
      const leave = await App.confirm({ title: "Закрыть без сохранения?", text: "Внесённые изменения пропадут.", verb: "Закрыть без сохранения" });
      if (!leave) return;
    }
    dialog.close();
  };

  // Asks in a dialog of its own; gives true when the person agrees. The button names the act.
  App.confirm = ({ title, text = "", verb, isDanger = true }) => new Promise((resolve) => {
    const dialog = $("#confirm-template").content.firstElementChild.cloneNode(true);
    const yes = $("[data-yes]", dialog), before = App.trail();
    $(".modal__title", dialog).textContent = title;
    $("[data-text]", dialog).textContent = text;
    yes.textContent = verb;
    yes.className = `btn ${isDanger ? "btn--danger" : "btn--primary"}`;
    document.body.append(dialog);
    dialog.addEventListener("click", (event) => {
      if (event.target.closest("[data-yes]")) dialog.close("yes");
      else if (event.target === dialog || event.target.closest("[data-no]")) dialog.close();
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      App.keepFocus(before);
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
    App.placeToasts();
  });

  new MutationObserver(() => {
    if (contentOf(shared)) open(shared);
    else if (shared.open) shared.close();
  }).observe(shared, { childList: true });

  shared.addEventListener("close", () => {
    const url = $("[data-close-url]", shared)?.dataset.closeUrl;
    if (url) history.replaceState(history.state, "", url);
    shared.replaceChildren();
  });
  // The browser gives the focus back to the opener, unless that is gone. "close" does not bubble.
  document.addEventListener("close", (event) => { if (event.target.matches("dialog:not(.confirm)")) App.keepFocus(opener); }, true);

  // A press that begins inside and ends on the backdrop selects text, it does not close.
  let pressed = null;
  document.addEventListener("pointerdown", (event) => { pressed = event.target; });
  document.addEventListener("click", (event) => {
    const target = event.target;
    if (target.matches("dialog:not(.confirm)") && pressed === target) { App.closeDialog(target); return; }
    const closer = target.closest("[data-close]");
    if (closer?.closest("dialog")) { event.preventDefault(); App.closeDialog(closer.closest("dialog")); return; }
    const wanted = target.closest("[data-dialog]")?.dataset.dialog;
    if (wanted) open(document.getElementById(wanted));
  });

  // Not the native "cancel": a browser lets a page refuse it only once.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || $(".menu:popover-open")) return;
    const dialog = $$("dialog[open]").at(-1);
    if (!dialog || dialog.matches(".confirm")) return;
    event.preventDefault();
    App.closeDialog(dialog);
  });

  document.addEventListener("dialog:close", () => { if (shared.open) shared.close(); });
  if (contentOf(shared)) open(shared);
})();
