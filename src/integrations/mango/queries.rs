//! SQL of the table `mango`, the stored notifications.

use chrono::NaiveDateTime;
use diesel::dsl::sql;
use diesel::expression::SqlLiteral;
use diesel::prelude::*;
use diesel::sql_types::Bool;

use crate::domain::id::EventId;
use crate::platform::db::schema::{calls, mango};
use crate::platform::db::{Db, portable};

crate::text_enum! {
    /// What became of a stored notification.
    EventState {
        /// Not looked at yet.
        Pending = "pending",
        /// Folded into its call.
        Done = "done",
        /// Of a kind that concerns no call.
        Ignored = "ignored",
        /// Could not be understood or folded; the reason is kept, an admin can repeat it.
        Failed = "failed",
    }
}

/// A notification to be stored.
#[derive(Clone, Debug, Default, Insertable)]
#[diesel(table_name = mango)]
pub struct NewEvent {
    /// Given by the database when `None`.
    pub id: Option<EventId>,
    /// SHA-256 of path and text: the same notification twice is one row.
    pub event_key: String,
    /// Path behind our address, with a leading slash.
    pub path: String,
    /// The JSON text.
    pub body: String,
    /// The call, when the text can be read.
    pub entry_id: Option<String>,
    /// When it came, by our clock.
    pub received_at: NaiveDateTime,
}

/// A stored notification.
#[derive(Clone, Debug, Queryable)]
pub struct StoredEvent {
    /// Grows in the order of receipt.
    pub id: EventId,
    /// Path behind our address.
    pub path: String,
    /// The JSON text.
    pub body: String,
    /// The call, as far as read.
    pub entry_id: Option<String>,
    /// What became of it.
    pub state: EventState,
    /// When it came.
    pub received_at: NaiveDateTime,
}

const STORED: (mango::id, mango::path, mango::body, mango::entry_id, mango::state, mango::received_at) =
    (mango::id, mango::path, mango::body, mango::entry_id, mango::state, mango::received_at);

/// Stores those of `events` that are not there yet; their ids grow in the order given.
///
/// Two processes that are told the same events in another order would each hold what the other one waits for: they
/// all write in the order of the keys. The order of receipt stays in the ids, which are taken first.
pub fn insert_new(db: &mut Db, events: &[NewEvent]) -> QueryResult<()> {
    let mut ordered;
    let mut events = events;
    if events.len() > 1
        && let Some(ids) = portable::next_ids(db, "mango", events.len())?
    {
        ordered = events.to_vec();
        ordered.iter_mut().zip(ids).for_each(|(event, id)| event.id = Some(EventId(id)));
        ordered.sort_by(|a, b| a.event_key.cmp(&b.event_key));
        events = &ordered;
    }
    crate::insert_new_many!(db, mango::table, events, mango::event_key).map(|_| ())
}

/// The oldest notifications nobody has looked at.
pub fn pending(db: &mut Db, limit: i64) -> QueryResult<Vec<StoredEvent>> {
    mango::table.filter(in_state(EventState::Pending)).order(mango::id).limit(limit).select(STORED).load(db)
}

/// Every notification of the calls `entry_ids` that may be folded, in the order of receipt.
pub fn of_calls(db: &mut Db, entry_ids: &[String]) -> QueryResult<Vec<StoredEvent>> {
    mango::table
        .filter(mango::entry_id.eq_any(entry_ids.to_vec()))
        .filter(mango::state.eq_any([EventState::Pending, EventState::Done]))
        .order(mango::id)
        .select(STORED)
        .load(db)
}

/// Calls without a summary that are due to be looked at again.
pub fn due_calls(db: &mut Db, now: NaiveDateTime, limit: i64) -> QueryResult<Vec<String>> {
    calls::table
        .filter(calls::check_at.le(now))
        .order(calls::check_at)
        .limit(limit)
        .select(calls::entry_id)
        .load(db)
}

/// Looks at a due call again at `at`, because folding it now has failed.
pub fn postpone_call(db: &mut Db, entry_id: &str, at: NaiveDateTime) -> QueryResult<usize> {
    diesel::update(calls::table.filter(calls::entry_id.eq(entry_id.to_owned())))
        .filter(calls::check_at.is_not_null())
        .set(calls::check_at.eq(at))
        .execute(db)
}

/// Looks no more at a call of which no notification is left to fold.
pub fn leave_call(db: &mut Db, entry_id: &str) -> QueryResult<usize> {
    diesel::update(calls::table.filter(calls::entry_id.eq(entry_id.to_owned())))
        .set(calls::check_at.eq(None::<NaiveDateTime>))
        .execute(db)
}

