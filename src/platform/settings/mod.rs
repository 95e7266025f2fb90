//! What the program keeps of itself by name: settings of the integrations, how far something was read, how it went.
//! Whoever keeps something names it; nobody else reads or writes the table `settings`.

pub mod queries;

/// The setting that tells this installation's storage from others'.
pub const STORAGE_INSTALLATION: &str = "storage_installation";

pub use queries::{add_to, put, put_json, put_new, read, read_all, read_dated, read_json, remove};
