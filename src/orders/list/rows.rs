//! An order as a row: the words and marks of the list, of a client's history and of linked calls.

use chrono::{NaiveDateTime, TimeDelta};
use chrono_tz::Tz;

use crate::calls::words::CallWords;
use crate::domain::city::{City, zone_of};
use crate::domain::now::Now;
use crate::domain::order::StatusOrder;
use crate::domain::phone::{country_apart, pretty};
use crate::domain::{russian, zone};
use crate::orders::queries::list::OrderRow;
use crate::orders::queries::one::LinkedCall;
use crate::recordings::view::RecordingView;

/// A row of the list.
#[derive(Clone, Debug)]
pub struct RowView {
    /// The order.
    pub order: OrderRow,
    /// «900 123-45-67» after [`Self::country`].
    pub number: String,
    /// «+7 », or empty.
    pub country: &'static str,
    /// Day of the visit unless it is today in the city: «24.11».
    pub day: String,
    /// `15:00` in the city.
    pub time: String,
    /// By how much the city's clock is ahead of the business's: «+1»; empty where it is the same.
    pub ahead: String,
    /// The same in words: «По часам города; у нас 14:00».
    pub ahead_words: String,
    /// The time has passed and nobody was sent.
    pub is_late: bool,
    /// The person has typed changes that are not saved.
    pub has_draft: bool,
    /// Business time of making, today; another day otherwise.
    pub created: String,
    /// Business time of closing, or «—».
    pub closed: String,
    /// «Гусев П.», or empty.
    pub master: String,
    /// «Белова А.».
    pub operator: String,
    /// Roubles, or «—».
    pub sum: String,
    /// Roubles, or «—».
    pub expenditure: String,
    /// Roubles, or «—».
    pub clean: String,
}

/// What rows need to know to tell times.
pub struct Clocks<'a> {
    /// UTC.
    pub now: NaiveDateTime,
    /// Zone of events.
    pub business: Tz,
    /// Zones of visits.
    pub cities: &'a [City],
}

impl Clocks<'_> {
    /// The clock of a city.
    pub fn city(&self, name: &str) -> Tz {
        zone_of(self.cities, name, self.business)
    }

    /// The moment by the clock of events.
    pub fn business_now(&self) -> Now {
        Now { utc: self.now, zone: self.business }
    }

    /// A business moment: `14:05` today, otherwise `19.11 14:05`.
    pub fn event(&self, utc: NaiveDateTime) -> String {
        self.business_now().moment(utc)
    }

    /// A business moment in words: «сегодня в 14:05».
    pub fn event_words(&self, utc: NaiveDateTime) -> String {
        let (local, today) = (zone::local(utc, self.business), zone::local(self.now, self.business).date());
        format!("{} в {}", russian::day_near(local.date(), today), russian::time(local))
    }
}

impl RowView {
    /// The row as people read it.
    pub fn new(order: OrderRow, clocks: &Clocks) -> Self {
        let city_zone = clocks.city(&order.city);
        let visit = zone::local(order.date_meeting, city_zone);
        let here = zone::local(order.date_meeting, clocks.business);
        let today = zone::local(clocks.now, city_zone).date();
        let shown = pretty(&order.phone);
        let (country, number) = country_apart(&shown);
        let event = |utc| {
            let (local, today) =
                (zone::local(utc, clocks.business), zone::local(clocks.now, clocks.business).date());
            if local.date() == today { russian::time(local) } else { russian::day_short(local.date(), today) }
        };
        let none = || "—".to_owned();
        let roubles = |kopecks: Option<i64>| kopecks.map_or_else(none, russian::roubles);
        Self {
            number,
            country,
            day: if visit.date() == today { String::new() } else { russian::day_short(visit.date(), today) },
            time: russian::time(visit),
            ahead: ahead(visit - here),
            ahead_words: match here.date() == visit.date() {
                true => format!("По часам города; у нас {}", russian::time(here)),
                false => format!("По часам города; у нас {}", russian::moment(here, visit.date())),
            },
            is_late: order.status_order == StatusOrder::Wait
                && order.master.is_none()
                && order.date_meeting < clocks.now,
            has_draft: false,
            created: event(order.create_date),
            closed: order.closing_data.map_or_else(none, event),
            master: order.master.as_deref().map(russian::short_name).unwrap_or_default(),
            operator: russian::short_name(&order.operator),
            sum: roubles(order.result),
            expenditure: roubles(order.expenditure),
            clean: roubles(order.clean),
            order,
        }
    }

    /// Closed orders recede in the list.
    pub fn is_final(&self) -> bool {
        !self.order.status_order.is_open()
    }
}

/// «+1», «−2», «+5:30»; empty for nothing.
pub fn ahead(by: TimeDelta) -> String {
    let (sign, minutes) = (if by < TimeDelta::zero() { "−" } else { "+" }, by.num_minutes().abs());
    match (minutes / 60, minutes % 60) {
        (0, 0) => String::new(),
        (hours, 0) => format!("{sign}{hours}"),
        (hours, rest) => format!("{sign}{hours}:{rest:02}"),
    }
}

/// A call in the history of a client or an order.
#[derive(Clone, Debug)]
pub struct CallLine {
    /// What is said of it.
    pub call: CallWords,
    /// Its recordings, oldest first.
    pub recordings: Vec<RecordingView>,
}

impl CallLine {
    /// The call as people read it.
    pub fn of(linked: LinkedCall, clocks: &Clocks) -> Self {
        Self { call: CallWords::of(&linked.call, clocks.business_now()), recordings: linked.recordings }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_clock_of_another_city_is_ahead_or_behind_or_the_same() {
        for (minutes, words) in
            [(0, ""), (60, "+1"), (-60, "−1"), (120, "+2"), (330, "+5:30"), (-30, "−0:30")]
        {
            assert_eq!(ahead(TimeDelta::minutes(minutes)), words);
        }
    }
}
