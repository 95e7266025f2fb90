//! Repairmen: where and with what they work, when they are off, and their way into the database.

use chrono::{Datelike, Duration, NaiveDate, NaiveDateTime};
use diesel::prelude::*;

use super::World;
use crate::demo::vocabulary::{people, work};
use crate::domain::id::MasterId;
use crate::domain::master::MasterStatus;
use crate::domain::order::TypeEquipment;
use crate::domain::zone;
use crate::masters::queries::write;
use crate::platform::db::Db;
use crate::platform::db::schema::master;

/// Repairmen per city: two of each kind of equipment.
const PER_KIND: usize = 2;
/// Days off are known so far ahead.
const DAYS_AHEAD: i64 = 15;

/// A repairman.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Master {
    /// Given by the database.
    pub id: MasterId,
    /// Full name.
    pub name: String,
    /// Index in [`World::cities`].
    pub city: usize,
    /// What he repairs.
    pub type_equipment: &'static str,
    /// What he can repair besides.
    also: Option<&'static str>,
    note: &'static str,
}

/// Days off: the first, the last, why.
pub type DaysOff = (NaiveDate, NaiveDate, &'static str);

/// The repairmen of so many cities.
pub(super) fn plan(cities: usize) -> Vec<Master> {
    let mut masters = Vec::new();
    for city in 0..cities {
        for (kind, (type_equipment, _)) in work::EQUIPMENT.iter().enumerate() {
            for _ in 0..PER_KIND {
                let index = masters.len();
                let other = work::EQUIPMENT[(kind + 1) % work::EQUIPMENT.len()].0;
                masters.push(Master {
                    id: MasterId(index as i64 + 1),
                    name: people::employee(index + 40, false),
                    city,
                    type_equipment,
                    also: (index % 4 == 1).then_some(other),
                    note: match index % 7 {
                        2 => "Своя машина",
                        5 => "После 19:00 не звонить",
                        _ => "",
                    },
                });
            }
        }
    }
    masters
}

impl World {
    /// When the `index`-th repairman is off, as it is known on the day `today`: one day of every week, now and then
    /// a vacation or an illness. The two of a kind have different days.
    pub fn days_off(&self, index: usize, today: NaiveDate) -> Vec<DaysOff> {
        let mut days = Vec::new();
        if index % 9 == 4 {
            days.push((today + Duration::days(4), today + Duration::days(13), "Отпуск"));
        }
        if index % 12 == 7 {
            days.push((today - Duration::days(2), today + Duration::days(1), "Болеет"));
        }
        let weekday = (index * 3 % 7) as u32;
        let weekly = (0..DAYS_AHEAD)
            .map(|ahead| today + Duration::days(ahead))
            .filter(|day| day.weekday().num_days_from_monday() == weekday)
            .filter(|day| !days.iter().any(|(from, to, _)| (from..=to).contains(&day)))
            .map(|day| (day, day, ""))
            .collect::<Vec<_>>();
        days.extend(weekly);
        days
    }

    /// Who visits clients of `city` on `day` with `type_equipment`: those who are not off, unless all are.
    pub fn masters_for(
        &self,
        city: usize,
        type_equipment: &str,
        day: NaiveDate,
        now: NaiveDateTime,
    ) -> Vec<MasterId> {
        let today = zone::local(now, self.cities[city].zone).date();
        let fitting = || {
            let all = self.masters.iter().enumerate();
            all.filter(|(_, master)| master.city == city && master.type_equipment == type_equipment)
        };
        let is_off = |index: usize| {
            day >= today
                && self.days_off(index, today).iter().any(|(from, to, _)| (from..=to).contains(&&day))
        };
        let free: Vec<MasterId> = fitting().filter(|(index, _)| !is_off(*index)).map(|(_, m)| m.id).collect();
        if free.is_empty() { fitting().map(|(_, m)| m.id).collect() } else { free }
    }

    /// Cities a repairman goes to: every third one to the next city as well.
    fn cities_of(&self, index: usize) -> Vec<String> {
        let home = self.masters[index].city;
        let mut cities = vec![self.cities[home].name.to_owned()];
        if index % 3 == 2 && self.cities.len() > 1 {
            cities.push(self.cities[(home + 1) % self.cities.len()].name.to_owned());
        }
        cities
    }

    pub(super) fn store_masters(&mut self, db: &mut Db, now: NaiveDateTime) -> QueryResult<()> {
        for index in 0..self.masters.len() {
            let planned = self.masters[index].clone();
            let id = diesel::insert_into(master::table)
                .values((master::name.eq(&planned.name), master::note.eq(planned.note)))
                .returning(master::id)
                .get_result(db)?;
            self.masters[index].id = id;
            write::set_cities(db, id, &self.cities_of(index))?;
            let kinds = [Some(planned.type_equipment), planned.also];
            let kinds: Vec<TypeEquipment> =
                kinds.into_iter().flatten().filter_map(TypeEquipment::parse).collect();
            write::set_equipment(db, id, &kinds)?;
            let today = zone::local(now, self.cities[planned.city].zone).date();
            for (from, to, note) in self.days_off(index, today) {
                write::insert_day_off(db, id, (from, to), note)?;
            }
        }
        // Somebody who has left, so that this can be seen too.
        diesel::insert_into(master::table)
            .values((
                master::name.eq(people::employee(999, false)),
                master::status_work.eq(MasterStatus::Inactive),
                master::note.eq("Ушёл в сентябре"),
            ))
            .execute(db)?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::demo::Extent;

    #[test]
    fn nobody_visits_on_a_day_off_while_a_colleague_is_free() {
        let world = World::plan(Extent::DEMO);
        let now: NaiveDateTime = "2026-11-23T12:00:00".parse().expect("a moment");
        let mut narrowed = 0;
        for ahead in 0..DAYS_AHEAD {
            let day = now.date() + Duration::days(ahead);
            for city in 0..world.cities.len() {
                for (kind, _) in work::EQUIPMENT {
                    let who = world.masters_for(city, kind, day, now);
                    assert!(!who.is_empty());
                    narrowed += usize::from(who.len() < PER_KIND);
                }
            }
        }
        assert!(narrowed > 0, "days off must show");
    }

    #[test]
    fn days_off_of_one_do_not_overlap() {
        let world = World::plan(Extent::DEMO);
        let today = "2026-11-23".parse().expect("a day");
        for index in 0..world.masters.len() {
            let mut days = world.days_off(index, today);
            days.sort();
            assert!(days.windows(2).all(|pair| pair[0].1 < pair[1].0), "{days:?}");
        }
    }
}
