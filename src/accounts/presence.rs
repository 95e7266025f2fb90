//! Whose browser is connected. Open live streams are counted in memory; the database learns of them every few
//! seconds, and an operator of whom no process has heard for a minute becomes «Оффлайн».

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use chrono::Duration;

use super::queries;
use crate::app::App;
use crate::domain::person::WorkStatus;
use crate::error::AppError;

/// How often the database hears who is connected.
pub const REPORT_EVERY: std::time::Duration = std::time::Duration::from_secs(15);
/// An operator unheard for this long has lost the connection.
const GRACE: Duration = Duration::seconds(60);

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

/// Reports who is connected here and sends those offline whom nobody hears any more.
pub fn report(app: &App) -> Result<(), AppError> {
    let connected = app.presence.connected();
    let now = app.clock.now();
    if !connected.is_empty() {
        app.db.write_now(|tx| Ok(queries::mark_seen(tx.db, &connected, now)?))?;
    }
    let silent = app.db.read_now(|db| Ok(queries::silent_operators(db, now - GRACE)?))?;
    if silent.is_empty() {
        return Ok(());
    }
    app.db.write_now(|tx| {
        for account_id in queries::silent_operators(tx.db, now - GRACE)? {
            queries::set_work_status(tx, account_id, WorkStatus::Offline, None, now)?;
            tracing::info!(
                account.id = account_id,
                "operator {account_id} went offline: no connection for a minute"
            );
        }
        Ok(())
    })
}
