//! «Позвонить» and «Завершить»: an operator asks the telephony to ring his own telephone and then the client's, and
//! sees in words how it goes. The call itself comes as any other, by notifications; its events carry the command by
//! which it is known again (docs/mango-api.md 5, `commands/callback`). docs/telephony.md tells the whole way.

mod hang_up;
pub mod queries;
pub mod routes;
mod start;
pub mod view;

crate::text_enum! {
    /// How far a wanted call has come before it is a call.
    DialState {
        /// The telephony has not answered yet.
        Asked = "asked",
        /// It will ring.
        Accepted = "accepted",
        /// It will not.
        Failed = "failed",
        /// The operator has seen how it ended.
        Over = "over",
    }
}

/// A wanted call of which nothing is heard for so long is given up.
const PATIENCE: chrono::Duration = chrono::Duration::seconds(45);
