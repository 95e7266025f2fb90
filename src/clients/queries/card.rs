//! What a card of a client shows and lets change. Changes of cards wait for each other ([`lock`]); the telephony and
//! orders never wait for them but where a number is concerned.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Nullable};

use super::{Client, index};
use crate::domain::call::Direction;
use crate::domain::id::{AccountId, ClientId, ClientPhoneId};
use crate::domain::order::StatusOrder;
use crate::domain::phone::{Phone, pretty};
use crate::domain::search_words;
use crate::files::FileKind;
use crate::platform::audit;
use crate::platform::db::schema::{calls, client_phones, clients, files, orders};
use crate::platform::db::{Db, Tx, portable};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// Addresses a card shows.
const ADDRESSES: usize = 12;
/// Spellings of addresses that are read for them.
const SPELLINGS: i64 = 100;

/// How much there is of a client.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Totals {
    /// Calls, internal ones left out.
    pub calls: i64,
    /// Orders.
    pub orders: i64,
    /// Orders that are open.
    pub open: i64,
    /// Orders that ended well.
    pub done: i64,
    /// Orders the client refused.
    pub refused: i64,
    /// Kopecks the client paid in all.
    pub paid: i64,
    /// Documents of the orders.
    pub files: i64,
}

/// Counts everything of a client; documents of the given kinds.
pub fn totals(db: &mut Db, client_id: ClientId, documents: &[FileKind]) -> QueryResult<Totals> {
    let calls = calls::table
        .filter(calls::client_id.eq(client_id))
        .filter(calls::direction.ne(Direction::Internal))
        .count()
        .get_result(db)?;
    let files = orders::table
        .inner_join(files::table.on(files::order_id.eq(orders::id.nullable())))
        .filter(orders::client_id.eq(client_id))
        .filter(files::deleted_at.is_null())
        .filter(files::kind.eq_any(documents.to_vec()))
        .count()
        .get_result(db)?;
    let sum = diesel::dsl::sql::<Nullable<BigInt>>("CAST(SUM(orders.result) AS BIGINT)");
    let rows: Vec<(StatusOrder, i64, Option<i64>)> = orders::table
        .filter(orders::client_id.eq(client_id))
        .group_by(orders::status_order)
        .select((orders::status_order, diesel::dsl::count_star(), sum))
        .load(db)?;
    let count = |wanted: fn(StatusOrder) -> bool| -> i64 {
        rows.iter().filter(|(status, ..)| wanted(*status)).map(|(_, n, _)| n).sum()
    };
    Ok(Totals {
        calls,
        orders: count(|_| true),
        open: count(StatusOrder::is_open),
        done: count(|status| status == StatusOrder::Done),
        refused: count(|status| status == StatusOrder::Refused),
        paid: rows.iter().filter_map(|(.., paid)| *paid).sum(),
        files,
    })
}

/// Where a client's orders were.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The city.
    pub city: String,
    /// As it was written last.
    pub address: String,
    /// Orders there.
    pub orders: i64,
    /// The last of them was made, UTC.
    pub last: NaiveDateTime,
}

/// Addresses of a client's orders, last used first; spellings that differ in signs and case only are one address.
pub fn addresses(db: &mut Db, client_id: ClientId) -> QueryResult<Vec<Address>> {
    let last = diesel::dsl::max(orders::create_date);
    let rows: Vec<(String, String, i64, Option<NaiveDateTime>)> = orders::table
        .filter(orders::client_id.eq(client_id))
        .group_by((orders::city, orders::address))
        .order(last.desc())
        .limit(SPELLINGS)
        .select((orders::city, orders::address, diesel::dsl::count_star(), last))
        .load(db)?;
    let mut found: Vec<(String, Address)> = Vec::new();
    for (city, address, orders, last) in rows {
        let key = format!("{city}\n{}", search_words::fold(&address));
        match found.iter_mut().find(|(known, _)| *known == key) {
            Some((_, known)) => known.orders += orders,
            None => {
                let Some(last) = last else { continue };
                found.push((key, Address { city, address, orders, last }));
            }
        }
    }
    Ok(found.into_iter().map(|(_, address)| address).take(ADDRESSES).collect())
}

/// Who changes a card, and when.
#[derive(Clone, Copy, Debug)]
pub struct By {
    /// The account.
    pub account_id: AccountId,
    /// May what only admins may.
    pub is_admin: bool,
    /// UTC.
    pub at: NaiveDateTime,
}

/// Changes of cards come one after the other from here to the end of the transaction. To be taken first.
pub fn lock(db: &mut Db) -> QueryResult<()> {
    portable::lock(db, "clients")
}

/// The client whose card is to be changed.
///
/// # Errors
/// `NotFound` when there is none, `Conflict` when it was joined with another one.
pub fn living(db: &mut Db, id: ClientId) -> Result<Client, AppError> {
    let client = super::client(db, id)?.ok_or(AppError::NotFound)?;
    match client.merged_into {
        None => Ok(client),
        Some(_) => Err(AppError::Conflict(
            "Этого клиента объединили с другим. Откройте карточку заново: ссылка ведёт на оставшуюся."
                .to_owned(),
        )),
    }
}

