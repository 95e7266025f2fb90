//! Changing an order: from the dialog, from its page, by a status button. One way for all of them.
//!
//! What was sent ([`sent`]) is compared with what its sender had seen and with what the order is now ([`merge`]);
//! the account decides what may be changed ([`field`]); every value is checked ([`target`]) and the whole obeys the
//! rules of statuses ([`rules`]). Then all of it is written in one transaction, or nothing ([`save`]). The rules in
//! prose: `docs/orders.md`.

pub mod delete;
pub mod field;
pub mod fields;
pub mod merge;
pub mod routes;
pub mod rules;
pub mod save;
pub mod submitted;
pub mod undo;
pub mod words;

use std::collections::BTreeMap;

pub use field::Field;

/// What is wrong, by field.
pub type Errors = BTreeMap<Field, String>;
