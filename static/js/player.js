// The dock in which recordings of calls are listened to. [data-play="ID"] anywhere plays or pauses, /recordings/ID/player
// is what the dock says of it. The sound is no part of the page, so nothing that changes the page touches it.
// After a change of the page the dock is there again, paused at the same place.
// Needs: focus, toasts, player-place.
(() => {
  "use strict";
  const { $, $$, isTyping } = App;
  const KEPT = "player";
  const dock = $("#player");
  if (!dock) { sessionStorage.removeItem(KEPT); return; }

  const audio = new Audio();
  audio.preload = "none";
  const rateKey = `player-rate-${dock.dataset.person}`;
  const others = window.BroadcastChannel ? new BroadcastChannel("player") : null;
  let id = "", startAt = 0, isSeeking = false, savedAt = 0, frame = 0;

  const part = (name) => $(`[data-${name}]`, dock);
  const two = (n) => String(n).padStart(2, "0");
  const words = (seconds) => {
    const s = Math.max(0, Math.floor(seconds)), hours = Math.floor(s / 3600);
    return hours ? `${hours}:${two(Math.floor(s / 60) % 60)}:${two(s % 60)}` : `${Math.floor(s / 60)}:${two(s % 60)}`;
  };
  // What cannot be played is not paused either.
  const isPlaying = () => Boolean(id) && !audio.paused && !audio.ended && !audio.error;
  // The server has measured the whole file; the browser guesses the length of some from their beginning.
  const total = () => {
    const measured = Number($(".player", dock)?.dataset.ms ?? 0) / 1000;
    if (measured > 0) return measured;
    return Number.isFinite(audio.duration) && audio.duration > 0 ? audio.duration : 0;
  };
  const at = () => (audio.readyState > 0 && !startAt ? audio.currentTime : startAt);

  // What is shown follows what is heard.
  const showTime = () => {
    const seek = part("seek");
    if (!seek) return;
    const now = isSeeking ? seek.value / 1000 : at(), length = total();
    if (length > 0) seek.max = Math.round(length * 1000);
    if (!isSeeking) seek.value = Math.round(now * 1000);
    const share = length > 0 ? Math.min(1, now / length) : 0;
    part("played").setAttribute("width", (share * $(".player__wave svg", dock).viewBox.baseVal.width).toFixed(1));
    part("now").textContent = words(now);
    if (length > 0) part("total").textContent = words(Math.round(length));
    seek.setAttribute("aria-valuetext", `${words(now)} из ${words(length)}`);
  };
  const press = () => {
    const playing = isPlaying();
    for (const button of $$("[data-play]")) {
      const pressed = String(playing && button.dataset.play === id);
      if (button.getAttribute("aria-pressed") !== pressed) button.setAttribute("aria-pressed", pressed);
    }
    const toggle = part("toggle");
    toggle?.setAttribute("aria-pressed", String(playing));
    toggle?.setAttribute("aria-label", playing ? "Остановить" : "Слушать");
    if (navigator.mediaSession) navigator.mediaSession.playbackState = playing ? "playing" : id ? "paused" : "none";
  };
  const showRate = () => {
    for (const button of $$("[data-rate]", dock)) button.setAttribute("aria-pressed", String(Number(button.dataset.rate) === audio.playbackRate));
  };
  const follow = () => {
    cancelAnimationFrame(frame);
    showTime();
    if (isPlaying()) frame = requestAnimationFrame(follow);
  };

  const setRate = (rate) => {
    audio.defaultPlaybackRate = rate;
    audio.playbackRate = rate;
    showRate();
  };
  const keep = () => { if (id) sessionStorage.setItem(KEPT, JSON.stringify({ id, at: audio.ended ? 0 : at(), person: dock.dataset.person })); };

  // What no further try helps is offered to be taken away instead, to those who may.
  const showTrouble = (text, isForGood = false) => {
    const trouble = part("trouble");
    if (!trouble) return;
    trouble.hidden = !text;
    $("[data-text]", trouble).textContent = text;
    part("again").hidden = isForGood;
    const save = part("save");
    if (save) save.hidden = !isForGood;
  };
  const unplayable = () => (part("save") ? "Этот формат в браузере не играет. Скачайте запись и откройте на компьютере."
    : "Этот формат в браузере не играет. Скачать запись может администратор.");
  // The sentence of an error answer.
  const wordsOf = (html) => {
    const holder = document.createElement("template");
    holder.innerHTML = html;
    return holder.content.querySelector(".toast__text")?.textContent ?? "";
  };
  // A media element does not say why; a request of our own does.
  const explain = async (code) => {
    const asked = id;
    let text, isForGood = false;
    try {
      const answer = await fetch(`/recordings/${asked}`, { headers: { Range: "bytes=0-0", "HX-Request": "true" }, cache: "no-store" });
      if (answer.status === 401 || answer.headers.has("HX-Redirect")) { App.toLogin(); return; }
      if (answer.ok) {
        isForGood = code !== MediaError.MEDIA_ERR_NETWORK;
        text = isForGood ? unplayable() : "Связь прервалась.";
      } else {
        text = wordsOf(await answer.text()) || `Запись не открылась (${answer.status}).`;
      }
    } catch {
      text = "Запись не открылась: нет связи с сервером.";
    }
    if (asked === id) showTrouble(text, isForGood);
  };

  const play = () => {
    showTrouble("");
    audio.play().catch((error) => {
      // A pause or another recording came first; what is wrong with the sound itself is told by its "error".
      if (error.name === "NotAllowedError") showTrouble("Браузер не разрешил звук. Нажмите «Слушать» ещё раз.");
      press();
    });
  };
  const toggle = () => {
    if (audio.error) explain(audio.error.code);
    else if (isPlaying()) audio.pause();
    else play();
  };
  const seek = (seconds) => {
    const to = Math.max(0, Math.min(seconds, total() || seconds));
    if (audio.readyState > 0) audio.currentTime = to;
    else startAt = to;
    showTime();
    keep();
  };

  const describe = () => {
    if (!navigator.mediaSession || !window.MediaMetadata) return;
    const text = (selector) => $(selector, dock)?.textContent.trim() ?? "";
    navigator.mediaSession.metadata = new MediaMetadata({ title: `Звонок ${text(".player__call")}`, artist: text(".player__about") });
  };
  const fetchDock = async (wanted) => {
    const answer = await fetch(`/recordings/${wanted}/player`, { headers: { "HX-Request": "true", "HX-Current-URL": location.href }, cache: "no-store" });
    if (answer.status === 401 || answer.headers.has("HX-Redirect")) { App.toLogin(); return null; }
    const text = await answer.text();
    if (answer.ok) return text;
    throw wordsOf(text) || `Сервер не смог ответить (${answer.status}).`;
  };
  const show = async (wanted, isRestored) => {
    let content;
    try {
      content = await fetchDock(wanted);
    } catch (problem) {
      if (wanted !== id) return;
      if (!isRestored) App.toast({ kind: "bad", title: "Запись не открылась.", text: typeof problem === "string" ? problem : "Нет связи с сервером, повторите." });
      close();
      return;
    }
    if (wanted !== id || !content) return;
    dock.innerHTML = content;
    htmx.process(dock);
    dock.hidden = false;
    document.documentElement.classList.add("has-player");
    App.placePlayer();
    showRate();
    showTime();
    press();
    describe();
    if (audio.error) explain(audio.error.code);
  };

  const load = (wanted, position = 0, isRestored = false) => {
    audio.pause();
    id = wanted;
    startAt = position;
    audio.src = `/recordings/${id}`;
    setRate(Number(localStorage.getItem(rateKey)) || 1);
    keep();
    show(id, isRestored);
  };
  const close = () => {
    id = "";
    audio.pause();
    audio.removeAttribute("src");
    audio.load();
    dock.hidden = true;
    dock.replaceChildren();
    document.documentElement.classList.remove("has-player");
    sessionStorage.removeItem(KEPT);
    press();
    App.placePlayer();
    App.keepFocus();
  };

  audio.addEventListener("loadedmetadata", () => {
    if (startAt > 0 && startAt < audio.duration - 0.5) audio.currentTime = startAt;
    startAt = 0;
    showTime();
  });
  for (const name of ["play", "pause", "ended", "playing"]) audio.addEventListener(name, () => { press(); follow(); });
  audio.addEventListener("play", () => others?.postMessage({ playing: true }));
  audio.addEventListener("durationchange", showTime);
  audio.addEventListener("seeked", showTime);
  audio.addEventListener("timeupdate", () => {
    showTime();
    if (Math.abs(audio.currentTime - savedAt) >= 1) { savedAt = audio.currentTime; keep(); }
  });
  audio.addEventListener("error", () => {
    if (!id || !audio.error) return;
    startAt = startAt || audio.currentTime;
    press();
    explain(audio.error.code);
  });
  // One ear, one voice: another tab has begun to play.
  others?.addEventListener("message", () => audio.pause());
  addEventListener("pagehide", keep);

  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-play]");
    if (button) {
      if (button.dataset.play === id && part("trouble")?.hidden !== false) toggle();
      else { load(button.dataset.play); play(); }
      return;
    }
    if (!dock.contains(event.target)) return;
    const target = (name) => event.target.closest(`[data-${name}]`);
    if (target("toggle")) toggle();
    else if (target("skip")) seek(at() + Number(target("skip").dataset.skip));
    else if (target("rate")) {
      const rate = Number(target("rate").dataset.rate);
      localStorage.setItem(rateKey, String(rate));
      setRate(rate);
    } else if (target("player-close")) close();
    else if (target("again")) {
      const position = at();
      audio.load();
      startAt = position;
      play();
    }
  });
  dock.addEventListener("input", (event) => {
    if (!event.target.matches("[data-seek]")) return;
    isSeeking = true;
    showTime();
  });
  dock.addEventListener("change", (event) => {
    if (!event.target.matches("[data-seek]")) return;
    isSeeking = false;
    seek(event.target.value / 1000);
  });

  const inDock = {
    KeyK: toggle, KeyJ: () => seek(at() - 10), KeyL: () => seek(at() + 10),
    ArrowLeft: () => seek(at() - 5), ArrowRight: () => seek(at() + 5),
  };
  const isOff = () => document.documentElement.dataset.keys === "off";
  dock.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.shiftKey || !id) return;
    const isLetter = event.code.startsWith("Key");
    // Space presses the button that has the focus; elsewhere in the dock it is play and pause.
    const act = event.code === "Space" && !event.target.closest("button, a") ? toggle : inDock[event.code];
    if (!act || (isLetter && isOff())) return;
    event.preventDefault();
    act();
  });
  document.addEventListener("keydown", (event) => {
    if (event.defaultPrevented || event.repeat || event.code !== "KeyP" || !event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    if (isOff() || (isTyping(event.target) && !dock.contains(event.target))) return;
    const ofRow = document.activeElement?.closest("tr") && $("[data-play]", document.activeElement.closest("tr"));
    if (!ofRow && !id) return;
    event.preventDefault();
    if (ofRow && ofRow.dataset.play !== id) ofRow.click();
    else toggle();
  });

  if (navigator.mediaSession) {
    const handle = (name, act) => { try { navigator.mediaSession.setActionHandler(name, act); } catch { /* A browser without this key. */ } };
    handle("play", () => { if (id) play(); });
    handle("pause", () => audio.pause());
    handle("seekbackward", () => seek(at() - 10));
    handle("seekforward", () => seek(at() + 10));
  }
  // Rows that were read again know nothing of what plays.
  for (const name of ["htmx:afterSwap", "htmx:afterSettle", "list:changed"]) document.addEventListener(name, press);

  try {
    const kept = JSON.parse(sessionStorage.getItem(KEPT));
    if (kept?.id && kept.person === dock.dataset.person) load(kept.id, Number(kept.at) || 0, true);
  } catch {
    sessionStorage.removeItem(KEPT);
  }
})();
