//! Tired hands and the habits of a browser: Enter, Esc, Back, Ctrl+click, a slip of the mouse.

use callcentre::domain::id::AccountId;
use callcentre::platform::db::schema::orders;
use diesel::prelude::*;
use serde_json::{Value, json};
use thirtyfour::Key;

use crate::chromium::{Chromium, Window};
use crate::pbx;
use crate::support::TestApp;
use crate::support::orders::make;
use crate::support::world::{self, MANGO};

async fn workplace() -> (TestApp, AccountId) {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app.operator_at("Анна", "101").await;
    app.operator_at("Вера", "102").await;
    let anna = app.read(|db| {
        use callcentre::platform::db::schema::accounts;
        accounts::table.filter(accounts::name.eq("Анна")).select(accounts::id).first(db)
    });
    (app, anna)
}

async fn key(window: &Window, key: Key) {
    window.press(char::from(key).to_string()).await;
}

async fn click(window: &Window, selector: &str) {
    window.find(selector).await.click().await.expect("a click");
}

async fn asked(window: &Window) -> Value {
    let script =
        "return performance.getEntriesByType('resource').filter((e) => e.name.includes('q=')).length";
    window.script(script, vec![]).await
}

const OPEN: &str = "document.querySelector('#dialog').open";
const CLOSED: &str = "!document.querySelector('#dialog').open";

