//! Changing an order: who may change what, two people at once, statuses, sums, moving a visit, deleting.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use callcentre::domain::id::{AccountId, ClientId, MasterId, OrderId};
use callcentre::domain::order::{StatusOrder, TypeEquipment};
use callcentre::domain::person::{Person, Role};
use callcentre::orders::edit::Field;
use callcentre::orders::edit::save::Refusal;
use callcentre::orders::queries::{history, one};
use callcentre::orders::show::{Surface, Tab, read};
use callcentre::platform::db::schema::{
    audit_log, client_phones, drafts, files, master, order_history, order_search, orders,
};
use chrono::NaiveDateTime;
use diesel::connection::{Connection, InstrumentationEvent};
use diesel::prelude::*;

use crate::support::orders::{at, call, make, meeting, office};
use crate::support::{Client, Page, TestApp};

async fn send(person: &Client, order: i64, fields: &[(&str, &str)]) -> Page {
    person.hx_submit("dialog", &format!("/orders/{order}"), fields).await
}

/// The order as its row is.
fn row(app: &TestApp, id: i64) -> one::Order {
    app.read(|db| one::order(db, OrderId(id))).expect("the order")
}

fn history_count(app: &TestApp, id: i64) -> i64 {
    app.read(|db| order_history::table.filter(order_history::order_id.eq(id)).count().get_result(db))
}

fn add_master(app: &TestApp, name: &str) -> MasterId {
    app.write(|tx| {
        diesel::insert_into(master::table)
            .values((master::name.eq(name), master::status_work.eq("active"), master::note.eq("")))
            .returning(master::id)
            .get_result(tx.db)
    })
}

/// Анна (operator), Ольга (admin), and a new order of Анна.
async fn desk() -> (TestApp, Client, Client, i64) {
    let (app, id) = office().await;
    app.create_account(Role::Admin, "Ольга Титова");
    let order = make(&app, id, |_| {});
    let (anna, olga) = (app.sign_in("Анна Белова").await, app.sign_in("Ольга Титова").await);
    (app, anna, olga, order)
}

