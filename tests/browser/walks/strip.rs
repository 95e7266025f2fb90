//! The call strip: what rings can be seen and used over whatever is open, and lies over nothing.

use callcentre::auth::queries as accounts;
use callcentre::domain::id::AccountId;
use callcentre::domain::person::WorkStatus;
use callcentre::platform::db::schema::{accounts as people, callbacks};
use diesel::prelude::*;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::chromium::{Chromium, Window};
use crate::pbx;
use crate::support::TestApp;
use crate::support::orders::make;
use crate::support::world::{self, MANGO};

const CLIENT: &str = "79000001101";
const SHOWN: &str = "+7 900 000-11-01";

/// Anna at 101, on the line, and an order of hers.
async fn workplace() -> (TestApp, i64) {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app.operator_at("Анна", "101").await;
    let anna: AccountId =
        app.read(|db| people::table.filter(people::name.eq("Анна")).select(people::id).first(db));
    let now = app.app.clock.now();
    app.write(|tx| accounts::set_work_status(tx, anna, WorkStatus::Online, None, now));
    let order = make(&app, anna, |_| {});
    (app, order)
}

async fn rings(app: &TestApp, entry: &str, client: &str) {
    let now = app.app.clock.unix();
    pbx::event(app, "/events/call", &pbx::leg(entry, 1, "Appeared", client, "101", now)).await;
}

async fn is_taken(app: &TestApp, entry: &str, client: &str) {
    let now = app.app.clock.unix();
    pbx::event(app, "/events/call", &pbx::leg(entry, 2, "Connected", client, "101", now)).await;
}

/// A promise of Anna's whose time has come.
async fn promise_is_due(app: &TestApp, number: &str, note: &str) {
    let anna = app.sign_in("Анна").await;
    let said = [("number", number), ("in", "15"), ("note", note)];
    assert_eq!(anna.submit("/telephony/callbacks", &said).await.status, 303);
    let due = app.app.clock.now() - chrono::Duration::minutes(1);
    app.write(move |tx| diesel::update(callbacks::table).set(callbacks::due_at.eq(due)).execute(tx.db));
    callcentre::callbacks::look_after(&app.app).expect("looked after");
}

async fn click(window: &Window, selector: &str) {
    window.find(selector).await.click().await.expect("a click");
}

async fn key(window: &Window, key: Key) {
    window.press(char::from(key).to_string()).await;
}

/// What cannot be pressed although it is there: buttons and links of footers, pagers and the strip that are under
/// something or cut.
async fn covered(window: &Window) -> Value {
    let script = r##"
        const root = document.querySelector("dialog[open]") ?? document;
        const all = root.querySelectorAll(":is(.modal__foot, .pager, .bottom-nav, #strip-line) :is(button, a[href])");
        const strip = document.querySelector("#call-strip");
        return [...new Set([...all, ...strip.querySelectorAll("#strip-line :is(button, a[href])")])].filter((button) => {
            const place = button.getBoundingClientRect();
            if (!place.width || place.bottom <= 0 || place.top >= innerHeight) return false;
            if (place.left < 0 || place.right > innerWidth) return true;
            const hit = document.elementFromPoint(place.left + place.width / 2, place.top + place.height / 2);
            return !hit || !(button.contains(hit) || hit.contains(button));
        }).map((button) => button.outerHTML.slice(0, 120));
    "##;
    window.script(script, vec![]).await
}

/// The rectangles of two elements that have a point in common.
async fn overlap(window: &Window, one: &str, other: &str) -> bool {
    let script = r##"
        const [one, other] = [...arguments].map((selector) => document.querySelector(selector).getBoundingClientRect());
        return one.width > 0 && other.width > 0 && one.left < other.right && other.left < one.right
            && one.top < other.bottom && other.top < one.bottom;
    "##;
    window.script(script, vec![json!(one), json!(other)]).await != json!(false)
}

/// Every entry of the strip is inside of the window, and none lies over another.
async fn is_lined_up(window: &Window) -> bool {
    let script = r##"
        const places = [...document.querySelectorAll(".strip__call")].map((entry) => entry.getBoundingClientRect());
        return places.every((a, i) => a.width > 40 && a.left >= 0 && a.right <= innerWidth && a.top >= 0
            && places.slice(i + 1).every((b) => a.right <= b.left || a.bottom <= b.top));
    "##;
    window.script(script, vec![]).await == json!(true)
}

