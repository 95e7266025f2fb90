//! The slot grid over the list: a day from 10:00 to 22:00 by half hours, a row for each kind of equipment, with
//! the admin's limits and with what people hold. Counted from the whole database by [`slots::queries::load`].

use chrono::{Duration, NaiveDate, NaiveDateTime, Timelike};

use super::filter::{OrderFilter, Slot, address_with, slots_day};
use super::rows::Clocks;
use crate::domain::order::TypeEquipment;
use crate::domain::{russian, zone};
use crate::platform::db::Db;
use crate::slots::{self, Day, EquipmentRow, Held, Load, SLOT_MINUTES, clock, starts};
use crate::web::form::Fields;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `10:30`.
    pub time: String,
    /// Open orders.
    pub n: i64,
    /// Load for the colour: `0`–`4`, `full`, `over`, or `closed` when the slot takes nothing.
    pub heat: &'static str,
    /// «БТ, 10:30: 2 из 3, держит Анна до 14:07».
    pub label: String,
    /// Places people hold while talking.
    pub held: usize,
    /// Its end has passed on the clock of the city.
    pub is_past: bool,
    /// The list shows exactly this cell.
    pub is_chosen: bool,
    /// The list with this cell's orders; or with all again when it is chosen.
    pub href: String,
}

/// A row of the grid.
#[derive(Clone, Debug)]
pub struct GridRow {
    /// What is repaired.
    pub equipment: TypeEquipment,
    /// By time.
    pub cells: Vec<Cell>,
    /// Visits outside the grid.
    pub outside: i64,
    /// The list with the visits outside.
    pub outside_href: String,
    /// All visits of the day, those outside too.
    pub sum: i64,
    /// Visits the grid takes.
    pub limit: i64,
}

/// A column's head.
#[derive(Clone, Debug)]
pub struct Head {
    /// `10:30`.
    pub time: String,
    /// A full hour is written bolder.
    pub is_hour: bool,
    /// Over already.
    pub is_past: bool,
    /// Now.
    pub is_now: bool,
}

/// The grid of a day.
#[derive(Clone, Debug)]
pub struct Grid {
    /// Its columns.
    pub heads: Vec<Head>,
    /// A row each for КП, БТ, МНЧ.
    pub rows: Vec<GridRow>,
    /// All visits of the day.
    pub sum: i64,
    /// Visits the day takes.
    pub limit: i64,
    /// Places that are held.
    pub held: usize,
    /// Some visits are outside 10:00–22:00.
    pub has_outside: bool,
}

/// True when the slot is over by the city's clock `now`.
pub fn is_past(day: NaiveDate, start: i32, now: NaiveDateTime) -> bool {
    let minute = i32::try_from(now.hour() * 60 + now.minute()).unwrap_or_default();
    day < now.date() || (day == now.date() && start + SLOT_MINUTES <= minute)
}

/// The load of a slot for its colour; `closed` when it takes nothing and nobody is in it.
pub fn heat(load: &Load) -> &'static str {
    if load.places == 0 && load.busy() == 0 { "closed" } else { load.heat() }
}

/// «, держит Анна до 14:07» of everybody who holds a place, empty when nobody does.
pub fn held_words(held: &[Held], clocks: &Clocks) -> String {
    held.iter()
        .map(|one| {
            format!(", держит {} до {}", one.name, russian::time(zone::local(one.until, clocks.business)))
        })
        .collect()
}

/// How full a slot is, for people: «2 из 3, держит Анна до 14:07», «3 из 3, мест нет», «заказы не принимаются».
pub fn load_words(load: &Load, clocks: &Clocks) -> String {
    let held = held_words(&load.held, clocks);
    let state = match heat(load) {
        "closed" => return "заказы не принимаются".to_owned(),
        "full" => ", мест нет",
        "over" => ", сверх лимита",
        _ => "",
    };
    format!("{} из {}{held}{state}", load.taken, load.places)
}

/// What the grid needs to know besides the day.
struct Frame<'a> {
    now: NaiveDateTime,
    fields: &'a Fields,
    chosen: Option<&'a Slot>,
    clocks: &'a Clocks<'a>,
}

