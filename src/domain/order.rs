//! What an order (заказ) is made of: its status, type and equipment, the moment of its visit, its place in the list.

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::Tz;

use crate::domain::zone;

crate::text_enum! {
    /// Where an order stands. The texts are the only ones the database accepts.
    StatusOrder {
        /// New, nobody has taken it.
        Wait = "Ожидает",
        /// A master has taken it.
        Accepted = "Принял",
        /// The master is on the way.
        EnRoute = "В пути",
        /// The master works at the client's.
        InWork = "В работе",
        /// The device was taken away for a longer repair.
        Modern = "Модерн",
        /// Repaired and paid.
        Done = "Готово",
        /// The client refused, with a reason.
        Refused = "Отказ",
        /// Not an order at all, with a reason.
        NoOrder = "Незаказ",
    }
}

impl StatusOrder {
    /// The ASCII name for styles and `data-status`.
    pub fn code(self) -> &'static str {
        match self {
            Self::Wait => "wait",
            Self::Accepted => "accepted",
            Self::EnRoute => "enroute",
            Self::InWork => "inwork",
            Self::Modern => "modern",
            Self::Done => "done",
            Self::Refused => "refused",
            Self::NoOrder => "noorder",
        }
    }

    /// The icon that always stands beside the colour.
    pub fn icon(self) -> &'static str {
        match self {
            Self::Wait => "hourglass",
            Self::Accepted => "thumb-up",
            Self::EnRoute => "car",
            Self::InWork => "tool",
            Self::Modern => "arrow-up-circle",
            Self::Done => "circle-check",
            Self::Refused => "circle-x",
            Self::NoOrder => "ban",
        }
    }

    /// Priority in the list, 1 first.
    pub fn rank(self) -> i32 {
        match self {
            Self::Wait => 1,
            Self::Accepted => 2,
            Self::EnRoute => 3,
            Self::InWork => 4,
            Self::Modern => 5,
            Self::Done => 6,
            Self::Refused => 7,
            Self::NoOrder => 8,
        }
    }

    /// Open orders take a place in the slot grid; closed ones have a closing date.
    pub fn is_open(self) -> bool {
        match self {
            Self::Wait | Self::Accepted | Self::EnRoute | Self::InWork | Self::Modern => true,
            Self::Done | Self::Refused | Self::NoOrder => false,
        }
    }

    /// Where an order usually goes from here; `None` when it is closed.
    pub fn next(self) -> Option<Self> {
        match self {
            Self::Wait => Some(Self::Accepted),
            Self::Accepted => Some(Self::EnRoute),
            Self::EnRoute => Some(Self::InWork),
            Self::InWork | Self::Modern => Some(Self::Done),
            Self::Done | Self::Refused | Self::NoOrder => None,
        }
    }

    /// Every open status.
    pub fn open() -> Vec<Self> {
        Self::ALL.iter().copied().filter(|status| status.is_open()).collect()
    }

    /// Отказ and Незаказ say why.
    pub fn needs_reason(self) -> bool {
        matches!(self, Self::Refused | Self::NoOrder)
    }
}

crate::text_enum! {
    /// Whether the client has been here before.
    TypeOrder {
        /// A new client.
        First = "Впервые",
        /// A returning client.
        Repeat = "Повтор",
        /// The same thing again, under warranty.
        Warranty = "Гарантия",
    }
}

crate::text_enum! {
    /// What is to be repaired.
    TypeEquipment {
        /// Computers.
        Computers = "КП",
        /// Household appliances.
        Appliances = "БТ",
        /// Small jobs about the house.
        Handyman = "МНЧ",
    }
}

impl TypeEquipment {
    /// The full name.
    pub fn label(self) -> &'static str {
        match self {
            Self::Computers => "Компьютерная помощь",
            Self::Appliances => "Бытовая техника",
            Self::Handyman => "Муж на час",
        }
    }
}

/// The moment of a visit: as it is stored, and as the client's clock shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Meeting {
    /// UTC.
    pub at: NaiveDateTime,
    /// The day in the client's city.
    pub day: NaiveDate,
    /// Minutes since midnight in the client's city.
    pub minute: i32,
}

impl Meeting {
    /// The visit at which the clock of `city_zone` shows `local`.
    pub fn local(local: NaiveDateTime, city_zone: Tz) -> Self {
        let at = zone::utc(local, city_zone);
        // Read back, so that an hour the clock skips is stored as the hour people will see.
        let seen = zone::local(at, city_zone);
        let minute = i32::try_from(seen.hour() * 60 + seen.minute()).unwrap_or_default();
        Self { at, day: seen.date(), minute }
    }
}

/// Where an order stands in the default list: `(list_rank, list_time)`. By status priority; open orders then by
/// their visit, closed ones by their closing, newest first.
pub fn list_place(status: StatusOrder, meeting: NaiveDateTime, closed: Option<NaiveDateTime>) -> (i32, i64) {
    let time = match closed {
        Some(closed) if !status.is_open() => -closed.and_utc().timestamp(),
        _ => meeting.and_utc().timestamp(),
    };
    (status.rank(), time)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a moment")
    }

    #[test]
    fn the_day_of_a_visit_is_the_citys_day() {
        for (zone, utc) in [
            (chrono_tz::Europe::Kaliningrad, "2026-11-23T21:30:00"),
            (chrono_tz::Europe::Moscow, "2026-11-23T20:30:00"),
            (chrono_tz::Asia::Yekaterinburg, "2026-11-23T18:30:00"),
        ] {
            let meeting = Meeting::local(at("2026-11-23T23:30:00"), zone);
            let day = at("2026-11-23T00:00:00").date();
            assert_eq!(meeting, Meeting { at: at(utc), day, minute: 23 * 60 + 30 });
        }
    }

    #[test]
    fn open_orders_stand_by_visit_and_closed_ones_by_closing_newest_first() {
        let (early, late) = (at("2026-11-23T10:00:00"), at("2026-11-23T12:00:00"));
        let place = |status, closed| list_place(status, early, closed);
        assert!(list_place(StatusOrder::Wait, early, None) < list_place(StatusOrder::Wait, late, None));
        assert!(place(StatusOrder::Wait, None) < place(StatusOrder::Accepted, None));
        assert!(place(StatusOrder::Done, Some(late)) < place(StatusOrder::Done, Some(early)));
        assert!(place(StatusOrder::Modern, None) < place(StatusOrder::Done, Some(late)));
        let ranks: Vec<i32> = StatusOrder::ALL.iter().map(|s| s.rank()).collect();
        assert_eq!(ranks, [1, 2, 3, 4, 5, 6, 7, 8], "declared in the order of the list");
    }
}
