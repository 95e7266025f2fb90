//! The journal of what people did that others may have to answer for (table `audit_log`). Secrets never go in.

use crate::domain::id::AccountId;

pub mod queries;

pub use queries::{delete_old, record};

/// Lines are kept as long as that: three years.
pub const KEEP: chrono::Duration = chrono::Duration::days(3 * 365);

/// One line of the journal.
pub struct Entry<'a> {
    /// Who did it, or on whose account it was done.
    pub by: AccountId,
    /// What was done, as `thing.verb`: `employee.dismiss`.
    pub action: &'static str,
    /// To whom or what, as people call it.
    pub subject: &'a str,
    /// Particulars for a reader; may be empty.
    pub detail: &'a str,
}
