//! The durable inbox: a notification is answered once it is stored, and only then. Nothing that happens
//! afterwards, a crash included, can lose it.
//!
//! Notifications that arrive together share one transaction: the disk is asked once for all of them, and a
//! burst of calls costs one connection of the pool.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::NaiveDateTime;
use tokio::sync::{Notify, oneshot};

use super::queries::{self, NewEvent};
use super::wire;
use crate::domain::clock::Clock;
use crate::platform::db::Database;
use crate::platform::error::AppError;
use crate::platform::secret::to_hex;

/// Most notifications in one transaction.
const TOGETHER: usize = 256;
/// Most notifications that wait while the database does not answer.
const MAX_WAITING: usize = 8192;
/// How long the telephony waits for our word at most.
const ANSWER_WITHIN: Duration = Duration::from_secs(8);
/// Longest path that is kept, in characters; longer ones are nobody's.
const PATH_KEPT: usize = 200;

/// What the processes' handlers and its worker share.
pub struct Inbox {
    db: Database,
    clock: Clock,
    /// Wakes the worker.
    wake: Notify,
    /// Wakes whoever fetches recordings.
    recordings: Notify,
    queue: Mutex<Queue>,
    /// Held while this process folds: one turn at a time.
    pub turn: Mutex<()>,
    refused: Mutex<Refused>,
}

#[derive(Default)]
struct Queue {
    waiting: Vec<Waiting>,
    is_being_written: bool,
}

struct Waiting {
    event: NewEvent,
    /// Hears whether the event is stored.
    stored: oneshot::Sender<bool>,
}

/// Notifications refused since it was last written down.
#[derive(Clone, Copy, Default)]
pub(crate) struct Refused {
    pub count: i64,
    pub last_at: Option<NaiveDateTime>,
}

impl Inbox {
    /// An empty queue in front of `db`.
    pub fn new(db: Database, clock: Clock) -> Self {
        Self {
            db,
            clock,
            wake: Notify::new(),
            recordings: Notify::new(),
            queue: Mutex::default(),
            turn: Mutex::default(),
            refused: Mutex::default(),
        }
    }

    /// Stores a notification whose signature was right; `json` is the text that was signed. The same one again
    /// changes nothing. Returns when the database has it for good.
    ///
    /// # Errors
    /// `Unavailable` when it is not stored, so that the telephony repeats it.
    pub async fn store(self: &Arc<Self>, path: &str, json: &str) -> Result<(), AppError> {
        let (stored, is_stored) = oneshot::channel();
        let event = new_event(path, json, self.clock.now());
        let is_first = {
            let mut queue = lock(&self.queue);
            if queue.waiting.len() >= MAX_WAITING {
                return Err(AppError::Unavailable("too many notifications wait for the database".into()));
            }
            queue.waiting.push(Waiting { event, stored });
            !std::mem::replace(&mut queue.is_being_written, true)
        };
        if is_first {
            let this = self.clone();
            tokio::task::spawn_blocking(move || this.write_queue());
        }
        // Told again by the telephony it is the same event, so one that is stored after all does no harm.
        match tokio::time::timeout(ANSWER_WITHIN, is_stored).await {
            Ok(Ok(true)) => Ok(()),
            Ok(Ok(false) | Err(_)) | Err(_) => {
                Err(AppError::Unavailable("the notification could not be stored".into()))
            }
        }
    }

    /// Writes what waits, and what comes to wait meanwhile, until nothing does.
    fn write_queue(&self) {
        let _handed_over = HandOver(self);
        loop {
            let mut batch = {
                let mut queue = lock(&self.queue);
                if queue.waiting.is_empty() {
                    queue.is_being_written = false;
                    return;
                }
                let together = queue.waiting.len().min(TOGETHER);
                let rest = queue.waiting.split_off(together);
                std::mem::replace(&mut queue.waiting, rest)
            };
            let events: Vec<NewEvent> = batch.iter_mut().map(|w| std::mem::take(&mut w.event)).collect();
            let outcome = self.db.write_now(|tx| Ok(queries::insert_new(tx.db, &events)?));
            if let Err(error) = &outcome {
                tracing::error!(%error, events = events.len(), "notifications of the telephony could not be stored");
            }
            for waiting in batch {
                // Nobody hears it when the connection has gone meanwhile.
                let _ = waiting.stored.send(outcome.is_ok());
            }
            self.wake();
        }
    }

    /// Tells the worker that there is something to do.
    pub fn wake(&self) {
        self.wake.notify_one();
    }

    /// Says that a recording may have been told of.
    pub fn tell_of_recordings(&self) {
        self.recordings.notify_one();
    }

    pub(crate) async fn told_of_recordings(&self) {
        self.recordings.notified().await;
    }

    pub(crate) async fn woken(&self) {
        self.wake.notified().await;
    }

    /// Counts a refused notification. Only in memory: strangers must not be able to make us write.
    pub fn count_refused(&self, now: NaiveDateTime) {
        let mut refused = lock(&self.refused);
        refused.count += 1;
        refused.last_at = Some(now);
    }

    pub(crate) fn take_refused(&self) -> Refused {
        std::mem::take(&mut *lock(&self.refused))
    }

    pub(crate) fn give_back_refused(&self, taken: Refused) {
        let mut refused = lock(&self.refused);
        refused.count += taken.count;
        refused.last_at = refused.last_at.max(taken.last_at);
    }
}

/// Lets the next notification write should the writer panic; whoever waited is told that nothing is stored.
struct HandOver<'a>(&'a Inbox);

impl Drop for HandOver<'_> {
    fn drop(&mut self) {
        if std::thread::panicking() {
            *lock(&self.0.queue) = Queue::default();
        }
    }
}

fn new_event(path: &str, json: &str, received_at: NaiveDateTime) -> NewEvent {
    use sha2::{Digest, Sha256};
    let key = Sha256::new().chain_update(path).chain_update("\n").chain_update(json).finalize();
    // PostgreSQL cannot store the character itself; inside a JSON string its escape means the same.
    let body = json.replace('\0', "\\u0000");
    let entry_id = wire::parse(path, &body).ok().and_then(|event| event.entry_id().map(str::to_owned));
    NewEvent {
        id: None,
        event_key: to_hex(&key),
        path: path.replace('\0', "\u{fffd}").chars().take(PATH_KEPT).collect(),
        body,
        entry_id,
        received_at,
    }
}

/// A panic elsewhere leaves these values whole: each is changed in one step.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
