//! `callcentre dump calls`: call rows as JSON lines, for support and for comparison with the telephony's own list.

pub mod queries;

use std::io::{self, BufWriter, Write};

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use clap::Subcommand;
use serde::Serialize;

use crate::app::App;
use crate::domain::clock::Clock;
use crate::domain::id::CallId;
use crate::domain::{russian, zone};
use crate::platform::config::Config;
use crate::platform::error::AppError;

/// What can be dumped.
#[derive(Subcommand)]
pub enum DumpCommand {
    /// Calls, oldest first.
    Calls {
        /// Only calls that began then or later: YYYY-MM-DD (business zone), RFC 3339, or unix seconds.
        #[arg(long)]
        since: Option<String>,
        /// One JSON object a line instead of a table.
        #[arg(long)]
        json: bool,
    },
}

/// One call in the telephony's vocabulary. Moments are unix seconds.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct DumpedCall {
    /// The call.
    pub entry_id: String,
    /// `inbound`, `outbound` or `internal`.
    pub direction: &'static str,
    /// The client and an employee talked.
    pub answered: bool,
    /// `answered`, `missed`, `busy`, `no_answer`; `None` while the call lives.
    pub outcome: Option<&'static str>,
    /// Canonical digits; `None` when hidden.
    pub client_number: Option<String>,
    /// Our line.
    pub line_number: Option<String>,
    /// Extension of the employee: inbound, who talked first; else who called.
    pub operator: Option<String>,
    /// Extension of who talked last.
    pub last_operator: Option<String>,
    /// Extensions whose telephones rang, in that order.
    pub rung: Vec<String>,
    /// When the call came or was started.
    pub started_at: i64,
    /// When the first conversation began.
    pub answered_at: Option<i64>,
    /// When everything was over.
    pub ended_at: Option<i64>,
    /// From the answer to the end, holds included.
    pub talk_seconds: i64,
    /// The telephony's ids of recordings that can be fetched.
    pub recordings: Vec<String>,
    /// `ringing`, `talking`, `on_hold`, `ended`.
    pub state: &'static str,
    /// False when the call names a line nobody has described.
    pub known_line: bool,
    /// False when the call names an employee who is not among ours.
    pub known_operator: bool,
}

/// Runs the command.
///
/// # Errors
/// One line that says what could not be done.
pub fn run(config: Config, command: DumpCommand) -> Result<(), String> {
    let DumpCommand::Calls { since, json } = command;
    let zone = config.business_zone;
    let since = since.map(|text| moment(&text, zone)).transpose()?;
    let app = App::build(config, Clock::default())?;
    let mut out = BufWriter::new(io::stdout().lock());
    let mut after = CallId(0);
    loop {
        let batch = app.db.read_now(|db| Ok(queries::calls(db, after, since)?)).map_err(|e| e.to_string())?;
        let Some((last, _)) = batch.last() else { break };
        after = *last;
        for (_, call) in &batch {
            let line =
                if json { serde_json::to_string(call).map_err(|e| e.to_string())? } else { row(call, zone) };
            match writeln!(out, "{line}") {
                Ok(()) => {}
                // `dump | head` has seen enough.
                Err(error) if error.kind() == io::ErrorKind::BrokenPipe => return Ok(()),
                Err(error) => return Err(format!("cannot write: {error}")),
            }
        }
    }
    out.flush().or_else(|error| match error.kind() {
        io::ErrorKind::BrokenPipe => Ok(()),
        _ => Err(format!("cannot write: {error}")),
    })
}

/// A moment an administrator typed, in UTC.
///
/// # Errors
/// What forms are understood.
pub fn moment(text: &str, zone: Tz) -> Result<NaiveDateTime, String> {
    let text = text.trim();
    let day = || text.parse::<NaiveDate>().ok().map(|day| zone::day_start(day, zone));
    let unix = || text.parse().ok().and_then(|s| DateTime::from_timestamp(s, 0)).map(|m| m.naive_utc());
    let exact = || DateTime::parse_from_rfc3339(text).ok().map(|moment| moment.naive_utc());
    day().or_else(unix).or_else(exact).ok_or_else(|| {
        format!("--since: wants YYYY-MM-DD, a moment such as 2026-03-02T09:00:00+03:00 or unix seconds, got \"{text}\"")
    })
}

/// Every call, for small databases and tests.
pub fn all(app: &App) -> Result<Vec<DumpedCall>, AppError> {
    let (mut all, mut after) = (Vec::new(), CallId(0));
    loop {
        let batch = app.db.read_now(|db| Ok(queries::calls(db, after, None)?))?;
        let Some((last, _)) = batch.last() else { return Ok(all) };
        after = *last;
        all.extend(batch.into_iter().map(|(_, call)| call));
    }
}

/// A line for eyes: columns between tabs.
fn row(call: &DumpedCall, zone: Tz) -> String {
    let started = DateTime::from_timestamp(call.started_at, 0).unwrap_or_default().naive_utc();
    let or_dash = |text: &Option<String>| text.clone().unwrap_or_else(|| "-".to_owned());
    [
        zone::local(started, zone).format("%Y-%m-%d %H:%M:%S").to_string(),
        call.direction.to_owned(),
        call.outcome.unwrap_or(call.state).to_owned(),
        or_dash(&call.client_number),
        or_dash(&call.line_number),
        or_dash(&call.operator),
        russian::duration(call.talk_seconds),
        call.entry_id.clone(),
    ]
    .join("\t")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_moment_may_be_typed_in_three_ways() {
        let expected = "2026-03-01T21:00:00".parse::<NaiveDateTime>().expect("a moment");
        for text in ["2026-03-02", "1772398800", "2026-03-02T00:00:00+03:00", " 2026-03-01T21:00:00Z "] {
            assert_eq!(moment(text, chrono_tz::Europe::Moscow), Ok(expected), "{text}");
        }
        assert!(moment("yesterday", chrono_tz::Europe::Moscow).is_err());
    }
}
