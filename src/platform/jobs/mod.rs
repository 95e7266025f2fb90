//! Runs periodic work; the list of it is `schedule`'s. Every process wakes up for every slot; whoever inserts the slot first does the work, so
//! that restarts and further processes change nothing.

use std::collections::HashMap;
use std::time::{Duration, Instant};

use crate::domain::clock::Clock;
use crate::platform::db::Database;
use crate::platform::error::AppError;
use crate::platform::metrics::Metrics;

pub mod queries;

pub use queries::{Failure, delete_done, failed_since, failures, last_turn};

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

/// The slots this process knows to be taken, by the name of the work: most looks at the clock ask the database nothing.
#[derive(Default)]
pub struct Taken(HashMap<&'static str, i64>);

/// Does everything whose slot nobody has taken yet, and measures it.
pub fn run_due<A>(
    app: &A,
    (db, metrics): (&Database, &Metrics),
    clock: &Clock,
    all: &[Periodic<A>],
    taken: &mut Taken,
) {
    for work in all {
        let slot = clock.unix() / work.every.as_secs().max(1) as i64;
        if taken.0.get(work.name) == Some(&slot) {
            continue;
        }
        let outcome = take(db, clock, work, slot);
        if outcome.is_ok() {
            taken.0.insert(work.name, slot);
        }
        match outcome {
            Ok(false) => {}
            Ok(true) => {
                let began = Instant::now();
                let done = (work.run)(app);
                metrics.job(work.name, began.elapsed(), done.is_ok(), clock.unix());
                if let Err(error) = done {
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
    let noted = db.write_now(|tx| Ok(queries::note_failure(tx.db, work.name, &error.to_string(), now)?));
    if let Err(error) = noted {
        tracing::warn!(job = work.name, %error, "a failure could not be noted");
    }
}

fn take<A>(db: &Database, clock: &Clock, work: &Periodic<A>, slot: i64) -> Result<bool, AppError> {
    let (now, slot) = (clock.now(), slot.to_string());
    // Another process may have been faster: a look costs no writing transaction.
    if db.read_now(|db| Ok(queries::is_taken(db, work.name, &slot)?))? {
        return Ok(false);
    }
    db.write_now(|tx| Ok(queries::take(tx.db, work.name, &slot, now)?))
}
