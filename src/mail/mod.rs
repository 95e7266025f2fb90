//! Recordings that come by mail (mango/API.md 10): a mailbox is watched, letters of the telephony are read, their
//! sounds kept and joined with the calls they belong to. docs/mail.md tells the whole way.
//!
//! Pure are [`letter`] (bytes → what a letter holds), [`file_name`] (what a name tells) and [`choose`] (which call);
//! [`connect`] speaks with the server, [`take`] brings letters in, [`watch`] does so all the time, [`places`] joins
//! what waits with calls that came later, [`admin`] is the page.

pub mod admin;
