//! What the pages of the statistics share: where they are, the links to days and tables, how fresh figures are, the way
//! out as a file.

use actix_web::HttpResponse;

use super::period::{Period, Usual};
use super::queries::{self, kept};
use super::table::By;
use crate::app::App;
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::sheet::{Format, Row as SheetRow, respond};
use crate::web::form::Fields;

/// One's own numbers.
pub(super) const OWN: &str = "/stats";
/// The reports.
pub(super) const REPORTS: &str = "/admin/stats";
/// People an hour needs.
pub(super) const STAFFING: &str = "/admin/stats/staffing";
/// Calls worth hearing.
pub(super) const LISTEN: &str = "/admin/stats/listen";
/// Tables of the reports.
const REPORT_TABS: [By; 9] =
    [By::City, By::Rk, By::Account, By::Line, By::Master, By::Operator, By::Day, By::Weekday, By::Hour];

/// A link that is chosen or not.
pub struct Tab {
    /// What it says.
    pub label: &'static str,
    /// Where it leads.
    pub href: String,
    /// It is the chosen one.
    pub is_current: bool,
}

/// How fresh the figures are.
pub struct State {
    /// «14:05»; empty when nothing was counted.
    pub at: String,
    /// Days that have not been counted yet.
    pub missing: i64,
}

impl State {
    /// `words` with the time of the newest figures.
    pub fn beside(&self, words: &str) -> String {
        if self.at.is_empty() {
            words.to_owned()
        } else {
            format!("{words} · посчитано в {}", self.at)
        }
    }

    /// Of a period.
    pub fn load(db: &mut Db, period: &Period, now: Now) -> diesel::QueryResult<Self> {
        let to = period.to.min(now.today());
        let (counted, at) = kept::state(db, period.from, to)?;
        let first = queries::facts::first(db)?.map(|at| crate::domain::zone::local(at, now.zone).date());
        let from = first.map_or(to, |first| first.max(period.from));
        let wanted = ((to - from).num_days() + 1).max(0);
        Ok(Self { at: at.map(|at| now.moment(at)).unwrap_or_default(), missing: (wanted - counted).max(0) })
    }
}

/// The links to the usual periods.
pub fn periods(path: &str, fields: &Fields, period: &Period) -> Vec<Tab> {
    Usual::ALL
        .iter()
        .map(|usual| {
            let mut fields = fields.clone();
            fields.set("from", "");
            fields.set("to", "");
            fields.set("period", usual.as_str());
            Tab {
                label: usual.label(),
                href: format!("{path}?{}", fields.encode()),
                is_current: period.usual == Some(*usual),
            }
        })
        .collect()
}

/// The links to the tables.
pub fn tabs(path: &str, fields: &Fields, offered: &[By], current: Option<By>) -> Vec<Tab> {
    offered
        .iter()
        .map(|by| {
            let mut fields = fields.clone();
            fields.set("sort", "");
            fields.set("by", by.as_str());
            Tab {
                label: by.label(),
                href: format!("{path}?{}", fields.encode()),
                is_current: Some(*by) == current,
            }
        })
        .collect()
}

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
pub(super) fn report_tabs(fields: &Fields, shown: Shown) -> Vec<Tab> {
    let current = match shown {
        Shown::Table(by) => Some(by),
        Shown::Staffing | Shown::Listen => None,
    };
    let mut days = Fields::default();
    for name in ["period", "from", "to"] {
        days.push(name, fields.text(name));
    }
    let mut all = tabs(REPORTS, if current.is_some() { fields } else { &days }, &REPORT_TABS, current);
    let further = [("Смены", STAFFING, Shown::Staffing), ("Послушать", LISTEN, Shown::Listen)];
    all.extend(further.map(|(label, path, page)| Tab {
        label,
        href: format!("{path}?{}", days.encode()),
        is_current: shown == page,
    }));
    all
}

/// Answers titles and rows as a file and notes who took it; `detail` says what it is of.
pub(super) async fn send_sheet(
    app: &App,
    by: AccountId,
    fields: &Fields,
    (titles, rows): (Vec<String>, Vec<SheetRow>),
    detail: &str,
    now: Now,
) -> Result<HttpResponse, AppError> {
    let format = Format::parse(fields.text("format"))?;
    let detail = detail.to_owned();
    app.db
        .write(move |tx| {
            let entry =
                audit::Entry { by, action: "stats.export", subject: "статистика", detail: &detail };
            Ok(audit::record(tx, &entry, now.utc)?)
        })
        .await?;
    let mut rows = Some(rows);
    let batches = Box::new(move |_: &mut Db| Ok(rows.take().unwrap_or_default()));
    let header: Vec<&str> = titles.iter().map(String::as_str).collect();
    let name = format!("Статистика {}", now.today());
    respond(format, &app.db, &name, &header, batches).await
}
