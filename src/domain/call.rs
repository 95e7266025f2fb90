//! What a telephone call is: who called whom, what happens with it now, what became of it.

use serde::{Deserialize, Serialize};

crate::text_enum! {
    /// Who called whom.
    Direction {
        /// A client called us.
        Inbound = "inbound",
        /// We called a client.
        Outbound = "outbound",
        /// Colleagues among themselves: never shown.
        Internal = "internal",
    }
}

crate::text_enum! {
    /// What happens with the call right now.
    CallState {
        /// Nobody has answered yet.
        Ringing = "ringing",
        /// A conversation.
        Talking = "talking",
        /// A conversation that waits.
        OnHold = "on_hold",
        /// Over.
        Ended = "ended",
    }
}

impl CallState {
    /// True until the call is over.
    pub fn is_live(self) -> bool {
        self != Self::Ended
    }
}

crate::text_enum! {
    /// What became of a call that is over.
    CallStatus {
        /// There was a conversation.
        Answered = "answered",
        /// Nobody talked to the client.
        Missed = "missed",
        /// The line was busy.
        Busy = "busy",
        /// The client did not answer us.
        NoAnswer = "no_answer",
    }
}

crate::text_enum! {
    /// What made a call final.
    ClosedBy {
        /// The telephony's own summary.
        Summary = "summary",
        /// No summary came in time, the legs decided; a later summary still corrects.
        Timeout = "timeout",
    }
}

impl CallStatus {
    /// The status in Russian.
    pub fn label(self) -> &'static str {
        match self {
            Self::Answered => "Отвечен",
            Self::Missed => "Пропущен",
            Self::Busy => "Занято",
            Self::NoAnswer => "Не ответили",
        }
    }
}

/// What a telephone does in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Doing {
    /// It rings.
    Ringing,
    /// Somebody talks.
    Talking,
}

/// Somebody who takes part in a call right now, as its row keeps it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Present {
    /// What the telephone does.
    pub doing: Doing,
    /// Whose telephone.
    pub extension: String,
}

/// A leg as the row of the call keeps it. Read leniently: old rows are shown as far as they are understood.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct Leg {
    /// The telephony's identifier.
    pub call_id: String,
    /// Menu, queue or person.
    pub location: Option<String>,
    /// Whose telephone.
    pub extension: Option<String>,
    /// The group through which it came.
    pub group: Option<String>,
    /// Who was called.
    pub to: LegSide,
    /// Unix seconds, like the moments below.
    pub appeared_at: i64,
    /// The first connection, menus and queues included.
    pub connected_at: Option<i64>,
    /// The end.
    pub ended_at: Option<i64>,
    /// Why it ended: a code of the telephony.
    pub reason: Option<i64>,
}

/// A side of a leg.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(default)]
pub struct LegSide {
    /// Whose telephone.
    pub extension: Option<String>,
    /// Number or SIP address.
    pub number: Option<String>,
}

/// True when a client called and nobody talked to him, whatever the reason: the call is owed.
pub fn is_missed(direction: Direction, status: Option<CallStatus>) -> bool {
    direction == Direction::Inbound && status.is_some_and(|s| s != CallStatus::Answered)
}
