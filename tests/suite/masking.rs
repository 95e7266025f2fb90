//! Numbers that operators do not see: nowhere on any page, and everything works without them.

use callcentre::domain::id::CallId;
use callcentre::domain::phone::Phone;
use callcentre::platform::db::schema::{audit_log, callbacks, orders};
use diesel::prelude::*;

use crate::support::Page;
use crate::support::calls::call;
use crate::support::orders::{make, office};

/// Pieces of the number in every spelling.
const RAW: [&str; 4] = ["9001234567", "123-45-67", "1234567", "900%20123"];

fn leaks(page: &Page) -> Vec<&'static str> {
    let headers: String = page.headers.iter().map(|(_, value)| format!("{value:?} ")).collect();
    RAW.into_iter().filter(|raw| page.body.contains(raw) || headers.contains(raw)).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_operator_sees_no_number_anywhere_and_works_without_it() {
    let (app, anna) = office().await;
    let missed = call("79001234567", "2026-11-23T11:55:00").put(&app);
    let order = make(&app, anna, |order| order.call_ids = vec![CallId(missed)]);
    callcentre::schedule::run_now(&app.app, "debts").expect("counted");
    callcentre::schedule::run_now(&app.app, "notices").expect("begun");
    let second = call("79001234567", "2026-11-23T11:58:00").put(&app);
    callcentre::schedule::run_now(&app.app, "debts").expect("counted");
    callcentre::schedule::run_now(&app.app, "notices").expect("told");
    let boss = app.admin("Ольга Сергеевна").await;
    let operator = app.operator_at("Вера Нова", "105").await;
    let client = format!("/clients/{}", 1);
    assert!(operator.get(&client).await.text().contains("+7 900 123-45-67"), "shown until it is asked for");
    assert_eq!(boss.submit("/admin/data/mask", &[("masked", "on")]).await.status, 303);
    let made = operator
        .submit(
            "/telephony/callbacks",
            &[("number", "79001234567"), ("due", "завтра 14"), ("note", "перезвонить")],
        )
        .await;
    assert!(leaks(&made).is_empty());
    let mut seen = 0;
    for path in [
        "/telephony",
        "/telephony?q=79001234567",
        "/telephony/incoming",
        "/telephony/debts",
        "/telephony/callbacks",
        "/telephony/callbacks/new?number=79001234567",
        "/orders",
        "/orders?q=900+123",
        "/orders/new?phone=79001234567",
        "/orders/client?phone=%2B7+900+123-45-67",
        "/clients?q=79001234567",
        "/search?q=79001234567",
        "/notices",
        "/messages",
        "/stats/rows?what=orders",
        "/stats/rows?what=missed",
        "/stats/export?format=csv",
        &client,
        &format!("/calls/{missed}"),
        &format!("/orders/new?call={second}"),
        &format!("/orders/{order}"),
        &format!("/orders/{order}?tab=history"),
        &format!("/orders/{order}/sheet"),
        &format!("/orders/{order}/sheet?as=text"),
    ] {
        let page = operator.get(path).await;
        assert_eq!(page.status, 200, "{path}");
        assert!(leaks(&page).is_empty(), "{path} says {:?}: {}", leaks(&page), page.body);
        seen += usize::from(page.body.contains("900 ···-··-67"));
    }
    assert!(seen >= 12, "the mask stands where the number stood, on {seen} pages");
    assert!(boss.get(&client).await.text().contains("+7 900 123-45-67"), "admins see it");

    // A form that was filled by the program saves the number it did not show.
    let form = operator.get(&format!("/orders/new?call={second}")).await;
    let shown = form.attr("input[name=phone]", "value").expect("a field");
    let kept = form.attr("input[name='phone~of']", "value").expect("what stands for it");
    assert_eq!(shown, "+7 900 ···-··-67");
    let saved = operator
        .submit(
            "/orders",
            &[
                ("phone", &shown),
                ("phone~of", &kept),
                ("rk", "Авито"),
                ("city", "Москва"),
                ("type_order", "Впервые"),
                ("address", "Лесная, 5"),
                ("date_meeting", "26.11.2026 11:00"),
                ("type_equipment", "БТ"),
                ("problem", "шумит"),
                ("request_key", "masked-form"),
            ],
        )
        .await;
    assert!(saved.status == 303, "{} {}", saved.status, saved.text());
    let phones: Vec<String> = app.read(|db| orders::table.order(orders::id).select(orders::phone).load(db));
    assert_eq!(phones, ["79001234567", "79001234567"]);
    // An order that is saved untouched keeps its number.
    let dialog = operator.get(&format!("/orders/{order}")).await;
    let field = |selector: &str| dialog.attr(selector, "value").expect("a field");
    let edited = operator
        .submit(
            &format!("/orders/{order}"),
            &[
                ("version", &field("input[name=version]")),
                ("phone", &field("input[name=phone]")),
                ("phone~of", &field("input[name='phone~of']")),
                ("was_phone", &field("input[name=was_phone]")),
                ("address", "Новая, 7"),
                ("was_address", "ул. Чапаева, 48, кв. 12"),
            ],
        )
        .await;
    assert_eq!(edited.status, 303, "{}", edited.text());
    let kept: (String, String) =
        app.read(|db| orders::table.find(order).select((orders::phone, orders::address)).first(db));
    assert_eq!(kept, ("79001234567".to_owned(), "Новая, 7".to_owned()));

    // A button carries what stands for the number.
    let page = operator.get(&client).await;
    let told = page.attr("button[hx-post='/clients/reveal']", "hx-vals").expect("a button");
    let token = told.split('"').nth(3).expect("a stand-in").to_owned();
    assert!(token.starts_with("tel~") && Phone::parse(&token).is_none());
    let promised: Vec<String> = app.read(|db| callbacks::table.select(callbacks::number).load(db));
    assert_eq!(promised, ["79001234567"]);
    let revealed = operator.submit("/clients/reveal", &[("number", &token)]).await;
    assert_eq!(revealed.text_of("[data-revealed]"), "+7 900 123-45-67");
    let journal: Vec<String> = app.read(|db| {
        audit_log::table.filter(audit_log::action.eq("phone.reveal")).select(audit_log::subject).load(db)
    });
    assert_eq!(journal, ["+7 900 123-45-67"], "one press, one line");
    assert_eq!(boss.submit("/admin/data/mask", &[]).await.status, 303);
    assert!(operator.get(&client).await.text().contains("+7 900 123-45-67"), "and shown again");
}
