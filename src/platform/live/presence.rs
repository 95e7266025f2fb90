//! Whose browser is connected: open live streams, counted in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

/// Open streams by account.
#[derive(Clone, Default)]
pub struct Presence {
    streams: Arc<Mutex<HashMap<i64, usize>>>,
}

/// Counts one open stream for as long as it lives.
pub struct Connected {
    presence: Presence,
    account_id: i64,
}

impl Presence {
    /// Counts a stream of `account_id`.
    pub fn connect(&self, account_id: i64) -> Connected {
        *self.lock().entry(account_id).or_default() += 1;
        Connected { presence: self.clone(), account_id }
    }

    /// Accounts with at least one open stream.
    pub fn connected(&self) -> Vec<i64> {
        self.lock().keys().copied().collect()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<i64, usize>> {
        self.streams.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Connected {
    fn drop(&mut self) {
        let mut streams = self.presence.lock();
        if let Some(count) = streams.get_mut(&self.account_id) {
            *count -= 1;
            if *count == 0 {
                streams.remove(&self.account_id);
            }
        }
    }
}
