//! «Такой заказ уже есть»: when it is asked, the three answers, and what they leave behind.

use callcentre::domain::order::StatusOrder;
use callcentre::platform::db::schema::{drafts, order_calls, order_history, orders, slot_holds};
use diesel::prelude::*;

use crate::support::orders::{at, call, fields, make, office};
use crate::support::{Client, Page, TestApp};

/// The client and place of [`crate::support::orders::plain`].
const SAME: [(&str, &str); 3] =
    [("phone", "8 900 123-45-67"), ("city", "Москва"), ("address", "Чапаева 48-12")];

async fn panel(anna: &Client, fields: &[(&str, &str)]) -> Page {
    let mut query = form_urlencoded::Serializer::new(String::new());
    query.extend_pairs(fields);
    anna.hx_get("n-duplicates", &format!("/orders/duplicates?{}", query.finish())).await
}

fn history(app: &TestApp, order: i64) -> Vec<(String, Option<String>)> {
    app.read(|db| {
        order_history::table
            .filter(order_history::order_id.eq(order))
            .order(order_history::id)
            .select((order_history::field, order_history::new_value))
            .load(db)
    })
}

fn id_of(page: &Page) -> i64 {
    page.header("location").rsplit('/').next().expect("an id").parse().expect("an id")
}

#[tokio::test(flavor = "multi_thread")]
async fn the_question_comes_for_the_same_telephone_place_or_chat() {
    let (app, id) = office().await;
    let order = make(&app, id, |order| order.avito_chatid = Some("u2i-1".into()));
    let anna = app.sign_in("Анна Белова").await;
    for (fields, why) in [
        (vec![("phone", "+7 (900) 123 45 67")], "тот же телефон"),
        (vec![("city", "Москва"), ("address", "УЛИЦА ЧАПАЕВА дом 48 квартира 12")], "тот же адрес"),
        (vec![("avito_chatid", "u2i-1")], "тот же чат Авито"),
        (SAME.to_vec(), "те же телефон и адрес"),
    ] {
        let page = panel(&anna, &fields).await;
        assert!(page.is_fragment());
        assert_eq!(page.texts(".duplicates__row .chip"), [why], "{fields:?}");
        assert!(page.text_of(".duplicates__row").contains(&format!("№ {order}")));
        assert_eq!(
            page.texts(".duplicates__ask button"),
            ["Это тот же заказ", "Гарантия по нему", "Новый заказ"]
        );
    }
    for other in [
        vec![("phone", "89001234568")],
        vec![("phone", "не номер")],
        vec![("city", "Самара"), ("address", "Чапаева 48-12")],
        vec![("city", "Москва"), ("address", "Чапаева 48-13")],
        vec![("city", "Москва"), ("address", " , ")],
        vec![],
    ] {
        assert!(!panel(&anna, &other).await.has(".duplicates__ask"), "{other:?}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn old_closed_orders_are_no_reason_to_ask_and_old_open_ones_are() {
    let (app, id) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let closed = |days: i64, status: StatusOrder| {
        make(&app, id, |order| {
            order.created_at = at("2026-11-23T09:00:00") - chrono::Duration::days(days);
            (order.status, order.closed_at) = (status, Some(order.created_at).filter(|_| !status.is_open()));
        })
    };
    closed(20, StatusOrder::Done);
    assert!(!panel(&anna, &SAME).await.has(".duplicates__ask"));
    let recent = closed(13, StatusOrder::Refused);
    let open = closed(60, StatusOrder::Modern);
    let rows = panel(&anna, &SAME).await.texts(".duplicates__row a");
    assert_eq!(rows, [format!("№ {open}"), format!("№ {recent}")], "open ones first");
}

#[tokio::test(flavor = "multi_thread")]
async fn an_open_order_of_the_same_client_and_place_wants_an_answer() {
    let (app, id) = office().await;
    let order = make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    let mut changes = SAME.to_vec();
    changes.extend([("comment", "Второй вход"), ("request_key", "8a3a2c1e-0000-4000-8000-00000000000b")]);
    let asked = anna.hx_submit("dialog", "/orders", &fields(&changes)).await;
    assert_eq!(asked.status, 422);
    assert!(asked.text_of("#n-duplicates-error").contains(&format!("№ {order}")), "{}", asked.text());
    assert!(asked.has("#n-duplicates [data-asked]") && asked.body.contains("Второй вход"));
    assert_eq!(app.read(|db| orders::table.count().get_result::<i64>(db)), 1);

    let value = asked.attr("#n-duplicates [value^=new]", "value").expect("an answer");
    assert_eq!(value, format!("new:{order}"));
    let answered = panel(&anna, &[SAME[0], SAME[1], SAME[2], ("answer", &value)]).await;
    assert_eq!(answered.attr("[name=duplicate]", "value"), Some(value.clone()));
    assert_eq!(answered.text_of(".duplicates__answer span"), format!("Новый заказ, не № {order}."));
    assert!(!answered.has("#n-type"), "the type stays");

    changes.push(("duplicate", &value));
    let saved = anna.submit("/orders", &fields(&changes)).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let words = Some(format!("новый, не № {order}"));
    let lines = history(&app, id_of(&saved));
    assert_eq!(lines[0].0, "created", "stays the first line");
    assert_eq!(lines[1], ("duplicate".to_owned(), words));

    let third = anna.submit("/orders", &fields(&[SAME[0], SAME[1], SAME[2], ("duplicate", &value)])).await;
    assert_eq!(third.status, 422, "the second one was not there when that was answered");
    let by_button = panel(&anna, &SAME).await.attr("[value^=new]", "value").expect("an answer");
    let third = anna.submit("/orders", &fields(&[SAME[0], SAME[1], SAME[2], ("answer", &by_button)])).await;
    assert_eq!(third.status, 303, "without scripts the answer sends the form: {}", third.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn only_the_telephone_or_only_the_place_does_not_stop_anybody() {
    let (app, id) = office().await;
    make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    assert_eq!(anna.submit("/orders", &fields(&[("address", "Мира 1")])).await.status, 303);
    let neighbour = [("phone", "89007770000"), ("address", SAME[2].1)];
    assert_eq!(anna.submit("/orders", &fields(&neighbour)).await.status, 303);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_warranty_remembers_the_order_it_makes_good() {
    let (app, id) = office().await;
    let order = make(&app, id, |order| {
        order.status = StatusOrder::Done;
        order.closed_at = Some(at("2026-11-22T10:00:00"));
    });
    let anna = app.sign_in("Анна Белова").await;
    let value = format!("warranty:{order}");
    let answered = panel(&anna, &[SAME[0], SAME[1], SAME[2], ("answer", &value)]).await;
    assert_eq!(answered.attr("#n-type [checked]", "value").as_deref(), Some("Гарантия"));
    assert_eq!(answered.text_of(".duplicates__answer span"), format!("Гарантия по заказу № {order}."));
    let form = fields(&[SAME[0], SAME[1], SAME[2], ("type_order", "Гарантия"), ("duplicate", &value)]);
    let saved = anna.submit("/orders", &form).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let parent: Option<i64> =
        app.read(|db| orders::table.find(id_of(&saved)).select(orders::parent_order_id).first(db));
    assert_eq!(parent, Some(order));
    assert_eq!(history(&app, id_of(&saved))[1].1, Some(format!("гарантия по № {order}")));

    let other = fields(&[("address", "Мира 5"), ("type_order", "Повтор"), ("duplicate", &value)]);
    let saved = anna.submit("/orders", &other).await;
    let parent: Option<i64> =
        app.read(|db| orders::table.find(id_of(&saved)).select(orders::parent_order_id).first(db));
    assert_eq!(parent, None, "not a warranty in the end");
    let gone = fields(&[("address", "Мира 6"), ("type_order", "Гарантия"), ("duplicate", "warranty:999")]);
    let refused = anna.submit("/orders", &gone).await;
    assert!(
        refused.status == 422 && refused.text_of(".field__error").contains("№ 999"),
        "{}",
        refused.text()
    );
    assert_eq!(panel(&anna, &[("answer", "warranty:999")]).await.status, 404);

    let form = anna.get(&format!("/orders/new?parent={order}")).await;
    assert_eq!(form.attr("[name=duplicate]", "value"), Some(value));
    assert_eq!(form.attr("[name=type_order][checked]", "value").as_deref(), Some("Гарантия"));
    assert_eq!(form.attr("[name=phone]", "value").as_deref(), Some("+7 900 123-45-67"));
    assert_eq!(anna.get("/orders/new?parent=999").await.status, 404);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_order_takes_the_calls_and_what_was_typed() {
    let (app, id) = office().await;
    let order = make(&app, id, |_| {});
    let before = call(&app, "79001234567", "2026-11-23T11:40:00");
    let this = call(&app, "79001234567", "2026-11-23T11:58:00");
    let anna = app.sign_in("Анна Белова").await;
    let call_id = this.to_string();
    let slot = [("city", "Москва"), ("type_equipment", "БТ"), ("date_meeting", "2026-11-24T18:00")];
    let held = anna.hx_submit("n-slots", "/orders/slots/hold", &slot).await;
    let hold = held.attr("#n-hold", "value").expect("a hold");
    let key = format!("call-{this}");
    anna.submit(&format!("/orders/draft/{key}"), &[("problem", "Просит раньше")]).await;
    let form = [
        ("call", call_id.as_str()),
        ("draft_key", &key),
        ("hold", &hold),
        ("problem", "Просит раньше\nесли можно"),
        ("comment", "<b>злой</b>"),
    ];
    let path = format!("/orders/{order}/same");
    let answer = anna.hx_submit("dialog", &path, &form).await;
    assert_eq!((answer.status, answer.header("location")), (303, &*format!("/orders/{order}")));
    let mut linked: Vec<i64> = app.read(|db| {
        order_calls::table.filter(order_calls::order_id.eq(order)).select(order_calls::call_id).load(db)
    });
    linked.sort_unstable();
    assert_eq!(linked, [before, this]);
    let told = "позвонил снова, связано 2 звонка. Просит раньше если можно. <b>злой</b>";
    assert_eq!(history(&app, order)[1], ("repeat".to_owned(), Some(told.to_owned())));
    assert_eq!(app.read(|db| drafts::table.count().get_result::<i64>(db)), 0);
    assert_eq!(app.read(|db| slot_holds::table.count().get_result::<i64>(db)), 0);
    assert_eq!(app.read(|db| orders::table.count().get_result::<i64>(db)), 1);

    assert_eq!(anna.submit(&path, &form).await.status, 303, "twice does no harm");
    assert_eq!(anna.submit("/orders/999/same", &form).await.status, 404);
    assert_eq!(app.anon().submit(&path, &form).await.status, 303, "to the sign-in");
}
