//! SQL of the journal.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Entry;
use crate::platform::db::Tx;
use crate::platform::db::schema::audit_log;

/// Writes `entry` in the transaction of the act itself, so that neither is there without the other.
pub fn record(tx: &mut Tx, entry: &Entry<'_>, now: NaiveDateTime) -> QueryResult<()> {
    diesel::insert_into(audit_log::table)
        .values((
            audit_log::at.eq(now),
            audit_log::account_id.eq(entry.by),
            audit_log::action.eq(entry.action),
            audit_log::subject.eq(entry.subject),
            audit_log::detail.eq(entry.detail),
        ))
        .execute(tx.db)?;
    Ok(())
}
