//! One file at a time for each person: a file of everything reads everything.

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};

/// Who is taking a file right now.
#[derive(Clone, Debug, Default)]
pub struct Exports(Arc<Mutex<HashSet<i64>>>);

/// As long as it lives, its person takes no other file.
#[derive(Debug)]
pub struct Turn {
    of: i64,
    all: Exports,
}

impl Exports {
    /// The turn of the account `of`; `None` while it has one already.
    pub fn turn(&self, of: i64) -> Option<Turn> {
        let is_first = self.0.lock().unwrap_or_else(PoisonError::into_inner).insert(of);
        is_first.then(|| Turn { of, all: self.clone() })
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.all.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&self.of);
    }
}
