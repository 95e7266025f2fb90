//! `GET /orders/calendar?text=…`: the calendar beside the field of a day or a moment. The words of the field are the
//! truth: they say which day is chosen, and what is chosen here is written there. With a city and equipment every day
//! shows how full it is, and every time how many places are free.

use actix_web::web::Data;
use askama::Template;
use chrono::{Datelike, Days, Months, NaiveDate, NaiveDateTime, Timelike};
use diesel::QueryResult;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::order::TypeEquipment;
use crate::domain::when::{self, Lean, When};
use crate::domain::{russian, zone};
use crate::orders::list::rows::Clocks;
use crate::orders::list::slot_grid::{heat, is_past};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::slots::queries;
use crate::slots::{Day, EquipmentRow, Load, SLOT_MINUTES, clock, start_of, starts};
use crate::web::form::{Fields, Query};
use crate::web::page::Fragment;

/// Weeks of a month, Monday first: the same height in every month.
const WEEKS: u64 = 6;

/// What the field takes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    /// A day and a time ahead.
    Moment,
    /// A day ahead.
    Day,
    /// A day of what has happened, of a filter: any.
    Any,
}

impl Kind {
    fn of(text: &str) -> Self {
        match text {
            "day" => Self::Day,
            "any" => Self::Any,
            _ => Self::Moment,
        }
    }
}

/// The calendar.
#[derive(Template, Debug)]
#[template(path = "orders/calendar.html")]
pub struct Calendar {
    /// «Ноябрь 2026».
    title: String,
    /// `2026-10` and «Октябрь 2026».
    previous: (String, String),
    /// Everything before is over.
    is_first: bool,
    next: (String, String),
    weeks: Vec<Vec<DayCell>>,
    times: Option<Times>,
    /// Days show how full they are.
    has_load: bool,
}

/// A day.
#[derive(Debug)]
struct DayCell {
    day: NaiveDate,
    /// What is written into the field: «20.11.2026», with the time the field has.
    value: String,
    /// «пт 20 ноября, свободно 58».
    label: String,
    /// The load for its colour, or empty.
    heat: &'static str,
    is_other_month: bool,
    is_today: bool,
    is_chosen: bool,
    is_over: bool,
}

/// The times of a day.
#[derive(Debug)]
struct Times {
    /// «пт 20 ноября».
    day: String,
    cells: Vec<TimeCell>,
}

/// A time.
#[derive(Debug)]
struct TimeCell {
    /// `10:30`.
    time: String,
    /// «20.11.2026 10:30».
    value: String,
    /// «2 из 5», «мест нет», or empty.
    free: String,
    /// «10:30, свободно 2 из 5».
    label: String,
    heat: &'static str,
    is_chosen: bool,
}

/// The calendar for `text`, by the clock of `city`; `month` (`2026-11`) and `day` say what to show.
pub async fn show(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<Calendar>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = catalogs::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            Ok(Fragment::ok(Calendar::load(db, &query, &clocks)?))
        })
        .await
}

impl Calendar {
    fn load(db: &mut Db, query: &Fields, clocks: &Clocks) -> QueryResult<Self> {
        let (kind, city) = (Kind::of(query.text("kind")), query.text("city"));
        let equipment = TypeEquipment::parse(query.text("equipment")).filter(|_| !city.is_empty());
        let now = zone::local(clocks.now, clocks.city(city));
        let typed = Typed::of(query.text("text"), kind, now);
        let chosen = day_of(query.text("day")).or(typed.day);
        let month = month_of(query.text("month")).or(chosen).unwrap_or(now.date());
        let first = month.with_day(1).unwrap_or(month);
        let monday = first - Days::new(u64::from(first.weekday().num_days_from_monday()));
        let days: Vec<NaiveDate> = monday.iter_days().take(7 * WEEKS as usize).collect();
        let shown = chosen.filter(|day| *day >= now.date()).unwrap_or(now.date());
        let mut wanted = days.clone();
        if !wanted.contains(&shown) {
            wanted.push(shown);
        }
        let loaded = match equipment {
            Some(_) => queries::load(db, &[city.to_owned()], &wanted, clocks.now)?,
            None => Vec::new(),
        };
        let row = |day: NaiveDate| -> Option<&EquipmentRow> {
            loaded.iter().find(|loaded: &&Day| loaded.day == day)?.row(equipment?)
        };
        let cell = |day: &NaiveDate| DayCell {
            value: typed.with_day(*day),
            is_other_month: day.month() != first.month(),
            is_today: *day == now.date(),
            is_chosen: Some(*day) == chosen,
            is_over: kind != Kind::Any && *day < now.date(),
            ..DayCell::new(*day, row(*day), now)
        };
        let cells: Vec<DayCell> = days.iter().map(cell).collect();
        Ok(Self {
            title: russian::month(first),
            previous: link(first - Months::new(1)),
            is_first: kind != Kind::Any && first <= now.date(),
            next: link(first + Months::new(1)),
            weeks: in_weeks(cells),
            times: (kind == Kind::Moment).then(|| Times::new(shown, row(shown), &typed, now)),
            has_load: equipment.is_some(),
        })
    }
}

