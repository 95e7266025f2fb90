//! One process's crossing of live events: gives each the next mark, keeps the last ones for browsers that come
//! back, and hands them to every open stream.

use std::collections::VecDeque;
use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::broadcast;

use super::Event;

/// How many events a returning browser can catch up on; older ones mean "read everything again".
const REMEMBERED: usize = 1024;

/// An event with its place in the order of this process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Marked {
    /// Counts from 1 since the process started.
    pub number: u64,
    /// What happened; `None` asks everybody to read everything again.
    pub event: Option<Event>,
}

/// The crossing. Clones share it.
#[derive(Clone)]
pub struct Hub {
    shared: Arc<Shared>,
}

struct Shared {
    /// Tells a browser that its mark comes from another life of the server.
    boot: String,
    sender: broadcast::Sender<Marked>,
    recent: Mutex<Recent>,
}

#[derive(Default)]
struct Recent {
    last: u64,
    events: VecDeque<Marked>,
}

/// What a browser that comes back has missed.
#[derive(Debug, PartialEq, Eq)]
pub enum Heard {
    /// Exactly these.
    Missed(Vec<Marked>),
    /// Too much or unknown: read everything again.
    Everything,
}

impl Default for Hub {
    fn default() -> Self {
        let boot = uuid::Uuid::new_v4().simple().to_string()[..8].to_owned();
        Self {
            shared: Arc::new(Shared {
                boot,
                sender: broadcast::channel(REMEMBERED).0,
                recent: Mutex::default(),
            }),
        }
    }
}

impl Hub {
    /// Tells every open stream.
    pub fn tell(&self, event: Event) {
        self.push(Some(event));
    }

    /// Asks every browser to read everything again.
    pub fn tell_resync(&self) {
        self.push(None);
    }

    /// Starts to listen; to be called before [`Hub::since`], so that nothing falls between.
    pub fn listen(&self) -> broadcast::Receiver<Marked> {
        self.shared.sender.subscribe()
    }

    /// The mark of the newest event, `boot:number`.
    pub fn mark(&self) -> String {
        let last = self.shared.recent.lock().unwrap_or_else(PoisonError::into_inner).last;
        self.mark_of(last)
    }

    /// The mark of event `number`.
    pub fn mark_of(&self, number: u64) -> String {
        format!("{}:{number}", self.shared.boot)
    }

    /// What came after `mark`.
    pub fn since(&self, mark: &str) -> Heard {
        let Some(seen) = mark
            .split_once(':')
            .filter(|(boot, _)| *boot == self.shared.boot)
            .and_then(|(_, number)| number.parse::<u64>().ok())
        else {
            return Heard::Everything;
        };
        let recent = self.shared.recent.lock().unwrap_or_else(PoisonError::into_inner);
        let oldest = recent.events.front().map_or(recent.last + 1, |m| m.number);
        if seen > recent.last || seen + 1 < oldest {
            return Heard::Everything;
        }
        Heard::Missed(recent.events.iter().filter(|m| m.number > seen).copied().collect())
    }

    /// True when nobody but the caller holds the hub: the application it belonged to is gone.
    pub fn is_abandoned(&self) -> bool {
        Arc::strong_count(&self.shared) == 1
    }

    fn push(&self, event: Option<Event>) {
        let mut recent = self.shared.recent.lock().unwrap_or_else(PoisonError::into_inner);
        recent.last += 1;
        let marked = Marked { number: recent.last, event };
        if recent.events.len() == REMEMBERED {
            recent.events.pop_front();
        }
        recent.events.push_back(marked);
        // Sent under the lock, so that streams hear the order of the marks. No listener is no error.
        let _ = self.shared.sender.send(marked);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{CallId, OrderId};

    #[test]
    fn a_browser_that_returns_hears_exactly_what_it_missed() {
        let hub = Hub::default();
        hub.tell(Event::Call(CallId(1)));
        let mark = hub.mark();
        hub.tell(Event::Call(CallId(2)));
        let missed = Heard::Missed(vec![Marked { number: 2, event: Some(Event::Call(CallId(2))) }]);
        assert_eq!(hub.since(&mark), missed);
        assert_eq!(hub.since(&hub.mark()), Heard::Missed(vec![]));
    }

    #[test]
    fn a_mark_of_another_life_or_too_old_means_everything() {
        let hub = Hub::default();
        assert_eq!(hub.since("elsewhere:1"), Heard::Everything);
        assert_eq!(hub.since("nonsense"), Heard::Everything);
        let start = hub.mark();
        for id in 0..=REMEMBERED as i64 {
            hub.tell(Event::Order(OrderId(id)));
        }
        assert_eq!(hub.since(&start), Heard::Everything);
    }
}
