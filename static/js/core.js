// Shared by the modules: look-ups, dirty forms, posting, words. No module touches another's elements.
(() => {
  "use strict";
  const $ = (selector, root = document) => root.querySelector(selector);
  const $$ = (selector, root = document) => [...root.querySelectorAll(selector)];

  // A field differs from what the server rendered. Hidden fields and searches are not the person's work.
  const isChanged = (field) => {
    if (!field.name || field.disabled || ["hidden", "search", "submit", "button"].includes(field.type)) return false;
    if (field.type === "checkbox" || field.type === "radio") return field.checked !== field.defaultChecked;
    if (field.tagName !== "SELECT") return field.value !== field.defaultValue;
    const options = [...field.options];
    if (options.some((option) => option.defaultSelected)) return options.some((option) => option.selected !== option.defaultSelected);
    return field.selectedIndex > 0;
  };
  const isDirty = (form) => form.method !== "get" && [...form.elements].some(isChanged);
  const hasUnsaved = (root) => [root.closest?.("form"), ...$$("form", root)].some((form) => form && isDirty(form));

  // The person types in it, so single keys are text.
  const isTyping = (element) =>
    Boolean(element?.closest?.("input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]"));

  // Russian plural: 1 новый, 2 новых, 5 новых.
  const plural = (n, one, few, many) => {
    const tens = n % 100, units = n % 10;
    if (tens > 10 && tens < 20) return many;
    return units === 1 ? one : units > 1 && units < 5 ? few : many;
  };

  const fields = (form, submitter) => {
    const body = new URLSearchParams();
    for (const [name, value] of new FormData(form, submitter)) if (typeof value === "string") body.append(name, value);
    return body;
  };
  const post = (url, body, options = {}) => fetch(url, { method: "POST", body, credentials: "same-origin", ...options });

  const toLogin = () => location.assign(`/login?next=${encodeURIComponent(location.pathname + location.search)}`);
  const meta = (name) => $(`meta[name="${name}"]`)?.content ?? "";

  // What the page asks for by itself, by a hint of the live stream or by time, not by a hand.
  const isOwnRequest = (config) => /^(load|live:|revealed|intersect)/.test(config?.triggeringEvent?.type ?? "load");

  window.App = { $, $$, isDirty, hasUnsaved, isTyping, plural, fields, post, toLogin, meta, isOwnRequest };
})();
