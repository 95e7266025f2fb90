//! Backups: database, files and the application's key in one archive, taken while the server serves, and their way back
//! into an empty installation. Needs no application: it must work before one can be built.
//!
//! The archive is a tar in gzip, which any machine opens, for recipients encrypted by the program `age` (Debian has it;
//! its library would bring sixty packages along for two calls, and the private key stays out of this process). First the
//! snapshot of the database, then the files: contents are stored before the rows that name them, never change, and are
//! not removed meanwhile ([`Storage::hold`](crate::platform::storage::Storage::hold)), so what a row names is there.

mod archive;
mod bucket;
mod keep;
mod manifest;
pub mod record;
mod restore;
mod take;

pub use bucket::fetch;
pub use keep::{Keep, surplus};
pub use manifest::Manifest;
pub use restore::{How, Restored, restore};
pub use take::{Taken, Target, take};
