//! Folding everything known about one call into the one row a call has.
//!
//! Pure: events in, row out; no clock, no database. The row is computed from **all** events of the entry each time, so
//! their order and repetition cannot matter, and a corrected rule repairs history by folding again. Called by the
//! inbox worker after each event and once more at [`Folded::check_at`], when no summary came. The rules are those of
//! docs/mango-api.md 4.

mod kinds;
mod legs;
mod people;
mod recordings;
mod talk;
#[cfg(test)]
mod tests;

use serde::{Deserialize, Serialize};

pub use kinds::{ClosedBy, Direction, LiveState, Outcome};
use legs::EntryLegs;
use talk::Talks;

use super::wire::{CallState, Event, Location};
use crate::domain::phone::Phone;

/// The code of a busy line (docs/mango-api.md 9).
const BUSY: i64 = 1121;

/// How long to wait for a summary, in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// After the last event of a call all of whose legs have ended.
    pub close_after: i64,
    /// After the last event of a call with an open leg.
    pub stale_after: i64,
}

impl Default for Limits {
    /// A minute and four hours.
    fn default() -> Limits {
        Limits { close_after: 60, stale_after: 4 * 60 * 60 }
    }
}

/// One call, as its row says it. Times are unix seconds by the telephony's clock.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Folded {
    /// The call.
    pub entry_id: String,
    /// Who called whom. Internal calls are nobody's client calls: hide them.
    pub direction: Direction,
    /// Where the call is. See [`Folded::live_state`] for what to show.
    pub state: LiveState,
    /// What became of it; `None` while it lives.
    pub outcome: Option<Outcome>,
    /// The outside party; `None` when hidden. Two calls without a number have nothing in common.
    pub client_number: Option<Phone>,
    /// The outside party as sent, `anonymous` and SIP addresses included.
    pub client_raw: Option<String>,
    /// Our line: canonical digits, or a SIP line as sent.
    pub line_number: Option<String>,
    /// Internal number of the employee: inbound, who talked to the client first; else who calls. Never a group.
    pub operator: Option<String>,
    /// That employee's device, by whose SIP address he is found when the extension is unknown.
    pub operator_device: Option<String>,
    /// Internal number of who talked to the client last; `None` without a conversation.
    pub last_operator: Option<String>,
    /// That employee's device.
    pub last_operator_device: Option<String>,
    /// Internal numbers whose telephones rang, in that order.
    pub rung: Vec<String>,
    /// Internal numbers whose telephones ring now, sorted.
    pub ringing_now: Vec<String>,
    /// Internal numbers joined with the client now, sorted.
    pub talking_now: Vec<String>,
    /// When the call came or was started.
    pub started_at: i64,
    /// When the first conversation began.
    pub answered_at: Option<i64>,
    /// When everything was over; `None` while the call lives.
    pub ended_at: Option<i64>,
    /// Seconds from the answer to the end, holds included; 0 without a conversation and while the call lives.
    pub talk_seconds: i64,
    /// Seconds from the start to the answer, without one to the end; `None` while neither has come.
    pub wait_seconds: Option<i64>,
    /// Why it ended. For people; it has decided nothing but [`Outcome::Busy`].
    pub reason: Option<i64>,
    /// Our command that started the call.
    pub command_id: Option<String>,
    /// Recordings that can be fetched, oldest first.
    pub recordings: Vec<Recording>,
    /// Every leg, in the order they came to be.
    pub legs: Vec<Leg>,
    /// What made the row final; `None` while the call lives.
    pub closed_by: Option<ClosedBy>,
    /// When to fold again because the call is then closed without a summary; `None` when it is closed.
    pub check_at: Option<i64>,
    /// Two different summaries came; the one received last counts, and somebody should be told.
    pub summary_conflict: bool,
}

/// A recording that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Recording {
    /// The telephony's identifier.
    pub id: String,
    /// When it was stored, as far as told.
    pub stored_at: i64,
    /// The last leg recorded.
    pub call_id: Option<String>,
    /// The recorded employee's internal number.
    pub extension: Option<String>,
    /// The recorded employee by the telephony's id.
    pub user_id: Option<i64>,
}

/// One leg, as history keeps it.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Leg {
    /// The telephony's identifier.
    pub call_id: String,
    /// Menu, queue or person; `None` when it wasn't told.
    pub location: Option<Location>,
    /// The employee's internal number.
    pub extension: Option<String>,
    /// The group through which the leg came.
    pub group: Option<String>,
    /// Who called, as last told.
    pub from: LegSide,
    /// Who was called, as last told.
    pub to: LegSide,
    /// First known moment.
    pub appeared_at: i64,
    /// First connection, menus and queues included.
    pub connected_at: Option<i64>,
    /// The end.
    pub ended_at: Option<i64>,
    /// Why it ended.
    pub reason: Option<i64>,
}

/// A side of a leg, as sent.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct LegSide {
    /// Internal number.
    pub extension: Option<String>,
    /// Number or SIP address.
    pub number: Option<String>,
}

impl Folded {
    /// What a list shows: between two legs a call goes on as it was, talking once there was a conversation. Never
    /// [`LiveState::Settling`], and never [`LiveState::Ended`] before the call is closed.
    pub fn live_state(&self) -> LiveState {
        match self.state {
            LiveState::Settling if self.answered_at.is_some() => LiveState::Talking,
            LiveState::Settling => LiveState::Ringing,
            LiveState::Ringing | LiveState::Talking | LiveState::OnHold | LiveState::Ended => self.state,
        }
    }

