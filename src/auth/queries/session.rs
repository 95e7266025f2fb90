//! SQL of stored sessions.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::AccountId;
use crate::platform::db::Db;
use crate::platform::db::schema::sessions;

/// A session as stored.
#[derive(Queryable)]
pub struct Stored {
    /// What it holds, a JSON object.
    pub state: String,
    /// When it is over.
    pub expires_at: NaiveDateTime,
}

/// What is written of a session.
pub struct NewState<'a> {
    /// Whose it is, when somebody has signed in.
    pub account_id: Option<AccountId>,
    /// What it holds, a JSON object.
    pub state: &'a str,
    /// The browser's name of itself; kept from the first time on.
    pub user_agent: &'a str,
}

/// The session of a row.
pub fn find(db: &mut Db, id: &str) -> QueryResult<Option<Stored>> {
    sessions::table.find(id).select((sessions::state, sessions::expires_at)).first(db).optional()
}

/// Writes a session, which ends at `expires_at`.
pub fn put(
    db: &mut Db,
    id: &str,
    new: &NewState,
    now: NaiveDateTime,
    expires_at: NaiveDateTime,
) -> QueryResult<()> {
    let row = (
        sessions::id.eq(id),
        sessions::account_id.eq(new.account_id),
        sessions::state.eq(new.state),
        sessions::user_agent.eq(new.user_agent),
        sessions::created_at.eq(now),
        sessions::seen_at.eq(now),
        sessions::expires_at.eq(expires_at),
    );
    let change = (
        sessions::account_id.eq(new.account_id),
        sessions::state.eq(new.state),
        sessions::seen_at.eq(now),
        sessions::expires_at.eq(expires_at),
    );
    crate::upsert!(db, sessions::table, row, sessions::id, change)?;
    Ok(())
}

/// Moves the end of a session.
pub fn extend(db: &mut Db, id: &str, now: NaiveDateTime, expires_at: NaiveDateTime) -> QueryResult<()> {
    diesel::update(sessions::table.find(id))
        .set((sessions::seen_at.eq(now), sessions::expires_at.eq(expires_at)))
        .execute(db)
        .map(|_| ())
}

/// Removes a session.
pub fn delete(db: &mut Db, id: &str) -> QueryResult<()> {
    diesel::delete(sessions::table.find(id)).execute(db).map(|_| ())
}
