// Small help in forms: show a password, copy a value, ask before what cannot be undone, keep the focus.
// Needs: toasts, dialogs.
(() => {
  "use strict";
  const { $, $$ } = App;

  const reveal = (button) => {
    const field = document.getElementById(button.dataset.reveal), isHidden = field.type === "password";
    field.type = isHidden ? "text" : "password";
    button.setAttribute("aria-pressed", String(isHidden));
    const mark = $("use", button);
    mark?.setAttribute("href", mark.getAttribute("href").replace(/#.*/, isHidden ? "#eye-off" : "#eye"));
  };

  const copy = async (button) => {
    const mark = $("use", button), was = mark?.getAttribute("href");
    try {
      await navigator.clipboard.writeText(button.dataset.copy);
    } catch {
      App.toast({ kind: "warn", title: "Не удалось скопировать.", text: button.dataset.copy });
      return;
    }
    mark?.setAttribute("href", was.replace(/#.*/, "#check"));
    App.toast({ kind: "ok", title: "Скопировано", text: button.dataset.copy });
    setTimeout(() => mark?.setAttribute("href", was), 1500);
  };

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-reveal], [data-copy], [data-print]");
    if (button?.matches("[data-print]")) window.print();
    else if (button?.dataset.reveal) reveal(button);
    else if (button) copy(button);
  });

  const questionOf = (element) => {
    const asked = element?.closest?.("[data-confirm]");
    if (!asked) return null;
    const { confirm: title, confirmText: text, confirmVerb: verb = "Подтвердить", confirmKind: kind, confirmUnless: unless } = asked.dataset;
    // What the question is about is answered in the same form.
    if (unless && asked.form?.elements[unless]?.value) return null;
    return { title, text, verb, isDanger: kind !== "plain" };
  };
  document.addEventListener("htmx:confirm", async (event) => {
    const question = questionOf(event.detail.triggeringEvent?.submitter ?? event.detail.elt) ?? questionOf(event.detail.elt);
    if (!question) return;
    event.preventDefault();
    if (!await App.confirm(question)) return;
    // htmx forgets the pressed button when the question takes the focus: what it stands for is said again.
    const { elt, triggeringEvent } = event.detail, pressed = triggeringEvent?.submitter;
    if (pressed?.name) {
      elt.addEventListener("htmx:configRequest", ({ detail }) => detail.formData.set(pressed.name, pressed.value), { once: true });
    }
    event.detail.issueRequest(true);
  });
  // The same question for a plain form without htmx.
  document.addEventListener("submit", async (event) => {
    const form = event.target, isHtmx = ["post", "put", "patch", "delete", "get"].some((verb) => form.hasAttribute(`hx-${verb}`));
    const question = !isHtmx && !event.defaultPrevented && (questionOf(event.submitter) ?? questionOf(form));
    if (!question || form.dataset.isConfirmed) return;
    event.preventDefault();
    const submitter = event.submitter;
    if (!await App.confirm(question)) return;
    form.dataset.isConfirmed = "true";
    form.requestSubmit(submitter);
    delete form.dataset.isConfirmed;
  });

  // The focus after a swap: the first bad field, or the field that asks for it; else focus.js keeps what there was.
  document.addEventListener("htmx:afterSettle", (event) => {
    const target = event.detail.elt?.isConnected ? event.detail.elt : event.target;
    if (target.closest?.("#toasts, #incoming, #call-strip, [data-live-list]") || target.id === "nav-missed") return;
    const invalid = $("[aria-invalid=true]", target);
    if (invalid && event.detail.xhr?.status === 422) { invalid.focus(); return; }
    if (document.activeElement !== document.body && document.activeElement?.isConnected) return;
    $("[autofocus]", target)?.focus({ preventScroll: true });
  });

  // An address names only what is filtered by.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    if (detail.verb !== "get" || detail.elt.tagName !== "FORM") return;
    for (const name of new Set([...detail.parameters.keys()])) {
      const filled = detail.parameters.getAll(name).filter((value) => value !== "");
      detail.parameters.delete(name);
      for (const value of filled) detail.parameters.append(name, value);
    }
  });

  // What was found in a chat goes into the field of the order it is meant for.
  document.addEventListener("click", ({ target }) => {
    const fill = target.closest("[data-fill]");
    if (!fill) return;
    const field = document.getElementById(fill.dataset.fill);
    field.value = fill.dataset.value;
    for (const name of ["input", "change"]) field.dispatchEvent(new Event(name, { bubbles: true }));
    field.focus();
  });

  // A page that came with errors.
  $("[aria-invalid=true]")?.focus();

  // Filters answer at once; a button for those without scripts would only be in the way.
  const hideNeedless = (root) => {
    for (const button of $$("[data-no-script]", root)) button.hidden = true;
  };
  hideNeedless(document);
  document.addEventListener("htmx:load", (event) => hideNeedless(event.detail.elt ?? document));
})();
