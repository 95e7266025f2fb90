//! The slot grid: a day from 10:00 to 22:00 by half hours, a row for each kind of equipment. Pure: the counts
//! come from [`super::queries::slots`].

use chrono::{NaiveDate, NaiveDateTime, Timelike};

use super::TypeEquipment;
use super::filter::{END_MINUTE, FIRST_MINUTE, SLOT_MINUTES, Slot, address_with, clock};
use super::queries::slots::Visits;
use crate::web::form::Fields;

/// Visits of one kind a city takes in a slot.
pub const LIMIT: i64 = 3;

/// One cell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Cell {
    /// `10:30`.
    pub time: String,
    /// Promised visits.
    pub n: i64,
    /// Visits it takes.
    pub limit: i64,
    /// Load for the colour: `0`–`4`, `full`, `over`.
    pub heat: &'static str,
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
    /// Some visits are outside 10:00–22:00.
    pub has_outside: bool,
}

/// Load of a slot for its colour.
pub fn heat(n: i64, limit: i64) -> &'static str {
    match (n, limit) {
        (0, _) => "0",
        (n, limit) if n > limit => "over",
        (n, limit) if n == limit => "full",
        (n, limit) => match n * 4 / limit {
            0 => "1",
            1 => "2",
            2 => "3",
            _ => "4",
        },
    }
}

/// First minutes of all slots.
pub fn starts() -> impl Iterator<Item = i32> {
    (FIRST_MINUTE..END_MINUTE).step_by(usize::try_from(SLOT_MINUTES).unwrap_or(30))
}

/// Promised visits of a kind in the slot that begins at `start`.
pub fn promised(visits: &[Visits], equipment: TypeEquipment, start: i32) -> i64 {
    visits
        .iter()
        .filter(|v| {
            v.type_equipment == equipment && (start..start + SLOT_MINUTES).contains(&v.meeting_minute)
        })
        .map(|v| v.n)
        .sum()
}

/// True when the slot is over by the city's clock `now`.
pub fn is_past(day: NaiveDate, start: i32, now: NaiveDateTime) -> bool {
    let minute = i32::try_from(now.hour() * 60 + now.minute()).unwrap_or_default();
    day < now.date() || (day == now.date() && start + SLOT_MINUTES <= minute)
}

impl Grid {
    /// The grid of `day` from its `visits`; `now` is the city's clock, `cities` how many cities share the grid.
    pub fn new(
        day: NaiveDate,
        visits: &[Visits],
        cities: i64,
        now: NaiveDateTime,
        fields: &Fields,
        chosen: Option<&Slot>,
    ) -> Self {
        let limit = LIMIT * cities.max(1);
        let chosen_equipment = TypeEquipment::parse(fields.text("equipment"));
        let rows: Vec<GridRow> = TypeEquipment::ALL
            .iter()
            .map(|&equipment| {
                let link = |slot: &Slot| {
                    let is_chosen = chosen == Some(slot) && chosen_equipment == Some(equipment);
                    let text = slot.to_text();
                    let (slot, of) = if is_chosen { ("", "") } else { (text.as_str(), equipment.as_str()) };
                    (is_chosen, address_with(fields, &[("slot", slot), ("equipment", of)]))
                };
                let cells: Vec<Cell> = starts()
                    .map(|start| {
                        let n = promised(visits, equipment, start);
                        let (is_chosen, href) = link(&Slot { day, minute: Some(start) });
                        let (time, heat) = (clock(start), heat(n, limit));
                        Cell { time, n, limit, heat, is_past: is_past(day, start, now), is_chosen, href }
                    })
                    .collect();
                let inside: i64 = cells.iter().map(|cell| cell.n).sum();
                let sum: i64 = visits.iter().filter(|v| v.type_equipment == equipment).map(|v| v.n).sum();
                let outside_href = link(&Slot { day, minute: None }).1;
                let slots = i64::try_from(cells.len()).unwrap_or_default();
                GridRow { equipment, cells, outside: sum - inside, outside_href, sum, limit: limit * slots }
            })
            .collect();
        let heads = starts().map(|start| Head {
            time: clock(start),
            is_hour: start % 60 == 0,
            is_past: is_past(day, start, now),
            is_now: !is_past(day, start, now) && is_past(day, start - SLOT_MINUTES, now) && day == now.date(),
        });
        Self {
            heads: heads.collect(),
            sum: rows.iter().map(|row| row.sum).sum(),
            limit: rows.iter().map(|row| row.limit).sum(),
            has_outside: rows.iter().any(|row| row.outside > 0),
            rows,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn visits(minute: i32, n: i64) -> Visits {
        Visits {
            city: "Самара".into(), type_equipment: TypeEquipment::Appliances, meeting_minute: minute, n
        }
    }

    fn grid(visits: &[Visits], now: &str) -> Grid {
        let day = NaiveDate::from_ymd_opt(2026, 11, 23).expect("a day");
        Grid::new(day, visits, 1, now.parse().expect("a moment"), &Fields::default(), None)
    }

    #[test]
    fn every_visit_is_counted_once_inside_or_outside() {
        let all = [
            visits(599, 1),
            visits(600, 2),
            visits(629, 1),
            visits(630, 4),
            visits(1349, 1),
            visits(1350, 1),
        ];
        let grid = grid(&all, "2026-11-23T12:10:00");
        let row = &grid.rows[1];
        assert_eq!(row.cells.len(), 25);
        assert_eq!((row.cells[0].n, row.cells[0].heat), (3, "full"));
        assert_eq!((row.cells[1].n, row.cells[1].heat), (4, "over"));
        assert_eq!(row.cells[24].n, 1);
        assert_eq!((row.outside, row.sum), (2, 10));
        assert_eq!((grid.sum, grid.limit), (10, 225));
    }

    #[test]
    fn slots_are_past_when_they_are_over_on_the_citys_clock() {
        let grid = grid(&[], "2026-11-23T12:10:00");
        let past: Vec<&str> = grid.heads.iter().filter(|h| h.is_past).map(|h| h.time.as_str()).collect();
        assert_eq!(past, ["10:00", "10:30", "11:00", "11:30"]);
        let now: Vec<&str> = grid.heads.iter().filter(|h| h.is_now).map(|h| h.time.as_str()).collect();
        assert_eq!(now, ["12:00"]);
    }

    #[test]
    fn load_is_shown_against_the_limit() {
        let shown: Vec<&str> = (0..5).map(|n| heat(n, LIMIT)).collect();
        assert_eq!(shown, ["0", "2", "3", "full", "over"]);
        assert_eq!(heat(1, 12), "1");
    }
}
