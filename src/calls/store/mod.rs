//! From a folded call to its row: which line, client and employee the telephony's numbers mean, and the row
//! itself, written only over the version that was seen before folding. Called by the telephony's worker and by
//! `callcentre refold`; pages read calls through `queries`.

mod directory;
mod relabel;
mod row;

use std::collections::{BTreeMap, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::recording::{RecordingSource, RecordingState};
use crate::integrations::mango::fold::{Direction as FoldedDirection, Folded, Recording};
use crate::platform::db::schema::{calls, recordings};
use crate::platform::db::{Db, Tx};
use crate::{callbacks, clients, debts};
use directory::Directory;
pub use relabel::{relabel_line, relabel_operator};
use row::CallRow;

/// What a call's row held before folding, as far as it decides what is written.
#[derive(Clone, Debug, Queryable, Selectable)]
#[diesel(table_name = calls)]
pub struct Seen {
    /// The row.
    pub id: i64,
    entry_id: String,
    version: i64,
    phone_ats: Option<String>,
    rk: Option<String>,
    city: Option<String>,
    avito_name: Option<String>,
    phone_client: Option<String>,
    client_id: Option<i64>,
    operator_id: Option<i64>,
    operator_extension: Option<String>,
    last_operator_id: Option<i64>,
    last_operator_extension: Option<String>,
}

/// The rows of `entry_ids` that exist. To be asked **before** their events are read: whoever then finds the
/// version unchanged has read every event the row was folded from.
pub fn seen(db: &mut Db, entry_ids: &[String]) -> QueryResult<HashMap<String, Seen>> {
    let rows: Vec<Seen> = calls::table
        .filter(calls::entry_id.eq_any(entry_ids.to_vec()))
        .select((
            calls::id,
            calls::entry_id,
            calls::version,
            calls::phone_ats,
            calls::rk,
            calls::city,
            calls::avito_name,
            calls::phone_client,
            calls::client_id,
            calls::operator_id,
            calls::operator_extension,
            calls::last_operator_id,
            calls::last_operator_extension,
        ))
        .load(db)?;
    Ok(rows.into_iter().map(|seen| (seen.entry_id.clone(), seen)).collect())
}

/// What became of a call that was to be written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Put {
    /// The row with this id holds it now.
    Written(i64),
    /// A call between employees, which gets no row.
    Hidden,
    /// Somebody else has written the row since it was seen: read again, fold again.
    Lost,
}

/// Writes calls, each over what was seen of it, and tells what became of each, in the same order. Lines nobody
/// knows are registered for the admin, clients are made, recordings are noted as awaited.
///
/// Everything shared is locked in one order (lines, clients, calls, recordings, each sorted), so that two
/// processes that write many calls at once wait for each other instead of deadlocking.
pub fn put(tx: &mut Tx, folded: &[(Option<&Seen>, &Folded)], now: NaiveDateTime) -> QueryResult<Vec<Put>> {
    let kept: Vec<bool> = folded
        .iter()
        .map(|(seen, call)| seen.is_some() || call.direction != FoldedDirection::Internal)
        .collect();
    let written = || folded.iter().zip(&kept).filter(|(_, kept)| **kept).map(|((_, call), _)| *call);
    let directory = Directory::load(tx, written().filter_map(|call| call.line_number.as_deref()), now)?;
    let clients = clients_of(tx, folded, now)?;

    let mut order: Vec<usize> = (0..folded.len()).collect();
    order.sort_by(|a, b| folded[*a].1.entry_id.cmp(&folded[*b].1.entry_id));
    let mut outcomes = vec![Put::Hidden; folded.len()];
    for index in order.into_iter().filter(|index| kept[*index]) {
        let (seen, call) = folded[index];
        let client_id = call.client_number.as_ref().and_then(|n| clients.get(n.digits()).copied());
        let row = CallRow::new(seen, call, &directory, client_id);
        outcomes[index] = row.write(tx.db, seen, &call.entry_id)?;
    }
    put_recordings(tx.db, folded, &outcomes, now)?;
    settle_debts(tx, folded, &outcomes, now)?;
    Ok(outcomes)
}

