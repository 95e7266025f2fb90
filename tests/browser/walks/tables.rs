//! Tables that hold what they must: with the longest words there are, no cell is cut or lies over another, in every
//! room; one stop of Tab for all rows.

use callcentre::dispositions::queries::{self as dispositions, Change};
use callcentre::domain::id::CallId;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{call_results, phones};
use diesel::prelude::*;
use serde_json::{Value, json};

use crate::chromium::{Chromium, Window};
use crate::support::TestApp;
use crate::support::calls::{call, name_client};
use crate::support::orders::make;
use crate::support::world;

/// What is cut, what lies over its neighbour, and whether the toolbar is one row.
const FAULTS: &str = r##"
    const found = [];
    const say = (what, element) => found.push(`${what}: ${element.className} «${element.textContent.trim().slice(0, 40)}»`);
    const seen = (element) => element.getClientRects().length > 0 && !element.closest(".sr");
    const text = (element) => { const range = document.createRange(); range.selectNodeContents(element); return range.getBoundingClientRect(); };
    for (const cell of document.querySelectorAll(".data--calls :is(td, th)")) {
        if (!seen(cell) || cell.closest(".call-none")) continue;
        const box = cell.getBoundingClientRect();
        for (const part of [cell, ...cell.querySelectorAll(":not(use)")]) {
            if (!seen(part) || part.matches(".grip")) continue;
            const style = getComputedStyle(part), hides = style.overflowX !== "visible";
            if (hides && part.clientWidth && part.scrollWidth > part.clientWidth + 1) say("cut", part);
            // A name as long as a sentence and a note end in dots, never a name of two words.
            if (part.matches(".call__note .fit") || part.matches(".call__client") && part.clientWidth >= 100) continue;
            if (hides && part.clientHeight && part.scrollHeight > part.clientHeight + 1) say("cut below", part);
            const inner = part.getBoundingClientRect();
            if (inner.left < box.left - 1 || inner.right > box.right + 1) say("out of its cell", part);
        }
        const words = [...cell.querySelectorAll(".call__num, .call__fold, .call__main, .call__side")].map((part) => part.getBoundingClientRect());
        for (let i = 1; i < words.length; i += 1) if (words[i].left < words[i - 1].right - .5) say("over its neighbour", cell);
        if (cell.closest("tbody") && !cell.querySelector(".sr") && text(cell).right > box.right + .5) say("wider than its cell", cell);
    }
    for (const row of document.querySelectorAll("#calls tr")) if (row.offsetHeight > 31 && row.id !== "call-none") say(`${row.offsetHeight} high`, row);
    const bar = document.querySelector(".calls-bar"), tools = [...document.querySelectorAll(".calls-bar > .seg, .calls-bar__form > *")].filter((tool) => seen(tool) && !tool.matches("[popover], input"));
    if (bar.offsetHeight > 34) say("a toolbar of two rows", bar);
    tools.forEach((tool, i) => {
        const box = tool.getBoundingClientRect();
        if (box.right > bar.getBoundingClientRect().right + .5) say("out of the toolbar", tool);
        if (i && box.left < tools[i - 1].getBoundingClientRect().right) say("over the tool before", tool);
        if (tool.scrollWidth > tool.clientWidth + 2) say("cut tool", tool);
    });
    if (document.querySelector(".calls-bar__search").offsetWidth < 200) say("a narrow search", bar);
    const scroller = document.querySelector(".tel .table-scroll");
    if (scroller.scrollWidth > scroller.clientWidth) say("scrolls sideways", scroller);
    return found;
"##;

