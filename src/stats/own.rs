//! `/stats`: an operator's own numbers; for an admin those of everybody, or of one operator.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;
use chrono::{Datelike, NaiveDate};

use super::facts::{EVERYBODY, Kind};
use super::metrics::{self, Change, Metric};
use super::numbers::{Measure, Numbers};
use super::parts::{OWN, State, Tab, periods, send_sheet, tabs};
use super::period::Period;
use super::queries::{self, kept};
use super::saved::Saved;
use super::table::{self, Asked, By, Table};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::chart::{self, Chart, Series};
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// Tabs of the table.
const TABS: [By; 8] = [By::Day, By::Hour, By::Weekday, By::City, By::Rk, By::Account, By::Line, By::Operator];

/// A number with what it was.
pub struct Tile {
    /// The number.
    pub metric: Metric,
    /// As people read it.
    pub words: String,
    /// Against the period before.
    pub change: Option<Change>,
    /// Its rows; empty when there are none.
    pub href: String,
    /// A line through its days; empty when there are too few.
    pub spark: String,
}

/// An hour of weekdays.
pub struct HeatCell {
    /// 0 nothing … 5 the most.
    pub heat: u32,
    /// The average.
    pub words: String,
}

/// A weekday.
pub struct HeatRow {
    /// «пн».
    pub label: &'static str,
    /// Its hours.
    pub cells: Vec<HeatCell>,
}

/// When people call.
pub struct Heat {
    /// Hours above.
    pub hours: Vec<String>,
    /// Weekdays.
    pub rows: Vec<HeatRow>,
}

#[derive(Template)]
#[template(path = "stats/own.html", blocks = ["body"])]
struct StatsPage {
    whose: String,
    words: String,
    before: String,
    periods: Vec<Tab>,
    period: Period,
    fields: Fields,
    operators: Vec<Choice>,
    operator: String,
    tiles: Vec<Tile>,
    calls: Chart,
    orders: Chart,
    heat: Heat,
    tabs: Vec<Tab>,
    table: Table,
    export: String,
    saved: Saved,
    state: State,
    is_admin: bool,
}

impl StatsPage {
    /// Whose, of which days, and how fresh.
    fn told(&self) -> String {
        self.state.beside(&format!("{} · {}", self.whose, self.words))
    }
}

impl Page for StatsPage {
    fn title(&self) -> String {
        "Статистика".to_owned()
    }

    fn section(&self) -> &'static str {
        "stats"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "stats").then(|| self.as_body().render())
    }
}

/// What the address asks for, as far as this person may have it.
fn asked(person: &Person, fields: &Fields, today: NaiveDate) -> Asked {
    let operator = match person.is_admin() {
        true => fields.id("operator").unwrap_or(EVERYBODY),
        false => person.id,
    };
    let by = By::parse(fields.text("by")).filter(|by| TABS.contains(by));
    let by = by.filter(|by| *by != By::Operator || operator == EVERYBODY);
    Asked {
        by: by.unwrap_or(By::Day),
        operator,
        period: Period::of(fields, today),
        sort: fields.text("sort").to_owned(),
        today,
    }
}

pub(super) async fn index(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let person = Person::clone(&person);
    Ok(Show::ok(app.db.read(move |db| Ok(page(db, &person, fields, now)?)).await?))
}

fn page(db: &mut Db, person: &Person, fields: Fields, now: Now) -> diesel::QueryResult<StatsPage> {
    let today = now.today();
    let asked = asked(person, &fields, today);
    let (period, before) = (asked.period, asked.period.before());
    let days = daily(db, asked.operator, &period)?;
    let days_before = daily(db, asked.operator, &before)?;
    let (sum, sum_before) = (together(&days), together(&days_before));
    let hours = kept::by_day_and_name(
        db,
        kept::Wanted { operator: asked.operator, kind: Kind::Hour, from: period.from, to: period.to },
    )?;
    let operators = if person.is_admin() { Choice::ids(&queries::operators(db)?) } else { Vec::new() };
    let operator = if asked.operator == EVERYBODY { String::new() } else { asked.operator.to_string() };
    let whose = match operators.iter().find(|choice| choice.value == operator) {
        _ if !person.is_admin() => person.name.clone(),
        Some(choice) => choice.label.clone(),
        None => "вся компания".to_owned(),
    };
    let offered: Vec<By> =
        TABS.into_iter().filter(|by| *by != By::Operator || asked.operator == EVERYBODY).collect();
    Ok(StatsPage {
        whose,
        words: period.words(today),
        before: before.words(today),
        periods: periods(OWN, &fields, &period),
        tiles: tiles(&asked, &days, &sum, &sum_before),
        calls: calls(&days, today),
        orders: orders(&days, &days_before, today),
        heat: heat(&hours, &period),
        tabs: tabs(OWN, &fields, &offered, Some(asked.by)),
        table: Table::load(db, &asked, OWN, &fields)?,
        export: format!("{OWN}/export?{}", fields.encode()),
        saved: Saved::load(db, person.id, OWN, &fields)?,
        state: State::load(db, &period, now)?,
        is_admin: person.is_admin(),
        period,
        operators,
        operator,
        fields,
    })
}

