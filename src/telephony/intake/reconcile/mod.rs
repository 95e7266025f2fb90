//! Comparing with the telephony's own statistics (docs/mango-api.md 6): calls and recordings that no notification told of
//! are filled in and counted. What is found is stored as events (`/stats/call`, `/stats/record`) and folded like all
//! others, so `callcentre refold` keeps it and a notification that comes after all still has the last word.

pub mod queries;
pub mod report;

use std::collections::{BTreeMap, HashSet};
use std::time::Duration;

use chrono::NaiveDateTime;
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::app::App;
use crate::integrations::mango::client::{Answer, ApiError};
use crate::integrations::mango::queries::NewEvent;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::secret::to_hex;
use report::StatLeg;

/// The telephony may be asked for a report so often (docs/mango-api.md 6).
pub const POLL: Duration = Duration::from_secs(5);
/// A report that is not ready by then is given up.
const POLLS: u32 = 24;
/// How far back the regular comparison looks.
pub const REGULAR: chrono::Duration = chrono::Duration::hours(3);
/// The longest period that may be asked for: the telephony takes a month.
pub const LONGEST: chrono::Duration = chrono::Duration::days(30);
/// Calls that ended so lately may still be told of.
const SETTLING: chrono::Duration = chrono::Duration::minutes(2);

/// What a comparison came to.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default)]
pub struct Found {
    /// Calls of the period in the statistics.
    pub compared: u64,
    /// Calls nobody had told of.
    pub lost: u64,
    /// Calls whose end nobody had told of.
    pub repaired: u64,
    /// Recordings nobody had told of.
    pub recordings: u64,
}

/// Compares the calls that began between the two moments (UTC), asking for the report every `poll`; remembers how it
/// went for the page.
///
/// # Errors
/// In words, when the telephony or the database does not answer. What was found before stays.
pub async fn compare(
    app: &App,
    from: NaiveDateTime,
    until: NaiveDateTime,
    poll: Duration,
) -> Result<Found, ApiError> {
    let outcome = run(app, from, until, poll).await;
    // Without a key there is no telephony to compare with, and nothing to say about it.
    if outcome == Err(ApiError::NotSetUp) {
        return outcome;
    }
    let (now, said) = (app.clock.now(), outcome.clone().map_err(|error| error.words()));
    let kept = app.db.write(move |tx| {
        queries::remember(tx.db, &said, now)?;
        tx.announce(Event::Mango);
        Ok(())
    });
    kept.await.map_err(|_| ApiError::NoDatabase)?;
    app.mango.wake();
    outcome
}

async fn run(
    app: &App,
    from: NaiveDateTime,
    until: NaiveDateTime,
    poll: Duration,
) -> Result<Found, ApiError> {
    let until = until.min(app.clock.now() - SETTLING);
    if until <= from {
        return Ok(Found::default());
    }
    let text = order(app, from, until, poll).await?;
    let legs = report::read(&text).map_err(ApiError::Strange)?;
    store(app, by_call(legs)).await.map_err(|error| {
        tracing::error!(%error, "what the statistics showed could not be stored");
        ApiError::NoDatabase
    })
}

/// Orders a report and waits for it.
async fn order(
    app: &App,
    from: NaiveDateTime,
    until: NaiveDateTime,
    poll: Duration,
) -> Result<String, ApiError> {
    let unix = |at: NaiveDateTime| at.and_utc().timestamp();
    let wanted = json!({ "date_from": unix(from), "date_to": unix(until), "fields": report::FIELDS });
    let answer = app.mango_api.ask("stats/request", &wanted).await?.json()?;
    let key = answer["key"].as_str().ok_or_else(|| ApiError::Strange("нет ключа отчёта".to_owned()))?;
    for _ in 0..POLLS {
        match app.mango_api.ask("stats/result", &json!({ "key": key })).await? {
            Answer::NotReady => tokio::time::sleep(poll).await,
            Answer::Text(text) => return Ok(text),
            Answer::Json(_) => return Err(ApiError::Strange("отчёт не таблица".to_owned())),
        }
    }
    Err(ApiError::Strange("отчёт не готов за две минуты".to_owned()))
}

