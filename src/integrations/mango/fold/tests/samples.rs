//! Every sample file gives the rows written down beside it.

use std::collections::BTreeSet;
use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::*;

struct Sample {
    name: String,
    events: Vec<Event>,
    expected: Value,
}

impl Sample {
    fn all() -> Vec<Sample> {
        let dir = PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/data/mango");
        let text = |name: &str| fs::read_to_string(dir.join(name)).unwrap_or_else(|e| panic!("{name}: {e}"));
        let expected: Value = serde_json::from_str(&text("expected.json")).expect("expected.json is JSON");
        let files = expected["files"].as_object().expect("files by name");
        assert_eq!(files.len(), 19);
        files
            .iter()
            .map(|(name, expected)| {
                let lines: Vec<Value> = text(name)
                    .lines()
                    .map(|line| serde_json::from_str(line).expect("a line is JSON"))
                    .collect();
                assert_eq!(Some(lines.len() as u64), expected["lines"].as_u64(), "{name}");
                let path = |line: &Value| line["path"].as_str().expect("a path").to_owned();
                let events = lines.iter().map(|line| read(&path(line), &line["json"])).collect();
                Sample { name: name.clone(), events, expected: expected.clone() }
            })
            .collect()
    }

    fn list(&self, field: &str) -> Vec<Value> {
        self.expected[field].as_array().cloned().unwrap_or_default()
    }

    /// Checks the rows of these events, which are the sample's in some order.
    fn check_rows(&self, events: &[Event]) {
        let entries: BTreeSet<&str> = events.iter().filter_map(Event::entry_id).collect();
        let mut client_rows = 0;
        for entry in &entries {
            let row = fold_later(entry, events).unwrap_or_else(|| panic!("{}: no row of {entry}", self.name));
            if row.direction == Direction::Internal {
                assert!(self.list("internal").contains(&Value::from(*entry)), "{}: {entry}", self.name);
                assert!(!row.is_missed() && row.client_number.is_none());
                continue;
            }
            client_rows += 1;
            let rows = self.list("rows");
            let expected = rows.iter().find(|row| row["entry_id"] == *entry);
            self.check_row(&row, expected.unwrap_or_else(|| panic!("{}: unexpected {entry}", self.name)));
            let is_timeout = expected.is_some_and(|row| row["after_timeout"] == true);
            let closed_by = if is_timeout { ClosedBy::Timeout } else { ClosedBy::Summary };
            assert_eq!(row.closed_by, Some(closed_by), "{}", self.name);
            let before = fold_now(entry, events).expect("a row");
            assert_eq!(before.outcome.is_none(), is_timeout, "{}: final only after the timeout", self.name);
        }
        assert_eq!(client_rows, self.list("rows").len(), "{}", self.name);
    }

    fn check_row(&self, row: &Folded, expected: &Value) {
        let any_of = |field: &str, value: Value| {
            let allowed = expected[field].as_array().expect("a list of allowed values");
            assert!(allowed.contains(&value), "{}: {field} is {value}, not of {allowed:?}", self.name);
        };
        let is = |field: &str, value: Value| {
            assert_eq!(expected[field], value, "{}: {field} of {}", self.name, row.entry_id);
        };
        let outcome = row.outcome.expect("an outcome");
        is("direction", row.direction.as_str().into());
        is("answered", (outcome == Outcome::Answered).into());
        any_of("outcome_any_of", outcome.as_str().into());
        is("client_number", row.client_number.as_ref().map(Phone::digits).into());
        is("line_number", row.line_number.clone().into());
        any_of("operator_any_of", row.operator.clone().into());
        is("last_operator", row.last_operator.clone().into());
        is("started_at", row.started_at.into());
        is("answered_at", row.answered_at.into());
        is("ended_at", row.ended_at.into());
        is("talk_seconds", row.talk_seconds.into());
        is("recordings", row.recordings.iter().map(|r| r.id.as_str()).collect());
        if expected.get("rung").is_some() {
            is("rung", row.rung.iter().map(String::as_str).collect());
        }
        assert_eq!(row.state, LiveState::Ended);
        assert_eq!(row.check_at, None);
        let people = [&row.operator, &row.last_operator].into_iter().flatten().chain(&row.rung);
        assert!(people.into_iter().all(|person| person != "700"), "{}: a group is nobody", self.name);
    }
}

