// Notices in the corner. The server sends the event "toast" {kind, title, text} by HX-Trigger,
// or a .toast fragment with an error status (htmx-config appends it to #toasts).
(() => {
  "use strict";
  const { $, $$ } = App;
  const layer = $("#toasts");
  const ICONS = { ok: "circle-check", info: "info-circle", warn: "alert-triangle", bad: "alert-circle" };
  const LOST = { kind: "bad", title: "Нет связи с сервером.", text: "Введённое сохранено на этой странице, повторите." };

  const leave = (toast) => { if (!toast.classList.contains("toast--bad")) setTimeout(() => toast.remove(), 5000); };

  App.toast = ({ kind = "ok", title, text = "" }) => {
    const toast = $("#toast-template").content.firstElementChild.cloneNode(true);
    const mark = $("use", toast);
    toast.className = `toast toast--${kind}`;
    mark.setAttribute("href", `${mark.getAttribute("href").split("#")[0]}#${ICONS[kind] ?? ICONS.info}`);
    $(".toast__title", toast).textContent = title;
    $(".toast__text", toast).textContent = text;
    // The same trouble said twice is noise.
    $$(".toast", layer).filter((other) => other.textContent === toast.textContent).forEach((other) => other.remove());
    App.placeToasts();
    layer.append(toast);
  };

  new MutationObserver((records) => {
    for (const record of records) for (const node of record.addedNodes) if (node.matches?.(".toast")) leave(node);
  }).observe(layer, { childList: true });
  $$(".toast", layer).forEach(leave);

  // A modal dialog makes the rest of the page inert, notices too: they move into the topmost one,
  // and out of the way of a swap that would wipe them with its content.
  App.placeToasts = () => {
    const top = $$("dialog[open]").at(-1) ?? document.body;
    if (layer.parentElement !== top) top.append(layer);
  };
  document.addEventListener("htmx:beforeSwap", () => { if (layer.closest("dialog")) document.body.append(layer); });
  document.addEventListener("htmx:afterSwap", App.placeToasts);
  document.addEventListener("close", App.placeToasts, true);

  document.addEventListener("toast", (event) => App.toast(event.detail));
  // What the page asks for by itself fails silently: the banner of the live stream speaks for it.
  const isOwn = ({ requestConfig }) => App.isOwnRequest(requestConfig);
  const onLost = ({ detail }) => { if (!isOwn(detail)) App.toast(LOST); };
  document.addEventListener("htmx:sendError", onLost);
  document.addEventListener("htmx:timeout", onLost);
  document.addEventListener("htmx:beforeSwap", ({ detail }) => { if (detail.isError && isOwn(detail)) detail.shouldSwap = false; });
  document.addEventListener("htmx:responseError", ({ detail }) => {
    const { xhr } = detail;
    // A proxy's own error page has no .toast to show, yet silence would look like success.
    if (!isOwn(detail) && !/class="[^"]*\btoast\b/.test(xhr.responseText)) {
      App.toast({ kind: "bad", title: `Сервер не смог ответить (${xhr.status}).`, text: "Введённое сохранено на этой странице, повторите." });
    }
  });
  // An address belongs in the history only when its page was shown.
  document.addEventListener("htmx:beforeHistoryUpdate", ({ detail }) => { if (detail.xhr.status >= 400) detail.history.type = null; });
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast, .callout")?.remove());
})();
