// Choice of a master: a search over the list, in either layout of the keyboard; and the list re-read when the city,
// the equipment or the date of its form has changed, because others are free then.
(() => {
  "use strict";
  const { $, $$ } = App;
  const LATIN = "`qwertyuiop[]asdfghjkl;'zxcvbnm,.", RUSSIAN = "ёйцукенгшщзхъфывапролджэячсмитьбю";
  const NEEDS = ["city", "type_equipment", "date_meeting"];

  // What the server does to the names (src/domain/search_words.rs): one spelling, look-alikes as Russian letters.
  const LOOK = "abceëhkmoptxy", ALIKE = "авсеенкмортху";
  const UNSEEN = /[\u00ad\u034f\u180e\u200b-\u200f\u202a-\u202e\u2060-\u206f\ufe00-\ufe0f\ufeff]/g;
  const fold = (text) => [...text.replace(UNSEEN, "").normalize("NFKC").toLowerCase().replaceAll("ё", "е").replace(/[\u0300-\u036f]/g, "")]
    .map((c) => ALIKE[LOOK.indexOf(c)] ?? c).join("").replace(/[^\p{L}\p{N}]+/gu, " ").trim();
  const otherLayout = (text) => [...text.toLowerCase()].map((c) => RUSSIAN[LATIN.indexOf(c)] ?? c).join("");
  const has = (name, words) => words !== "" && words.split(" ").every((word) => name.includes(word));

  const search = (list) => {
    const typed = $("#master-choice-search", list)?.value.trim() ?? "", rest = $(".masters__rest", list);
    const ways = [fold(typed), fold(otherLayout(typed))];
    let found = 0;
    for (const row of $$(".master", list)) {
      const isFound = typed === "" || ways.some((words) => has(row.dataset.name ?? "", words));
      if (isFound) found += 1;
      // Who is chosen stays in sight.
      row.hidden = !isFound && !$("input", row).checked;
    }
    if (rest) {
      if (typed !== "" && !("wasOpen" in rest.dataset)) { rest.dataset.wasOpen = String(rest.open); rest.open = true; }
      if (typed === "" && "wasOpen" in rest.dataset) { rest.open = rest.dataset.wasOpen === "true"; delete rest.dataset.wasOpen; }
    }
    $("[data-master-found]", list).textContent = typed === "" ? "" : found ? `Найдено мастеров: ${found}` : "Никого не нашлось";
  };

  document.addEventListener("input", (event) => {
    if (event.target.id === "master-choice-search") search(event.target.closest("[data-master-choice]"));
  });
  // The search is not part of the form: Enter must not save it.
  document.addEventListener("keydown", (event) => {
    if (event.target.id === "master-choice-search" && event.key === "Enter" && !event.ctrlKey && !event.metaKey) event.preventDefault();
  });
  document.addEventListener("change", (event) => {
    const list = NEEDS.includes(event.target.name) && event.target.form && $("[data-master-choice]", event.target.form);
    if (list) htmx.trigger(list, "masters:stale");
  });

  const dress = () => {
    for (const list of $$("[data-master-choice]")) {
      const box = $("[data-master-search]", list);
      if (!box) continue;
      box.hidden = false;
      search(list);
    }
  };
  document.addEventListener("htmx:afterSettle", dress);
  dress();
})();
