//! SQL of clients and their numbers.

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::BigInt;

use crate::db::Db;
use crate::db::schema::{calls, client_phones, client_search, clients, orders};
use crate::search;
use crate::web::list::Slice;

/// The client a canonical number belongs to.
pub fn by_number(db: &mut Db, number: &str) -> QueryResult<Option<i64>> {
    client_phones::table
        .filter(client_phones::number.eq(number.to_owned()))
        .select(client_phones::client_id)
        .first(db)
        .optional()
}

/// The client of a canonical `number`, made when there is none. Two processes that meet the same new number at
/// once end up with one client. To be called in a writing transaction.
pub fn ensure(db: &mut Db, number: &str, raw: &str, now: NaiveDateTime) -> QueryResult<i64> {
    if let Some(id) = by_number(db, number)? {
        return Ok(id);
    }
    let id: i64 = diesel::insert_into(clients::table)
        .values((clients::name.eq(""), clients::created_at.eq(now)))
        .returning(clients::id)
        .get_result(db)?;
    let row = (
        client_phones::client_id.eq(id),
        client_phones::number.eq(number.to_owned()),
        client_phones::raw.eq(raw.to_owned()),
        client_phones::created_at.eq(now),
    );
    if crate::insert_new!(db, client_phones::table, row, client_phones::number)? {
        index(db, id)?;
        return Ok(id);
    }
    // Somebody else was faster between the look and the insert: theirs is the client.
    diesel::delete(clients::table.find(id)).execute(db)?;
    client_phones::table
        .filter(client_phones::number.eq(number.to_owned()))
        .select(client_phones::client_id)
        .first(db)
}

/// Gives a client without a name the one it was just called by; a known name stays.
pub fn name_if_unnamed(db: &mut Db, client_id: i64, name: &str) -> QueryResult<()> {
    let changed = diesel::update(clients::table.find(client_id).filter(clients::name.eq("")))
        .set(clients::name.eq(name.to_owned()))
        .execute(db)?;
    if changed == 1 { index(db, client_id) } else { Ok(()) }
}

/// Writes the words by which the client is found anew.
fn index(db: &mut Db, client_id: i64) -> QueryResult<()> {
    let name: String = clients::table.find(client_id).select(clients::name).first(db)?;
    let numbers: Vec<String> = client_phones::table
        .filter(client_phones::client_id.eq(client_id))
        .select(client_phones::number)
        .load(db)?;
    let words = search_words(&name, &numbers);
    let row = (client_search::client_id.eq(client_id), client_search::words.eq(words.clone()));
    crate::upsert!(db, client_search::table, row, client_search::client_id, client_search::words.eq(words))?;
    Ok(())
}

/// A client's name and numbers.
#[derive(Clone, Debug)]
pub struct Client {
    /// The client.
    pub id: i64,
    /// Empty when it is not known.
    pub name: String,
    /// First seen, UTC.
    pub created_at: NaiveDateTime,
    /// Canonical digits, first seen first.
    pub numbers: Vec<String>,
}

/// A client; `None` when there is none with this id.
pub fn client(db: &mut Db, id: i64) -> QueryResult<Option<Client>> {
    let row: Option<(String, NaiveDateTime)> =
        clients::table.find(id).select((clients::name, clients::created_at)).first(db).optional()?;
    let Some((name, created_at)) = row else { return Ok(None) };
    let numbers = client_phones::table
        .filter(client_phones::client_id.eq(id))
        .order(client_phones::id)
        .select(client_phones::number)
        .load(db)?;
    Ok(Some(Client { id, name, created_at, numbers }))
}

/// An order as a line of its client's history.
#[derive(Clone, Debug, Queryable)]
pub struct ClientOrder {
    /// The order.
    pub id: i64,
    /// «Готово».
    pub status_order: String,
    /// «Гарантия».
    pub type_order: String,
    /// «БТ».
    pub type_equipment: String,
    /// What was broken.
    pub problem: String,
    /// Where.
    pub address: String,
    /// The city.
    pub city: String,
    /// Kopecks paid.
    pub result: Option<i64>,
    /// Why it was refused.
    pub refusal_reason: Option<String>,
    /// Made, UTC.
    pub create_date: NaiveDateTime,
}

/// Selects [`ClientOrder`]s.
macro_rules! select_orders {
    ($condition:expr) => {
        orders::table.filter($condition).select((
            orders::id,
            orders::status_order,
            orders::type_order,
            orders::type_equipment,
            orders::problem,
            orders::address,
            orders::city,
            orders::result,
            orders::refusal_reason,
            orders::create_date,
        ))
    };
}

/// The newest orders of a client.
pub fn orders_of(db: &mut Db, client_id: i64, limit: i64) -> QueryResult<Vec<ClientOrder>> {
    select_orders!(orders::client_id.eq(client_id))
        .order((orders::create_date.desc(), orders::id.desc()))
        .limit(limit)
        .load(db)
}

/// Orders by their ids.
pub fn orders_by_id(db: &mut Db, ids: &[i64]) -> QueryResult<Vec<ClientOrder>> {
    select_orders!(orders::id.eq_any(ids.to_vec())).order(orders::id).load(db)
}

/// How many orders a client has in all and how many of them were refused.
pub fn order_counts(db: &mut Db, client_id: i64) -> QueryResult<(i64, i64)> {
    let rows: Vec<(String, i64)> = orders::table
        .filter(orders::client_id.eq(client_id))
        .group_by(orders::status_order)
        .select((orders::status_order, diesel::dsl::count_star()))
        .load(db)?;
    let all = rows.iter().map(|(_, n)| n).sum();
    let refused = rows.iter().filter(|(status, _)| status == "Отказ").map(|(_, n)| n).sum();
    Ok((all, refused))
}

/// What happened to a client: a call or an order.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct Happening {
    /// 1 for an order, 0 for a call.
    #[diesel(sql_type = BigInt)]
    pub is_order: i64,
    /// The call or the order.
    #[diesel(sql_type = BigInt)]
    pub id: i64,
}

/// Calls and orders of a client in one line of time, newest first.
pub fn history(db: &mut Db, client_id: i64, slice: Slice) -> QueryResult<Vec<Happening>> {
    let sql = format!(
        "SELECT is_order, id FROM (\
         SELECT CAST(0 AS BIGINT) AS is_order, c.id AS id, c.started_at AS happened_at FROM calls c \
         WHERE c.client_id = $1 AND c.direction <> 'internal' \
         UNION ALL \
         SELECT CAST(1 AS BIGINT), o.id, o.create_date FROM orders o WHERE o.client_id = $1) happened \
         ORDER BY happened_at DESC, is_order DESC, id DESC LIMIT {} OFFSET {}",
        slice.per_page,
        slice.offset()
    );
    diesel::sql_query(sql).bind::<BigInt, _>(client_id).load(db)
}

/// How many calls and orders a client has together, internal calls left out.
pub fn history_length(db: &mut Db, client_id: i64) -> QueryResult<i64> {
    let of_calls: i64 = calls::table
        .filter(calls::client_id.eq(client_id))
        .filter(calls::direction.ne("internal"))
        .count()
        .get_result(db)?;
    Ok(of_calls + order_counts(db, client_id)?.0)
}

/// The words by which a client of this name with these canonical numbers is found.
pub fn search_words(name: &str, numbers: &[String]) -> String {
    let mut words = search::stored_words([name]);
    for number in numbers {
        words.push(' ');
        words.push_str(&search::number_tails(number));
    }
    words.trim().to_owned()
}
