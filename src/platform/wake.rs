//! Wakes work of this process that otherwise looks by itself every so often.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDateTime;
use tokio::runtime::Handle;
use tokio::sync::Notify;

/// A bell for one piece of work, and its turn: one at a time in this process.
#[derive(Default)]
pub struct Wake {
    bell: Notify,
    /// Held during a turn.
    pub turn: Mutex<()>,
    /// What is left alone for a while, and until when.
    rests: Mutex<HashMap<String, NaiveDateTime>>,
}

impl Wake {
    /// There is something to do.
    pub fn wake(&self) {
        self.bell.notify_one();
    }

    /// Returns when there is.
    pub async fn woken(&self) {
        self.bell.notified().await;
    }

    /// True while `what` is to be left alone.
    pub fn is_resting(&self, what: &str, now: NaiveDateTime) -> bool {
        self.rests().get(what).is_some_and(|until| *until > now)
    }

    /// Leaves `what` alone until then.
    pub fn rest(&self, what: String, until: NaiveDateTime) {
        self.rests().insert(what, until);
    }

    fn rests(&self) -> MutexGuard<'_, HashMap<String, NaiveDateTime>> {
        self.rests.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Starts work that goes on beside everything else on a thread of its own: what it waits for need not travel between
/// threads, and nobody waits for it at the end of the process. Called on the runtime, which carries its timers.
pub fn on_thread<F: Future<Output = ()>>(name: &'static str, work: impl FnOnce() -> F + Send + 'static) {
    let runtime = Handle::current();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || runtime.block_on(work()));
    if let Err(error) = started {
        tracing::error!(%error, name, "work could not be started");
    }
}