impl Frame<'_> {
    /// Whether `slot` is what the list shows, and where its cell leads.
    fn link(&self, slot: &Slot, equipment: TypeEquipment) -> (bool, String) {
        let shown = TypeEquipment::parse(self.fields.text("equipment"));
        let is_chosen = self.chosen == Some(slot) && shown == Some(equipment);
        let text = slot.to_text();
        let (slot, of) = if is_chosen { ("", "") } else { (text.as_str(), equipment.as_str()) };
        (is_chosen, address_with(self.fields, &[("slot", slot), ("equipment", of)]))
    }

    fn cell(&self, day: NaiveDate, equipment: TypeEquipment, load: &Load) -> Cell {
        let (is_chosen, href) = self.link(&Slot { day, minute: Some(load.minute) }, equipment);
        let time = clock(load.minute);
        Cell {
            label: format!("{equipment}, {time}: {}", load_words(load, self.clocks)),
            n: load.taken,
            heat: heat(load),
            held: load.held.len(),
            is_past: is_past(day, load.minute, self.now),
            is_chosen,
            href,
            time,
        }
    }

    fn row(&self, day: NaiveDate, row: &EquipmentRow) -> GridRow {
        let equipment = row.type_equipment;
        GridRow {
            equipment,
            cells: row.slots.iter().map(|load| self.cell(day, equipment, load)).collect(),
            outside: row.outside,
            outside_href: self.link(&Slot { day, minute: None }, equipment).1,
            sum: row.taken(),
            limit: row.places(),
        }
    }

    fn grid(&self, day: &Day) -> Grid {
        let rows: Vec<GridRow> = day.rows.iter().map(|row| self.row(day.day, row)).collect();
        let over = |start| is_past(day.day, start, self.now);
        let heads = starts().map(|start| Head {
            time: clock(start),
            is_hour: start % 60 == 0,
            is_past: over(start),
            is_now: day.day == self.now.date() && !over(start) && over(start - SLOT_MINUTES),
        });
        Grid {
            heads: heads.collect(),
            sum: rows.iter().map(|row| row.sum).sum(),
            limit: rows.iter().map(|row| row.limit).sum(),
            held: rows.iter().flat_map(|row| &row.cells).map(|cell| cell.held).sum(),
            has_outside: rows.iter().any(|row| row.outside > 0),
            rows,
        }
    }
}

/// The grid with its day and cities.
pub struct SlotsView {
    /// «Заявки на завтра».
    pub title: String,
    /// «вт, 24 ноября», when the title does not say it.
    pub date: String,
    /// Ways to other days.
    pub days: Vec<DayLink>,
    /// All cities together, and each of them.
    pub cities: Vec<CityTab>,
    /// The grid.
    pub grid: Grid,
}

/// A way to another day of the grid.
pub struct DayLink {
    /// For readers.
    pub label: &'static str,
    /// As shown.
    pub text: &'static str,
    /// Where it leads.
    pub href: String,
    /// It is the day that is shown.
    pub is_current: bool,
}

/// The grid of all cities beside a list of one.
const ALL_CITIES: &str = "all";

/// A city to show the grid of.
pub struct CityTab {
    /// Its name.
    pub label: String,
    /// Its visits of the day.
    pub n: i64,
    /// Where it leads.
    pub href: String,
    /// It is the one that is shown.
    pub is_current: bool,
}

impl SlotsView {
    /// The grid an address asks for.
    pub fn load(
        db: &mut Db,
        fields: &Fields,
        filter: &OrderFilter,
        clocks: &Clocks,
    ) -> diesel::QueryResult<Self> {
        // The list's city, until another one is chosen for the grid.
        let own = filter.city.as_str();
        let is_own = clocks.cities.iter().any(|known| known.name == own);
        let city = match fields.text("slots_city") {
            "" if is_own => own,
            ALL_CITIES => "",
            city => city,
        };
        let now = zone::local(clocks.now, clocks.city(city));
        let today = now.date();
        let day = slots_day(fields, today);
        let names: Vec<String> = clocks.cities.iter().map(|c| c.name.clone()).collect();
        let loaded = slots::queries::load(db, &names, &[day], clocks.now)?;
        let visits = |day: &Day| day.rows.iter().map(EquipmentRow::taken).sum::<i64>();
        let mut tabs = vec![CityTab {
            label: "Все города".to_owned(),
            n: loaded.iter().map(visits).sum(),
            href: address_with(fields, &[("slots_city", if is_own { ALL_CITIES } else { "" })]),
            is_current: city.is_empty(),
        }];
        let mut shown = Vec::new();
        for (known, day) in clocks.cities.iter().zip(loaded) {
            let n = visits(&day);
            // A city that is switched off matters as long as somebody is to go there.
            if !(known.is_active || n > 0 || known.name == city) {
                continue;
            }
            tabs.push(CityTab {
                label: known.name.clone(),
                n,
                href: address_with(fields, &[("slots_city", &known.name)]),
                is_current: known.name == city,
            });
            if city.is_empty() || known.name == city {
                shown.push(day);
            }
        }
        let together = match Day::together(shown) {
            Some(day) => day,
            None => slots::queries::load_day(db, city, day, clocks.now)?,
        };
        let frame = Frame { now, fields, chosen: filter.slot.as_ref(), clocks };
        let grid = frame.grid(&together);
        Ok(Self {
            title: format!("Заявки на {}", russian::day_near(day, today)),
            date: if (day - today).abs() <= Duration::days(1) {
                format!("{}, {}", russian::weekday(day), russian::day(day, today))
            } else {
                String::new()
            },
            days: days(fields, day, today),
            cities: tabs,
            grid,
        })
    }
}

