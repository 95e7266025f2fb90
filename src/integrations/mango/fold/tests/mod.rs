//! The samples and the edge cases of the digest, in the order of arrival, shuffled and repeated.

mod any;
mod edges;
mod samples;
mod transfers;

use serde_json::{Value, json};

use super::*;
use crate::integrations::mango::wire;

const NOW: i64 = 1_900_000_000;

/// Folds as the inbox does right after the last event came.
fn fold_now(entry_id: &str, events: &[Event]) -> Option<Folded> {
    fold(entry_id, events, NOW, NOW, Limits::default())
}

/// Folds as the inbox does when the wait for a summary is over.
fn fold_later(entry_id: &str, events: &[Event]) -> Option<Folded> {
    fold(entry_id, events, NOW + Limits::default().stale_after, NOW, Limits::default())
}

fn read(path: &str, json: &Value) -> Event {
    wire::parse(path, &json.to_string()).unwrap_or_else(|error| panic!("{path} {json}: {error}"))
}

/// The call of the built examples.
const E: &str = "NTEw==";

/// A call event of leg `leg`; `more` adds or replaces fields.
fn leg(leg: &str, seq: i64, at: i64, state: &str, from: Value, to: Value, more: Value) -> Event {
    let mut json = json!({"entry_id": E, "call_id": leg, "seq": seq, "timestamp": at, "call_state": state,
        "location": "abonent", "from": from, "to": to});
    for (name, value) in more.as_object().into_iter().flatten() {
        json[name] = value.clone();
    }
    read("/events/call", &json)
}

/// A call event between the client and an employee's telephone.
fn rings(id: &str, seq: i64, at: i64, state: &str, extension: &str) -> Event {
    leg(id, seq, at, state, client(), employee(extension), json!({}))
}

fn client() -> Value {
    json!({"number": "+7 (900) 000-11-01"})
}

fn employee(extension: &str) -> Value {
    json!({"extension": extension, "number": format!("sip:op{extension}@example.test"), "line_number": "74950000101"})
}

fn summary(json: Value) -> Event {
    let mut whole = json!({"entry_id": E, "call_direction": 1, "from": client(), "to": {}, "line_number": "74950000101",
        "create_time": 100, "forward_time": 100, "talk_time": 0, "end_time": 200, "entry_result": 0});
    for (name, value) in json.as_object().into_iter().flatten() {
        whole[name] = value.clone();
    }
    read("/events/summary", &whole)
}

/// The row of these events, the same in any order; `fold` is one of the two moments.
fn row(fold: fn(&str, &[Event]) -> Option<Folded>, events: &[Event]) -> Folded {
    let row = fold(E, events).expect("a row");
    for seed in 1..=30 {
        assert_eq!(fold(E, &Dice(seed).stir(events)).as_ref(), Some(&row), "seed {seed}");
    }
    row
}

fn some(text: &str) -> Option<String> {
    Some(text.to_owned())
}

/// A small generator, so that a failure names the seed that repeats it.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % bound as u64).expect("less than bound")
    }

    /// The events in another order, about half of them once or twice more.
    fn stir(&mut self, events: &[Event]) -> Vec<Event> {
        let mut stirred = events.to_vec();
        for event in events {
            let again = [0, 0, 1, 2][self.below(4)];
            stirred.extend(std::iter::repeat_n(event.clone(), again));
        }
        for i in (1..stirred.len()).rev() {
            stirred.swap(i, self.below(i + 1));
        }
        stirred
    }
}
