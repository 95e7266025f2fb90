//! Taking rows: whole pages of calls and orders at once, the few others one by one.

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::ours::{Kind, NewTaken, remember};
use crate::auth::queries as account_queries;
use crate::auth::queries::NewAccount;
use crate::calls::queries::write as call_words;
use crate::clients::queries::{self as clients, Seen};
use crate::demo::rows::{CallRow, OrderCallRow, OrderSearchRow};
use crate::domain::call::CallStatus;
use crate::domain::id::{AccountId, AvitoId, CallId, ClientId, HistoryId, MasterId, OrderId};
use crate::domain::order::{Meeting, StatusOrder, TypeEquipment, TypeOrder, list_place};
use crate::domain::person::{AccountStatus, Role};
use crate::domain::search_words;
use crate::integrations::avito::accounts::Secret;
use crate::integrations::avito::proxy::ProxyType;
use crate::masters::queries::write as masters;
use crate::orders::edit::field::Happening;
use crate::orders::queries::addresses::{self, Place};
use crate::platform::db::schema::{
    accounts, avito, callcentre_admin, callcentre_operator, calls, campaigns, cities, master,
    master_days_off, operator_cities, order_calls, order_history, order_search, orders, phones,
};
use crate::platform::db::{Db, Tx, bulk};
use crate::platform::secret::Cipher;

pub(in crate::cli::import) fn city(db: &mut Db, name: &str, zone: &str) -> QueryResult<()> {
    let row = (cities::name.eq(name), cities::time_zone.eq(zone));
    crate::insert_new!(db, cities::table, row, cities::name).map(|_| ())
}

pub(in crate::cli::import) fn campaign(db: &mut Db, name: &str) -> QueryResult<()> {
    crate::insert_new!(db, campaigns::table, campaigns::name.eq(name), campaigns::name).map(|_| ())
}

pub(in crate::cli::import) fn avito(db: &mut Db, name: &str) -> QueryResult<()> {
    crate::insert_new!(db, avito::table, avito::name.eq(name), avito::name).map(|_| ())
}

/// Access of an Avito account.
pub(in crate::cli::import) struct Access<'a> {
    pub client_id: &'a str,
    pub client_secret: &'a str,
    pub user: Option<i64>,
    pub proxy: Option<Proxy<'a>>,
}

/// Its way out.
pub(in crate::cli::import) struct Proxy<'a> {
    pub kind: ProxyType,
    pub host: &'a str,
    pub port: i32,
    pub login: &'a str,
    pub password: &'a str,
}

/// Gives an account its keys, sealed.
pub(in crate::cli::import) fn access(
    db: &mut Db,
    cipher: &Cipher,
    account: AvitoId,
    given: &Access<'_>,
) -> QueryResult<()> {
    let row = avito::table.find(account);
    if !given.client_id.is_empty() {
        diesel::update(row).set(avito::client_id.eq(given.client_id)).execute(db)?;
    }
    if !given.client_secret.is_empty() {
        let sealed = Secret::Client.seal(cipher, account, given.client_secret);
        diesel::update(row).set(avito::client_secret.eq(sealed)).execute(db)?;
    }
    if let Some(user) = given.user {
        diesel::update(row.filter(avito::user_id.is_null())).set(avito::user_id.eq(user)).execute(db)?;
    }
    if let Some(proxy) = &given.proxy {
        let sealed = Secret::Proxy.seal(cipher, account, proxy.password);
        diesel::update(row)
            .set((
                avito::proxy_type.eq(proxy.kind),
                avito::proxy_host.eq(proxy.host),
                avito::proxy_port.eq(proxy.port),
                avito::proxy_login.eq(proxy.login),
                avito::proxy_password.eq((!proxy.login.is_empty()).then_some(sealed)),
            ))
            .execute(db)?;
    }
    Ok(())
}

/// Somebody who signs in.
pub(in crate::cli::import) struct NewPerson {
    pub role: Role,
    pub login: String,
    pub password: Option<String>,
    pub name: String,
    pub status: AccountStatus,
    pub note: String,
    pub sip: Option<String>,
    pub cities: Vec<String>,
    pub since: NaiveDateTime,
}

