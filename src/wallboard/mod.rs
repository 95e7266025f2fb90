//! `/admin/wallboard`: the call centre at this moment, to be read from across a room. Everything is computed anew at
//! each change; a constant number of questions. docs/telephony.md defines the numbers.

mod queries;

use std::fmt;

use actix_web::web::{Data, ServiceConfig, get, resource};
use askama::Template;
use chrono::Duration;

use crate::app::App;
use crate::auth::queries::work_time::{self, AfterCall};
use crate::auth::signed::{Admin, Signed};
use crate::calls::queries::live;
use crate::calls::words::CallWords;
use crate::debts;
use crate::domain::call::{CallState, Direction, Doing};
use crate::domain::now::Now;
use crate::domain::person::{Limits, WorkStatus};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::page::{Page, Show};
use queries::Today;

/// An answer within so many seconds is a good one.
pub const GOOD_WAIT: i64 = 20;

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/admin/wallboard").route(get().to(show)));
}

#[derive(Template)]
#[template(path = "wallboard/index.html", blocks = ["board"])]
struct Wallboard {
    current: &'static str,
    talking: Vec<CallWords>,
    waiting: Vec<CallWords>,
    operators: Vec<OperatorRow>,
    today: Today,
    /// «92 %», or «—» before the first call.
    level: String,
    wait: String,
    debts: i64,
    /// «1 ч 5 мин», or empty.
    oldest_debt: String,
}

/// What an operator does, in the order of the board.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum OperatorState {
    Talks,
    Rings,
    AfterCall,
    Neither(WorkStatus),
}

impl fmt::Display for OperatorState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Talks => "busy",
            Self::Rings => "ringing",
            Self::AfterCall => "after-call",
            Self::Neither(status) => status.as_str(),
        })
    }
}

impl OperatorState {
    /// The class of the dot before the name.
    fn dot(self) -> &'static str {
        match self {
            Self::Talks | Self::Rings | Self::AfterCall => "dot--accent",
            Self::Neither(WorkStatus::Online) => "dot--ok",
            Self::Neither(WorkStatus::Break) => "dot--warn",
            Self::Neither(WorkStatus::Offline) => "dot--hollow",
        }
    }
}

struct OperatorRow {
    name: String,
    extension: String,
    state: OperatorState,
    words: String,
    /// Unix seconds since when.
    since: i64,
    /// From when it is too long.
    limits: Limits,
}

impl Page for Wallboard {
    fn title(&self) -> String {
        "Табло".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "wallboard").then(|| self.as_board().render())
    }
}

impl Wallboard {
    fn load(db: &mut Db, now: Now) -> Result<Self, AppError> {
        let living = live::living(db)?;
        let mut busy: Vec<(String, bool, i64)> = Vec::new();
        for call in &living {
            let since = call.answered_at.unwrap_or(call.started_at).and_utc().timestamp();
            let present = call.present()?.into_iter();
            busy.extend(present.map(|p| (p.extension, p.doing == Doing::Talking, since)));
        }
        let (waiting, talking): (Vec<_>, Vec<_>) = living.iter().partition(|call| {
            call.direction == Direction::Inbound
                && call.state == CallState::Ringing
                && call.answered_at.is_none()
        });
        let noting = work_time::all_running(db)?;
        let mut operators: Vec<OperatorRow> =
            queries::operators(db)?.into_iter().map(|one| OperatorRow::of(one, &busy, &noting)).collect();
        operators.sort_by_key(|operator| (operator.state, operator.since));
        let today = queries::today(db, now.day_start())?;
        Ok(Self {
            current: "wallboard",
            talking: talking.iter().map(|call| CallWords::of(call, now)).collect(),
            // The longest wait first.
            waiting: waiting.iter().rev().map(|call| CallWords::of(call, now)).collect(),
            operators,
            level: match today.answered + today.missed {
                0 => "—".to_owned(),
                all => format!("{} %", today.soon * 100 / all),
            },
            wait: match today.answered {
                0 => "—".to_owned(),
                answered => format!("{} с", today.wait_seconds / answered),
            },
            debts: debts::queries::count(db)?,
            oldest_debt: debts::queries::oldest(db)?
                .map(|at| crate::domain::now::age(at, now))
                .unwrap_or_default(),
            today,
        })
    }
}

impl OperatorRow {
    fn of(operator: queries::Operator, busy: &[(String, bool, i64)], noting: &[AfterCall]) -> Self {
        let own: Vec<&(String, bool, i64)> =
            busy.iter().filter(|(extension, ..)| Some(extension) == operator.extension.as_ref()).collect();
        let talks = own.iter().find(|(_, talks, _)| *talks);
        let noting = noting.iter().find(|one| one.account_id == operator.id);
        let mut limits = Limits::default();
        let (state, words, since) = match (talks.or(own.first()), operator.status) {
            (Some((_, true, since)), _) => (OperatorState::Talks, "Разговор".to_owned(), *since),
            (Some((_, false, since)), _) => (OperatorState::Rings, "Звонит телефон".to_owned(), *since),
            (None, _) if let Some(one) = noting => {
                limits = one.limits();
                let since = one.started_at.and_utc().timestamp();
                (OperatorState::AfterCall, "После звонка".to_owned(), since)
            }
            (None, status) => {
                if status.is_break() {
                    let minutes = operator.limit_minutes.unwrap_or(0);
                    limits = Limits::of(operator.since, Duration::minutes(minutes.into()));
                }
                let words = match operator.reason {
                    Some(reason) if status == WorkStatus::Break => format!("Перерыв: {reason}"),
                    _ => status.label().to_owned(),
                };
                (OperatorState::Neither(status), words, operator.since.and_utc().timestamp())
            }
        };
        Self {
            name: operator.name,
            extension: operator.extension.unwrap_or_default(),
            state,
            words,
            since,
            limits,
        }
    }
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<Wallboard>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    Ok(Show::ok(app.db.read(move |db| Wallboard::load(db, now)).await?))
}
