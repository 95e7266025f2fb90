//! One file at a time for each person: a file of everything reads everything.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::AccountId;

/// Who is taking a file right now.
#[derive(Clone, Debug, Default)]
pub struct Exports(Arc<Mutex<HashSet<AccountId>>>);

/// As long as it lives, its person takes no other file.
#[derive(Debug)]
pub struct Turn {
    of: AccountId,
    all: Exports,
}

impl Exports {
    /// The turn of the account `of`; `None` while it has one already.
    pub fn turn(&self, of: AccountId) -> Option<Turn> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(of);
        is_first.then(|| Turn { of, all: self.clone() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.of);
    }
}
