//! Slots as the form of a new order and the grid of the list use them: booked once, held while talking, over the
//! limit only with a reason; and the sentence that is read back.

use callcentre::domain::order::TypeEquipment;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{audit_log, order_history, order_requests, orders, slot_holds};
use callcentre::slots::limits::Rule;
use callcentre::slots::queries::limits;
use chrono::Duration;
use diesel::prelude::*;
use futures_util::future::join_all;

use crate::support::orders::{NOON, at, fields, make, office};
use crate::support::{Client, Page, TestApp};

/// The slot of [`fields`]: tomorrow at 15:00 in Москва, БТ.
const SLOT: [(&str, &str); 3] =
    [("city", "Москва"), ("type_equipment", "БТ"), ("date_meeting", "2026-11-24T15:00")];

fn later(app: &TestApp, minutes: i64) {
    app.app.clock.stop_at(at(NOON) + Duration::minutes(minutes));
}

fn count(app: &TestApp) -> i64 {
    app.read(|db| orders::table.count().get_result(db))
}

fn holds(app: &TestApp) -> i64 {
    app.read(|db| slot_holds::table.count().get_result(db))
}

async fn take_hold(person: &Client, more: &[(&str, &str)]) -> Page {
    let fields: Vec<(&str, &str)> = SLOT.iter().chain(more).copied().collect();
    person.hx_submit("n-slots", "/orders/slots/hold", &fields).await
}

fn hold_of(page: &Page) -> String {
    page.attr("#n-hold", "value").expect("the hidden field")
}

/// Sends fifty different forms for the slot of [`fields`], in which one place is taken already after `taken`.
async fn fifty_at_once(people: &[Client]) -> Vec<Page> {
    let forms: Vec<(String, String)> =
        (0..50).map(|n| (format!("8900200{n:04}"), format!("ул. Чапаева, {n}"))).collect();
    join_all(forms.iter().enumerate().map(|(n, (phone, address))| {
        let person = &people[n % people.len()];
        let form = fields(&[("phone", phone), ("address", address)]);
        async move { person.submit("/orders", &form).await }
    }))
    .await
}

fn three_places_were_given(app: &TestApp, answers: &[Page]) {
    let saved = answers.iter().filter(|page| page.status == 303).count();
    assert_eq!(saved, 3, "{:?}", answers.iter().map(|page| page.status).collect::<Vec<_>>());
    for refused in answers.iter().filter(|page| page.status != 303) {
        assert_eq!(refused.status, 422, "{}", refused.text());
        let words = refused.text_of("#n-date-error");
        assert!(words.contains("На 15:00 все места заняты (5)"), "{words}");
        assert!(refused.has("[name=overbook_reason]"), "a reason may be given");
        assert!(refused.body.contains("ул. Чапаева, "), "nothing typed is lost");
    }
    assert_eq!(count(app), 5);
    let keys: i64 = app
        .read(|db| order_requests::table.filter(order_requests::order_id.is_null()).count().get_result(db));
    assert_eq!(keys, 0, "a refused form has not used up its key");
}

