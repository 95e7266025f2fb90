//! SQL of a person's own page.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::auth::queries::{self as account_queries, sessions_of};
use crate::auth::session;
use crate::domain::id::AccountId;
use crate::domain::person::WorkStatus;
use crate::domain::search_words;
use crate::platform::db::schema::{accounts, operator_cities, sessions, work_status_log};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// What the page tells of the account besides what every request knows.
pub fn about(db: &mut Db, account_id: AccountId) -> QueryResult<(NaiveDateTime, Vec<String>)> {
    let since = accounts::table.find(account_id).select(accounts::created_at).first(db)?;
    let mut cities: Vec<String> = operator_cities::table
        .filter(operator_cities::operator_id.eq(account_id))
        .select(operator_cities::city)
        .load(db)?;
    cities.sort_by_cached_key(|city| search_words::sort_key(city));
    Ok((since, cities))
}

/// Ends every session of an account but `key`.
pub fn end_other_devices(
    tx: &mut Tx,
    account_id: AccountId,
    key: &str,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let all = sessions_of(tx.db, account_id, now)?;
    let kept: Vec<String> = all.into_iter().filter(|(_, _, d)| d.key == key).map(|(id, _, _)| id).collect();
    let others = sessions::account_id.eq(account_id).and(sessions::id.ne_all(kept));
    diesel::delete(sessions::table.filter(others)).execute(tx.db)?;
    tx.announce(Event::SignedOut(account_id));
    Ok(())
}

/// The password's hash, if there is one.
pub fn password(db: &mut Db, account_id: AccountId) -> QueryResult<Option<String>> {
    accounts::table.find(account_id).select(accounts::password).first(db)
}

/// Sets a password, ends every session but `key`, and gives the account's new stamp. The session that stays is
/// restamped in the same transaction, so that no request in between finds it worthless.
pub fn change_password(
    tx: &mut Tx,
    account_id: AccountId,
    hash: &str,
    key: &str,
    now: NaiveDateTime,
) -> Result<String, AppError> {
    let stamp = account_queries::new_stamp();
    diesel::update(accounts::table.find(account_id))
        .set((accounts::password.eq(hash), accounts::stamp.eq(&stamp)))
        .execute(tx.db)?;
    end_other_devices(tx, account_id, key, now)?;
    for (id, state, _) in sessions_of(tx.db, account_id, now)? {
        let Some(state) = session::restamped(&id, &state, &stamp)? else { continue };
        diesel::update(sessions::table.find(id)).set(sessions::state.eq(state)).execute(tx.db)?;
    }
    Ok(stamp)
}

/// Keeps whether and how loud a person wants to hear calls, and whether the rest waits meanwhile.
pub fn set_sound(
    tx: &mut Tx,
    account_id: AccountId,
    on: bool,
    volume_percent: i32,
    quiet_on: bool,
) -> QueryResult<()> {
    diesel::update(accounts::table.find(account_id))
        .set((
            accounts::sound_on.eq(on),
            accounts::volume_percent.eq(volume_percent),
            accounts::quiet_on.eq(quiet_on),
        ))
        .execute(tx.db)?;
    tx.announce(Event::Person(account_id));
    Ok(())
}

/// A work status and when it was in force (UTC).
#[derive(Clone, Debug, Queryable)]
pub struct Interval {
    /// The status.
    pub status: WorkStatus,
    /// Why, of a break.
    pub reason: Option<String>,
    /// Its beginning.
    pub from: NaiveDateTime,
    /// Its end; `None` while it lasts.
    pub to: Option<NaiveDateTime>,
}

/// Work statuses that were in force at some time since `from` (UTC), oldest first.
pub fn work_log(db: &mut Db, account_id: AccountId, from: NaiveDateTime) -> QueryResult<Vec<Interval>> {
    work_status_log::table
        .filter(work_status_log::account_id.eq(account_id))
        .filter(work_status_log::ended_at.is_null().or(work_status_log::ended_at.gt(from)))
        .order((work_status_log::started_at, work_status_log::id))
        .select((
            work_status_log::status_work,
            work_status_log::reason,
            work_status_log::started_at,
            work_status_log::ended_at,
        ))
        .load(db)
}
