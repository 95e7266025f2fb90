//! An order: as a page and in the dialog, and its status.

use callcentre::domain::id::{AccountId, MasterId};
use callcentre::domain::order::StatusOrder;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{master, order_history, orders};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::support::orders::{at, make, office};
use crate::support::{Client, Page, TestApp};

async fn set(person: &Client, order: i64, fields: &[(&str, &str)]) -> Page {
    person.hx_submit("dialog", &format!("/orders/{order}/status"), fields).await
}

type Standing = (String, Option<String>, Option<NaiveDateTime>, i64, i32);

fn standing(app: &TestApp, order: i64) -> Standing {
    app.read(|db| {
        orders::table
            .find(order)
            .select((
                orders::status_order,
                orders::refusal_reason,
                orders::closing_data,
                orders::version,
                orders::list_rank,
            ))
            .first(db)
    })
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_opens_as_a_page_and_in_the_dialog() {
    let (app, id) = office().await;
    let first = make(&app, id, |order| order.problem = "Не морозит".into());
    let order = make(&app, id, |order| order.comment = "Собака".into());
    let anna = app.sign_in("Анна Белова").await;
    let page = anna.get(&format!("/orders/{order}")).await;
    assert_eq!(page.text_of("h1"), format!("Заказ № {order}"));
    for (name, value) in [
        ("phone", "+7 900 123-45-67"),
        ("address", "ул. Чапаева, 48, кв. 12"),
        ("date_meeting", "24.11.2026 15:00"),
    ] {
        assert_eq!(page.attr(&format!("input[name={name}]"), "value").as_deref(), Some(value));
    }
    for words in [
        "Ожидает",
        "Марина Ковалёва",
        "Стиральная машина течёт",
        "Собака",
        "Бытовая техника",
        "15:00",
        "завтра, вторник, 24 ноября",
        "сегодня в 12:00",
        "не привязан ни один звонок",
        "Ещё 1 заказ",
        "Не морозит",
        "Заказ создан",
    ] {
        assert!(page.text().contains(words), "{words} in {}", page.text());
    }
    assert!(page.has(&format!(".past-orders a[href='/orders/{first}']")));
    let request = anna.request(reqwest::Method::GET, &format!("/orders/{order}"));
    let from_list = format!("{}/orders?city=X&page=2", app.address());
    let dialog = Page::of(
        request
            .header("hx-request", "true")
            .header("hx-target", "dialog")
            .header("hx-current-url", from_list),
    )
    .await;
    assert!(dialog.is_fragment() && !dialog.has("h1"));
    assert_eq!(dialog.attr("#order-dialog", "data-close-url").as_deref(), Some("/orders?city=X&page=2"));
    for nowhere in
        ["/orders/99999", "/orders/0", "/orders/-1", "/orders/abc", "/orders/9999999999999999999999"]
    {
        assert_eq!(anna.get(nowhere).await.status, 404, "{nowhere}");
    }
    assert_eq!(app.anon().get(&format!("/orders/{order}")).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_status_moves_the_order_and_leaves_its_history() {
    let (app, id) = office().await;
    let order = make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    let page = set(&anna, order, &[("status_order", "Принял"), ("version", "1")]).await;
    assert_eq!(page.status, 200, "{}", page.text());
    assert!(page.has(".steps [data-status=accepted][aria-current=step]"));
    assert!(page.header("hx-trigger").contains("toast"));
    assert_eq!(standing(&app, order), ("Принял".into(), None, None, 2, 2));
    let plain = anna
        .submit(&format!("/orders/{order}/status"), &[("status_order", "В пути"), ("version", "2")])
        .await;
    assert_eq!((plain.status, plain.header("location")), (303, &*format!("/orders/{order}")));
    let arrived = anna.get(&format!("/orders/{order}")).await;
    assert!(arrived.text_of("#toasts").contains("В пути"), "what was done is said where it leads");
    type Line = (String, Option<String>, Option<String>, AccountId);
    let history: Vec<Line> = app.read(|db| {
        order_history::table
            .order(order_history::id)
            .select((
                order_history::field,
                order_history::old_value,
                order_history::new_value,
                order_history::account_id,
            ))
            .load(db)
    });
    assert_eq!(history[1], ("status_order".into(), Some("Ожидает".into()), Some("Принял".into()), id));
    assert_eq!(history.len(), 3);
    assert_eq!(set(&anna, order, &[("status_order", "Съеден"), ("version", "3")]).await.status, 422);
    assert_eq!(set(&anna, 99_999, &[("status_order", "Принял"), ("version", "1")]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refusal_says_why() {
    let (app, id) = office().await;
    let order = make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    let bare = set(&anna, order, &[("status_order", "Отказ"), ("version", "1")]).await;
    assert_eq!(bare.status, 422);
    assert!(bare.text_of(".field__error").contains("Укажите причину"));
    assert!(bare.has("details[open] [name=reason_refused][aria-invalid=true]"));
    let unknown =
        set(&anna, order, &[("status_order", "Отказ"), ("version", "1"), ("reason_refused", "Просто так")])
            .await;
    assert_eq!(unknown.status, 422);
    let right = [("status_order", "Отказ"), ("version", "1"), ("refusal_reason", "Дорого")];
    assert_eq!(set(&anna, order, &right).await.status, 200);
    assert_eq!(
        standing(&app, order),
        ("Отказ".into(), Some("Дорого".into()), Some(at("2026-11-23T12:00:00")), 2, 7)
    );
    // No list of reasons for Незаказ: it is said in words.
    let other = make(&app, id, |_| {});
    let words = [("status_order", "Незаказ"), ("version", "1"), ("refusal_reason", "Ошиблись номером")];
    assert_eq!(set(&anna, other, &words).await.status, 200);
    assert_eq!(standing(&app, other).1.as_deref(), Some("Ошиблись номером"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_closing_date_is_set_once_and_only_an_admin_opens_again() {
    let (app, id) = office().await;
    app.create_account(Role::Admin, "Ольга");
    let order = make(&app, id, |order| order.result = Some(0));
    let (anna, olga) = (app.sign_in("Анна Белова").await, app.sign_in("Ольга").await);
    set(&anna, order, &[("status_order", "Готово"), ("version", "1")]).await;
    app.app.clock.stop_at(at("2026-11-23T13:00:00"));
    set(&anna, order, &[("status_order", "Готово"), ("version", "2")]).await;
    assert_eq!(standing(&app, order), ("Готово".into(), None, Some(at("2026-11-23T12:00:00")), 2, 6));
    set(&anna, order, &[("status_order", "Отказ"), ("version", "2"), ("refusal_reason", "Дорого")]).await;
    assert_eq!(standing(&app, order).2, Some(at("2026-11-23T12:00:00")), "still the moment of closing");

    let refused = set(&anna, order, &[("status_order", "Ожидает"), ("version", "3")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text().contains("только администратор"));
    let opened = set(&olga, order, &[("status_order", "Ожидает"), ("version", "3")]).await;
    assert_eq!(opened.status, 200);
    assert_eq!(standing(&app, order), ("Ожидает".into(), None, None, 4, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn nobody_overwrites_what_they_have_not_seen() {
    let (app, id) = office().await;
    app.create_account(Role::Operator, "Борис");
    let order = make(&app, id, |_| {});
    let (anna, boris) = (app.sign_in("Анна Белова").await, app.sign_in("Борис").await);
    let (first, second) = tokio::join!(
        set(&anna, order, &[("status_order", "Принял"), ("version", "1")]),
        set(&boris, order, &[("status_order", "В пути"), ("version", "1")]),
    );
    let mut statuses = [first.status, second.status];
    statuses.sort_unstable();
    assert_eq!(statuses, [200, 409]);
    let loser = if first.status == 409 { first } else { second };
    assert_eq!((loser.header("hx-retarget"), loser.header("hx-reselect")), ("#dialog", "#order-dialog"));
    assert_eq!(loser.attr("[name=version]", "value").as_deref(), Some("2"), "the fresh state");
    let told: serde_json::Value = serde_json::from_str(loser.header("hx-trigger")).expect("events");
    assert_eq!(told["toast"]["title"], "Заказ изменил кто-то другой");
    assert!(!loser.has("#toasts"), "the page has its place for notices already");
    let plain = boris.submit(&format!("/orders/{order}/status"), &[("status_order", "В работе")]).await;
    assert_eq!(plain.status, 409);
    assert_eq!(standing(&app, order).3, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn every_status_has_its_colour_icon_and_word() {
    let (app, id) = office().await;
    for status in StatusOrder::ALL {
        let is_open = status.is_open();
        make(&app, id, |order| {
            order.status = *status;
            order.closed_at = (!is_open).then(|| at("2026-11-23T10:00:00"));
        });
    }
    let page = app.sign_in("Анна Белова").await.get("/orders").await;
    for status in StatusOrder::ALL {
        let mark = format!("#orders tr[data-status={}] .status", status.code());
        assert_eq!(page.text_of(&mark), format!("Статус: {status}"), "a menu, said to be one");
        assert!(page.attr(&format!("{mark} use"), "href").is_some_and(|href| href.ends_with(status.icon())));
    }
    assert_eq!(page.count("#orders tr.is-final"), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_without_a_master_wants_one_next_and_asks_before_it_goes_on() {
    let (app, id) = office().await;
    let gusev: MasterId = app.write(|tx| {
        diesel::insert_into(master::table)
            .values(master::name.eq("Пётр Гусев"))
            .returning(master::id)
            .get_result(tx.db)
    });
    let alone = make(&app, id, |_| {});
    let sent = make(&app, id, |order| order.master_id = Some(gusev));
    let closed = make(&app, id, |order| {
        order.status = StatusOrder::NoOrder;
        order.closed_at = Some(at("2026-11-23T10:00:00"));
    });
    let anna = app.sign_in("Анна Белова").await;
    let page = anna.get(&format!("/orders/{alone}")).await;
    assert_eq!(page.text_of("[data-next-step]"), "Назначить мастера");
    let tab = format!("/orders/{alone}?tab=master");
    assert_eq!(page.attr("[data-next-step]", "href"), Some(tab), "also without scripts");
    for status in ["Принял", "В пути", "В работе", "Модерн"] {
        assert!(
            page.has(&format!("button[value='{status}'][data-confirm][data-confirm-unless=master_id]")),
            "{status}"
        );
    }
    assert!(!page.has("button[value='Отказ'][data-confirm]"), "nobody has to go");
    let menu = anna.hx_get("row-status", &format!("/orders/{alone}/status")).await;
    assert!(menu.has("form[data-confirm] button[value='Принял']"), "{}", menu.body);

    let page = anna.get(&format!("/orders/{sent}")).await;
    assert_eq!(page.text_of("[data-next-step]"), "Принял");
    assert!(!page.has("button[value='Принял'][data-confirm]"));
    let menu = anna.hx_get("row-status", &format!("/orders/{sent}/status")).await;
    assert!(!menu.has("form[data-confirm]"));
    assert!(!anna.get(&format!("/orders/{closed}")).await.has("[data-next-step]"), "nothing follows");
}