/// Notes to which call a notification belongs.
pub fn set_entry(db: &mut Db, id: EventId, entry_id: &str) -> QueryResult<usize> {
    diesel::update(mango::table.find(id)).set(mango::entry_id.eq(entry_id.to_owned())).execute(db)
}

/// Marks pending notifications as seen to.
pub fn settle(db: &mut Db, ids: &[EventId], state: EventState, now: NaiveDateTime) -> QueryResult<()> {
    for ids in ids.chunks(1000) {
        diesel::update(mango::table.filter(mango::id.eq_any(ids.to_vec())))
            .filter(mango::state.eq(EventState::Pending))
            .set((mango::state.eq(state), mango::processed_at.eq(now), mango::error.eq(None::<String>)))
            .execute(db)?;
    }
    Ok(())
}

/// Marks a pending notification as failed for `reason`.
pub fn fail(db: &mut Db, id: EventId, reason: &str, now: NaiveDateTime) -> QueryResult<usize> {
    diesel::update(mango::table.find(id))
        .filter(mango::state.eq(EventState::Pending))
        .set((mango::state.eq(EventState::Failed), mango::processed_at.eq(now), mango::error.eq(reason)))
        .execute(db)
}

/// True when there is such a notification, whatever has become of it.
pub fn exists(db: &mut Db, id: EventId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(mango::table.find(id))).get_result(db)
}

/// Puts failed notifications back to the ones to be looked at, one or all, and tells how many.
pub fn retry(db: &mut Db, id: Option<EventId>) -> QueryResult<usize> {
    let pending = (mango::state.eq(EventState::Pending), mango::processed_at.eq(None::<NaiveDateTime>));
    let failed = mango::table.filter(in_state(EventState::Failed));
    match id {
        Some(id) => diesel::update(failed.filter(mango::id.eq(id))).set(pending).execute(db),
        None => diesel::update(failed).set(pending).execute(db),
    }
}

/// A notification that could not be folded.
#[derive(Clone, Debug, Queryable)]
pub struct FailedEvent {
    /// The row.
    pub id: EventId,
    /// Path behind our address.
    pub path: String,
    /// The JSON text.
    pub body: String,
    /// Why.
    pub error: Option<String>,
    /// When it came.
    pub received_at: NaiveDateTime,
}

/// The newest failed notifications.
pub fn failed(db: &mut Db, limit: i64) -> QueryResult<Vec<FailedEvent>> {
    mango::table
        .filter(in_state(EventState::Failed))
        .order(mango::id.desc())
        .limit(limit)
        .select((mango::id, mango::path, mango::body, mango::error, mango::received_at))
        .load(db)
}

/// Written out, not a parameter: only so do the databases see that the partial index of the state serves.
fn in_state(state: EventState) -> SqlLiteral<Bool> {
    sql(&format!("mango.state = '{}'", state.as_str()))
}

/// How many notifications are in `state`; quick for pending and failed ones only.
pub fn count(db: &mut Db, state: EventState) -> QueryResult<i64> {
    mango::table.filter(in_state(state)).count().get_result(db)
}

/// When the oldest notification came that waits to be understood.
pub fn oldest_pending(db: &mut Db) -> QueryResult<Option<NaiveDateTime>> {
    mango::table
        .filter(in_state(EventState::Pending))
        .order(mango::id)
        .select(mango::received_at)
        .first(db)
        .optional()
}

/// When the newest notification came.
pub fn last_received_at(db: &mut Db) -> QueryResult<Option<NaiveDateTime>> {
    mango::table.order(mango::id.desc()).select(mango::received_at).first(db).optional()
}

/// The next calls after `after` in the order of their ids, of which something came at `since` or later.
pub fn calls_after(
    db: &mut Db,
    after: &str,
    since: Option<NaiveDateTime>,
    limit: i64,
) -> QueryResult<Vec<String>> {
    let mut query = mango::table
        .filter(mango::entry_id.gt(after.to_owned()))
        .select(mango::entry_id.assume_not_null())
        .distinct()
        .order(mango::entry_id)
        .limit(limit)
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(mango::received_at.ge(since));
    }
    query.load(db)
}

/// Puts every notification that led to no call back to the ones to be looked at: today's program may read what
/// yesterday's could not.
pub fn reconsider(db: &mut Db, since: Option<NaiveDateTime>) -> QueryResult<usize> {
    let set_aside = mango::table.filter(mango::state.eq_any([EventState::Failed, EventState::Ignored]));
    let pending = (mango::state.eq(EventState::Pending), mango::processed_at.eq(None::<NaiveDateTime>));
    match since {
        Some(since) => {
            diesel::update(set_aside.filter(mango::received_at.ge(since))).set(pending).execute(db)
        }
        None => diesel::update(set_aside).set(pending).execute(db),
    }
}
