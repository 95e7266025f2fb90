//! What the telephony tells of a call, notification by notification, each sequence as a real exchange tells it.

use std::collections::BTreeMap;
use std::time::Duration;

use rand::RngExt;
use serde_json::{Value, json};

use super::telling::{Telling, employee};
use crate::demo::simulator::cast::{Cast, Notification, Recorded, Telephone};
use crate::demo::world::GROUP;
use crate::integrations::mango::fake as stats;

/// What happens in a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Plot {
    /// Rings one telephone and is answered.
    Answered,
    /// Menu, queue; the first operator is silent, the second answers.
    Queue,
    /// Rings one telephone until the client gives up.
    Missed,
    /// Menu, queue, two telephones in turn; the client gives up.
    MissedInQueue,
    /// The operator's line is busy.
    Busy,
    /// Ends in the voice menu.
    Menu,
    /// The operator calls and the client answers.
    Outbound,
    /// The operator calls in vain.
    OutboundNoAnswer,
    /// Answered, put on hold and taken back.
    Hold,
    /// Answered and sent on to a colleague at once.
    BlindTransfer,
    /// Answered, a colleague is asked and takes over.
    ConsultativeTransfer,
    /// A hidden number, answered.
    Anonymous,
}

/// All plots and how often they happen.
pub const PLOTS: [(Plot, u32); 12] = [
    (Plot::Answered, 34),
    (Plot::Queue, 16),
    (Plot::Missed, 12),
    (Plot::MissedInQueue, 8),
    (Plot::Busy, 4),
    (Plot::Menu, 4),
    (Plot::Outbound, 7),
    (Plot::OutboundNoAnswer, 4),
    (Plot::Hold, 4),
    (Plot::BlindTransfer, 2),
    (Plot::ConsultativeTransfer, 2),
    (Plot::Anonymous, 3),
];

/// All notifications of one call, in the order of sending.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Script {
    /// The notifications.
    pub steps: Vec<Notification>,
    /// The recording, when there was a conversation.
    pub recorded: Option<Recorded>,
}

/// Codes of the telephony (docs/mango-api.md 9).
const PASSED_ON: i64 = 1100;
const CALLER_HUNG_UP: i64 = 1110;
const NO_ANSWER: i64 = 1111;
const CALLED_HUNG_UP: i64 = 1120;
const LINE_BUSY: i64 = 1121;
const END_OF_MENU: i64 = 1170;

impl Script {
    /// Every leg of the call.
    pub fn call_ids(&self) -> Vec<String> {
        let read = |step: &Notification| -> Option<String> {
            let event: serde_json::Value = serde_json::from_str(&step.json).ok()?;
            event["call_id"].as_str().map(str::to_owned)
        };
        let mut ids: Vec<String> = self.steps.iter().filter_map(read).collect();
        ids.sort();
        ids.dedup();
        ids
    }

    /// The legs as statistics tell of them.
    pub fn statistics(&self) -> Vec<stats::Leg> {
        let mut legs: BTreeMap<String, stats::Leg> = BTreeMap::new();
        let events = self.steps.iter().filter(|step| step.path == "/events/call");
        let told = events.filter_map(|step| serde_json::from_str::<Value>(&step.json).ok());
        for event in told {
            let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
            let leg = legs.entry(text(&event["call_id"])).or_default();
            let (at, seq) = (event["timestamp"].as_i64().unwrap_or_default(), event["seq"].as_i64());
            match event["call_state"].as_str() {
                Some("Disconnected") => {
                    leg.finish = at;
                    leg.disconnect_reason = event["disconnect_reason"].as_i64().unwrap_or_default();
                }
                Some("Connected") if leg.answer == 0 => leg.answer = at,
                _ => {}
            }
            if seq == Some(1) {
                leg.start = at;
            }
            leg.entry_id = text(&event["entry_id"]);
            leg.location = text(&event["location"]);
            let (from, to) = (&event["from"], &event["to"]);
            (leg.from_extension, leg.from_number) = (text(&from["extension"]), text(&from["number"]));
            (leg.to_extension, leg.to_number) = (text(&to["extension"]), text(&to["number"]));
            let line = [to, from].into_iter().find_map(|side| side["line_number"].as_str());
            leg.line_number = line.unwrap_or_default().to_owned();
        }
        let mut legs: Vec<stats::Leg> = legs.into_values().collect();
        if let (Some(recorded), Some(last)) = (&self.recorded, legs.iter_mut().rfind(|leg| leg.answer > 0)) {
            last.records.push(recorded.recording_id.clone());
        }
        legs
    }

