//! How many wrong passwords are let through. Only failures count: an attempt takes its share at once, so that many at
//! the same time are not all let in, and a right password gives it back. Kept in memory, so each process counts its
//! own: that bounds guessing well enough and needs no write per attempt.

use std::collections::HashMap;
use std::hash::{BuildHasher, RandomState};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::domain::id::AccountId;

/// One more failure becomes free this often.
const REFILL: Duration = Duration::from_secs(90);
/// Keys that are remembered; when there are more, the ones nearest to being forgotten go.
const MAX_KEYS: usize = 100_000;
/// How many times the quota of a login is that of an address, behind which a whole office may sit.
const PER_ADDRESS: u32 = 20;

/// Who tries. Each has a quota of its own, whatever the others do.
#[derive(Clone, Copy, Debug, Hash)]
pub enum Attempt<'a> {
    /// Anybody: counted for the login and for the network address.
    Stranger {
        /// As typed.
        login: &'a str,
        /// As [`network`] names it.
        network: &'a str,
    },
    /// A browser in which this login has signed in before: outsiders cannot use up its quota.
    KnownBrowser {
        /// Names the browser.
        browser: &'a str,
        /// As typed.
        login: &'a str,
    },
    /// Somebody signed in who has to repeat the password.
    Person(AccountId),
    /// Somebody who knows the password and types a code.
    SecondFactor(AccountId),
}

/// Counts failures.
pub struct Throttle {
    burst: u32,
    hasher: RandomState,
    /// When each key will be as if never seen. Keys are hashes: what strangers type takes no room.
    free_at: Mutex<HashMap<u64, Instant>>,
}

/// A quota: its key, the time one failure costs, and how many may be owed at once.
type Share = (u64, Duration, u32);

impl Throttle {
    /// Lets `burst` failures for one login through at once, and twenty times as many from one address.
    pub fn new(burst: u32) -> Self {
        Self { burst: burst.max(1), hasher: RandomState::new(), free_at: Mutex::default() }
    }

    /// Takes the share of an attempt.
    ///
    /// # Errors
    /// Seconds to wait when there were too many failures; nothing is taken then.
    pub fn begin(&self, attempt: Attempt<'_>) -> Result<(), u64> {
        self.begin_at(attempt, Instant::now())
    }

    /// The attempt was right: it does not count.
    pub fn succeeded(&self, attempt: Attempt<'_>) {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        for (key, cost, _) in self.shares(attempt) {
            if let Some(at) = free_at.get_mut(&key) {
                *at = at.checked_sub(cost).unwrap_or(*at);
            }
        }
    }

    /// Forgets whom nothing is owed any more, so that made-up logins do not fill the memory.
    pub fn forget_old(&self) {
        let now = Instant::now();
        self.free_at.lock().unwrap_or_else(PoisonError::into_inner).retain(|_, at| *at > now);
    }

    fn begin_at(&self, attempt: Attempt<'_>, now: Instant) -> Result<(), u64> {
        let mut free_at = self.free_at.lock().unwrap_or_else(PoisonError::into_inner);
        let shares = self.shares(attempt);
        let owed = |free_at: &HashMap<u64, Instant>, key: &u64| {
            free_at.get(key).map_or(Duration::ZERO, |at| at.saturating_duration_since(now))
        };
        for (key, cost, burst) in &shares {
            // As much may be owed as the whole burst costs; this attempt is to fit as well.
            let limit = *cost * (*burst - 1);
            let over = owed(&free_at, key).saturating_sub(limit);
            if !over.is_zero() {
                return Err(over.as_secs() + 1);
            }
        }
        if free_at.len() >= MAX_KEYS {
            free_at.retain(|_, at| *at > now + REFILL);
        }
        if free_at.len() >= MAX_KEYS {
            free_at.clear();
        }
        for (key, cost, _) in shares {
            let at = now + owed(&free_at, &key) + cost;
            free_at.insert(key, at);
        }
        Ok(())
    }

    fn shares(&self, attempt: Attempt<'_>) -> Vec<Share> {
        let cost = REFILL / (self.burst / 10).max(1);
        match attempt {
            Attempt::Stranger { login, network } => vec![
                (self.hasher.hash_one(("address", network)), cost / PER_ADDRESS, self.burst * PER_ADDRESS),
                (self.hasher.hash_one(("login", login.to_lowercase())), cost, self.burst),
            ],
            Attempt::KnownBrowser { browser, login } => {
                vec![(self.hasher.hash_one(("browser", browser, login.to_lowercase())), cost, self.burst)]
            }
            Attempt::Person(id) => vec![(self.hasher.hash_one(("person", id)), cost, self.burst)],
            Attempt::SecondFactor(id) => vec![(self.hasher.hash_one(("code", id)), cost, self.burst)],
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stranger<'a>(login: &'a str, network: &'a str) -> Attempt<'a> {
        Attempt::Stranger { login, network }
    }

    #[test]
    fn guessing_one_login_stops_and_others_go_on() {
        let throttle = Throttle::new(3);
        for _ in 0..3 {
            assert!(throttle.begin(stranger("anna", "10.0.0.1")).is_ok());
        }
        let wait = throttle.begin(stranger("ANNA", "10.0.0.2")).expect_err("the fourth");
        assert!((1..=90).contains(&wait), "{wait}");
        assert!(throttle.begin(stranger("boris", "10.0.0.1")).is_ok());
    }

    #[test]
    fn a_right_password_costs_nothing() {
        let throttle = Throttle::new(3);
        for _ in 0..50 {
            let attempt = stranger("anna", "10.0.0.1");
            assert!(throttle.begin(attempt).is_ok());
            throttle.succeeded(attempt);
        }
    }

    #[test]
    fn outsiders_cannot_use_up_the_quota_of_a_browser_that_was_here() {
        let throttle = Throttle::new(3);
        for n in 0..200 {
            let _ = throttle.begin(stranger("anna", "10.0.0.1"));
            let _ = throttle.begin(stranger(&format!("nobody-{n}"), "10.0.0.1"));
        }
        assert!(throttle.begin(stranger("anna", "10.0.0.9")).is_err());
        assert!(throttle.begin(stranger("boris", "10.0.0.1")).is_err(), "the address is used up");
        let at_home = Attempt::KnownBrowser { browser: "b1", login: "anna" };
        for _ in 0..3 {
            assert!(throttle.begin(at_home).is_ok());
        }
        assert!(throttle.begin(at_home).is_err(), "a stolen browser guesses no more than a stranger");
        assert!(throttle.begin(Attempt::Person(AccountId(7))).is_ok());
    }

    #[test]
    fn a_pause_ends_when_it_was_said_to_end() {
        let throttle = Throttle::new(2);
        let start = Instant::now();
        let attempt = stranger("anna", "10.0.0.1");
        assert!(throttle.begin_at(attempt, start).is_ok() && throttle.begin_at(attempt, start).is_ok());
        let wait = throttle.begin_at(attempt, start).expect_err("the third");
        assert!(throttle.begin_at(attempt, start + Duration::from_secs(wait - 2)).is_err());
        assert!(throttle.begin_at(attempt, start + Duration::from_secs(wait)).is_ok());
    }
}
