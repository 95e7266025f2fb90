//! What is owed to clients: a missed call is taken, called back by one press and paid before everybody's eyes; a
//! promise rings at its time and passes to a colleague.

use std::time::Duration;

use callcentre::auth::queries as accounts;
use callcentre::domain::person::WorkStatus;
use callcentre::integrations::mango::fake::{Ending, Fake};
use callcentre::platform::db::schema::{accounts as people, callbacks};
use diesel::prelude::*;

use crate::chromium::{Chromium, Window};
use crate::pbx;
use crate::support::TestApp;
use crate::support::world::{self, MANGO};

/// Long enough for a person to see each step of a call.
const BEAT: Duration = Duration::from_millis(700);

/// Anna at 101 and Vera at 102, both online, with a telephony that makes calls.
async fn workplace() -> (TestApp, Fake) {
    let [(_, key), (_, salt)] = MANGO;
    let fake = Fake::start(key, salt, Box::new(|_| None)).expect("a telephony");
    let url = fake.api_url();
    let app = TestApp::start_with(&[MANGO[0], MANGO[1], ("MANGO_API_URL", &url)]).await;
    world::found(&app);
    fake.notify(&app.address());
    fake.end_calls(Ending::Talk, BEAT);
    for (name, extension, user_id) in [("Анна", "101", 300_000_101), ("Вера", "102", 300_000_102)] {
        fake.employ(name, extension, &format!("sip:op{extension}@crmdev.mangosip.ru"), user_id);
        app.operator_at(name, extension).await;
    }
    (app, fake)
}

fn put(app: &TestApp, name: &str, status: WorkStatus) {
    let now = app.app.clock.now();
    app.write(|tx| {
        let id = people::table.filter(people::name.eq(name)).select(people::id).first(tx.db)?;
        accounts::set_work_status(tx, id, status, None, now)
    });
}

async fn says(window: &Window, place: &str, words: &str) {
    window.until(&format!("document.querySelector('{place}')?.innerText.includes('{words}')")).await;
}

async fn click(window: &Window, selector: &str) {
    window.find(selector).await.click().await.expect("a click");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_call_is_taken_called_back_by_one_press_and_paid() {
    let (app, fake) = workplace().await;
    let chromium = Chromium::start().await;
    let (anna, vera) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    for (window, name) in [(&anna, "Анна"), (&vera, "Вера")] {
        window.sign_in(&app, name).await;
        put(&app, name, WorkStatus::Online);
        window.open(&app, "/telephony/debts").await;
    }
    pbx::missed(&app, "79000001110").await;
    anna.find("#debts tr[id^=debt]").await;
    vera.find("#debts tr[id^=debt]").await;
    says(&vera, "#debts", "ничей").await;
    vera.until("document.querySelector('#nav-missed').innerText.includes('1')").await;
    anna.picture("debts").await;

    click(&anna, "#debts form[action$='/take'] button").await;
    says(&anna, "#debts", "у вас").await;
    says(&vera, "#debts", "Анна").await;
    assert!(!vera.has("#debts form[action$='/take']").await, "it is taken");

    click(&anna, "#debts tr[id^=debt] .dial").await;
    says(&anna, "#incoming", "Звоним").await;
    anna.picture("calling").await;
    says(&anna, "#incoming", "Разговор").await;
    assert!(!vera.has("#incoming .call-card").await, "another person's telephone");
    says(&vera, "#debts", "Долгов нет").await;
    vera.until("!document.querySelector('#nav-missed').innerText.trim()").await;

    click(&anna, "#incoming .btn--danger").await;
    anna.find("#incoming [data-digits]").await;
    anna.press("1").await;
    anna.find("#incoming [data-digits] [aria-pressed=true]").await;
    says(&anna, "#toasts", "Консультация").await;
    anna.picture("result").await;
    anna.close_without_complaints(&app).await;
    vera.close_without_complaints(&app).await;
    fake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_promise_rings_at_its_time_and_passes_to_a_colleague() {
    let (app, fake) = workplace().await;
    let chromium = Chromium::start().await;
    let (anna, vera) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    for (window, name) in [(&anna, "Анна"), (&vera, "Вера")] {
        window.sign_in(&app, name).await;
        put(&app, name, WorkStatus::Online);
    }
    pbx::missed(&app, "79000001110").await;
    anna.open(&app, "/telephony?fold=off").await;
    vera.open(&app, "/telephony/callbacks?show=all").await;
    click(&anna, "#calls tr a[href^='/calls/']").await;
    click(&anna, "#dialog a[href^='/telephony/callbacks/new']").await;
    anna.find("#callback-note").await.send_keys("сказать цену").await.expect("typing");
    anna.picture("callback-form").await;
    click(&anna, "#callback-form button[value='15']").await;
    anna.until("!document.querySelector('#dialog').open").await;
    says(&anna, "#toasts", "Перезвонить").await;
    says(&vera, "#callbacks", "сказать цену").await;
    vera.picture("callbacks").await;

    let now = app.app.clock.now();
    app.write(|tx| {
        diesel::update(callbacks::table)
            .set((
                callbacks::due_at.eq(now - chrono::Duration::minutes(1)),
                callbacks::owned_at.eq(now - chrono::Duration::minutes(16)),
            ))
            .execute(tx.db)
    });
    callcentre::callbacks::look_after(&app.app).expect("looked after");
    anna.find("#incoming [data-alarm]").await;
    says(&anna, "#incoming", "сказать цену").await;
    assert_eq!(
        anna.script("return document.activeElement.closest('#incoming')", vec![]).await,
        serde_json::Value::Null,
        "an alarm never takes the focus"
    );
    anna.picture("callback-alarm").await;
    anna.driver.refresh().await.expect("a reload");
    anna.find("#incoming [data-alarm]").await;
    assert!(!vera.has("#incoming [data-alarm]").await, "it is Anna's");

    put(&app, "Анна", WorkStatus::Break);
    callcentre::callbacks::look_after(&app.app).expect("looked after");
    vera.find("#incoming [data-alarm]").await;
    vera.picture("callback-passed").await;
    click(&vera, "#incoming [data-alarm] button[hx-post$='/take']").await;
    says(&vera, "#callbacks", "вы").await;
    click(&vera, "#incoming [data-alarm] .dial").await;
    says(&vera, "#incoming", "Разговор").await;
    says(&vera, "#callbacks", "Перезванивать некому").await;
    vera.until("!document.querySelector('#incoming [data-alarm]')").await;
    anna.close_without_complaints(&app).await;
    vera.close_without_complaints(&app).await;
    fake.stop().await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_missed_row_is_called_back_by_its_button_or_by_a_key() {
    let (app, fake) = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    put(&app, "Анна", WorkStatus::Online);
    pbx::missed(&app, "79000001110").await;
    anna.open(&app, "/telephony").await;
    anna.find("#calls tr.call--miss .call__main--call").await;
    anna.script("document.querySelector('#calls tr.call--miss').focus()", vec![]).await;
    anna.press("\u{e014}\u{e014}").await;
    anna.until("document.activeElement.matches('#calls tr a')").await;
    anna.press("\u{e012}\u{e012}").await;
    anna.until("document.activeElement.matches('#calls tr.call--miss')").await;
    anna.press("c").await;
    says(&anna, "#incoming", "Звоним").await;
    says(&anna, "#incoming", "Разговор").await;
    // The new call stands where the missed one stood, and the row that was worked in still has the focus.
    anna.until("!document.querySelector('#calls tr.call--miss')").await;
    anna.until("document.activeElement.matches('#calls tr[data-href]')").await;
    anna.close_without_complaints(&app).await;
    fake.stop().await;
}