    /// The call of `plot` with `cast`, beginning at unix second `start`. Calls that differ in `rng` only have
    /// identifiers of their own.
    pub fn write(plot: Plot, cast: &Cast, start: i64, rng: &mut impl RngExt) -> Self {
        let hidden = Cast { client: None, ..cast.clone() };
        let cast = if plot == Plot::Anonymous { &hidden } else { cast };
        let mut telling = Telling::new(cast, start, rng.random_range(0..1_000_000_000_000_000));
        let ring = rng.random_range(6..14);
        let talk = rng.random_range(20..45);
        let (first, last) = (&cast.telephones[0], &cast.telephones[cast.telephones.len() - 1]);
        match plot {
            Plot::Answered | Plot::Anonymous => answered(&mut telling, first, ring, talk),
            Plot::Queue => queue(&mut telling, first, last, ring, Some(talk)),
            Plot::MissedInQueue => queue(&mut telling, first, last, ring, None),
            Plot::Missed => unanswered(&mut telling, first, ring + 12, CALLER_HUNG_UP),
            Plot::Busy => unanswered(&mut telling, first, 1, LINE_BUSY),
            Plot::Menu => menu(&mut telling, ring),
            Plot::Outbound => outbound(&mut telling, cast, first, ring, Some(talk)),
            Plot::OutboundNoAnswer => outbound(&mut telling, cast, first, ring + 15, None),
            Plot::Hold => hold(&mut telling, first, ring, talk),
            // With one telephone there is nobody to hand over to.
            Plot::BlindTransfer | Plot::ConsultativeTransfer if first == last => {
                answered(&mut telling, first, ring, talk);
            }
            Plot::BlindTransfer => blind(&mut telling, first, last, ring, talk),
            Plot::ConsultativeTransfer => consultative(&mut telling, first, last, ring, talk),
        }
        let (steps, recorded) = telling.finish();
        Self { steps, recorded }
    }

    /// The same call on a worse day: now and then a notification comes twice, or after the next one.
    #[must_use]
    pub fn unruly(mut self, rng: &mut impl RngExt) -> Self {
        if rng.random_bool(0.2) {
            let again = rng.random_range(0..self.steps.len());
            let mut step = self.steps[again].clone();
            step.after += Duration::from_millis(1_200);
            self.steps.push(step);
        }
        if rng.random_bool(0.15) {
            let late = rng.random_range(0..self.steps.len());
            self.steps[late].after += Duration::from_millis(2_500);
        }
        self.steps.sort_by_key(|step| step.after);
        self
    }
}

fn answered(telling: &mut Telling, telephone: &Telephone, ring: i64, talk: i64) {
    let leg = telling.ring(telephone, None);
    telling.state(leg, 0, "Appeared");
    telling.state(leg, ring, "Connected");
    telling.end(leg, ring + talk, CALLER_HUNG_UP);
    telling.summary(1, telling.client(), employee(telephone), Some(ring), ring + talk, CALLER_HUNG_UP);
}

fn unanswered(telling: &mut Telling, telephone: &Telephone, wait: i64, reason: i64) {
    let leg = telling.ring(telephone, None);
    telling.state(leg, 0, "Appeared");
    telling.end(leg, wait, reason);
    telling.summary(1, telling.client(), employee(telephone), None, wait, reason);
}

fn menu(telling: &mut Telling, wait: i64) {
    let menu = telling.machine("ivr", None);
    telling.state(menu, 0, "Appeared");
    telling.end(menu, wait, END_OF_MENU);
    telling.summary(1, telling.client(), json!({}), None, wait, END_OF_MENU);
}

