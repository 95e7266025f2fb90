//! SQL of what has happened since the last look. What is asked for is bounded and found by an index, whatever the size of
//! the tables.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;

use crate::callbacks::CallbackState;
use crate::debts::DebtState;
use crate::domain::id::{AccountId, AvitoId, CallId, CallbackId, ChatId, HistoryId, OrderId, ReviewId};
use crate::platform::db::Db;
use crate::platform::db::schema::{
    accounts, avito, avito_reviews, callbacks, calls, chats, debts, order_history, orders,
};

/// Rows of a kind in one look.
const AT_ONCE: i64 = 200;
/// Changes of orders that are looked at again: one may be committed after a later one.
const AGAIN: i64 = 200;
/// Reviews older than this are no news, whenever they are read.
const NEW_REVIEWS: Duration = Duration::days(14);

/// A missed call: its number, its city, when it was.
pub type Missed = (CallId, String, Option<String>, NaiveDateTime);

/// Calls that nobody has answered since.
pub fn missed(db: &mut Db, since: NaiveDateTime) -> QueryResult<Vec<Missed>> {
    debts::table
        .inner_join(calls::table.on(debts::last_call_id.eq(calls::id)))
        // Literal, as in the partial index that answers it.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("debts.state <> 'paid'"))
        .filter(debts::state.eq(DebtState::Open).and(debts::last_missed_at.ge(since)))
        .order((debts::last_missed_at, debts::id))
        .limit(AT_ONCE)
        .select((debts::last_call_id, debts::client_key, calls::city, debts::last_missed_at))
        .load(db)
}

/// A chat: the account, the client's name, since when it waits.
pub type Waiting = (ChatId, String, String, NaiveDateTime);

/// Chats whose clients have begun to wait between two moments and wait still.
pub fn waiting(db: &mut Db, (since, until): (NaiveDateTime, NaiveDateTime)) -> QueryResult<Vec<Waiting>> {
    chats::table
        .inner_join(avito::table)
        .filter(chats::awaits_since.ge(since).and(chats::awaits_since.le(until)))
        .filter(chats::snoozed_until.is_null())
        .order((chats::awaits_since, chats::id))
        .limit(AT_ONCE)
        .select((chats::id, avito::name, chats::client_name, chats::awaits_since.assume_not_null()))
        .load(db)
}

/// A promise: its owner, the number, what it is about, when to call.
pub type Due = (CallbackId, Option<AccountId>, String, String, NaiveDateTime);

/// Promises whose time has come between two moments.
pub fn due(db: &mut Db, (since, until): (NaiveDateTime, NaiveDateTime)) -> QueryResult<Vec<Due>> {
    callbacks::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'waiting'"))
        .filter(callbacks::state.eq(CallbackState::Waiting))
        .filter(callbacks::due_at.ge(since).and(callbacks::due_at.le(until)))
        .order((callbacks::due_at, callbacks::id))
        .limit(AT_ONCE)
        .select((callbacks::id, callbacks::owner_id, callbacks::number, callbacks::note, callbacks::due_at))
        .load(db)
}

/// A visit that was moved.
#[derive(Queryable)]
pub struct Moved {
    /// The line of the history.
    pub id: HistoryId,
    /// Of which order.
    pub order: OrderId,
    /// Who took it.
    pub operator: AccountId,
    /// When it was, as stored.
    pub old: Option<String>,
    /// When it is.
    pub new: Option<String>,
    /// Who moved it.
    pub by: AccountId,
    /// His name.
    pub name: String,
}

/// Visits that were moved, of the lines of the history after `after` and of some before it.
pub fn moved(db: &mut Db, after: HistoryId, since: NaiveDateTime) -> QueryResult<Vec<Moved>> {
    order_history::table
        .inner_join(orders::table)
        .inner_join(accounts::table.on(accounts::id.eq(order_history::account_id)))
        .filter(order_history::id.gt(HistoryId(after.0 - AGAIN)))
        .filter(order_history::field.eq("date_meeting").and(order_history::at.ge(since)))
        .order(order_history::id)
        .limit(AT_ONCE)
        .select((
            order_history::id,
            orders::id,
            orders::operator_name_id,
            order_history::old_value,
            order_history::new_value,
            order_history::account_id,
            accounts::name,
        ))
        .load(db)
}

/// The last line of the history of orders.
pub fn last_change(db: &mut Db) -> QueryResult<HistoryId> {
    let last: Option<HistoryId> =
        order_history::table.select(diesel::dsl::max(order_history::id)).first(db)?;
    Ok(last.unwrap_or(HistoryId(0)))
}

/// A review: of which account, its number, that account's name, the stars.
pub type Bad = (AvitoId, ReviewId, String, i64);

/// Bad reviews nobody has answered.
pub fn bad_reviews(db: &mut Db, now: NaiveDateTime) -> QueryResult<Vec<Bad>> {
    avito_reviews::table
        .inner_join(avito::table)
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>(
            "avito_reviews.score <= 3 AND avito_reviews.answer_id IS NULL",
        ))
        .filter(avito_reviews::created_at.ge(now - NEW_REVIEWS))
        .order((avito_reviews::created_at.desc(), avito_reviews::review_id))
        .limit(AT_ONCE)
        .select((avito_reviews::avito_id, avito_reviews::review_id, avito::name, avito_reviews::score))
        .load(db)
}

/// Names of accounts that work and whose proxy did not at the last try.
pub fn broken_proxies(db: &mut Db) -> QueryResult<Vec<String>> {
    avito::table
        .filter(avito::is_active.eq(true).and(avito::proxy_status.eq("error")))
        .filter(avito::proxy_type.is_not_null())
        .order(avito::name)
        .select(avito::name)
        .load(db)
}
