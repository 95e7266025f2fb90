//! What Mango Office tells us about calls, and what it means.
//!
//! This folder is the pure core of the telephony integration: the signature of a notification ([`sign`]),
//! its payload ([`wire`]) and the folding of all notifications of one call into one row ([`fold`]). Nothing here
//! touches the database or the network; features speak with the telephony through these types and never see
//! a foreign field name.

pub mod fold;
pub mod sign;
pub mod wire;
