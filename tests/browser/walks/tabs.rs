//! Many tabs of one browser: each is live, whichever closes, sleeps or loses what it listens by.

use serde_json::json;

use crate::chromium::{Chromium, Window};
use crate::pbx;
use crate::support::TestApp;
use crate::support::world::{self, MANGO};

async fn workplace() -> TestApp {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app.operator_at("Анна", "101").await;
    app
}

/// Lets the telephone of Anna ring; `number` ends with its last four digits.
async fn ring(app: &TestApp, digits: &str) {
    let entry = format!("entry-{digits}");
    let client = format!("7900000{digits}");
    let now = app.app.clock.unix();
    pbx::event(app, "/events/call", &pbx::leg(&entry, 1, "Appeared", &client, "101", now)).await;
}

/// Waits until the tab that is looked at knows of the call from the number with these last digits.
async fn hears(window: &Window, digits: &str) {
    let shown = format!("{}-{}", &digits[..2], &digits[2..]);
    window.until(&format!("document.querySelector('#incoming')?.innerText.includes('{shown}')")).await;
}

/// The hints of this page have somewhere to come from.
async fn is_connected(app: &TestApp, window: &Window) {
    window.until("document.readyState === 'complete'").await;
    assert!(!window.has("#live-lost:not([hidden])").await);
    for _ in 0..10_000 {
        if !app.app.presence.connected().is_empty() {
            return;
        }
        tokio::task::yield_now().await;
    }
    panic!("nobody is connected");
}

