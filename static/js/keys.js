// Keys of the workplace. By event.code, so that the Russian layout works; off while typing and when
// the person switched them off (WCAG 2.1.4).
// Needs: focus, strip, dialogs, tabs, table, lists.
(() => {
  "use strict";
  const { $, $$, isTyping } = App;
  const GO = { KeyT: "/telephony", KeyM: "/messages", KeyO: "/orders", KeyA: "/admin" };
  let prefixAt = 0;

  const click = (selector, root = document) => {
    const found = $$(selector, root).find((element) => element.offsetParent || element.getClientRects().length);
    found?.click();
    return Boolean(found);
  };

  const saveForm = (event) => {
    const form = event.target.closest?.("form:not([data-guest] form)")
      ?? $("dialog[open] form[data-draft]") ?? $("dialog[open] form:not([data-guest] form)");
    if (!form || form.method === "get") return false;
    form.requestSubmit($("[type=submit]:not([name])", form) ?? undefined);
    return true;
  };

  // Enter in a one-line field of an order goes on to the next one: half a form is not sent by a habit.
  const ONE_LINE = "input:not([type=submit], [type=button], [type=file], [type=search])";
  const goOn = (event) => {
    const field = event.target, { form } = field;
    if (event.isComposing || !field.matches?.(ONE_LINE) || !form?.matches("[data-draft]")) return false;
    const group = (other) => (other.type === "radio" ? other.name : other);
    const stops = [...form.elements].filter((other) => other.matches("input:not([type=hidden]), select, textarea, [type=submit]:not([name])")
      && !other.disabled && other.tabIndex >= 0 && other.getClientRects().length > 0);
    const at = stops.indexOf(field);
    const next = stops.slice(at + 1).find((other) => group(other) !== group(field));
    const chosen = next?.type === "radio" && stops.find((other) => other.name === next.name && other.checked);
    (chosen || next)?.focus();
    return true;
  };

  const single = (event, dialog) => {
    // In the Russian layout Shift with this key is a comma, yet the cap still says "?".
    if (event.key === "?" || (event.code === "Slash" && event.shiftKey)) {
      if (!dialog) App.openDialog($("#keys"));
      return true;
    }
    const digit = /^(?:Digit|Numpad)([1-9])$/.exec(event.code)?.[1];
    if (digit) {
      const choice = `[data-digits] [data-digit="${digit}"]`;
      // In a narrow strip the results stand in a menu; their digits work all the same.
      const inStrip = $(`#call-strip ${choice}`);
      if (click(choice, dialog ?? document)) return true;
      if (!inStrip?.closest("#strip-line")?.getClientRects().length) return false;
      inStrip.click();
      return true;
    }
    if (dialog) {
      if (event.code === "KeyN") return click("[data-guest] [data-new]", dialog);
      const inDialog = { KeyJ: "[data-next]", KeyK: "[data-prev]", BracketRight: "[data-next]", BracketLeft: "[data-prev]" }[event.code];
      return Boolean(inDialog) && click(inDialog, dialog);
    }
    if (Date.now() - prefixAt < 1200 && GO[event.code]) {
      prefixAt = 0;
      // Only where the menu leads: an operator has no administration.
      return click(`.nav a[href="${GO[event.code]}"], .bottom-nav a[href="${GO[event.code]}"]`);
    }
    prefixAt = event.code === "KeyG" ? Date.now() : 0;
    switch (event.code) {
      case "Slash": { const field = $("[data-search]"); field?.focus(); field?.select?.(); return Boolean(field); }
      case "KeyN": return click("[data-new]");
      case "BracketRight": return click("[data-next]");
      case "BracketLeft": return click("[data-prev]");
      case "KeyJ": if (!click("[data-next]")) App.stepRow(1); return true;
      case "KeyK": if (!click("[data-prev]")) App.stepRow(-1); return true;
      case "KeyS": { const row = document.activeElement.closest("tr[data-href]"); return Boolean(row) && click("[data-status-menu]", row); }
      case "KeyC": { const row = document.activeElement.closest("tr[data-href]"); return Boolean(row) && click(".dial", row); }
      case "KeyR": return App.showPendingRows();
      default: return false;
    }
  };

  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat && !["KeyJ", "KeyK"].includes(event.code)) return;
    if ((event.ctrlKey || event.metaKey) && event.key === "Enter") { if (saveForm(event)) event.preventDefault(); return; }
    if (event.key === "Enter" && !event.shiftKey && !event.altKey && goOn(event)) { event.preventDefault(); return; }
    if (document.documentElement.dataset.keys === "off") return;
    const dialog = $$("dialog[open]").at(-1);
    if (event.altKey && !event.ctrlKey && event.code === "KeyC") { if (App.toggleCard()) event.preventDefault(); return; }
    if (event.altKey && !event.ctrlKey && /^Digit[1-9]$/.test(event.code)) {
      const tab = $$("[role=tab]", dialog ?? document)[Number(event.code.slice(5)) - 1];
      if (tab) { event.preventDefault(); App.selectTab(tab); }
      return;
    }
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (isTyping(event.target)) {
      if (event.key === "Escape" && !dialog) App.leaveField(event.target);
      return;
    }
    if (single(event, dialog)) event.preventDefault();
  });
})();
