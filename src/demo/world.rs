//! Who and what there is before anything happens: cities, lines, personas, employees, repairmen.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::Extent;
use super::vocabulary::places::{PLACES, Place};
use super::vocabulary::{people, work};
use crate::accounts::{Role, queries};
use crate::db::Db;
use crate::db::schema::{
    accounts, avito, break_reasons, callcentre_operator, campaigns, cities, master, operator_cities, phones,
    refusal_reasons, work_status_log,
};

mod shifts;

/// Short number of the group the queue belongs to.
pub const GROUP: &str = "700";
/// The admin's name.
pub(super) const ADMIN: &str = "Ирина Белова";
/// Orders a day that make one more city worth having.
const ORDERS_PER_CITY: u32 = 150;
const LEAST_CITIES: usize = 4;
/// Repairmen per city: two of each kind of equipment.
const MASTERS_PER_KIND: usize = 2;

/// Somebody who takes calls.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Operator {
    /// The account; given by the database.
    pub id: i64,
    /// Full name.
    pub name: String,
    /// Login.
    pub login: String,
    /// What rings.
    pub extension: String,
    /// The telephone behind it.
    pub sip: String,
}

/// A repairman.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    /// Given by the database.
    pub id: i64,
    /// Full name.
    pub name: String,
    /// Index in [`World::cities`].
    pub city: usize,
    /// What he repairs.
    pub type_equipment: &'static str,
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
    pub cities: &'static [Place],
    /// Lines; the last one is unknown.
    pub lines: Vec<Line>,
    /// Operators by extension.
    pub operators: Vec<Operator>,
    /// Repairmen.
    pub masters: Vec<Master>,
    /// The account of an admin; given by the database.
    pub admin_id: i64,
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
                    id: index as i64 + 2,
                    name: people::employee(index, index % 3 != 1),
                    login: format!("op{extension}"),
                    sip: format!("sip:op{extension}@demo.example"),
                    extension,
                }
            })
            .collect();
        let mut masters = Vec::new();
        for city in 0..cities.len() {
            for (type_equipment, _) in work::EQUIPMENT {
                for _ in 0..MASTERS_PER_KIND {
                    let index = masters.len();
                    let name = people::employee(index + 40, false);
                    masters.push(Master { id: index as i64 + 1, name, city, type_equipment });
                }
            }
        }
        Self { cities, lines: lines(cities.len()), operators, masters, admin_id: 1, extent }
    }

    /// The number of the `id`-th client; different for every client, and nobody's outside of this world.
    pub fn client_number(&self, id: i64) -> String {
        // Steps without a common divisor with the count, so that neighbours don't look alike.
        if self.extent.is_small() {
            let n = (id * 7_919 + 4_321) % 20_000;
            if n < 10_000 { format!("7900000{n:04}") } else { format!("7900555{:04}", n - 10_000) }
        } else {
            format!("7900{:07}", (id * 7_368_787 + 1_234_567) % 10_000_000)
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

    /// Writes the world, takes what is there already for its own, and learns the ids. `passwords` are hashes by
    /// login; whoever has none cannot sign in.
    pub fn store(
        &mut self,
        db: &mut Db,
        now: NaiveDateTime,
        passwords: &HashMap<String, String>,
    ) -> QueryResult<()> {
        let since = now - chrono::Duration::days(i64::from(self.extent.days) + 30);
        self.store_lists(db, since)?;
        self.store_accounts(db, since, passwords)?;
        for master in &mut self.masters {
            master.id = diesel::insert_into(master::table)
                .values((
                    master::name.eq(&master.name),
                    master::note.eq(format!("{}, {}", self.cities[master.city].name, master.type_equipment)),
                ))
                .returning(master::id)
                .get_result(db)?;
        }
        let shifts = shifts::log(self, now);
        crate::bulk_insert!(db, work_status_log::table, &shifts)
    }

    fn store_lists(&self, db: &mut Db, since: NaiveDateTime) -> QueryResult<()> {
        for place in self.cities {
            let row = (cities::name.eq(place.name), cities::time_zone.eq(place.zone.name()));
            crate::insert_new!(db, cities::table, row, cities::name)?;
        }
        for name in work::CAMPAIGNS {
            crate::insert_new!(db, campaigns::table, campaigns::name.eq(name), campaigns::name)?;
        }
        for name in work::BREAKS {
            crate::insert_new!(db, break_reasons::table, break_reasons::name.eq(name), break_reasons::name)?;
        }
        for (status, reasons) in [("Отказ", work::REFUSALS), ("Незаказ", work::NOT_ORDERS)] {
            for name in reasons {
                let row = (refusal_reasons::status_order.eq(status), refusal_reasons::name.eq(name));
                let key = (refusal_reasons::status_order, refusal_reasons::name);
                crate::insert_new!(db, refusal_reasons::table, row, key)?;
            }
        }
        for line in &self.lines {
            if let Some(name) = &line.avito_name {
                crate::insert_new!(db, avito::table, avito::name.eq(name), avito::name)?;
            }
            let row = (
                phones::number.eq(&line.number),
                phones::rk.eq(line.rk),
                phones::city.eq(line.rk.map(|_| self.cities[line.city].name)),
                phones::avito_name.eq(&line.avito_name),
                phones::is_known.eq(line.rk.is_some()),
                phones::created_at.eq(since),
            );
            crate::insert_new!(db, phones::table, row, phones::number)?;
        }
        Ok(())
    }

    fn store_accounts(
        &mut self,
        db: &mut Db,
        since: NaiveDateTime,
        passwords: &HashMap<String, String>,
    ) -> QueryResult<()> {
        let admin: Option<i64> = accounts::table
            .filter(accounts::role.eq(Role::Admin))
            .order(accounts::id)
            .select(accounts::id)
            .first(db)
            .optional()?;
        self.admin_id = match admin {
            Some(id) => id,
            None => account(db, Role::Admin, "admin", ADMIN, since, passwords)?,
        };
        for (index, operator) in self.operators.iter_mut().enumerate() {
            let found = queries::credentials(db, &operator.login)?;
            operator.id = match found {
                Some(found) => found.id,
                None => account(db, Role::Operator, &operator.login, &operator.name, since, passwords)?,
            };
            diesel::update(callcentre_operator::table.find(operator.id))
                .set((
                    callcentre_operator::extension.eq(&operator.extension),
                    callcentre_operator::sip_address.eq(&operator.sip),
                    callcentre_operator::mango_user_id.eq(300_000_101 + index as i64),
                ))
                .execute(db)?;
            // Everybody has several cities, nobody all of them.
            for (city, place) in self.cities.iter().enumerate() {
                if (city + index) % LEAST_CITIES != LEAST_CITIES - 1 {
                    let row =
                        (operator_cities::operator_id.eq(operator.id), operator_cities::city.eq(place.name));
                    let key = (operator_cities::operator_id, operator_cities::city);
                    crate::insert_new!(db, operator_cities::table, row, key)?;
                }
            }
        }
        Ok(())
    }
}

fn account(
    db: &mut Db,
    role: Role,
    login: &str,
    name: &str,
    since: NaiveDateTime,
    passwords: &HashMap<String, String>,
) -> QueryResult<i64> {
    let password = passwords.get(login).cloned();
    let new = queries::NewAccount { role, login: login.to_owned(), password, name: name.to_owned() };
    queries::insert(db, &new, since)
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
    use crate::phone::Phone;

    #[test]
    fn numbers_are_different_and_nobodys() {
        for extent in [Extent::DEMO, Extent { orders: 1_000_000, calls: 3_000_000, ..Extent::DEMO }] {
            let world = World::plan(extent);
            let numbers: BTreeSet<String> = (1..=15_000).map(|id| world.client_number(id)).collect();
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
                crate::zone::local(moment, place.zone).to_string()
            })
            .collect();
        assert_eq!(offsets.len(), 3);
    }
}
