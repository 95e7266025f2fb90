//! The story the product is for: a telephone rings, and a minute later the order is on everybody's board.

use crate::chromium::{Chromium, Window};
use crate::pbx;
use crate::support::TestApp;
use crate::support::world::{self, MANGO};

async fn workplace() -> TestApp {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app
}

/// Fills what only a person can know into the order form that is open, by keyboard alone.
async fn type_order(window: &Window) {
    window.until("document.activeElement.closest('#order-dialog')").await;
    for (field, text) in [
        ("client_name", "Марина Ковалёва"),
        ("address", "ул. Чапаева, 48, кв. 12"),
        ("problem", "Стиральная машина течёт снизу"),
    ] {
        tab_to(window, &format!("[name={field}]")).await;
        window.press(text).await;
    }
}

/// Walks on with Tab until the focus is where `selector` says.
async fn tab_to(window: &Window, selector: &str) {
    let mut walked = Vec::new();
    for _ in 0..60 {
        if window.has(&format!("#order-dialog {selector}:focus")).await {
            return;
        }
        let here = "const e = document.activeElement; return `${e.tagName} ${e.name || e.id || e.className}`";
        walked.push(window.script(here, vec![]).await.to_string());
        window.press("\u{e004}").await;
    }
    panic!("{selector} cannot be reached with Tab: {walked:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_ringing_call_becomes_an_order_on_the_other_screen_too() {
    let app = workplace().await;
    app.operator_at("Анна", "101").await;
    app.admin("Ольга").await;
    let chromium = Chromium::start().await;
    let (anna, olga) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    anna.sign_in(&app, "Анна").await;
    olga.sign_in(&app, "Ольга").await;
    anna.open(&app, "/telephony").await;
    olga.open(&app, "/telephony").await;
    let now = app.app.clock.unix();

    pbx::event(&app, "/events/call", &pbx::leg("one", 1, "Appeared", "79000001101", "101", now)).await;
    let took = anna.until("document.querySelector('#incoming [data-ringing]')").await;
    println!("ring to card: {took:?}");
    olga.until("document.querySelector('#calls [data-state=ringing]')").await;
    olga.until("document.querySelector('.pager').innerText.includes('из 1')").await;
    assert!(!olga.has("#incoming [data-ringing]").await, "another person's telephone");
    assert!(anna.text("#incoming").await.contains("+7 900 000-11-01"));
    assert_eq!(
        anna.script("return document.activeElement.closest('#incoming')", vec![]).await,
        serde_json::Value::Null
    );
    anna.picture("telephony-ringing").await;

    pbx::event(&app, "/events/call", &pbx::leg("one", 2, "Connected", "79000001101", "101", now + 3)).await;
    olga.until("document.querySelector('#calls [data-state=talking]')").await;
    anna.until("document.querySelector('#incoming') && !document.querySelector('#incoming [data-ringing]')")
        .await;
    anna.driver.refresh().await.expect("a reload");
    anna.until("document.querySelector('#incoming').innerText.includes('+7 900 000-11-01')").await;

    olga.open(&app, "/orders").await;
    anna.press("n").await;
    anna.find("#order-dialog").await;
    type_order(&anna).await;
    tab_to(&anna, "[name=type_equipment]").await;
    anna.press(" ").await;
    tab_to(&anna, "[name=date_meeting]").await;
    let tomorrow = (chrono::Utc::now() + chrono::Duration::days(1)).format("%Y-%m-%dT15:00").to_string();
    let script = "document.activeElement.value = arguments[0]; document.activeElement.dispatchEvent(new Event('input', {bubbles: true})); document.activeElement.dispatchEvent(new Event('change', {bubbles: true}))";
    // A date control is typed differently in every language of the browser; what is tested here is the form.
    anna.script(script, vec![serde_json::json!(tomorrow)]).await;
    anna.picture("order-new").await;
    anna.press_with_control(thirtyfour::Key::Enter).await;
    anna.until("!document.querySelector('#dialog').open").await;
    anna.until("document.querySelector('#toasts .toast')").await;

    // The conversation goes on, and offers the order instead of a second one.
    anna.until("document.querySelector('#incoming a[href^=\"/orders?open=\"]')").await;
    anna.until("document.querySelector('#calls tr a[href^=\"/orders?open=\"]')").await;
    assert!(!anna.has("#incoming a[href^='/orders/new'], #calls a[href^='/orders/new']").await);

    olga.until("document.querySelector('#orders [id^=order-]')").await;
    assert!(olga.text("#orders").await.contains("Марина"));
    let day = &tomorrow[..10];
    olga.open(&app, &format!("/orders?slots_day={day}")).await;
    olga.until("[...document.querySelectorAll('#slots [data-slot=\"15:00\"]')].some((c) => c.innerText.trim().startsWith('1'))").await;
    olga.picture("orders-with-one").await;
    anna.close_without_complaints(&app).await;
    olga.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_is_there_after_a_lost_session() {
    let app = workplace().await;
    app.operator_at("Анна", "101").await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders/new").await;
    anna.find("#order-dialog [name=client_name]").await.send_keys("Марина").await.expect("typing");
    anna.until("document.querySelector('[data-draft-state]').innerText.includes('сохранён')").await;

    let id = app.read(|db| {
        use callcentre::platform::db::schema::accounts;
        use diesel::prelude::*;
        accounts::table.filter(accounts::name.eq("Анна")).select(accounts::id).first(db)
    });
    app.write(|tx| callcentre::auth::queries::end_sessions(tx, id));
    anna.until("location.pathname === '/login'").await;
    anna.find("#login").await.send_keys("Анна").await.expect("typing");
    anna.find("#password")
        .await
        .send_keys(format!("{}\u{e007}", crate::support::app::PASSWORD))
        .await
        .expect("typing");
    anna.until("location.pathname === '/orders/new'").await;
    anna.until("document.querySelector('[name=client_name]').value === 'Марина'").await;
    anna.close_without_complaints(&app).await;
}
