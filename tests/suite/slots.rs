//! Places in time slots: counted, held, booked, never given away twice; and the page on which they are limited.

use callcentre::app::App;
use callcentre::domain::id::{AccountId, HoldId, OrderId};
use callcentre::domain::order::TypeEquipment;
use callcentre::domain::person::Role;
use callcentre::platform::db::schema::{audit_log, clients, orders, slot_holds};
use callcentre::platform::db::{Db, Tx};
use callcentre::platform::error::AppError;
use callcentre::slots::limits::Rule;
use callcentre::slots::queries::{self, Booking, NotHeld, Reserved};
use callcentre::slots::{Full, Slot};
use chrono::{Duration, NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use crate::support::{TestApp, world};

/// A Monday.
const DAY: &str = "2026-11-23";
const CITY: &str = "Самара";

fn day() -> NaiveDate {
    DAY.parse().expect("a day")
}

fn now() -> NaiveDateTime {
    "2026-11-23T06:00:00".parse().expect("a moment")
}

fn later(minutes: i64) -> NaiveDateTime {
    now() + Duration::minutes(minutes)
}

fn slot(minute: i32) -> Slot {
    Slot { city: CITY.into(), day: day(), minute, type_equipment: TypeEquipment::Appliances }
}

fn booking(minute: i32, by: AccountId) -> Booking<'static> {
    Booking { slot: slot(minute), by, hold: None, overbook_reason: None, replacing_order: None }
}

/// An order as the order form writes it, as far as slots are concerned.
fn insert_order(db: &mut Db, slot: &Slot, status: &str, by: AccountId) -> QueryResult<i64> {
    let client: i64 = diesel::insert_into(clients::table)
        .values(clients::created_at.eq(now()))
        .returning(clients::id)
        .get_result(db)?;
    let closed = Some(now()).filter(|_| ["Готово", "Отказ", "Незаказ"].contains(&status));
    diesel::insert_into(orders::table)
        .values((
            (
                orders::rk.eq("Авито"),
                orders::city.eq(&slot.city),
                orders::phone.eq("79001234567"),
                orders::client_id.eq(client),
                orders::type_order.eq("Впервые"),
                orders::client_name.eq("Иван"),
                orders::address.eq("Ленина, 5"),
                orders::date_meeting.eq(now()),
                orders::meeting_day.eq(slot.day.to_string()),
            ),
            orders::meeting_minute.eq(slot.minute),
            orders::type_equipment.eq(slot.type_equipment),
            orders::problem.eq("Не морозит"),
            orders::status_order.eq(status),
            orders::operator_name_id.eq(by),
            orders::create_date.eq(now()),
            orders::closing_data.eq(closed),
            orders::list_rank.eq(1),
            orders::list_time.eq(0_i64),
        ))
        .returning(orders::id)
        .get_result(db)
}

/// What the order form does: a place, then the order, in one transaction.
fn book(tx: &mut Tx, booking: &Booking<'_>, at: NaiveDateTime) -> QueryResult<Result<Reserved, Full>> {
    let reserved = queries::reserve(tx, booking, at)?;
    if reserved.is_ok() {
        insert_order(tx.db, &booking.slot, "Ожидает", booking.by)?;
    }
    Ok(reserved)
}

async fn with_people() -> (TestApp, AccountId, AccountId) {
    let app = TestApp::start().await;
    // Periodic work must not see the holds of these tests as long past.
    app.app.clock.stop_at(now());
    world::found(&app);
    let (anna, boris) =
        (app.create_account(Role::Operator, "Анна"), app.create_account(Role::Operator, "Борис"));
    (app, anna, boris)
}

fn fill(app: &TestApp, minute: i32, orders: usize, by: AccountId) {
    app.write(|tx| {
        for _ in 0..orders {
            insert_order(tx.db, &slot(minute), "Принял", by)?;
        }
        Ok(())
    });
}

