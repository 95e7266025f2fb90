//! Calls, clients and orders put straight into the database.

use callcentre::clients::queries as clients;
use callcentre::domain::id::{AccountId, ClientId};
use callcentre::domain::phone::Phone;
use callcentre::platform::db::schema;
use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use super::TestApp;

/// A moment in UTC.
pub fn at(text: &str) -> NaiveDateTime {
    text.parse().expect("a moment")
}

/// A call to be stored; begins as a missed inbound call of a client nobody knows.
#[derive(Clone)]
pub struct NewCall {
    direction: &'static str,
    state: &'static str,
    status: Option<&'static str>,
    city: Option<String>,
    rk: Option<String>,
    account: Option<String>,
    number: Option<String>,
    line: Option<String>,
    operator: Option<AccountId>,
    present: Vec<(String, &'static str)>,
    legs: String,
    started_at: NaiveDateTime,
    talk_seconds: i64,
}

/// A call from `number` (empty: hidden) at a UTC moment.
pub fn call(number: &str, started_at: &str) -> NewCall {
    NewCall {
        direction: "inbound",
        state: "ended",
        status: Some("missed"),
        city: None,
        rk: None,
        account: None,
        number: Some(number.to_owned()).filter(|n| !n.is_empty()),
        line: Some("78452000101".to_owned()),
        operator: None,
        present: Vec::new(),
        legs: "[]".to_owned(),
        started_at: at(started_at),
        talk_seconds: 0,
    }
}

impl NewCall {
    /// We called the client.
    pub fn outbound(mut self) -> Self {
        self.direction = "outbound";
        self
    }

    /// Among colleagues.
    pub fn internal(mut self) -> Self {
        self.direction = "internal";
        self
    }

    /// Ended with this result.
    pub fn status(mut self, status: &'static str) -> Self {
        self.status = Some(status);
        self
    }

    /// Ended after a conversation with `operator`.
    pub fn answered(mut self, operator: Option<AccountId>, talk_seconds: i64) -> Self {
        self.status = Some("answered");
        self.operator = operator;
        self.talk_seconds = talk_seconds;
        self
    }

    /// Lives: each of `present` is an extension and `ringing` or `talking`.
    pub fn live(mut self, state: &'static str, present: &[(&str, &'static str)]) -> Self {
        self.state = state;
        self.status = None;
        self.present = present.iter().map(|(extension, doing)| ((*extension).to_owned(), *doing)).collect();
        self
    }

    /// Of a city, a campaign and an account, which are made when they are missing.
    pub fn of(mut self, city: &str, rk: &str, account: &str) -> Self {
        let given = |text: &str| Some(text.to_owned()).filter(|t| !t.is_empty());
        (self.city, self.rk, self.account) = (given(city), given(rk), given(account));
        self
    }

    /// To a line nobody has described.
    pub fn on_line(mut self, line: &str) -> Self {
        self.line = Some(line.to_owned());
        self
    }

    /// With legs as JSON.
    pub fn legs(mut self, legs: &str) -> Self {
        self.legs = legs.to_owned();
        self
    }

    /// Stores the call and gives its id.
    pub fn put(self, app: &TestApp) -> i64 {
        use schema::calls as c;
        app.write(move |tx| {
            for (table, name) in [("campaigns", &self.rk), ("avito", &self.account)] {
                let Some(name) = name else { continue };
                diesel::sql_query(format!("INSERT INTO {table} (name) VALUES ($1) ON CONFLICT DO NOTHING"))
                    .bind::<diesel::sql_types::Text, _>(name)
                    .execute(tx.db)?;
            }
            if let Some(city) = &self.city {
                put_city(tx.db, city, "Europe/Moscow")?;
            }
            let raw = self.number.clone().unwrap_or_default();
            let digits = Phone::parse(&raw).map(|phone| phone.digits().to_owned());
            let client = match &digits {
                Some(digits) if self.direction != "internal" => {
                    Some(clients::ensure(tx.db, digits, &raw, self.started_at)?)
                }
                _ => None,
            };
            let entry = uuid::Uuid::new_v4().to_string();
            let has_talked = self.status == Some("answered") || self.state == "talking";
            let present: Vec<serde_json::Value> = self
                .present
                .iter()
                .map(|(extension, doing)| serde_json::json!({ "extension": extension, "doing": doing }))
                .collect();
            let ended = self.started_at + Duration::seconds(10 + self.talk_seconds);
            diesel::insert_into(c::table)
                .values((
                    (
                        c::entry_id.eq(entry.clone()),
                        c::direction.eq(self.direction),
                        c::state.eq(self.state),
                        c::status.eq(self.status),
                        c::rk.eq(self.rk),
                        c::city.eq(self.city),
                        c::avito_name.eq(self.account),
                        c::phone_client.eq(digits.clone()),
                        c::phone_client_raw.eq(Some(raw)),
                        c::phone_ats.eq(self.line),
                    ),
                    (
                        c::client_id.eq(client),
                        c::group_key.eq(digits.filter(|_| client.is_some()).unwrap_or(entry)),
                        c::operator_id.eq(self.operator),
                        c::last_operator_id.eq(self.operator),
                        c::present.eq(serde_json::Value::from(present).to_string()),
                        c::legs.eq(self.legs),
                        c::started_at.eq(self.started_at),
                        c::answered_at.eq(has_talked.then_some(self.started_at + Duration::seconds(10))),
                        c::ended_at.eq((self.state == "ended").then_some(ended)),
                        c::talk_seconds.eq(self.talk_seconds),
                    ),
                ))
                .returning(c::id)
                .get_result(tx.db)
        })
    }
}