#[tokio::test(flavor = "multi_thread")]
async fn enter_goes_on_through_the_form_and_ctrl_enter_saves_it() {
    let (app, _) = workplace().await;
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    anna.press("n").await;
    anna.until("document.activeElement.id === 'n-phone'").await;
    anna.press("89001234567").await;
    key(&anna, Key::Return).await;
    anna.until("document.activeElement.name === 'rk'").await;
    assert!(!anna.has("[aria-invalid=true]").await, "half a form was not sent");
    anna.find("#n-name").await.send_keys("Марина").await.expect("typing");
    anna.press("\u{e007}").await;
    anna.until("document.activeElement.id === 'n-address'").await;
    anna.press("\u{e007}").await;
    anna.until("document.activeElement.id === 'n-problem'").await;
    // In a text of several lines Enter is a new line.
    anna.press("Течёт\u{e007}снизу").await;
    anna.until("document.querySelector('#n-problem').value === 'Течёт\\nснизу'").await;
    // The Enter of the number pad saves as well.
    anna.press_with_control(Key::Enter).await;
    anna.until("document.querySelector('#dialog [aria-invalid=true]')").await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_typed_into_a_closed_dialog_comes_back() {
    let (app, anna_id) = workplace().await;
    let order = make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    click(&anna, &format!("#order-{order} [data-row-link]")).await;
    anna.find("#o-comment").await.send_keys("Домофон 12").await.expect("typing");
    key(&anna, Key::Escape).await;
    anna.until(CLOSED).await;
    anna.until("document.querySelector('#toasts').innerText.includes('Не сохранено')").await;
    anna.until(&format!("document.querySelector('#order-{order} .row-draft')")).await;
    anna.picture("order-not-saved").await;
    click(&anna, "#toasts .toast__act").await;
    anna.until("document.querySelector('#dialog #o-comment')?.value === 'Домофон 12'").await;
    anna.press_with_control(Key::Enter).await;
    anna.until("document.querySelector('[name=was_comment]')?.value === 'Домофон 12'").await;
    key(&anna, Key::Escape).await;
    anna.until(CLOSED).await;
    anna.until(&format!("!document.querySelector('#order-{order} .row-draft')")).await;
    anna.until("location.pathname === '/orders'").await;

    // A form without a draft comes back as it was left.
    pbx::missed(&app, "79000001110").await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    anna.open(&app, "/telephony").await;
    click(&anna, "#calls a[data-row-link]").await;
    click(&anna, "#dialog a[href^=\"/telephony/callbacks/new\"]").await;
    anna.find("#callback-note").await.send_keys("сказать цену").await.expect("typing");
    key(&anna, Key::Escape).await;
    anna.until(CLOSED).await;
    click(&anna, "#toasts .toast__act").await;
    anna.until("document.querySelector('#dialog #callback-note')?.value === 'сказать цену'").await;
    click(&anna, "#callback-form button[value=\"15\"]").await;
    anna.until(CLOSED).await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slip_is_taken_back_from_the_toast() {
    let (app, anna_id) = workplace().await;
    let order = make(&app, anna_id, |_| {});
    pbx::missed(&app, "79000001110").await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;

    anna.open(&app, "/telephony/debts").await;
    click(&anna, "#debts [popovertarget$=\"-reasons\"]").await;
    anna.until("document.querySelector('#debts .menu').matches(':popover-open')").await;
    anna.picture("debt-reasons").await;
    click(&anna, "#debts .menu [name=reason]").await;
    // Under the hand it stays, grey, and says why.
    anna.until("document.querySelector('#debts tr.is-gone')?.innerText.includes('закрыт')").await;
    click(&anna, "#toasts .toast__act").await;
    anna.until("document.querySelector('#debts tr[id^=debt]:not(.is-gone)')").await;
    anna.until("document.querySelector('#toasts').innerText.includes('снова открыт')").await;

    anna.open(&app, "/orders").await;
    let row_is =
        |status: &str| format!("document.querySelector('#order-{order}').dataset.status === '{status}'");
    click(&anna, &format!("#order-{order} [data-status-menu]")).await;
    click(&anna, "#row-status details:has([name=reason_refused]) > summary").await;
    click(&anna, "#row-status details[open] button").await;
    anna.until(&row_is("refused")).await;
    anna.picture("status-undo").await;
    click(&anna, "#toasts .toast__act").await;
    anna.until(&row_is("wait")).await;

    // The same from the dialog.
    click(&anna, &format!("#order-{order} [data-row-link]")).await;
    let next = "document.querySelector('#dialog [data-next-step]')?.innerText.includes('Назначить мастера')";
    anna.until(next).await;
    click(&anna, "#dialog .steps__step[data-status=accepted]").await;
    click(&anna, ".confirm [data-no]").await;
    anna.until("!document.querySelector('.confirm[open]')").await;
    click(&anna, "#dialog .steps__step[data-status=accepted]").await;
    click(&anna, ".confirm [data-yes]").await;
    anna.until(&row_is("accepted")).await;
    click(&anna, "#dialog .toast__act").await;
    anna.until(&row_is("wait")).await;
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn back_closes_the_dialog_over_the_list_as_it_was() {
    let (app, anna_id) = workplace().await;
    let ids: Vec<i64> = (0..60).map(|_| make(&app, anna_id, |_| {})).collect();
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders?per_page=100").await;
    anna.until("document.querySelectorAll('#orders tr').length === 60").await;
    anna.script("window.isTheSamePage = true; document.querySelector('#orders').closest('.table-scroll').scrollTop = 400", vec![]).await;
    let last = format!("#order-{}", ids.last().expect("an order"));
    anna.script("document.querySelector(arguments[0] + ' a').click()", vec![json!(last)]).await;
    anna.until(OPEN).await;
    anna.until("/^\\/orders\\/\\d+$/.test(location.pathname)").await;
    anna.driver.back().await.expect("back");
    anna.until(CLOSED).await;
    anna.until("location.search === '?per_page=100' && location.pathname === '/orders'").await;
    let here =
        "return [window.isTheSamePage, document.querySelector('#orders').closest('.table-scroll').scrollTop]";
    assert_eq!(anna.script(here, vec![]).await, json!([true, 400]));
    anna.driver.forward().await.expect("forward");
    anna.until(OPEN).await;

    // Closed by hand, the dialog leaves nothing behind to go back through.
    key(&anna, Key::Escape).await;
    anna.until(CLOSED).await;
    anna.until("location.pathname === '/orders'").await;
    anna.driver.back().await.expect("back");
    anna.until("location.pathname !== '/orders'").await;

    // A dialog without an address of its own closes as well.
    pbx::missed(&app, "79000001110").await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    anna.open(&app, "/telephony").await;
    click(&anna, "#calls a[data-row-link]").await;
    anna.until(OPEN).await;
    anna.driver.back().await.expect("back");
    anna.until(CLOSED).await;
    assert!(anna.url().await.ends_with("/telephony"));
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_click_with_control_opens_a_tab_and_leaves_the_page() {
    let (app, anna_id) = workplace().await;
    let order = make(&app, anna_id, |_| {});
    pbx::missed(&app, "79000001110").await;
    callcentre::telephony::intake::worker::drain(&app.app).expect("folded");
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    let mut tabs = 1;
    for (page, link) in [
        ("/orders", format!("#order-{order} [data-row-link]")),
        ("/telephony", "#calls [data-row-link]".to_owned()),
        ("/telephony", "#calls a.call__client".to_owned()),
    ] {
        anna.open(&app, page).await;
        let link = anna.find(&link).await;
        let chain = anna.driver.action_chain().key_down(Key::Control).click_element(&link);
        chain.key_up(Key::Control).perform().await.expect("a click with Control");
        tabs += 1;
        while anna.driver.windows().await.expect("tabs").len() < tabs {
            tokio::task::yield_now().await;
        }
        anna.until("!document.querySelector('.htmx-request')").await;
        assert!(!anna.has("#dialog[open]").await, "{page} stays as it is");
        assert!(anna.url().await.ends_with(page));
    }
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_search_that_is_left_asks_nothing_and_what_is_overtaken_is_no_error() {
    let (app, anna_id) = workplace().await;
    make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    for (page, field) in [("/orders", "#q"), ("/telephony", "#calls-q")] {
        anna.open(&app, page).await;
        let listen = "window.errors = []; console.error = (...words) => window.errors.push(words.join(' '))";
        anna.script(listen, vec![]).await;
        // Each key overtakes the request of the one before.
        let hurry = r#"
            const form = document.querySelector(arguments[0]).form;
            for (const q of ["9", "90", "900"]) { form.elements.q.value = q; htmx.trigger(form, "submit"); }
        "#;
        anna.script(hurry, vec![json!(field)]).await;
        anna.until("location.search.includes('q=900') && !document.querySelector('.htmx-request')").await;
        let before = (asked(&anna).await, anna.script("return history.length", vec![]).await);
        anna.find(field).await.click().await.expect("a click");
        let leave = "const field = document.activeElement; field.dispatchEvent(new Event('change', { bubbles: true })); field.blur()";
        anna.script(leave, vec![]).await;
        anna.until("!document.querySelector('.htmx-request')").await;
        let after = (asked(&anna).await, anna.script("return history.length", vec![]).await);
        assert_eq!(before, after, "{page}: leaving the search asked again");
        assert_eq!(anna.script("return window.errors", vec![]).await, json!([]), "{page}");
    }
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_conflict_does_not_bring_a_second_place_for_notices() {
    let (app, anna_id) = workplace().await;
    let order = make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    click(&anna, &format!("#order-{order} [data-row-link]")).await;
    anna.find("#o-comment").await.send_keys("Домофон 12").await.expect("typing");
    app.write(|tx| {
        diesel::update(orders::table.find(order))
            .set((orders::comment.eq("Домофон 7"), orders::version.eq(orders::version + 1)))
            .execute(tx.db)
    });
    anna.press_with_control(Key::Enter).await;
    anna.until("document.querySelector('.conflict')").await;
    anna.until("document.querySelector('#toasts .toast')").await;
    assert_eq!(anna.script("return document.querySelectorAll('#toasts').length", vec![]).await, json!(1));
    assert_eq!(anna.script("return document.querySelectorAll('.toast').length", vec![]).await, json!(1));
    anna.close_without_complaints(&app).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_can_be_pressed_the_moment_it_is_there() {
    let (app, anna_id) = workplace().await;
    make(&app, anna_id, |_| {});
    let chromium = Chromium::start().await;
    let anna = chromium.window(1440, 900).await;
    anna.sign_in(&app, "Анна").await;
    anna.open(&app, "/orders").await;
    let search = r##"
        const form = document.querySelector("#q").form;
        form.elements.q.value = arguments[0];
        htmx.trigger(form, "submit");
    "##;
    anna.script(search, vec![json!("нигде")]).await;
    anna.until("!document.querySelector('#orders [data-row-link]')").await;
    let press_at_once = r##"
        window.isTheSamePage = true;
        new MutationObserver((_, observer) => {
          const link = document.querySelector("#orders [data-row-link]");
          if (!link) return;
          observer.disconnect();
          link.click();
        }).observe(document.body, { childList: true, subtree: true });
    "##;
    anna.script(press_at_once, vec![]).await;
    anna.script(search, vec![json!("")]).await;
    anna.find("#dialog[open] #o-comment").await;
    assert_eq!(anna.script("return window.isTheSamePage", vec![]).await, json!(true), "a dialog, not a page");
    anna.close_without_complaints(&app).await;
}
