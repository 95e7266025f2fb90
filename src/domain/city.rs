//! Cities and the clocks their clients live by.

use chrono_tz::Tz;

/// A city where visits take place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct City {
    /// Its name, by which orders, calls and lines refer to it.
    pub name: String,
    /// The clock its clients live by.
    pub zone: Tz,
    /// Offered in forms; a city that is switched off stays in filters and old orders.
    pub is_active: bool,
}

/// The zone of `name` among `cities`; `fallback` when the city is unknown or none.
pub fn zone_of(cities: &[City], name: &str, fallback: Tz) -> Tz {
    cities.iter().find(|c| c.name == name).map_or(fallback, |c| c.zone)
}
