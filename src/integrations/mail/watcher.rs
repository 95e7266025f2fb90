//! What handlers and the thread that watches the mailbox share: wishes, whose turn it is, where to sleep.

use std::sync::{Condvar, Mutex, PoisonError};
use std::time::{Duration, Instant};

use tokio::runtime::Handle;
use tokio::sync::watch;

/// What handlers and the watching thread share.
pub struct Watcher {
    /// Names this process in the lease of the mailbox.
    pub owner: String,
    runtime: Mutex<Option<Handle>>,
    /// Something has changed: settings, or the wish for a look.
    asked: Mutex<bool>,
    wake: Condvar,
    /// One look at a time in this process.
    pub turn: Mutex<()>,
}

impl Default for Watcher {
    fn default() -> Self {
        Self {
            owner: uuid::Uuid::new_v4().simple().to_string(),
            runtime: Mutex::default(),
            asked: Mutex::default(),
            wake: Condvar::new(),
            turn: Mutex::default(),
        }
    }
}

impl Watcher {
    /// Has the watcher read its settings anew and look at once.
    pub fn wake(&self) {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner) = true;
        self.wake.notify_all();
    }

    /// Remembers the runtime it is called on, for [`Self::runtime`].
    pub fn remember_runtime(&self) {
        *self.runtime.lock().unwrap_or_else(PoisonError::into_inner) = Handle::try_current().ok();
    }

    /// Where what is asynchronous runs.
    pub fn runtime(&self) -> Handle {
        let kept = self.runtime.lock().unwrap_or_else(PoisonError::into_inner).clone();
        kept.unwrap_or_else(Handle::current)
    }

    /// Something is asked.
    pub fn is_asked(&self) -> bool {
        *self.asked.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Hears what was asked, so that it is asked no more.
    pub fn take_asked(&self) -> bool {
        std::mem::take(&mut *self.asked.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// Sleeps, unless something is asked or `stop` turns true.
    pub fn sleep(&self, stop: &watch::Sender<bool>, time: Duration) {
        const STEP: Duration = Duration::from_millis(500);
        let until = Instant::now() + time;
        while Instant::now() < until && !self.is_asked() && !*stop.borrow() {
            let asked = self.asked.lock().unwrap_or_else(PoisonError::into_inner);
            let left = until.saturating_duration_since(Instant::now()).min(STEP);
            let _ = self.wake.wait_timeout(asked, left);
        }
    }
}
