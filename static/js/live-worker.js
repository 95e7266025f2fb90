// The shared worker: one stream for all tabs of the browser, so that tabs do not use up its connections.
(() => {
  "use strict";
  // Each tab's port, and the lock it holds while it lives; "" until it has said which.
  const lives = new Map();
  let idle = 0;

  const stream = LiveStream((message) => { for (const port of lives.keys()) port.postMessage(message); });

  const forget = (port) => {
    lives.delete(port);
    clearTimeout(idle);
    // Not at once: the next page of the same tab usually arrives within a second.
    idle = setTimeout(() => { if (!lives.size) stream.stop(); }, 5000);
  };

  const greet = (port, mark) => {
    lives.set(port, "");
    clearTimeout(idle);
    if (stream.hasPassed(mark)) port.postMessage({ resync: true });
    stream.start(mark);
    if (stream.state.state) port.postMessage(stream.state);
  };

  // A port does not say when its tab dies; the lock the tab holds does. Asked for only when the tab has it:
  // a lock that nobody holds yet would be given to us at once, and the living tab taken for a dead one.
  const watch = (port, lock) => {
    lives.set(port, lock);
    navigator.locks.request(lock, () => { if (lives.get(port) === lock) forget(port); });
  };

  self.addEventListener("connect", ({ ports: [port] }) => {
    port.onmessage = ({ data }) => {
      // Whoever speaks and is not known was forgotten by mistake: it is asked to greet again.
      if (data.ask) port.postMessage(lives.has(port) ? { here: true } : { stranger: true });
      if (data.check) stream.check();
      if (data.bye) forget(port);
      if (data.hello) greet(port, data.mark);
      if (data.lock) watch(port, data.lock);
    };
  });
})();
