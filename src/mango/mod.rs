//! Mango Office: what it tells us about calls, what it means, and how it comes in.
//!
//! The pure core is the signature of a notification ([`sign`]), its payload ([`wire`]) and the folding of all
//! notifications of one call into one row ([`fold`]); it touches neither the database nor the network. Around
//! it lies the way in: [`routes`] checks a notification and [`inbox`] stores it durably before anything is
//! understood, [`worker`] folds what was stored into the table of calls, [`settings`] keeps key and salt,
//! [`admin`] shows all of it to an admin. The way out is [`client`]; [`fetch`] brings recordings by it, and [`fake`]
//! is the other side of both for tests and the demonstration. Features speak with the telephony through these types and never see
//! a foreign field name.

pub mod admin;
pub mod import;
