//! Recordings that come by mail (docs/mango-api.md 10): a mailbox is watched, letters of the telephony are read, their
//! sounds kept and joined with the calls they belong to. docs/telephony.md tells the whole way.
//!
//! Pure are [`file_name`] (what a name tells) and [`choose`] (which call); [`take`] brings letters in, [`watch`] does
//! so all the time, [`places`] joins what waits with calls that came later.

pub mod choose;
pub mod file_name;
pub mod places;
pub mod queries;
pub mod take;
pub mod watch;
