//! Mailboxes (IMAP) and letters (MIME): connecting, reading, settings. What is done with letters is said in
//! `recordings::by_mail`.

mod archive;
pub mod connect;
pub mod letter;
pub mod settings;
mod transfer;
pub mod watcher;

pub use watcher::Watcher;
