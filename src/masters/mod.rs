//! Masters (repairmen): who they are, where and with what they work, when they are off; and the choice of one for an
//! order ([`choice`]).
//!
//! A master of whom nobody has said a city (or equipment) is offered everywhere and marked so: lists that were kept
//! before there were cities go on working. Deactivating breaks nothing: his orders keep him until somebody hands
//! them over.

pub mod choice;
mod choose;
mod days_off;
mod days_off_view;
mod edit;
mod form;
mod index;
pub mod queries;
pub mod routes;

use crate::domain::id::{DayOffId, MasterId};
use crate::domain::master::MasterStatus;
use chrono::{NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use crate::domain::city::{City, zone_of};
use crate::domain::order::TypeEquipment;
use crate::domain::{russian, zone};
use crate::web::admin_list::AdminList;

const PLACE: AdminList = AdminList { path: "/admin/masters", target: "masters", label: "Мастера" };

/// A master.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    /// Row id.
    pub id: MasterId,
    /// Full name.
    pub name: String,
    /// Works or not.
    pub status_work: MasterStatus,
    /// Anything.
    pub note: String,
    /// Where he works, sorted; empty when nobody has said.
    pub cities: Vec<String>,
    /// What he repairs, in the usual order; empty when nobody has said.
    pub equipment: Vec<TypeEquipment>,
    /// The days off that were asked for, earliest first.
    pub days_off: Vec<DayOff>,
}

/// What an admin wants a master to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MasterFields {
    /// Full name.
    pub name: String,
    /// Works or not.
    pub status_work: MasterStatus,
    /// Anything.
    pub note: String,
    /// Names of cities, sorted.
    pub cities: Vec<String>,
    /// In the usual order.
    pub equipment: Vec<TypeEquipment>,
}

/// Days on which a master takes no visits, on the calendar of the client's city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DayOff {
    /// Row id; none before it is kept.
    pub id: Option<DayOffId>,
    /// The first day.
    pub from: NaiveDate,
    /// The last day.
    pub to: NaiveDate,
    /// «отпуск».
    pub note: String,
}

impl Master {
    /// Gets new orders.
    pub fn is_active(&self) -> bool {
        self.status_work == MasterStatus::Active
    }

    /// The day it is for him: on the clock of the first of his cities, else of the business.
    pub fn today(&self, cities: &[City], business_zone: Tz, now: NaiveDateTime) -> NaiveDate {
        let zone = self.cities.first().map_or(business_zone, |city| zone_of(cities, city, business_zone));
        zone::local(now, zone).date()
    }

    /// The days off that include `day`.
    pub fn off_on(&self, day: NaiveDate) -> Option<&DayOff> {
        self.days_off.iter().find(|off| (off.from..=off.to).contains(&day))
    }

    /// What `wanted` changes, in Russian, for the journal.
    fn changes(&self, wanted: &MasterFields) -> Vec<String> {
        let mut changes = Vec::new();
        if self.name != wanted.name {
            changes.push(format!("было «{}»", self.name));
        }
        if self.status_work != wanted.status_work {
            changes.push(
                if self.is_active() {
                    "больше не работает"
                } else {
                    "снова работает"
                }
                .to_owned(),
            );
        }
        if self.cities != wanted.cities {
            changes.push(format!("города: {}", or_dash(&wanted.cities.join(", "))));
        }
        if self.equipment != wanted.equipment {
            changes.push(format!("техника: {}", or_dash(&equipment_words(&wanted.equipment))));
        }
        if self.note != wanted.note {
            changes.push("заметка".to_owned());
        }
        changes
    }
}

impl DayOff {
    /// «1 декабря», «1–5 декабря», «30 ноября – 5 декабря», with years that are not the year of `today`.
    pub fn words(&self, today: NaiveDate) -> String {
        use chrono::Datelike;
        let to = russian::day(self.to, today);
        if self.from == self.to {
            to
        } else if (self.from.year(), self.from.month()) == (self.to.year(), self.to.month()) {
            format!("{}–{to}", self.from.day())
        } else {
            format!("{} – {to}", russian::day(self.from, today))
        }
    }
}

fn or_dash(text: &str) -> &str {
    if text.is_empty() { "—" } else { text }
}

/// «КП, БТ».
fn equipment_words(equipment: &[TypeEquipment]) -> String {
    equipment.iter().map(|e| e.as_str()).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn day(text: &str) -> NaiveDate {
        text.parse().expect("a day")
    }

    #[test]
    fn days_off_are_said_as_people_say_them() {
        let off = |from, to| DayOff { id: None, from: day(from), to: day(to), note: String::new() };
        let today = day("2026-11-23");
        assert_eq!(off("2026-12-01", "2026-12-01").words(today), "1 декабря");
        assert_eq!(off("2026-12-01", "2026-12-05").words(today), "1–5 декабря");
        assert_eq!(off("2026-11-30", "2026-12-05").words(today), "30 ноября – 5 декабря");
        assert_eq!(off("2026-12-30", "2027-01-05").words(today), "30 декабря – 5 января 2027");
    }
}
