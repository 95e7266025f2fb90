//! Which call a recording belongs to: the client's number and the time decide, and where they leave a doubt nobody
//! guesses. Pure.

use crate::domain::id::CallId;
use chrono::{Duration, NaiveDateTime};

/// A recording names the beginning of its conversation; clocks and menus may be so far off.
pub const WITHIN: Duration = Duration::minutes(5);
/// Two calls that are nearer to each other than that cannot be told apart by the time.
const DOUBT: Duration = Duration::seconds(20);

/// A call of the client that had a conversation.
#[derive(Clone, Debug)]
pub struct Candidate {
    /// The call.
    pub id: CallId,
    /// When it came, UTC.
    pub started_at: NaiveDateTime,
    /// When somebody answered, UTC.
    pub answered_at: NaiveDateTime,
    /// Who talked first and last, internal numbers.
    pub extensions: Vec<String>,
}

/// The call the conversation that began at `at` (UTC) belongs to; `None` when there is none near enough or more than
/// one. `extension` is the recorded employee's, when it is known: it decides between calls the time cannot tell apart.
pub fn choose(at: NaiveDateTime, extension: Option<&str>, candidates: &[Candidate]) -> Option<CallId> {
    let mut near: Vec<(Duration, &Candidate)> = candidates
        .iter()
        .map(|call| (distance(at, call), call))
        .filter(|(distance, _)| *distance <= WITHIN)
        .collect();
    near.sort_by_key(|(distance, call)| (*distance, call.id));
    let nearest = near.first()?.0;
    near.retain(|(distance, _)| *distance <= nearest + DOUBT);
    match near[..] {
        [(_, only)] => Some(only.id),
        _ => {
            let wanted = extension?;
            let mut of_employee =
                near.iter().filter(|(_, call)| call.extensions.iter().any(|known| known == wanted));
            let found = of_employee.next()?;
            of_employee.next().is_none().then_some(found.1.id)
        }
    }
}

/// How far `at` is from the time between the ring and the answer.
fn distance(at: NaiveDateTime, call: &Candidate) -> Duration {
    if at < call.started_at {
        call.started_at - at
    } else if at > call.answered_at {
        at - call.answered_at
    } else {
        Duration::zero()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(time: &str) -> NaiveDateTime {
        format!("2026-11-23T{time}").parse().expect("a moment")
    }

    fn call(id: CallId, started: &str, answered: &str, extension: &str) -> Candidate {
        Candidate {
            id,
            started_at: at(started),
            answered_at: at(answered),
            extensions: vec![extension.to_owned()],
        }
    }

    #[test]
    fn the_nearest_call_within_five_minutes_has_it() {
        let calls =
            [call(CallId(1), "11:00:00", "11:00:10", "101"), call(CallId(2), "11:30:00", "11:30:05", "101")];
        assert_eq!(choose(at("11:00:12"), None, &calls), Some(CallId(1)));
        assert_eq!(choose(at("11:30:03"), None, &calls), Some(CallId(2)));
        assert_eq!(choose(at("11:34:00"), None, &calls), Some(CallId(2)));
        assert_eq!(choose(at("11:15:00"), None, &calls), None, "too far from both");
        assert_eq!(choose(at("11:00:12"), None, &[]), None);
    }

    #[test]
    fn what_cannot_be_told_apart_is_not_guessed() {
        let calls =
            [call(CallId(1), "11:00:00", "11:00:10", "101"), call(CallId(2), "11:00:05", "11:00:15", "102")];
        assert_eq!(choose(at("11:00:08"), None, &calls), None);
        assert_eq!(choose(at("11:00:08"), Some("102"), &calls), Some(CallId(2)));
        assert_eq!(choose(at("11:00:08"), Some("103"), &calls), None);
        let twins =
            [call(CallId(1), "11:00:00", "11:00:10", "101"), call(CallId(2), "11:00:05", "11:00:15", "101")];
        assert_eq!(choose(at("11:00:08"), Some("101"), &twins), None);
    }

    #[test]
    fn the_second_call_of_a_client_has_its_own() {
        let calls =
            [call(CallId(1), "11:00:00", "11:00:10", "101"), call(CallId(2), "11:03:00", "11:03:05", "101")];
        assert_eq!(choose(at("11:00:10"), Some("101"), &calls), Some(CallId(1)));
        assert_eq!(choose(at("11:03:06"), Some("101"), &calls), Some(CallId(2)));
    }
}