pub(in crate::cli::import) fn person(db: &mut Db, new: &NewPerson) -> QueryResult<AccountId> {
    let account = NewAccount {
        role: new.role,
        login: new.login.clone(),
        password: new.password.clone(),
        name: new.name.clone(),
    };
    let id = account_queries::insert(db, &account, new.since)?;
    diesel::update(accounts::table.find(id)).set(accounts::status.eq(new.status)).execute(db)?;
    if new.role == Role::Admin {
        diesel::update(callcentre_admin::table.find(id))
            .set(callcentre_admin::note.eq(&new.note))
            .execute(db)?;
        return Ok(id);
    }
    diesel::update(callcentre_operator::table.find(id))
        .set((callcentre_operator::note.eq(&new.note), callcentre_operator::sip_address.eq(&new.sip)))
        .execute(db)?;
    for city in &new.cities {
        let row = (operator_cities::operator_id.eq(id), operator_cities::city.eq(city));
        let key = (operator_cities::operator_id, operator_cities::city);
        crate::insert_new!(&mut *db, operator_cities::table, row, key)?;
    }
    Ok(id)
}

/// A repairman.
pub(in crate::cli::import) struct NewMaster {
    pub name: String,
    pub status: &'static str,
    pub note: String,
    pub cities: Vec<String>,
}

pub(in crate::cli::import) fn master(db: &mut Db, new: &NewMaster) -> QueryResult<MasterId> {
    let row = (master::name.eq(&new.name), master::status_work.eq(new.status), master::note.eq(&new.note));
    let id = diesel::insert_into(master::table).values(row).returning(master::id).get_result(db)?;
    masters::set_cities(db, id, &new.cities)?;
    Ok(id)
}

pub(in crate::cli::import) fn day_off(db: &mut Db, master: MasterId, day: &str) -> QueryResult<i64> {
    let row = (
        master_days_off::master_id.eq(master),
        master_days_off::from_day.eq(day),
        master_days_off::to_day.eq(day),
    );
    diesel::insert_into(master_days_off::table).values(row).returning(master_days_off::id).get_result(db)
}

/// A line of ours.
pub(in crate::cli::import) struct NewLine {
    pub number: String,
    pub rk: Option<String>,
    pub city: Option<String>,
    pub avito_name: Option<String>,
    pub since: NaiveDateTime,
}

/// Makes the line, or describes one that was only seen in calls.
pub(in crate::cli::import) fn line(tx: &mut Tx, new: &NewLine) -> QueryResult<i64> {
    let described = (
        phones::rk.eq(&new.rk),
        phones::city.eq(&new.city),
        phones::avito_name.eq(&new.avito_name),
        phones::is_known.eq(true),
    );
    let row = (phones::number.eq(&new.number), described, phones::created_at.eq(new.since));
    if !crate::insert_new!(&mut *tx.db, phones::table, row, phones::number)? {
        let unknown = phones::table.filter(phones::number.eq(&new.number)).filter(phones::is_known.eq(false));
        diesel::update(unknown).set(described).execute(tx.db)?;
    }
    call_words::relabel_line(tx, &new.number)?;
    phones::table.filter(phones::number.eq(&new.number)).select(phones::id).first(tx.db)
}

/// A call to be taken.
pub(in crate::cli::import) struct NewCall {
    pub former: i64,
    pub told: String,
    pub number: Option<String>,
    pub raw: String,
    pub line: Option<String>,
    pub rk: Option<String>,
    pub city: Option<String>,
    pub avito_name: Option<String>,
    pub status: CallStatus,
    pub operator_id: Option<AccountId>,
    pub started_at: NaiveDateTime,
    pub talk_seconds: i64,
}

