// Browser habits. Back closes an open dialog and the list behind it is as it was; a click with Ctrl or Shift and the
// middle button open a tab; what is the same as before is neither asked for nor put into the history again.
// Needs: dialogs (later).
(() => {
  "use strict";
  const { $, $$ } = App;
  const shared = $("#dialog");
  // What fills the dialog: its address, and whether a hand asked for it.
  let asked = null;
  // The state an entry of the history keeps although htmx writes its own there.
  let kept, leaving = false, inDialog = false, goingBack = false, wanted = "";
  const here = () => location.pathname + location.search;
  const isDialogEntry = () => Boolean(history.state?.dialog);

  // A page read anew on the entry of a dialog is a page of its own; what lies before it is not in this document.
  const isReread = isDialogEntry();
  if (isReread) history.replaceState(null, "");

  const push = (path, url) => { history.pushState({ dialog: path || "-" }, "", url); inDialog = true; };

  App.enterDialog = (dialog) => {
    const byHand = dialog !== shared || asked?.isByHand !== false;
    if (byHand && !isDialogEntry()) push(dialog === shared ? asked?.path : "", wanted || location.href);
    wanted = "";
  };
  // True when the entry of the dialog is left by itself.
  App.leaveDialog = () => {
    if (goingBack || !isDialogEntry()) return false;
    inDialog = false;
    leaving = true;
    history.back();
    return true;
  };
  App.reopen = (url, event) => { wanted = url; return htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML", event }); };

  addEventListener("popstate", (event) => {
    const dialog = $$("dialog[open]:not(.confirm)").at(-1);
    if (leaving) {
      event.stopImmediatePropagation();
      leaving = false;
      // Another dialog was faster than the way back.
      if (dialog) push(asked?.path, location.href);
    } else if (event.state?.dialog) {
      event.stopImmediatePropagation();
      inDialog = true;
      if (event.state.dialog !== "-") htmx.ajax("GET", event.state.dialog, { target: "#dialog", swap: "innerHTML" });
    } else if (inDialog) {
      event.stopImmediatePropagation();
      inDialog = false;
      goingBack = true;
      // "close" comes later, when the entry is the list's again.
      dialog?.addEventListener("close", () => { goingBack = false; }, { once: true });
      if (dialog) App.closeDialog(dialog);
      else goingBack = false;
    } else if (isReread) {
      location.reload();
    }
  });

  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.target !== shared || detail.requestConfig.verb !== "get") return;
    asked = { path: detail.pathInfo.finalRequestPath ?? detail.pathInfo.requestPath, isByHand: !App.isOwnRequest(detail.requestConfig) };
  });

  // htmx writes an address and a state of its own; here is decided which.
  document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => {
    const change = detail.history;
    const isError = detail.xhr.status >= 400;
    if (isError || change.path === here()) {
      // An address belongs in the history only when its page was shown, and only once.
      if (detail.target === shared && !isError && !shared.open && asked?.isByHand) push(change.path, change.path);
      kept = { state: history.state };
      Object.assign(change, { type: "replace", path: here() });
      return;
    }
    if (detail.target !== shared) return;
    if (!shared.open && asked?.isByHand) push(change.path, change.path);
    kept = { state: isDialogEntry() ? { dialog: change.path } : history.state };
    change.type = "replace";
  });
  document.addEventListener("htmx:replacedInHistory", () => {
    if (kept) history.replaceState(kept.state, "");
    kept = undefined;
  });

  // htmx would follow such a link here; stopped before it hears, the browser does what the person asked for.
  document.addEventListener("click", (event) => {
    if ((event.ctrlKey || event.metaKey || event.shiftKey) && event.target.closest?.("a[href]")) event.stopImmediatePropagation();
  }, true);

  // Leaving a search tells of a change that was searched for while typing.
  const searched = new WeakMap();
  const isSearch = (field) => field.matches?.("form[hx-get] input[type=search]");
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.elt.tagName !== "FORM") return;
    for (const field of $$("input[type=search]", detail.elt)) searched.set(field, field.value);
  });
  document.addEventListener("change", (event) => {
    const field = event.target;
    if (isSearch(field) && field.value === (searched.get(field) ?? field.defaultValue)) event.stopPropagation();
  }, true);

  // A request that a newer one replaces is no error; htmx writes it to the console as two.
  document.addEventListener("htmx:beforeSend", ({ detail: { xhr } }) => {
    const aborted = xhr.onabort;
    xhr.onabort = (event) => {
      const { error } = console;
      console.error = () => {};
      try { aborted?.call(xhr, event); } finally { console.error = error; }
    };
  });
})();