fn taken(app: &TestApp, minute: i32) -> i64 {
    let loaded = app.read(|db| queries::load_day(db, CITY, day(), now()));
    loaded.load(TypeEquipment::Appliances, minute).expect("a slot of the grid").taken
}

fn set_limit(app: &TestApp, rule: Rule, by: AccountId) {
    assert!(app.write(|tx| queries::limits::save(tx, None, &rule, by, now())), "a new rule");
}

const ANY: Rule = Rule { city: None, type_equipment: None, weekday: None, minute: None, places: 0 };

#[tokio::test(flavor = "multi_thread")]
async fn a_day_counts_open_orders_of_its_city_by_half_hours() {
    let (app, anna, _) = with_people().await;
    let elsewhere = Slot { city: "Москва".into(), ..slot(600) };
    let tomorrow = Slot { day: day().succ_opt().expect("a day"), ..slot(600) };
    app.write(|tx| {
        for status in ["Ожидает", "Принял", "В пути", "В работе", "Модерн", "Готово", "Отказ", "Незаказ"]
        {
            insert_order(tx.db, &slot(600), status, anna)?;
        }
        for minute in [629, 630, 659, 9 * 60 + 15, 22 * 60 + 45] {
            insert_order(tx.db, &slot(minute), "Ожидает", anna)?;
        }
        insert_order(tx.db, &elsewhere, "Ожидает", anna)?;
        insert_order(tx.db, &tomorrow, "Ожидает", anna)
    });
    let loaded = app.read(|db| queries::load_day(db, CITY, day(), now()));
    let row = loaded.row(TypeEquipment::Appliances).expect("a row");
    let counts: Vec<i64> = row.slots.iter().take(3).map(|load| load.taken).collect();
    assert_eq!((counts, row.outside, row.taken()), (vec![6, 2, 0], 2, 10));
    assert_eq!(loaded.row(TypeEquipment::Computers).expect("a row").taken(), 0);
    let cities = [CITY.to_owned(), "Москва".to_owned()];
    let both = app.read(|db| queries::load(db, &cities, &[day()], now()));
    let both = callcentre::slots::Day::together(both).expect("two days");
    let load = both.load(TypeEquipment::Appliances, 610).expect("a slot");
    assert_eq!((load.taken, load.places), (7, 6));
}