/// Takes a page of calls.
pub(in crate::cli::import) fn calls<'a>(
    db: &mut Db,
    new: &'a [NewCall],
    now: NaiveDateTime,
) -> QueryResult<()> {
    let seen = |call: &'a NewCall| Seen { raw: &call.raw, at: call.started_at, name: "" };
    let clients = clients_of(db, new.iter().filter_map(|call| Some((call.number.as_deref()?, seen(call)))))?;
    let ids = bulk::take_ids(db, "calls", new.len())?;
    let rows: Vec<CallRow> = new
        .iter()
        .zip(&ids)
        .map(|(call, id)| {
            let is_answered = call.status == CallStatus::Answered;
            let ended = call.started_at + chrono::Duration::seconds(call.talk_seconds);
            CallRow {
                id: CallId(*id),
                entry_id: format!("former:{}", call.former),
                direction: "inbound",
                state: "ended",
                status: Some(call.status.as_str()),
                rk: call.rk.clone(),
                city: call.city.clone(),
                avito_name: call.avito_name.clone(),
                phone_client: call.number.clone(),
                phone_client_raw: Some(call.raw.clone()),
                phone_ats: call.line.clone(),
                client_id: call.number.as_ref().and_then(|number| clients.get(number)).copied(),
                group_key: call.number.clone().unwrap_or_else(|| format!("entry:former:{}", call.former)),
                operator_id: call.operator_id,
                operator_extension: None,
                last_operator_id: call.operator_id,
                last_operator_extension: None,
                rung: "[]".to_owned(),
                present: "[]",
                legs: "[]".to_owned(),
                started_at: call.started_at,
                answered_at: is_answered.then_some(call.started_at),
                ended_at: Some(ended),
                talk_seconds: call.talk_seconds,
                wait_seconds: 0,
                closed_by: Some("summary"),
                check_at: None,
                version: 1,
            }
        })
        .collect();
    crate::bulk_insert!(&mut *db, calls::table, &rows)?;
    let taken: Vec<NewTaken> = new
        .iter()
        .zip(ids)
        .map(|(call, our_key)| NewTaken {
            kind: Kind::Call,
            former_key: call.former.to_string(),
            our_key,
            told: call.told.clone(),
            taken_at: now,
        })
        .collect();
    remember(db, &taken)
}

/// Clients of these numbers, each first seen when it came first and called as it was called last.
fn clients_of<'a>(
    db: &mut Db,
    numbers: impl Iterator<Item = (&'a str, Seen<'a>)>,
) -> QueryResult<HashMap<String, ClientId>> {
    let mut first: BTreeMap<&str, Seen<'_>> = BTreeMap::new();
    for (number, seen) in numbers {
        let known = first.entry(number).or_insert(seen);
        if seen.at < known.at {
            (known.raw, known.at) = (seen.raw, seen.at);
        }
        if !seen.name.is_empty() {
            known.name = seen.name;
        }
    }
    clients::ensure_each(db, &first)
}

/// An order to be taken.
pub(in crate::cli::import) struct NewOrder {
    pub former: i64,
    pub told: String,
    /// Its number here; `None` when another order has it.
    pub number: Option<OrderId>,
    pub rk: String,
    pub city: String,
    pub avito_name: Option<String>,
    pub avito_chatid: Option<String>,
    /// `None` when nobody can be called.
    pub phone: Option<String>,
    pub phone_raw: String,
    pub type_order: TypeOrder,
    pub client_name: String,
    pub address: String,
    pub meeting: Meeting,
    pub type_equipment: TypeEquipment,
    pub problem: String,
    pub status: StatusOrder,
    pub master_id: Option<MasterId>,
    pub result: Option<i64>,
    pub expenditure: Option<i64>,
    pub comment: String,
    pub operator_id: AccountId,
    pub created_at: NaiveDateTime,
    pub closed_at: Option<NaiveDateTime>,
    pub calls: Vec<CallId>,
}

/// What stands for the number of an order without one.
const NO_NUMBER: &str = "00";

#[derive(Insertable)]
#[diesel(table_name = orders, treat_none_as_default_value = false)]
struct OrderRow<'a> {
    id: OrderId,
    rk: &'a str,
    city: &'a str,
    avito_name: Option<&'a str>,
    avito_chatid: Option<&'a str>,
    phone: &'a str,
    client_id: ClientId,
    type_order: TypeOrder,
    client_name: &'a str,
    address: &'a str,
    date_meeting: NaiveDateTime,
    meeting_day: String,
    meeting_minute: i32,
    type_equipment: TypeEquipment,
    problem: &'a str,
    status_order: StatusOrder,
    refusal_reason: Option<&'a str>,
    master_id: Option<MasterId>,
    result: Option<i64>,
    expenditure: Option<i64>,
    comment: &'a str,
    operator_name_id: AccountId,
    create_date: NaiveDateTime,
    closing_data: Option<NaiveDateTime>,
    list_rank: i32,
    list_time: i64,
    version: i64,
}

#[derive(Insertable)]
#[diesel(table_name = order_history, treat_none_as_default_value = false)]
struct HistoryRow {
    id: HistoryId,
    order_id: OrderId,
    account_id: AccountId,
    at: NaiveDateTime,
    field: &'static str,
    old_value: Option<&'static str>,
    new_value: Option<&'static str>,
    version: Option<i64>,
}

