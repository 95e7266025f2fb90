// Notices in the corner. The server sends the event "toast" {kind, title, text} by HX-Trigger,
// or a .toast fragment with an error status (htmx-config appends it to #toasts).
(() => {
  "use strict";
  const { $, $$ } = App;
  const layer = $("#toasts");
  const ICONS = { ok: "circle-check", info: "info-circle", warn: "alert-triangle", bad: "alert-circle" };
  const LOST = { kind: "bad", title: "Нет связи с сервером.", text: "Введённое сохранено на этой странице, повторите." };

  // What offers a way back stays long enough to be reached, and as long as somebody is at it.
  const leave = (toast, after = toast.querySelector(".toast__act") ? 12_000 : 5000) => {
    if (toast.classList.contains("toast--bad")) return;
    setTimeout(() => { if (toast.matches(":hover, :focus-within")) leave(toast, 2000); else toast.remove(); }, after);
  };

  // «Отменить» of the server: a write like any other, which answers with a word of its own.
  const undoing = ({ url, fields }) => ({
    verb: "Отменить",
    run: (event) => htmx.ajax("POST", url, { values: fields, target: "#toasts", swap: "none", event }),
  });

  // act: {verb, run}, a button that does something about it; undo: {url, fields}, what the server offers.
  App.toast = ({ kind = "ok", title, text = "", undo, opens, act = undo && undoing(undo) }) => {
    const toast = $("#toast-template").content.firstElementChild.cloneNode(true);
    const mark = $("use", toast);
    toast.className = `toast toast--${kind}`;
    mark.setAttribute("href", `${mark.getAttribute("href").split("#")[0]}#${ICONS[kind] ?? ICONS.info}`);
    $(".toast__title", toast).textContent = title;
    $(".toast__text", toast).textContent = text;
    if (act) {
      const button = document.createElement("button");
      Object.assign(button, { type: "button", className: "btn btn--sm toast__act", textContent: act.verb });
      button.addEventListener("click", (event) => { toast.remove(); act.run(event); });
      $("[data-dismiss]", toast).before(button);
    }
    if (opens) {
      const link = document.createElement("a");
      Object.assign(link, { href: opens, className: "btn btn--sm toast__act", textContent: "Открыть" });
      for (const [name, value] of [["hx-get", opens], ["hx-target", "#dialog"], ["hx-swap", "innerHTML"]]) link.setAttribute(name, value);
      $("[data-dismiss]", toast).before(link);
      htmx.process(link);
    }
    // The same trouble said twice is noise.
    $$(".toast", layer).filter((other) => other.textContent === toast.textContent).forEach((other) => other.remove());
    App.placeToasts();
    layer.append(toast);
  };

  // Above whichever footer stands where they would: a pager, the buttons of a form, the player, the bar of a phone.
  const FEET = ".pager, .modal__foot, .player-dock, .bottom-nav, .fab", GAP = 8;
  const settle = () => {
    layer.style.bottom = "";
    const root = layer.closest("dialog") ?? document;
    const feet = $$(FEET, root).map((foot) => foot.getBoundingClientRect()).filter((foot) => foot.height > 0);
    // One may stand above another.
    for (let tries = feet.length; tries > 0; tries -= 1) {
      const own = layer.getBoundingClientRect();
      const under = feet.find((foot) => foot.left < own.right && foot.right > own.left && foot.top < own.bottom + GAP && foot.bottom > own.top);
      if (!under) return;
      layer.style.bottom = `${Math.round(innerHeight - under.top + GAP)}px`;
    }
  };
  addEventListener("resize", settle);
  document.addEventListener("scroll", () => { if (layer.childElementCount) settle(); }, { capture: true, passive: true });

  new MutationObserver((records) => {
    settle();
    for (const record of records) for (const node of record.addedNodes) if (node.matches?.(".toast")) leave(node);
  }).observe(layer, { childList: true });
  // What the server said with the page (web/flash.rs) is said once.
  $$(".toast", layer).forEach((toast) => leave(toast));
  if (layer.childElementCount) document.cookie = "said=; Max-Age=0; Path=/; SameSite=Lax";
  settle();

  // A modal dialog makes the rest of the page inert, notices too: they move into the topmost one,
  // and out of the way of a swap that would wipe them with its content.
  App.placeToasts = () => {
    const top = $$("dialog[open]").at(-1) ?? document.body;
    if (layer.parentElement !== top) top.append(layer);
    settle();
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
    const isSaid = /class="[^"]*\btoast\b/.test(xhr.responseText) || /"toast"/.test(xhr.getResponseHeader("HX-Trigger") ?? "");
    if (!isOwn(detail) && !isSaid) {
      App.toast({ kind: "bad", title: `Сервер не смог ответить (${xhr.status}).`, text: "Введённое сохранено на этой странице, повторите." });
    }
  });
  document.addEventListener("click", (event) => event.target.closest("[data-dismiss]")?.closest(".toast, .callout")?.remove());
})();
