//! Who and what there is before anything happens: cities, lines, personas, employees, repairmen.

use super::Extent;
use super::vocabulary::places::{MadeUpCity, PLACES};
use super::vocabulary::{people, work};
use crate::domain::id::{AccountId, ClientId};

mod masters;
pub(super) mod shifts;
mod store;

pub use masters::{DaysOff, Master};

/// Short number of the group the queue belongs to.
pub const GROUP: &str = "700";
/// The admin's name.
pub(super) const ADMIN: &str = "Ирина Белова";
/// Orders a day that make one more city worth having.
const ORDERS_PER_CITY: u32 = 150;
const LEAST_CITIES: usize = 4;

/// Somebody who takes calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The account; given by the database.
    pub id: AccountId,
    /// Full name.
    pub name: String,
    /// Login.
    pub login: String,
    /// What rings.
    pub extension: String,
    /// The telephone behind it.
    pub sip: String,
}

/// One of our numbers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// Canonical digits.
    pub number: String,
    /// РК; `None` for the line nobody has told us about.
    pub rk: Option<&'static str>,
    /// Index in [`World::cities`].
    pub city: usize,
    /// Avito account.
    pub avito_name: Option<String>,
    /// What its advertisement is about.
    pub type_equipment: Option<&'static str>,
}

/// The whole world.
pub struct World {
    /// Cities, the busiest first.
    pub cities: &'static [MadeUpCity],
    /// Lines; the last one is unknown.
    pub lines: Vec<Line>,
    /// Operators by extension.
    pub operators: Vec<Operator>,
    /// Repairmen.
    pub masters: Vec<Master>,
    /// The account of an admin; given by the database.
    pub admin_id: AccountId,
    /// How much there is of it.
    pub extent: Extent,
}

impl World {
    /// The world of `extent`, with ids as an empty database would give them.
    pub fn plan(extent: Extent) -> Self {
        let wanted = (extent.orders / extent.days.max(1) / ORDERS_PER_CITY) as usize;
        let cities = &PLACES[..wanted.clamp(LEAST_CITIES, PLACES.len())];
        let operators: Vec<Operator> = (0..extent.operators.max(1) as usize)
            .map(|index| {
                let extension = (101 + index).to_string();
                Operator {
                    id: AccountId(index as i64 + 2),
                    name: people::employee(index, index % 3 != 1),
                    login: format!("op{extension}"),
                    sip: format!("sip:op{extension}@demo.example"),
                    extension,
                }
            })
            .collect();
        let masters = masters::plan(cities.len());
        Self { cities, lines: lines(cities.len()), operators, masters, admin_id: AccountId(1), extent }
    }

    /// The number of the `id`-th client; different for every client, and nobody's outside of this world.
    pub fn client_number(&self, id: ClientId) -> String {
        // Steps without a common divisor with the count, so that neighbours don't look alike.
        if self.extent.is_small() {
            let n = (id.0 * 7_919 + 4_321) % 20_000;
            if n < 10_000 { format!("7900000{n:04}") } else { format!("7900555{:04}", n - 10_000) }
        } else {
            format!("7900{:07}", (id.0 * 7_368_787 + 1_234_567) % 10_000_000)
        }
    }

    /// Lines that somebody has told us about.
    pub fn known_lines(&self) -> &[Line] {
        &self.lines[..self.lines.len() - 1]
    }

    /// The index of the line nobody has told us about.
    pub fn unknown_line(&self) -> usize {
        self.lines.len() - 1
    }
}

/// Three personas on Avito and two other sources per city, and one line more.
fn lines(cities: usize) -> Vec<Line> {
    let mut lines = Vec::new();
    let number = |index: usize| format!("7495000{:04}", 101 + index);
    for city in 0..cities {
        for (type_equipment, _) in work::EQUIPMENT {
            lines.push(Line {
                number: number(lines.len()),
                rk: Some(work::CAMPAIGNS[0]),
                city,
                // A name belongs to one city: thirty names are more than there are cities.
                avito_name: Some(format!("{} {type_equipment}", people::persona(city))),
                type_equipment: Some(type_equipment),
            });
        }
        for rk in [work::CAMPAIGNS[1 + city % 2], work::CAMPAIGNS[3]] {
            let number = number(lines.len());
            lines.push(Line { number, rk: Some(rk), city, avito_name: None, type_equipment: None });
        }
    }
    lines.push(Line {
        number: "74950009901".to_owned(),
        rk: None,
        city: 0,
        avito_name: None,
        type_equipment: None,
    });
    lines
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;
    use crate::domain::phone::Phone;

    #[test]
    fn numbers_are_different_and_nobodys() {
        for extent in [Extent::DEMO, Extent { orders: 1_000_000, calls: 3_000_000, ..Extent::DEMO }] {
            let world = World::plan(extent);
            let numbers: BTreeSet<String> =
                (1..=15_000).map(|id| world.client_number(ClientId(id))).collect();
            assert_eq!(numbers.len(), 15_000);
            for number in numbers {
                assert!(number.starts_with("7900"));
                assert_eq!(Phone::parse(&number).as_ref().map(Phone::digits), Some(number.as_str()));
            }
        }
    }

    #[test]
    fn lines_and_personas_are_unambiguous() {
        let world = World::plan(Extent { orders: 1_000_000, days: 90, ..Extent::DEMO });
        assert_eq!(world.cities.len(), PLACES.len());
        let numbers: BTreeSet<&str> = world.lines.iter().map(|line| line.number.as_str()).collect();
        assert_eq!(numbers.len(), world.lines.len());
        let personas: Vec<&String> = world.lines.iter().filter_map(|line| line.avito_name.as_ref()).collect();
        assert_eq!(personas.iter().collect::<BTreeSet<_>>().len(), personas.len());
        for line in &world.lines {
            assert_eq!(Phone::parse(&line.number).as_ref().map(Phone::digits), Some(line.number.as_str()));
        }
    }

    #[test]
    fn the_demonstration_has_three_clocks() {
        let world = World::plan(Extent::DEMO);
        let offsets: BTreeSet<String> = world
            .cities
            .iter()
            .map(|place| {
                let moment = "2026-11-22T12:00:00".parse().expect("a moment");
                crate::domain::zone::local(moment, place.zone).to_string()
            })
            .collect();
        assert_eq!(offsets.len(), 3);
    }
}
