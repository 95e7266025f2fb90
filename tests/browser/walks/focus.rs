//! The focus: what has it is never stale, and it never falls out of the page.

use serde_json::json;
use thirtyfour::Key;

use crate::chromium::{Chromium, Window};
use crate::pbx;
use crate::support::TestApp;
use crate::support::world::{self, MANGO};

const NUMBER: &str = "79000001110";

async fn workplace() -> TestApp {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app.operator_at("Анна", "101").await;
    app.operator_at("Вера", "102").await;
    pbx::missed(&app, NUMBER).await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    app
}

/// Where the focus is, for a message.
async fn focus(window: &Window) -> String {
    let script =
        "const e = document.activeElement; return `${e.tagName}#${e.id} ${e.innerText?.slice(0, 40)}`";
    window.script(script, vec![]).await.to_string()
}

async fn has_focus(window: &Window, selector: &str) {
    let condition = format!("document.activeElement.closest('{selector}')");
    window.until(&condition).await;
}

/// Nothing is being asked or shown any more, and the focus is in the page.
async fn is_kept(window: &Window, after: &str) {
    window.until("!document.querySelector('.htmx-request')").await;
    assert!(
        window.script("return document.activeElement !== document.body", vec![]).await == json!(true),
        "after {after} the focus fell to the body"
    );
}

async fn focus_on(window: &Window, selector: &str) {
    window.find(selector).await;
    window.script("document.querySelector(arguments[0]).focus()", vec![json!(selector)]).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_focused_row_tells_that_its_debt_is_paid() {
    let app = workplace().await;
    let vera = app.sign_in("Вера").await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/telephony").await;
    anna.until("document.querySelector('#calls tr.call--miss')").await;
    anna.press("j").await;
    has_focus(&anna, "#calls tr.call--miss").await;
    assert!(anna.text("#calls tr").await.contains("не перезвонили"));

    let reason = app.read(callcentre::debts::queries::reasons).into_iter().next().expect("a reason");
    let closed = vera.submit("/telephony/debts/1/close", &[("reason", &reason)]).await;
    assert_eq!(closed.status, 303, "{}", closed.text());
    anna.until("!document.querySelector('#calls tr').innerText.includes('не перезвонили')").await;
    has_focus(&anna, "#calls tr").await;

    // What is being typed stays, and so does the caret.
    focus_on(&anna, "#calls-q").await;
    let typing = r##"
        const field = document.querySelector("#calls-q"), holder = document.createElement("template");
        holder.innerHTML = field.form.outerHTML.replace("<form ", "<form data-fresh ");
        field.value = "9000";
        field.setSelectionRange(2, 2);
        Idiomorph.morph(field.form, holder.content.firstElementChild, { morphStyle: "outerHTML" });
        const now = document.activeElement;
        return [now.id, now.value, now.selectionStart, now.form.hasAttribute("data-fresh")];
    "##;
    assert_eq!(anna.script(typing, vec![]).await, json!(["calls-q", "9000", 2, true]));
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offered_time_with_the_focus_says_what_it_books() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders/new?city=Москва&equipment=БТ").await;
    focus_on(&anna, ".offer__windows button").await;
    let says = "const b = document.querySelector('.offer__windows button'); return [b.dataset.value, b.innerText.trim()]";
    let before = anna.script(says, vec![]).await;
    let day = before[0].as_str().and_then(|value| value.get(..10)).expect("a day").to_owned();
    let minute: i32 = before[0]
        .as_str()
        .and_then(|v| Some(v.get(11..13)?.parse::<i32>().ok()? * 60 + v.get(14..16)?.parse::<i32>().ok()?))
        .expect("a time");
    // Somebody fills exactly that slot.
    fill(&app, &day, minute);
    anna.until(&format!("document.querySelector('.offer__windows button').dataset.value !== {}", before[0]))
        .await;
    let after = anna.script(says, vec![]).await;
    assert_ne!(before[1], after[1], "the words follow the value");
    has_focus(&anna, ".offer__windows button").await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_focus_stays_in_the_page_whatever_is_done() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/telephony/debts").await;

    focus_on(&anna, "#work-status [popovertarget]").await;
    anna.press(Key::Enter + "").await;
    anna.until("document.querySelector('#menu-work-status').matches(':popover-open')").await;
    focus_on(&anna, "#work-status [value=online]").await;
    anna.press(Key::Enter + "").await;
    anna.until("document.querySelector('#work-status').dataset.status === 'online'").await;
    is_kept(&anna, "a work status").await;
    has_focus(&anna, "#work-status").await;

    focus_on(&anna, "#debts form[action$='/take'] button").await;
    anna.press(Key::Enter + "").await;
    anna.until("document.querySelector('#debts').innerText.includes('у вас')").await;
    is_kept(&anna, "«Беру»").await;
    has_focus(&anna, "#debts tr").await;

    // The form of a promise comes from the dialog of a call and closes it.
    anna.open(&app, "/telephony").await;
    focus_on(&anna, "#calls tr").await;
    anna.press(Key::Enter + "").await;
    anna.until("document.querySelector('#dialog').open").await;
    focus_on(&anna, "#dialog a[href^=\"/telephony/callbacks/new\"]").await;
    anna.press(Key::Enter + "").await;
    focus_on(&anna, "#callback-form button[value=\"15\"]").await;
    anna.press(Key::Enter + "").await;
    anna.until("!document.querySelector('#dialog').open").await;
    is_kept(&anna, "a promise").await;
    assert!(anna.has("#calls tr:focus, #calls tr :focus").await, "{}", focus(&anna).await);

    // The opener is gone by the time its dialog closes: the key that comes before the next frame finds somebody.
    anna.press(Key::Enter + "").await;
    anna.until("document.querySelector('#dialog').open").await;
    let closed = "document.querySelector('#calls tr').remove();
        document.dispatchEvent(new Event('dialog:close'));
        return document.activeElement !== document.body";
    assert_eq!(anna.script(closed, vec![]).await, json!(true), "the focus waited for a frame");
    anna.close_without_complaints(&app).await;
}

/// Fills every place of household appliances in Moscow at that time.
fn fill(app: &TestApp, day: &str, minute: i32) {
    use callcentre::platform::db::schema::accounts;
    use diesel::prelude::*;
    let maker = app.read(|db| accounts::table.select(accounts::id).first(db));
    let at = format!("{day}T{:02}:{:02}:00", minute / 60, minute % 60);
    for _ in 0..20 {
        crate::support::orders::make(app, maker, |order| {
            order.city = "Москва".to_owned();
            order.meeting = crate::support::orders::meeting(&at, chrono_tz::Europe::Moscow);
        });
    }
}
