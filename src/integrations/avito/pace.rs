//! How often an account may ask what (docs/avito-api.md 14), how long not at all after a complaint, and the rest it takes
//! when nothing gets through.

use std::collections::HashMap;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use chrono::{NaiveDateTime, TimeDelta};

use super::error::ApiError;
use crate::domain::clock::Clock;

/// What has a limit of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Group {
    /// A new token: one a minute, and one more when it is refused at once.
    Token,
    /// The account and its wallet.
    Account,
    /// The advance: one a minute.
    Advance,
    /// The list of ads: 25.
    Items,
    /// Figures by day: 10.
    StatsByDay,
    /// Analytics of the profile: one a minute.
    Analytics,
    /// Reading chats and messages: 60.
    Read,
    /// Sending and deleting: 20.
    Send,
    /// Addresses for deliveries: 10.
    Hooks,
    /// Rating and reviews: 10.
    Ratings,
    /// What is set for many ads at once: 400.
    Promotions,
    /// What may be set for an ad: 20.
    Bids,
    /// Setting a bid: 20.
    SetBid,
    /// Pictures and voice: 240, from another host.
    Media,
}

impl Group {
    /// Requests a minute.
    fn a_minute(self) -> u32 {
        match self {
            Self::Token | Self::Advance | Self::Analytics => 1,
            Self::Account | Self::Read => 60,
            Self::Items => 25,
            Self::StatsByDay | Self::Hooks | Self::Ratings => 10,
            Self::Send | Self::Bids | Self::SetBid => 20,
            Self::Promotions => 400,
            Self::Media => 240,
        }
    }

    /// Requests that may come at once; the minute's number is kept all the same.
    fn at_once(self) -> u32 {
        match self {
            Self::Token => 2,
            // Another address is a list, an end and a beginning, for which somebody waits.
            Self::Hooks => 5,
            _ => (self.a_minute() / 4).clamp(1, 15),
        }
    }
}

/// Longest wait for a turn; who would wait longer is told so.
const PATIENCE: TimeDelta = TimeDelta::seconds(8);
/// How long nothing is asked after «no subscription».
const UNPAID: TimeDelta = TimeDelta::minutes(15);
/// Failures of the way in a row after which the account rests.
const FAILURES: u32 = 4;
/// First rest; doubles up to [`LONGEST_REST`].
const FIRST_REST: TimeDelta = TimeDelta::seconds(15);
const LONGEST_REST: TimeDelta = TimeDelta::minutes(5);
/// How long others wait for the request that tries whether the rest is over.
const TRIAL: TimeDelta = TimeDelta::seconds(35);

/// Limits, pauses and rests of one account in one process.
#[derive(Default)]
pub struct Pace(Mutex<State>);

#[derive(Default)]
struct State {
    /// When the next request of a group would be on time.
    due: HashMap<Group, NaiveDateTime>,
    /// Until when a group is silent, and why, when that is worth saying.
    silent: HashMap<Group, (NaiveDateTime, String)>,
    failures: u32,
    rest: Option<Rest>,
}

struct Rest {
    until: NaiveDateTime,
    lasts: TimeDelta,
    words: String,
}

impl Pace {
    /// Waits for a turn of `group`.
    ///
    /// # Errors
    /// When the turn is too far away, or the account rests.
    pub async fn wait(&self, group: Group, clock: &Clock) -> Result<(), ApiError> {
        let for_so_long = self.take(group, clock.now())?;
        if for_so_long > TimeDelta::zero() {
            let jitter = Duration::from_millis(rand::random_range(0..50));
            tokio::time::sleep(for_so_long.to_std().unwrap_or_default() + jitter).await;
        }
        Ok(())
    }

    /// Takes the next turn and tells how far away it is.
    fn take(&self, group: Group, now: NaiveDateTime) -> Result<TimeDelta, ApiError> {
        let mut state = self.lock();
        if let Some(rest) = &mut state.rest {
            if now < rest.until {
                let left = seconds(rest.until - now);
                return Err(ApiError::Resting(left, rest.words.clone()));
            }
            // One request tries whether it goes again, the others wait for it; should it be given up, another tries.
            rest.until = now + TRIAL;
        }
        if let Some((until, why)) = state.silent.get(&group).filter(|(until, _)| now < *until) {
            let left = seconds(*until - now);
            let is_said = !why.is_empty();
            return Err(if is_said { ApiError::Resting(left, why.clone()) } else { ApiError::Waiting(left) });
        }
        let step = TimeDelta::milliseconds(60_000 / i64::from(group.a_minute()));
        let ahead = step * i32::try_from(group.at_once() - 1).unwrap_or_default();
        let due = state.due.get(&group).copied().unwrap_or(now).max(now);
        let wait = due - now - ahead;
        if wait > PATIENCE {
            return Err(ApiError::Waiting(seconds(wait)));
        }
        state.due.insert(group, due + step);
        Ok(wait.max(TimeDelta::zero()))
    }

