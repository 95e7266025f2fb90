// The page's end of the live stream: hints become "live:TOPIC" events on <body>, so that
// hx-trigger="live:calls from:body" hears them; a lost connection is said in words.
// Needs: live-stream.
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

  // The worker of all tabs. It may die or hang like anything else, and says so to nobody: it is asked, and when
  // it does not answer, greeted anew; after that the tabs do without it.
  const byWorker = () => {
    const ASK = 10_000, PATIENCE = 4000;
    let port = null, waiting = 0, silences = 0, free = () => {};

    const ask = () => {
      if (waiting || !port) return;
      waiting = setTimeout(missed, PATIENCE);
      port.postMessage({ ask: true });
    };
    const answered = () => { clearTimeout(waiting); waiting = 0; silences = 0; };

    const hear = (from) => ({ data }) => {
      if (from !== port) return;
      answered();
      if (data.stranger) greet();
      else receive(data);
    };

    const leave = () => { clearTimeout(waiting); waiting = 0; free(); port.onmessage = null; port.close(); port = null; };
    const giveUp = () => { leave(); clearInterval(asking); byLeader(); };
    const missed = () => {
      waiting = 0;
      silences += 1;
      if (silences > 1) { giveUp(); return; }
      leave();
      greet();
      ask();
    };

    const greet = () => {
      if (!port) {
        const shared = new SharedWorker(worker);
        port = shared.port;
        port.onmessage = hear(port);
        const mine = port;
        shared.onerror = () => { if (port === mine) giveUp(); };
      }
      port.postMessage({ hello: true, mark: meta("live-mark") });
      if (!navigator.locks) return;
      // The sign of life is told when it is given, never before. Each greeting has its own.
      free();
      const greeted = port, lock = `tab-${crypto.randomUUID?.() ?? Math.random().toString(36).slice(2)}`;
      let end = () => {};
      const whileAlive = new Promise((resolve) => { end = resolve; });
      free = end;
      navigator.locks.request(lock, () => { greeted.postMessage({ lock }); return whileAlive; });
    };

    tell = (message) => { port?.postMessage(message); ask(); };
    const asking = setInterval(ask, ASK);
    greet();
    addEventListener("pagehide", () => { free(); port?.postMessage({ bye: true }); });
    addEventListener("pageshow", (event) => { if (event.persisted && port) { greet(); dispatch("resync"); } });
    document.addEventListener("resume", () => tell({ check: true }));
  };

  // Without a shared worker the tab that holds the lock keeps the stream and passes everything on. A leader whom
  // the browser has frozen holds the lock and says nothing: whoever notices takes the lock away.
  const byLeader = () => {
    const BEAT = 10_000, SILENCE = 25_000;
    const channel = new BroadcastChannel("live");
    let stream = null, heardAt = Date.now();

    const lead = () => {
      // An older request of this same tab, granted late.
      if (stream) return undefined;
      stream = LiveStream((message) => { channel.postMessage(message); receive(message); });
      stream.start(meta("live-mark"));
      return new Promise(() => {});
    };
    const follow = (options = {}) => {
      if (!navigator.locks) { lead(); return; }
      // The promise fails when another tab has taken the lock away: then this one follows.
      navigator.locks.request("live-leader", options, lead).catch(() => {
        stream?.stop();
        stream = null;
        heardAt = Date.now();
        dispatch("resync");
        follow();
      });
    };

    channel.onmessage = ({ data }) => {
      if (data.check) { stream?.check(); return; }
      if (data.hello === undefined) { heardAt = Date.now(); receive(data); return; }
      if (stream?.hasPassed(data.hello)) channel.postMessage({ resync: true });
      if (stream?.state.state) channel.postMessage(stream.state);
    };
    tell = (message) => { if (stream) stream.check(); else channel.postMessage(message); };
    setInterval(() => {
      if (stream) channel.postMessage({ leads: true });
      else if (Date.now() - heardAt > SILENCE) { heardAt = Date.now(); follow({ steal: true }); }
    }, BEAT);
    channel.postMessage({ hello: meta("live-mark") });
    follow();
  };

  if (window.SharedWorker) byWorker();
  else byLeader();

  const look = () => { if (!document.hidden) tell({ check: true }); };
  document.addEventListener("visibilitychange", look);
  addEventListener("focus", look);
  addEventListener("online", look);
})();
