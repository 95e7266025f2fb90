// The sound of an incoming call: two soft tones while #incoming holds [data-ringing], in one tab only; and one
// lower chime for each [data-alarm], a promise whose time has come; and one short tone for a new message of a client who
// waits or a notification that is to be heard. Drawn by WebAudio, no file. Never moves the focus.
// Needs: quiet.
(() => {
  "use strict";
  const { $, $$ } = App;
  const incoming = $("#incoming");
  const root = document.documentElement;
  let audio = null, loop = 0, release = null, isAsking = false;

  const isWanted = () => root.dataset.sound === "on" && $("#work-status")?.dataset.status === "online";
  const isRinging = () => Boolean(incoming && $("[data-ringing]", incoming)) && isWanted();
  const isUnlocked = () => audio?.state === "running";

  const tone = (frequency, from, length) => {
    const volume = Math.min(100, Math.max(0, Number(root.dataset.volume ?? 60))) / 100;
    const start = audio.currentTime + from, voice = audio.createOscillator(), level = audio.createGain();
    voice.frequency.value = frequency;
    level.gain.setValueAtTime(0, start);
    level.gain.linearRampToValueAtTime(0.25 * volume, start + 0.03);
    level.gain.linearRampToValueAtTime(0, start + length);
    voice.connect(level).connect(audio.destination);
    voice.start(start);
    voice.stop(start + length);
  };
  const ring = () => { tone(587, 0, 0.35); tone(740, 0.3, 0.5); };

  const chime = () => { tone(440, 0, 0.4); tone(330, 0.25, 0.6); };

  // Each alarm is heard once, in whichever tab comes first; a conversation is not disturbed by one.
  const HEARD = "alarms-heard";
  const heard = () => JSON.parse(localStorage.getItem(HEARD) ?? "[]");
  const alarm = () => {
    if (!incoming || !isWanted() || !isUnlocked() || loop || $("[data-call]:not(.call-card--over)", incoming)) return;
    const shown = $$("[data-alarm]", incoming).map((place) => place.dataset.alarm);
    if (!shown.some((name) => !heard().includes(name))) return;
    const first = () => {
      const before = heard(), isNew = shown.some((name) => !before.includes(name));
      localStorage.setItem(HEARD, JSON.stringify([...new Set([...before, ...shown])].slice(-100)));
      if (isNew) chime();
    };
    if (navigator.locks) navigator.locks.request("alarm", first); else first();
  };

  // A message is heard once, in whichever tab may make a sound first. One that has stood here unheard is no news.
  const NEWEST = "message-heard", IS_NEWS = 10_000;
  const drop = () => { tone(880, 0, 0.18); tone(1175, 0.1, 0.25); };
  let seenMessage = 0, seenAt = 0;
  const message = () => {
    const newest = Number($("#nav-chats [data-newest-chat]")?.dataset.newestChat ?? 0);
    if (!newest) return;
    const isFirst = localStorage.getItem(NEWEST) === null;
    if (newest > seenMessage) { seenMessage = newest; seenAt = Date.now(); }
    if (isFirst) { localStorage.setItem(NEWEST, newest); return; }
    const isQuiet = App.isQuiet() && Date.now() - seenAt < IS_NEWS;
    if (newest <= Number(localStorage.getItem(NEWEST)) || !isUnlocked() && !isQuiet) return;
    const isHeard = isWanted() && !loop && Date.now() - seenAt < IS_NEWS && !$("[data-call]:not(.call-card--over)", incoming ?? document);
    const first = () => {
      if (newest <= Number(localStorage.getItem(NEWEST))) return;
      localStorage.setItem(NEWEST, newest);
      if (isQuiet) App.holdQuiet("messages"); else if (isHeard) drop();
    };
    if (navigator.locks) navigator.locks.request("message", first); else first();
  };

  // So is a notification whose kind one wants to hear; the bell tells when the newest of them was.
  const NOTICE = "notice-heard", note = () => { tone(660, 0, 0.16); tone(660, 0.2, 0.22); };
  let seenNotice = 0, noticeAt = 0;
  const notice = () => {
    const newest = Number($("#bell")?.dataset.newestNotice ?? 0);
    if (!newest) return;
    if (newest > seenNotice) { seenNotice = newest; noticeAt = Date.now(); }
    if (localStorage.getItem(NOTICE) === null) { localStorage.setItem(NOTICE, newest); return; }
    const isQuiet = App.isQuiet() && Date.now() - noticeAt < IS_NEWS;
    if (newest <= Number(localStorage.getItem(NOTICE)) || !isUnlocked() && !isQuiet) return;
    const isAtWork = root.dataset.sound === "on" && ["online", undefined].includes($("#work-status")?.dataset.status);
    const isHeard = isAtWork && !loop && Date.now() - noticeAt < IS_NEWS && !$("[data-call]:not(.call-card--over)", incoming ?? document);
    const first = () => {
      if (newest <= Number(localStorage.getItem(NOTICE))) return;
      localStorage.setItem(NOTICE, newest);
      if (isQuiet) App.holdQuiet("notices"); else if (isHeard) note();
    };
    if (navigator.locks) navigator.locks.request("notice", first); else first();
  };

  App.soundDigest = () => { if (isUnlocked() && root.dataset.sound === "on" && !loop) drop(); };

  const begin = () => {
    if (loop) return;
    ring();
    loop = setInterval(ring, 2000);
  };
  const end = () => { clearInterval(loop); loop = 0; release?.(); release = null; };

  // A hint that went away under a pressed button would move the button from under the pointer.
  let isPressed = false;
  const hint = (isNeeded) => { if (isNeeded || !isPressed) for (const place of $$("[data-sound-hint]")) place.hidden = !isNeeded; };

  const update = () => {
    const wanted = isRinging();
    alarm();
    message();
    notice();
    hint(wanted && !isUnlocked());
    if (!wanted) { end(); return; }
    // A tab that may not make a sound must not hold the right to.
    if (!isUnlocked() || loop || isAsking) return;
    if (!navigator.locks) { begin(); return; }
    isAsking = true;
    navigator.locks.request("ring", () => {
      isAsking = false;
      if (!isRinging()) return undefined;
      begin();
      return new Promise((resolve) => { release = resolve; });
    });
  };

  const unlock = async () => {
    audio ??= new AudioContext();
    if (audio.state !== "running") await audio.resume();
    update();
  };
  document.addEventListener("pointerdown", () => { isPressed = true; unlock(); });
  for (const name of ["pointerup", "pointercancel"]) document.addEventListener(name, () => { isPressed = false; setTimeout(update); });
  document.addEventListener("keydown", unlock);
  document.addEventListener("click", async (event) => {
    if (!event.target.closest("[data-sound-test]")) return;
    await unlock();
    ring();
  });
  document.addEventListener("input", (event) => { if (event.target.matches("input[name=volume]")) root.dataset.volume = event.target.value; });

  if (incoming) new MutationObserver(update).observe(incoming, { childList: true, subtree: true, attributes: true, attributeFilter: ["data-ringing"] });
  document.addEventListener("htmx:afterSettle", update);
  update();
})();
