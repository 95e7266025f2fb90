//! Payloads of Mango Office's notifications: the only place that knows their field names (docs/mango-api.md 3).
//!
//! Types there are loose: integers come as numbers or strings, optional fields are absent, `null`, `""`, `{}` or `[]`.
//! All of that ends here; what leaves is [`Event`]. Called by the inbox worker on stored text, never by a handler.

mod fields;
mod read;
#[cfg(test)]
mod tests;

use std::fmt;

use serde::{Deserialize, Serialize};

use super::sign;
use fields::Fields;
use read::{call, command_result, record_added, recording, summary};

/// Longest identifier, as the service promises, in bytes.
pub const ID_MAX: usize = 128;
/// Longest text in any other field we read (numbers, SIP addresses), in bytes.
pub const TEXT_MAX: usize = 256;

/// One notification, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// `/events/call`: a leg of a call changed its state.
    Call(CallEvent),
    /// `/events/summary`: the call is over, and this is what it was.
    Summary(Summary),
    /// `/events/recording`: a recording started, went on or ended.
    Recording(RecordingEvent),
    /// `/events/record/added`: a recording can be fetched.
    RecordAdded(RecordAdded),
    /// `/result/…`: what became of a command of ours.
    Result(CommandResult),
    /// Any other path. Normal: answered and left alone.
    Other {
        /// The path without a trailing slash.
        path: String,
    },
}

/// State of one leg. Ordered as a leg lives, so that equal counters still have one order.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum CallState {
    /// The called side rings.
    Appeared,
    /// The two sides of the leg are connected; one of them may be a menu or a queue.
    Connected,
    /// One side put the other on hold.
    OnHold,
    /// The leg is over.
    Disconnected,
}

/// Where a leg leads.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Location {
    /// A voice menu.
    Ivr,
    /// The queue of a group.
    Queue,
    /// A person: an employee or an outside party.
    Abonent,
}

impl Location {
    /// The text form, also the one in stored legs.
    pub fn as_str(self) -> &'static str {
        match self {
            Location::Ivr => "ivr",
            Location::Queue => "queue",
            Location::Abonent => "abonent",
        }
    }

    /// The value of a text form.
    pub fn parse(text: &str) -> Option<Location> {
        [Location::Ivr, Location::Queue, Location::Abonent].into_iter().find(|l| l.as_str() == text)
    }
}

/// One side of a leg or of a call. Any field may be missing, all of them too (a hidden caller).
#[derive(Debug, Clone, Default, PartialEq, Eq, PartialOrd, Ord)]
pub struct Party {
    /// Internal number: an employee's, in a summary possibly a group's. Absent for outside parties.
    pub extension: Option<String>,
    /// Number or SIP address as sent, `anonymous` included.
    pub number: Option<String>,
    /// Our line.
    pub line_number: Option<String>,
    /// Short number of the group through which the call came.
    pub acd_group: Option<String>,
    /// The leg this side was in before.
    pub taken_from: Option<String>,
}

/// A change of one leg.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct CallEvent {
    /// The whole call.
    pub entry_id: String,
    /// The leg.
    pub call_id: String,
    /// Counter of the leg's events, from 1; 0 when it wasn't sent.
    pub seq: i64,
    /// Moment of the change, unix seconds.
    pub timestamp: i64,
    /// What the leg became.
    pub state: CallState,
    /// Where the leg leads; not sent by old installations.
    pub location: Option<Location>,
    /// Who calls.
    pub from: Party,
    /// Who is called.
    pub to: Party,
    /// Why the leg ended.
    pub reason: Option<i64>,
    /// Our command that created the leg.
    pub command_id: Option<String>,
    /// What asked for a callback; present in callbacks only.
    pub callback_initiator: Option<String>,
}

/// The final word on a call.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Summary {
    /// The whole call.
    pub entry_id: String,
    /// Kind of the call; `None` when missing or unknown.
    pub direction: Option<SummaryDirection>,
    /// Who called.
    pub from: Party,
    /// Who was called: the employee or the group.
    pub to: Party,
    /// Our line.
    pub line_number: Option<String>,
    /// When the call came or was started, unix seconds.
    pub create_time: Option<i64>,
    /// When it was answered; `None` without a conversation (sent as 0).
    pub talk_time: Option<i64>,
    /// When everything ended.
    pub end_time: Option<i64>,
    /// 1 talked, 0 not; a call that ended in the menu may say 1.
    pub entry_result: Option<i64>,
    /// Why it ended. Never decides alone.
    pub reason: Option<i64>,
}

/// Kind of a call as a summary says it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SummaryDirection {
    /// Between employees.
    Internal,
    /// From outside.
    Inbound,
    /// To outside.
    Outbound,
}

/// A step of a recording's life.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordingEvent {
    /// The call.
    pub entry_id: String,
    /// The recording.
    pub recording_id: String,
    /// The leg being recorded.
    pub call_id: Option<String>,
    /// Counter of the recording's events; 0 when it wasn't sent.
    pub seq: i64,
    /// Moment, unix seconds.
    pub timestamp: i64,
    /// The recorded employee.
    pub extension: Option<String>,
    /// What happened.
    pub state: RecordingState,
}