/// What the field says.
struct Typed {
    day: Option<NaiveDate>,
    at: Option<NaiveDateTime>,
}

impl Typed {
    fn of(text: &str, kind: Kind, now: NaiveDateTime) -> Self {
        match kind {
            Kind::Day => Self { day: when::day(text, now.date(), Lean::Ahead), at: None },
            Kind::Any => Self { day: when::day(text, now.date(), Lean::Back), at: None },
            Kind::Moment => match When::read(text, now) {
                When::At { at, .. } => Self { day: Some(at.date()), at: Some(at) },
                When::Day(day, _) => Self { day: Some(day), at: None },
                When::Empty | When::Unclear => Self { day: None, at: None },
            },
        }
    }

    /// Another day with the time that is typed.
    fn with_day(&self, day: NaiveDate) -> String {
        match self.at {
            Some(at) => when::write(day.and_time(at.time())),
            None => when::write_day(&day.to_string()),
        }
    }
}

impl DayCell {
    fn new(day: NaiveDate, row: Option<&EquipmentRow>, now: NaiveDateTime) -> Self {
        let mut label = when::day_aloud(day, now.date());
        let mut colour = "";
        if let Some(row) = row.filter(|_| day >= now.date()) {
            let ahead = row.slots.iter().filter(|slot| !is_past(day, slot.minute, now));
            let (busy, places, free) = ahead.fold((0, 0, 0), |(busy, places, free), slot| {
                (busy + slot.busy().min(slot.places), places + slot.places, free + slot.free())
            });
            label.push_str(&match free {
                0 => ", мест нет".to_owned(),
                free => format!(", свободно {free}"),
            });
            colour = Load { taken: busy, places, ..Load::default() }.heat();
        }
        Self {
            day,
            value: String::new(),
            label,
            heat: colour,
            is_other_month: false,
            is_today: false,
            is_chosen: false,
            is_over: false,
        }
    }
}

impl Times {
    fn new(day: NaiveDate, row: Option<&EquipmentRow>, typed: &Typed, now: NaiveDateTime) -> Self {
        let chosen = typed.at.filter(|at| at.date() == day).map(|at| (at.hour() * 60 + at.minute()) as i32);
        let value = |minute: i32| format!("{} {}", when::write_day(&day.to_string()), clock(minute));
        let cells = match row {
            Some(row) => row
                .slots
                .iter()
                .filter(|slot| !is_past(day, slot.minute, now))
                .map(|slot| {
                    let (time, free) = (clock(slot.minute), free_words(slot));
                    let verb = if slot.free() > 0 { "свободно " } else { "" };
                    TimeCell {
                        label: format!("{time}, {verb}{free}"),
                        value: value(slot.minute),
                        heat: heat(slot),
                        is_chosen: chosen.map(start_of) == Some(slot.minute),
                        time,
                        free,
                    }
                })
                .collect(),
            None => starts()
                .filter(|minute| !is_past(day, *minute - SLOT_MINUTES, now))
                .map(|minute| TimeCell {
                    time: clock(minute),
                    label: clock(minute),
                    value: value(minute),
                    free: String::new(),
                    heat: "",
                    is_chosen: chosen == Some(minute),
                })
                .collect(),
        };
        Self { day: when::day_aloud(day, now.date()), cells }
    }
}

fn free_words(slot: &Load) -> String {
    match heat(slot) {
        "closed" => "закрыто".to_owned(),
        "full" | "over" => "мест нет".to_owned(),
        _ => format!("{} из {}", slot.free(), slot.places),
    }
}

/// The day of `2026-11-20`, of a year there are visits in.
fn day_of(text: &str) -> Option<NaiveDate> {
    text.parse().ok().filter(|day: &NaiveDate| (2000..2100).contains(&day.year()))
}

/// The first day of `2026-11`.
fn month_of(text: &str) -> Option<NaiveDate> {
    day_of(&format!("{text}-01"))
}

fn link(first: NaiveDate) -> (String, String) {
    (first.format("%Y-%m").to_string(), russian::month(first))
}

fn in_weeks(cells: Vec<DayCell>) -> Vec<Vec<DayCell>> {
    let mut weeks: Vec<Vec<DayCell>> = Vec::new();
    for (n, cell) in cells.into_iter().enumerate() {
        if n % 7 == 0 {
            weeks.push(Vec::with_capacity(7));
        }
        if let Some(week) = weeks.last_mut() {
            week.push(cell);
        }
    }
    weeks
}