fn by_call(legs: Vec<StatLeg>) -> BTreeMap<String, Vec<StatLeg>> {
    let mut calls: BTreeMap<String, Vec<StatLeg>> = BTreeMap::new();
    for leg in legs {
        calls.entry(leg.entry_id.clone()).or_default().push(leg);
    }
    calls
}

/// Stores what is missing, some calls at a time.
async fn store(app: &App, calls: BTreeMap<String, Vec<StatLeg>>) -> Result<Found, AppError> {
    const TOGETHER: usize = 200;
    let mut found = Found { compared: calls.len() as u64, ..Found::default() };
    let calls: Vec<(String, Vec<StatLeg>)> = calls.into_iter().collect();
    for some in calls.chunks(TOGETHER) {
        let (some, now) = (some.to_vec(), app.clock.now());
        let part = app
            .db
            .write(move |tx| {
                let entries: Vec<String> = some.iter().map(|(entry, _)| entry.clone()).collect();
                let known = queries::known(tx.db, &entries)?;
                let ids: Vec<String> = some.iter().flat_map(|(_, legs)| records(legs)).collect();
                let recorded: HashSet<String> = queries::recordings(tx.db, &ids)?;
                let mut part = Found::default();
                for (entry, legs) in &some {
                    let call = known.iter().find(|call| call.entry_id == *entry);
                    let is_settled = call.is_some_and(|call| call.is_settled);
                    if !is_settled && report::is_over(legs) {
                        let path = if call.is_none() { "/stats/call" } else { "/stats/end" };
                        let body = report::call(entry, legs).to_string();
                        let is_new = queries::insert(tx.db, &event(path, body, entry, now))?;
                        part.lost += u64::from(is_new && call.is_none());
                        part.repaired += u64::from(is_new && call.is_some());
                    }
                    for record in records(legs).iter().filter(|id| !recorded.contains(*id)) {
                        let added = json!({ "entry_id": entry, "recording_id": record, "timestamp": report::end(legs) });
                        let is_new = queries::insert(tx.db, &event("/stats/record", added.to_string(), entry, now))?;
                        part.recordings += u64::from(is_new);
                    }
                }
                Ok(part)
            })
            .await?;
        found.lost += part.lost;
        found.repaired += part.repaired;
        found.recordings += part.recordings;
    }
    Ok(found)
}

fn records(legs: &[StatLeg]) -> Vec<String> {
    legs.iter().flat_map(|leg| leg.records.iter().cloned()).collect()
}

fn event(path: &str, body: String, entry_id: &str, now: NaiveDateTime) -> NewEvent {
    use sha2::{Digest, Sha256};
    let event_key = to_hex(&Sha256::digest(format!("{path}\n{body}").as_bytes()));
    NewEvent {
        id: None,
        event_key,
        path: path.to_owned(),
        body,
        entry_id: Some(entry_id.to_owned()),
        received_at: now,
    }
}

/// The regular comparison, for the list of periodic work: without a key there is nothing to compare with.
///
/// # Errors
/// Never: what went wrong is remembered for the page.
pub fn regular(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let mut stop = app.stop.subscribe();
    // The telephony may take minutes; a process that is told to stop does not wait for it.
    let compared = tokio::runtime::Handle::current().block_on(async {
        tokio::select! {
            compared = compare(app, now - REGULAR, now, POLL) => Some(compared),
            _ = stop.wait_for(|is_over| *is_over) => None,
        }
    });
    let Some(compared) = compared else { return Ok(()) };
    match compared {
        Ok(found) if found.lost + found.repaired + found.recordings > 0 => {
            tracing::info!(
                found.lost,
                found.repaired,
                found.recordings,
                "the statistics showed more than we were told"
            );
        }
        Ok(_) | Err(ApiError::NotSetUp) => {}
        Err(error) => tracing::warn!(why = error.words(), "no comparison with the telephony's statistics"),
    }
    Ok(())
}
