//! Who took part in a call: the client, our line, the employees. Nobody is ever guessed, and a group is nobody.

use super::kinds::Direction;
use super::legs::EntryLegs;
use super::talk::{Talk, Talks};
use crate::domain::phone::Phone;
use crate::integrations::mango::wire::{CallState, Location, Party};

/// An employee as the telephony names him.
#[derive(Default, Clone)]
pub(super) struct Employee {
    pub extension: Option<String>,
    pub device: Option<String>,
}

impl Employee {
    fn of(known: &EntryLegs, party: &Party) -> Employee {
        Employee { extension: known.employee(party).map(str::to_owned), device: party.number.clone() }
    }

    fn of_talk(talk: &Talk) -> Employee {
        Employee { extension: talk.extension.map(str::to_owned), device: talk.device.map(str::to_owned) }
    }
}

/// The client's number and the text it came as. Short internal numbers and whatever isn't a number give no client.
pub(super) fn client(known: &EntryLegs, talks: &Talks) -> (Option<Phone>, Option<String>) {
    let told = known.summary.and_then(|summary| outside(talks.direction, &summary.from, &summary.to));
    let line = line(known, talks.direction);
    let canonical = |raw: &str| {
        Phone::parse(raw)
            .filter(|phone| !known.internal.contains(raw) && Some(phone.digits()) != line.as_deref())
    };
    if let Some(raw) = told {
        return (canonical(&raw), Some(raw));
    }
    let from_legs: Vec<String> = known
        .call_events()
        .filter_map(|(_, event)| outside(talks.direction, &event.from, &event.to))
        .collect();
    let found = from_legs.iter().find_map(|raw| canonical(raw).map(|phone| (phone, raw.clone())));
    match found {
        Some((phone, raw)) => (Some(phone), Some(raw)),
        None => (None, from_legs.into_iter().next()),
    }
}

/// What an event tells of the outside party: the side that calls us or is called by us, and has no extension.
fn outside(direction: Direction, from: &Party, to: &Party) -> Option<String> {
    // A callback rings its employee, or his group, in the client's name.
    let is_ours = |party: &Party| party.extension.is_some() || party.acd_group.is_some();
    let client = match direction {
        Direction::Inbound => from,
        Direction::Outbound if is_ours(to) => from,
        Direction::Outbound => to,
        Direction::Internal => return None,
    };
    client.number.clone().filter(|_| client.extension.is_none())
}

/// Our line as canonical digits, or as sent when it is a SIP line. Later events may lack it, so any event will do.
pub(super) fn line(known: &EntryLegs, direction: Direction) -> Option<String> {
    let told = known.summary.and_then(|summary| summary.line_number.as_deref());
    let of_sides = || {
        known.call_events().find_map(|(_, event)| {
            let (from, to) = (event.from.line_number.as_deref(), event.to.line_number.as_deref());
            match direction {
                Direction::Outbound => from.or(to),
                Direction::Inbound | Direction::Internal => to.or(from),
            }
        })
    };
    // A menu answers on the line itself.
    let of_menu = || {
        let menu = known.legs.iter().filter(|leg| leg.location() == Some(Location::Ivr));
        menu.flat_map(|leg| &leg.events).find_map(|event| event.to.number.as_deref())
    };
    let line = told.or_else(of_sides).or_else(of_menu)?;
    Some(Phone::parse(line).map_or_else(|| line.to_owned(), |phone| phone.digits().to_owned()))
}

/// The employee of the call and the one who talked to the client last; `answered` is the verdict on the call.
pub(super) fn operators(known: &EntryLegs, talks: &Talks, answered: bool) -> (Employee, Employee) {
    let named = summary_to(known, talks, answered);
    let first = match talks.direction {
        Direction::Inbound if !answered => Employee::default(),
        Direction::Inbound => talker(talks, talks.talks.first(), named.clone()),
        Direction::Outbound | Direction::Internal => calling(known, talks, answered, &named),
    };
    let last = match talks.talks.last() {
        _ if !answered => Employee::default(),
        Some(talk) if talk.extension.is_none() && is_one_leg(talks) => {
            if first.extension.is_some() {
                first.clone()
            } else {
                Employee::of_talk(talk)
            }
        }
        // Sent on to an outside telephone: of us, the one who spoke before was the last.
        Some(talk) if !is_ours(talk) => talks
            .talks
            .iter()
            .rev()
            .find(|talk| is_ours(talk))
            .map_or(Employee::of_talk(talk), Employee::of_talk),
        Some(talk) => Employee::of_talk(talk),
        None => first.clone(),
    };
    (first, last)
}

