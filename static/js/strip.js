// The call strip: what happens at the operator's telephone, in the header. Over a modal dialog only what is inside of
// it is alive, so the strip moves into the topmost one. The card opens under it when it is asked for, and never by
// itself over a dialog or beside a form; on a list it stays as the person left it. It never takes the focus.
(() => {
  "use strict";
  const { $, $$ } = App;
  const strip = $("#call-strip"), card = $("#incoming");
  App.toggleCard = () => false;
  if (!strip || !card) return;
  const line = $("#strip-line"), topbar = $(".topbar");
  // «Телефония» shows the card in a column of its own as long as there is room for one.
  const hasColumn = card.matches(".incoming--column"), hasRoom = matchMedia("(min-width: 1200px)");
  const inColumn = () => hasColumn && hasRoom.matches && !strip.closest("dialog");
  const home = document.createComment("strip"), cardHome = document.createComment("card");
  strip.before(home);
  card.before(cardHome);

  const KEY = `call-card-${strip.dataset.person}`;
  const isKeptOpen = () => localStorage.getItem(KEY) === "open";
  const isBesideForm = () => Boolean(strip.closest("dialog") || $(".page--order"));
  const isBusy = () => Boolean($(".strip__call", line));
  const isOpen = () => card.matches(":popover-open");

  // Under the strip, and above the footer of whatever it stands before.
  const GAP = 4, LEAST = 200;
  const place = () => {
    const from = line.getBoundingClientRect(), top = from.bottom + GAP;
    const feet = $$(".modal__foot, .pager, .bottom-nav", strip.closest("dialog") ?? document).map((foot) => foot.getBoundingClientRect());
    const under = feet.filter((foot) => foot.height && foot.top > top + LEAST).map((foot) => foot.top);
    const bottom = Math.min(innerHeight, ...under) - GAP;
    for (const [name, value] of [["--card-left", from.left], ["--card-top", top], ["--card-height", bottom - top]]) {
      card.style.setProperty(name, `${Math.round(value)}px`);
    }
  };

  const say = () => { for (const button of $$("[data-card]", line)) button.setAttribute("aria-expanded", String(isOpen())); };
  const show = () => {
    if (isOpen() || !isBusy() || inColumn()) return;
    if (hasColumn) {
      strip.append(card);
      card.classList.replace("incoming--column", "incoming--pop");
      card.popover = "manual";
    }
    card.showPopover();
    place();
    say();
  };
  const hide = () => {
    if (!isOpen()) return;
    const hadFocus = card.contains(document.activeElement);
    card.hidePopover();
    if (hasColumn) {
      card.removeAttribute("popover");
      card.classList.replace("incoming--pop", "incoming--column");
      cardHome.after(card);
    }
    say();
    if (hadFocus) $("[data-card]", line)?.focus({ preventScroll: true });
  };

  // A form of this call is open: the strip offers no second one.
  const markFilled = () => {
    const filled = new Set($$("form[data-draft] input[name=call]").map((field) => field.value));
    for (const entry of $$("[data-call]", line)) entry.classList.toggle("is-filling", filled.has(entry.dataset.call));
  };

  const update = () => {
    topbar.classList.toggle("topbar--call", isBusy() && !(hasColumn && hasRoom.matches));
    markFilled();
    if (!isBusy() || inColumn()) hide();
    else if (isKeptOpen() && !isBesideForm()) show();
    if (isOpen()) place();
    say();
  };

  const settle = () => {
    const dialog = $$("dialog[open]").at(-1);
    if (dialog ? strip.parentElement !== dialog : strip.previousSibling !== home) {
      hide();
      const focused = strip.contains(document.activeElement) ? document.activeElement : null;
      if (dialog) dialog.prepend(strip); else home.after(strip);
      focused?.focus({ preventScroll: true });
    }
    update();
  };

  App.toggleCard = () => {
    if (!isBusy() || inColumn()) return false;
    const opens = !isOpen();
    if (opens) show(); else hide();
    if (!isBesideForm()) localStorage.setItem(KEY, opens ? "open" : "closed");
    return true;
  };

  document.addEventListener("click", (event) => {
    if (event.target.closest("[data-card]")) App.toggleCard();
    // A question is answered with no before something else is begun.
    if (event.target.closest("#call-strip a[href]")) strip.closest("dialog.confirm")?.close();
  }, true);
  document.addEventListener("pointerdown", (event) => {
    if (isBesideForm() && !strip.contains(event.target) && !card.contains(event.target)) hide();
  });
  // Before dialogs.js hears of it: Esc closes the card alone.
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape" || event.defaultPrevented || !isOpen() || $(".menu:popover-open")) return;
    event.preventDefault();
    App.toggleCard();
  });

  document.addEventListener("htmx:afterSwap", ({ detail }) => {
    if (detail.target.id === "dialog") hide();
    update();
  });
  document.addEventListener("close", settle, true);
  new MutationObserver(settle).observe(document.body, { subtree: true, attributeFilter: ["open"] });
  document.addEventListener("scroll", () => { if (isOpen()) place(); }, { capture: true, passive: true });
  addEventListener("resize", update);
  update();
})();
