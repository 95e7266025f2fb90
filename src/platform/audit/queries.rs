//! SQL of the journal.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Entry;
use crate::platform::db::schema::audit_log;
use crate::platform::db::{Db, Tx};
use crate::platform::origin;

/// Writes `entry` in the transaction of the act itself, so that neither is there without the other.
pub fn record(tx: &mut Tx, entry: &Entry<'_>, now: NaiveDateTime) -> QueryResult<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::at.eq(now),
            audit_log::account_id.eq(entry.by),
            audit_log::action.eq(entry.action),
            audit_log::subject.eq(entry.subject),
            audit_log::detail.eq(entry.detail),
            audit_log::address.eq(origin::of_thread()),
        ))
        .execute(tx.db)?;
    Ok(())
}

/// Removes lines older than `before`.
pub fn delete_old(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(audit_log::table.filter(audit_log::at.lt(before))).execute(db)
}
