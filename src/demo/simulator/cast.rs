//! Who takes part in a simulated call, and what its telling is made of.

use std::time::Duration;

/// An operator's telephone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Telephone {
    /// Internal number.
    pub extension: String,
    /// Device.
    pub sip: String,
}

/// Who takes part in a call.
#[derive(Clone, Debug)]
pub struct Cast {
    /// The client's number; `None` is hidden.
    pub client: Option<String>,
    /// Our line.
    pub line: String,
    /// Telephones that may ring, at least one; who answers after others is the last of them.
    pub telephones: Vec<Telephone>,
}

/// One notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// When it is sent, from the start of the call.
    pub after: Duration,
    /// Where to: `/events/call`.
    pub path: &'static str,
    /// The text of the field `json`.
    pub json: String,
}

/// Where the telephony says that a recording can be fetched.
pub const ADDED: &str = "/events/record/added";

/// The recording of a call.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Recorded {
    /// The telephony's identifier.
    pub recording_id: String,
    /// Its length.
    pub seconds: i64,
}