async fn with_three_places_left() -> (TestApp, Client) {
    let (app, id) = office().await;
    let rule = Rule { city: None, type_equipment: None, weekday: None, minute: None, places: 5 };
    app.write(|tx| limits::save(tx, None, &rule, id, at(NOON)));
    for n in 0..2 {
        make(&app, id, |order| order.address = format!("пр. Мира, {n}"));
    }
    let anna = app.sign_in("Анна Белова").await;
    (app, anna)
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_fifty_forms_for_the_last_three_places_three_become_orders() {
    let (app, anna) = with_three_places_left().await;
    let answers = fifty_at_once(&[anna]).await;
    three_places_were_given(&app, &answers);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn two_processes_give_the_last_three_places_once() {
    let (app, anna) = with_three_places_left().await;
    let second = app.second_process().await;
    second.app.clock.stop_at(at(NOON));
    let there = second.sign_in("Анна Белова").await;
    let answers = fifty_at_once(&[anna, there]).await;
    three_places_were_given(&app, &answers);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_same_form_twice_is_one_order_and_one_place() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let hold = hold_of(&take_hold(&anna, &[]).await);
    let form = fields(&[("hold", &hold), ("request_key", "8a3a2c1e-0000-4000-8000-000000000009")]);
    let answers = join_all((0..6).map(|_| anna.submit("/orders", &form))).await;
    assert!(answers.iter().all(|page| page.status == 303), "{:?}", answers[0].text());
    assert_eq!((count(&app), holds(&app)), (1, 0), "the hold has become the booking");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_refused_form_can_be_sent_again_and_is_still_one_order() {
    let (app, id) = office().await;
    for n in 0..3 {
        make(&app, id, |order| order.address = format!("пр. Мира, {n}"));
    }
    let anna = app.sign_in("Анна Белова").await;
    let key = ("request_key", "8a3a2c1e-0000-4000-8000-00000000000a");
    assert_eq!(anna.submit("/orders", &fields(&[key])).await.status, 422);
    let later = fields(&[key, ("date_meeting", "2026-11-24T16:00")]);
    let answers = join_all((0..6).map(|_| anna.submit("/orders", &later))).await;
    assert!(answers.iter().all(|page| page.status == 303));
    assert_eq!(count(&app), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_slot_is_held_shown_prolonged_and_released() {
    let (app, _) = office().await;
    app.create_account(Role::Operator, "Борис");
    let (anna, boris) = (app.sign_in("Анна Белова").await, app.sign_in("Борис").await);
    let held = take_hold(&anna, &[]).await;
    assert!(held.is_fragment() && held.status == 200);
    // 12:07 UTC is 15:07 on the clock of the business.
    assert!(held.text_of("#n-hold-state").contains("Держим за вами до 15:07"), "{}", held.text());
    let hold = hold_of(&held);

    let grid = boris.hx_get("slots-card", "/orders?slots_day=2026-11-24").await;
    let cell = "#slots [data-slot='15:00'][data-equipment='БТ']";
    let label = grid.attr(cell, "aria-label").expect("a label");
    assert_eq!(grid.text_of(cell), "0", "no order yet");
    assert!(label.contains("держит Анна Белова до 15:07"), "{label}");
    assert_eq!(grid.attr(cell, "data-held").as_deref(), Some("1"));
    assert!(grid.text_of(".slots-card__sum").contains("держат мест: 1"));
    let trigger = grid.attr("#slots-card", "hx-trigger").expect("live");
    assert!(trigger.contains("live:slots") && trigger.contains("live:orders"), "{trigger}");

    later(&app, 5);
    let longer = take_hold(&anna, &[("hold", &hold)]).await;
    assert!(longer.text_of("#n-hold-state").contains("до 15:12"), "{}", longer.text());
    assert_eq!(hold_of(&longer), hold, "the same one");

    let moved = [("city", "Москва"), ("type_equipment", "БТ"), ("date_meeting", "2026-11-24T16:30")];
    let moved: Vec<(&str, &str)> = moved.into_iter().chain([("hold", hold.as_str())]).collect();
    let moved = anna.hx_submit("n-slots", "/orders/slots/hold", &moved).await;
    assert_eq!(holds(&app), 1, "another slot gives the first one back");
    let hold = hold_of(&moved);
    boris.submit("/orders/slots/release", &[("hold", &hold), ("quiet", "1")]).await;
    assert_eq!(holds(&app), 1, "only one's own");
    let gone = anna.submit("/orders/slots/release", &[("hold", &hold), ("quiet", "1")]).await;
    assert_eq!((gone.status, holds(&app)), (204, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_foreign_hold_keeps_its_place_until_it_is_over() {
    let (app, id) = office().await;
    app.create_account(Role::Operator, "Борис");
    let (anna, boris) = (app.sign_in("Анна Белова").await, app.sign_in("Борис").await);
    for n in 0..2 {
        make(&app, id, |order| order.address = format!("пр. Мира, {n}"));
    }
    let hold = hold_of(&take_hold(&anna, &[]).await);
    let full = take_hold(&boris, &[]).await;
    assert_eq!(hold_of(&full), "", "no place for him");
    assert!(
        full.text().contains("держат: Анна Белова") && full.has("[name=overbook_reason]"),
        "{}",
        full.text()
    );
    let refused = boris.submit("/orders", &fields(&[])).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text_of("#n-date-error").contains("держат: Анна Белова"), "{}", refused.text());

    later(&app, 8);
    assert_eq!(boris.submit("/orders", &fields(&[])).await.status, 303, "nobody holds it any more");
    let late = fields(&[("hold", &hold), ("phone", "89007770000"), ("address", "Мира 9")]);
    let late = anna.submit("/orders", &late).await;
    assert_eq!(late.status, 422);
    assert!(late.text_of("#n-date-error").starts_with("Ваша бронь истекла."), "{}", late.text());
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_place_becomes_the_order_of_its_holder() {
    let (app, id) = office().await;
    for n in 0..2 {
        make(&app, id, |order| order.address = format!("пр. Мира, {n}"));
    }
    let anna = app.sign_in("Анна Белова").await;
    let hold = hold_of(&take_hold(&anna, &[]).await);
    assert_eq!(anna.submit("/orders", &fields(&[("hold", &hold)])).await.status, 303);
    assert_eq!((count(&app), holds(&app)), (3, 0));
}

#[tokio::test(flavor = "multi_thread")]
async fn a_dropped_draft_gives_its_place_back_and_a_kept_one_remembers_it() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let hold = hold_of(&take_hold(&anna, &[]).await);
    let draft: Vec<(&str, &str)> = SLOT
        .into_iter()
        .chain([("hold", hold.as_str()), ("duplicate", "new:7"), ("overbook_reason", "друг")])
        .collect();
    anna.submit("/orders/draft/new", &draft).await;
    let form = anna.get("/orders/new").await;
    assert_eq!(hold_of(&form), hold);
    assert!(form.text_of("#n-hold-state").contains("Держим за вами до 15:07"));
    assert_eq!(form.attr("[name=duplicate]", "value").as_deref(), Some("new:7"));
    later(&app, 8);
    let form = anna.get("/orders/new").await;
    assert!(form.text_of("#n-hold-state").contains("Время брони вышло"), "{}", form.text_of("#n-slots"));
    assert!(form.attr("#n-holder", "hx-trigger").expect("a trigger").starts_with("load"), "held again");
    let hold = hold_of(&take_hold(&anna, &[]).await);
    anna.submit("/orders/draft/new/drop", &[("hold", &hold)]).await;
    assert_eq!(holds(&app), 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_over_the_limit_needs_a_reason_that_is_kept_in_both_journals() {
    let (app, id) = office().await;
    for n in 0..3 {
        make(&app, id, |order| order.address = format!("пр. Мира, {n}"));
    }
    let anna = app.sign_in("Анна Белова").await;
    let blank = anna.get("/orders/new").await;
    assert!(!blank.has("[name=overbook_reason]"), "not before it is needed");
    let refused = anna.submit("/orders", &fields(&[("comment", "Звонить за час")])).await;
    assert_eq!(refused.status, 422);
    assert!(refused.text_of("#n-date-error").contains("сверх лимита с причиной"));
    assert!(refused.has("label[for=n-overbook]") && refused.body.contains("Звонить за час"));
    let long = "щ".repeat(501);
    let wordy = anna.submit("/orders", &fields(&[("overbook_reason", &long)])).await;
    assert!(wordy.text_of("#n-overbook-error").contains("Слишком длинно") && wordy.body.contains(&long));

    let saved = anna.submit("/orders", &fields(&[("overbook_reason", "Постоянный клиент")])).await;
    assert_eq!(saved.status, 303, "{}", saved.text());
    let order: i64 = saved.header("location").rsplit('/').next().expect("an id").parse().expect("an id");
    let lines: Vec<(String, Option<String>)> = app.read(|db| {
        order_history::table
            .filter(order_history::order_id.eq(order))
            .order(order_history::id)
            .select((order_history::field, order_history::new_value))
            .load(db)
    });
    let told = Some("визит 4 при лимите 3: Постоянный клиент".to_owned());
    assert_eq!(lines, [("created".to_owned(), Some("Ожидает".to_owned())), ("overbook".to_owned(), told)]);
    let actions: Vec<String> = app.read(|db| {
        audit_log::table.filter(audit_log::action.not_like("session.%")).select(audit_log::action).load(db)
    });
    assert!(actions.contains(&"slot.overbook".to_owned()), "{actions:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_grid_follows_the_admins_limits() {
    let (app, id) = office().await;
    make(&app, id, |_| {});
    let anna = app.sign_in("Анна Белова").await;
    let page = "/orders?slots_day=2026-11-24&slots_city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0";
    let cell = "#slots [data-slot='15:00'][data-equipment='БТ']";
    let before = anna.get(page).await;
    assert!(before.attr(cell, "aria-label").expect("a label").contains("1 из 3"));
    assert_eq!(before.text_of(".slots-card__sum"), "1 из 225 мест");
    let rule = |places, equipment| Rule {
        city: Some("Москва".into()),
        type_equipment: equipment,
        weekday: None,
        minute: None,
        places,
    };
    app.write(|tx| limits::save(tx, None, &rule(1, None), id, at(NOON)));
    app.write(|tx| limits::save(tx, None, &rule(0, Some(TypeEquipment::Handyman)), id, at(NOON)));
    let after = anna.get(page).await;
    assert_eq!(after.attr(cell, "data-h").as_deref(), Some("full"));
    assert!(after.attr(cell, "aria-label").expect("a label").contains("1 из 1, мест нет"));
    assert_eq!(after.text_of(".slots-card__sum"), "1 из 50 мест");
    let closed = after.attr("#slots [data-slot='15:00'][data-equipment='МНЧ']", "data-h");
    assert_eq!(closed.as_deref(), Some("closed"));
    let pick = anna
        .hx_get(
            "n-slots",
            "/orders/slots?city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0&equipment=%D0%91%D0%A2&day=2026-11-24",
        )
        .await;
    assert_eq!(pick.attr("#pick-1500", "data-load").as_deref(), Some("1/1"));
}

#[tokio::test(flavor = "multi_thread")]
async fn three_windows_are_offered_as_soon_as_city_and_equipment_are_known() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    assert!(!anna.get("/orders/new").await.has(".offer"));
    let form = anna.get("/orders/new?city=%D0%9C%D0%BE%D1%81%D0%BA%D0%B2%D0%B0&equipment=%D0%91%D0%A2").await;
    let say = "Могу предложить сегодня, понедельник 23 ноября, в 16:00, в 18:30 или в 21:00.";
    assert_eq!(form.text_of(".offer__say"), say);
    assert_eq!(form.attr(".offer [data-copy]", "data-copy").as_deref(), Some(say));
    assert_eq!(form.texts(".offer__windows button"), ["сегодня 16:00", "сегодня 18:30", "сегодня 21:00"]);
    assert_eq!(form.attr(".offer__windows button", "data-value").as_deref(), Some("2026-11-23T16:00"));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_form_is_read_back_as_it_stands() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let told = anna.hx_submit("n-readback", "/orders/readback", &fields(&[("city", "Самара")])).await;
    assert!(told.is_fragment());
    assert_eq!(
        told.text_of(".readback__say"),
        "Прочитайте клиенту: «Записываю: Марина, Самара, ул. Чапаева, 48, завтра, вторник 24 ноября, в 15:00, \
         течёт. Телефон +7 900 123-45-67. Верно?»"
    );
    assert!(!told.has(".readback__ask"));
    let blank = anna.get("/orders/new").await;
    assert!(blank.text_of("#n-readback").starts_with("Спросите: телефон, город, адрес"));
    let half = anna.hx_submit("n-readback", "/orders/readback", &fields(&[("address", "")])).await;
    assert_eq!(half.text_of(".readback__ask"), "Ещё спросите: адрес.");
    for odd in ["<script>alert(1)</script>", "'; DROP TABLE orders; --", "\u{202e}задом наперёд", "😀"]
    {
        let told = anna.hx_submit("n-readback", "/orders/readback", &fields(&[("problem", odd)])).await;
        assert!(told.status == 200 && !told.body.contains("<script>alert"), "{odd}");
    }
    let long = "щ".repeat(10_000);
    let told = anna.hx_submit("n-readback", "/orders/readback", &fields(&[("problem", &long)])).await;
    assert!(told.status == 200 && told.body.chars().count() < 1000);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_visit_in_the_past_may_be_written_down_and_holds_nothing() {
    let (app, _) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let past = [("city", "Москва"), ("type_equipment", "БТ"), ("date_meeting", "2026-11-20T15:00")];
    let page = anna.hx_submit("n-slots", "/orders/slots/hold", &past).await;
    assert_eq!((hold_of(&page).as_str(), holds(&app)), ("", 0));
    assert!(page.text().contains("Это время уже прошло"));
    assert_eq!(anna.submit("/orders", &fields(&[("date_meeting", "2026-11-20T15:00")])).await.status, 303);
    for nonsense in
        [("city", "Лондон"), ("type_equipment", "Ракеты"), ("date_meeting", "завтра"), ("hold", "x")]
    {
        let fields: Vec<(&str, &str)> =
            SLOT.into_iter().filter(|(name, _)| *name != nonsense.0).chain([nonsense]).collect();
        assert_eq!(
            anna.hx_submit("n-slots", "/orders/slots/hold", &fields).await.status,
            200,
            "{nonsense:?}"
        );
    }
}
