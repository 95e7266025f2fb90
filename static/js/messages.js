// The message centre: the thread that follows by itself and jumps nowhere, the composer with its pictures, who is
// here. The thread re-reads its newest page on a hint; lines are told apart by their ids.
// Needs: toasts, dialogs.
(() => {
  "use strict";
  const { $, $$, post } = App;
  const AT_BOTTOM = 40, HERE_EVERY = 20_000, TYPING_EVERY = 3000, NEAR_TOP = 200;
  const MAX_SIDE = 2560, MAX_BYTES = 4 * 1024 * 1024;

  const thread = () => $("#messages");
  const composer = () => $("#composer");
  const chatOf = (place) => place?.dataset.chat;
  const isAtBottom = (place) => place.scrollHeight - place.scrollTop - place.clientHeight < AT_BOTTOM;
  const toBottom = (place) => { place.scrollTop = place.scrollHeight; const down = $("#messages-down"); if (down) down.hidden = true; };
  const newestOf = (place) => Math.max(0, ...$$("[data-direction]", place).map((line) => Number(line.dataset.id) || 0));

  const fragment = async (url) => {
    const answer = await fetch(url, { credentials: "same-origin", cache: "no-store", headers: { "HX-Request": "true", "HX-Target": "messages" } });
    if (answer.status === 401 || answer.headers.has("HX-Redirect")) { App.toLogin(); return null; }
    if (!answer.ok) return null;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    return holder.content;
  };

  // Lines of the newest page over those that are shown: changed in place, new ones where they belong.
  const merge = (place, fresh) => {
    const lines = $$("[data-line]", fresh);
    const wanted = new Set(lines.map((line) => line.id));
    const first = lines.find((line) => line.matches("[data-direction]"));
    let isNew = false;
    const known = first && document.getElementById(first.id);
    if (known) {
      // What is gone from the newest page is gone: one that was not sent and is not to be.
      for (let line = known; line; ) {
        const next = line.nextElementSibling;
        if (line.matches("[data-direction]") && !wanted.has(line.id)) line.remove();
        line = next;
      }
    } else if (first && $("[data-direction]", place)) {
      // So much has come that the pages do not touch: the newest one alone.
      place.replaceChildren(...fresh.childNodes);
      return true;
    }
    // From the end, each before the one after it; what only this page has (the line of new messages) stays between.
    let before = null;
    const following = (node) => { let next = node.nextElementSibling; while (next && !wanted.has(next.id)) next = next.nextElementSibling; return next; };
    for (const line of lines.toReversed()) {
      const old = document.getElementById(line.id);
      let node = old ?? line;
      if (old && !old.isEqualNode(line) && !old.contains(document.activeElement) && !$("audio, details[open]", old)) {
        old.replaceWith(line);
        node = line;
      }
      if (!old || following(node) !== before) place.insertBefore(node, before);
      if (!old) isNew ||= line.matches("[data-direction=in]");
      before = node;
    }
    return isNew;
  };

  let isReading = false, isAgain = false;
  const refresh = async (goesDown = false) => {
    const place = thread();
    if (!place) return;
    if (isReading) { isAgain = true; return; }
    isReading = true;
    try {
      const fresh = await fragment(`/messages/${chatOf(place)}/thread`);
      if (!fresh || thread() !== place) return;
      const wasAtBottom = isAtBottom(place);
      const isNew = merge(place, fresh);
      htmx.process(place);
      if (wasAtBottom || goesDown) toBottom(place);
      else if (isNew) $("#messages-down").hidden = false;
      if (isNew) tellHere();
    } finally {
      isReading = false;
      if (isAgain) { isAgain = false; refresh(); }
    }
  };

  // Older messages above, without a jump: what stood at the top stays there.
  let isFetchingOlder = false;
  const older = async (place) => {
    const mark = $("[data-older]", place);
    if (!mark || isFetchingOlder) return;
    isFetchingOlder = true;
    try {
      const page = await fragment(mark.dataset.older);
      if (!page || !mark.isConnected) return;
      $("#thread-wait", page)?.remove();
      const firstDay = $(".thread__day", place);
      const days = $$(".thread__day", page);
      if (firstDay && days.some((day) => day.id === firstDay.id)) firstDay.remove();
      const height = place.scrollHeight, top = place.scrollTop;
      mark.replaceWith(page);
      place.scrollTop = top + place.scrollHeight - height;
      htmx.process(place);
    } finally { isFetchingOlder = false; }
  };

  // Who is here, what has been seen, whether something is being typed.
  let typedAt = 0, toldTyping = 0;
  const tellHere = () => {
    const place = thread();
    if (!place || document.hidden) return;
    const types = Date.now() - typedAt < TYPING_EVERY * 2 ? "1" : "";
    post(`/messages/${chatOf(place)}/here`, new URLSearchParams({ seen: newestOf(place), types }), { keepalive: true }).catch(() => {});
  };
  const leave = (chat) => post(`/messages/${chat}/leave`, new URLSearchParams(), { keepalive: true }).catch(() => {});

  // The composer.
  const trays = new WeakMap();
  const trayOf = (form) => { if (!trays.has(form)) trays.set(form, []); return trays.get(form); };
  const count = (form) => {
    const place = $("[data-count]", form), field = form.elements.text;
    if (!place) return;
    const length = [...field.value.trim()].length, max = Number(place.dataset.max);
    place.textContent = length ? `${length} из ${max}` : "";
    place.toggleAttribute("data-over", length > max);
    $("[type=submit]", form).disabled = length > max;
  };

  const shrink = async (file) => {
    const picture = await createImageBitmap(file);
    const scale = Math.min(1, MAX_SIDE / Math.max(picture.width, picture.height));
    const draw = (side) => {
      const canvas = document.createElement("canvas");
      canvas.width = Math.max(1, Math.round(picture.width * side));
      canvas.height = Math.max(1, Math.round(picture.height * side));
      canvas.getContext("2d").drawImage(picture, 0, 0, canvas.width, canvas.height);
      return canvas;
    };
    const preview = draw(Math.min(1, 160 / Math.max(picture.width, picture.height)));
    if (scale === 1 && file.size <= MAX_BYTES) return { preview, blob: file };
    const blob = await new Promise((resolve) => { draw(scale).toBlob(resolve, "image/jpeg", 0.86); });
    return { preview, blob: blob ?? file };
  };

  const showTray = (form) => {
    const place = $("[data-tray]", form), tray = trayOf(form);
    place.hidden = tray.length === 0;
    place.replaceChildren(...tray.map((item, number) => {
      const line = document.createElement("li"), button = document.createElement("button");
      button.type = "button";
      button.className = "icon-btn icon-btn--sm";
      button.textContent = "×";
      button.setAttribute("aria-label", `Убрать фото ${number + 1}`);
      button.addEventListener("click", () => { tray.splice(tray.indexOf(item), 1); showTray(form); form.elements.text.focus(); });
      line.append(item.preview, button);
      return line;
    }));
  };

  const attach = async (form, files) => {
    for (const file of files) {
      if (!file.type.startsWith("image/")) { App.toast({ kind: "warn", title: "Отправить можно только фото", text: file.name }); continue; }
      if (trayOf(form).length >= 10) { App.toast({ kind: "warn", title: "За раз не больше 10 фото", text: "" }); break; }
      try {
        trayOf(form).push({ ...await shrink(file), name: file.name || "фото.jpg" });
      } catch {
        App.toast({ kind: "warn", title: "Фото не открывается", text: `${file.name}: сохраните его как JPG или PNG.` });
      }
    }
    showTray(form);
  };

  // The picture of a quick reply joins those that were chosen by hand.
  const attachStored = async (form, url) => {
    try {
      const answer = await fetch(url, { credentials: "same-origin" });
      if (!answer.ok) throw new Error(answer.statusText);
      const blob = await answer.blob();
      await attach(form, [new File([blob], "шаблон.jpg", { type: blob.type })]);
    } catch {
      App.toast({ kind: "warn", title: "Фото шаблона не открылось", text: "Текст вставлен, фото приложите сами." });
    }
  };

  const sendPictures = async (form) => {
    const tray = trayOf(form), body = new FormData(), submit = $("[type=submit]", form);
    for (const item of tray) body.append("picture", item.blob, item.name);
    submit.disabled = true;
    try {
      const key = form.elements.client_id.value;
      const answer = await fetch(`${form.dataset.pictures}?key=${encodeURIComponent(key)}`,
        { method: "POST", body, credentials: "same-origin", headers: { "HX-Request": "true" } });
      if (answer.status === 401 || answer.headers.has("HX-Redirect")) { App.toLogin(); return false; }
      if (!answer.ok) {
        const holder = document.createElement("template");
        holder.innerHTML = await answer.text();
        App.toast({ kind: "bad", title: "Фото не отправлены", text: $(".toast__text", holder.content)?.textContent ?? "Повторите." });
        return false;
      }
      tray.length = 0;
      showTray(form);
      return true;
    } catch {
      App.toast({ kind: "bad", title: "Нет связи", text: "Фото остались здесь, отправьте ещё раз." });
      return false;
    } finally { submit.disabled = false; count(form); }
  };

  document.addEventListener("submit", async (event) => {
    const form = event.target;
    if (form.id !== "composer") return;
    if (!trayOf(form).length) {
      if (!form.elements.text.value.trim()) { event.preventDefault(); event.stopImmediatePropagation(); }
      return;
    }
    event.preventDefault();
    event.stopImmediatePropagation();
    if (!await sendPictures(form)) return;
    if (form.elements.text.value.trim()) form.requestSubmit();
    else { form.elements.client_id.value = crypto.randomUUID?.() ?? `${Date.now()}-${Math.random().toString(36).slice(2)}`; refresh(true); }
  }, true);

  document.body.addEventListener("chat:sent", ({ detail }) => {
    const form = composer();
    const isOurs = form && detail.elt === form;
    if (isOurs) {
      form.elements.text.value = "";
      form.elements.client_id.value = detail.key;
      count(form);
      form.elements.text.focus();
    }
    refresh(isOurs);
  });

  document.addEventListener("input", (event) => {
    const form = event.target.form;
    if (form?.id !== "composer" || event.target.name !== "text") return;
    count(form);
    typedAt = Date.now();
    if (Date.now() - toldTyping > TYPING_EVERY) { toldTyping = Date.now(); tellHere(); }
  });
  document.addEventListener("paste", (event) => {
    const form = event.target.form, files = [...(event.clipboardData?.files ?? [])];
    if (form?.id !== "composer" || !files.length) return;
    event.preventDefault();
    attach(form, files);
  });
  document.addEventListener("dragover", (event) => {
    const form = event.target.closest?.(".msg__dialog") && composer();
    if (!form || ![...(event.dataTransfer?.types ?? [])].includes("Files")) return;
    event.preventDefault();
    form.classList.add("composer--drop");
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) composer()?.classList.remove("composer--drop"); });
  document.addEventListener("drop", (event) => {
    const form = event.target.closest?.(".msg__dialog") && composer();
    if (!form || !event.dataTransfer?.files.length) return;
    event.preventDefault();
    form.classList.remove("composer--drop");
    attach(form, [...event.dataTransfer.files]);
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches?.("[data-picker]")) return;
    const files = [...event.target.files];
    event.target.value = "";
    attach(event.target.form, files);
  });

  document.addEventListener("click", async (event) => {
    const insert = event.target.closest("[data-insert]");
    if (insert) {
      const field = composer()?.elements.text;
      if (!field) return;
      insert.closest("[popover]")?.hidePopover();
      field.focus();
      const gap = field.selectionStart > 0 && !/\s$/.test(field.value.slice(0, field.selectionStart)) ? " " : "";
      field.setRangeText(gap + insert.dataset.insert, field.selectionStart, field.selectionEnd, "end");
      field.dispatchEvent(new Event("input", { bubbles: true }));
      if (insert.dataset.picture) attachStored(composer(), insert.dataset.picture);
      return;
    }
    const photo = event.target.closest("[data-lightbox]");
    if (photo && !event.ctrlKey && !event.metaKey) {
      event.preventDefault();
      const box = $("#lightbox");
      $("img", box).src = photo.href;
      App.openDialog(box);
      return;
    }
    const voice = event.target.closest("[data-voice]");
    if (voice) {
      const audio = document.createElement("audio");
      audio.controls = true;
      audio.className = "bubble__audio";
      audio.src = voice.dataset.voice;
      audio.addEventListener("error", () => {
        audio.replaceWith(voice);
        App.toast({ kind: "warn", title: "Запись не открывается", text: "Откройте сообщение в Авито." });
      });
      voice.replaceWith(audio);
      audio.focus();
      audio.play().catch(() => {});
      return;
    }
    if (event.target.closest("#messages-down")) { const place = thread(); if (place) toBottom(place); return; }
    const back = event.target.closest("[data-older] a");
    if (back) { event.preventDefault(); older(thread()); return; }
    const more = event.target.closest("[data-more-chats]");
    if (more) {
      event.preventDefault();
      const answer = await fetch(more.href, { credentials: "same-origin", headers: { "HX-Request": "true", "HX-Target": "chats-more" } });
      if (!answer.ok) return;
      const holder = document.createElement("template");
      holder.innerHTML = await answer.text();
      const list = more.closest("ul");
      more.closest("li").replaceWith(...[...holder.content.children].filter((row) => !row.id || !document.getElementById(row.id)));
      htmx.process(list);
    }
  });

  // Which chat is open stands in the list, whoever has changed it.
  const markOpen = () => {
    const open = $("#chat-pane")?.dataset.chat;
    for (const link of $$("#chats [data-chat-link]")) {
      if (link.parentElement.id === `chat-${open}`) link.setAttribute("aria-current", "true");
      else link.removeAttribute("aria-current");
    }
  };

  let openChat = "";
  const appear = () => {
    const place = thread(), chat = chatOf(place) ?? "";
    if (openChat && openChat !== chat) leave(openChat);
    const isOther = chat !== openChat;
    openChat = chat;
    markOpen();
    if (!place || !isOther) return;
    const fresh = $("#new-messages", place);
    if (fresh) fresh.scrollIntoView({ block: "center" });
    else toBottom(place);
    place.addEventListener("scroll", () => {
      if (place.scrollTop < NEAR_TOP) older(place);
      if (isAtBottom(place)) $("#messages-down").hidden = true;
    }, { passive: true });
    // Pictures grow when they have come.
    place.addEventListener("load", () => { if (isAtBottom(place) || place.scrollHeight - place.scrollTop - place.clientHeight < 400) toBottom(place); }, true);
    const form = composer();
    if (form) count(form);
    tellHere();
  };
  document.addEventListener("htmx:afterSettle", (event) => {
    if (event.detail.elt?.id === "chat-pane" || event.target.id === "chat-pane" || $("#chat-pane")?.dataset.chat !== openChat) appear();
    else markOpen();
  });

  document.body.addEventListener("live:chats", ({ detail }) => {
    const place = thread();
    if (place && (!detail.ids?.length || detail.ids.map(String).includes(chatOf(place)))) refresh();
  });
  document.body.addEventListener("live:resync", () => refresh());
  document.addEventListener("visibilitychange", () => { if (!document.hidden) { refresh(); tellHere(); } });
  setInterval(tellHere, HERE_EVERY);
  addEventListener("pagehide", () => { if (openChat) leave(openChat); });
  if ($("#chat-pane")) appear();
})();
