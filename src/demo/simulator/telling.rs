//! Puts notifications together: which leg is where, what its next counter is.

use std::time::Duration;

use serde_json::{Map, Value, json};

use super::cast::{ADDED, Cast, Notification, Recorded, Telephone};
use crate::demo::history::base64;
use crate::demo::world::GROUP;

/// Collects the notifications of one call.
pub(super) struct Telling<'c> {
    cast: &'c Cast,
    start: i64,
    serial: u64,
    entry_id: String,
    steps: Vec<Notification>,
    legs: Vec<Leg>,
    recorded: Option<Recorded>,
}

/// A leg while it is told; as a number, its place among them.
struct Leg {
    call_id: String,
    location: &'static str,
    from: Value,
    to: Value,
    transfer: Option<&'static str>,
    seq: u32,
}

/// A leg of a [`Telling`].
#[derive(Clone, Copy)]
pub(super) struct LegId(usize);

impl<'c> Telling<'c> {
    /// A call that begins at unix second `start`; `serial` makes its identifiers its own.
    pub fn new(cast: &'c Cast, start: i64, serial: u64) -> Self {
        let entry_id = base64(&format!("9{serial:015}"));
        Self { cast, start, serial, entry_id, steps: Vec::new(), legs: Vec::new(), recorded: None }
    }

    /// The client's side.
    pub fn client(&self) -> Value {
        match &self.cast.client {
            Some(number) => json!({"number": number}),
            None => json!({"number": "anonymous"}),
        }
    }

    /// A new leg between two sides.
    pub fn leg(&mut self, location: &'static str, from: Value, to: Value) -> LegId {
        let number = self.legs.len() + 1;
        let call_id = base64(&format!("1:40000001:81:{}:{number}", self.serial));
        self.legs.push(Leg { call_id, location, from, to, transfer: None, seq: 0 });
        LegId(self.legs.len() - 1)
    }

    /// The client's leg to an operator's telephone, after `before` when there was one.
    pub fn ring(&mut self, telephone: &Telephone, before: Option<LegId>) -> LegId {
        let mut to = employee(telephone);
        to["line_number"] = self.cast.line.clone().into();
        let mut from = self.client();
        if let Some(before) = before {
            from["taken_from_call_id"] = self.legs[before.0].call_id.clone().into();
            if self.legs[before.0].location == "queue" {
                to["acd_group"] = GROUP.into();
            }
        }
        self.leg("abonent", from, to)
    }

    /// The client's leg in the menu, or in the queue after it.
    pub fn machine(&mut self, location: &'static str, before: Option<LegId>) -> LegId {
        let mut to = json!({"number": self.cast.line, "line_number": self.cast.line});
        let mut from = self.client();
        if let Some(before) = before {
            from["taken_from_call_id"] = self.legs[before.0].call_id.clone().into();
        }
        if location == "queue" {
            to["acd_group"] = GROUP.into();
        }
        self.leg(location, from, to)
    }

    /// The leg belongs to a transfer.
    pub fn transferred(&mut self, leg: LegId, kind: &'static str) {
        self.legs[leg.0].transfer = Some(kind);
    }

    /// Another party takes the place of the caller of `leg`, coming from the leg `before`.
    pub fn hand_over(&mut self, leg: LegId, mut from: Value, before: LegId) {
        from["taken_from_call_id"] = self.legs[before.0].call_id.clone().into();
        self.legs[leg.0].from = from;
    }

    /// The leg becomes `state`, `after` seconds from the start.
    pub fn state(&mut self, leg: LegId, after: i64, state: &str) {
        self.event(leg, after, state, None);
    }

    /// The leg ends for `reason`.
    pub fn end(&mut self, leg: LegId, after: i64, reason: i64) {
        self.event(leg, after, "Disconnected", Some(reason));
    }

    fn event(&mut self, leg: LegId, after: i64, state: &str, reason: Option<i64>) {
        let leg = &mut self.legs[leg.0];
        leg.seq += 1;
        let mut event = json!({"entry_id": self.entry_id, "call_id": leg.call_id, "timestamp": self.start + after,
            "seq": leg.seq, "call_state": state, "location": leg.location, "from": leg.from, "to": leg.to});
        if let Some(reason) = reason {
            event["disconnect_reason"] = reason.into();
        }
        if let Some(transfer) = leg.transfer {
            event["transfer"] = transfer.into();
        }
        self.push("/events/call", after, &event);
    }

    /// The final word: `answer` and `end` in seconds from the start, the kind of the call, its two sides.
    pub fn summary(
        &mut self,
        direction: i64,
        from: Value,
        to: Value,
        answer: Option<i64>,
        end: i64,
        reason: i64,
    ) {
        let mut summary = json!({"entry_id": self.entry_id, "call_direction": direction, "from": from, "to": to,
            "create_time": self.start, "forward_time": self.start,
            "talk_time": answer.map_or(0, |after| self.start + after), "end_time": self.start + end,
            "entry_result": i64::from(answer.is_some()), "disconnect_reason": reason});
        if direction != 0 {
            summary["line_number"] = self.cast.line.clone().into();
        }
        self.push("/events/summary", end + 1, &summary);
        if let Some(answer) = answer {
            let talked = if direction == 2 { &summary["from"] } else { &summary["to"] };
            let extension = talked["extension"].clone();
            self.recording(&extension, answer, end);
        }
    }

    /// The conversation was recorded, and a little later lies in the cloud (docs/mango-api.md 7).
    fn recording(&mut self, extension: &Value, answer: i64, end: i64) {
        const INTO_CLOUD: i64 = 4;
        let recording_id = base64(&format!("1:40000001:{}:1", self.serial));
        let call_id = self.legs.last().map(|leg| leg.call_id.clone());
        for (seq, state, after) in [(1, "Started", answer), (2, "Completed", end)] {
            let mut event = json!({"recording_id": recording_id, "recording_state": state, "seq": seq,
                "entry_id": self.entry_id, "call_id": call_id, "extension": extension,
                "timestamp": self.start + after});
            if seq == 2 {
                event["completion_code"] = 1000.into();
                event["recipient"] = "Cloud".into();
            }
            self.push("/events/recording", after, &event);
        }
        let after = end + INTO_CLOUD;
        let added = json!({"entry_id": self.entry_id, "product_id": 400_000_001, "recording_id": recording_id,
            "timestamp": self.start + after});
        self.push(ADDED, after, &added);
        self.recorded = Some(Recorded { recording_id, seconds: end - answer });
    }

    fn push(&mut self, path: &'static str, after: i64, event: &Value) {
        let after = Duration::from_secs(after.unsigned_abs());
        self.steps.push(Notification { after, path, json: event.to_string() });
    }

    /// The notifications in the order of their moments, and the recording.
    pub fn finish(mut self) -> (Vec<Notification>, Option<Recorded>) {
        self.steps.sort_by_key(|step| step.after);
        (self.steps, self.recorded)
    }
}

/// An employee's side of a leg.
pub(super) fn employee(telephone: &Telephone) -> Value {
    let mut side = Map::new();
    side.insert("extension".to_owned(), telephone.extension.clone().into());
    side.insert("number".to_owned(), telephone.sip.clone().into());
    Value::Object(side)
}