/// Takes a page of orders; of those that could not keep their numbers, the numbers there and here.
pub(in crate::cli::import) fn orders<'a>(
    db: &mut Db,
    new: &'a [NewOrder],
    now: NaiveDateTime,
) -> QueryResult<Vec<(i64, OrderId)>> {
    let seen =
        |order: &'a NewOrder| Seen { raw: &order.phone_raw, at: order.created_at, name: &order.client_name };
    let clients =
        clients_of(db, new.iter().filter_map(|order| Some((order.phone.as_deref()?, seen(order)))))?;
    let of_order = |order: &NewOrder| order.phone.as_ref().and_then(|number| clients.get(number)).copied();
    // The newest name is what the client is called by today.
    let names: BTreeMap<ClientId, &str> = new
        .iter()
        .filter(|order| !order.client_name.is_empty())
        .filter_map(|order| Some((of_order(order)?, order.client_name.as_str())))
        .collect();
    clients::name_all(db, &names)?;
    let displaced = new.iter().filter(|order| order.number.is_none()).count();
    let mut spare = bulk::take_ids(db, "orders", displaced)?.into_iter();
    let history = bulk::take_ids(db, "order_history", new.len())?;
    let mut made = Made::default();
    let mut renumbered = Vec::new();
    for (order, history) in new.iter().zip(history) {
        let id = match order.number {
            Some(id) => id,
            None => {
                let id = OrderId(spare.next().ok_or(diesel::result::Error::NotFound)?);
                renumbered.push((order.former, id));
                id
            }
        };
        let client_id = match of_order(order) {
            Some(id) => id,
            None => clients::without_number(db, &order.client_name, order.created_at)?,
        };
        made.add(order, id, HistoryId(history), client_id, now);
    }
    made.write(db)?;
    Ok(renumbered)
}

/// Rows of a page of orders.
#[derive(Default)]
struct Made<'a> {
    orders: Vec<OrderRow<'a>>,
    words: Vec<OrderSearchRow>,
    links: Vec<OrderCallRow>,
    history: Vec<HistoryRow>,
    places: Vec<Place<'a>>,
    taken: Vec<NewTaken>,
}

impl<'a> Made<'a> {
    fn add(
        &mut self,
        order: &'a NewOrder,
        id: OrderId,
        history: HistoryId,
        client: ClientId,
        now: NaiveDateTime,
    ) {
        let (list_rank, list_time) = list_place(order.status, order.meeting.at, order.closed_at);
        self.orders.push(OrderRow {
            id,
            rk: &order.rk,
            city: &order.city,
            avito_name: order.avito_name.as_deref(),
            avito_chatid: order.avito_chatid.as_deref(),
            phone: order.phone.as_deref().unwrap_or(NO_NUMBER),
            client_id: client,
            type_order: order.type_order,
            client_name: &order.client_name,
            address: &order.address,
            date_meeting: order.meeting.at,
            meeting_day: order.meeting.day.to_string(),
            meeting_minute: order.meeting.minute,
            type_equipment: order.type_equipment,
            problem: &order.problem,
            status_order: order.status,
            refusal_reason: None,
            master_id: order.master_id,
            result: order.result,
            expenditure: order.expenditure,
            comment: &order.comment,
            operator_name_id: order.operator_id,
            create_date: order.created_at,
            closing_data: order.closed_at,
            list_rank,
            list_time,
            version: 1,
        });
        let words = search_words::of_order(&order.client_name, &order.address, &order.problem, &order.city);
        self.words.push(OrderSearchRow { order_id: id, words });
        self.links.extend(order.calls.iter().map(|call| OrderCallRow { order_id: id, call_id: *call }));
        self.history.push(HistoryRow {
            id: history,
            order_id: id,
            account_id: order.operator_id,
            at: order.created_at,
            field: Happening::Created.as_str(),
            old_value: None,
            new_value: Some(order.status.as_str()),
            version: Some(1),
        });
        self.places.push(Place {
            order_id: id,
            city: &order.city,
            address: &order.address,
            at: order.created_at,
        });
        self.taken.push(NewTaken {
            kind: Kind::Order,
            former_key: order.former.to_string(),
            our_key: id.0,
            told: order.told.clone(),
            taken_at: now,
        });
    }

    fn write(&self, db: &mut Db) -> QueryResult<()> {
        crate::bulk_insert!(&mut *db, orders::table, &self.orders)?;
        crate::bulk_insert!(&mut *db, order_search::table, &self.words)?;
        crate::bulk_insert!(&mut *db, order_calls::table, &self.links)?;
        crate::bulk_insert!(&mut *db, order_history::table, &self.history)?;
        addresses::used_all(db, &self.places)?;
        remember(db, &self.taken)
    }
}
