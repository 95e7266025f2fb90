//! Time slots of visits: a half hour of a city's day for one kind of equipment takes so many visits and no more.
//! The grid runs from 10:00 to 22:00; a visit promised for 10:40 belongs to 10:30, one for 9:15 to a slot outside
//! the grid that obeys the same limits. Only open orders take places. Orders call [`queries::booking`] inside
//! their own writing transaction.

pub mod limits;
pub mod queries;
pub mod windows;

use chrono::{NaiveDate, NaiveDateTime};

use crate::domain::id::{AccountId, HoldId};
use crate::domain::order::TypeEquipment;
use crate::domain::russian;

/// First minute of the grid: 10:00.
pub const FIRST_MINUTE: i32 = 10 * 60;
/// First minute of the last slot: 22:00.
pub const LAST_MINUTE: i32 = 22 * 60;
/// Length of a slot in minutes.
pub const SLOT_MINUTES: i32 = 30;
/// How long a slot is held unless somebody asks for more time, in minutes.
pub const HOLD_MINUTES: i64 = 7;
/// Slots one person may hold at a time: enough to offer three windows, too few to lock a day.
pub const HOLDS_EACH: i64 = 3;

/// First minutes of the slots of the grid.
pub fn starts() -> impl Iterator<Item = i32> {
    (0..=(LAST_MINUTE - FIRST_MINUTE) / SLOT_MINUTES).map(|n| FIRST_MINUTE + n * SLOT_MINUTES)
}

/// The slot a minute of the day belongs to.
pub fn start_of(minute: i32) -> i32 {
    minute - minute.rem_euclid(SLOT_MINUTES)
}

/// `15:30` of 930 minutes.
pub fn clock(minute: i32) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

/// A slot of a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Slot {
    /// Name of the city.
    pub city: String,
    /// Day on the city's calendar.
    pub day: NaiveDate,
    /// Any minute within the slot, since the city's midnight.
    pub minute: i32,
    /// What is repaired.
    pub type_equipment: TypeEquipment,
}

impl Slot {
    /// «Самара, БТ, 23 ноября в 10:30», with the year when it is not the year of `today`.
    pub fn label(&self, today: NaiveDate) -> String {
        let (day, time) = (russian::day(self.day, today), clock(start_of(self.minute)));
        format!("{}, {}, {day} в {time}", self.city, self.type_equipment)
    }
}

/// A slot somebody holds while talking.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Held {
    /// The hold.
    pub id: HoldId,
    /// Who holds.
    pub account_id: AccountId,
    /// The holder's name.
    pub name: String,
    /// UTC moment at which the hold ends by itself.
    pub until: NaiveDateTime,
}

/// How full a slot is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Load {
    /// First minute.
    pub minute: i32,
    /// Open orders.
    pub taken: i64,
    /// Live holds, first to end first.
    pub held: Vec<Held>,
    /// Visits it takes.
    pub places: i64,
}

impl Load {
    /// Places somebody has or holds.
    pub fn busy(&self) -> i64 {
        self.taken + self.held.len() as i64
    }

    /// Places nobody has or holds.
    pub fn free(&self) -> i64 {
        (self.places - self.busy()).max(0)
    }

    /// The load for its colour: `0`–`4`, `full`, `over`.
    pub fn heat(&self) -> &'static str {
        match (self.busy(), self.places) {
            (busy, places) if busy > places => "over",
            (busy, places) if busy == places => "full",
            (0, _) => "0",
            (busy, places) => ["1", "2", "3", "4"][(busy * 4 / places).clamp(0, 3) as usize],
        }
    }
}

/// The slots of one kind of equipment on a day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EquipmentRow {
    /// What is repaired.
    pub type_equipment: TypeEquipment,
    /// The grid, by time.
    pub slots: Vec<Load>,
    /// Open orders outside the grid.
    pub outside: i64,
}

