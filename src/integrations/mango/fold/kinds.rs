//! The words a call row is described with, and their text forms in the database, addresses and exports.

use serde::{Deserialize, Serialize};

/// Defines an enum whose values have a text form, so that the form and its reading cannot drift apart.
macro_rules! text_enum {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $value:ident = $text:literal),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        pub enum $name { $($(#[$doc])* #[serde(rename = $text)] $value),+ }

        impl $name {
            /// Every value, in the order of declaration.
            pub const ALL: &[$name] = &[$($name::$value),+];

            /// The text form.
            pub fn as_str(self) -> &'static str {
                match self { $($name::$value => $text),+ }
            }

            /// The value of a text form; `None` for any other text.
            pub fn parse(text: &str) -> Option<$name> {
                match text { $($text => Some($name::$value),)+ _ => None }
            }
        }
    };
}

text_enum! {
    /// Who called whom.
    Direction {
        /// From outside to us.
        Inbound = "inbound",
        /// From us to outside, callbacks included.
        Outbound = "outbound",
        /// Between employees; no client call.
        Internal = "internal",
    }
}

text_enum! {
    /// Where a call is in its life.
    LiveState {
        /// Somebody's telephone rings, or the caller is in a menu or a queue.
        Ringing = "ringing",
        /// The client and an employee talk.
        Talking = "talking",
        /// The conversation is on hold.
        OnHold = "on_hold",
        /// Every leg known so far has ended; the next one may follow.
        Settling = "settling",
        /// Over for good, with an outcome.
        Ended = "ended",
    }
}

text_enum! {
    /// What became of an ended call.
    Outcome {
        /// The client and an employee talked.
        Answered = "answered",
        /// Inbound, nobody talked to the client.
        Missed = "missed",
        /// Nobody talked because the called side was busy. An inbound one is owed to the client just like a missed one.
        Busy = "busy",
        /// Outbound, the client didn't answer.
        NoAnswer = "no_answer",
    }
}

text_enum! {
    /// What made a call final.
    ClosedBy {
        /// The telephony's own summary.
        Summary = "summary",
        /// No summary came in time; the legs decided. A later summary still corrects.
        Timeout = "timeout",
    }
}
