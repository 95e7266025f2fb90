//! `callcentre dump calls`: call rows as JSON lines, for support and for comparison with the telephony's own list.

use std::collections::{HashMap, HashSet};
use std::io::{self, BufWriter, Write};

use chrono::{DateTime, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use clap::Subcommand;
use diesel::prelude::*;
use serde::Serialize;

use crate::app::App;
use crate::domain::call::{CallState, CallStatus, Direction};
use crate::domain::clock::Clock;
use crate::domain::{russian, zone};
use crate::platform::config::Config;
use crate::platform::db::Db;
use crate::platform::db::schema::{callcentre_operator, calls, phones, recordings};
use crate::platform::error::AppError;

/// Rows read at once.
const BATCH: i64 = 1000;

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
    let mut after = 0;
    loop {
        let batch = app.db.read_now(|db| Ok(calls(db, after, since)?)).map_err(|e| e.to_string())?;
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

#[derive(Queryable)]
struct Row {
    id: i64,
    entry_id: String,
    direction: Direction,
    state: CallState,
    status: Option<CallStatus>,
    phone_client: Option<String>,
    phone_ats: Option<String>,
    operator_id: Option<i64>,
    operator_extension: Option<String>,
    last_operator_id: Option<i64>,
    last_operator_extension: Option<String>,
    rung: String,
    started_at: NaiveDateTime,
    answered_at: Option<NaiveDateTime>,
    ended_at: Option<NaiveDateTime>,
    talk_seconds: i64,
}

/// The next calls after the row `after`, with their ids, that began at `since` or later.
pub fn calls(db: &mut Db, after: i64, since: Option<NaiveDateTime>) -> QueryResult<Vec<(i64, DumpedCall)>> {
    let mut query = calls::table
        .filter(calls::id.gt(after))
        .order(calls::id)
        .limit(BATCH)
        .select((
            calls::id,
            calls::entry_id,
            calls::direction,
            calls::state,
            calls::status,
            calls::phone_client,
            calls::phone_ats,
            calls::operator_id,
            calls::operator_extension,
            calls::last_operator_id,
            calls::last_operator_extension,
            calls::rung,
            calls::started_at,
            calls::answered_at,
            calls::ended_at,
            calls::talk_seconds,
        ))
        .into_boxed();
    if let Some(since) = since {
        query = query.filter(calls::started_at.ge(since));
    }
    let rows: Vec<Row> = query.load(db)?;
    let known = Known::load(db, &rows)?;
    Ok(rows.into_iter().map(|row| (row.id, known.dumped(row))).collect())
}

/// What the rows refer to.
struct Known {
    lines: HashSet<String>,
    extensions: HashMap<i64, String>,
    recordings: HashMap<i64, Vec<String>>,
}

impl Known {
    fn load(db: &mut Db, rows: &[Row]) -> QueryResult<Self> {
        let numbers: Vec<String> = rows.iter().filter_map(|row| row.phone_ats.clone()).collect();
        let lines: Vec<String> = phones::table
            .filter(phones::number.eq_any(numbers))
            .filter(phones::is_known.eq(true))
            .select(phones::number)
            .load(db)?;
        let extensions: Vec<(i64, Option<String>)> = callcentre_operator::table
            .select((callcentre_operator::id, callcentre_operator::extension))
            .load(db)?;
        let ids: Vec<Option<i64>> = rows.iter().map(|row| Some(row.id)).collect();
        let told: Vec<(Option<i64>, Option<String>)> = recordings::table
            .filter(recordings::call_id.eq_any(ids))
            .filter(recordings::mango_recording_id.is_not_null())
            .order(recordings::id)
            .select((recordings::call_id, recordings::mango_recording_id))
            .load(db)?;
        let mut recordings: HashMap<i64, Vec<String>> = HashMap::new();
        for (call, recording) in told {
            if let (Some(call), Some(recording)) = (call, recording) {
                recordings.entry(call).or_default().push(recording);
            }
        }
        Ok(Self {
            lines: lines.into_iter().collect(),
            extensions: extensions.into_iter().filter_map(|(id, ext)| Some((id, ext?))).collect(),
            recordings,
        })
    }

    fn dumped(&self, row: Row) -> DumpedCall {
        let unix = |moment: NaiveDateTime| moment.and_utc().timestamp();
        // Somebody found by his SIP device has an extension although the call did not name it.
        let extension = |told: Option<String>, id: Option<i64>| {
            told.or_else(|| id.and_then(|id| self.extensions.get(&id).cloned()))
        };
        DumpedCall {
            direction: row.direction.as_str(),
            answered: row.answered_at.is_some(),
            outcome: row.status.map(CallStatus::as_str),
            client_number: row.phone_client,
            known_line: row.phone_ats.as_ref().is_none_or(|line| self.lines.contains(line)),
            line_number: row.phone_ats,
            known_operator: row.operator_extension.is_none() || row.operator_id.is_some(),
            operator: extension(row.operator_extension, row.operator_id),
            last_operator: extension(row.last_operator_extension, row.last_operator_id),
            rung: serde_json::from_str(&row.rung).unwrap_or_default(),
            started_at: unix(row.started_at),
            answered_at: row.answered_at.map(unix),
            ended_at: row.ended_at.map(unix),
            talk_seconds: row.talk_seconds,
            recordings: self.recordings.get(&row.id).cloned().unwrap_or_default(),
            state: row.state.as_str(),
            entry_id: row.entry_id,
        }
    }
}

/// Every call, for small databases and tests.
pub fn all(app: &App) -> Result<Vec<DumpedCall>, AppError> {
    let (mut all, mut after) = (Vec::new(), 0);
    loop {
        let batch = app.db.read_now(|db| Ok(calls(db, after, None)?))?;
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
