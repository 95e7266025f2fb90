//! The journal of what people did that others may have to answer for (table `audit_log`). Secrets never go in.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::platform::db::Tx;
use crate::platform::db::schema::audit_log;

/// One line of the journal.
pub struct Entry<'a> {
    /// Who did it.
    pub by: i64,
    /// What was done, as `thing.verb`: `employee.dismiss`.
    pub action: &'static str,
    /// To whom or what, as people call it.
    pub subject: &'a str,
    /// Particulars for a reader; may be empty.
    pub detail: &'a str,
}

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