/// Calls with the longest words: names, cities, campaigns, accounts, lines, results, numbers of other countries.
fn long_words(app: &TestApp) {
    let long = app.create_account(Role::Operator, "Константинопольский Владислав");
    let result = "Договорились перезвонить после согласования стоимости ремонта";
    let line = call("79001234530", "2026-11-23T11:10:00")
        .of("Набережные Челны", "Яндекс Директ бытовая", "Константин МНЧ Поволжье")
        .answered(Some(long), 61)
        .put(app);
    app.write(|tx| {
        diesel::insert_into(call_results::table).values(call_results::name.eq(result)).execute(tx.db)?;
        let change = Change { result: Some(result), ..Change::default() };
        dispositions::note(tx, CallId(line), &change, long, app.app.clock.now())?;
        let named = (phones::number.eq("78452000101"), phones::name.eq("Листовка Юг"));
        diesel::insert_into(phones::table)
            .values((named, phones::created_at.eq(app.app.clock.now())))
            .execute(tx.db)
    });
    let answered = |number: &str, at: &str| {
        call(number, at)
            .of("Набережные Челны", "Яндекс Директ бытовая", "Константин МНЧ Поволжье")
            .answered(Some(long), 3725)
    };
    for (n, name) in [
        "Вознесенская-Преображенская Александра",
        "Екатерина Соловьёва",
        "Максимилиан",
        "",
        "ООО «Северо-Западная Управляющая Компания»",
    ]
    .iter()
    .enumerate()
    {
        let number = format!("7900123450{n}");
        for hour in 1..=13 {
            answered(&number, &format!("2026-11-2{n}T{hour:02}:10:00")).put(app);
        }
        if !name.is_empty() {
            name_client(app, &number, name);
        }
    }
    for (number, status) in
        [("375291234567", "missed"), ("79001234511", "busy"), ("84912345678", "missed"), ("", "missed")]
    {
        for minute in [5, 6] {
            let at = format!("2026-11-22T06:{minute:02}:00");
            call(number, &at).of("Комсомольск-на-Амуре", "Листовка", "").status(status).put(app);
        }
    }
    call("79001234522", "2025-11-22T06:30:00")
        .of("Санкт-Петербург", "Рекомендация знакомых", "")
        .outbound()
        .status("no_answer")
        .put(app);
    call("79001234523", "2026-11-22T06:31:00")
        .of("Самара", "Авито", "")
        .outbound()
        .answered(None, 12)
        .put(app);
    call("79001234524", "2026-11-22T06:59:00")
        .of("Самара", "Авито", "")
        .live("talking", &[("101", "talking")])
        .put(app);
}

async fn faults(window: &Window) -> Vec<Value> {
    window.until("document.fonts.status === 'loaded'").await;
    window.script(FAULTS, vec![]).await.as_array().cloned().unwrap_or_else(|| vec![json!("no answer")])
}

