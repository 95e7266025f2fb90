//! Wakes work of this process that otherwise looks by itself every so often.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};

use chrono::NaiveDateTime;
use tokio::runtime::Handle;
use tokio::sync::{Notify, oneshot};

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
/// threads. Called on the runtime, which carries its timers: whoever ends the runtime waits for the work before, or the
/// work finds its timers gone and panics.
pub fn on_thread<F: Future<Output = ()>>(
    name: &'static str,
    work: impl FnOnce() -> F + Send + 'static,
) -> OnThread {
    let (ended, end) = oneshot::channel();
    let runtime = Handle::current();
    let started = std::thread::Builder::new().name(name.to_owned()).spawn(move || {
        runtime.block_on(work());
        // Nobody may wait for it.
        let _ = ended.send(());
    });
    if let Err(error) = started {
        tracing::error!(%error, name, "work could not be started");
    }
    OnThread(end)
}

/// Work on a thread of its own.
#[must_use = "a stop waits for the work"]
pub struct OnThread(oneshot::Receiver<()>);

impl OnThread {
    /// Returns when the work has ended, well or not.
    pub async fn ended(self) {
        let _ = self.0.await;
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Arc;
    use std::sync::atomic::{AtomicBool, Ordering};

    use super::*;

    #[tokio::test]
    async fn a_stop_waits_for_work_on_a_thread_and_for_what_that_waits_for() {
        let (wake, is_done) = (Arc::new(Wake::default()), Arc::new(AtomicBool::new(false)));
        let (theirs, done) = (wake.clone(), is_done.clone());
        let work = on_thread("a test", move || async move {
            theirs.woken().await;
            // What a turn of the real work does: the stop comes while the database is asked.
            let turn = tokio::task::spawn_blocking(move || done.store(true, Ordering::Relaxed));
            turn.await.expect("a turn");
        });
        wake.wake();
        work.ended().await;
        assert!(is_done.load(Ordering::Relaxed));
    }
}
