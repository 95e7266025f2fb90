//! The durable inbox of deliveries.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AvitoId, DeliveryId};
use crate::platform::db::Db;
use crate::platform::db::schema::avito_inbox;

/// Stores a delivery; `false` when it was there already.
pub fn store(db: &mut Db, account: AvitoId, key: &str, body: &str, now: NaiveDateTime) -> QueryResult<bool> {
    let row = (
        avito_inbox::avito_id.eq(account),
        avito_inbox::event_key.eq(key),
        avito_inbox::body.eq(body),
        avito_inbox::received_at.eq(now),
    );
    crate::insert_new!(db, avito_inbox::table, row, avito_inbox::event_key)
}

/// A stored delivery.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct Delivery {
    pub id: DeliveryId,
    pub avito_id: AvitoId,
    pub body: String,
    pub received_at: NaiveDateTime,
}

/// Deliveries nobody has looked at yet, oldest first.
pub fn pending(db: &mut Db, limit: i64) -> QueryResult<Vec<Delivery>> {
    avito_inbox::table
        .filter(avito_inbox::state.eq("pending"))
        .order(avito_inbox::id)
        .select((avito_inbox::id, avito_inbox::avito_id, avito_inbox::body, avito_inbox::received_at))
        .limit(limit)
        .load(db)
}

/// Takes a delivery in the transaction that writes what it says; `false` when another process has.
pub fn settle(
    db: &mut Db,
    id: DeliveryId,
    state: &str,
    error: &str,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let pending = avito_inbox::table.find(id).filter(avito_inbox::state.eq("pending"));
    let set = (avito_inbox::state.eq(state), avito_inbox::error.eq(error), avito_inbox::processed_at.eq(now));
    Ok(diesel::update(pending).set(set).execute(db)? == 1)
}

/// Deletes what has been understood long ago.
pub fn delete_done(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(avito_inbox::table)
        .filter(avito_inbox::state.eq_any(["done", "ignored"]))
        .filter(avito_inbox::received_at.lt(before))
        .execute(db)
}
