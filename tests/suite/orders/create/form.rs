//! The form of a new order: filled from a call, checked, saved once, kept as a draft.

use callcentre::domain::id::{AccountId, CallId};
use callcentre::domain::person::Role;
use callcentre::domain::phone::Phone;
use callcentre::platform::db::schema::{clients, drafts, order_calls, order_history, order_search, orders};
use chrono::NaiveDateTime;
use diesel::prelude::*;
use futures_util::future::join_all;

use crate::support::orders::{at, call, fields, make, office};

#[tokio::test(flavor = "multi_thread")]
async fn the_form_from_a_call_is_filled_and_links_the_clients_calls() {
    let (app, id) = office().await;
    let earlier = call(&app, "79001234567", "2026-11-23T08:00:00");
    let yesterday = call(&app, "79001234567", "2026-11-21T08:00:00");
    let foreign = call(&app, "79007654321", "2026-11-23T08:00:00");
    let linked = call(&app, "79001234567", "2026-11-23T07:00:00");
    make(&app, id, |order| order.call_ids = vec![CallId(linked)]);
    let this = call(&app, "79001234567", "2026-11-23T11:58:00");
    let anna = app.sign_in("Анна Белова").await;

    let form = anna.get(&format!("/orders/new?call={this}")).await;
    assert_eq!(form.status, 200);
    let value = |selector: &str| form.attr(selector, "value").unwrap_or_default();
    assert_eq!(value("[name=phone]"), "+7 900 123-45-67");
    assert_eq!(value("[name=rk] option[selected]"), "Авито");
    assert_eq!(value("[name=city] option[selected]"), "Москва");
    assert_eq!(value("[name=avito_name] option[selected]"), "Мастер Москва");
    assert_eq!(value("[name=type_order][checked]"), "Повтор", "from the client's history");
    assert_eq!(value("[name=date_meeting]"), "", "nothing preset");
    assert!(form.attr("[name=date_meeting]", "min").is_none(), "no minimum");
    assert!(form.text_of("#n-client").contains("Уже есть открытый заказ"));

    let key = value("[name=request_key]");
    let call_id = this.to_string();
    let saved = anna.submit("/orders", &fields(&[("call", &call_id), ("request_key", &key)])).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let order: i64 = saved.header("location").rsplit('/').next().expect("an id").parse().expect("an id");
    let mut calls: Vec<i64> = app.read(|db| {
        order_calls::table.filter(order_calls::order_id.eq(order)).select(order_calls::call_id).load(db)
    });
    calls.sort_unstable();
    assert_eq!(
        calls,
        [earlier, this],
        "not {yesterday} (long ago), {foreign} (foreign), {linked} (has an order)"
    );
    let page = anna.get(&format!("/orders/{order}")).await;
    assert!(page.text().contains("Входящий, 1:17") && page.text().contains("без записи"), "{}", page.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_blank_form_becomes_an_order_with_client_history_and_words() {
    let (app, id) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let blank = anna.get("/orders/new").await;
    assert_eq!(blank.count("main h1"), 1);
    assert!(!blank.has("[name=type_order][checked]"), "nothing is known, nothing is chosen");

    let saved = anna.submit("/orders", &fields(&[("comment", "Звонить за час")])).await;
    assert_eq!(saved.status, 303);
    type Row = (String, String, String, AccountId, NaiveDateTime, String, i32, i32);
    let row: Row = app.read(|db| {
        orders::table
            .inner_join(clients::table)
            .select((
                orders::phone,
                orders::status_order,
                clients::name,
                orders::operator_name_id,
                orders::date_meeting,
                orders::meeting_day,
                orders::meeting_minute,
                orders::list_rank,
            ))
            .first(db)
    });
    let expected = ("79001234567", "Ожидает", "Марина", id, at("2026-11-24T12:00:00"), "2026-11-24", 900, 1);
    assert_eq!(
        (&*row.0, &*row.1, &*row.2, row.3, row.4, &*row.5, row.6, row.7),
        expected,
        "digits, Ожидает, a named client, UTC and the city's clock"
    );
    let fields: Vec<String> = app.read(|db| order_history::table.select(order_history::field).load(db));
    assert_eq!(fields, ["created"]);
    let words: String = app.read(|db| order_search::table.select(order_search::words).first(db));
    assert!(words.contains("чапаева") && words.contains("марина"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_wrong_field_is_told_in_russian_and_nothing_typed_is_lost() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let long = "щ".repeat(10_000);
    for (name, value, words) in [
        ("rk", "", "Выберите РК"),
        ("rk", "Радио", "Такой РК нет"),
        ("city", "", "Выберите город"),
        ("city", "Лондон", "Такого города нет"),
        ("avito_name", "Чужой", "Такого аккаунта нет"),
        ("phone", "", "Введите телефон"),
        ("phone", "позвоните мне", "не похоже на номер"),
        ("type_order", "", "Выберите тип заявки"),
        ("type_order", "Снова", "Выберите тип заявки"),
        ("type_equipment", "", "Выберите тип техники"),
        ("address", "", "Введите адрес"),
        ("address", &long, "Слишком длинно"),
        ("date_meeting", "", "Выберите дату"),
        ("date_meeting", "2026-02-30T10:00", "Дата не читается"),
        ("problem", "", "Опишите"),
        ("problem", &long, "Слишком длинно"),
        ("client_name", &long, "Слишком длинно"),
        ("comment", &long, "Слишком длинно"),
    ] {
        let page = anna.submit("/orders", &fields(&[("request_key", "key-1"), (name, value)])).await;
        assert_eq!(page.status, 422, "{name}={value:.20}");
        assert!(page.text_of(".field__error").contains(words), "{name}: {}", page.text_of(".field__error"));
        let error = page.attr(".field__error", "id").expect("an id");
        assert!(page.has(&format!("[aria-describedby={error}]")), "{name}: the words are tied to the field");
        let kept = if name == "problem" { "ул. Чапаева, 48" } else { "Течёт" };
        assert!(page.body.contains(kept), "{name}: what was typed is gone");
        assert_eq!(page.attr("[name=request_key]", "value").as_deref(), Some("key-1"));
        if !value.is_empty() && !["rk", "type_order"].contains(&name) {
            assert!(page.body.contains(value), "{name}: the wrong value is gone");
        }
    }
    let dialog = anna.hx_submit("dialog", "/orders", &fields(&[("address", "")])).await;
    assert!(dialog.status == 422 && dialog.is_fragment() && dialog.has("#order-dialog form"));
    assert_eq!(app.read(|db| orders::table.count().get_result::<i64>(db)), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn odd_texts_are_kept_as_typed_and_harm_nobody() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    for (hour, odd) in (10..).zip([
        "<script>alert(1)</script>",
        "'; DROP TABLE orders; --",
        "Ремонт 😀 \u{202e}ьтсонжаворп",
        "до\0после",
        "{{ 7*7 }} %s \\ \"кавычки\"",
        "मानक हिन्दी 漢字",
    ]) {
        let visit = format!("2026-11-24T{hour}:00");
        let changes = [
            ("problem", odd),
            ("address", odd),
            ("client_name", odd),
            ("comment", odd),
            ("date_meeting", &visit),
        ];
        let saved = anna.submit("/orders", &fields(&changes)).await;
        assert_eq!(saved.status, 303, "{odd}: {}", saved.text());
        let page = anna.get(saved.header("location")).await;
        assert!(!page.body.contains("<script>alert"), "unescaped");
        let shown = page.text_of("#o-problem");
        let meant = odd.replace('\0', "");
        assert_eq!(shown, meant.split_whitespace().collect::<Vec<_>>().join(" "));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.append_pair("q", odd);
        assert_eq!(anna.get(&format!("/orders?{}", query.finish())).await.status, 200, "searching {odd}");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn one_form_makes_one_order_however_often_it_is_sent() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let form = fields(&[("request_key", "8a3a2c1e-0000-4000-8000-000000000001")]);
    let answers = join_all((0..10).map(|_| anna.submit("/orders", &form))).await;
    let places: Vec<&str> = answers.iter().map(|page| page.header("location")).collect();
    assert!(places.iter().all(|place| *place == "/orders/1" || place == &places[0]), "{places:?}");
    assert!(answers.iter().all(|page| page.status == 303));
    assert_eq!(app.read(|db| orders::table.count().get_result::<i64>(db)), 1);

    let again = anna.hx_submit("dialog", "/orders", &form).await;
    assert_eq!(again.status, 204);
    assert!(again.header("hx-trigger").contains("dialog:close"), "{}", again.header("hx-trigger"));
    let told: serde_json::Value = serde_json::from_str(again.header("hx-trigger")).expect("events");
    assert_eq!(told["toast"]["opens"], "/orders/1", "«Открыть» beside the word");
    assert_eq!(app.read(|db| orders::table.count().get_result::<i64>(db)), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_draft_is_kept_for_its_author_until_it_is_an_order() {
    let (app, _) = office().await;
    app.create_account(Role::Operator, "Борис");
    let (anna, boris) = (app.sign_in("Анна Белова").await, app.sign_in("Борис").await);
    let key = "8a3a2c1e-0000-4000-8000-000000000002";
    let typed =
        [("client_name", "Зоя"), ("phone", "8900"), ("request_key", key), ("problem", "гудит\nсильно")];
    assert_eq!(anna.submit("/orders/draft/new", &typed).await.status, 204);

    let form = anna.get("/orders/new").await;
    assert_eq!(form.attr("[name=client_name]", "value").as_deref(), Some("Зоя"));
    assert!(form.body.contains("гудит\nсильно"));
    assert_eq!(form.attr("[name=request_key]", "value").as_deref(), Some(key));
    assert!(form.text_of("[data-draft-state]").contains("Черновик от 15:00"));
    assert_eq!(form.attr("form[data-draft]", "data-draft").as_deref(), Some("new"));
    assert_eq!(boris.get("/orders/new").await.attr("[name=client_name]", "value").as_deref(), Some(""));

    let changes = [("request_key", key), ("draft_key", "new")];
    assert_eq!(anna.submit("/orders", &fields(&changes)).await.status, 303);
    assert_eq!(app.read(|db| drafts::table.count().get_result::<i64>(db)), 0);
    assert_eq!(anna.submit("/orders/draft/new", &typed).await.status, 204, "a save that comes too late");
    assert_eq!(anna.get("/orders/new").await.attr("[name=client_name]", "value").as_deref(), Some(""));

    anna.submit("/orders/draft/call-7", &[("client_name", "Зоя")]).await;
    let dropped = anna.submit("/orders/draft/call-7/drop", &[("again", "/orders/new?phone=8900")]).await;
    assert_eq!((dropped.status, dropped.header("location")), (303, "/orders/new?phone=8900"));
    assert_eq!(app.read(|db| drafts::table.count().get_result::<i64>(db)), 0);
    assert_eq!(anna.submit("/orders/draft/..%2Fadmin", &typed).await.status, 404);
    let huge = "щ".repeat(40_000);
    assert_eq!(anna.submit("/orders/draft/new", &[("problem", huge.as_str())]).await.status, 400);
    assert_eq!(app.anon().submit("/orders/draft/new", &typed).await.status, 303, "to the sign-in");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_of_the_grid_fills_the_form_and_the_other_clock_is_told() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let query = "slot=2026-11-24T14:00&equipment=%D0%91%D0%A2&city=%D0%A1%D0%B0%D0%BC%D0%B0%D1%80%D0%B0";
    let form = anna.hx_get("dialog", &format!("/orders/new?{query}")).await;
    assert!(form.is_fragment() && form.has("#order-dialog h2"));
    assert_eq!(form.attr("[name=date_meeting]", "value").as_deref(), Some("24.11.2026 14:00"));
    assert_eq!(form.attr("[name=type_equipment][checked]", "value").as_deref(), Some("БТ"));
    let slots = form.text_of("#n-slots");
    assert!(slots.contains("завтра, вторник, 24 ноября в 14:00"), "{slots}");
    assert!(slots.contains("14:00 Самара = 13:00 здесь"), "{slots}");
    assert!(form.has(".slot-pick [data-value='2026-11-24T14:00'][aria-pressed=true]"));

    let other = anna.hx_get("n-slots", "/orders/slots?city=%D0%A1%D0%B0%D0%BC%D0%B0%D1%80%D0%B0&type_equipment=%D0%91%D0%A2&day=2026-11-23").await;
    assert_eq!(other.texts(".slot-pick__cell b")[0], "16:00", "it is 16:00 in Samara");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_typed_number_shows_its_client_and_suggests_a_type() {
    let (app, id) = office().await;
    make(&app, id, |order| {
        order.status = callcentre::domain::order::StatusOrder::Done;
        order.closed_at = Some(at("2026-11-13T10:00:00"));
    });
    let anna = app.sign_in("Анна Белова").await;
    let pane =
        anna.hx_get("n-client", "/orders/client?phone=8+900+123+45+67&type_equipment=%D0%91%D0%A2").await;
    assert!(pane.text().contains("+7 900 123-45-67") && pane.text().contains("Марина Ковалёва"));
    assert!(pane.text().contains("закрыт 10 дней назад: возможно, гарантия"), "{}", pane.text());
    assert_eq!(pane.attr("#n-type [checked]", "value").as_deref(), Some("Гарантия"));
    let own = anna
        .hx_get(
            "n-client",
            "/orders/client?phone=89001234567&type_order=%D0%92%D0%BF%D0%B5%D1%80%D0%B2%D1%8B%D0%B5",
        )
        .await;
    assert!(!own.has("#n-type"), "the person's own choice stays");
    let stranger = anna.hx_get("n-client", "/orders/client?phone=89990000000").await;
    assert!(stranger.text().contains("Раньше не обращался"));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_client_keeps_the_number_from_call_and_warranty_to_the_order() {
    let (app, id) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    for (stored, day) in [("84912345678", "2026-11-24T10:00"), ("4790123456", "2026-11-25T10:00")] {
        let shown = format!("+{stored}");
        let from = call(&app, stored, "2026-11-23T11:58:00");
        let before = make(&app, id, |order| order.phone = Phone::stored(stored).expect("a number"));
        let mut forms = vec![anna.get(&format!("/orders/new?call={from}")).await];
        forms.push(anna.get(&format!("/orders/new?parent={before}")).await);
        for form in &forms {
            assert_eq!(form.attr("[name=phone]", "value"), Some(shown.clone()));
            assert!(form.text_of("#n-client").contains(&shown), "{}", form.text_of("#n-client"));
            assert!(form.text_of("#n-client").contains("Марина Ковалёва"), "{}", form.text_of("#n-client"));
        }
        assert_eq!(forms[1].attr("[name=draft_key]", "value"), Some(format!("phone-{stored}")));
        let phone = forms[0].attr("[name=phone]", "value").expect("a number");
        let sent = [("phone", phone.as_str()), ("address", "ул. Мира, 1"), ("date_meeting", day)];
        let saved = anna.submit("/orders", &fields(&sent)).await;
        assert_eq!(saved.status, 303, "{}", saved.text());
        let kept: String =
            app.read(|db| orders::table.order(orders::id.desc()).select(orders::phone).first(db));
        assert_eq!(kept, stored);
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn half_past_eleven_at_night_is_stored_for_the_right_moment_in_three_zones() {
    let (app, _) = office().await;
    app.app.clock.stop_at(at("2026-11-23T20:30:00"));
    let anna = app.sign_in("Анна Белова").await;
    for (city, utc, seen) in [
        ("Калининград", "2026-11-23T21:30:00", "23:30−1 по часам города; у нас 24.11 00:30"),
        ("Москва", "2026-11-23T20:30:00", "23:30"),
        ("Екатеринбург", "2026-11-23T18:30:00", "23.11 23:30+2 по часам города; у нас 21:30"),
    ] {
        let saved =
            anna.submit("/orders", &fields(&[("city", city), ("date_meeting", "2026-11-23T23:30")])).await;
        let id: i64 = saved.header("location").rsplit('/').next().expect("an id").parse().expect("an id");
        let row: (NaiveDateTime, String, i32, NaiveDateTime) = app.read(|db| {
            orders::table
                .find(id)
                .select((
                    orders::date_meeting,
                    orders::meeting_day,
                    orders::meeting_minute,
                    orders::create_date,
                ))
                .first(db)
        });
        assert_eq!(row, (at(utc), "2026-11-23".to_owned(), 1410, at("2026-11-23T20:30:00")), "{city}");
        let list = anna.get("/orders").await;
        assert_eq!(
            list.text_of(&format!("#order-{id} .t-meet"))
                .replace(" просрочено", "")
                .replace("просрочено", ""),
            seen,
            "{city}"
        );
    }
    let of_day = anna.get("/orders?meeting_from=2026-11-23&meeting_to=2026-11-23").await;
    assert_eq!(of_day.count("#orders tr"), 3, "all three were promised for the 23rd");
    let created = anna.get("/orders?created_from=2026-11-23&created_to=2026-11-23").await;
    assert_eq!(created.count("#orders tr"), 3, "created at 23:30 Moscow time of the 23rd");
    assert_eq!(anna.get("/orders?created_from=2026-11-24").await.count("#orders tr"), 0);
}