impl EquipmentRow {
    /// Open orders of the day, those outside the grid too.
    pub fn taken(&self) -> i64 {
        self.slots.iter().map(|load| load.taken).sum::<i64>() + self.outside
    }

    /// Visits the grid takes.
    pub fn places(&self) -> i64 {
        self.slots.iter().map(|load| load.places).sum()
    }
}

/// A day of a city.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Day {
    /// Name of the city; empty for several together.
    pub city: String,
    /// Day on the city's calendar.
    pub day: NaiveDate,
    /// КП, БТ, МНЧ.
    pub rows: Vec<EquipmentRow>,
}

impl Day {
    /// The slots of one kind of equipment.
    pub fn row(&self, type_equipment: TypeEquipment) -> Option<&EquipmentRow> {
        self.rows.iter().find(|row| row.type_equipment == type_equipment)
    }

    /// The slot of the grid to which `minute` belongs.
    pub fn load(&self, type_equipment: TypeEquipment, minute: i32) -> Option<&Load> {
        self.row(type_equipment)?.slots.iter().find(|load| load.minute == start_of(minute))
    }

    /// The same day of several cities in one grid; `None` of none.
    pub fn together(days: Vec<Self>) -> Option<Self> {
        let mut days = days.into_iter();
        let mut sum = days.next()?;
        for day in days {
            sum.city.clear();
            for (row, other) in sum.rows.iter_mut().zip(day.rows) {
                row.outside += other.outside;
                for (load, other) in row.slots.iter_mut().zip(other.slots) {
                    load.taken += other.taken;
                    load.places += other.places;
                    load.held.extend(other.held);
                }
            }
        }
        Some(sum)
    }
}

/// Why there is no place in a slot.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Full {
    /// First minute of the slot.
    pub minute: i32,
    /// Visits it takes.
    pub places: i64,
    /// Open orders in it.
    pub taken: i64,
    /// Names of the other people who hold it.
    pub holders: Vec<String>,
    /// The caller had held it, too long ago.
    pub is_hold_over: bool,
}

impl Full {
    /// What to tell the operator.
    pub fn words(&self) -> String {
        let time = clock(self.minute);
        if self.places == 0 {
            return format!("На {time} заказы не принимаются. Выберите другое время.");
        }
        let places = match self.places {
            1 => "единственное место занято".to_owned(),
            n => format!("все места заняты ({n})"),
        };
        let over = if self.is_hold_over { "Ваша бронь истекла. " } else { "" };
        let held = if self.holders.is_empty() {
            String::new()
        } else {
            format!(", держат: {}", self.holders.join(", "))
        };
        format!("{over}На {time} {places}{held}. Выберите другое время или запишите сверх лимита с причиной.")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_grid_runs_from_ten_to_ten_by_half_hours() {
        let all: Vec<i32> = starts().collect();
        assert_eq!((all.len(), all[0], all[24]), (25, 600, 1320));
        assert_eq!([start_of(600), start_of(629), start_of(555), start_of(1)], [600, 600, 540, 0]);
    }

    #[test]
    fn the_colour_follows_the_load() {
        let heat = |taken, places| Load { taken, places, ..Load::default() }.heat();
        let of_three = [heat(0, 3), heat(1, 3), heat(2, 3), heat(3, 3), heat(4, 3)];
        assert_eq!(of_three, ["0", "2", "3", "full", "over"]);
        assert_eq!([heat(0, 0), heat(1, 0), heat(1, 99), heat(98, 99)], ["full", "over", "1", "4"]);
    }

    #[test]
    fn a_full_slot_says_who_is_in_it() {
        let full =
            Full { minute: 630, places: 3, taken: 2, holders: vec!["Анна".into()], is_hold_over: true };
        assert_eq!(
            full.words(),
            "Ваша бронь истекла. На 10:30 все места заняты (3), держат: Анна. \
             Выберите другое время или запишите сверх лимита с причиной."
        );
        assert!(Full { places: 0, ..full }.words().contains("не принимаются"));
    }
}
