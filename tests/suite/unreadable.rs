//! What the program has written itself and cannot read any more is an error that says where it stands: never an empty
//! list, an order in 1970 or a master who is free.

use callcentre::domain::id::OrderId;
use callcentre::domain::person::Role;
use callcentre::orders::queries::one;
use diesel::prelude::*;

use crate::support::TestApp;
use crate::support::app::PASSWORD;
use crate::support::calls::call;
use crate::support::orders::{NOON, make, office};

fn run(app: &TestApp, sql: &str) {
    app.write(|tx| diesel::sql_query(sql).execute(tx.db));
}

/// The address works, fails while the statement's harm is done, and says meanwhile on which row.
async fn fails_meanwhile(app: &TestApp, login: &str, address: &str, (harm, mend): (&str, &str)) {
    let client = app.sign_in(login).await;
    assert_eq!(client.get(address).await.status, 200, "{address} before");
    run(app, harm);
    assert_eq!(client.get(address).await.status, 500, "{address} after {harm}");
    run(app, mend);
    assert_eq!(client.get(address).await.status, 200, "{address} when it is mended");
}

#[tokio::test(flavor = "multi_thread")]
async fn json_that_cannot_be_read_is_an_error_and_not_nothing() {
    let (app, anna) = office().await;
    app.create_account(Role::Admin, "Ольга");
    run(&app, &format!("UPDATE callcentre_operator SET extension = '101' WHERE id = {anna}"));
    let id = call("79001234567", NOON).live("talking", &[("101", "talking")]).put(&app);
    let page = format!("/calls/{id}");
    for column in ["legs", "rung"] {
        let (harm, mend) =
            (format!("UPDATE calls SET {column} = '[{{'"), format!("UPDATE calls SET {column} = '[]'"));
        fails_meanwhile(&app, "Анна Белова", &page, (&harm, &mend)).await;
    }
    let present = ("UPDATE calls SET present = '101'", "UPDATE calls SET present = '[]'");
    fails_meanwhile(&app, "Анна Белова", "/telephony/incoming", present).await;
    fails_meanwhile(&app, "Ольга", "/admin/wallboard", present).await;

    run(
        &app,
        &format!(
            "INSERT INTO table_views (account_id, page, layout) VALUES ({anna}, 'orders', '[[\"rk\",0]]')"
        ),
    );
    let layout = ("UPDATE table_views SET layout = '[[\"rk\"]]'", "DELETE FROM table_views");
    fails_meanwhile(&app, "Анна Белова", "/orders", layout).await;

    let operator = app.sign_in("Анна Белова").await;
    assert_eq!(operator.submit("/orders/draft/new", &[("address", "ул. Чапаева")]).await.status, 204);
    let draft = ("UPDATE drafts SET fields = 'ул. Чапаева'", "DELETE FROM drafts");
    fails_meanwhile(&app, "Анна Белова", "/orders/new", draft).await;

    let mailbox = (
        "INSERT INTO settings (name, value, updated_at) VALUES ('mail.box', 'mail', '2026-11-23 12:00:00')",
        "DELETE FROM settings WHERE name = 'mail.box'",
    );
    fails_meanwhile(&app, "Ольга", "/admin/mail", mailbox).await;
}

#[tokio::test(flavor = "multi_thread")]
async fn a_day_that_cannot_be_read_is_an_error_and_not_1970() {
    let (app, anna) = office().await;
    app.create_account(Role::Admin, "Ольга");
    app.write(|tx| {
        diesel::sql_query("INSERT INTO master (name) VALUES ('Рустам')").execute(tx.db)?;
        diesel::sql_query(
            "INSERT INTO master_days_off (master_id, from_day, to_day, note) \
             SELECT id, '2026-11-24', '2026-11-25', '' FROM master",
        )
        .execute(tx.db)
    });
    let order = make(&app, anna, |_| {});
    run(&app, "UPDATE orders SET master_id = (SELECT id FROM master)");
    // In words that sort among the days that are asked for.
    let day =
        ("UPDATE orders SET meeting_day = '2026-11-24, вт'", "UPDATE orders SET meeting_day = '2026-11-24'");
    fails_meanwhile(&app, "Анна Белова", &format!("/orders/{order}"), day).await;
    let choice = "/masters/choice?city=Москва&equipment=БТ&day=2026-11-24&current=";
    let free = (
        "UPDATE master_days_off SET to_day = '2026-11-25, ср'",
        "UPDATE master_days_off SET to_day = '2026-11-25'",
    );
    fails_meanwhile(&app, "Анна Белова", choice, free).await;

    run(&app, day.0);
    let error =
        app.app.db.read_now(|db| Ok(one::order(db, OrderId(order))?)).expect_err("no day").to_string();
    assert!(error.contains("meeting_day") && error.contains("\"2026-11-24, вт\" is no day"), "{error}");
}

#[tokio::test(flavor = "multi_thread")]
async fn who_has_a_session_that_cannot_be_read_signs_in_again() {
    let (app, _) = office().await;
    for harm in
        ["{", "[]", r#"{"account_id":"Анна","stamp":"1"}"#, r#"{"account_id":"1","stamp":"\"1","device":7}"#]
    {
        let anna = app.sign_in("Анна Белова").await;
        assert_eq!(anna.get("/orders").await.status, 200);
        run(&app, &format!("UPDATE sessions SET state = '{harm}'"));
        let page = anna.get("/orders").await;
        assert_eq!(page.status, 303, "{harm}");
        assert!(page.header("location").starts_with("/login"), "{harm}");
        let again = anna.submit("/login", &[("login", "Анна Белова"), ("password", PASSWORD)]).await;
        assert_eq!(again.status, 303, "{harm}");
        assert_eq!(anna.get("/profile").await.status, 200, "{harm}: what is left of it is in nobody's way");
    }
}
