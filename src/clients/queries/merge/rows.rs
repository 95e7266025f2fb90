//! Rows that change hands, and keeping them meanwhile. To be called in this order: numbers, calls, orders.

use diesel::prelude::*;
use diesel::sql_types::BigInt;

use super::Moved;
use crate::clients::queries::Id;
use crate::domain::id::{CallId, ClientId, ClientPhoneId, OrderId};
use crate::platform::db::Db;
use crate::platform::db::portable::{RowLock, row_lock};
use crate::platform::db::schema::{calls, client_phones, orders};

/// Rows changed by one statement.
const AT_ONCE: usize = 1000;

/// Keeps the numbers of two clients from everybody who would write calls or orders for them: those go first, or wait.
pub(super) fn hold_numbers(db: &mut Db, one: ClientId, other: ClientId) -> QueryResult<()> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!("SELECT id FROM client_phones WHERE client_id IN ($1, $2) ORDER BY number{lock}");
    let query = diesel::sql_query(sql).bind::<BigInt, _>(one).bind::<BigInt, _>(other);
    query.load::<Id<ClientPhoneId>>(db).map(|_| ())
}

/// The calls of a client, kept from those who would change them. In the order in which the telephony writes them.
pub(super) fn hold_calls(db: &mut Db, client_id: ClientId) -> QueryResult<Vec<CallId>> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!("SELECT id FROM calls WHERE client_id = $1 ORDER BY entry_id{lock}");
    let rows: Vec<Id<CallId>> = diesel::sql_query(sql).bind::<BigInt, _>(client_id).load(db)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The orders of a client, kept from those who would change them.
pub(super) fn hold_orders(db: &mut Db, client_id: ClientId) -> QueryResult<Vec<OrderId>> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!("SELECT id FROM orders WHERE client_id = $1 ORDER BY id{lock}");
    let rows: Vec<Id<OrderId>> = diesel::sql_query(sql).bind::<BigInt, _>(client_id).load(db)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Gives those of the rows that `from` has to `to`.
pub(super) fn hand_over(db: &mut Db, moved: &Moved, from: ClientId, to: ClientId) -> QueryResult<()> {
    for ids in moved.phones.chunks(AT_ONCE) {
        diesel::update(client_phones::table)
            .filter(client_phones::id.eq_any(ids.to_vec()))
            .filter(client_phones::client_id.eq(from))
            .set((client_phones::client_id.eq(to), client_phones::is_main.eq(false)))
            .execute(db)?;
    }
    for ids in moved.calls.chunks(AT_ONCE) {
        // The version makes a telephony worker that has read the call before read it again.
        diesel::update(calls::table)
            .filter(calls::id.eq_any(ids.to_vec()))
            .filter(calls::client_id.eq(from))
            .set((calls::client_id.eq(to), calls::version.eq(calls::version + 1)))
            .execute(db)?;
    }
    for ids in moved.orders.chunks(AT_ONCE) {
        diesel::update(orders::table)
            .filter(orders::id.eq_any(ids.to_vec()))
            .filter(orders::client_id.eq(from))
            .set(orders::client_id.eq(to))
            .execute(db)?;
    }
    Ok(())
}