/// Who talked; when the event doesn't name him, the summary may, as long as there is no second one it could mean.
fn talker(talks: &Talks, talk: Option<&Talk>, named: Option<Employee>) -> Employee {
    match talk {
        Some(talk) if talk.extension.is_none() && is_one_leg(talks) => {
            named.unwrap_or_else(|| Employee::of_talk(talk))
        }
        Some(talk) => Employee::of_talk(talk),
        None => named.unwrap_or_default(),
    }
}

/// Whether an employee talked: he has an internal number, or a device of our exchange by which he may be found.
fn is_ours(talk: &Talk) -> bool {
    talk.extension.is_some() || talk.device.is_some_and(|device| device.contains('@'))
}

fn is_one_leg(talks: &Talks) -> bool {
    talks.talks.windows(2).all(|pair| pair[0].leg == pair[1].leg)
}

/// The employee a summary says answered. The field may hold a group; a group has no device, an employee who talked
/// has one (docs/mango-api.md 3.2).
fn summary_to(known: &EntryLegs, talks: &Talks, answered: bool) -> Option<Employee> {
    let to = &known.summary.filter(|_| answered && talks.direction != Direction::Internal)?.to;
    to.number.as_ref()?;
    Some(Employee::of(known, to)).filter(|employee| employee.extension.is_some())
}

/// The employee who calls: the summary's caller; before it the caller of the first leg, in a callback the employee
/// who picked up first, else the one rung first.
fn calling(known: &EntryLegs, talks: &Talks, answered: bool, named: &Option<Employee>) -> Employee {
    let from_summary = known.summary.map(|summary| Employee::of(known, &summary.from));
    let from_legs = || {
        let root = known.legs.get(known.root)?;
        if !talks.is_callback {
            return Some(Employee::of(known, &root.first().from));
        }
        let personal = || known.legs.iter().filter(|leg| leg.is_abonent());
        let picked_up = personal()
            .flat_map(|leg| leg.connections())
            .filter(|event| known.employee(talks.employee_side(event)).is_some())
            .min_by_key(|event| event.timestamp);
        let first = picked_up.unwrap_or(root.first());
        let is_direct = picked_up.is_some() || root.is_abonent();
        is_direct.then(|| Employee::of(known, talks.employee_side(first)))
    };
    let known_one = |employee: &Employee| employee.extension.is_some();
    from_summary
        .filter(known_one)
        .or_else(|| from_legs().filter(known_one))
        .or_else(|| answered.then(|| named.clone()).flatten())
        .unwrap_or_default()
}

/// Whose telephones rang, in the order they did.
pub(super) fn rung(known: &EntryLegs) -> Vec<String> {
    let mut rung: Vec<String> = Vec::new();
    for leg in known.legs.iter().filter(|leg| leg.is_abonent()) {
        for extension in leg.events.iter().filter_map(|event| known.employee(&event.to)) {
            if !rung.iter().any(|known| known == extension) {
                rung.push(extension.to_owned());
            }
        }
    }
    rung
}

/// Whose telephones ring at this moment.
pub(super) fn ringing_now(known: &EntryLegs) -> Vec<String> {
    let legs = known.legs.iter().filter(|leg| leg.is_abonent() && leg.state() == CallState::Appeared);
    distinct(legs.filter_map(|leg| known.employee(&leg.last().to)))
}

/// Who is joined with the client at this moment, holds included.
pub(super) fn talking_now(known: &EntryLegs, talks: &Talks) -> Vec<String> {
    let joined = known.legs.iter().enumerate().filter(|(index, leg)| {
        matches!(leg.state(), CallState::Connected | CallState::OnHold)
            && talks.is_with_client(known, *index, leg.last())
    });
    distinct(joined.filter_map(|(_, leg)| known.employee(talks.employee_side(leg.last()))))
}

fn distinct<'a>(extensions: impl Iterator<Item = &'a str>) -> Vec<String> {
    let mut distinct: Vec<String> = extensions.map(str::to_owned).collect();
    distinct.sort();
    distinct.dedup();
    distinct
}
