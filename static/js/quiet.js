// «Тихо, пока говорю»: during a conversation, or while an order is filled in in any tab (typed in within three minutes),
// messages and notifications wait and come as one word. Calls and due promises never wait.
// Needs: toasts, draft, ring (later).
(() => {
  "use strict";
  const { $, $$, plural } = App;
  const root = document.documentElement;
  const SWITCH = "quiet", UNTIL = "quiet-until", HELD = "quiet-held", LASTS = 3500, TYPES = 180_000;
  let typedAt = 0;

  const talks = () => Boolean($("#incoming [data-call]:not(.call-card--over)"));
  const types = () => Date.now() - typedAt < TYPES && $$("form[data-draft]").some(App.hasTyped);
  const isElsewhere = () => Number(localStorage.getItem(UNTIL) ?? 0) > Date.now();
  const held = () => JSON.parse(localStorage.getItem(HELD) ?? "{}");
  App.isQuiet = () => root.dataset.quiet === "on" && (talks() || types() || isElsewhere());
  // Called in one of the tabs for what would have been heard: "messages", "notices".
  App.holdQuiet = (kind) => {
    const all = held();
    localStorage.setItem(HELD, JSON.stringify({ ...all, [kind]: (all[kind] ?? 0) + 1 }));
  };

  const FORMS = { messages: ["новое в чатах", "новых в чатах", "новых в чатах"], notices: ["уведомление", "уведомления", "уведомлений"] };
  const tell = () => {
    const all = held();
    localStorage.removeItem(HELD);
    const parts = Object.entries(FORMS).filter(([kind]) => all[kind]).map(([kind, forms]) => `${all[kind]} ${plural(all[kind], ...forms)}`);
    if (!parts.length) return;
    App.toast({ kind: "info", title: "Пока вы были заняты", text: parts.join(", "),
      act: all.messages ? { verb: "В чаты", run: () => location.assign("/messages?quick=waiting") } : undefined });
    App.soundDigest();
  };
  const tick = () => {
    if (root.dataset.quiet === "on" && (talks() || types())) {
      localStorage.setItem(UNTIL, Date.now() + LASTS);
      return;
    }
    if (document.hidden || App.isQuiet() || !localStorage.getItem(HELD)) return;
    if (navigator.locks) navigator.locks.request("quiet", tell); else tell();
  };
  document.addEventListener("input", (event) => { if (event.target.form?.dataset.draft) { typedAt = Date.now(); tick(); } });

  // Other tabs follow the newest page.
  localStorage.setItem(SWITCH, root.dataset.quiet ?? "off");
  addEventListener("storage", (event) => { if (event.key === SWITCH && event.newValue) root.dataset.quiet = event.newValue; });
  setInterval(tick, 1000);
  tick();
})();
