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
  // The browser gives the focus back to the opener, unless that is gone, and says "close" with its next frame only: a
  // key pressed before that would be nobody's.
  const shut = (dialog, trail, answer) => {
    dialog.close(answer);
    App.keepFocus(trail);
  };
  // What only visits a dialog: it moves in with the rest of the page out of reach, and out again.
  const GUESTS = "#toasts, #player, [data-guest]";
  const contentOf = (dialog) => $(`:scope > :not(${GUESTS})`, dialog);
  const fill = (dialog, nodes) => {
    for (const node of [...dialog.childNodes]) if (!node.matches?.(GUESTS)) node.remove();
    const head = $(":scope > [data-guest]", dialog);
    if (head) head.after(...nodes); else dialog.prepend(...nodes);
  };
  // A swap changes what the dialog is about and leaves its guests alone.
  htmx.defineExtension("guests", {
    handleSwap: (style, target, fragment) => {
      if (style !== "innerHTML" || target !== shared) return false;
      const nodes = [...fragment.childNodes];
      fill(shared, nodes);
      return nodes;
    },
  });

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
    return { text: "", run: () => fill(shared, content) };
  };

  const offer = (back) => {
    if (back) App.toast({ kind: "info", title: "Не сохранено", text: back.text, act: { verb: "Вернуться", run: back.run } });
  };

  App.closeDialog = (dialog) => {
    const back = dialog === shared && wayBack();
    shut(dialog, opener);
    offer(back);
  };
  // A guest that fills the dialog with something else, a new call's order for example, takes nothing away either.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target === shared && shared.open && detail.requestConfig.elt.closest?.("[data-guest]")) offer(wayBack());
  });

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
      if (event.target.closest("[data-yes]")) shut(dialog, before, "yes");
      else if (event.target === dialog || event.target.closest("[data-no]")) shut(dialog, before);
    });
    dialog.addEventListener("close", () => {
      dialog.remove();
      App.keepFocus(before);
      resolve(dialog.returnValue === "yes");
    });
    dialog.showModal();
    App.placeToasts();
  });

  // A guest that moves in or out is no content: leaving a closed dialog it would open it again, and the second closing
  // would go back a page too far.
  const isContent = (node) => node.nodeType === 1 && !node.matches(GUESTS);
  new MutationObserver((records) => {
    if (records.some((record) => [...record.addedNodes].some(isContent)) && contentOf(shared)) open(shared);
    else if (shared.open && !contentOf(shared)) shut(shared, opener);
  }).observe(shared, { childList: true });

  shared.addEventListener("close", () => {
    const url = $("[data-close-url]", shared)?.dataset.closeUrl;
    if (!App.leaveDialog() && url) history.replaceState(history.state, "", url);
    shared.replaceChildren();
  });
  document.addEventListener("close", (event) => { if (event.target.matches("dialog:not(.confirm, #dialog)")) App.leaveDialog(); }, true);
  // Closed by the browser itself. "close" does not bubble.
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

  document.addEventListener("dialog:close", () => { if (shared.open) shut(shared, opener); });
  if (contentOf(shared)) open(shared);
})();