/// The clients of the calls by canonical number, made where there were none. A call that has its client already
/// keeps it: the admin may have joined two clients since.
fn clients_of(
    tx: &mut Tx,
    folded: &[(Option<&Seen>, &Folded)],
    now: NaiveDateTime,
) -> QueryResult<BTreeMap<String, i64>> {
    let mut wanted: BTreeMap<&str, &str> = BTreeMap::new();
    for (seen, call) in folded {
        let Some(number) = &call.client_number else { continue };
        let has_client = seen.is_some_and(|s| s.keeps_client(call));
        if !has_client {
            wanted.insert(number.digits(), call.client_raw.as_deref().unwrap_or(number.digits()));
        }
    }
    let mut ids = BTreeMap::new();
    for (number, raw) in wanted {
        ids.insert(number.to_owned(), clients::queries::ensure(tx.db, number, raw, now)?);
    }
    Ok(ids)
}

/// A call that ended may be owed, or pay what was, or keep a promise: each number once, in order, so that two processes do not wait for
/// each other in a ring.
fn settle_debts(
    tx: &mut Tx,
    folded: &[(Option<&Seen>, &Folded)],
    outcomes: &[Put],
    now: NaiveDateTime,
) -> QueryResult<()> {
    let is_over = |call: &Folded| call.outcome.is_some() || call.answered_at.is_some();
    let ended = folded
        .iter()
        .zip(outcomes)
        .filter(|((_, call), put)| is_over(call) && matches!(put, Put::Written(_)));
    let numbers: std::collections::BTreeSet<&str> =
        ended.filter_map(|((_, call), _)| call.client_number.as_ref().map(|n| n.digits())).collect();
    numbers.into_iter().try_for_each(|number| {
        debts::queries::settle(tx, number, now)?;
        callbacks::queries::keep::settle(tx, number, now)
    })
}

/// Notes the recordings that can be fetched. One that came in another way before its call was known joins it.
fn put_recordings(
    db: &mut Db,
    folded: &[(Option<&Seen>, &Folded)],
    outcomes: &[Put],
    now: NaiveDateTime,
) -> QueryResult<()> {
    let mut wanted: BTreeMap<&str, (i64, &Recording)> = BTreeMap::new();
    for ((_, call), outcome) in folded.iter().zip(outcomes) {
        if let Put::Written(id) = outcome {
            wanted.extend(call.recordings.iter().map(|recording| (recording.id.as_str(), (*id, recording))));
        }
    }
    for (recording_id, (call_id, recording)) in wanted {
        let row = (
            recordings::call_id.eq(call_id),
            recordings::mango_recording_id.eq(recording_id),
            recordings::source.eq(RecordingSource::Api),
            recordings::state.eq(RecordingState::Awaited),
            recordings::extension.eq(&recording.extension),
            recordings::next_try_at.eq(now),
            recordings::created_at.eq(now),
        );
        if !crate::insert_new!(db, recordings::table, row, recordings::mango_recording_id)? {
            let known = recordings::mango_recording_id.eq(recording_id.to_owned());
            // Whose voice it is may be told after the recording itself.
            if let Some(extension) = &recording.extension {
                diesel::update(
                    recordings::table.filter(known.clone()).filter(recordings::extension.is_null()),
                )
                .set(recordings::extension.eq(extension))
                .execute(db)?;
            }
            let alone = recordings::table.filter(known).filter(recordings::call_id.is_null());
            let joined = diesel::update(alone).set(recordings::call_id.eq(call_id)).execute(db)?;
            if joined > 0 {
                // Its content may have come first.
                diesel::update(recordings::table.filter(recordings::call_id.eq(call_id)))
                    .filter(recordings::state.eq(RecordingState::Unmatched))
                    .set(recordings::state.eq(RecordingState::Ready))
                    .execute(db)?;
            }
        }
    }
    Ok(())
}