#[tokio::test(flavor = "multi_thread")]
async fn no_cell_of_the_calls_is_cut_or_covered_in_any_room() {
    let app = TestApp::start().await;
    app.app.clock.stop_at("2026-11-25T07:00:00".parse().expect("a moment"));
    long_words(&app);
    app.operator_at("Анна Белова", "101").await;
    app.admin("Ольга").await;
    let chromium = Chromium::start().await;
    let mut found = Vec::new();
    for login in ["Анна Белова", "Ольга"] {
        for (width, height) in [(1280, 720), (1366, 768), (1440, 900), (1920, 1080)] {
            let window = chromium.window(width, height).await;
            window.sign_in(&app, login).await;
            for query in [
                "",
                "?fold=off&quick=missed&city=Комсомольск-на-Амуре&from=2026-11-01&to=2026-11-25",
                "?q=000000",
            ] {
                window.open(&app, &format!("/telephony{query}")).await;
                window.find("#calls tr").await;
                let here = faults(&window).await;
                found.extend(here.iter().map(|fault| format!("{login} {width} {query}: {fault}")));
                let stops = "return [...document.querySelectorAll('#calls tr, #calls tr *')].filter((e) => e.tabIndex >= 0 && e.getClientRects().length).length";
                assert_eq!(window.script(stops, vec![]).await, json!(1), "stops of Tab");
                window.picture(&format!("calls-{}-{width}-{}", login.chars().count(), query.len())).await;
            }
            window.close_without_complaints(&app).await;
        }
    }
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_filter_moves_nothing_and_columns_are_chosen_and_drawn_wider() {
    let app = TestApp::start().await;
    app.app.clock.stop_at("2026-11-25T07:00:00".parse().expect("a moment"));
    long_words(&app);
    app.operator_at("Анна Белова", "101").await;
    let chromium = Chromium::start().await;
    let window = chromium.window(1440, 900).await;
    window.sign_in(&app, "Анна Белова").await;
    window.open(&app, "/telephony").await;
    let first = window.this_tab().await;
    let other = window.tab().await;
    window.open(&app, "/telephony").await;
    window.look_at(&first).await;
    let places = "JSON.stringify([...document.querySelectorAll('.calls-bar > .seg, .calls-bar__form > :not([popover], [type=hidden]), .data--calls thead')].filter((e) => e.getClientRects().length).map((e) => { const r = e.getBoundingClientRect(); return [r.x, r.y, r.width]; }))";
    let place = format!("return {places}");
    let before = window.script(&place, vec![]).await;
    window.find("[popovertarget=calls-filters]").await.click().await.expect("a click");
    window.find("#cf-city option[value='Самара']").await.click().await.expect("a choice");
    window.until("document.querySelectorAll('#calls tr').length === 2").await;
    assert!(window.has("#calls-filters:popover-open[style*=left]").await, "the menu stays open where it was");
    assert_eq!(window.script(&place, vec![]).await, before, "nothing has moved");
    window.picture("calls-filters").await;
    window.press("\u{e00c}").await;

    window.find("[popovertarget=columns]").await.click().await.expect("a click");
    window.picture("calls-columns").await;
    window.find("#col-operator input[type=checkbox]").await.click().await.expect("a click");
    window.until("!document.querySelector('th.k-operator')").await;
    assert!(window.has("#columns:popover-open").await);
    window.look_at(&other).await;
    window.until("!document.querySelector('th.k-operator')").await;
    window.look_at(&first).await;
    window.press("\u{e00c}").await;
    let wide = "document.querySelector('th.k-client').offsetWidth";
    let was = window.script(&format!("return {wide}"), vec![]).await.as_f64().expect("a width");
    window.script("document.querySelector('[data-grip=client]').focus()", vec![]).await;
    for _ in 0..4 {
        window.press("\u{e012}").await;
    }
    window.until("document.querySelector('th.k-client[data-w]')").await;
    window.driver.refresh().await.expect("a reload");
    window.until(&format!("document.querySelector('th.k-client[data-w]') && {wide} < {was}")).await;
    window.close_without_complaints(&app).await;
}

/// What of an order sticks out of the column it stands in.
const OUTSIDE: &str = r##"
    const column = document.querySelector("#dialog .order__main").getBoundingClientRect();
    const parts = [...document.querySelectorAll("#dialog .order__main *")];
    const out = parts.filter((part) => part.getClientRects().length && part.getBoundingClientRect().right > column.right + .5);
    const high = [...document.querySelectorAll("#dialog .steps__step")].filter((step) => step.scrollHeight > step.clientHeight + 1);
    return [...out, ...high].map((part) => `${part.className} «${part.textContent.trim().slice(0, 40)}»`);
"##;

#[tokio::test(flavor = "multi_thread")]
async fn nothing_of_an_order_sticks_out_of_its_column() {
    let app = TestApp::start().await;
    world::found(&app);
    app.operator_at("Анна Белова", "101").await;
    let anna = app.create_account(Role::Operator, "Константинопольский Владислав");
    let order = make(&app, anna, |new| new.client_name = "Вознесенская-Преображенская Александра".into());
    let chromium = Chromium::start().await;
    for (width, height) in [(1180, 720), (1280, 720), (1366, 768), (1440, 900), (390, 844)] {
        let window = chromium.window(width, height).await;
        window.sign_in(&app, "Анна Белова").await;
        window.open(&app, "/orders").await;
        window.find(&format!("#order-{order} [data-row-link]")).await.click().await.expect("a click");
        window.find("#dialog[open] .order__main").await;
        assert_eq!(window.script(OUTSIDE, vec![]).await, json!([]), "{width}");
        window.close_without_complaints(&app).await;
    }
}
