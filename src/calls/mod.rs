//! Telephone calls: one row per call of the telephony, folded from everything it has told.

pub mod store;

crate::text_enum! {
    /// Who called whom.
    Direction {
        /// From outside to us.
        Inbound = "inbound",
        /// From us to outside, callbacks included.
        Outbound = "outbound",
        /// Between employees: nobody's client call, in no list and in no count.
        Internal = "internal",
    }
}

crate::text_enum! {
    /// Where a call is now.
    CallState {
        /// Somebody's telephone rings, or the caller is in a menu or a queue.
        Ringing = "ringing",
        /// The client and an employee talk.
        Talking = "talking",
        /// The conversation is on hold.
        OnHold = "on_hold",
        /// Over, with a result.
        Ended = "ended",
    }
}

crate::text_enum! {
    /// What became of an ended call.
    CallStatus {
        /// The client and an employee talked.
        Answered = "answered",
        /// Inbound, nobody talked to the client.
        Missed = "missed",
        /// Nobody talked because the called side was busy; an inbound one is owed like a missed one.
        Busy = "busy",
        /// Outbound, the client did not answer.
        NoAnswer = "no_answer",
    }
}