/// Ends the shared worker as a browser short of memory does: nobody is told.
async fn kill_the_worker(window: &Window) {
    let targets = window.tool("Target.getTargets", json!({})).await;
    let worker = targets["targetInfos"]
        .as_array()
        .into_iter()
        .flatten()
        .find(|target| target["type"] == "shared_worker")
        .unwrap_or_else(|| panic!("no shared worker in {targets}"));
    let session = window
        .tool("Target.attachToTarget", json!({ "targetId": worker["targetId"], "flatten": false }))
        .await;
    let end = json!({ "id": 1, "method": "Runtime.evaluate", "params": { "expression": "self.close()" } });
    let message = json!({ "sessionId": session["sessionId"], "message": end.to_string() });
    window.tool("Target.sendMessageToTarget", message).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_tab_hears_and_goes_on_hearing_when_the_first_one_closes() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    let first = anna.this_tab().await;
    let pages = ["/telephony", "/orders", "/telephony/debts"];
    let mut tabs = vec![first.clone()];
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;

    tabs.push(anna.tab().await);
    anna.open(&app, "/orders").await;
    is_connected(&app, &anna).await;
    ring(&app, "1102").await;
    for tab in &tabs {
        anna.look_at(tab).await;
        hears(&anna, "1102").await;
    }

    for n in 2..7 {
        tabs.push(anna.tab().await);
        anna.open(&app, pages[n % pages.len()]).await;
    }
    is_connected(&app, &anna).await;
    ring(&app, "1107").await;
    for tab in &tabs {
        anna.look_at(tab).await;
        hears(&anna, "1107").await;
    }

    anna.look_at(&first).await;
    anna.driver.close_window().await.expect("a closed tab");
    tabs.remove(0);
    anna.look_at(&tabs[0]).await;
    ring(&app, "1108").await;
    for tab in &tabs {
        anna.look_at(tab).await;
        hears(&anna, "1108").await;
    }
    assert_eq!(app.app.presence.connected().len(), 1, "the person is still connected");
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_tab_that_slept_knows_what_happened_and_the_others_heard_meanwhile() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    let sleeper = anna.this_tab().await;
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;
    let other = anna.tab().await;
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;

    anna.look_at(&sleeper).await;
    anna.tool("Page.setWebLifecycleState", json!({ "state": "frozen" })).await;
    anna.look_at(&other).await;
    ring(&app, "1103").await;
    hears(&anna, "1103").await;
    anna.look_at(&sleeper).await;
    anna.tool("Page.setWebLifecycleState", json!({ "state": "active" })).await;
    hears(&anna, "1103").await;
    ring(&app, "1104").await;
    hears(&anna, "1104").await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_worker_that_died_is_replaced_when_a_tab_is_looked_at_again() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    let first = anna.this_tab().await;
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;
    let second = anna.tab().await;
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;

    kill_the_worker(&anna).await;
    ring(&app, "1105").await;
    for tab in [&second, &first] {
        anna.look_at(tab).await;
        anna.script("dispatchEvent(new Event('focus'))", vec![]).await;
        hears(&anna, "1105").await;
    }
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn without_a_shared_worker_one_tab_leads_and_another_takes_over() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    let without = "delete window.SharedWorker";
    anna.before_every_page(without).await;
    anna.sign_in(&app, "Анна").await;
    let leader = anna.this_tab().await;
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;
    let follower = anna.tab().await;
    anna.before_every_page(without).await;
    anna.open(&app, "/telephony").await;
    assert_eq!(anna.script("return typeof SharedWorker", vec![]).await, json!("undefined"));
    ring(&app, "1105").await;
    for tab in [&leader, &follower] {
        anna.look_at(tab).await;
        hears(&anna, "1105").await;
    }
    anna.look_at(&leader).await;
    anna.driver.close_window().await.expect("a closed tab");
    anna.look_at(&follower).await;
    ring(&app, "1106").await;
    hears(&anna, "1106").await;
    assert_eq!(app.app.presence.connected().len(), 1, "the person is still connected");
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_leader_that_froze_loses_the_lead_and_follows_when_it_wakes() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    // A clock that can be put on and a quicker beat stand for the half minute in which a frozen leader is noticed.
    let script = "delete window.SharedWorker;
        const every = setInterval;
        window.setInterval = (act, ms, ...given) => every(act, Math.min(ms, 500), ...given);
        const real = Date.now.bind(Date);
        let ahead = 0;
        Date.now = () => real() + ahead;
        window.putTheClockOn = (ms) => { ahead += ms; };";
    anna.before_every_page(script).await;
    anna.sign_in(&app, "Анна").await;
    let leader = anna.this_tab().await;
    anna.open(&app, "/telephony").await;
    is_connected(&app, &anna).await;
    let follower = anna.tab().await;
    anna.before_every_page(script).await;
    anna.open(&app, "/telephony").await;
    ring(&app, "1109").await;
    hears(&anna, "1109").await;

    anna.look_at(&leader).await;
    anna.tool("Page.setWebLifecycleState", json!({ "state": "frozen" })).await;
    anna.look_at(&follower).await;
    ring(&app, "1110").await;
    anna.script("putTheClockOn(60_000)", vec![]).await;
    hears(&anna, "1110").await;
    anna.look_at(&leader).await;
    anna.tool("Page.setWebLifecycleState", json!({ "state": "active" })).await;
    hears(&anna, "1110").await;
    ring(&app, "1111").await;
    for tab in [&leader, &follower] {
        anna.look_at(tab).await;
        hears(&anna, "1111").await;
    }
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_chosen_of_the_look_is_chosen_in_every_tab() {
    let app = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    let first = anna.this_tab().await;
    anna.tab().await;
    anna.open(&app, "/profile").await;
    for chosen in ["[data-theme-set=dark]", "[data-density-set=cosy]", "[data-keys-set=off]"] {
        anna.find(&format!("#main {chosen}")).await.click().await.expect("a click");
        anna.until(&format!("document.querySelector('#main {chosen}[aria-pressed=true]')")).await;
    }
    anna.look_at(&first).await;
    anna.until("document.querySelector('#theme-dark').media === 'all'").await;
    anna.until("document.documentElement.dataset.density === 'cosy'").await;
    anna.until("document.documentElement.dataset.keys === 'off'").await;
    anna.close_without_complaints(&app).await;
}
