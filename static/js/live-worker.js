// The shared worker: one stream for all tabs of the browser, so that tabs do not use up its connections.
(() => {
  "use strict";
  const ports = new Set();
  let idle = 0;

  const stream = LiveStream((message) => { for (const port of ports) port.postMessage(message); });

  const forget = (port) => {
    ports.delete(port);
    clearTimeout(idle);
    // Not at once: the next page of the same tab usually arrives within a second.
    idle = setTimeout(() => { if (!ports.size) stream.stop(); }, 5000);
  };

  self.addEventListener("connect", ({ ports: [port] }) => {
    port.onmessage = ({ data }) => {
      if (data.check) stream.check();
      if (data.bye) forget(port);
      if (!data.hello) return;
      ports.add(port);
      clearTimeout(idle);
      if (stream.hasPassed(data.mark)) port.postMessage({ resync: true });
      stream.start(data.mark);
      if (stream.state.state) port.postMessage(stream.state);
      // A port does not say when its tab dies; the lock the tab holds does.
      if (data.lock) navigator.locks?.request(data.lock, () => forget(port));
    };
  });
})();