#[tokio::test(flavor = "multi_thread")]
async fn the_most_exact_limit_is_the_one_that_is_shown_and_kept() {
    let (app, anna, _) = with_people().await;
    set_limit(&app, Rule { places: 5, ..ANY }, anna);
    set_limit(&app, Rule { city: Some(CITY.into()), places: 2, ..ANY }, anna);
    set_limit(
        &app,
        Rule { city: Some(CITY.into()), weekday: Some(0), minute: Some(600), places: 0, ..ANY },
        anna,
    );
    let places = |city: &str, day: NaiveDate, minute| {
        let loaded = app.read(|db| queries::load_day(db, city, day, now()));
        loaded.load(TypeEquipment::Appliances, minute).expect("a slot").places
    };
    let tuesday = day().succ_opt().expect("a day");
    assert_eq!(places("Москва", day(), 600), 5);
    assert_eq!([places(CITY, day(), 600), places(CITY, day(), 630), places(CITY, tuesday, 600)], [0, 2, 2]);
    let closed = app.write(|tx| book(tx, &booking(600, anna), now())).expect_err("no places");
    assert!(closed.words().contains("не принимаются"), "{}", closed.words());
    fill(&app, 630, 2, anna);
    assert!(app.write(|tx| book(tx, &booking(630, anna), now())).is_err());
    let again = Rule { places: 9, ..ANY };
    assert!(!app.write(|tx| queries::limits::save(tx, None, &again, anna, now())), "the same slots twice");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_held_place_is_shown_to_all_and_becomes_the_booking() {
    let (app, anna, boris) = with_people().await;
    fill(&app, 600, 2, anna);
    let hold = app.write(|tx| queries::hold(tx, &slot(610), anna, 7, now())).expect("a place to hold");
    assert_eq!(hold.until, later(7));
    let loaded = app.read(|db| queries::load_day(db, CITY, day(), later(6)));
    let load = loaded.load(TypeEquipment::Appliances, 600).expect("a slot");
    let held: Vec<&str> = load.held.iter().map(|held| held.name.as_str()).collect();
    assert_eq!((load.taken, load.free(), held), (2, 0, vec!["Анна"]));

    let full = app.write(|tx| book(tx, &booking(600, boris), later(1))).expect_err("held by Анна");
    assert_eq!((full.taken, full.places, full.holders), (2, 3, vec!["Анна".to_owned()]));
    assert!(app.write(|tx| queries::hold(tx, &slot(600), boris, 7, later(1))).is_err());

    let with_hold = Booking { hold: Some(hold.id), ..booking(600, anna) };
    let reserved = app.write(|tx| book(tx, &with_hold, later(2))).expect("her own place");
    assert_eq!(reserved, Reserved { overbooked: None });
    assert_eq!(taken(&app, 600), 3);
    assert_eq!(app.read(|db| slot_holds::table.count().get_result::<i64>(db)), 0, "the hold is used up");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_hold_ends_by_itself() {
    let (app, anna, boris) = with_people().await;
    fill(&app, 600, 2, anna);
    let hold = app.write(|tx| queries::hold(tx, &slot(600), anna, 7, now())).expect("a place to hold");
    assert!(app.write(|tx| book(tx, &booking(600, boris), later(7))).is_ok(), "nobody holds it any more");
    let with_hold = Booking { hold: Some(hold.id), ..booking(600, anna) };
    let full = app.write(|tx| book(tx, &with_hold, later(8))).expect_err("too late");
    assert!(full.words().starts_with("Ваша бронь истекла."), "{}", full.words());

    let live = app.write(|tx| queries::hold(tx, &slot(660), boris, 30, now())).expect("a place to hold");
    queries::release_expired(&app.app.db, later(10)).expect("a sweep");
    let left: Vec<HoldId> = app.read(|db| slot_holds::table.select(slot_holds::id).load(db));
    assert_eq!(left, [live.id]);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_booking_that_fails_leaves_its_hold_alone() {
    let (app, anna, _) = with_people().await;
    let hold = app.write(|tx| queries::hold(tx, &slot(600), anna, 7, now())).expect("a place to hold");
    let with_hold = Booking { hold: Some(hold.id), ..booking(600, anna) };
    let failed: Result<(), AppError> = app.app.db.write_now(|tx| {
        assert!(book(tx, &with_hold, later(1))?.is_ok());
        Err(AppError::Conflict("the rest of the form was wrong".into()))
    });
    assert!(failed.is_err());
    assert_eq!((taken(&app, 600), app.read(|db| slot_holds::table.count().get_result::<i64>(db))), (0, 1));
}

#[tokio::test(flavor = "multi_thread")]
async fn holds_belong_to_their_holder_and_are_few() {
    let (app, anna, boris) = with_people().await;
    let hold = |minute, by, at| app.write(|tx| queries::hold(tx, &slot(minute), by, 7, at));
    let first = hold(600, anna, now()).expect("a place to hold");
    assert_eq!(app.write(|tx| queries::extend(tx, first.id, boris, 7, later(1))), None);
    assert!(!app.write(|tx| queries::release(tx, first.id, boris)));
    let longer = app.write(|tx| queries::extend(tx, first.id, anna, 7, later(5))).expect("her own");
    assert_eq!(longer.until, later(12));
    assert_eq!(hold(615, anna, later(6)).expect("the same slot").id, first.id, "holding again prolongs");

    assert!(hold(660, anna, later(6)).is_ok() && hold(720, anna, later(6)).is_ok());
    assert_eq!(hold(780, anna, later(6)), Err(NotHeld::TooMany));
    assert!(app.write(|tx| queries::release(tx, first.id, anna)));
    assert!(hold(780, anna, later(6)).is_ok());
    assert_eq!(app.write(|tx| queries::extend(tx, first.id, anna, 7, later(7))), None, "it was given back");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_place_over_the_limit_needs_a_reason_and_is_in_the_journal() {
    let (app, anna, _) = with_people().await;
    fill(&app, 600, 3, anna);
    for no_reason in [None, Some(""), Some("  ")] {
        let refused = Booking { overbook_reason: no_reason, ..booking(600, anna) };
        assert!(app.write(|tx| book(tx, &refused, now())).is_err());
    }
    let over = Booking { overbook_reason: Some(" Постоянный клиент "), ..booking(600, anna) };
    let reserved = app.write(|tx| book(tx, &over, now())).expect("with a reason");
    let overbooked = reserved.overbooked.expect("over the limit");
    assert_eq!((overbooked.number, overbooked.places), (4, 3));
    let line: (String, Option<AccountId>, String, String) = app.read(|db| {
        let columns = (audit_log::action, audit_log::account_id, audit_log::subject, audit_log::detail);
        audit_log::table.filter(audit_log::action.not_like("session.%")).select(columns).first(db)
    });
    let expected = ("Самара, БТ, 23 ноября в 10:00", "визит 4 при лимите 3: Постоянный клиент");
    assert_eq!(line, ("slot.overbook".into(), Some(anna), expected.0.into(), expected.1.into()));

    let free = Booking { overbook_reason: Some("на всякий случай"), ..booking(660, anna) };
    assert_eq!(app.write(|tx| book(tx, &free, now())), Ok(Reserved { overbooked: None }));
    assert_eq!(
        app.read(|db| audit_log::table
            .filter(audit_log::action.not_like("session.%"))
            .count()
            .get_result::<i64>(db)),
        1,
        "a free place needs none"
    );
}

#[tokio::test(flavor = "multi_thread")]
async fn an_order_that_moves_does_not_stand_in_its_own_way() {
    let (app, anna, _) = with_people().await;
    fill(&app, 600, 2, anna);
    let (moving, closed) = app.write(|tx| {
        Ok((
            insert_order(tx.db, &slot(600), "Ожидает", anna)?,
            insert_order(tx.db, &slot(600), "Отказ", anna)?,
        ))
    });
    let replacing = |minute, order| {
        let booking = Booking { replacing_order: Some(OrderId(order)), ..booking(minute, anna) };
        app.write(|tx| queries::reserve(tx, &booking, now()))
    };
    assert!(replacing(620, moving).is_ok(), "within the half hour it has already");
    set_limit(&app, Rule { places: 1, ..ANY }, anna);
    assert!(replacing(600, moving).is_ok(), "an edit of an overfull slot moves nothing");
    fill(&app, 660, 1, anna);
    assert!(replacing(660, moving).is_err(), "another slot has to have room");
    assert!(replacing(600, closed).is_err(), "an order that opens again takes a place anew");
}

/// Books at once from as many tasks and gives how many got a place.
async fn book_at_once(apps: Vec<actix_web::web::Data<App>>, by: AccountId) -> usize {
    let tasks: Vec<_> = apps
        .into_iter()
        .map(|app| {
            tokio::spawn(async move {
                app.db.write(move |tx| Ok(book(tx, &booking(600, by), now())?.is_ok())).await
            })
        })
        .collect();
    let mut places = 0;
    for task in tasks {
        if task.await.expect("no panic").expect("an answer, not a failure") {
            places += 1;
        }
    }
    places
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn of_fifty_who_book_the_last_three_places_at_once_three_get_them() {
    let (app, anna, _) = with_people().await;
    let apps = (0..50).map(|_| app.app.clone()).collect();
    assert_eq!(book_at_once(apps, anna).await, 3);
    assert_eq!(taken(&app, 600), 3);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 8)]
async fn two_processes_share_the_last_three_places() {
    let (app, anna, _) = with_people().await;
    let second = app.second_process().await;
    let apps = (0..50).map(|n| if n % 2 == 0 { app.app.clone() } else { second.app.clone() }).collect();
    assert_eq!(book_at_once(apps, anna).await, 3);
    assert_eq!(taken(&app, 600), 3);
}

#[tokio::test(flavor = "multi_thread")]
async fn an_admin_keeps_the_rules_on_their_page() {
    let app = TestApp::start().await;
    world::found(&app);
    let admin = app.admin("Ольга").await;
    let rule = [("city", CITY), ("type_equipment", "БТ"), ("weekday", "6"), ("minute", ""), ("places", "0")];
    let answer = admin.submit("/admin/slots", &rule).await;
    assert_eq!(
        (answer.status, answer.header("location")),
        (303, "/admin/slots?city=%D0%A1%D0%B0%D0%BC%D0%B0%D1%80%D0%B0")
    );
    let page = admin.get("/admin/slots").await;
    assert_eq!(
        page.texts("#slot-rules tr:last-child td, #slot-rules tr:last-child th")[..5],
        ["Самара", "БТ", "вс", "любое", "0"]
    );

    let again = admin.submit("/admin/slots", &rule).await;
    assert_eq!(again.status, 422);
    assert!(again.text_of("#slot-form .callout").contains("уже есть"));
    let wrong = admin.submit("/admin/slots", &[("city", CITY), ("places", "много")]).await;
    assert_eq!(wrong.status, 422);
    assert_eq!(wrong.attr("#slot-places", "value").as_deref(), Some("много"));
    assert!(wrong.text_of("#slot-places-error").contains("от 0 до 99"));

    let row = page.attr("#slot-rules tr:last-child", "id").expect("an id");
    let address = format!("/admin/slots/{}", row.trim_start_matches("slot-rule-"));
    let edit = admin.get(&address).await;
    assert_eq!(edit.attr("#slot-places", "value").as_deref(), Some("0"));
    let changed =
        [("city", CITY), ("type_equipment", "БТ"), ("weekday", "6"), ("minute", "600"), ("places", "5")];
    assert_eq!(admin.submit(&address, &changed).await.status, 303);
    assert_eq!(admin.submit(&format!("{address}/delete"), &[]).await.status, 303);
    assert_eq!(admin.get("/admin/slots").await.count("#slot-rules tr"), 1, "only the default is left");
    assert_eq!(admin.get(&address).await.status, 404);
    let actions: Vec<String> = app.read(|db| {
        audit_log::table
            .filter(audit_log::action.not_like("session.%"))
            .order(audit_log::id)
            .select(audit_log::action)
            .load(db)
    });
    assert_eq!(actions, ["slot_limit.save", "slot_limit.save", "slot_limit.delete"]);
}

#[tokio::test(flavor = "multi_thread")]
async fn the_page_shows_a_day_as_the_rules_make_it() {
    let (app, anna, _) = with_people().await;
    app.app.clock.stop_at("2026-11-22T08:00:00".parse().expect("a moment"));
    fill(&app, 600, 3, anna);
    fill(&app, 660, 1, anna);
    let now = app.app.clock.now();
    app.write(|tx| queries::hold(tx, &slot(660), anna, 7, now)).expect("a place to hold");
    let admin = app.admin("Ольга").await;
    let path = format!("/admin/slots?city={CITY}&day={DAY}");
    let part = admin.hx_get("slot-preview", &path).await;
    assert!(part.is_fragment());
    let cell = |minute: usize| part.texts(".slots tbody tr:nth-child(2) td")[minute].clone();
    assert_eq!([cell(0), cell(1), cell(2), cell(25)], ["3/3", "0/3", "2/3", "4/75"]);
    assert_eq!(
        part.attr(".slots tbody tr:nth-child(2) td:nth-child(2) span", "data-h").as_deref(),
        Some("full")
    );
    assert_eq!(
        part.texts(".slots-preview__offers dd")[1],
        "Могу предложить завтра, понедельник 23 ноября, в 10:30, в 13:00 или в 15:30."
    );
    assert_eq!(part.text_of("#slot-preview-title"), "Самара, завтра");
}
