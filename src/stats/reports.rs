//! `/admin/stats`: one table for each question about cities, sources, lines, operators and masters.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::facts::EVERYBODY;
use super::metrics::{self, Change, Metric};
use super::own::{self, State, Tab, periods, send};
use super::period::Period;
use super::saved::Saved;
use super::table::{self, Asked, By, Table};
use super::{listen, staffing};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// Where the reports are.
pub(super) const PATH: &str = "/admin/stats";
const TABS: [By; 9] =
    [By::City, By::Rk, By::Account, By::Line, By::Master, By::Operator, By::Day, By::Weekday, By::Hour];
/// Numbers above the table.
const TILES: [Metric; 6] =
    [metrics::CALLS, metrics::ORDERS, metrics::CONVERSION, metrics::DEBTS, metrics::TURNOVER, metrics::CLEAN];

/// Which report is shown.
#[derive(Clone, Copy, PartialEq, Eq)]
pub(super) enum Shown {
    /// A table.
    Table(By),
    /// People an hour needs.
    Staffing,
    /// Calls worth hearing.
    Listen,
}

/// The links to all reports; each keeps the days.
pub(super) fn tabs(fields: &Fields, shown: Shown) -> Vec<Tab> {
    let current = match shown {
        Shown::Table(by) => Some(by),
        Shown::Staffing | Shown::Listen => None,
    };
    let mut days = Fields::default();
    for name in ["period", "from", "to"] {
        days.push(name, fields.text(name));
    }
    let mut tabs = own::tabs(PATH, if current.is_some() { fields } else { &days }, &TABS, current);
    let further = [("Смены", staffing::PATH, Shown::Staffing), ("Послушать", listen::PATH, Shown::Listen)];
    tabs.extend(further.map(|(label, path, page)| Tab {
        label,
        href: format!("{path}?{}", days.encode()),
        is_current: shown == page,
    }));
    tabs
}

/// A number above the table.
struct Figure {
    metric: Metric,
    words: String,
    change: Option<Change>,
    href: String,
}

#[derive(Template)]
#[template(path = "stats/reports.html", blocks = ["body"])]
struct ReportsPage {
    current: &'static str,
    words: String,
    before: String,
    periods: Vec<Tab>,
    period: Period,
    fields: Fields,
    figures: Vec<Figure>,
    tabs: Vec<Tab>,
    table: Table,
    export: String,
    saved: Saved,
    state: State,
    /// Reports are of everybody.
    nobody: Vec<Choice>,
}

impl ReportsPage {
    /// Of which days, beside which, and how fresh.
    fn told(&self) -> String {
        self.state.beside(&format!("{}, рядом {}", self.words, self.before))
    }
}

impl Page for ReportsPage {
    fn title(&self) -> String {
        "Отчёты".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "stats").then(|| self.as_body().render())
    }
}

fn asked(fields: &Fields, now: Now) -> Asked {
    Asked {
        by: By::parse(fields.text("by")).unwrap_or(By::City),
        operator: EVERYBODY,
        period: Period::of(fields, now.today()),
        sort: fields.text("sort").to_owned(),
        today: now.today(),
    }
}

pub(super) async fn index(
    person: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let owner = person.id;
    Ok(Show::ok(app.db.read_reports(move |db| Ok(page(db, owner, &fields, now)?)).await?))
}

fn page(db: &mut Db, owner: AccountId, fields: &Fields, now: Now) -> diesel::QueryResult<ReportsPage> {
    let asked = asked(fields, now);
    let period = asked.period;
    let sum = table::total(db, &asked, &period)?;
    let before = table::total(db, &asked, &period.before())?;
    let figures = TILES
        .iter()
        .map(|metric| Figure {
            metric: *metric,
            words: metric.words(&sum),
            change: metric.change(&sum, &before),
            href: match metric.value(&sum) {
                Some(value) if value != 0.0 => table::rows_href(metric, &asked, None),
                _ => String::new(),
            },
        })
        .collect();
    Ok(ReportsPage {
        current: "stats",
        words: period.words(now.today()),
        before: period.before().words(now.today()),
        periods: periods(PATH, fields, &period),
        figures,
        tabs: tabs(fields, Shown::Table(asked.by)),
        table: Table::load(db, &asked, PATH, fields)?,
        saved: Saved::load(db, owner, PATH, fields)?,
        export: format!("{PATH}/export?{}", fields.encode()),
        state: State::load(db, &period, now)?,
        nobody: Vec::new(),
        period,
        fields: fields.clone(),
    })
}

pub(super) async fn export(
    person: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<HttpResponse, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    send(&app, person.id, asked(&fields, now), &fields, now).await
}
