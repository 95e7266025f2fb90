//! Runs periodic work; the list of it is `schedule`'s. Every process wakes up for every slot; whoever inserts the slot first does the work, so
//! that restarts and further processes change nothing.

use std::time::Duration;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::clock::Clock;
use crate::platform::db::schema::jobs;
use crate::platform::db::{Database, Db};
use crate::platform::error::AppError;

/// Something done every so often by one of the processes, for the application `A`.
pub struct Periodic<A: 'static> {
    /// Name in the table `jobs` and in logs.
    pub name: &'static str,
    /// What an admin calls it.
    pub label: &'static str,
    /// How often.
    pub every: Duration,
    /// Does it; runs on a thread that may block.
    pub run: fn(&A) -> Result<(), AppError>,
}

/// Does everything whose slot nobody has taken yet.
pub fn run_due<A>(app: &A, db: &Database, clock: &Clock, all: &[Periodic<A>]) {
    for work in all {
        match take_slot(db, clock, work) {
            Ok(false) => {}
            Ok(true) => {
                if let Err(error) = (work.run)(app) {
                    tracing::error!(job = work.name, %error, "periodic work failed, its next turn will try again");
                    note_failure(db, clock, work, &error);
                }
            }
            Err(error) => tracing::warn!(job = work.name, %error, "periodic work could not be claimed"),
        }
    }
}

/// Keeps a failure for the admin; when not even that can be written, the database itself is the trouble.
fn note_failure<A>(db: &Database, clock: &Clock, work: &Periodic<A>, error: &AppError) {
    let now = clock.now();
    let noted = db.write_now(|tx| {
        let row = (
            jobs::name.eq(work.name),
            jobs::slot.eq(None::<String>),
            jobs::state.eq(FAILED),
            jobs::run_at.eq(now),
            jobs::error.eq(error.to_string()),
        );
        Ok(diesel::insert_into(jobs::table).values(row).execute(tx.db)?)
    });
    if let Err(error) = noted {
        tracing::warn!(job = work.name, %error, "a failure could not be noted");
    }
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

fn take_slot<A>(db: &Database, clock: &Clock, work: &Periodic<A>) -> Result<bool, AppError> {
    let now = clock.now();
    let slot = (clock.unix() / work.every.as_secs().max(1) as i64).to_string();
    let taken: bool = db.read_now(|db| {
        let same = jobs::table.filter(jobs::name.eq(work.name)).filter(jobs::slot.eq(&slot));
        Ok(diesel::select(diesel::dsl::exists(same)).get_result(db)?)
    })?;
    if taken {
        return Ok(false);
    }
    db.write_now(|tx| {
        let row = (
            jobs::name.eq(work.name),
            jobs::slot.eq(&slot),
            jobs::state.eq("done"),
            jobs::run_at.eq(now),
            jobs::claimed_at.eq(now),
        );
        Ok(crate::insert_new!(tx.db, jobs::table, row, (jobs::name, jobs::slot))?)
    })
}

/// The state of a failure in the table.
const FAILED: &str = "dead";

/// Removes finished and failed work older than `before`.
pub fn delete_done(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    let over = jobs::state.eq_any(["done", FAILED]);
    diesel::delete(jobs::table.filter(over).filter(jobs::run_at.lt(before))).execute(db)
}
