//! What a process remembers of the database for some seconds: small tables that every page reads, and who is asking.
//!
//! Something remembered is dropped at once when an announcement touches it, in every process, and never outlives
//! [`KEPT_FOR`]. A process that does not hear announcements remembers nothing. Only reads are answered from it
//! ([`super::Database::read`]); a writing transaction sees the tables themselves.

use std::any::{Any, TypeId};
use std::cell::RefCell;
use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use super::Db;
use crate::platform::live::Event;

/// The longest that something is remembered: what was changed without an announcement (by hand, in SQL) shows then.
const KEPT_FOR: Duration = Duration::from_secs(5);
/// More than this is not remembered: a few things of each person at work.
const MOST: usize = 4096;

/// Something that may be remembered.
pub trait Kept: Clone + Send + Sync + 'static {
    /// Whether `event` says that it may have changed.
    fn is_touched_by(event: Event) -> bool;
}

/// The memory of one process.
#[derive(Default)]
pub struct Memory(Mutex<Inside>);

#[derive(Default)]
struct Inside {
    /// Announcements reach this process.
    is_hearing: bool,
    /// Counts announcements: what was read before one is not remembered after it.
    age: u64,
    kept: HashMap<(TypeId, String), Thing>,
}

struct Thing {
    value: Box<dyn Any + Send>,
    read_at: Instant,
    is_touched_by: fn(Event) -> bool,
}

thread_local! {
    /// The memory of the process whose reading closure runs on this thread.
    static HERE: RefCell<Option<Arc<Memory>>> = const { RefCell::new(None) };
}

/// What `read` gives, from memory when it is remembered there under `key`; `read` runs otherwise, and always in a
/// writing transaction.
pub fn kept<T: Kept, E>(db: &mut Db, key: &str, read: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E> {
    let Some(memory) = HERE.with_borrow(Clone::clone) else { return read(db) };
    if let Some(value) = memory.recall::<T>(key) {
        return Ok(value);
    }
    let age = memory.inside().age;
    let value = read(db)?;
    memory.keep(key, value.clone(), age);
    Ok(value)
}

/// [`kept`] for what an admin keeps in lists, under the name of the list: it may change with [`Event::Lists`] only.
pub fn kept_list<T, E>(db: &mut Db, name: &str, read: impl FnOnce(&mut Db) -> Result<T, E>) -> Result<T, E>
where
    T: Clone + Send + Sync + 'static,
{
    kept(db, name, |db| read(db).map(List)).map(|list| list.0)
}

#[derive(Clone)]
struct List<T>(T);

impl<T: Clone + Send + Sync + 'static> Kept for List<T> {
    fn is_touched_by(event: Event) -> bool {
        event == Event::Lists
    }
}

impl Memory {
    /// What is remembered under `key`.
    pub fn recall<T: Kept>(&self, key: &str) -> Option<T> {
        let inside = self.inside();
        let thing = inside.kept.get(&(TypeId::of::<T>(), key.to_owned()))?;
        if thing.read_at.elapsed() > KEPT_FOR {
            return None;
        }
        thing.value.downcast_ref::<T>().cloned()
    }

    fn keep<T: Kept>(&self, key: &str, value: T, age: u64) {
        let mut inside = self.inside();
        if !inside.is_hearing || inside.age != age {
            return;
        }
        if inside.kept.len() >= MOST {
            inside.kept.retain(|_, thing| thing.read_at.elapsed() <= KEPT_FOR);
        }
        if inside.kept.len() < MOST {
            let thing =
                Thing { value: Box::new(value), read_at: Instant::now(), is_touched_by: T::is_touched_by };
            inside.kept.insert((TypeId::of::<T>(), key.to_owned()), thing);
        }
    }

    /// Drops what `event` touches.
    pub(super) fn hear(&self, event: Event) {
        let mut inside = self.inside();
        inside.age += 1;
        inside.kept.retain(|_, thing| !(thing.is_touched_by)(event));
    }