    /// Hears how a request went.
    pub fn note(&self, group: Group, outcome: Result<(), &ApiError>, now: NaiveDateTime) {
        let mut state = self.lock();
        match outcome {
            Err(ApiError::TooMany(pause)) => {
                let jitter = rand::random_range(0..=*pause / 10);
                let pause = TimeDelta::seconds(i64::try_from(pause + jitter).unwrap_or(60));
                state.silent.insert(group, (now + pause, String::new()));
            }
            Err(error @ ApiError::NoSubscription) => {
                state.silent.insert(group, (now + UNPAID, error.words()));
            }
            _ => {}
        }
        match outcome {
            Err(error) if error.is_of_the_way() => {
                state.failures += 1;
                let before = state.rest.take();
                if state.failures >= FAILURES || before.is_some() {
                    let lasts = before.map_or(FIRST_REST, |rest| (rest.lasts * 2).min(LONGEST_REST));
                    let rest = Rest { until: now + lasts, lasts, words: error.words() };
                    state.rest = Some(rest);
                }
            }
            // Nothing was asked.
            Err(ApiError::Waiting(_) | ApiError::Resting(..) | ApiError::NoDatabase) => {}
            // An answer, good or bad: the way is open.
            _ => {
                state.failures = 0;
                state.rest = None;
            }
        }
    }

    /// Ends the rest, not the pauses.
    pub fn end_rest(&self) {
        let mut state = self.lock();
        state.failures = 0;
        state.rest = None;
    }

    /// Forgets pauses and rests: somebody who has just changed the settings wants to know at once.
    pub fn forget(&self) {
        *self.lock() = State::default();
    }

    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn seconds(left: TimeDelta) -> u64 {
    u64::try_from(left.num_milliseconds()).unwrap_or_default().div_ceil(1000).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::integrations::avito::proxy::Fault;

    fn noon() -> NaiveDateTime {
        "2026-11-22T09:00:00".parse().expect("a moment")
    }

    #[test]
    fn a_minute_holds_what_avito_allows_and_no_more() {
        let pace = Pace::default();
        let mut let_through = 0;
        for second in 0..60 {
            for _ in 0..4 {
                let taken = pace.take(Group::Send, noon() + TimeDelta::seconds(second));
                let_through += u32::from(taken == Ok(TimeDelta::zero()));
            }
        }
        assert!(let_through <= 24, "{let_through}");
        assert_eq!(pace.take(Group::Analytics, noon()), Ok(TimeDelta::zero()));
        assert_eq!(pace.take(Group::Analytics, noon()), Err(ApiError::Waiting(60)));
        assert_eq!(pace.take(Group::Read, noon()), Ok(TimeDelta::zero()), "each group has its own");
    }

    #[test]
    fn a_complaint_silences_its_group_only() {
        let pace = Pace::default();
        pace.note(Group::Read, Err(&ApiError::TooMany(40)), noon());
        assert!(matches!(pace.take(Group::Read, noon()), Err(ApiError::Waiting(40..=44))));
        assert!(pace.take(Group::Send, noon()).is_ok());
        assert!(pace.take(Group::Read, noon() + TimeDelta::seconds(45)).is_ok());
        pace.note(Group::Read, Err(&ApiError::NoSubscription), noon());
        let unpaid = ApiError::Resting(900, ApiError::NoSubscription.words());
        assert_eq!(pace.take(Group::Read, noon()), Err(unpaid));
        pace.forget();
        assert!(pace.take(Group::Read, noon()).is_ok());
    }

    #[test]
    fn an_account_whose_way_is_closed_rests_and_one_request_tries_again() {
        let pace = Pace::default();
        let down = ApiError::Unreachable(Fault::Refused);
        for _ in 0..FAILURES {
            assert!(pace.take(Group::Read, noon()).is_ok());
            pace.note(Group::Read, Err(&down), noon());
        }
        assert_eq!(pace.take(Group::Send, noon()), Err(ApiError::Resting(15, down.words())));
        let later = noon() + TimeDelta::seconds(15);
        assert!(pace.take(Group::Send, later).is_ok(), "one tries");
        assert!(pace.take(Group::Send, later).is_err(), "the others wait for it");
        pace.note(Group::Send, Err(&down), later);
        assert_eq!(pace.take(Group::Send, later), Err(ApiError::Resting(30, down.words())));
        let again = later + TimeDelta::seconds(30);
        assert!(pace.take(Group::Send, again).is_ok());
        pace.note(Group::Send, Err(&ApiError::NotFound), again);
        assert!(pace.take(Group::Read, again).is_ok(), "any answer opens it");
    }
}
