//! SQL of the table `jobs`: one row a slot that was taken, one a failure.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::platform::db::Db;
use crate::platform::db::schema::jobs;

crate::text_enum! {
    /// What a row of the table is.
    JobState {
        /// A slot that somebody took.
        Done = "done",
        /// A failure.
        Failed = "dead",
    }
}

/// True when somebody took the slot.
pub fn is_taken(db: &mut Db, name: &str, slot: &str) -> QueryResult<bool> {
    let same = jobs::table.filter(jobs::name.eq(name)).filter(jobs::slot.eq(slot));
    diesel::select(diesel::dsl::exists(same)).get_result(db)
}

/// Takes the slot; `false` when another process was faster.
pub fn take(db: &mut Db, name: &str, slot: &str, now: NaiveDateTime) -> QueryResult<bool> {
    let row = (
        jobs::name.eq(name),
        jobs::slot.eq(slot),
        jobs::state.eq(JobState::Done),
        jobs::run_at.eq(now),
        jobs::claimed_at.eq(now),
    );
    crate::insert_new!(db, jobs::table, row, (jobs::name, jobs::slot))
}

/// Keeps a failure, for the admin.
pub fn note_failure(db: &mut Db, name: &str, error: &str, now: NaiveDateTime) -> QueryResult<usize> {
    let row = (
        jobs::name.eq(name),
        jobs::slot.eq(None::<String>),
        jobs::state.eq(JobState::Failed),
        jobs::run_at.eq(now),
        jobs::error.eq(error),
    );
    diesel::insert_into(jobs::table).values(row).execute(db)
}

/// Names of the periodic work that has failed since a moment.
pub fn failed_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<Vec<String>> {
    jobs::table
        // Literal, as in the partial index that answers it.
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'dead'"))
        .filter(jobs::run_at.ge(since))
        .select(jobs::name)
        .distinct()
        .load(db)
}

/// When the work was last begun, whichever process did it. Slots are numbers of equal length for centuries, so the
/// unique index gives the newest.
pub fn last_turn(db: &mut Db, name: &str) -> QueryResult<Option<NaiveDateTime>> {
    jobs::table
        .filter(jobs::name.eq(name).and(jobs::slot.is_not_null()))
        .order(jobs::slot.desc())
        .select(jobs::run_at)
        .first(db)
        .optional()
}

/// A failure of periodic work.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
pub struct Failure {
    /// Of which work.
    pub name: String,
    /// When (UTC).
    pub at: NaiveDateTime,
    /// Why, for the log.
    pub error: String,
}

/// Failures that are still kept, the newest first.
pub fn failures(db: &mut Db) -> QueryResult<Vec<Failure>> {
    /// Work that fails every five seconds fills two days with them.
    const MOST: i64 = 500;
    jobs::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'dead'"))
        .order((jobs::run_at.desc(), jobs::id.desc()))
        .limit(MOST)
        .select((
            jobs::name,
            jobs::run_at,
            diesel::dsl::sql::<diesel::sql_types::Text>("COALESCE(error, '')"),
        ))
        .load(db)
}

/// Removes finished and failed work older than `before`.
pub fn delete_done(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    let over = jobs::state.eq_any([JobState::Done, JobState::Failed]);
    diesel::delete(jobs::table.filter(over).filter(jobs::run_at.lt(before))).execute(db)
}
