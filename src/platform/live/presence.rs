//! Whose browser is connected: open live streams, counted in memory.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::AccountId;

/// Open streams by account.
#[derive(Clone, Default)]
pub struct Presence {
    streams: Arc<Mutex<HashMap<AccountId, usize>>>,
}

/// Counts one open stream for as long as it lives.
pub struct Connected {
    presence: Presence,
    account_id: AccountId,
}

impl Presence {
    /// Counts a stream of `account_id`.
    pub fn connect(&self, account_id: AccountId) -> Connected {
        *self.lock().entry(account_id).or_default() += 1;
        Connected { presence: self.clone(), account_id }
    }

    /// Accounts with at least one open stream.
    pub fn connected(&self) -> Vec<AccountId> {
        self.lock().keys().copied().collect()
    }

    /// Open streams of everybody.
    pub fn streams(&self) -> usize {
        self.lock().values().sum()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, HashMap<AccountId, usize>> {
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
