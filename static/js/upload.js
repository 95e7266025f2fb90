// Files: picked, dropped or pasted into form[data-upload], sent one by one with their progress; one bad file
// does not lose the others. Every kept file raises "files:changed" on <body>, lists re-read themselves.
// Needs: toasts.
(() => {
  "use strict";
  const { $, $$ } = App;
  const queues = new WeakMap();
  const LOST = "Нет связи с сервером. Файл остался здесь, повторите.";
  const zones = () => $$("[data-upload]").filter((zone) => zone.getClientRects().length > 0);
  const filesOf = (transfer) => [...(transfer?.files ?? [])];
  const hasFiles = (event) => [...(event.dataTransfer?.types ?? [])].includes("Files");

  const send = (url, file, onProgress) => new Promise((resolve) => {
    const request = new XMLHttpRequest(), body = new FormData();
    body.append("file", file, file.name || "из буфера");
    request.open("POST", url);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (event) => { if (event.lengthComputable) onProgress(event.loaded / event.total * 100); });
    request.addEventListener("error", () => resolve({ error: LOST, mayRepeat: true }));
    request.addEventListener("load", () => {
      if (request.status === 401) { App.toLogin(); return; }
      try {
        resolve(JSON.parse(request.responseText).files[0]);
      } catch {
        resolve({ error: request.status === 413 ? "Файл слишком большой для сервера." : `Сервер не принял файл (${request.status}). Повторите.`, mayRepeat: request.status >= 500 });
      }
    });
    request.send(body);
  });

  const fail = (item, error, mayRepeat) => {
    item.classList.add("upload__item--bad");
    $(".upload__progress", item).hidden = true;
    $(".upload__error", item).textContent = error;
    $("[data-upload-again]", item).hidden = !mayRepeat;
    $("[data-upload-drop]", item).hidden = false;
  };

  const work = async (zone, item, file) => {
    const bar = $(".upload__progress", item), limit = Number(zone.dataset.maxBytes);
    item.classList.remove("upload__item--bad");
    $(".upload__error", item).textContent = "";
    $("[data-upload-again]", item).hidden = true;
    $("[data-upload-drop]", item).hidden = true;
    bar.hidden = false;
    if (limit && file.size > limit) {
      fail(item, `Больше ${Math.floor(limit / 1048576)} МБ. Уменьшите файл или снимите ещё раз.`, false);
      return;
    }
    // Sent whole, it is still being drawn anew: a bar without a value says "working".
    const answer = await send(zone.dataset.upload, file, (percent) => { if (percent < 100) bar.value = percent; else bar.removeAttribute("value"); });
    if (answer.error) { fail(item, answer.error, answer.mayRepeat); return; }
    item.remove();
    document.body.dispatchEvent(new CustomEvent("files:changed", { detail: { id: answer.id } }));
  };

  const enqueue = (zone, item, file) => {
    const next = (queues.get(zone) ?? Promise.resolve()).then(() => work(zone, item, file));
    queues.set(zone, next);
  };

  const take = (zone, files) => {
    for (const file of files) {
      const item = $("template", zone).content.firstElementChild.cloneNode(true), name = file.name || "Из буфера";
      $(".upload__name", item).textContent = name;
      $(".upload__progress", item).setAttribute("aria-label", name);
      $("[data-upload-drop]", item).setAttribute("aria-label", `Убрать ${name}`);
      $("[data-upload-again]", item).addEventListener("click", () => enqueue(zone, item, file));
      $("[data-upload-drop]", item).addEventListener("click", () => item.remove());
      $(".upload__queue", zone).append(item);
      enqueue(zone, item, file);
    }
  };

  document.addEventListener("change", (event) => {
    const zone = event.target.matches("[data-upload] input[type=file]") && event.target.closest("[data-upload]");
    if (!zone) return;
    take(zone, [...event.target.files]);
    event.target.value = "";
  });
  document.addEventListener("submit", (event) => { if (event.target.matches("[data-upload]")) event.preventDefault(); });

  // A file dropped beside a zone would replace the page, with everything typed on it.
  const over = (event) => {
    const zone = event.target.closest?.("[data-upload]") ?? null;
    for (const other of $$(".upload--over")) other.classList.toggle("upload--over", other === zone);
    zone?.classList.add("upload--over");
    return zone;
  };
  document.addEventListener("dragover", (event) => {
    if (!hasFiles(event) || !zones().length) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = over(event) ? "copy" : "none";
  });
  document.addEventListener("dragleave", (event) => { if (!event.relatedTarget) $$(".upload--over").forEach((zone) => zone.classList.remove("upload--over")); });
  document.addEventListener("drop", (event) => {
    if (!hasFiles(event) || !zones().length) return;
    event.preventDefault();
    const zone = over(event);
    zone?.classList.remove("upload--over");
    if (zone) take(zone, filesOf(event.dataTransfer));
  });

  // Pasted into the zone with the focus or under the pointer, or into the only one there is.
  document.addEventListener("paste", (event) => {
    const files = filesOf(event.clipboardData), shown = zones();
    if (!files.length || !shown.length || (App.isTyping(event.target) && event.clipboardData.types.includes("text/plain"))) return;
    const near = (zone) => (zone.closest("section") ?? zone).matches(":hover, :focus-within");
    const zone = shown.find(near) ?? (shown.length === 1 ? shown[0] : null);
    event.preventDefault();
    if (zone) take(zone, files);
    else App.toast({ kind: "info", title: "Куда вставить файл?", text: "Наведите указатель на нужный раздел и вставьте ещё раз." });
  });

  // The queue sends by itself; the button is for a browser without scripts.
  const dress = (root) => { for (const button of $$("[data-upload] [type=submit]", root)) button.hidden = true; };
  dress(document);
  document.addEventListener("htmx:load", (event) => dress(event.detail.elt));
})();
