//! The telephony's way in: from a signed notification to the row of its call, through real HTTP.

mod admin;
pub mod cabinet;
mod closing;
mod connection;
mod door;
mod fetch;
mod independent_sender;
mod people;
mod reconcile;
mod samples;
pub mod sender;
mod two_processes;

pub use sender::{Sample, Sender, finished_call, rows, set_up};