/// A new value of every field, and how it is kept.
fn new_values(master: MasterId) -> Vec<(Field, String, String)> {
    let text = |field: Field| match field {
        Field::Rk => ("Листовка", "Листовка"),
        Field::City => ("Самара", "Самара"),
        Field::AvitoName => ("Мастер Москва", "Мастер Москва"),
        Field::Phone => ("8 (927) 111-22-33", "79271112233"),
        Field::TypeOrder => ("Повтор", "Повтор"),
        Field::ClientName => ("Ирина", "Ирина"),
        Field::Address => ("пр. Мира, 1", "пр. Мира, 1"),
        Field::DateMeeting => ("2026-11-25T10:30", "2026-11-25T10:30"),
        Field::TypeEquipment => ("КП", "КП"),
        Field::Problem => ("Не включается", "Не включается"),
        Field::StatusOrder => ("Принял", "Принял"),
        Field::RefusalReason => ("Дорого", "Дорого"),
        Field::MasterId => ("", ""),
        Field::Result => ("12 400,50", "1240050"),
        Field::Expenditure => ("1 000", "100000"),
        Field::Comment => ("Домофон 12", "Домофон 12"),
    };
    let of = |field: Field| match field {
        Field::MasterId => (field, master.to_string(), master.to_string()),
        _ => (field, text(field).0.to_owned(), text(field).1.to_owned()),
    };
    Field::ALL.iter().copied().map(of).collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn every_field_is_changed_by_those_who_may_and_by_nobody_else() {
    let (app, anna, olga, _) = desk().await;
    let master = add_master(&app, "Пётр Гусев");
    let maker = app.create_account(Role::Operator, "Вера");
    for (field, typed, kept) in new_values(master) {
        for (person, role) in [(&anna, Role::Operator), (&olga, Role::Admin)] {
            let order = make(&app, maker, |order| {
                if field == Field::RefusalReason {
                    order.status = StatusOrder::Refused;
                    order.refusal_reason = Some("Далеко".into());
                    order.closed_at = Some(at("2026-11-23T10:00:00"));
                }
            });
            let fields = [(field.as_str(), typed.as_str()), ("version", "1"), ("overbook_reason", "тест")];
            let page = send(person, order, &fields).await;
            let was = callcentre::orders::edit::fields::Target::of(&row(&app, order)).text(field);
            if field.may_change(role) {
                assert_eq!((page.status, was), (200, kept.clone()), "{field} by {role}: {}", page.text());
                let history: (String, Option<String>) = app.read(|db| {
                    order_history::table
                        .filter(order_history::order_id.eq(order))
                        .order(order_history::id.desc())
                        .select((order_history::field, order_history::new_value))
                        .first(db)
                });
                assert_eq!(history, (field.as_str().to_owned(), Some(kept.clone())));
            } else {
                assert_eq!(page.status, 422, "{field} by {role}");
                assert!(page.text().contains(&field.refusal()), "{field}: {}", page.text());
                assert_ne!(was, kept);
                assert_eq!(history_count(&app, order), 1);
            }
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_forbidden_field_takes_nothing_with_it_and_loses_nothing() {
    let (app, anna, _, order) = desk().await;
    let fields = [("address", "пр. Мира, 1"), ("result", "500"), ("version", "1")];
    let page = send(&anna, order, &fields).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("«Итог» меняет только администратор"), "{}", page.text());
    assert_eq!(page.attr("#o-address", "value").as_deref(), Some("пр. Мира, 1"), "typed, and kept");
    assert_eq!(page.attr("[name=was_address]", "value").as_deref(), Some("ул. Чапаева, 48, кв. 12"));
    let now = row(&app, order);
    assert_eq!((now.version, now.result, now.address.as_str()), (1, None, "ул. Чапаева, 48, кв. 12"));
    // What cannot be changed at all is not even read.
    let forged = [("closing_data", "2020-01-01"), ("clean", "1"), ("id", "7"), ("operator_name_id", "1")];
    assert_eq!(send(&anna, order, &[&forged[..], &[("version", "1")]].concat()).await.status, 200);
    assert_eq!(row(&app, order).version, 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn two_people_change_different_fields_and_both_changes_stay() {
    let (app, anna, olga, order) = desk().await;
    assert_eq!(send(&olga, order, &[("address", "пр. Мира, 1"), ("version", "1")]).await.status, 200);
    // As a browser without scripts sends it: everything, with what it was.
    let whole = [
        ("version", "1"),
        ("address", "ул. Чапаева, 48, кв. 12"),
        ("was_address", "ул. Чапаева, 48, кв. 12"),
        ("comment", "Собака"),
        ("was_comment", ""),
        ("problem", "Стиральная машина течёт"),
        ("was_problem", "Стиральная машина течёт"),
    ];
    let page = send(&anna, order, &whole).await;
    assert_eq!(page.status, 200, "{}", page.text());
    let toast: serde_json::Value = serde_json::from_str(page.header("hx-trigger")).expect("a toast");
    let said = toast["toast"]["text"].as_str().unwrap_or_default();
    assert!(said.contains("Титова О. — адрес") && said.contains("Изменено: комментарий"), "{said}");
    let now = row(&app, order);
    assert_eq!((now.address.as_str(), now.comment.as_str(), now.version), ("пр. Мира, 1", "Собака", 3));
    // The same form without the old values: the version alone tells what was seen.
    let bare = [("version", "1"), ("address", "ул. Чапаева, 48, кв. 12"), ("comment", "Кошка")];
    let page = send(&anna, order, &bare).await;
    assert_eq!(page.status, 409, "the comment is one's own change of before, seen in another window");
    assert_eq!(row(&app, order).version, 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_field_of_two_people_is_chosen_and_nothing_is_lost() {
    let (app, anna, olga, order) = desk().await;
    send(&olga, order, &[("address", "пр. Мира, 1"), ("version", "1")]).await;
    let mine = [
        ("version", "1"),
        ("address", "ул. Садовая, 5"),
        ("was_address", "ул. Чапаева, 48, кв. 12"),
        ("comment", "Собака"),
        ("was_comment", ""),
    ];
    let page = send(&anna, order, &mine).await;
    assert_eq!(page.status, 409);
    assert_eq!((page.header("hx-retarget"), page.header("hx-reselect")), ("#dialog", "#order-dialog"));
    assert_eq!(page.texts(".conflict__field legend"), ["Адрес"]);
    let choices = page.texts(".conflict__choice");
    assert!(choices[0].contains("У вас") && choices[0].contains("ул. Садовая, 5"), "{choices:?}");
    assert!(choices[1].contains("Титова О., сегодня в 15:00"), "{choices:?}");
    assert!(choices[1].contains("пр. Мира, 1"));
    assert_eq!(page.attr(".conflict [checked]", "value").as_deref(), Some("ул. Садовая, 5"), "one's own");
    assert_eq!(page.count("[name=address]"), 2, "the field itself steps aside");
    assert!(page.text_of("#o-comment").contains("Собака"));
    assert_eq!(page.attr("[name=version]", "value").as_deref(), Some("2"));
    assert_eq!(row(&app, order).version, 1 + 1, "nothing was saved");

    let chosen = [
        ("version", "2"),
        ("address", "ул. Садовая, 5"),
        ("was_address", "пр. Мира, 1"),
        ("comment", "Собака"),
        ("was_comment", ""),
    ];
    assert_eq!(send(&anna, order, &chosen).await.status, 200);
    let now = row(&app, order);
    assert_eq!((now.address.as_str(), now.comment.as_str(), now.version), ("ул. Садовая, 5", "Собака", 3));
    // Theirs instead: a page without scripts, and it says where to go.
    send(&olga, order, &[("comment", "Кошка"), ("version", "3")]).await;
    let stale = [("comment", "Попугай"), ("was_comment", "Собака"), ("version", "3")];
    let page = anna.submit(&format!("/orders/{order}"), &stale).await;
    assert_eq!(page.status, 409);
    assert!(page.has("h1") && page.has(".conflict"));
    let theirs = [("comment", "Кошка"), ("was_comment", "Кошка"), ("version", "4")];
    assert_eq!(anna.submit(&format!("/orders/{order}"), &theirs).await.status, 303);
    assert_eq!(row(&app, order).version, 4, "nothing to change");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_value_of_two_people_is_no_conflict() {
    let (app, anna, olga, order) = desk().await;
    let fields = [("phone", "8 927 111-22-33"), ("was_phone", "+7 900 123-45-67"), ("version", "1")];
    assert_eq!(send(&olga, order, &fields).await.status, 200);
    let again = [("phone", "+7 (927) 111 22 33"), ("was_phone", "+7 900 123-45-67"), ("version", "1")];
    assert_eq!(send(&anna, order, &again).await.status, 200);
    assert_eq!(row(&app, order).version, 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_hands_at_once_all_leave_their_mark() {
    let (app, anna, olga, order) = desk().await;
    let (address, comment, problem, kind) = tokio::join!(
        send(&anna, order, &[("address", "А"), ("version", "1")]),
        send(&olga, order, &[("comment", "Б"), ("version", "1")]),
        send(&anna, order, &[("problem", "В"), ("version", "1")]),
        send(&olga, order, &[("type_order", "Гарантия"), ("version", "1")]),
    );
    assert_eq!([address.status, comment.status, problem.status, kind.status], [200; 4]);
    let now = row(&app, order);
    assert_eq!((now.address.as_str(), now.comment.as_str(), now.problem.as_str()), ("А", "Б", "В"));
    assert_eq!((now.type_order.as_str(), now.version), ("Гарантия", 5));
}

#[tokio::test(flavor = "multi_thread")]
async fn saving_nothing_writes_nothing_and_tells_nobody() {
    let (app, anna, _, order) = desk().await;
    let mark = app.app.hub.mark();
    let same = [
        ("version", "1"),
        ("address", " ул. Чапаева, 48, кв. 12 "),
        ("phone", "8 (900) 123-45-67"),
        ("date_meeting", "2026-11-24T15:00"),
        ("status_order", "Ожидает"),
        ("comment", ""),
        ("master_id", ""),
    ];
    let page = send(&anna, order, &same).await;
    assert_eq!(page.status, 200);
    assert!(page.header("hx-trigger").contains("toast"));
    assert_eq!((row(&app, order).version, history_count(&app, order)), (1, 1));
    assert_eq!(app.app.hub.mark(), mark, "nothing was announced");
}

#[tokio::test(flavor = "multi_thread")]
async fn done_needs_the_sum_that_only_an_admin_enters() {
    let (app, anna, olga, order) = desk().await;
    let done = [("status_order", "Готово"), ("version", "1")];
    let page = send(&anna, order, &done).await;
    assert_eq!(page.status, 422);
    assert!(page.text().contains("Итог вносит администратор"), "{}", page.text());
    let page = send(&olga, order, &done).await;
    assert_eq!(page.status, 422);
    assert!(page.has("details[open] [name=result_done][aria-invalid=true]"));
    let both = [("status_order", "Готово"), ("result_done", "12 400,50"), ("version", "1")];
    assert_eq!(send(&olga, order, &both).await.status, 200);
    let now = row(&app, order);
    assert_eq!(
        (now.status_order, now.result, now.closing_data.is_some()),
        (StatusOrder::Done, Some(1_240_050), true)
    );
    let empty = send(&olga, order, &[("result", ""), ("version", "2")]).await;
    assert_eq!(empty.status, 422, "a finished order keeps its sum");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_moment_of_closing_is_touched_by_nothing_but_statuses() {
    let (app, anna, olga, order) = desk().await;
    let refuse = [("status_order", "Отказ"), ("reason_refused", "Дорого"), ("version", "1")];
    assert_eq!(send(&anna, order, &refuse).await.status, 200);
    let closed = row(&app, order).closing_data;
    assert_eq!(closed, Some(at("2026-11-23T12:00:00")));
    app.app.clock.stop_at(at("2026-11-23T14:00:00"));
    assert_eq!(send(&anna, order, &[("comment", "Звонил"), ("version", "2")]).await.status, 200);
    let no_order = [("status_order", "Незаказ"), ("reason_noorder", "Спам"), ("version", "3")];
    assert_eq!(send(&anna, order, &no_order).await.status, 200);
    let now = row(&app, order);
    assert_eq!((now.closing_data, now.list_time), (closed, -at("2026-11-23T12:00:00").and_utc().timestamp()));
    let reopen = [("status_order", "Принял"), ("version", "4")];
    assert_eq!(send(&anna, order, &reopen).await.status, 422);
    assert_eq!(send(&olga, order, &reopen).await.status, 200);
    let now = row(&app, order);
    assert_eq!((now.closing_data, now.refusal_reason, now.list_rank), (None, None, 2));
    let steps = app.read(|db| history::steps(db, &[OrderId(order)])).remove(&OrderId(order)).expect("steps");
    let seen: Vec<(StatusOrder, i64)> =
        steps.iter().map(|step| (step.status, step.seconds(at("2026-11-23T14:30:00")) / 60)).collect();
    use StatusOrder::{Accepted, NoOrder, Refused, Wait};
    assert_eq!(seen, [(Wait, 180), (Refused, 120), (NoOrder, 0), (Accepted, 30)]);
}

#[tokio::test(flavor = "multi_thread")]
async fn edits_of_the_first_ten_minutes_are_counted() {
    let (app, anna, _, order) = desk().await;
    let count = |order: i64| -> i32 {
        app.read(|db| orders::table.find(order).select(orders::early_edits).first(db))
    };
    app.app.clock.stop_at(at("2026-11-23T09:09:00"));
    send(&anna, order, &[("comment", "А"), ("version", "1")]).await;
    send(&anna, order, &[("comment", "А"), ("version", "2")]).await;
    assert_eq!(count(order), 1, "what changes nothing is no edit");
    app.app.clock.stop_at(at("2026-11-23T09:10:01"));
    send(&anna, order, &[("comment", "Б"), ("version", "2")]).await;
    assert_eq!(count(order), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn sums_are_kopecks_and_the_rest_is_computed() {
    let (app, _, olga, order) = desk().await;
    for (typed, words) in
        [("-5", "меньше нуля"), ("много", "цифрами"), ("1,234", "копейки"), ("99999999999", "10 млн")]
    {
        let page = send(&olga, order, &[("result", typed), ("version", "1")]).await;
        assert_eq!(page.status, 422, "{typed}");
        assert!(page.text_of("#o-result-error").contains(words), "{typed}: {}", page.text());
        assert_eq!(page.attr("#o-result", "value").as_deref(), Some(typed));
    }
    let sums = [("result", "500"), ("expenditure", "700,50"), ("version", "1")];
    let page = send(&olga, order, &sums).await;
    assert_eq!(page.status, 200);
    assert!(page.text().contains("Расход больше итога"), "allowed, and said");
    let now = row(&app, order);
    assert_eq!((now.result, now.expenditure, now.clean), (Some(50_000), Some(70_050), Some(-20_050)));
    assert!(page.text_of(".money").contains("−200,50 ₽"));
}

#[tokio::test(flavor = "multi_thread")]
async fn what_cannot_be_is_said_at_its_field_and_nothing_is_lost() {
    let (app, anna, _, order) = desk().await;
    let long = "я".repeat(10_000);
    for (name, typed, words) in [
        ("problem", long.as_str(), "Слишком длинно"),
        ("problem", "   ", "Опишите"),
        ("address", "", "Введите адрес"),
        ("phone", "кто это", "не похоже на номер"),
        ("phone", "", "Введите телефон"),
        ("city", "Атлантида", "нет в списке"),
        ("avito_name", "Чужой", "нет в списке"),
        ("type_order", "Иногда", "Выберите тип"),
        ("type_equipment", "", "Выберите тип"),
        ("date_meeting", "завтра", "Дата не читается"),
        ("date_meeting", "", "Выберите дату"),
        ("master_id", "777", "Такого мастера нет"),
        ("master_id", "'; DROP TABLE orders; --", "Такого мастера нет"),
    ] {
        let page = send(&anna, order, &[(name, typed), ("comment", "Собака"), ("version", "1")]).await;
        assert_eq!(page.status, 422, "{name}");
        let place = match name {
            "master_id" => "#o-master-id-error".to_owned(),
            name => format!("#o-{}-error", name.replace('_', "-")),
        };
        assert!(page.text_of(&place).contains(words), "{name}: {}", page.text());
        assert_eq!(page.text_of("#o-comment"), "Собака");
    }
    assert_eq!(page_value(&send(&anna, order, &[("problem", &long), ("version", "1")]).await), long);
    assert_eq!(row(&app, order).version, 1);
    let odd = "<script>alert(1)</script> '; DROP TABLE orders; -- 😀 \u{202e}наоборот\0";
    let page = send(&anna, order, &[("problem", odd), ("address", "А"), ("version", "1")]).await;
    assert_eq!(page.status, 200, "odd texts are texts");
    assert!(!page.body.contains("<script>alert"));
    assert_eq!(row(&app, order).problem, odd.replace('\0', ""));
    let past = send(&anna, order, &[("date_meeting", "2020-01-01T10:00"), ("version", "2")]).await;
    assert_eq!(past.status, 200, "a date in the past is allowed");
}

fn page_value(page: &Page) -> String {
    page.text_of("#o-problem")
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_moves_into_a_full_slot_only_with_a_reason() {
    let (app, anna, olga, order) = desk().await;
    let maker = app.create_account(Role::Operator, "Вера");
    for _ in 0..3 {
        make(&app, maker, |order| order.meeting = meeting("2026-11-25T10:30:00", chrono_tz::Europe::Moscow));
    }
    let wanted = [("date_meeting", "2026-11-25T10:45"), ("version", "1")];
    let page = send(&anna, order, &wanted).await;
    assert_eq!(page.status, 422);
    assert!(page.text_of("#o-date-meeting-error").contains("все места заняты (3)"), "{}", page.text());
    assert!(page.has("[name=overbook_reason]"));
    let plain = anna.get(&format!("/orders/{order}")).await;
    assert!(!plain.has("[name=overbook_reason]"), "only where it is needed");
    let over = [wanted[0], wanted[1], ("overbook_reason", "Просил сам хозяин")];
    assert_eq!(send(&anna, order, &over).await.status, 200);
    let journal: Vec<(String, String)> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.not_like("session.%"))
            .select((audit_log::action, audit_log::detail))
            .load(db)
    });
    let logged = journal.iter().filter(|(action, _)| action == "slot.overbook").collect::<Vec<_>>();
    assert_eq!(logged.len(), 1);
    assert!(logged[0].1.contains("Просил сам хозяин") && logged[0].1.contains(&format!("заказ {order}")));
    // It is there: other changes need no place, and neither does staying in the slot.
    assert_eq!(send(&anna, order, &[("comment", "А"), ("version", "2")]).await.status, 200);
    assert_eq!(
        send(&anna, order, &[("date_meeting", "2026-11-25T10:50"), ("version", "3")]).await.status,
        200
    );
    // A closed order has given its place away and needs one to open again.
    let refuse = [("status_order", "Отказ"), ("reason_refused", "Дорого"), ("version", "4")];
    assert_eq!(send(&anna, order, &refuse).await.status, 200);
    let reopen = [("status_order", "Ожидает"), ("version", "5")];
    assert_eq!(send(&olga, order, &reopen).await.status, 422);
    assert_eq!(row(&app, order).status_order, StatusOrder::Refused);
}

#[tokio::test(flavor = "multi_thread")]
async fn another_city_keeps_the_time_that_was_promised() {
    let (app, anna, _, order) = desk().await;
    assert_eq!(send(&anna, order, &[("city", "Самара"), ("version", "1")]).await.status, 200);
    let now = row(&app, order);
    assert_eq!((now.meeting_day.to_string().as_str(), now.meeting_minute), ("2026-11-24", 900));
    assert_eq!(now.date_meeting, at("2026-11-24T11:00:00"), "15:00 in Самара");
    assert_eq!(now.list_time, now.date_meeting.and_utc().timestamp());
}

#[tokio::test(flavor = "multi_thread")]
async fn another_number_is_another_client_and_the_words_follow() {
    let (app, anna, _, order) = desk().await;
    let before = row(&app, order).client_id;
    let fields = [("phone", "8 927 111-22-33"), ("address", "Тополиная, 9"), ("version", "1")];
    assert_eq!(send(&anna, order, &fields).await.status, 200);
    let now = row(&app, order);
    assert_ne!(now.client_id, before);
    let owner: ClientId = app.read(|db| {
        client_phones::table
            .filter(client_phones::number.eq("79271112233"))
            .select(client_phones::client_id)
            .first(db)
    });
    assert_eq!(now.client_id, owner);
    let words: String = app.read(|db| order_search::table.find(order).select(order_search::words).first(db));
    assert!(words.contains("тополиная") && words.contains("марина") && !words.contains("чапаева"), "{words}");
    let place: String = app.read(|db| {
        use callcentre::platform::db::schema::{addresses as a, order_addresses as oa};
        oa::table.inner_join(a::table).filter(oa::order_id.eq(order)).select(a::address).first(db)
    });
    assert_eq!(place, "Тополиная, 9");
    let found = anna.hx_get("orders", "/orders?q=Тополиная").await;
    assert!(found.has(&format!("#order-{order}")));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_master_is_chosen_with_a_look_at_the_day() {
    let (app, anna, _, order) = desk().await;
    let maker = app.create_account(Role::Operator, "Вера");
    let (busy, free) = (add_master(&app, "Пётр Гусев"), add_master(&app, "Олег Мельник"));
    make(&app, maker, |other| other.master_id = Some(busy));
    let page = anna.get(&format!("/orders/{order}?tab=master")).await;
    assert!(page.has("#order-master:not([hidden])") && page.has("#order-description[hidden]"));
    let names = page.texts(".master__who b");
    assert_eq!(names, ["Олег Мельник", "Пётр Гусев"], "who is free stands first");
    assert!(page.text().contains("занят в 15:00") && page.text().contains("1 визит"));
    let value = free.to_string();
    let fields = [("master_id", value.as_str()), ("was_master_id", ""), ("version", "1"), ("tab", "master")];
    let saved = send(&anna, order, &fields).await;
    assert_eq!(saved.status, 200);
    assert!(saved.has("#order-master:not([hidden])"), "the tab stays");
    assert_eq!(row(&app, order).master.as_deref(), Some("Олег Мельник"));
    app.write(|tx| {
        diesel::update(master::table.find(busy)).set(master::status_work.eq("inactive")).execute(tx.db)
    });
    let gone = busy.to_string();
    let refused = send(&anna, order, &[("master_id", gone.as_str()), ("version", "2")]).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text_of("#o-master-id-error").contains("больше не работает"));
}

#[tokio::test(flavor = "multi_thread")]
async fn tabs_are_addresses_and_history_is_told_in_words() {
    let (app, anna, olga, order) = desk().await;
    let linked = call(&app, "79001234567", "2026-11-23T08:30:00");
    app.write(|tx| {
        use callcentre::platform::db::schema::order_calls as c;
        diesel::insert_into(c::table).values((c::order_id.eq(order), c::call_id.eq(linked))).execute(tx.db)
    });
    send(&anna, order, &[("status_order", "Принял"), ("address", "пр. Мира, 1"), ("version", "1")]).await;
    send(&olga, order, &[("result", "12 400,50"), ("version", "2")]).await;
    let long = format!("{}\nвторая строка", "Долго ".repeat(40));
    send(&anna, order, &[("problem", &long), ("version", "3")]).await;
    let page = anna.get(&format!("/orders/{order}?tab=history")).await;
    assert!(page.has("#order-history:not([hidden])"));
    assert_eq!(page.texts(".stage b"), ["3 ч", "меньше минуты"]);
    let text = page.text_of("#order-history");
    for words in [
        "Адрес: ул. Чапаева, 48, кв. 12 → стало пр. Мира, 1",
        "Статус: Ожидает → стало Принял",
        "Итог: — → стало 12 400,50 ₽",
        "Проблема — изменён текст",
        "Заказ создан",
        "сегодня в 15:00 · Белова А.",
        "Входящий, 1:17",
    ] {
        assert!(text.contains(words), "{words} in {text}");
    }
    assert!(page.has(&format!("a[href='/calls/{linked}']")));
    assert!(page.has(".timeline li[data-status=accepted]"));
    let lazy = anna.hx_get("order-history", &format!("/orders/{order}?tab=history")).await;
    assert!(lazy.is_fragment() && lazy.has(".stages") && !lazy.has("form"));
    let documents = anna.hx_get("order-documents", &format!("/orders/{order}?tab=documents")).await;
    assert!(
        documents.has(&format!("#files-bso-{order}"))
            && documents.has(&format!("#files-expenditure-{order}"))
    );
    assert!(!anna.get(&format!("/orders/{order}")).await.has(".stages"), "read when it is opened");
}

#[tokio::test(flavor = "multi_thread")]
async fn what_is_not_saved_comes_back_until_it_is() {
    let (app, anna, olga, order) = desk().await;
    let typed = [
        ("version", "1"),
        ("address", "ул. Садовая, 5"),
        ("was_address", "ул. Чапаева, 48, кв. 12"),
        ("comment", ""),
        ("was_comment", ""),
        ("problem", "Стиральная машина течёт"),
        ("was_problem", "Стиральная машина течёт"),
    ];
    let key = format!("/orders/draft/order-{order}");
    assert_eq!(anna.submit(&key, &typed).await.status, 204);
    let page = anna.get(&format!("/orders/{order}")).await;
    assert_eq!(page.attr("#o-address", "value").as_deref(), Some("ул. Садовая, 5"));
    assert!(page.text_of(".order__foot").contains("Несохранённое от 15:00"));
    assert!(!olga.get(&format!("/orders/{order}")).await.body.contains("Садовая"), "only its author's");
    // Somebody else changes the same: what was typed before must not go over it unseen.
    send(&olga, order, &[("address", "пр. Мира, 1"), ("version", "1")]).await;
    let page = anna.get(&format!("/orders/{order}")).await;
    let was = page.attr("[name=was_address]", "value").expect("what was seen");
    assert_eq!(was, "ул. Чапаева, 48, кв. 12");
    let fields = [("address", "ул. Садовая, 5"), ("was_address", was.as_str()), ("version", "2")];
    assert_eq!(send(&anna, order, &fields).await.status, 409);
    let chosen = [("address", "ул. Садовая, 5"), ("was_address", "пр. Мира, 1"), ("version", "2")];
    assert_eq!(send(&anna, order, &chosen).await.status, 200);
    let left: i64 = app.read(|db| drafts::table.count().get_result(db));
    assert_eq!(left, 0, "saved, and forgotten");
    let again = format!("/orders/{order}?tab=master");
    let dropped = anna.submit(&format!("{key}/drop"), &[("again", &again)]).await;
    assert_eq!((dropped.status, dropped.header("location")), (303, &*again));
    let foreign = anna.submit(&format!("{key}/drop"), &[("again", "//evil.example")]).await;
    assert_eq!(foreign.status, 204);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_that_arrives_after_its_form_was_saved_does_not_come_back() {
    let (_app, anna, _olga, order) = desk().await;
    let (page, draft) = (format!("/orders/{order}"), format!("/orders/draft/order-{order}"));
    let form_of = |page: &Page| page.attr("[name=request_key]", "value").expect("a key");
    let form = form_of(&anna.get(&page).await);
    let typed = |form: &str, comment: &str| {
        let fields = [("version", "1"), ("was_comment", ""), ("comment", comment), ("request_key", form)];
        fields.map(|(name, value)| (name.to_owned(), value.to_owned()))
    };
    let send = async |address: &str, fields: &[(String, String)]| {
        let fields: Vec<(&str, &str)> = fields.iter().map(|(k, v)| (k.as_str(), v.as_str())).collect();
        anna.submit(address, &fields).await
    };
    assert_eq!(send(&draft, &typed(&form, "Домофон 12")).await.status, 204);
    let reopened = anna.get(&page).await;
    assert_eq!(form_of(&reopened), form, "what was typed is the same form when it is opened again");
    assert_eq!(send(&page, &typed(&form, "Домофон 12")).await.status, 303);
    // Sent before the saving, on the way for longer.
    assert_eq!(send(&draft, &typed(&form, "Домофон")).await.status, 410);
    let mark = format!("#order-{order} .row-draft");
    assert!(!anna.get("/orders").await.has(&mark));

    // The next form is another one, and a status chosen in the list is not its saving.
    let next = form_of(&anna.get(&page).await);
    assert_ne!(next, form);
    assert_eq!(send(&draft, &typed(&next, "Домофон 13")).await.status, 204);
    let status = [("version", "2"), ("status_order", "Принял"), ("was_status_order", "Ожидает")];
    assert!(anna.submit(&page, &status).await.status < 400);
    assert!(anna.get("/orders").await.has(&mark));
    assert_eq!(anna.get(&page).await.text_of("#o-comment"), "Домофон 13");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_order_says_that_it_has_changed() {
    let (_app, anna, olga, order) = desk().await;
    let news = format!("/orders/{order}?version=1");
    assert_eq!(anna.hx_get("order-news", &news).await.text(), "");
    send(&olga, order, &[("address", "пр. Мира, 1"), ("version", "1")]).await;
    let said = anna.hx_get("order-news", &news).await;
    assert!(said.text().contains("Титова О. — адрес") && said.has("[data-reread]"), "{}", said.text());
    assert_eq!(anna.hx_get("order-news", &format!("/orders/{order}?version=2")).await.text(), "");
    olga.hx_submit("dialog", &format!("/orders/{order}/delete"), &[]).await;
    assert!(anna.hx_get("order-news", &news).await.text().contains("удалён"));
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_is_deleted_by_an_admin_and_the_journal_keeps_it() {
    let (app, anna, olga, order) = desk().await;
    send(&anna, order, &[("comment", "Собака"), ("version", "1")]).await;
    let path = format!("/orders/{order}/delete");
    assert_eq!(anna.hx_submit("dialog", &path, &[]).await.status, 403);
    let now = app.app.clock.now();
    let by = row(&app, order).client_id;
    assert!(by.0 > 0);
    let owner: AccountId =
        app.read(|db| orders::table.find(order).select(orders::operator_name_id).first(db));
    app.write(|tx| {
        diesel::insert_into(files::table)
            .values((
                files::hash.eq("0".repeat(64)),
                files::media_type.eq("application/pdf"),
                files::byte_size.eq(1_i64),
                files::original_name.eq("бланк.pdf"),
                files::kind.eq("bso"),
                files::order_id.eq(order),
                files::created_by.eq(owner),
                files::created_at.eq(now),
            ))
            .execute(tx.db)
    });
    let kept = olga.hx_submit("dialog", &path, &[]).await;
    assert_eq!(kept.status, 422);
    assert!(kept.text().contains("в нём 1 документ"), "{}", kept.text());
    app.write(|tx| diesel::delete(files::table).execute(tx.db));
    let warranty = make(&app, owner, |new| new.parent_order_id = Some(OrderId(order)));
    let kept = olga.hx_submit("dialog", &path, &[]).await;
    assert!(kept.text().contains(&format!("гарантийный заказ № {warranty}")), "{}", kept.text());
    assert_eq!(olga.hx_submit("dialog", &format!("/orders/{warranty}/delete"), &[]).await.status, 204);
    let gone = olga.hx_submit("dialog", &path, &[]).await;
    assert_eq!(gone.status, 204);
    assert!(gone.header("hx-trigger").contains("dialog:close"));
    assert_eq!(anna.get(&format!("/orders/{order}")).await.status, 404);
    let (subject, detail): (String, String) = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.eq("order.delete"))
            .order(audit_log::id.desc())
            .select((audit_log::subject, audit_log::detail))
            .first(db)
    });
    assert_eq!(subject, format!("заказ № {order}"));
    for words in ["Адрес: ул. Чапаева", "+7 900 123-45-67", "Комментарий: — → Собака"]
    {
        assert!(detail.contains(words), "{words} in {detail}");
    }
    assert_eq!(olga.submit(&path, &[]).await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_next_order_is_the_next_one_of_the_list() {
    let (app, anna, _, first) = desk().await;
    let maker = app.create_account(Role::Operator, "Вера");
    let at_hour = |hour: u32, city: &'static str| {
        make(&app, maker, move |order| {
            order.city = city.into();
            order.meeting = meeting(&format!("2026-11-25T{hour}:00:00"), chrono_tz::Europe::Moscow);
        })
    };
    let (second, elsewhere, third) = (at_hour(10, "Москва"), at_hour(11, "Самара"), at_hour(12, "Москва"));
    let steps = async |order: i64, back: &str| {
        let query: String = form_urlencoded::byte_serialize(back.as_bytes()).collect();
        let page = anna.get(&format!("/orders/{order}?back={query}")).await;
        let id = |selector: &str| {
            let href = page.attr(selector, "href")?;
            href.trim_start_matches("/orders/").split('?').next().and_then(|id| id.parse::<i64>().ok())
        };
        (id("[data-prev]"), id("[data-next]"))
    };
    assert_eq!(steps(second, "/orders").await, (Some(first), Some(elsewhere)));
    assert_eq!(steps(first, "/orders").await, (None, Some(second)));
    assert_eq!(steps(third, "/orders").await, (Some(elsewhere), None));
    let moscow = "/orders?city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0";
    assert_eq!(steps(second, moscow).await, (Some(first), Some(third)));
    for (sort, around) in [
        ("id", (Some(first), Some(elsewhere))),
        ("-id", (Some(elsewhere), Some(first))),
        ("meeting", (Some(first), Some(elsewhere))),
        ("-meeting", (Some(elsewhere), Some(first))),
        ("closed", (Some(first), Some(elsewhere))),
        ("-created", (Some(elsewhere), Some(first))),
    ] {
        assert_eq!(steps(second, &format!("/orders?sort={sort}")).await, around, "{sort}");
    }
    assert_eq!(steps(second, "/orders?q=Марина").await, (Some(first), Some(elsewhere)));
    assert_eq!(steps(second, "/telephony").await, (None, None), "from elsewhere there is no list");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_number_leads_nowhere() {
    let (_app, anna, olga, order) = desk().await;
    for id in ["99999", "0", "-1", "abc", "9999999999999999999999"] {
        for path in [format!("/orders/{id}"), format!("/orders/{id}/status")] {
            assert_eq!(anna.submit(&path, &[("comment", "А"), ("version", "1")]).await.status, 404, "{path}");
        }
        assert_eq!(olga.submit(&format!("/orders/{id}/delete"), &[]).await.status, 404);
    }
    assert_eq!(anna.get(&format!("/orders/{order}?tab=nonsense")).await.status, 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_costs_the_same_however_much_there_is_of_it() {
    let (app, id) = office().await;
    let order = make(&app, id, |_| {});
    let person = Person {
        id,
        role: Role::Operator,
        name: "Анна Белова".into(),
        login: "Анна Белова".into(),
        sound_on: false,
        volume_percent: 0,
        quiet_on: false,
        shows_tour: false,
        extension: None,
        work_status: None,
        needs_second_factor: false,
    };
    let queries = |tab: Tab| {
        let count = Arc::new(AtomicUsize::new(0));
        let counter = count.clone();
        let place = Surface { is_dialog: true, back: "/orders".into(), tab };
        let now: NaiveDateTime = app.app.clock.now();
        app.read(|db| {
            let row = one::order(db, OrderId(order))?.expect("the order");
            db.set_instrumentation(move |event: InstrumentationEvent<'_>| {
                if matches!(event, InstrumentationEvent::StartQuery { .. }) {
                    counter.fetch_add(1, Ordering::Relaxed);
                }
            });
            read(db, row, place, &person, Refusal::default(), (now, chrono_tz::Europe::Moscow))?;
            db.set_instrumentation(|_: InstrumentationEvent<'_>| {});
            Ok(())
        });
        count.load(Ordering::Relaxed)
    };
    // With nothing remembered; an announcement heard in the middle has a list read once more.
    let cold_cost = |tab: &Tab| {
        let cold = |_| {
            app.app.db.forget();
            queries(*tab)
        };
        (0..4).map(cold).min().unwrap_or_default()
    };
    let few: Vec<usize> = Tab::ALL.iter().map(cold_cost).collect();
    let anna = app.sign_in("Анна Белова").await;
    for version in 1..20 {
        let (comment, version) = (format!("{version}"), version.to_string());
        send(&anna, order, &[("comment", comment.as_str()), ("version", version.as_str())]).await;
        let master = add_master(&app, &format!("Мастер {version}"));
        let linked = call(&app, "79001234567", "2026-11-23T08:30:00");
        make(&app, id, |other| {
            other.master_id = Some(master);
            other.type_equipment = TypeEquipment::Computers;
        });
        app.write(|tx| {
            use callcentre::platform::db::schema::order_calls as c;
            diesel::insert_into(c::table)
                .values((c::order_id.eq(order), c::call_id.eq(linked)))
                .execute(tx.db)
        });
    }
    let many: Vec<usize> = Tab::ALL.iter().map(cold_cost).collect();
    assert_eq!(many, few);
    assert!(few.iter().all(|n| (10..30).contains(n)), "{few:?}");
}