/// Names a client. A name that is there already only an admin changes.
///
/// # Errors
/// `Conflict` when somebody who is no admin would change a name.
pub fn set_name(tx: &mut Tx, id: ClientId, name: &str, by: By) -> Result<(), AppError> {
    lock(tx.db)?;
    let client = living(tx.db, id)?;
    if client.name == name {
        return Ok(());
    }
    if !client.name.is_empty() && !by.is_admin {
        return Err(AppError::Conflict(format!(
            "Имя уже указано: «{}». Изменить его может администратор.",
            client.name
        )));
    }
    // An order that is made at this moment names a client too.
    let unchanged = clients::table.find(id).filter(clients::name.eq(&client.name));
    if diesel::update(unchanged).set(clients::name.eq(name)).execute(tx.db)? == 0 {
        return Err(AppError::Conflict("Клиента только что назвал кто-то другой. Проверьте имя.".to_owned()));
    }
    index(tx.db, id)?;
    changed(tx, id, "client.name", &format!("«{}» → «{name}»", client.name), by)
}

/// What became of a number that was to be added.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Added {
    /// It is the client's now.
    New,
    /// It was the client's already.
    Own,
    /// It is another client's.
    Of(ClientId),
}

/// Gives a client one more number.
///
/// # Errors
/// See [`living`].
pub fn add_number(tx: &mut Tx, id: ClientId, phone: &Phone, raw: &str, by: By) -> Result<Added, AppError> {
    lock(tx.db)?;
    living(tx.db, id)?;
    let row = (
        client_phones::client_id.eq(id),
        client_phones::number.eq(phone.digits()),
        client_phones::raw.eq(raw),
        client_phones::created_at.eq(by.at),
    );
    if !crate::insert_new!(tx.db, client_phones::table, row, client_phones::number)? {
        // Gone again in between: the person will try again and succeed.
        let owner = super::by_number(tx.db, phone.digits())?.ok_or(AppError::NotFound)?;
        return Ok(if owner == id { Added::Own } else { Added::Of(owner) });
    }
    index(tx.db, id)?;
    changed(tx, id, "client.phone.add", &phone.pretty(), by)?;
    Ok(Added::New)
}

/// Makes a number the one to call.
///
/// # Errors
/// `NotFound` when it is not this client's; see [`living`].
pub fn set_main(tx: &mut Tx, id: ClientId, number_id: ClientPhoneId, by: By) -> Result<(), AppError> {
    lock(tx.db)?;
    living(tx.db, id)?;
    let number = own_number(tx.db, id, number_id)?;
    mark_main(tx.db, id, Some(number_id))?;
    changed(tx, id, "client.phone.main", &pretty(&number), by)
}

/// Marks one of the client's numbers as the main one, or none.
pub(super) fn mark_main(db: &mut Db, id: ClientId, number_id: Option<ClientPhoneId>) -> QueryResult<()> {
    diesel::update(client_phones::table)
        .filter(client_phones::client_id.eq(id))
        .filter(client_phones::is_main.eq(true))
        .set(client_phones::is_main.eq(false))
        .execute(db)?;
    if let Some(number_id) = number_id {
        diesel::update(client_phones::table.find(number_id))
            .set(client_phones::is_main.eq(true))
            .execute(db)?;
    }
    Ok(())
}

/// Takes a number from a client; calls and orders stay. The next call from it makes a new client.
///
/// # Errors
/// `NotFound` when it is not this client's, `Conflict` when it is the only one; see [`living`].
pub fn remove_number(tx: &mut Tx, id: ClientId, number_id: ClientPhoneId, by: By) -> Result<(), AppError> {
    lock(tx.db)?;
    living(tx.db, id)?;
    let number = own_number(tx.db, id, number_id)?;
    if super::numbers(tx.db, &[id])?.len() < 2 {
        return Err(AppError::Conflict(
            "Это единственный номер клиента. Сначала добавьте другой.".to_owned(),
        ));
    }
    diesel::delete(client_phones::table.find(number_id)).execute(tx.db)?;
    index(tx.db, id)?;
    changed(tx, id, "client.phone.remove", &pretty(&number), by)
}

fn own_number(db: &mut Db, id: ClientId, number_id: ClientPhoneId) -> Result<String, AppError> {
    client_phones::table
        .find(number_id)
        .filter(client_phones::client_id.eq(id))
        .select(client_phones::number)
        .first(db)
        .optional()?
        .ok_or(AppError::NotFound)
}

/// Writes the warning about a client over the one the person `saw`; an empty one takes it away. `Some` is what
/// stands there instead of what was seen: then nothing has changed.
///
/// # Errors
/// See [`living`].
pub fn set_warning(
    tx: &mut Tx,
    id: ClientId,
    text: &str,
    saw: &str,
    by: By,
) -> Result<Option<String>, AppError> {
    lock(tx.db)?;
    let client = living(tx.db, id)?;
    if client.warning == text {
        return Ok(None);
    }
    if client.warning != saw {
        return Ok(Some(client.warning));
    }
    let is_set = !text.is_empty();
    diesel::update(clients::table.find(id))
        .set((
            clients::warning.eq(text),
            clients::warning_by.eq(is_set.then_some(by.account_id)),
            clients::warning_at.eq(is_set.then_some(by.at)),
        ))
        .execute(tx.db)?;
    changed(tx, id, "client.warning", &format!("«{}» → «{text}»", client.warning), by)?;
    Ok(None)
}

/// Writes a change into the journal and tells the browsers.
fn changed(tx: &mut Tx, id: ClientId, action: &'static str, detail: &str, by: By) -> Result<(), AppError> {
    let subject = format!("Клиент № {id}");
    audit::record(tx, &audit::Entry { by: by.account_id, action, subject: &subject, detail }, by.at)?;
    tx.announce(Event::Client(id));
    Ok(())
}
