// One stream of hints from the server: connects, notices silence, joins hints that come together.
// Runs in the shared worker, or in the leading tab where there is no shared worker.
(() => {
  "use strict";
  // Everything a page may listen to; src/platform/live/event.rs holds it to the events of the program.
  const TOPICS = ["calls", "orders", "clients", "chats", "chatpeople", "slots", "dial", "callbacks", "work", "person", "lists", "salary", "mango", "mail", "avito", "notices", "adminnotices", "mynotices", "outbox"];
  const TOGETHER = 200, SILENCE = 30_000, CHECK = 60_000;

  self.LiveTopics = TOPICS;

  // send(message): {hint: topic, ids}, {resync: true}, {state: "ok" | "lost", at}, {gone: true}
  self.LiveStream = (send) => {
    let source = null, mark = "", resumeAt = "", heardAt = Date.now(), attempts = 0, retry = 0, checkedAt = 0, state = "", isStopped = true;
    const waiting = new Map();

    const tell = (next) => { if (next !== state) { state = next; send({ state, at: heardAt }); } };
    const dataOf = (event) => { try { return JSON.parse(event.data); } catch { return {}; } };
    const heard = (event) => {
      heardAt = Date.now();
      if (event) {
        // A beat tells the newest mark but may overtake a hint on its way here: never resume from it,
        // except when nothing was heard before.
        mark = dataOf(event).mark ?? mark;
        resumeAt = event.lastEventId || resumeAt || mark;
      }
      tell("ok");
    };

    // The first hint goes out at once; what follows within 200 ms goes out together.
    const openWindow = (topic) => {
      const later = { isWaiting: false, ids: new Set() };
      waiting.set(topic, later);
      setTimeout(() => {
        waiting.delete(topic);
        if (!later.isWaiting) return;
        send({ hint: topic, ids: [...later.ids] });
        openWindow(topic);
      }, TOGETHER);
    };
    const hint = (topic, id) => {
      const later = waiting.get(topic);
      if (later) {
        later.isWaiting = true;
        if (id !== undefined) later.ids.add(id);
        return;
      }
      send({ hint: topic, ids: id === undefined ? [] : [id] });
      openWindow(topic);
    };

    const resync = () => send({ resync: true });

    const close = () => { source?.close(); source = null; clearTimeout(retry); };
    const reconnect = () => {
      close();
      if (isStopped) return;
      // Jitter: after a restart of the server all browsers would come in the same second.
      const delay = Math.min(20_000, 500 * 2 ** attempts) * (0.5 + Math.random());
      attempts += 1;
      retry = setTimeout(connect, delay);
    };

    const connect = () => {
      close();
      heardAt = Math.max(heardAt, Date.now() - SILENCE / 2);
      source = new EventSource(resumeAt ? `/live?since=${encodeURIComponent(resumeAt)}` : "/live");
      source.onopen = () => {
        if (attempts) setTimeout(check, 1000);
        attempts = 0;
        heard();
      };
      for (const topic of TOPICS) {
        source.addEventListener(topic, (event) => { heard(event); hint(topic, dataOf(event).id); });
      }
      source.addEventListener("beat", heard);
      source.addEventListener("resync", (event) => { heard(event); resync(); });
      source.addEventListener("gone", () => { close(); verify(); });
      source.onerror = () => {
        tell("lost");
        // CONNECTING: the browser retries by itself and sends Last-Event-ID. CLOSED: it has given up.
        if (source?.readyState === EventSource.CLOSED) verify();
      };
    };

    const serverMark = async () => {
      const answer = await fetch("/live/mark", { credentials: "same-origin", cache: "no-store", redirect: "manual" });
      if (answer.status === 401 || answer.status === 403 || answer.type === "opaqueredirect") return { isGone: true };
      if (!answer.ok) throw new Error(String(answer.status));
      return { mark: (await answer.text()).trim() };
    };

    // The stream ended for good: signed out, or only the server restarted, or another person signed in.
    const verify = async () => {
      try {
        if ((await serverMark()).isGone) { stop(); send({ gone: true }); return; }
      } catch { /* no connection: retry below */ }
      reconnect();
    };

    const check = async () => {
      if (isStopped || Date.now() - checkedAt < 5000) return;
      checkedAt = Date.now();
      try {
        const answer = await serverMark();
        if (answer.isGone) { stop(); send({ gone: true }); return; }
        if (answer.mark === mark) return;
        // A hint may be on its way: only a mark that stays behind is a missed one.
        setTimeout(() => { if (mark !== answer.mark && isOlder(mark, answer.mark)) { mark = answer.mark; resync(); } }, 1000);
      } catch { /* the silence below tells the person */ }
    };

    const isOlder = (mine, theirs) => {
      const [boot, n] = mine.split(":"), [bootNow, nNow] = String(theirs).split(":");
      return boot !== bootNow || Number(n) < Number(nNow);
    };

    const start = (since) => {
      if (!isStopped) return;
      isStopped = false;
      mark ||= since;
      resumeAt ||= since;
      connect();
    };
    const stop = () => { isStopped = true; state = ""; close(); };

    setInterval(() => {
      if (isStopped) return;
      const now = Date.now();
      if (now - heardAt > SILENCE && source) { tell("lost"); reconnect(); }
      if (now - checkedAt > CHECK) check();
    }, 5000);

    return {
      start, stop, check,
      get state() { return { state, at: heardAt }; },
      // A page rendered at mark `seen`: has the stream already passed hints it never got?
      hasPassed: (seen) => Boolean(seen && mark && seen !== mark && isOlder(seen, mark)),
    };
  };
})();
