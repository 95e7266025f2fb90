//! Changing a status from its row of the list.

use callcentre::domain::order::StatusOrder;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{orders, refusal_reasons};
use diesel::prelude::*;

use crate::support::orders::{make, office};
use crate::support::{Client, Page, TestApp};

/// Анна (operator), Ольга (admin), and a new order of Анна.
async fn board() -> (TestApp, Client, Client, i64) {
    let (app, id) = office().await;
    app.create_account(Role::Admin, "Ольга Титова");
    let order = make(&app, id, |_| {});
    let (anna, olga) = (app.sign_in("Анна Белова").await, app.sign_in("Ольга Титова").await);
    (app, anna, olga, order)
}

async fn open(person: &Client, order: i64) -> Page {
    person.hx_get("row-status", &format!("/orders/{order}/status")).await
}

async fn choose(person: &Client, order: i64, fields: &[(&str, &str)]) -> Page {
    person.hx_submit("row-status", &format!("/orders/{order}/status"), fields).await
}

fn status(app: &TestApp, id: i64) -> (StatusOrder, Option<String>, Option<i64>) {
    app.read(|db| {
        let columns = (orders::status_order, orders::refusal_reason, orders::result);
        orders::table.find(id).select(columns).first(db)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_step_comes_first_and_is_one_press_away() {
    let (app, anna, _, order) = board().await;
    let list = anna.get("/orders").await;
    let button = format!("#order-{order} [data-status-menu]");
    assert_eq!(list.attr(&button, "hx-get").as_deref(), Some(&*format!("/orders/{order}/status")));
    assert_eq!(list.text_of(&button), "Статус: Ожидает");

    let menu = open(&anna, order).await;
    assert!(menu.is_fragment());
    assert_eq!(menu.texts(".status").first().map(String::as_str), Some("Принял"));
    assert!(!menu.texts(".status").contains(&"Ожидает".to_owned()), "where it is already");
    let version = menu.attr("[name=version]", "value").expect("the version that was seen");
    let done = choose(&anna, order, &[("version", &version), ("status_order", "Принял")]).await;
    assert_eq!(done.status, 204, "the row is read anew, nothing replaces the menu");
    let told: serde_json::Value = serde_json::from_str(done.header("hx-trigger")).expect("events");
    assert_eq!(told["toast"]["title"], format!("Заказ № {order}: Принял"));
    assert_eq!(told["live:orders"]["ids"][0], order);
    assert_eq!(status(&app, order).0, StatusOrder::Accepted);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_offers_the_reasons_and_does_not_go_without() {
    let (app, anna, _, order) = board().await;
    let menu = open(&anna, order).await;
    assert!(menu.has("button[name=reason_refused][value=Дорого]"), "{}", menu.body);
    let refused = choose(&anna, order, &[("version", "1"), ("status_order", "Отказ")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text_of("[role=alert]").contains("Укажите причину"), "{}", refused.body);
    assert!(refused.has("details[open] [name=reason_refused]"), "the same choice is open again");
    let fields = [("version", "1"), ("status_order", "Отказ"), ("reason_refused", "Дорого")];
    assert_eq!(choose(&anna, order, &fields).await.status, 204);
    assert_eq!(status(&app, order), (StatusOrder::Refused, Some("Дорого".to_owned()), None));
    let menu = open(&anna, order).await;
    assert!(!menu.texts(".status").contains(&"Принял".to_owned()), "only an admin opens again");
    app.write(|tx| diesel::delete(refusal_reasons::table).execute(tx.db));
    assert!(open(&anna, order).await.has("input[name=reason_noorder]"), "own words while there is no list");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_enters_the_sum_in_the_menu_and_an_operator_is_told_who_does() {
    let (app, anna, olga, order) = board().await;
    let menu = open(&anna, order).await;
    assert!(!menu.has("[name=result_done]"));
    assert!(menu.text().contains("Итог вносит администратор"));
    let wrong = [("version", "1"), ("status_order", "Готово"), ("result_done", "много")];
    let refused = choose(&olga, order, &wrong).await;
    assert_eq!(refused.status, 422);
    assert_eq!(refused.attr("[name=result_done]", "value").as_deref(), Some("много"), "typing is kept");
    let right = [("version", "1"), ("status_order", "Готово"), ("result_done", "12 400,50")];
    assert_eq!(choose(&olga, order, &right).await.status, 204);
    assert_eq!(status(&app, order), (StatusOrder::Done, None, Some(1_240_050)));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_that_somebody_else_changed_meanwhile_is_not_overwritten() {
    let (app, anna, olga, order) = board().await;
    choose(&olga, order, &[("version", "1"), ("status_order", "В пути")]).await;
    let late = choose(&anna, order, &[("version", "1"), ("status_order", "Принял")]).await;
    assert_eq!(late.status, 422);
    let said = late.text_of("[role=alert]");
    assert!(said.contains("Титова О. — статус"), "{said}");
    assert_eq!(late.attr("[name=version]", "value").as_deref(), Some("2"), "the next choice is a fresh one");
    assert_eq!(status(&app, order).0, StatusOrder::EnRoute);
}

#[tokio::test(flavor = "multi_thread")]
async fn without_scripts_and_without_an_order_it_leads_somewhere() {
    let (_app, anna, _, order) = board().await;
    let page = anna.get(&format!("/orders/{order}/status")).await;
    assert_eq!((page.status, page.header("location")), (303, &*format!("/orders/{order}")));
    assert_eq!(open(&anna, 999_999).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_chosen_by_a_slip_of_the_hand_is_taken_back_from_the_toast() {
    let (app, anna, olga, order) = board().await;
    let refusal = [("version", "1"), ("status_order", "Отказ"), ("reason_refused", "Дорого")];
    let done = choose(&anna, order, &refusal).await;
    let told: serde_json::Value = serde_json::from_str(done.header("hx-trigger")).expect("events");
    let undo = &told["toast"]["undo"];
    assert_eq!(undo["url"], format!("/orders/{order}/undo"));
    assert_eq!(undo["fields"]["version"], "2");

    let url = format!("/orders/{order}/undo");
    let of_other = olga.hx_submit("toasts", &url, &[("version", "2")]).await;
    assert_eq!(of_other.status, 409, "only one's own");
    let back = anna.hx_submit("toasts", &url, &[("version", "2")]).await;
    assert_eq!(back.status, 204, "{}", back.text());
    assert!(back.header("hx-trigger").contains("live:orders"));
    assert_eq!(status(&app, order), (StatusOrder::Wait, None, None), "an operator opens her own slip again");
    let closed: Option<chrono::NaiveDateTime> =
        app.read(|db| orders::table.find(order).select(orders::closing_data).first(db));
    assert_eq!(closed, None);
    let story = anna.get(&format!("/orders/{order}?tab=history")).await.text();
    assert!(
        story.contains("Отказ") && story.contains("Дорого"),
        "the slip and its undoing are kept: {story}"
    );
    assert_eq!(anna.hx_submit("toasts", &url, &[("version", "2")]).await.status, 409, "once");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_was_changed_since_or_long_ago_is_not_taken_back() {
    let (app, anna, olga, order) = board().await;
    let url = format!("/orders/{order}/undo");
    choose(&anna, order, &[("version", "1"), ("status_order", "Принял")]).await;
    let fields = [("version", "2"), ("was_comment", ""), ("comment", "Домофон 12")];
    let saved = olga.hx_submit("dialog", &format!("/orders/{order}"), &fields).await;
    assert_eq!(saved.status, 200, "{}", saved.text());
    let late = anna.hx_submit("toasts", &url, &[("version", "2")]).await;
    assert_eq!(late.status, 409, "somebody has worked on from there");
    assert_eq!(status(&app, order).0, StatusOrder::Accepted);

    choose(&anna, order, &[("version", "3"), ("status_order", "В пути")]).await;
    app.app.clock.stop_at(app.app.clock.now() + chrono::Duration::minutes(11));
    assert_eq!(anna.hx_submit("toasts", &url, &[("version", "4")]).await.status, 409);
    assert_eq!(anna.hx_submit("toasts", &url, &[]).await.status, 409);
    assert_eq!(status(&app, order).0, StatusOrder::EnRoute);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_row_tells_of_changes_that_were_left_unsaved() {
    let (_app, anna, olga, order) = board().await;
    let mark = format!("#order-{order} .row-draft");
    assert!(!anna.get("/orders").await.has(&mark));
    let draft = format!("/orders/draft/order-{order}");
    let kept = anna.submit(&draft, &[("comment", "Домофон"), ("was_comment", "")]).await;
    assert_eq!(kept.status, 204);
    assert!(anna.get("/orders").await.has(&mark));
    assert!(!olga.get("/orders").await.has(&mark), "one's own only");
    let fields = [("version", "1"), ("was_comment", ""), ("comment", "Домофон")];
    assert_eq!(anna.hx_submit("dialog", &format!("/orders/{order}"), &fields).await.status, 200);
    assert!(!anna.get("/orders").await.has(&mark), "it is saved");
}
