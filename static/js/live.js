// The page's end of the live stream: hints become "live:TOPIC" events on <body>, so that
// hx-trigger="live:calls from:body" hears them; a lost connection is said in words.
(() => {
  "use strict";
  const { $, meta } = App;
  const worker = meta("live-worker");
  if (!worker) return;

  const banner = $("#live-lost");
  let lost = 0, tell = () => {};

  const dispatch = (topic, ids = []) => document.body.dispatchEvent(new CustomEvent(`live:${topic}`, { detail: { ids } }));

  const showState = ({ state, at }) => {
    clearTimeout(lost);
    if (state === "ok") { banner.hidden = true; return; }
    // A restart of the server takes a second or two: not worth a word.
    lost = setTimeout(() => {
      const time = new Date(at).toLocaleTimeString("ru", { hour: "2-digit", minute: "2-digit" });
      $("[data-text]", banner).textContent = `Связь с сервером потеряна, данные на ${time}. Восстанавливаем…`;
      banner.hidden = false;
    }, 2500);
  };

  // A page that does not say at which mark it was rendered may have missed hints until now.
  let isBlind = !meta("live-mark");
  const receive = (message) => {
    if (message.state === "ok" && isBlind) { isBlind = false; dispatch("resync"); }
    if (message.hint) dispatch(message.hint, message.ids);
    if (message.resync) dispatch("resync");
    if (message.state) showState(message);
    if (message.gone) App.toLogin();
  };

  const hello = () => ({ hello: true, mark: meta("live-mark") });

  const byWorker = () => {
    const port = new SharedWorker(worker).port;
    const lock = `tab-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
    const isLocked = Boolean(navigator.locks);
    if (isLocked) navigator.locks.request(lock, () => new Promise(() => {}));
    port.onmessage = ({ data }) => receive(data);
    tell = (message) => port.postMessage(message);
    const greet = () => tell({ ...hello(), lock: isLocked ? lock : "" });
    greet();
    addEventListener("pagehide", () => tell({ bye: true }));
    addEventListener("pageshow", (event) => { if (event.persisted) { greet(); dispatch("resync"); } });
  };

  // Without a shared worker the tab that holds the lock keeps the stream and passes everything on.
  const byLeader = () => {
    const channel = new BroadcastChannel("live");
    let stream = null;
    const lead = () => {
      stream = LiveStream((message) => { channel.postMessage(message); receive(message); });
      stream.start(meta("live-mark"));
      return new Promise(() => {});
    };
    channel.onmessage = ({ data }) => {
      if (!data.ask) receive(data);
      else if (stream?.hasPassed(data.ask)) channel.postMessage({ resync: true });
      if (data.check) stream?.check();
    };
    tell = (message) => { if (stream) stream.check(); else channel.postMessage(message); };
    channel.postMessage({ ask: meta("live-mark") });
    if (navigator.locks) navigator.locks.request("live-leader", lead);
    else lead();
  };

  if (window.SharedWorker) byWorker();
  else byLeader();

  const look = () => { if (!document.hidden) tell({ check: true }); };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("online", look);
})();