fn days(fields: &Fields, day: NaiveDate, today: NaiveDate) -> Vec<DayLink> {
    let link = |label, text, to: NaiveDate| DayLink {
        label,
        text,
        href: address_with(
            fields,
            &[("slots_day", &if to == today { String::new() } else { to.to_string() })],
        ),
        is_current: to == day,
    };
    vec![
        link("Предыдущий день", "←", day - Duration::days(1)),
        link("Сегодня", "Сегодня", today),
        link("Завтра", "Завтра", today + Duration::days(1)),
        link("Следующий день", "→", day + Duration::days(1)),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::{AccountId, HoldId};

    fn grid(change: impl Fn(&mut EquipmentRow), now: &str) -> Grid {
        let day: NaiveDate = "2026-11-23".parse().expect("a day");
        let rows = TypeEquipment::ALL.iter().map(|&type_equipment| {
            let load = |minute| Load { minute, places: 3, ..Load::default() };
            let mut row = EquipmentRow { type_equipment, slots: starts().map(load).collect(), outside: 0 };
            change(&mut row);
            row
        });
        let day = Day { city: "Самара".into(), day, rows: rows.collect() };
        let now = now.parse().expect("a moment");
        let clocks = Clocks { now, business: chrono_tz::Europe::Moscow, cities: &[] };
        let fields = Fields::default();
        Frame { now, fields: &fields, chosen: None, clocks: &clocks }.grid(&day)
    }

    #[test]
    fn every_visit_is_counted_once_inside_or_outside() {
        let grid = grid(
            |row| {
                if row.type_equipment == TypeEquipment::Appliances {
                    (row.slots[0].taken, row.slots[1].taken, row.outside) = (3, 4, 2);
                }
            },
            "2026-11-23T12:10:00",
        );
        let row = &grid.rows[1];
        assert_eq!((row.cells.len(), row.cells[0].heat, row.cells[1].heat), (25, "full", "over"));
        assert_eq!((row.outside, row.sum, grid.sum, grid.limit), (2, 9, 9, 225));
        assert_eq!(row.cells[1].label, "БТ, 10:30: 4 из 3, сверх лимита");
    }

    #[test]
    fn slots_are_past_when_they_are_over_on_the_citys_clock() {
        let grid = grid(|_| (), "2026-11-23T12:10:00");
        let past: Vec<&str> = grid.heads.iter().filter(|h| h.is_past).map(|h| h.time.as_str()).collect();
        assert_eq!(past, ["10:00", "10:30", "11:00", "11:30"]);
        let now: Vec<&str> = grid.heads.iter().filter(|h| h.is_now).map(|h| h.time.as_str()).collect();
        assert_eq!(now, ["12:00"]);
    }

    #[test]
    fn what_is_held_and_what_is_closed_is_told() {
        let until = "2026-11-23T11:07:00".parse().expect("a moment");
        let held = Held { id: HoldId(1), account_id: AccountId(1), name: "Анна".into(), until };
        let grid = grid(
            |row| {
                row.slots[0].held = vec![held.clone()];
                row.slots[1].places = 0;
            },
            "2026-11-23T09:00:00",
        );
        let cells = &grid.rows[0].cells;
        assert_eq!(cells[0].label, "КП, 10:00: 0 из 3, держит Анна до 14:07");
        assert_eq!((cells[0].heat, cells[0].held, grid.held), ("2", 1, 3));
        assert_eq!((cells[1].heat, cells[1].label.as_str()), ("closed", "КП, 10:30: заказы не принимаются"));
    }
}