    pub(super) fn forget(&self) {
        let mut inside = self.inside();
        inside.age += 1;
        inside.kept.clear();
    }

    /// Drops everything; from now on announcements reach this process, or they do not.
    pub(super) fn start_over(&self, is_hearing: bool) {
        let mut inside = self.inside();
        inside.is_hearing = is_hearing;
        inside.age += 1;
        inside.kept.clear();
    }

    /// A panic elsewhere leaves it whole: each change is one step.
    fn inside(&self) -> MutexGuard<'_, Inside> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// While it lives, [`kept`] on this thread remembers in `memory`, or nowhere.
pub(super) struct Scope(Option<Arc<Memory>>);

impl Scope {
    pub(super) fn of(memory: Option<&Arc<Memory>>) -> Self {
        Self(HERE.replace(memory.cloned()))
    }
}

impl Drop for Scope {
    fn drop(&mut self) {
        HERE.set(self.0.take());
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::OrderId;
    use crate::platform::db::Database;

    #[derive(Clone, Debug, PartialEq)]
    struct Lists(i64);

    impl Kept for Lists {
        fn is_touched_by(event: Event) -> bool {
            event == Event::Lists
        }
    }

    /// A database whose memory hears announcements, and a reading of lists that gives `now`.
    struct Desk {
        database: Database,
        _folder: tempfile::TempDir,
    }

    impl Desk {
        fn new() -> Self {
            let folder = tempfile::tempdir().expect("a folder");
            let url = format!("sqlite://{}", folder.path().join("x.db").display());
            let database = Database::open(&url, 1).expect("a database");
            Self { database, _folder: folder }
        }

        fn hearing() -> Self {
            let desk = Self::new();
            desk.database.memory.start_over(true);
            desk
        }

        fn read(&self, now: i64) -> i64 {
            let read = |db: &mut Db| kept(db, "", |_| Ok::<_, crate::platform::error::AppError>(Lists(now)));
            self.database.read_now(read).expect("read").0
        }
    }

    #[test]
    fn what_was_read_is_remembered_until_an_announcement_touches_it() {
        let desk = Desk::hearing();
        assert_eq!((desk.read(1), desk.read(2)), (1, 1));
        desk.database.memory.hear(Event::Order(OrderId(7)));
        assert_eq!(desk.read(3), 1, "an order is no list");
        desk.database.memory.hear(Event::Lists);
        assert_eq!((desk.read(4), desk.read(5)), (4, 4));
        desk.database.memory.start_over(true);
        assert_eq!(desk.read(6), 6, "everything is to be read again");
    }

    #[test]
    fn what_was_read_before_an_announcement_is_not_remembered_after_it() {
        let desk = Desk::hearing();
        let memory = desk.database.memory.clone();
        let read = |db: &mut Db| {
            kept(db, "", |_| {
                memory.hear(Event::Lists);
                Ok::<_, crate::platform::error::AppError>(Lists(1))
            })
        };
        assert_eq!(desk.database.read_now(read).expect("read"), Lists(1));
        assert_eq!(desk.read(2), 2);
    }

    #[test]
    fn whoever_hears_no_announcements_remembers_nothing() {
        let desk = Desk::new();
        assert_eq!((desk.read(1), desk.read(2)), (1, 2));
    }

    #[test]
    fn a_writing_transaction_reads_the_tables_and_what_it_announced_is_dropped() {
        let desk = Desk::hearing();
        assert_eq!(desk.read(1), 1);
        let written = desk.database.write_now(|tx| {
            let seen = kept(tx.db, "", |_| Ok::<_, crate::platform::error::AppError>(Lists(2)))?;
            tx.announce(Event::Lists);
            Ok(seen)
        });
        assert_eq!(written.expect("written"), Lists(2));
        assert_eq!(desk.read(3), 3);
    }
}
