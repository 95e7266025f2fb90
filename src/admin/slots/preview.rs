//! A day of a city on the page of limits: every slot with its places, and what would be offered to a caller.

use chrono::{Days, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;

use crate::domain::city::{City, zone_of};
use crate::domain::order::TypeEquipment;
use crate::domain::{russian, zone};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::slots::windows::{best_windows, sentence};
use crate::slots::{Day, Load, clock, queries, starts};
use crate::web::form::Fields;

/// Windows are looked for on this many days.
const OFFERED_DAYS: u64 = 3;
/// How many windows are offered.
const OFFERED: usize = 3;

/// The grid of a day.
#[derive(Debug)]
pub(super) struct Preview {
    /// Name of the city; empty when there are no cities.
    pub city: String,
    /// `2026-11-23`.
    pub day: String,
    /// «завтра», «чт, 19 ноября».
    pub day_label: String,
    /// This grid alone, to read it again.
    pub href: String,
    pub previous_href: String,
    pub next_href: String,
    /// `10:00`, `10:30`…
    pub heads: Vec<String>,
    pub rows: Vec<PreviewRow>,
}

#[derive(Debug)]
pub(super) struct PreviewRow {
    pub equipment: TypeEquipment,
    pub cells: Vec<PreviewCell>,
    pub total: String,
    /// To read aloud.
    pub offer: String,
}

#[derive(Debug)]
pub(super) struct PreviewCell {
    /// `2/3`.
    pub text: String,
    pub heat: &'static str,
    /// «10:30: заказов 2, держит Анна, мест 3».
    pub title: String,
}

impl Preview {
    /// The day of the city that were `asked` for; today in the first active city by default. `now` is UTC.
    pub fn load(
        db: &mut Db,
        cities: &[City],
        asked: (&str, &str),
        now: NaiveDateTime,
        business_zone: Tz,
    ) -> Result<Self, AppError> {
        let known = cities.iter().find(|city| city.name == asked.0);
        let city = known.or_else(|| cities.iter().find(|city| city.is_active)).or(cities.first());
        let city = city.map(|city| city.name.clone()).unwrap_or_default();
        let local = zone::local(now, zone_of(cities, &city, business_zone));
        let day: NaiveDate = asked.1.parse().unwrap_or_else(|_| local.date());
        let days: Vec<NaiveDate> =
            (0..OFFERED_DAYS).filter_map(|n| day.checked_add_days(Days::new(n))).collect();
        let loaded = queries::load(db, std::slice::from_ref(&city), &days, now)?;
        let rows = loaded.first().map(|first| rows(first, &loaded, local)).unwrap_or_default();
        let href = |day: Option<NaiveDate>| {
            let day = day.map(|day| day.to_string()).unwrap_or_default();
            format!(
                "/admin/slots?{}",
                Fields::from([("city", city.as_str()), ("day", day.as_str())]).encode()
            )
        };
        Ok(Self {
            day: day.to_string(),
            day_label: russian::day_near(day, local.date()),
            href: href(Some(day)),
            previous_href: href(day.checked_sub_days(Days::new(1))),
            next_href: href(day.checked_add_days(Days::new(1))),
            heads: starts().map(clock).collect(),
            rows,
            city,
        })
    }
}

fn rows(day: &Day, days: &[Day], local_now: NaiveDateTime) -> Vec<PreviewRow> {
    let row = day.rows.iter().map(|row| PreviewRow {
        equipment: row.type_equipment,
        cells: row.slots.iter().map(cell).collect(),
        total: format!("{}/{}", row.taken(), row.places()),
        offer: sentence(&best_windows(days, row.type_equipment, local_now, OFFERED), local_now.date()),
    });
    row.collect()
}

fn cell(load: &Load) -> PreviewCell {
    let holders: Vec<&str> = load.held.iter().map(|held| held.name.as_str()).collect();
    let held =
        if holders.is_empty() { String::new() } else { format!(", держат: {}", holders.join(", ")) };
    PreviewCell {
        text: format!("{}/{}", load.busy(), load.places),
        heat: load.heat(),
        title: format!("{}: заказов {}{held}, мест {}", clock(load.minute), load.taken, load.places),
    }
}
