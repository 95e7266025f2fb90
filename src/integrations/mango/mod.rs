//! Mango Office: what it tells us about calls and what it means.
//!
//! The pure core is the signature of a notification ([`sign`]), its payload ([`wire`]) and the folding of all
//! notifications of one call into one row ([`fold`]); it touches neither the database nor the network. [`inbox`]
//! stores a notification durably before anything is understood, [`settings`] keeps key and salt, [`client`] is the way
//! out, and [`fake`] is the other side of both for tests and the demonstration. What follows from a notification is
//! said in `telephony::intake`. Features speak with the telephony through these types and never see a foreign field
//! name.

pub mod client;
pub mod fake;
pub mod fold;
pub mod inbox;
pub mod queries;
pub mod settings;
pub mod sign;
pub mod wire;

pub use client::{Api, ApiError};
pub use inbox::Inbox;
pub use settings::Keys;
