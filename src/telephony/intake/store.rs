//! What a folded call changes: its row, the client of its number, what is owed and promised, its recordings, all in
//! the transaction that writes the row and from the tables, not from the event, so that order cannot matter.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::auth::queries::work_time;
use crate::auth::work_time::after_call;
use crate::calls::queries::write::directory::{Directory, own_lines};
use crate::calls::queries::write::row::CallRow;
use crate::calls::queries::write::{CallBefore, Put};
use crate::domain::id::{CallId, ClientId};
use crate::integrations::mango::fold::{Direction as FoldedDirection, Folded};
use crate::platform::db::Tx;
use crate::recordings::queries::awaited::{self, AnnouncedRecording};
use crate::{callbacks, clients, debts};

/// A conversation that ended so many seconds ago is past.
const RECENT: i64 = 900;

/// Writes calls, each over what was seen of it, and tells what became of each, in the same order. Lines nobody
/// knows are registered for the admin, clients are made, recordings are noted as awaited.
///
/// Everything shared is locked in one order (lines, clients, calls, recordings, each sorted), so that two
/// processes that write many calls at once wait for each other instead of deadlocking.
pub fn put(
    tx: &mut Tx,
    folded: &[(Option<&CallBefore>, &Folded)],
    now: NaiveDateTime,
) -> QueryResult<Vec<Put>> {
    let clients = folded.iter().filter_map(|(_, call)| call.client_number.as_ref());
    let own = own_lines(tx, clients.map(|number| number.digits().to_owned()).collect())?;
    let nobodys: Vec<Option<Folded>> = folded.iter().map(|(_, call)| without_own_line(call, &own)).collect();
    let folded: Vec<(Option<&CallBefore>, &Folded)> = folded
        .iter()
        .zip(&nobodys)
        .map(|((seen, call), nobodys)| (*seen, nobodys.as_ref().unwrap_or(*call)))
        .collect();
    let folded = folded.as_slice();
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
    note_recordings(tx, folded, &outcomes, now)?;
    settle_debts(tx, folded, &outcomes, now)?;
    note_after_calls(tx, folded, &outcomes, now)?;
    Ok(outcomes)
}

/// Whoever has just talked gets the time for noting it; whoever talks has none.
fn note_after_calls(
    tx: &mut Tx,
    folded: &[(Option<&CallBefore>, &Folded)],
    outcomes: &[Put],
    now: NaiveDateTime,
) -> QueryResult<()> {
    let talks: Vec<(CallId, bool)> = folded
        .iter()
        .zip(outcomes)
        .filter(|((_, call), _)| call.answered_at.is_some())
        // History that is folded anew is nobody's present.
        .filter(|((_, call), _)| call.ended_at.is_none_or(|at| now.and_utc().timestamp() - at < RECENT))
        .filter_map(|((_, call), put)| match put {
            Put::Written(id) => Some((*id, call.ended_at.is_some())),
            Put::Hidden | Put::Lost => None,
        })
        .collect();
    if talks.is_empty() {
        return Ok(());
    }
    let length = after_call(tx.db)?;
    if length.is_zero() {
        return Ok(());
    }
    talks.into_iter().try_for_each(|(id, is_over)| {
        if is_over { work_time::begin(tx, id, length, now) } else { work_time::talks(tx, id, now) }
    })
}

/// The call without its client when that is a line of ours: a call one line sends on to another has no client, and no
/// card, debt or promise comes of it. The number as it was sent stays.
fn without_own_line(call: &Folded, own: &BTreeSet<String>) -> Option<Folded> {
    let is_own = call.client_number.as_ref().is_some_and(|number| own.contains(number.digits()));
    is_own.then(|| Folded { client_number: None, ..call.clone() })
}

/// The clients of the calls by canonical number, made where there were none. A call that has its client already
/// keeps it: the admin may have joined two clients since.
fn clients_of(
    tx: &mut Tx,
    folded: &[(Option<&CallBefore>, &Folded)],
    now: NaiveDateTime,
) -> QueryResult<HashMap<String, ClientId>> {
    let mut wanted: BTreeMap<&str, &str> = BTreeMap::new();
    for (seen, call) in folded {
        let Some(number) = &call.client_number else { continue };
        let has_client = seen.is_some_and(|s| s.keeps_client(call));
        if !has_client {
            wanted.insert(number.digits(), call.client_raw.as_deref().unwrap_or(number.digits()));
        }
    }
    clients::queries::ensure_all(tx.db, &wanted, now)
}

/// A call that ended may be owed, or pay what was, or keep a promise: each number once, in order, so that two processes do not wait for
/// each other in a ring.
fn settle_debts(
    tx: &mut Tx,
    folded: &[(Option<&CallBefore>, &Folded)],
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

/// Notes the recordings the calls are told to have, sorted by name as everything shared is.
fn note_recordings(
    tx: &mut Tx,
    folded: &[(Option<&CallBefore>, &Folded)],
    outcomes: &[Put],
    now: NaiveDateTime,
) -> QueryResult<()> {
    let mut told = BTreeMap::new();
    for ((_, call), outcome) in folded.iter().zip(outcomes) {
        if let Put::Written(call_id) = outcome {
            for recording in &call.recordings {
                let extension = recording.extension.as_deref();
                told.insert(
                    &recording.id,
                    AnnouncedRecording { recording_id: &recording.id, call_id: *call_id, extension },
                );
            }
        }
    }
    awaited::note(tx.db, told.into_values(), now)
}
