//! `/salary`: what an operator has earned in a month, line by line, live while the month is open.

use actix_web::web::Data;
use askama::Template;
use chrono::Datelike;

use super::rules::{Line, LineKind, money, total};
use super::view::{self, LineView, TodayView};
use super::{queries, sheet};
use crate::app::App;
use crate::auth::signed::{Operator, Signed};
use crate::domain::chart::Chart;
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::domain::now::Now;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Query;
use crate::web::page::{Page, Show};

/// A sheet of a person.
pub struct SheetView {
    /// Whose.
    pub name: String,
    /// The month.
    pub month: Month,
    /// The next one may be looked at.
    pub has_next: bool,
    /// It is the month of today.
    pub is_running: bool,
    /// «закрыт 5 декабря, Громов И.», or empty.
    pub closed: String,
    /// The sum.
    pub total: String,
    /// «с 1 по 19 ноября».
    pub span: String,
    /// How much of the month is over, of a hundred.
    pub gone: i64,
    /// «Если так же до конца месяца: около …», or empty.
    pub forecast: String,
    /// «Октябрь 2026: 64 350 ₽», or empty.
    pub before: String,
    /// Lines.
    pub lines: Vec<LineView>,
    /// How it has grown.
    pub growth: Chart,
    /// What it is drawn in.
    pub unit: &'static str,
    /// The same as a table: day, of the day, from the first on.
    pub days: Vec<(String, String, String)>,
    /// What the scheme of today or of the month's last day pays.
    pub rates: Vec<(String, String)>,
    /// Its name.
    pub scheme: String,
    /// From when it counts.
    pub scheme_from: String,
    /// What today has brought, of a month that runs.
    pub today: Vec<TodayView>,
    /// The sum of that.
    pub today_total: String,
    /// What became known after the month was closed, and what becomes of it.
    pub late: Option<LateView>,
}

/// What became known of a closed month later.
pub struct LateView {
    /// «Смены +600 ₽».
    pub lines: String,
    /// «+600 ₽»
    pub sum: String,
    /// What of it is not paid yet; empty when all is.
    pub left: String,
}

impl SheetView {
    /// The sheet of an operator.
    pub fn load(
        db: &mut Db,
        operator: AccountId,
        name: String,
        month: Month,
        now: Now,
        is_foreign: bool,
    ) -> diesel::QueryResult<Self> {
        let today = now.today();
        let mut of = |month: Month| -> diesel::QueryResult<_> {
            Ok(sheet::load(db, month, Some(operator), now.utc, now.zone)?
                .remove(&operator)
                .unwrap_or_default())
        };
        let (lines, earlier) = (of(month)?, of(month.before())?);
        let closed = queries::closed(db, month)?;
        let late = match closed {
            None => None,
            Some(_) => sheet::late(db, month, Some(operator), now.utc, now.zone)?.remove(&operator),
        };
        let all = queries::schemes(db)?;
        let schemes = sheet::schemes_of(&all, operator, month);
        let scheme_from = sheet::in_force(&all, operator, month.last().min(today)).map(|kept| kept.from);
        let sum = total(&lines);
        let until = month.last().min(today);
        let is_running = month == Month::of(today);
        let (days_gone, days_all) = (i64::from(until.day()), i64::from(month.last().day()));
        let by_day = sheet::by_day(&lines);
        let earlier_days = sheet::by_day(&earlier);
        let (growth, unit) = view::growth(month, until, &by_day, &earlier_days);
        let mut running = 0;
        let days = by_day.iter().map(|(day, amount)| {
            running += amount;
            (russian::day(*day, today), view::signed(*amount), money(running))
        });
        Ok(Self {
            days: days.collect(),
            growth,
            unit,
            name,
            month,
            is_running,
            has_next: month < Month::of(today),
            closed: closed
                .map(|(who, at)| format!("закрыт {}, {}", now.moment(at), russian::short_name(&who)))
                .unwrap_or_default(),
            total: money(sum),
            forecast: match is_running && (3..days_all).contains(&days_gone) {
                true => forecast(&lines, days_gone, days_all),
                false => String::new(),
            },
            before: match earlier.is_empty() {
                true => String::new(),
                false => {
                    let whole = format!("{}: {}", month.before().words(), money(total(&earlier)));
                    let then = sheet::until_day(&earlier_days, until.day());
                    if is_running {
                        format!("{whole}, к этому числу {}", money(then))
                    } else {
                        whole
                    }
                }
            },
            rates: schemes.last().map(view::rates).unwrap_or_default(),
            scheme: schemes.last().map(|scheme| scheme.name.clone()).unwrap_or_default(),
            scheme_from: scheme_from.map(|from| russian::day(from, today)).unwrap_or_default(),
            today: if is_running { view::today(&lines, today) } else { Vec::new() },
            today_total: view::signed(by_day.get(&today).copied().unwrap_or(0)),
            late: late.map(|late| LateView {
                lines: view::late_lines(&late),
                sum: view::signed(late.left() + late.carried),
                left: if late.left() == 0 { String::new() } else { view::signed(late.left()) },
            }),
            span: match is_running {
                true if until.day() == 1 => format!("за {}", russian::day(until, today)),
                true => format!("с 1 по {}", russian::day(until, today)),
                false => format!("за {}", month.words().to_lowercase()),
            },
            gone: days_gone * 100 / days_all,
            lines: view::lines(&lines, today, is_foreign.then_some(operator)),
        })
    }
}

/// What a month would come to if its days went on as they have; entries by hand do not repeat themselves. Whole
/// roubles: it is a guess and looks like one. Empty where there is nothing to guess from.
fn forecast(lines: &[Line], days_gone: i64, days_all: i64) -> String {
    let is_by_hand = |line: &&Line| {
        matches!(line.kind, LineKind::Plan | LineKind::Bonus | LineKind::Fine | LineKind::Correction)
    };
    let by_hand: i64 = lines.iter().filter(is_by_hand).map(|line| line.amount).sum();
    let earned = total(lines) - by_hand;
    match earned > 0 {
        true => money((earned * days_all / days_gone + by_hand) / 100 * 100),
        false => String::new(),
    }
}

#[derive(Template)]
#[template(path = "salary/own.html", blocks = ["sheet"])]
struct SalaryPage {
    sheet: SheetView,
}

impl Page for SalaryPage {
    fn title(&self) -> String {
        "Зарплата".to_owned()
    }

    fn section(&self) -> &'static str {
        "salary"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "salary").then(|| self.as_sheet().render())
    }
}

pub(super) async fn index(
    person: Signed<Operator>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let month = Month::asked(fields.text("month"), now.today());
    let (id, name) = (person.id, person.name.clone());
    let sheet = app.db.read(move |db| Ok(SheetView::load(db, id, name, month, now, false)?)).await?;
    Ok(Show::ok(SalaryPage { sheet }))
}
