//! `callcentre refold`: every stored notification of the telephony through the fold again, after a rule was
//! corrected or a row was damaged. May run while the server does.

use clap::Args;

use super::dump::moment;
use crate::app::App;
use crate::domain::clock::Clock;
use crate::domain::id::CallId;
use crate::integrations::mango::queries;
use crate::platform::config::Config;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::telephony::intake::worker::{self, Outcome};

/// Calls folded at once.
const BATCH: i64 = 240;

/// Which notifications.
#[derive(Args)]
pub struct RefoldArguments {
    /// Only calls of which something came then or later: YYYY-MM-DD (business zone), RFC 3339, or unix seconds.
    #[arg(long)]
    since: Option<String>,
}

/// Runs the command and prints what it came to.
///
/// # Errors
/// One line that says what could not be done.
pub fn run(config: Config, arguments: RefoldArguments) -> Result<(), String> {
    let since = arguments.since.map(|text| moment(&text, config.business_zone)).transpose()?;
    let app = App::build(config, Clock::default())?;
    let outcome = refold(&app, since).map_err(|e| format!("cannot fold again: {e}"))?;
    println!(
        "calls written: {}, without a row: {}, failed: {}",
        outcome.written, outcome.without_row, outcome.failed
    );
    let failed = app
        .db
        .read_now(|db| Ok(queries::count(db, queries::EventState::Failed)?))
        .map_err(|e| e.to_string())?;
    if failed > 0 {
        println!("notifications that cannot be understood: {failed}, see /admin/mango");
    }
    Ok(())
}

/// Folds every call again of which something came at `since` or later, and tells open pages once at the end.
pub fn refold(app: &App, since: Option<chrono::NaiveDateTime>) -> Result<Outcome, AppError> {
    app.db.write_now(|tx| Ok(queries::reconsider(tx.db, since)?))?;
    worker::drain(app)?;
    let (mut total, mut after) = (Outcome::default(), String::new());
    loop {
        let entries = app.db.read_now(|db| Ok(queries::calls_after(db, &after, since, BATCH)?))?;
        let Some(last) = entries.last() else { break };
        after.clone_from(last);
        let outcome = worker::refold(app, entries)?;
        total.written += outcome.written;
        total.without_row += outcome.without_row;
        total.failed += outcome.failed;
    }
    app.db.write_now(|tx| {
        tx.announce(Event::Call(CallId(0)));
        tx.announce(Event::Mango);
        Ok(())
    })?;
    Ok(total)
}