/// What became of a recording.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RecordingState {
    /// It runs.
    Running,
    /// It is over and will be in the cloud, from where it can be fetched.
    StoredInCloud,
    /// It is over and there is nothing to fetch: too short, over a limit, or sent by mail only.
    NotStored,
}

/// A recording that can be fetched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RecordAdded {
    /// The call.
    pub entry_id: String,
    /// The recording.
    pub recording_id: String,
    /// Moment, unix seconds.
    pub timestamp: i64,
    /// The service's id of the recorded employee, where it is one.
    pub user_id: Option<i64>,
}

/// What became of a command.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CommandResult {
    /// Ours.
    pub command_id: String,
    /// Result code.
    pub code: i64,
}

/// Why a notification could not be understood. Names fields, never quotes numbers.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum WireError {
    /// Not JSON, or nested too deep.
    Json(String),
    /// JSON, but not an object.
    NotAnObject,
    /// A field without which the event means nothing isn't there.
    Missing(&'static str),
    /// A field holds what it cannot hold.
    Unreadable(&'static str),
    /// A field is longer than any real value.
    TooLong(&'static str, usize),
    /// A state nobody told us about.
    UnknownState(String),
}

impl fmt::Display for WireError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            WireError::Json(cause) => write!(f, "not readable as JSON: {cause}"),
            WireError::NotAnObject => f.write_str("the JSON is not an object"),
            WireError::Missing(field) => write!(f, "{field} is missing"),
            WireError::Unreadable(field) => write!(f, "{field} holds a value it cannot have"),
            WireError::TooLong(field, max) => write!(f, "{field} is longer than {max} bytes"),
            WireError::UnknownState(state) => write!(f, "unknown state {state:?}"),
        }
    }
}

impl std::error::Error for WireError {}

/// Reads one notification: the path tells what it is, `json` is the text of the form field of that name.
///
/// # Errors
/// When the text isn't JSON, is nested deeper than 128 levels, misses an identifier or the moment, has an unknown
/// state, or a needed identifier over [`ID_MAX`]. Unknown paths and fields are no errors, nor is what stands in fields
/// nothing hangs on.
pub fn parse(path: &str, json: &str) -> Result<Event, WireError> {
    // The path alone decides: the official samples print summaries under the heading of call events.
    match path.trim_matches('/') {
        "events/call" => call(&Fields::read(json)?).map(Event::Call),
        "events/summary" => summary(&Fields::read(json)?).map(Event::Summary),
        "events/recording" => recording(&Fields::read(json)?).map(Event::Recording),
        "events/record/added" => record_added(&Fields::read(json)?).map(Event::RecordAdded),
        // What comparing with the statistics found, in the words of the notifications that never came.
        "stats/call" | "stats/end" => summary(&Fields::read(json)?).map(Event::Summary),
        "stats/record" => record_added(&Fields::read(json)?).map(Event::RecordAdded),
        "result/callback" => command_result(&Fields::read(json)?).map(Event::Result),
        other => Ok(Event::Other { path: format!("/{other}") }),
    }
}

impl Event {
    /// The call this event belongs to; `None` for events that concern no call we keep.
    pub fn entry_id(&self) -> Option<&str> {
        match self {
            Event::Call(call) => Some(&call.entry_id),
            Event::Summary(summary) => Some(&summary.entry_id),
            Event::Recording(recording) => Some(&recording.entry_id),
            Event::RecordAdded(added) => Some(&added.entry_id),
            Event::Result(_) | Event::Other { .. } => None,
        }
    }

    /// Whether the event tells something about the legs of a call. Only the receipt of such events keeps a call
    /// without a summary open: a recording comes minutes after the end.
    pub fn moves_legs(&self) -> bool {
        match self {
            Event::Call(_) => true,
            Event::Summary(_) | Event::Recording(_) | Event::RecordAdded(_) => false,
            Event::Result(_) | Event::Other { .. } => false,
        }
    }

    /// The identity of what is told, 64 hex digits: equal for a repetition, even with other key order or with strings
    /// for numbers; different for a second, different summary. `None` for [`Event::Other`].
    pub fn key(&self) -> Option<String> {
        let told = match self {
            // A leg without counters has only the moment and the state to tell its events apart.
            Event::Call(e) if e.seq == 0 => {
                format!("call\n{}\n{}\n{}\n{:?}", e.entry_id, e.call_id, e.timestamp, e.state)
            }
            Event::Call(e) => format!("call\n{}\n{}\n#{}", e.entry_id, e.call_id, e.seq),
            Event::Summary(summary) => format!("summary\n{summary:?}"),
            Event::Recording(e) if e.seq == 0 => format!("recording\n{e:?}"),
            Event::Recording(e) => format!("recording\n{}\n{}\n#{}", e.entry_id, e.recording_id, e.seq),
            Event::RecordAdded(e) => format!("added\n{}\n{}", e.entry_id, e.recording_id),
            Event::Result(_) | Event::Other { .. } => return None,
        };
        Some(sign::sign("", &told, ""))
    }
}
