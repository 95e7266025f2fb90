// Lists that hold still. [data-live-list="calls orders"] re-reads itself on its topics; while someone
// works in it, rows change in place and new ones wait behind a [data-live-pending] button. data-live-part
// names a larger part of the page to ask for, whose footer then follows the rows.
// Needs: focus, live-stream.
(() => {
  "use strict";
  const { $, $$ } = App;
  const NEW_FOR = 8000, POINTER = 1000;
  const running = new Map();
  const stale = new Set();
  let pointerAt = 0;

  const topicsOf = (list) => list.dataset.liveList.split(/\s+/);
  const rowsOf = (root) => [...root.children].filter((row) => row.id);

  const scrollerOf = (list) => {
    for (let box = list.parentElement; box; box = box.parentElement) {
      if (box.scrollHeight > box.clientHeight && /auto|scroll/.test(getComputedStyle(box).overflowY)) return box;
    }
    return document.scrollingElement;
  };

  const isBusy = (list) => {
    const selection = getSelection();
    return list.contains(document.activeElement)
      || Boolean($(":popover-open, [aria-expanded=true], dialog[open]", list))
      || (!selection.isCollapsed && list.contains(selection.anchorNode))
      || (list.matches(":hover") && Date.now() - pointerAt < POINTER)
      || scrollerOf(list).scrollTop > 4;
  };

  const morph = (old, fresh, morphStyle) => App.withoutDisturbing(() => Idiomorph.morph(old, fresh, { morphStyle }));

  const fetchRows = async (list) => {
    const url = list.dataset.liveUrl ?? location.pathname + location.search;
    const answer = await fetch(url, {
      credentials: "same-origin", cache: "no-store",
      headers: { "HX-Request": "true", "HX-Target": list.dataset.livePart ?? list.id, "HX-Current-URL": location.href },
    });
    if (answer.status === 401 || answer.headers.has("HX-Redirect")) { App.toLogin(); return null; }
    if (!answer.ok) return null;
    const holder = document.createElement("template");
    holder.innerHTML = await answer.text();
    const whole = holder.content.querySelector(`#${CSS.escape(list.id)}`);
    const footer = whole?.closest(".table-card")?.querySelector(".pager");
    const old = footer && list.closest(".table-card")?.querySelector(".pager");
    if (old) { morph(old, footer, "outerHTML"); htmx.process(list.closest(".table-card")); }
    const nodes = [...(whole ?? holder.content).children].filter((node) => !node.hasAttribute("hx-swap-oob"));
    return nodes.filter((node) => node.tagName !== "TEMPLATE");
  };

  const pendingButton = (list) => topicsOf(list).map((topic) => $(`[data-live-pending~="${topic}"]`)).find(Boolean);

  const showPending = (list, count) => {
    const button = pendingButton(list);
    if (!button) return;
    button.hidden = count === 0;
    if (!count) return;
    const { one, few, many } = button.dataset;
    ($("[data-text]", button) ?? button).textContent = App.plural(count, one, few, many).replace("{n}", count);
  };

  const markNew = (list, known) => {
    const fresh = rowsOf(list).filter((row) => !known.has(row.id));
    for (const row of fresh) row.classList.add("is-new");
    setTimeout(() => { for (const row of fresh) row.classList.remove("is-new"); }, NEW_FOR);
  };

  const showAll = (list, nodes) => {
    const known = new Set(rowsOf(list).map((row) => row.id));
    morph(list, nodes, "innerHTML");
    markNew(list, known);
    showPending(list, 0);
  };

  // A folded list shows the newest call of a client: a newer one stands where the older stood, and has its focus.
  const takePlace = (row, node) => {
    const hadFocus = row.contains(document.activeElement);
    row.replaceWith(node);
    if (hadFocus) node.focus({ preventScroll: true });
  };

  // A row that belongs to the list no more stays under the hand, grey and with words. What stood behind the last row
  // that has stayed is only on the next page now.
  const markGone = (list, coming) => {
    const rows = rowsOf(list), last = rows.findLastIndex((row) => coming.has(row.id));
    for (const row of rows.slice(0, Math.max(0, last))) {
      const words = coming.has(row.id) || row.classList.contains("is-gone") ? null : $("[data-gone-words]", row);
      if (!words) continue;
      if (words.contains(document.activeElement)) row.focus({ preventScroll: true });
      row.classList.add("is-gone");
      words.textContent = words.dataset.goneWords;
    }
  };

  const showInPlace = (list, nodes) => {
    const here = new Map(rowsOf(list).map((row) => [row.id, row]));
    const coming = new Set(nodes.map((node) => node.id));
    const isLeaving = (row) => row.dataset.head && !coming.has(row.id) && !$(":popover-open", row);
    const leaving = new Map(rowsOf(list).filter(isLeaving).map((row) => [row.dataset.head, row]));
    let count = 0;
    for (const node of nodes) {
      if (!node.id) continue;
      const row = here.get(node.id), older = leaving.get(node.dataset.head);
      if (row) { morph(row, node, "outerHTML"); continue; }
      // Where it belongs by time it is shown by the button.
      count += 1;
      if (older) takePlace(older, node);
    }
    markGone(list, coming);
    showPending(list, count);
  };

  const refresh = async (list, isForced = false) => {
    if (document.hidden && !isForced) { stale.add(list); return; }
    if (running.has(list)) { running.set(list, true); return; }
    running.set(list, false);
    try {
      const nodes = await fetchRows(list);
      if (!nodes || !list.isConnected) return;
      if (isForced || !isBusy(list)) showAll(list, nodes);
      else showInPlace(list, nodes);
      htmx.process(list);
      document.dispatchEvent(new CustomEvent("list:changed"));
    } catch {
      // No connection: the banner of live.js says so, and its return brings a resync.
    } finally {
      const isAgain = running.get(list);
      running.delete(list);
      if (isAgain && list.isConnected) refresh(list);
    }
  };

  const onHint = (event) => {
    const topic = event.type.slice("live:".length);
    for (const list of $$("[data-live-list]")) if (topic === "resync" || topicsOf(list).includes(topic)) refresh(list);
  };
  for (const topic of [...LiveTopics, "resync"]) document.body.addEventListener(`live:${topic}`, onHint);

  App.showPendingRows = () => {
    const waiting = $$("[data-live-pending]").filter((button) => !button.hidden);
    for (const button of waiting) {
      button.hidden = true;
      const topics = button.dataset.livePending.split(/\s+/);
      for (const list of $$("[data-live-list]")) {
        if (!topicsOf(list).some((topic) => topics.includes(topic))) continue;
        scrollerOf(list).scrollTop = 0;
        refresh(list, true);
      }
    }
    return waiting.length > 0;
  };

  document.addEventListener("click", (event) => { if (event.target.closest("[data-live-pending]")) App.showPendingRows(); });
  document.addEventListener("pointermove", () => { pointerAt = Date.now(); }, { passive: true });
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) return;
    const lists = [...stale];
    stale.clear();
    for (const list of lists) if (list.isConnected) refresh(list);
  });
  // What swaps itself whole asks the server to keep the rows somebody works among: [data-keeps-rows] names the field.
  document.addEventListener("htmx:configRequest", ({ detail }) => {
    const field = detail.elt.dataset?.keepsRows;
    if (field && !isBusy(detail.elt)) detail.parameters.delete(field);
  });

  // Filters put other rows into the list: what waited belonged to the old ones.
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const list of $$("[data-live-list]")) if (event.target === list || event.target.contains?.(list)) showPending(list, 0);
  });
})();
