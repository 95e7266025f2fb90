//! Calls as their rows tell them after the last event: who rang whom, for how long, through which legs.

use rand::RngExt;

use super::{History, utc};
use crate::demo::rows::CallRow;
use crate::demo::tapes;
use crate::demo::vocabulary::weigh;
use crate::demo::world::GROUP;
use crate::domain::id::{CallId, ClientId};
use crate::integrations::mango::fold::{Direction, Leg, LegSide, LiveState, Outcome};
use crate::integrations::mango::wire::Location;

/// What becomes of a call.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Plot {
    /// The operator answers; through the queue now and then.
    Answered,
    /// Rings one telephone or several in turn until the client gives up.
    Missed,
    /// Ends in the voice menu.
    Menu,
    /// The operator's line is busy.
    Busy,
    /// We call and the client answers.
    Out,
    /// We call in vain.
    OutSilent,
    /// We call, the line is busy.
    OutBusy,
    /// Two operators talk.
    Internal,
}

/// Who takes part in a call, as places in the lists of the world.
#[derive(Clone, Copy)]
pub(super) struct Cast {
    /// `None` when the number is hidden, and between employees.
    pub client: Option<ClientId>,
    pub line: usize,
    pub operator: usize,
}

/// Codes of the telephony (docs/mango-api.md 9).
const PASSED_ON: i64 = 1100;
const CALLER_HUNG_UP: i64 = 1110;
const NO_ANSWER: i64 = 1111;
const CALLED_HUNG_UP: i64 = 1120;
const LINE_BUSY: i64 = 1121;
const END_OF_MENU: i64 = 1170;

/// The moments of a call, in seconds from its start.
struct Times {
    /// The answer.
    answer: Option<i64>,
    end: i64,
}

