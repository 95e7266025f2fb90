//! The sheet of an order: everything of it on paper, with a sum that tells whether it has changed.

use callcentre::domain::id::CallId;
use callcentre::platform::db::schema::audit_log;
use diesel::prelude::*;
use sha2::{Digest, Sha256};

use crate::support::calls::call;
use crate::support::orders::{make, office};

#[tokio::test(flavor = "multi_thread")]
async fn the_sheet_tells_everything_of_an_order_and_its_sum_holds_until_something_changes() {
    let (app, anna) = office().await;
    let called = call("79001234567", "2026-11-23T08:55:00").put(&app);
    let order = make(&app, anna, |order| {
        order.problem = "Течёт\nсильно <b>".into();
        order.call_ids = vec![CallId(called)];
    });
    let operator = app.sign_in("Анна Белова").await;
    let dialog = operator.get(&format!("/orders/{order}")).await;
    assert!(dialog.has(&format!("a[href='/orders/{order}/sheet']")), "the order leads to its sheet");
    let address = format!("/orders/{order}/sheet");
    let page = operator.get(&address).await;
    assert_eq!((page.status, page.text_of("h1")), (200, format!("Лист по заказу № {order}")));
    for words in [
        "+7 900 123-45-67",
        "Марина Ковалёва",
        "Течёт",
        "<b>",
        "Звонки (1)",
        "Пропущен",
        "Заказ создан",
        "Документов нет",
    ] {
        assert!(page.text().contains(words), "{words} in {}", page.text());
    }
    let told = page.text_of("[data-hash]");
    let text = operator.get(&format!("{address}?as=text")).await;
    assert!(text.header("content-type").starts_with("text/plain"));
    let sum = |body: &str| -> String {
        Sha256::digest(body.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
    };
    assert_eq!(sum(&text.body), told, "the text is what the sum is of");
    let boss = app.admin("Ольга Сергеевна").await;
    let again = boss.get(&address).await;
    assert_eq!(again.text_of("[data-hash]"), told, "looking changes nothing");
    assert!(again.text().contains("Анна Белова"), "who opened it is told");
    let opened: i64 =
        app.read(|db| audit_log::table.filter(audit_log::action.eq("order.sheet")).count().get_result(db));
    assert_eq!(opened, 2, "once for each person and hour");
    operator
        .hx_submit(
            "dialog",
            &format!("/orders/{order}/status"),
            &[("status_order", "Принял"), ("version", "1")],
        )
        .await;
    assert_ne!(boss.get(&address).await.text_of("[data-hash]"), told, "a change is seen");
    assert_eq!(boss.get("/orders/999999/sheet").await.status, 404);
}
