//! `/admin/stats`: one table for each question about cities, sources, lines, operators and masters.

use actix_web::HttpResponse;
use actix_web::web::Data;
use askama::Template;

use super::facts::EVERYBODY;
use super::metrics::{self, Change, Metric};
use super::own::send;
use super::parts::{REPORTS, Shown, State, Tab, periods, report_tabs};
use super::period::Period;
use super::saved::Saved;
use super::table::{self, Asked, By, Table};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// Numbers above the table.
const TILES: [Metric; 6] =
    [metrics::CALLS, metrics::ORDERS, metrics::CONVERSION, metrics::DEBTS, metrics::TURNOVER, metrics::CLEAN];

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
        periods: periods(REPORTS, fields, &period),
        figures,
        tabs: report_tabs(fields, Shown::Table(asked.by)),
        table: Table::load(db, &asked, REPORTS, fields)?,
        saved: Saved::load(db, owner, REPORTS, fields)?,
        export: format!("{REPORTS}/export?{}", fields.encode()),
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
