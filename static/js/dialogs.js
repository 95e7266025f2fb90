// Dialogs. A fragment swapped into <dialog id="dialog"> opens it, an empty one closes it. Closing offers the way back
// to what was typed, puts back the address of the list and the focus of the opener.
// Needs: focus, toasts, history, draft (later).
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
    App.enterDialog(dialog);
    App.placeToasts();
  };
  App.openDialog = open;
  // What only visits a dialog: it moves in with the rest of the page out of reach, and out again.
  const GUESTS = "#toasts, #player, [data-guest]";
  const contentOf = (dialog) => $(`:scope > :not(${GUESTS})`, dialog);

  // Nothing typed is lost by closing, and nobody is asked: a draft is kept on the server, another form for as long as
  // the notice stands.
  const wayBack = () => {
    const drafted = $$("form[data-draft]", shared).find(App.hasTyped);
    if (drafted) {
      const url = drafted.elements.again?.value || location.pathname;
      App.keepDraft(drafted);
      return { text: "Введённое хранится в черновике.", run: (event) => App.reopen(url, event) };
    }
    if (!$$("form:not([data-draft])", shared).some(App.isDirty)) return null;
    const content = [...shared.childNodes].filter((node) => !node.matches?.(GUESTS));
    return { text: "", run: () => { shared.prepend(...content); } };
  };

  App.closeDialog = (dialog) => {
    const back = dialog === shared && wayBack();
    dialog.close();
    if (back) App.toast({ kind: "info", title: "Не сохранено", text: back.text, act: { verb: "Вернуться", run: back.run } });
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
    if (!App.leaveDialog() && url) history.replaceState(history.state, "", url);
    shared.replaceChildren();
  });
  document.addEventListener("close", (event) => { if (event.target.matches("dialog:not(.confirm, #dialog)")) App.leaveDialog(); }, true);
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
