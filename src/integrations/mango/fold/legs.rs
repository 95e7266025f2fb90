//! Everything known about one entry, sorted: legs with their events in order and the
//! summary that counts.
//!
//! Sorting is total, so neither the order of arrival nor repetitions can show in what is built on it. The one
//! exception is on purpose: of two different summaries the one received last counts.

use std::collections::{BTreeMap, BTreeSet};

use super::{Leg, LegSide};
use crate::integrations::mango::wire::{CallEvent, CallState, Event, Location, Party, Summary};

/// The legs of one entry and what else is known of it.
pub(super) struct EntryLegs<'e> {
    /// In the order the legs came to be; never holds a leg without events.
    pub legs: Vec<LegEvents<'e>>,
    /// Index in `legs` of the one the call began with; 0 without legs.
    pub root: usize,
    pub summary: Option<&'e Summary>,
    pub summary_conflict: bool,
    /// Short numbers that belong to groups, so they are nobody's.
    pub groups: BTreeSet<&'e str>,
    /// Every internal number seen, groups' included.
    pub internal: BTreeSet<&'e str>,
}

impl<'e> EntryLegs<'e> {
    pub fn gather(entry_id: &str, events: &'e [Event]) -> EntryLegs<'e> {
        let mut by_leg: BTreeMap<&str, Vec<&CallEvent>> = BTreeMap::new();
        let mut summaries: Vec<&Summary> = Vec::new();
        for event in events.iter().filter(|event| event.entry_id() == Some(entry_id)) {
            match event {
                Event::Call(call) => by_leg.entry(&call.call_id).or_default().push(call),
                // The same summary again changes nothing, so it doesn't become the last one either.
                Event::Summary(summary) if !summaries.contains(&summary) => summaries.push(summary),
                Event::Summary(_) | Event::Recording(_) | Event::RecordAdded(_) => {}
                Event::Result(_) | Event::Other { .. } => {}
            }
        }
        let legs = in_order(by_leg);
        let root = legs.iter().position(|leg| leg.first().from.taken_from.is_none()).unwrap_or(0);
        let parties = || legs.iter().flat_map(|leg| &leg.events).flat_map(|e| [&e.from, &e.to]);
        let groups: BTreeSet<&str> = parties().filter_map(|party| party.acd_group.as_deref()).collect();
        let internal =
            parties().filter_map(|party| party.extension.as_deref()).chain(groups.iter().copied()).collect();
        EntryLegs {
            root,
            summary: summaries.last().copied(),
            summary_conflict: summaries.len() > 1,
            groups,
            internal,
            legs,
        }
    }

    /// The employee's number on a side; a group's number is none.
    pub fn employee(&self, party: &'e Party) -> Option<&'e str> {
        party.extension.as_deref().filter(|extension| !self.groups.contains(extension))
    }

    /// All call events: the first leg's first, then leg by leg.
    pub fn call_events(&self) -> impl Iterator<Item = (usize, &'e CallEvent)> {
        let root = self.root;
        let rest = (0..self.legs.len()).filter(move |leg| *leg != root);
        self.legs
            .get(root)
            .map(|_| root)
            .into_iter()
            .chain(rest)
            .flat_map(move |leg| self.legs[leg].events.iter().map(move |event| (leg, *event)))
    }
}

/// One leg's events by counter, without repetitions.
pub(super) struct LegEvents<'e> {
    pub events: Vec<&'e CallEvent>,
    /// When the leg came to be, as far as known.
    pub started_at: i64,
}

impl<'e> LegEvents<'e> {
    fn new(mut events: Vec<&'e CallEvent>) -> LegEvents<'e> {
        // The moment and the state stand in where counters are missing or equal; the rest makes the order total.
        events.sort_by(|a, b| {
            (a.seq, a.timestamp, a.state).cmp(&(b.seq, b.timestamp, b.state)).then_with(|| a.cmp(b))
        });
        events.dedup();
        let started_at = events.iter().map(|event| event.timestamp).min().unwrap_or_default();
        LegEvents { events, started_at }
    }

    pub fn first(&self) -> &'e CallEvent {
        self.events.first().expect("a leg is made by its first event")
    }

    /// The event with the highest counter: it alone decides the leg's state.
    pub fn last(&self) -> &'e CallEvent {
        self.events.last().expect("a leg is made by its first event")
    }

    pub fn state(&self) -> CallState {
        self.last().state
    }

    pub fn ended_at(&self) -> Option<i64> {
        (self.state() == CallState::Disconnected).then(|| self.last().timestamp)
    }

    /// Where the leg leads; guessed only where nothing was sent: with an internal number it leads to a person.
    pub fn location(&self) -> Option<Location> {
        self.events.iter().find_map(|event| event.location).or_else(|| {
            let personal = |e: &&CallEvent| e.from.extension.is_some() || e.to.extension.is_some();
            self.events.iter().any(personal).then_some(Location::Abonent)
        })
    }

    pub fn is_abonent(&self) -> bool {
        self.location() == Some(Location::Abonent)
    }

    /// Moments at which the two sides were connected: each Connected, and a hold whose connection was never told.
    pub fn connections(&self) -> impl Iterator<Item = &'e CallEvent> {
        let told = self.events.iter().any(|event| event.state == CallState::Connected);
        self.events.iter().copied().filter(move |event| match event.state {
            CallState::Connected => true,
            CallState::OnHold => !told,
            CallState::Appeared | CallState::Disconnected => false,
        })
    }

    /// The leg as history keeps it; `employee` is whose leg it was.
    pub fn history(&self, employee: Option<&str>) -> Leg {
        // A side is taken whole: after a transfer the old extension and the new number are two people.
        let side = |of: fn(&CallEvent) -> &Party| {
            let mut told = self.events.iter().rev().map(|event| of(event));
            let party = told.find(|party| party.extension.is_some() || party.number.is_some());
            LegSide {
                extension: party.and_then(|party| party.extension.clone()),
                number: party.and_then(|party| party.number.clone()),
            }
        };
        Leg {
            call_id: self.first().call_id.clone(),
            location: self.location(),
            extension: employee.map(str::to_owned),
            group: self.events.iter().find_map(|event| event.to.acd_group.clone()),
            from: side(|event| &event.from),
            to: side(|event| &event.to),
            appeared_at: self.started_at,
            connected_at: self.connections().map(|event| event.timestamp).min(),
            ended_at: self.ended_at(),
            reason: self.ended_at().and(self.last().reason),
        }
    }
}

/// Legs by the moment they came to be; of legs of one second the one taken from the other is the later.
fn in_order<'e>(by_leg: BTreeMap<&'e str, Vec<&'e CallEvent>>) -> Vec<LegEvents<'e>> {
    let legs: BTreeMap<&str, LegEvents> =
        by_leg.into_iter().map(|(id, events)| (id, LegEvents::new(events))).collect();
    let depth = |id: &str| {
        let mut seen = BTreeSet::from([id]);
        let mut at = legs.get(id);
        while let Some(before) = at.and_then(|leg| leg.first().from.taken_from.as_deref()) {
            if !seen.insert(before) {
                break;
            }
            at = legs.get(before);
        }
        seen.len()
    };
    let mut order: Vec<(i64, usize, &str)> =
        legs.iter().map(|(id, leg)| (leg.started_at, depth(id), *id)).collect();
    order.sort_unstable();
    let mut legs = legs;
    order.into_iter().filter_map(|(_, _, id)| legs.remove(id)).collect()
}