impl History<'_> {
    /// Adds the call to the day and gives its place in the batch.
    pub(super) fn call(&mut self, plot: Plot, cast: Cast, at: i64) -> usize {
        let entry_id = base64(&self.next.entry.to_string());
        self.next.entry += 37;
        let (times, legs) = self.legs(plot, cast, at);
        let answered = times.answer.is_some();
        let direction = match plot {
            Plot::Answered | Plot::Missed | Plot::Menu | Plot::Busy => Direction::Inbound,
            Plot::Out | Plot::OutSilent | Plot::OutBusy => Direction::Outbound,
            Plot::Internal => Direction::Internal,
        };
        let status = match plot {
            Plot::Answered | Plot::Out | Plot::Internal => Outcome::Answered,
            Plot::Missed | Plot::Menu => Outcome::Missed,
            Plot::Busy | Plot::OutBusy => Outcome::Busy,
            Plot::OutSilent => Outcome::NoAnswer,
        };
        let operator = &self.world.operators[cast.operator];
        // Nobody is to blame for a missed call.
        let has_operator = answered || direction == Direction::Outbound;
        let rung: Vec<&str> = match direction {
            Direction::Outbound => Vec::new(),
            Direction::Inbound | Direction::Internal => {
                let people = legs.iter().filter(|leg| leg.location == Some(Location::Abonent));
                people.filter_map(|leg| leg.to.extension.as_deref()).collect()
            }
        };
        let line = &self.world.lines[cast.line];
        let is_client_call = direction != Direction::Internal;
        let known_line = is_client_call.then_some(line).filter(|line| line.rk.is_some());
        let number = cast.client.map(|id| self.world.client_number(id));
        let row = CallRow {
            id: CallId(0),
            direction: direction.as_str(),
            state: LiveState::Ended.as_str(),
            status: Some(status.as_str()),
            rk: known_line.and_then(|line| line.rk).map(str::to_owned),
            city: known_line.map(|line| self.world.cities[line.city].name.to_owned()),
            avito_name: known_line.and_then(|line| line.avito_name.clone()),
            phone_client_raw: number
                .clone()
                .or_else(|| (direction == Direction::Inbound).then(|| "anonymous".to_owned())),
            phone_ats: is_client_call.then(|| line.number.clone()),
            client_id: cast.client,
            group_key: number.clone().unwrap_or_else(|| format!("entry:{entry_id}")),
            phone_client: number,
            operator_id: has_operator.then_some(operator.id),
            operator_extension: has_operator.then(|| operator.extension.clone()),
            last_operator_id: answered.then_some(operator.id),
            last_operator_extension: answered.then(|| operator.extension.clone()),
            rung: json(&rung),
            present: "[]",
            legs: json(&legs),
            started_at: utc(at),
            answered_at: times.answer.map(|after| utc(at + after)),
            ended_at: Some(utc(at + times.end)),
            talk_seconds: times.answer.map_or(0, |after| times.end - after),
            wait_seconds: times.answer.unwrap_or(times.end),
            closed_by: Some(if self.rng.random_bool(0.99) { "summary" } else { "timeout" }),
            check_at: None,
            version: 1 + 3 * legs.len() as i64,
            entry_id,
        };
        self.today.batch.calls.push(row);
        self.today.batch.calls.len() - 1
    }

    fn legs(&mut self, plot: Plot, cast: Cast, at: i64) -> (Times, Vec<Leg>) {
        let talk = weigh(
            &mut self.rng,
            &[(20..60, 30), (60..180, 45), (180..420, 25)].map(|(r, w)| ((r.start, r.end), w)),
        );
        let talk = self.rng.random_range(talk.0..talk.1);
        let talk = if self.tapes.is_empty() { talk } else { tapes::nearest(talk) };
        let hung_up = if self.rng.random_bool(0.6) { CALLER_HUNG_UP } else { CALLED_HUNG_UP };
        let ring = self.rng.random_range(3..=17);
        match plot {
            Plot::Answered | Plot::Missed if self.rng.random_bool(0.3) => {
                self.queue(cast, at, (plot == Plot::Answered).then_some((ring, talk)), hung_up)
            }
            Plot::Answered => {
                let leg = self.ring(cast, cast.operator, at, Some(at + ring), at + ring + talk, hung_up);
                (Times { answer: Some(ring), end: ring + talk }, vec![leg])
            }
            Plot::Missed => {
                let wait = self.rng.random_range(8..=45);
                let leg = self.ring(cast, cast.operator, at, None, at + wait, CALLER_HUNG_UP);
                (Times { answer: None, end: wait }, vec![leg])
            }
            Plot::Busy => {
                let leg = self.ring(cast, cast.operator, at, None, at + 1, LINE_BUSY);
                (Times { answer: None, end: 1 }, vec![leg])
            }
            Plot::Menu => {
                let wait = self.rng.random_range(5..=25);
                let leg = self.machine(Location::Ivr, cast, at, at + wait, END_OF_MENU);
                (Times { answer: None, end: wait }, vec![leg])
            }
            Plot::Out | Plot::OutSilent | Plot::OutBusy => {
                let (answer, end, reason) = match plot {
                    Plot::Out => (Some(ring), ring + talk, CALLED_HUNG_UP),
                    Plot::OutSilent => (None, 25 + ring, NO_ANSWER),
                    _ => (None, 2, LINE_BUSY),
                };
                let from = self.employee_side(cast.operator);
                let to = self.client_side(cast);
                let employee = Some(cast.operator);
                let leg = self.leg(
                    Location::Abonent,
                    employee,
                    from,
                    to,
                    at,
                    answer.map(|a| at + a),
                    at + end,
                    reason,
                );
                (Times { answer, end }, vec![leg])
            }
            Plot::Internal => {
                let other = (cast.operator + 1) % self.world.operators.len();
                let (from, to) = (self.employee_side(other), self.employee_side(cast.operator));
                let employee = Some(cast.operator);
                let connected = Some(at + ring);
                let leg =
                    self.leg(Location::Abonent, employee, from, to, at, connected, at + ring + talk, hung_up);
                (Times { answer: Some(ring), end: ring + talk }, vec![leg])
            }
        }
    }

    /// Menu, queue, telephones one after the other.
    fn queue(&mut self, cast: Cast, at: i64, talk: Option<(i64, i64)>, hung_up: i64) -> (Times, Vec<Leg>) {
        let menu = self.rng.random_range(6..=14);
        let mut legs = vec![self.machine(Location::Ivr, cast, at, at + menu, PASSED_ON)];
        let mut clock = at + menu + 1;
        let shift = self.today.on_shift.clone();
        let silent = shift.into_iter().filter(|operator| *operator != cast.operator);
        let silent: Vec<usize> = silent.take(self.rng.random_range(0..=2)).collect();
        for operator in silent {
            let leg = self.ring(cast, operator, clock, None, clock + 20, NO_ANSWER);
            legs.push(leg);
            clock += 21;
        }
        let (answer, end) = match talk {
            Some((ring, talk)) => (Some(clock + ring), clock + ring + talk),
            None => (None, clock + self.rng.random_range(5..=19)),
        };
        let reason = if answer.is_some() { hung_up } else { CALLER_HUNG_UP };
        let last = self.ring(cast, cast.operator, clock, answer, end, reason);
        legs.push(last);
        let queue_reason = if answer.is_some() { PASSED_ON } else { CALLER_HUNG_UP };
        let queue = self.machine(Location::Queue, cast, at + menu, answer.unwrap_or(end), queue_reason);
        legs.insert(1, queue);
        (Times { answer: answer.map(|moment| moment - at), end: end - at }, legs)
    }

    /// A client's call at an operator's telephone.
    fn ring(
        &mut self,
        cast: Cast,
        operator: usize,
        at: i64,
        connected: Option<i64>,
        end: i64,
        reason: i64,
    ) -> Leg {
        let (from, to) = (self.client_side(cast), self.employee_side(operator));
        self.leg(Location::Abonent, Some(operator), from, to, at, connected, end, reason)
    }

    /// A client's call in a menu or a queue, which are reached on the line itself.
    fn machine(&mut self, location: Location, cast: Cast, at: i64, end: i64, reason: i64) -> Leg {
        let to = LegSide { extension: None, number: Some(self.world.lines[cast.line].number.clone()) };
        let from = self.client_side(cast);
        self.leg(location, None, from, to, at, None, end, reason)
    }

    #[allow(clippy::too_many_arguments, reason = "a leg has that many properties")]
    fn leg(
        &mut self,
        location: Location,
        employee: Option<usize>,
        from: LegSide,
        to: LegSide,
        appeared_at: i64,
        connected_at: Option<i64>,
        ended_at: i64,
        reason: i64,
    ) -> Leg {
        self.next.leg += 113;
        Leg {
            call_id: base64(&format!("1:40000001:81:{}", self.next.leg)),
            location: Some(location),
            extension: employee.map(|index| self.world.operators[index].extension.clone()),
            group: (location == Location::Queue).then(|| GROUP.to_owned()),
            from,
            to,
            appeared_at,
            connected_at,
            ended_at: Some(ended_at),
            reason: Some(reason),
        }
    }

    fn client_side(&self, cast: Cast) -> LegSide {
        let number = cast.client.map_or_else(|| "anonymous".to_owned(), |id| self.world.client_number(id));
        LegSide { extension: None, number: Some(number) }
    }

    fn employee_side(&self, operator: usize) -> LegSide {
        let operator = &self.world.operators[operator];
        LegSide { extension: Some(operator.extension.clone()), number: Some(operator.sip.clone()) }
    }
}

fn json(value: &impl serde::Serialize) -> String {
    serde_json::to_string(value).expect("plain lists have no keys that could fail")
}

/// Identifiers look as the telephony's own: base64 of digits.
pub(in crate::demo) fn base64(text: &str) -> String {
    const ALPHABET: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    let mut encoded = String::with_capacity(text.len().div_ceil(3) * 4);
    for chunk in text.as_bytes().chunks(3) {
        let group =
            chunk.iter().fold(0_u32, |bits, byte| bits << 8 | u32::from(*byte)) << (8 * (3 - chunk.len()));
        for place in 0..4 {
            let index = (group >> (18 - 6 * place)) & 63;
            encoded.push(if place <= chunk.len() { char::from(ALPHABET[index as usize]) } else { '=' });
        }
    }
    encoded
}
