//! Orders and calls to test with.

use callcentre::domain::id::AccountId;
use callcentre::domain::order::{Meeting, StatusOrder, TypeEquipment, TypeOrder};
use callcentre::domain::person::Role;
use callcentre::domain::phone::Phone;
use callcentre::orders::queries::NewOrder;
use callcentre::platform::db::schema::{calls, cities};
use chrono::NaiveDateTime;
use chrono_tz::Tz;
use diesel::prelude::*;

use super::TestApp;
use super::world;

/// The moment of most tests: 12:00 UTC, 15:00 in Moscow, 16:00 in Samara, Monday.
pub const NOON: &str = "2026-11-23T12:00:00";

/// A moment of a text.
pub fn at(text: &str) -> NaiveDateTime {
    text.parse().expect("a moment")
}

/// The lists of [`world`], Калининград and Екатеринбург besides, Анна (operator), and the clock at [`NOON`].
pub async fn office() -> (TestApp, AccountId) {
    let app = TestApp::start().await;
    world::found(&app);
    app.write(|tx| {
        for (name, zone) in [("Калининград", "Europe/Kaliningrad"), ("Екатеринбург", "Asia/Yekaterinburg")]
        {
            diesel::insert_into(cities::table)
                .values((cities::name.eq(name), cities::time_zone.eq(zone)))
                .execute(tx.db)?;
        }
        Ok(())
    });
    let anna = app.create_account(Role::Operator, "Анна Белова");
    app.app.clock.stop_at(at(NOON));
    (app, anna)
}

/// A plain order of `operator_id`: БТ in Москва, tomorrow at 15:00.
pub fn plain(operator_id: AccountId) -> NewOrder {
    NewOrder {
        rk: "Авито".into(),
        city: "Москва".into(),
        avito_name: None,
        avito_chatid: None,
        phone: Phone::parse("8 900 123-45-67").expect("a number"),
        phone_raw: "8 900 123-45-67".into(),
        type_order: TypeOrder::First,
        client_name: "Марина Ковалёва".into(),
        address: "ул. Чапаева, 48, кв. 12".into(),
        meeting: meeting("2026-11-24T15:00:00", chrono_tz::Europe::Moscow),
        type_equipment: TypeEquipment::Appliances,
        problem: "Стиральная машина течёт".into(),
        comment: String::new(),
        status: StatusOrder::Wait,
        refusal_reason: None,
        master_id: None,
        result: None,
        expenditure: None,
        operator_id,
        created_at: at("2026-11-23T09:00:00"),
        closed_at: None,
        call_ids: Vec::new(),
        parent_order_id: None,
    }
}

/// A visit at the local time of a city.
pub fn meeting(local: &str, zone: Tz) -> Meeting {
    Meeting::local(at(local), zone)
}

/// Makes an order that differs from the [`plain`] one by `change`.
pub fn make(app: &TestApp, operator_id: AccountId, change: impl FnOnce(&mut NewOrder)) -> i64 {
    let mut new = plain(operator_id);
    change(&mut new);
    app.write(move |tx| callcentre::orders::queries::insert(tx, &new)).0
}

/// An ended, answered call of `number` that began at `started`, on the known line of Москва.
pub fn call(app: &TestApp, number: &str, started: &str) -> i64 {
    let (number, started) = (number.to_owned(), at(started));
    app.write(move |tx| {
        let client = callcentre::clients::queries::ensure(tx.db, &number, &number, started)?;
        diesel::insert_into(calls::table)
            .values((
                calls::entry_id.eq(uuid::Uuid::new_v4().to_string()),
                calls::direction.eq("inbound"),
                calls::state.eq("ended"),
                calls::status.eq("answered"),
                calls::rk.eq("Авито"),
                calls::city.eq("Москва"),
                calls::avito_name.eq("Мастер Москва"),
                calls::phone_client.eq(&number),
                calls::client_id.eq(client),
                calls::group_key.eq(&number),
                calls::started_at.eq(started),
                calls::talk_seconds.eq(77_i64),
            ))
            .returning(calls::id)
            .get_result(tx.db)
    })
}

/// The fields of a right form, with some changed; an empty value leaves a field out.
pub fn fields<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut all = vec![
        ("rk", "Авито"),
        ("city", "Москва"),
        ("phone", "8 900 123-45-67"),
        ("type_order", "Впервые"),
        ("client_name", "Марина"),
        ("address", "ул. Чапаева, 48"),
        ("date_meeting", "2026-11-24T15:00"),
        ("type_equipment", "БТ"),
        ("problem", "Течёт"),
    ];
    for (name, value) in changes {
        all.retain(|(known, _)| known != name);
        if !value.is_empty() {
            all.push((name, value));
        }
    }
    all
}
