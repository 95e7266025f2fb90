//! Mailboxes (IMAP) and letters (MIME): connecting, reading, settings. What is done with letters is said in
//! `recordings::by_mail`.

mod answer;
mod archive;
mod connect;
pub mod letter;
pub mod outgoing;
pub mod session;
pub mod settings;
pub mod spool;
mod structure;
mod tnef;
mod transfer;
pub mod watcher;

pub use connect::MailError;
pub use session::{Session, Waited};
pub use watcher::Watcher;
