//! What the program keeps of itself by name: settings of the integrations, how far something was read, how it went.
//! Whoever keeps something names it; nobody else reads or writes the table `settings`.

pub mod queries;

pub use queries::{add_to, put, put_json, put_new, read, read_all, read_dated, read_json, remove};
