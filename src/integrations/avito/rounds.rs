//! Work that goes over several accounts in this process: how far it is.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// Rounds that go on, by their names.
#[derive(Clone, Default)]
pub struct Rounds(Arc<Mutex<HashMap<&'static str, (usize, usize)>>>);

/// A round that goes on until it is dropped.
pub struct Turn {
    name: &'static str,
    rounds: Rounds,
}

impl Rounds {
    /// Begins a round over `total` accounts; `None` while one of this name goes on.
    pub fn begin(&self, name: &'static str, total: usize) -> Option<Turn> {
        let mut going = self.lock();
        if going.contains_key(name) {
            return None;
        }
        going.insert(name, (0, total));
        Some(Turn { name, rounds: self.clone() })
    }

    /// Done and total of a round that goes on.
    pub fn progress(&self, name: &str) -> Option<(usize, usize)> {
        self.lock().get(name).copied()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<&'static str, (usize, usize)>> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Turn {
    /// One more is done.
    pub fn step(&self) {
        if let Some((done, _)) = self.rounds.lock().get_mut(self.name) {
            *done += 1;
        }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        self.rounds.lock().remove(self.name);
    }
}