/// Menu, queue, the first telephone in vain, then the second; `talk` is `None` when the client gives up there.
fn queue(telling: &mut Telling, first: &Telephone, last: &Telephone, ring: i64, talk: Option<i64>) {
    const IN_MENU: i64 = 4;
    const PATIENCE: i64 = 12;
    let menu = telling.machine("ivr", None);
    telling.state(menu, 0, "Appeared");
    telling.end(menu, IN_MENU, PASSED_ON);
    let queue = telling.machine("queue", Some(menu));
    telling.state(queue, IN_MENU, "Appeared");
    let mut clock = IN_MENU + 1;
    if first != last {
        let silent = telling.ring(first, Some(queue));
        telling.state(silent, clock, "Appeared");
        telling.end(silent, clock + PATIENCE, NO_ANSWER);
        clock += PATIENCE + 1;
    }
    let leg = telling.ring(last, Some(queue));
    telling.state(leg, clock, "Appeared");
    let picked_up = clock + ring;
    match talk {
        Some(talk) => {
            telling.state(leg, picked_up, "Connected");
            telling.end(queue, picked_up, PASSED_ON);
            telling.end(leg, picked_up + talk, CALLED_HUNG_UP);
            let end = picked_up + talk;
            telling.summary(1, telling.client(), employee(last), Some(picked_up), end, CALLED_HUNG_UP);
        }
        None => {
            telling.end(leg, picked_up, CALLER_HUNG_UP);
            telling.end(queue, picked_up, CALLER_HUNG_UP);
            let group = json!({"extension": GROUP});
            telling.summary(1, telling.client(), group, None, picked_up, CALLER_HUNG_UP);
        }
    }
}

fn outbound(telling: &mut Telling, cast: &Cast, telephone: &Telephone, ring: i64, talk: Option<i64>) {
    let mut from = employee(telephone);
    from["line_number"] = cast.line.clone().into();
    let leg = telling.leg("abonent", from, telling.client());
    telling.state(leg, 0, "Appeared");
    let (end, reason) = match talk {
        Some(talk) => (ring + talk, CALLED_HUNG_UP),
        None => (ring, NO_ANSWER),
    };
    if talk.is_some() {
        telling.state(leg, ring, "Connected");
    }
    telling.end(leg, end, reason);
    let answer = talk.map(|_| ring);
    // A summary of an outbound call always says that it ended normally.
    telling.summary(2, employee(telephone), telling.client(), answer, end, PASSED_ON);
}

fn hold(telling: &mut Telling, telephone: &Telephone, ring: i64, talk: i64) {
    const ON_HOLD: i64 = 10;
    let leg = telling.ring(telephone, None);
    telling.state(leg, 0, "Appeared");
    telling.state(leg, ring, "Connected");
    telling.state(leg, ring + talk / 2, "OnHold");
    telling.state(leg, ring + talk / 2 + ON_HOLD, "Connected");
    let end = ring + talk + ON_HOLD;
    telling.end(leg, end, CALLER_HUNG_UP);
    telling.summary(1, telling.client(), employee(telephone), Some(ring), end, CALLER_HUNG_UP);
}

fn blind(telling: &mut Telling, first: &Telephone, second: &Telephone, ring: i64, talk: i64) {
    const PICK_UP: i64 = 6;
    let leg = telling.ring(first, None);
    telling.state(leg, 0, "Appeared");
    telling.state(leg, ring, "Connected");
    let sent_on = ring + talk / 2;
    telling.end(leg, sent_on, CALLED_HUNG_UP);
    let next = telling.ring(second, Some(leg));
    telling.transferred(next, "blind");
    telling.state(next, sent_on, "Appeared");
    telling.state(next, sent_on + PICK_UP, "Connected");
    let end = sent_on + PICK_UP + talk;
    telling.end(next, end, CALLER_HUNG_UP);
    telling.summary(1, telling.client(), employee(first), Some(ring), end, CALLER_HUNG_UP);
}

fn consultative(telling: &mut Telling, first: &Telephone, second: &Telephone, ring: i64, talk: i64) {
    const PICK_UP: i64 = 5;
    const ADVICE: i64 = 8;
    let leg = telling.ring(first, None);
    telling.state(leg, 0, "Appeared");
    telling.state(leg, ring, "Connected");
    let asked = ring + talk / 2;
    telling.state(leg, asked, "OnHold");
    let advice = telling.leg("abonent", employee(first), employee(second));
    telling.hand_over(advice, employee(first), leg);
    telling.transferred(advice, "consultative");
    telling.state(advice, asked + 1, "Appeared");
    telling.state(advice, asked + PICK_UP, "Connected");
    let joined = asked + PICK_UP + ADVICE;
    telling.end(leg, joined, CALLED_HUNG_UP);
    telling.hand_over(advice, telling.client(), leg);
    telling.state(advice, joined, "Connected");
    let end = joined + talk;
    telling.end(advice, end, CALLER_HUNG_UP);
    telling.summary(1, telling.client(), employee(first), Some(ring), end, CALLER_HUNG_UP);
}

#[cfg(test)]
mod tests;