async fn goes_sideways(window: &Window) -> bool {
    let wide = window.script("return document.documentElement.scrollWidth - innerWidth", vec![]).await;
    wide.as_i64().is_none_or(|wide| wide > 0)
}

const IN_DIALOG: &str = "document.querySelector('#dialog > #call-strip .strip__call--ring')";

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rings_over_an_open_order_is_seen_and_used_there() {
    let (app, order) = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    rings(&app, "before", "79000001114").await;
    // In and out with the strip for a guest: one way back, to the list and no further.
    click(&anna, &format!("#order-{order} [data-row-link]")).await;
    anna.until("document.querySelector('#dialog[open] > #call-strip')").await;
    key(&anna, Key::Escape).await;
    anna.until("!document.querySelector('#dialog').open && location.pathname === '/orders'").await;
    pbx::ends(&app, "before", "79000001114", "101").await;
    anna.until("document.querySelector('.topbar .strip__call--over')").await;
    click(&anna, &format!("#order-{order} [data-row-link]")).await;
    anna.find("#o-comment").await.send_keys("Домофон 12").await.expect("typing");
    rings(&app, "one", CLIENT).await;
    anna.until(IN_DIALOG).await;
    assert!(anna.text("#call-strip").await.contains(SHOWN));
    anna.until("document.activeElement.id === 'o-comment'").await;
    anna.press(", код 5").await;
    anna.until("document.querySelector('#o-comment').value.endsWith('Домофон 12, код 5')").await;
    assert_eq!(covered(&anna).await, json!([]));
    assert!(!overlap(&anna, ".strip__call", "#order-dialog").await, "it lies over the order");
    anna.picture("strip-dialog").await;

    // The card opens on demand, also from a field; Esc closes it alone.
    anna.press_with(Key::Alt, 'c').await;
    anna.until("document.querySelector('#incoming:popover-open')").await;
    assert!(!overlap(&anna, "#incoming", "#dialog .modal__foot").await, "the card lies over the footer");
    anna.picture("strip-dialog-card").await;
    key(&anna, Key::Escape).await;
    anna.until("!document.querySelector('#incoming:popover-open')").await;
    assert!(anna.has("#dialog[open] #order-dialog[data-order]").await, "the order is still open");
    anna.until("document.activeElement.id === 'o-comment'").await;

    // N makes the order of the call; what was typed is kept and offered.
    anna.script("document.activeElement.blur()", vec![]).await;
    anna.press("n").await;
    anna.find("#dialog[open] form[action='/orders'] input[name=call]:not([value=''])").await;
    anna.until("document.querySelector('#dialog > #call-strip .is-filling')").await;
    anna.until("document.querySelector('#toasts').innerText.includes('Не сохранено')").await;
    assert_eq!(covered(&anna).await, json!([]));
    assert!(!overlap(&anna, ".toast", "#dialog .modal__foot").await, "a notice lies over the footer");
    anna.picture("strip-new-order").await;
    click(&anna, "#toasts .toast__act").await;
    anna.until("document.querySelector('#o-comment')?.value.endsWith('Домофон 12, код 5')").await;
    anna.until(IN_DIALOG).await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_call_that_rings_over_a_form_leaves_what_is_typed_and_its_buttons_alone() {
    let (app, order) = workplace().await;
    let chromium = Chromium::start().await;
    for (width, height) in [(1280, 720), (390, 844)] {
        let anna = chromium.window(width, height).await;
        anna.sign_in(&app, "Анна").await;
        // On lists she likes the card open; a form is not for it to lie on.
        let kept = "localStorage.setItem('call-card-' + document.querySelector('#call-strip').dataset.person, 'open')";
        anna.script(kept, vec![]).await;
        anna.open(&app, "/orders/new").await;
        // The draft of the round before is there.
        let problem = anna.find("#n-problem").await;
        problem.clear().await.expect("an empty field");
        problem.send_keys("Течёт").await.expect("typing");
        rings(&app, &format!("over-{width}"), CLIENT).await;
        anna.until("document.querySelector('.topbar #call-strip .strip__call--ring')").await;
        anna.press(" снизу").await;
        anna.until("document.querySelector('#n-problem').value === 'Течёт снизу'").await;
        assert!(!anna.has("#incoming:popover-open").await, "the card lies on the form");
        let to_foot = "scrollTo(0, document.documentElement.scrollHeight)";
        anna.script(to_foot, vec![]).await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        assert!(!goes_sideways(&anna).await, "at {width}");
        anna.picture(&format!("strip-form-{width}")).await;

        anna.open(&app, &format!("/orders/{order}")).await;
        anna.find("#strip-new").await;
        anna.script(to_foot, vec![]).await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        anna.open(&app, "/calls/1").await;
        anna.find(".page--call .modal__foot").await;
        anna.script(to_foot, vec![]).await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");

        // With a draft the footer of an order has a third button.
        anna.open(&app, &format!("/orders?open={order}")).await;
        anna.find("#o-comment").await.send_keys("!").await.expect("typing");
        anna.until("document.querySelector('#dialog [data-draft-state]').textContent.includes('сохранён')")
            .await;
        anna.open(&app, &format!("/orders?open={order}")).await;
        anna.find("#dialog .modal__foot [name=drop]").await;
        anna.until("document.querySelector('#dialog > #call-strip .strip__call')").await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        anna.picture(&format!("order-foot-{width}")).await;

        anna.open(&app, "/orders").await;
        anna.until("document.querySelector('#incoming:popover-open')").await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        anna.picture(&format!("strip-card-{width}")).await;
        click(&anna, "[data-card]").await;
        anna.until("!document.querySelector('#incoming:popover-open')").await;
        anna.driver.refresh().await.expect("a reload");
        anna.find("#strip-new").await;
        assert!(!anna.has("#incoming:popover-open").await, "she has closed it");
        click(&anna, "#strip-new").await;
        anna.find("#dialog[open] form[action='/orders']").await;
        anna.until("document.querySelector('#dialog > #call-strip .is-filling')").await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        anna.picture(&format!("strip-dialog-new-{width}")).await;
        anna.close_without_complaints(&app).await;
        pbx::ends(&app, &format!("over-{width}"), CLIENT, "101").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn several_calls_and_a_promise_line_up_and_each_can_be_made_first() {
    let (app, _) = workplace().await;
    promise_is_due(&app, "79000001112", "сказать цену").await;
    rings(&app, "one", CLIENT).await;
    is_taken(&app, "one", CLIENT).await;
    let chromium = Chromium::start().await;
    for (width, height) in [(1440, 900), (1280, 720), (390, 844)] {
        let anna = chromium.window(width, height).await;
        anna.sign_in(&app, "Анна").await;
        anna.open(&app, "/orders").await;
        anna.until("document.querySelectorAll('.strip__call').length >= 2").await;
        let entry = format!("two-{width}");
        rings(&app, &entry, "79000001113").await;
        anna.until("document.querySelectorAll('.strip__call').length >= 3").await;
        anna.until("document.querySelector('.strip__call').matches('.strip__call--ring')").await;
        let state = "return document.activeElement.closest('#call-strip')";
        assert_eq!(anna.script(state, vec![]).await, Value::Null, "it never takes the focus");
        assert!(is_lined_up(&anna).await, "at {width}");
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        assert!(!goes_sideways(&anna).await, "at {width}");
        anna.picture(&format!("strip-three-{width}")).await;

        click(&anna, ".strip__call--due .strip__who").await;
        anna.until("document.querySelector('.strip__call').matches('.strip__call--due')").await;
        anna.find(".strip__call--due .dial").await;
        assert!(is_lined_up(&anna).await, "at {width}");
        anna.picture(&format!("strip-due-{width}")).await;
        click(&anna, "[data-card]").await;
        anna.until("document.querySelector('#incoming:popover-open [data-alarm]')").await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        key(&anna, Key::Escape).await;
        anna.until("!document.querySelector('#incoming:popover-open')").await;
        anna.close_without_complaints(&app).await;
        pbx::ends(&app, &entry, "79000001113", "101").await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn telephony_keeps_its_column_and_has_the_strip_over_a_dialog() {
    let (app, _) = workplace().await;
    rings(&app, "one", CLIENT).await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/telephony?fold=off").await;
    anna.find("#incoming [data-ringing]").await;
    let seen = "document.querySelector('.strip__call').getClientRects().length";
    anna.until(&format!("{seen} === 0")).await;
    click(&anna, "#calls tr a[href^='/calls/']").await;
    anna.until(&format!("document.querySelector('#dialog[open] > #call-strip') && {seen} === 1")).await;
    assert_eq!(covered(&anna).await, json!([]));
    click(&anna, "[data-card]").await;
    anna.until("document.querySelector('#dialog #incoming:popover-open [data-ringing]')").await;
    anna.picture("strip-over-telephony").await;
    key(&anna, Key::Escape).await;
    anna.until("!document.querySelector('#dialog #incoming')").await;
    key(&anna, Key::Escape).await;
    anna.until(&format!("!document.querySelector('#dialog').open && {seen} === 0")).await;
    anna.find(".incoming--column [data-ringing]").await;
    is_taken(&app, "one", CLIENT).await;
    anna.find(".incoming--column .call-card__actions .btn--danger").await;
    let outside = r#"
        return [...document.querySelectorAll(".incoming--column .call-card__actions > *")]
            .filter((act) => act.getBoundingClientRect().right > act.closest(".card").getBoundingClientRect().right)
            .map((act) => act.textContent.trim());
    "#;
    assert_eq!(anna.script(outside, vec![]).await, json!([]), "sticks out of the card");
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn the_result_of_a_finished_conversation_is_a_digit_wherever_one_is() {
    let (app, order) = workplace().await;
    rings(&app, "one", CLIENT).await;
    is_taken(&app, "one", CLIENT).await;
    pbx::ends(&app, "one", CLIENT, "101").await;
    let chromium = Chromium::start().await;
    for (digit, width) in [(1, 1440), (2, 1000)] {
        let anna = chromium.window(width, 800).await;
        anna.sign_in(&app, "Анна").await;
        anna.open(&app, &format!("/orders?open={order}")).await;
        anna.until("document.querySelector('#dialog[open] > #call-strip .strip__call--over')").await;
        anna.picture(&format!("strip-result-{width}")).await;
        anna.script("document.activeElement.blur()", vec![]).await;
        anna.press(digit.to_string()).await;
        let chosen =
            format!("document.querySelector('#strip-line [data-digit=\"{digit}\"][aria-pressed=true]')");
        anna.until(&chosen).await;
        assert!(anna.has("#dialog[open] #order-dialog").await, "the order is still open");
        anna.close_without_complaints(&app).await;
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_beside_a_form_leaves_what_is_typed_the_footer_and_the_strip_alone() {
    let (app, _) = workplace().await;
    let chromium = Chromium::start().await;
    for (width, height) in [(1440, 900), (390, 844)] {
        let anna = chromium.window(width, height).await;
        anna.sign_in(&app, "Анна").await;
        anna.open(&app, "/orders").await;
        rings(&app, &format!("side-{width}"), CLIENT).await;
        click(&anna, "#strip-new").await;
        let problem = anna.find("#dialog[open] #n-problem").await;
        problem.clear().await.expect("an empty field");
        problem.send_keys("Течёт").await.expect("typing");
        key(&anna, Key::F1).await;
        anna.until("document.querySelector('#dialog > #side-panel:not([hidden]) .side-panel__part')").await;
        anna.until("document.activeElement.id === 'side-panel-find'").await;
        assert_eq!(covered(&anna).await, json!([]), "at {width}");
        assert!(!overlap(&anna, "#side-panel", "#dialog .modal__foot").await, "over the footer at {width}");
        assert!(!overlap(&anna, "#side-panel", ".strip__call").await, "over the strip at {width}");
        assert!(anna.accessibility_complaints().await.is_empty(), "at {width}");
        anna.picture(&format!("reference-side-{width}")).await;
        anna.press("термопас").await;
        anna.until("document.querySelector('#side-panel-body mark')?.textContent.includes('термопас')").await;
        // The first Esc takes the search back, the second one closes; the form is where it was.
        key(&anna, Key::Escape).await;
        anna.until("!document.querySelector('#side-panel-body mark')").await;
        key(&anna, Key::Escape).await;
        anna.until("document.querySelector('#side-panel').hidden").await;
        anna.until("document.activeElement.id === 'n-problem'").await;
        anna.press(" снизу").await;
        anna.until("document.querySelector('#n-problem').value === 'Течёт снизу'").await;
        // It follows the equipment.
        key(&anna, Key::F1).await;
        let choose = "document.querySelector('#dialog [name=type_equipment][value=БТ]').click()";
        anna.script(choose, vec![]).await;
        anna.until("document.querySelector('#side-panel-body').textContent.includes('Холодильники')").await;
        anna.close_without_complaints(&app).await;
        pbx::ends(&app, &format!("side-{width}"), CLIENT, "101").await;
    }
}
