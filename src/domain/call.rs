//! What a telephone call is: who called whom, what happens with it now, what became of it.

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

/// True when a client called and nobody talked to him, whatever the reason: the call is owed.
pub fn is_missed(direction: Direction, status: Option<CallStatus>) -> bool {
    direction == Direction::Inbound && status.is_some_and(|s| s != CallStatus::Answered)
}