fn put_city(db: &mut callcentre::platform::db::Db, name: &str, zone: &str) -> QueryResult<usize> {
    diesel::sql_query("INSERT INTO cities (name, time_zone) VALUES ($1, $2) ON CONFLICT DO NOTHING")
        .bind::<diesel::sql_types::Text, _>(name)
        .bind::<diesel::sql_types::Text, _>(zone)
        .execute(db)
}

/// A city with its own clock.
pub fn city(app: &TestApp, name: &str, zone: &str) {
    app.write(|tx| put_city(tx.db, name, zone));
}

/// Gives the client of `number` a name.
pub fn name_client(app: &TestApp, number: &str, name: &str) -> ClientId {
    let digits = Phone::parse(number).expect("a number").digits().to_owned();
    app.write(move |tx| {
        let id = clients::by_number(tx.db, &digits)?.expect("a client");
        clients::name_if_unnamed(tx.db, id, name)?;
        Ok(id)
    })
}

/// Moves a call on in its life.
pub fn move_on(app: &TestApp, id: i64, state: &'static str, present: &str) {
    use schema::calls as c;
    let present = present.to_owned();
    app.write(move |tx| {
        diesel::update(c::table.find(id)).set((c::state.eq(state), c::present.eq(present))).execute(tx.db)
    });
}

/// An order of a client, linked with a call when there is one.
pub fn order(app: &TestApp, client: ClientId, maker: AccountId, status: &str, call: Option<i64>) -> i64 {
    use schema::{order_calls, orders as o};
    let status = status.to_owned();
    let now = app.app.clock.now();
    app.write(move |tx| {
        put_city(tx.db, "Тверь", "Europe/Moscow")?;
        diesel::sql_query("INSERT INTO campaigns (name) VALUES ('Листовка') ON CONFLICT DO NOTHING")
            .execute(tx.db)?;
        let id: i64 = diesel::insert_into(o::table)
            .values((
                (
                    o::rk.eq("Листовка"),
                    o::city.eq("Тверь"),
                    o::phone.eq("79001234567"),
                    o::client_id.eq(client),
                ),
                (o::type_order.eq("Повтор"), o::client_name.eq("Имя"), o::address.eq("ул. Чапаева, 48")),
                (o::date_meeting.eq(now), o::meeting_day.eq("2026-11-22"), o::meeting_minute.eq(600)),
                (o::type_equipment.eq("БТ"), o::problem.eq("Течёт снизу"), o::status_order.eq(status)),
                (o::result.eq(Some(480_000_i64)), o::operator_name_id.eq(maker), o::create_date.eq(now)),
                (o::list_rank.eq(1), o::list_time.eq(0_i64)),
            ))
            .returning(o::id)
            .get_result(tx.db)?;
        if let Some(call) = call {
            diesel::insert_into(order_calls::table)
                .values((order_calls::order_id.eq(id), order_calls::call_id.eq(call)))
                .execute(tx.db)?;
        }
        Ok(id)
    })
}