/// Every day of a period with its figures, days without any as well.
type Days = Vec<(NaiveDate, Numbers)>;

fn daily(db: &mut Db, operator: AccountId, period: &Period) -> diesel::QueryResult<Days> {
    let mut found = table::load(db, By::Day, operator, period)?;
    Ok(period.each().map(|day| (day, found.remove(&day.to_string()).unwrap_or_default())).collect())
}

fn together(days: &Days) -> Numbers {
    days.iter().map(|(_, numbers)| numbers).sum()
}

fn tiles(asked: &Asked, days: &Days, sum: &Numbers, before: &Numbers) -> Vec<Tile> {
    metrics::WORK
        .iter()
        .map(|metric| {
            let values: Vec<f64> = days.iter().map(|(_, day)| metric.value(day).unwrap_or(0.0)).collect();
            Tile {
                metric: *metric,
                words: metric.words(sum),
                change: metric.change(sum, before),
                href: match metric.value(sum) {
                    Some(value) if value != 0.0 => table::rows_href(metric, asked, None),
                    _ => String::new(),
                },
                spark: chart::spark(&values),
            }
        })
        .collect()
}

fn series(label: &str, colour: u8, days: &Days, measure: Measure) -> Series {
    Series {
        label: label.to_owned(),
        colour,
        values: days.iter().map(|(_, numbers)| numbers.get(measure) as f64).collect(),
        words: Vec::new(),
    }
}

fn labels(days: &Days) -> Vec<String> {
    days.iter().map(|(day, _)| day.format("%d.%m").to_string()).collect()
}

fn calls(days: &Days, _today: NaiveDate) -> Chart {
    let accepted = series("принято", 1, days, Measure::Accepted);
    let missed = series("пропущено", 2, days, Measure::Missed);
    Chart::bars(&labels(days), &[accepted, missed])
}

fn orders(days: &Days, before: &Days, _today: NaiveDate) -> Chart {
    let now = series("период", 1, days, Measure::Orders);
    let then = series("прошлый", 4, before, Measure::Orders);
    Chart::lines(&labels(days), &[now, then])
}

/// Averages of inbound calls by weekday and hour.
fn heat(hours: &[(String, Numbers)], period: &Period) -> Heat {
    let mut counts = [0_i64; 7];
    for day in period.each() {
        counts[day.weekday().num_days_from_monday() as usize] += 1;
    }
    let mut sums = [[0_i64; 24]; 7];
    for (label, numbers) in hours {
        let Some((day, hour)) = label.split_once(' ') else { continue };
        let (Ok(day), Ok(hour)) = (day.parse::<NaiveDate>(), hour.parse::<usize>()) else { continue };
        if let Some(sum) = sums[day.weekday().num_days_from_monday() as usize].get_mut(hour) {
            *sum += numbers.get(Measure::Calls);
        }
    }
    let called = |hour: &usize| sums.iter().any(|day| day[*hour] > 0);
    let first = (0..24).find(called).unwrap_or(9).min(9);
    let last = (0..24).rev().find(called).unwrap_or(21).max(21);
    let average = |day: usize, hour: usize| match counts[day] {
        0 => 0.0,
        count => sums[day][hour] as f64 / count as f64,
    };
    let most = (0..7).flat_map(|day| (0..24).map(move |hour| (day, hour)));
    let most = most.map(|(day, hour)| average(day, hour)).fold(0.0, f64::max);
    let rows = (0..7)
        .map(|day| HeatRow {
            label: russian::weekday_name(i32::try_from(day).unwrap_or_default()),
            cells: (first..=last)
                .map(|hour| {
                    let value = average(day, hour);
                    let heat = if most > 0.0 { (value * 5.0 / most).ceil() as u32 } else { 0 };
                    let words = match value {
                        0.0 => String::new(),
                        v if v < 10.0 => format!("{v:.1}").replace('.', ",").replace(",0", ""),
                        v => format!("{v:.0}"),
                    };
                    HeatCell { heat, words }
                })
                .collect(),
        })
        .collect();
    Heat { hours: (first..=last).map(|hour| hour.to_string()).collect(), rows }
}

pub(super) async fn export(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let asked = asked(&person, &fields, now.today());
    send(&app, person.id, asked, &fields, now).await
}

/// Answers a table as a file and notes who took it.
pub(super) async fn send(
    app: &App,
    by: AccountId,
    asked: Asked,
    fields: &Fields,
    now: Now,
) -> Result<HttpResponse, AppError> {
    let kind = asked.by;
    let words = asked.period.words(now.today());
    let sent = fields.clone();
    let sheet = app.db.read_reports(move |db| Ok(Table::load(db, &asked, OWN, &sent)?.sheet(kind))).await?;
    send_sheet(app, by, fields, sheet, &format!("{}, {words}", kind.label()), now).await
}
