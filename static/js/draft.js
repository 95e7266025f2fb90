// Drafts: form[data-draft="KEY"] is kept on the server while it is being filled in, and in this
// browser while the server cannot be reached or the session has ended.
(() => {
  "use strict";
  const { $$, post } = App;
  const PAUSE = 400, RETRY_FROM = 1000, RETRY_TO = 30_000;
  const drafts = new WeakMap();
  const active = new Set();

  const storeKey = (key) => `draft:${key}`;
  const keep = (key, body) => { try { sessionStorage.setItem(storeKey(key), body); } catch { /* full or forbidden: the server's copy remains */ } };
  const kept = (key) => { try { return sessionStorage.getItem(storeKey(key)); } catch { return null; } };
  const drop = (key) => { try { sessionStorage.removeItem(storeKey(key)); } catch { /* nothing to drop */ } };

  const say = (draft, words) => { for (const place of $$("[data-draft-state]", draft.form.closest(".dialog") ?? draft.form)) place.textContent = words; };
  const url = (draft) => `/orders/draft/${encodeURIComponent(draft.key)}`;

  // This form was saved meanwhile. When it is still there, another tab has done it: what is typed here since then is
  // the draft of a form of its own.
  const renew = (form) => {
    if (!form.isConnected) return;
    form.elements.request_key.value = [...crypto.getRandomValues(new Uint32Array(4))].join("-");
    changed(form);
  };

  const send = async (draft) => {
    if (draft.isSending) { draft.isAgain = true; return; }
    draft.isSending = true;
    draft.isAgain = false;
    const body = draft.body;
    draft.abort = new AbortController();
    say(draft, "Черновик сохраняется…");
    try {
      const answer = await post(url(draft), new URLSearchParams(body), { signal: draft.abort.signal, redirect: "manual" });
      if (answer.status === 401 || answer.type === "opaqueredirect") { keep(draft.key, body); App.toLogin(); return; }
      if (answer.status === 410) { renew(draft.form); return; }
      if (!answer.ok) throw new Error(String(answer.status));
      draft.delay = RETRY_FROM;
      draft.saved = body;
      if (draft.body === body) { draft.isPending = false; drop(draft.key); }
      say(draft, "Черновик сохранён");
    } catch (error) {
      if (error.name === "AbortError") return;
      keep(draft.key, draft.body);
      say(draft, "Нет связи: черновик хранится в этом браузере");
      draft.timer = setTimeout(() => send(draft), draft.delay * (0.75 + Math.random() / 2));
      draft.delay = Math.min(RETRY_TO, draft.delay * 2);
    } finally {
      draft.isSending = false;
      if (draft.isAgain) send(draft);
    }
  };

  const draftOf = (form) => {
    const key = form.dataset.draft;
    const known = drafts.get(form);
    if (known?.key === key) return known;
    const draft = { form, key, body: "", saved: null, timer: 0, delay: RETRY_FROM, isPending: false, isSending: false, isAgain: false };
    drafts.set(form, draft);
    return draft;
  };

  const changed = (form) => {
    const draft = draftOf(form);
    // Taken now, not when the timer fires: the dialog may be closed by then.
    const body = App.fields(form).toString();
    // A field that loses the focus reports a change that was saved while typing.
    if (body === draft.saved && !draft.isPending) return;
    draft.body = body;
    draft.isPending = true;
    active.add(draft);
    clearTimeout(draft.timer);
    draft.timer = setTimeout(() => send(draft), PAUSE);
  };

  const forget = (form) => {
    const draft = draftOf(form);
    clearTimeout(draft.timer);
    draft.isPending = draft.isAgain = false;
    // A save that arrives after the order was created would bring the draft back.
    draft.abort?.abort();
    return draft;
  };

  const restore = (form) => {
    const body = kept(form.dataset.draft);
    if (body === null) return;
    const values = new URLSearchParams(body);
    for (const field of form.elements) {
      if (!field.name || field.type === "hidden" && !field.hasAttribute("data-kept")) continue;
      const all = values.getAll(field.name);
      if (field.type === "checkbox") field.checked = all.includes(field.value);
      // Of choices that were not there when this was kept, the one the server has made stays.
      else if (field.type === "radio") field.checked ||= all.includes(field.value);
      else if (field.multiple) for (const option of field.options) option.selected = all.includes(option.value);
      else if (all.length) field.value = all[0];
      field.dispatchEvent(new Event("input", { bubbles: true }));
    }
    changed(form);
  };

  // Whoever lists what is being changed marks it.
  const tellLists = () => document.body.dispatchEvent(new CustomEvent("live:orders", { detail: { ids: [] } }));

  // Something was typed that is not saved.
  App.hasTyped = (form) => {
    const save = form.querySelector("[data-save]");
    return save ? !save.hidden : Boolean(drafts.get(form)?.body);
  };
  // The form goes away: what was typed last is sent at once, and kept here until it has arrived.
  App.keepDraft = async (form) => {
    const draft = draftOf(form);
    clearTimeout(draft.timer);
    if (draft.isPending) { keep(draft.key, draft.body); await send(draft); }
    tellLists();
  };

  const onInput = (event) => { const form = event.target.form; if (form?.dataset.draft) changed(form); };
  document.addEventListener("input", onInput);
  document.addEventListener("change", onInput);
  document.addEventListener("submit", (event) => { if (event.target.dataset.draft) forget(event.target); });
  document.addEventListener("htmx:afterRequest", ({ detail }) => {
    const form = detail.elt.closest?.("form[data-draft]") ?? detail.elt.form;
    if (!form?.dataset?.draft || detail.requestConfig.verb !== "post") return;
    // What holds a slot or reads the form aloud does not send it.
    if (detail.elt !== form && !detail.elt.hasAttribute("formaction")) return;
    if (detail.successful) { active.delete(forget(form)); drop(form.dataset.draft); tellLists(); }
    else if (form.isConnected) changed(form);
  });
  // The answer shows what was typed just now; what this browser kept from earlier must not be put over it.
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    const { elt, verb } = detail.requestConfig, { status } = detail.xhr;
    if (elt.dataset?.draft && verb === "post" && status < 500 && status !== 401) drop(elt.dataset.draft);
  });
  document.addEventListener("htmx:beforeRequest", ({ detail }) => {
    if (detail.elt.dataset?.draft && detail.requestConfig.verb === "post") forget(detail.elt);
  });
  addEventListener("pagehide", () => {
    for (const draft of active) {
      if (!draft.isPending) continue;
      keep(draft.key, draft.body);
      post(url(draft), new URLSearchParams(draft.body), { keepalive: true }).catch(() => {});
    }
  });

  const appear = (root) => {
    for (const form of [...(root.matches?.("form[data-draft]") ? [root] : []), ...$$("form[data-draft]", root)]) if (!drafts.has(form)) { draftOf(form); restore(form); }
  };
  document.addEventListener("htmx:load", (event) => appear(event.detail.elt ?? event.target));
  appear(document);
})();