    /// Whether the client called and nobody talked to him, whatever the reason: the call is owed
    /// (docs/mango-api.md 4.10).
    pub fn is_missed(&self) -> bool {
        match self.outcome {
            Some(Outcome::Missed | Outcome::Busy | Outcome::NoAnswer) => self.direction == Direction::Inbound,
            Some(Outcome::Answered) | None => false,
        }
    }
}

/// The row of the call `entry_id` from all its events; events of other calls are passed over.
///
/// `now` and `received_last` are moments of **our** clock in unix seconds, since those of the events may lie in the
/// past: closing without a summary is counted from `received_last`, the receipt of the newest event that
/// [moves legs](Event::moves_legs). Events come in the order of receipt, which matters only between two different
/// summaries. `None` when there is nothing to make a row from: neither a leg nor a summary that tells a time.
pub fn fold(
    entry_id: &str,
    events: &[Event],
    now: i64,
    received_last: i64,
    limits: Limits,
) -> Option<Folded> {
    let known = EntryLegs::gather(entry_id, events);
    let moments = || known.call_events().map(|(_, event)| event.timestamp);
    let summary = known.summary;
    let started_at = summary
        .and_then(|s| s.create_time)
        .or_else(|| moments().min())
        .or_else(|| summary.and_then(|s| s.talk_time.or(s.end_time)))?;

    let talks = Talks::of(&known);
    let closing = Closing::of(&known, now, received_last, limits);
    let answered_at = match summary {
        Some(summary) => summary.talk_time.filter(|_| summary.entry_result == Some(1)),
        None => talks.talks.first().map(|talk| talk.at),
    };
    let ended_at = closing.by.map(|_| {
        let told = summary.and_then(|s| s.end_time);
        told.or_else(|| moments().max()).unwrap_or(started_at).max(answered_at.unwrap_or(started_at))
    });
    let reason = reason(&known);
    let (operator, last_operator) = people::operators(&known, &talks, answered_at.is_some());
    let (client_number, client_raw) = people::client(&known, &talks);
    let is_live = closing.by.is_none();
    Some(Folded {
        entry_id: entry_id.to_owned(),
        direction: talks.direction,
        state: if is_live { live_state(&known, &talks) } else { LiveState::Ended },
        outcome: closing.by.map(|_| outcome(talks.direction, answered_at.is_some(), reason)),
        client_number,
        client_raw,
        line_number: people::line(&known, talks.direction),
        operator: operator.extension,
        operator_device: operator.device,
        last_operator: last_operator.extension,
        last_operator_device: last_operator.device,
        rung: people::rung(&known),
        ringing_now: if is_live { people::ringing_now(&known) } else { Vec::new() },
        talking_now: if is_live { people::talking_now(&known, &talks) } else { Vec::new() },
        started_at,
        answered_at,
        ended_at,
        talk_seconds: ended_at.zip(answered_at).map_or(0, |(end, answer)| (end - answer).max(0)),
        wait_seconds: answered_at.or(ended_at).map(|until| (until - started_at).max(0)),
        reason,
        command_id: known
            .legs
            .get(known.root)
            .and_then(|leg| leg.events.iter().find_map(|e| e.command_id.clone())),
        recordings: recordings::stored(entry_id, events),
        legs: known
            .legs
            .iter()
            .map(|leg| leg.history(known.employee(talks.employee_side(leg.last()))))
            .collect(),
        closed_by: closing.by,
        check_at: closing.check_at,
        summary_conflict: known.summary_conflict,
    })
}

/// Whether and by what the call is closed, and if not, when to look again.
struct Closing {
    by: Option<ClosedBy>,
    check_at: Option<i64>,
}

impl Closing {
    fn of(known: &EntryLegs, now: i64, received_last: i64, limits: Limits) -> Closing {
        if known.summary.is_some() {
            return Closing { by: Some(ClosedBy::Summary), check_at: None };
        }
        let all_ended = known.legs.iter().all(|leg| leg.ended_at().is_some());
        let due =
            received_last.saturating_add(if all_ended { limits.close_after } else { limits.stale_after });
        if now >= due {
            Closing { by: Some(ClosedBy::Timeout), check_at: None }
        } else {
            Closing { by: None, check_at: Some(due) }
        }
    }
}

/// The state as the legs tell it (docs/mango-api.md 4.4), save that an employee waiting for the client of his
/// callback doesn't talk yet.
fn live_state(known: &EntryLegs, talks: &Talks) -> LiveState {
    let in_state = |state: CallState| {
        known.legs.iter().enumerate().any(|(index, leg)| {
            let is_waiting = talks.is_callback && !talks.is_with_client(known, index, leg.last());
            leg.is_abonent() && leg.state() == state && !(is_waiting && talks.talks.is_empty())
        })
    };
    if in_state(CallState::Connected) {
        LiveState::Talking
    } else if in_state(CallState::OnHold) {
        LiveState::OnHold
    } else if known.legs.iter().any(|leg| leg.ended_at().is_none()) {
        LiveState::Ringing
    } else {
        LiveState::Settling
    }
}

/// Why the call ended: the summary's word, else that of the leg that ended last, a person's before a queue's.
fn reason(known: &EntryLegs) -> Option<i64> {
    if let Some(summary) = known.summary {
        return summary.reason;
    }
    let ended = known.legs.iter().filter(|leg| leg.ended_at().is_some());
    ended.max_by_key(|leg| (leg.ended_at(), leg.is_abonent())).and_then(|leg| leg.last().reason)
}

fn outcome(direction: Direction, answered: bool, reason: Option<i64>) -> Outcome {
    match direction {
        _ if answered => Outcome::Answered,
        _ if reason == Some(BUSY) => Outcome::Busy,
        Direction::Inbound => Outcome::Missed,
        Direction::Outbound | Direction::Internal => Outcome::NoAnswer,
    }
}
