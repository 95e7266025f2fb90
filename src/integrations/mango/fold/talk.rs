//! What kind of call it is, and when the client and an employee talked.
//!
//! A connected leg alone is no conversation: menus and queues connect, a callback connects its employee before the
//! client is even rung, and during a consultation two employees talk (docs/mango-api.md 4.7-4.9).

use super::kinds::Direction;
use super::legs::EntryLegs;
use crate::integrations::mango::wire::{CallEvent, Party, SummaryDirection};

/// Which side a callback rings first.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Callback {
    EmployeeFirst,
    ClientFirst,
}

/// The kind of a call with the conversations in it.
pub(super) struct Talks<'e> {
    pub direction: Direction,
    pub is_callback: bool,
    /// By the moment they began.
    pub talks: Vec<Talk<'e>>,
    callback: Option<Callback>,
    client_joined_at: Option<i64>,
}

/// A moment from which the client and an employee talked.
pub(super) struct Talk<'e> {
    pub at: i64,
    pub leg: usize,
    /// `None` for an employee without an internal number, on a mobile telephone for instance.
    pub extension: Option<&'e str>,
    pub device: Option<&'e str>,
}

impl<'e> Talks<'e> {
    pub fn of(known: &EntryLegs<'e>) -> Talks<'e> {
        let callback = callback(known);
        let direction = match known.summary.and_then(|summary| summary.direction) {
            Some(SummaryDirection::Internal) => Direction::Internal,
            Some(SummaryDirection::Inbound) => Direction::Inbound,
            Some(SummaryDirection::Outbound) => Direction::Outbound,
            None => direction(known, callback.is_some()),
        };
        let callback = callback.filter(|_| direction == Direction::Outbound);
        let mut found = Talks {
            direction,
            is_callback: callback.is_some(),
            talks: Vec::new(),
            callback,
            client_joined_at: None,
        };
        found.client_joined_at = found.client_joined_at(known);
        let mut talks: Vec<Talk> = Vec::new();
        for (index, leg) in known.legs.iter().enumerate() {
            talks.extend(leg.connections().filter(|event| found.is_with_client(known, index, event)).map(
                |event| {
                    let side = found.employee_side(event);
                    let (extension, device) = (known.employee(side), side.number.as_deref());
                    Talk { at: event.timestamp, leg: index, extension, device }
                },
            ));
        }
        // Stable: within one second the order of legs and counters stays.
        talks.sort_by_key(|talk| (talk.at, talk.leg));
        found.talks = talks;
        found
    }

    /// Whether a leg, as connected by `event`, joins the client with an employee.
    pub fn is_with_client(&self, known: &EntryLegs<'e>, leg: usize, event: &CallEvent) -> bool {
        if !known.legs[leg].is_abonent() {
            return false;
        }
        let (from, to) = (event.from.extension.is_some(), event.to.extension.is_some());
        match self.direction {
            Direction::Internal => true,
            // The caller of the leg is the client; with an extension it is an employee who consults another.
            Direction::Inbound => !from,
            Direction::Outbound => match self.callback {
                None => !(from && to),
                Some(_) if leg == known.root => false,
                Some(Callback::ClientFirst) => !(from && to),
                // Ringing the employee looks like a call from the client; it is one only after the client has joined,
                // when the call was handed over.
                Some(Callback::EmployeeFirst) => {
                    !to || (!from && self.client_joined_at.is_some_and(|joined| joined <= event.timestamp))
                }
            },
        }
    }

    /// The side of a leg on which the employee is.
    pub fn employee_side<'a>(&self, event: &'a CallEvent) -> &'a Party {
        match self.direction {
            Direction::Inbound => &event.to,
            Direction::Internal => &event.from,
            Direction::Outbound if event.from.extension.is_none() && event.to.extension.is_some() => {
                &event.to
            }
            Direction::Outbound => &event.from,
        }
    }

    fn client_joined_at(&self, known: &EntryLegs<'e>) -> Option<i64> {
        let later =
            known.legs.iter().enumerate().filter(|(index, leg)| *index != known.root && leg.is_abonent());
        later
            .flat_map(|(_, leg)| leg.connections())
            .filter(|event| event.to.extension.is_none())
            .map(|event| event.timestamp)
            .min()
    }
}

/// The direction as the first leg tells it (docs/mango-api.md 4.7); a call known by its summary alone is told by
/// the summary's sides.
fn direction(known: &EntryLegs, is_callback: bool) -> Direction {
    let sides = known.legs.get(known.root).map(|leg| (&leg.first().from, &leg.first().to));
    let Some((from, to)) = sides.or_else(|| known.summary.map(|summary| (&summary.from, &summary.to))) else {
        return Direction::Inbound;
    };
    match (from.extension.is_some(), to.extension.is_some()) {
        _ if is_callback => Direction::Outbound,
        (true, true) => Direction::Internal,
        (true, false) => Direction::Outbound,
        (false, _) => Direction::Inbound,
    }
}

/// Whether the call was started by a command or a widget, and in which order it rings.
fn callback(known: &EntryLegs) -> Option<Callback> {
    let root = known.legs.get(known.root)?;
    let first = root.first();
    // A command also makes the legs of a transfer, so its id proves a callback only on a leg taken from nowhere.
    let commanded = first.from.taken_from.is_none() && root.events.iter().any(|e| e.command_id.is_some());
    let initiated = root.events.iter().any(|e| e.callback_initiator.is_some());
    (commanded || initiated).then(|| {
        // The employee is the side with an extension, or the group that is rung for one.
        if first.to.extension.is_some() || first.to.acd_group.is_some() {
            Callback::EmployeeFirst
        } else {
            Callback::ClientFirst
        }
    })
}
