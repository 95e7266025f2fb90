// An order that is read and changed in one place: form[data-edit] shows «Сохранить» when something differs from what
// the server said (input was_NAME), sends only that, and steps aside for what others have changed.
// Needs: tabs.
(() => {
  "use strict";
  const { $, $$ } = App;
  const plain = (text) => text.replace(/\r\n?/g, "\n").trim();

  // Names of the fields whose value is not what was shown.
  const changed = (form) => {
    const data = new FormData(form);
    return $$("input[type=hidden][name^=was_]", form)
      .map((was) => [was.name.slice(4), was.value])
      .filter(([name, was]) => data.has(name) && plain(data.get(name)) !== plain(was))
      .map(([name]) => name);
  };

  const look = (form) => {
    const isChanged = changed(form).length > 0 || Boolean($(".conflict", form));
    const save = $("[data-save]", form), step = $("[data-next-step]", form);
    save.hidden = !isChanged;
    if (step) step.classList.toggle("btn--primary", !isChanged);
    if (step) step.classList.toggle("btn--soft", isChanged);
  };

  const onInput = (event) => { const form = event.target.form; if (form?.matches("[data-edit]")) look(form); };
  document.addEventListener("input", onInput);
  document.addEventListener("change", onInput);

  // What nobody has touched is not sent: less to merge, and less to read in a log of a proxy.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const form = detail.elt.closest?.("form[data-edit]");
    if (!form || detail.verb !== "post" || detail.path.includes("/draft/")) return;
    const touched = new Set(changed(form));
    for (const was of $$("input[type=hidden][name^=was_]", form)) {
      const name = was.name.slice(4);
      // Which of two values stays is always said.
      if (touched.has(name) || was.closest(".conflict")) continue;
      detail.parameters.delete(name);
      detail.parameters.delete(was.name);
    }
  });

  const showTab = (id) => { const tab = document.getElementById(id); if (tab) App.selectTab(tab); };

  document.addEventListener("click", (event) => {
    const unfold = event.target.closest("[data-unfold]");
    if (unfold) {
      unfold.closest(":popover-open")?.hidePopover();
      showTab("order-tab-description");
      const step = document.getElementById(unfold.dataset.unfold);
      if (step) { step.open = true; $("input, select, summary", step).focus(); }
      return;
    }
    const link = event.target.closest("a[data-tab]");
    if (link && !event.ctrlKey && !event.metaKey && !event.shiftKey) { event.preventDefault(); showTab(link.dataset.tab); return; }
    if (event.target.closest("[data-reread]")) reread();
  });

  // The tab that is open is told to the server, which then answers with the same one.
  document.addEventListener("tab:show", (event) => {
    const form = $("#order-form"), tab = event.target.getAttribute("href");
    if (!form || !tab || !event.target.id.startsWith("order-tab-")) return;
    form.elements.tab.value = event.target.id.replace("order-tab-", "");
    form.elements.again.value = tab;
    for (const step of $$("a[data-prev], a[data-next]", form.closest(".dialog"))) {
      const url = new URL(step.href);
      url.searchParams.set("tab", form.elements.tab.value);
      step.setAttribute("href", url.pathname + url.search);
      if (step.hasAttribute("hx-get")) { step.setAttribute("hx-get", url.pathname + url.search); htmx.process(step); }
    }
  });

  // What is typed is a draft by then, so that reading the order anew brings it back.
  const reread = () => {
    const form = $("#order-form"), url = form.elements.again.value;
    if (form.closest("dialog")) htmx.ajax("GET", url, { target: "#dialog", swap: "innerHTML" });
    else location.assign(url);
  };

  const isUntouched = (form) => !changed(form).length && !form.contains(document.activeElement) && !$("details[open]", form);
  const onNews = (event) => {
    const article = $("[data-order]"), form = $("#order-form");
    if (!article || !form) return;
    const { ids } = event.detail;
    if (event.type === "live:orders" && ids.length && !ids.map(String).includes(article.dataset.order)) return;
    htmx.trigger("#order-news", "order:changed");
  };
  for (const topic of ["orders", "resync"]) document.body.addEventListener(`live:${topic}`, onNews);
  // Who only looks sees the change at once; who works in it is told.
  document.addEventListener("htmx:afterSwap", (event) => {
    const form = $("#order-form");
    if (event.target.id === "order-news" && form && $("[data-reread]", event.target) && isUntouched(form)) reread();
  });

  // The tab of the documents counts what its panels show, own uploads and those of others.
  document.addEventListener("htmx:afterSettle", ({ target }) => {
    const panels = target.closest?.("#order-documents"), count = $("#order-tab-documents .count");
    if (panels && count) count.textContent = $$(".file", panels).length;
  });

  const appear = (root) => { for (const form of [...(root.matches?.("form[data-edit]") ? [root] : []), ...$$("form[data-edit]", root)]) look(form); };
  document.addEventListener("htmx:load", (event) => appear(event.detail.elt ?? event.target));
  appear(document);
})();
