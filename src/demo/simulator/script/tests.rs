use super::*;
use crate::demo::simulator::cast::ADDED;
use crate::demo::simulator::seeded;
use crate::integrations::mango::fold::{Direction, Folded, Limits, LiveState, Outcome, fold};
use crate::integrations::mango::wire::{self, Event};

const START: i64 = 1_795_000_000;

fn cast() -> Cast {
    let telephone = |extension: &str| Telephone {
        extension: extension.to_owned(),
        sip: format!("sip:op{extension}@demo.example"),
    };
    Cast {
        client: Some("79005550001".to_owned()),
        line: "74950000101".to_owned(),
        telephones: vec![telephone("101"), telephone("102")],
    }
}

fn folded(script: &Script) -> Folded {
    let events: Vec<Event> =
        script.steps.iter().map(|step| wire::parse(step.path, &step.json).expect("readable")).collect();
    let entry = events[0].entry_id().expect("a call").to_owned();
    assert!(events.iter().all(|event| event.entry_id() == Some(entry.as_str())));
    fold(&entry, &events, START + 200, START + 200, Limits::default()).expect("a row")
}

#[test]
fn statistics_tell_of_the_same_calls() {
    use crate::telephony::intake::reconcile::report;
    let fields: Vec<&str> = report::FIELDS.split(',').collect();
    for (plot, _) in PLOTS {
        let script = Script::write(plot, &cast(), START, &mut seeded(11));
        let text: Vec<String> =
            script.statistics().iter().map(|leg| leg.line(&fields).expect("known fields")).collect();
        let legs = report::read(&text.join("\n")).expect("a report");
        assert!(report::is_over(&legs), "{plot:?}");
        let summary = report::call(&legs[0].entry_id, &legs).to_string();
        let found = wire::parse("/events/summary", &summary).expect("readable");
        let entry = found.entry_id().expect("a call").to_owned();
        let row = fold(&entry, &[found], START + 200, START + 200, Limits::default()).expect("a row");
        let told = folded(&script);
        assert_eq!(
            (row.outcome, row.direction, row.line_number, row.client_number, row.started_at),
            (told.outcome, told.direction, told.line_number, told.client_number, told.started_at),
            "{plot:?}"
        );
        let recorded = script.recorded.is_some();
        assert_eq!(legs.iter().any(|leg| !leg.records.is_empty()), recorded, "{plot:?}");
    }
}

#[test]
fn every_plot_is_the_call_it_says() {
    use Direction::{Inbound, Outbound};
    for (plot, direction, outcome, operator, last) in [
        (Plot::Answered, Inbound, Outcome::Answered, Some("101"), Some("101")),
        (Plot::Queue, Inbound, Outcome::Answered, Some("102"), Some("102")),
        (Plot::Missed, Inbound, Outcome::Missed, None, None),
        (Plot::MissedInQueue, Inbound, Outcome::Missed, None, None),
        (Plot::Busy, Inbound, Outcome::Busy, None, None),
        (Plot::Menu, Inbound, Outcome::Missed, None, None),
        (Plot::Outbound, Outbound, Outcome::Answered, Some("101"), Some("101")),
        (Plot::OutboundNoAnswer, Outbound, Outcome::NoAnswer, Some("101"), None),
        (Plot::Hold, Inbound, Outcome::Answered, Some("101"), Some("101")),
        (Plot::BlindTransfer, Inbound, Outcome::Answered, Some("101"), Some("102")),
        (Plot::ConsultativeTransfer, Inbound, Outcome::Answered, Some("101"), Some("102")),
        (Plot::Anonymous, Inbound, Outcome::Answered, Some("101"), Some("101")),
    ] {
        let script = Script::write(plot, &cast(), START, &mut seeded(7));
        let row = folded(&script);
        assert_eq!((row.direction, row.outcome), (direction, Some(outcome)), "{plot:?}");
        assert_eq!((row.operator.as_deref(), row.last_operator.as_deref()), (operator, last), "{plot:?}");
        assert_eq!(row.state, LiveState::Ended);
        assert_eq!(row.line_number.as_deref(), Some("74950000101"), "{plot:?}");
        assert_eq!(row.client_number.is_none(), plot == Plot::Anonymous, "{plot:?}");
        assert_eq!(row.started_at, START);
        assert_eq!(row.answered_at.is_some(), outcome == Outcome::Answered);
        let recorded: Vec<(&str, Option<&str>)> =
            row.recordings.iter().map(|r| (r.id.as_str(), r.extension.as_deref())).collect();
        let expected = script.recorded.as_ref().map(|r| r.recording_id.as_str());
        assert_eq!(recorded.first().map(|r| r.0), expected, "{plot:?}");
        assert!(recorded.iter().all(|(_, voice)| *voice == operator || *voice == last), "{plot:?}");
        assert!(PLOTS.iter().any(|(played, _)| *played == plot), "{plot:?} is never played");
    }
}

#[test]
fn the_queue_rings_one_after_the_other() {
    let row = folded(&Script::write(Plot::MissedInQueue, &cast(), START, &mut seeded(7)));
    assert_eq!(row.rung, ["101", "102"]);
}

#[test]
fn one_telephone_alone_is_enough_for_every_plot() {
    let mut alone = cast();
    alone.telephones.truncate(1);
    for (plot, _) in PLOTS {
        folded(&Script::write(plot, &alone, START, &mut seeded(7)));
    }
}

#[test]
fn a_bad_day_changes_the_order_but_not_the_call() {
    for seed in 0..60 {
        for (plot, _) in PLOTS {
            let mut rng = seeded(seed);
            let script = Script::write(plot, &cast(), START, &mut rng);
            assert_eq!(folded(&script.clone().unruly(&mut rng)), folded(&script), "{plot:?}, seed {seed}");
        }
    }
}

#[test]
fn a_call_rings_at_once_and_its_notifications_come_in_time() {
    for (plot, _) in PLOTS {
        let script = Script::write(plot, &cast(), START, &mut seeded(3));
        assert_eq!(script.steps[0].after, Duration::ZERO);
        assert!(script.steps.is_sorted_by_key(|step| step.after));
        let last = if script.recorded.is_some() { ADDED } else { "/events/summary" };
        assert_eq!(script.steps.last().map(|step| step.path), Some(last), "{plot:?}");
    }
}

#[test]
fn two_calls_never_share_an_identifier() {
    let mut rng = seeded(1);
    let entry = |script: Script| wire::parse(script.steps[0].path, &script.steps[0].json).expect("readable");
    let first = entry(Script::write(Plot::Answered, &cast(), START, &mut rng));
    let second = entry(Script::write(Plot::Answered, &cast(), START, &mut rng));
    assert_ne!(first.entry_id(), second.entry_id());
}