#[test]
fn every_sample_gives_its_rows() {
    for sample in Sample::all() {
        sample.check_rows(&sample.events);
    }
}

#[test]
fn order_and_repetition_never_show_in_the_rows() {
    for sample in Sample::all() {
        for seed in 1..=60 {
            let mut dice = Dice(seed);
            sample.check_rows(&dice.stir(&sample.events));
        }
    }
}

#[test]
fn any_part_of_the_events_gives_one_row_in_any_order() {
    for sample in Sample::all() {
        let entries: BTreeSet<&str> = sample.events.iter().filter_map(Event::entry_id).collect();
        for seed in 1..=40 {
            let mut dice = Dice(seed);
            let part: Vec<Event> = sample.events.iter().filter(|_| dice.below(2) == 0).cloned().collect();
            let stirred = dice.stir(&part);
            for entry in &entries {
                for fold in [fold_now, fold_later] {
                    assert_eq!(fold(entry, &part), fold(entry, &stirred), "{}, seed {seed}", sample.name);
                }
            }
        }
    }
}

#[test]
fn a_live_list_shows_each_checkpoint() {
    let mut checked = 0;
    for sample in Sample::all() {
        for checkpoint in sample.list("checkpoints") {
            let line = checkpoint["after_line"].as_u64().and_then(|line| usize::try_from(line).ok());
            let entry = checkpoint["entry_id"].as_str().expect("an entry");
            let row = fold_now(entry, &sample.events[..line.expect("a line number")]);
            checked += 1;
            if checkpoint["absent"] == true {
                assert_eq!(row, None, "{}", sample.name);
                continue;
            }
            let state = row.expect("a row").live_state().as_str();
            let allowed = checkpoint["state_any_of"].as_array().expect("states");
            assert!(allowed.contains(&state.into()), "{} after {line:?}: {state}", sample.name);
        }
    }
    assert!(checked > 20);
}

#[test]
fn a_call_is_never_over_before_its_summary_or_the_timeout() {
    for sample in Sample::all() {
        for seen in 1..=sample.events.len() {
            let events = &sample.events[..seen];
            for entry in events.iter().filter_map(Event::entry_id).collect::<BTreeSet<_>>() {
                let has_summary =
                    events.iter().any(|e| matches!(e, Event::Summary(summary) if summary.entry_id == entry));
                let row = fold_now(entry, events).expect("a row");
                let is_over = row.live_state() == LiveState::Ended;
                assert_eq!(is_over, has_summary, "{} after {seen}", sample.name);
                assert_eq!(row.outcome.is_some(), is_over);
                assert_eq!(row.check_at.is_none(), is_over);
            }
        }
    }
}

#[test]
fn the_card_knows_whose_telephone_rings_and_who_talks() {
    let samples = Sample::all();
    let after = |name: &str, line: usize| {
        let sample = samples.iter().find(|sample| sample.name.starts_with(name)).expect("a sample");
        let entry = sample.events.iter().find_map(Event::entry_id).expect("an entry");
        let row = fold_now(entry, &sample.events[..line]).expect("a row");
        (row.ringing_now.join(","), row.talking_now.join(","))
    };
    let expect = |ringing: &str, talking: &str| (ringing.to_owned(), talking.to_owned());
    assert_eq!(after("02", 1), expect("", ""), "in the menu");
    assert_eq!(after("02", 4), expect("101", ""));
    assert_eq!(after("02", 6), expect("102", ""), "the second one, after the first gave up");
    assert_eq!(after("04", 8), expect("", "102"));
    assert_eq!(after("05", 4), expect("102", "101"), "a consultation rings");
    assert_eq!(after("05", 5), expect("", "101"), "102 talks with 101, not with the client");
    assert_eq!(after("05", 7), expect("", "102"), "handed over");
    assert_eq!(after("09", 2), expect("103", ""));
    assert_eq!(after("09", 3), expect("", ""), "picked up, but the client isn't there yet");
    assert_eq!(after("09", 6), expect("", "103"));
    assert_eq!(after("01", 4), expect("", ""), "over");
}
