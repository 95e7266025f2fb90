//! Runs periodic work. Every process wakes up for every slot; whoever inserts the slot first does the work, so
//! that restarts and further processes change nothing.

use std::time::Duration;

use actix_web::web::Data;
use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{PERIODIC, Periodic};
use crate::app::App;
use crate::db::Db;
use crate::db::schema::jobs;
use crate::error::AppError;

/// Starts the clockwork; it ends with the application.
pub fn spawn(app: Data<App>) {
    let mut stop = app.stop.subscribe();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(Duration::from_secs(1));
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    let app = app.clone();
                    // A panic inside a job is logged by the panic hook; the clockwork goes on.
                    let _ = tokio::task::spawn_blocking(move || run_due(&app)).await;
                }
                _ = stop.changed() => return,
            }
        }
    });
}

/// Does everything whose slot nobody has taken yet.
pub fn run_due(app: &App) {
    for work in PERIODIC {
        match take_slot(app, work) {
            Ok(false) => {}
            Ok(true) => {
                if let Err(error) = (work.run)(app) {
                    tracing::error!(job = work.name, %error, "periodic work failed, its next turn will try again");
                    note_failure(app, work, &error);
                }
            }
            Err(error) => tracing::warn!(job = work.name, %error, "periodic work could not be claimed"),
        }
    }
}

/// Keeps a failure for the admin; when not even that can be written, the database itself is the trouble.
fn note_failure(app: &App, work: &Periodic, error: &AppError) {
    let now = app.clock.now();
    let noted = app.db.write_now(|tx| {
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

/// Labels of the periodic work that has failed since a moment.
pub fn failed_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<Vec<&'static str>> {
    let names: Vec<String> = jobs::table
        .filter(diesel::dsl::sql::<diesel::sql_types::Bool>("state = 'dead'"))
        .filter(jobs::run_at.ge(since))
        .select(jobs::name)
        .distinct()
        .load(db)?;
    Ok(PERIODIC
        .iter()
        .filter(|work| names.iter().any(|name| name == work.name))
        .map(|work| work.label)
        .collect())
}

/// Does the work called `name` at once, whatever its slot.
///
/// # Errors
/// Of the work, or when no work has this name.
pub fn run_now(app: &App, name: &str) -> Result<(), AppError> {
    let work = PERIODIC.iter().find(|work| work.name == name);
    (work.ok_or_else(|| AppError::internal("run periodic work", format!("nothing is called {name}")))?.run)(
        app,
    )
}

fn take_slot(app: &App, work: &Periodic) -> Result<bool, AppError> {
    let now = app.clock.now();
    let slot = (app.clock.unix() / work.every.as_secs().max(1) as i64).to_string();
    let taken: bool = app.db.read_now(|db| {
        let same = jobs::table.filter(jobs::name.eq(work.name)).filter(jobs::slot.eq(&slot));
        Ok(diesel::select(diesel::dsl::exists(same)).get_result(db)?)
    })?;
    if taken {
        return Ok(false);
    }
    app.db.write_now(|tx| {
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
