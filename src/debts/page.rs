//! `/telephony/debts`: what is owed, oldest first, and the number the day closes with.

use crate::domain::id::{CallId, ClientId, DebtId};
use crate::domain::now::age;
use askama::Template;

use super::DebtState;
use super::queries::{self, Day, Debt};
use super::view::DebtWords;
use crate::callbacks::queries as callbacks;
use crate::callbacks::view::CallbackView;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::web::page::Page;

/// Debts shown at once.
const SHOWN: i64 = 200;
/// Older than so many minutes is late, then very late.
const LATE: i64 = 5;
const VERY_LATE: i64 = 20;

/// The page.
#[derive(Template)]
#[template(path = "debts/index.html", blocks = ["list"])]
pub struct DebtsPage {
    rows: Vec<Row>,
    total: i64,
    day: Day,
    reasons: Vec<String>,
    oldest: String,
}

struct Row {
    id: DebtId,
    last_call_id: CallId,
    number: String,
    digits: String,
    client_id: Option<ClientId>,
    client_name: String,
    city: String,
    rk: String,
    /// «3 звонка», or empty for one.
    calls: String,
    at: String,
    /// «12 мин», «2 ч 5 мин», «3 дня».
    age: String,
    /// Empty, `late` or `very-late`.
    lateness: &'static str,
    /// «Белова А.», or empty while it is nobody's.
    taker: String,
    is_mine: bool,
    /// «15:00, Белова А.» when a call was promised, or empty.
    promised: String,
    /// May be given back and closed by whoever looks.
    may_close: bool,
    /// What became of a debt that is none any more: «перезвонили в 14:05»; empty while it stands.
    gone: String,
}

impl Page for DebtsPage {
    fn title(&self) -> String {
        "Долги по звонкам".to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "debts").then(|| self.as_list().render())
    }
}

impl DebtsPage {
    /// Loads the page as `person` sees it. Of the debts in `seen`, those somebody works among, the paid ones stay in
    /// their place and say what became of them.
    pub fn load(db: &mut Db, person: &Person, seen: &[DebtId], now: Now) -> diesel::QueryResult<Self> {
        let mut debts = queries::standing(db, SHOWN)?;
        let paid = queries::paid_of(db, seen)?;
        let last_calls: Vec<CallId> = paid.iter().map(|debt| debt.last_call_id).collect();
        let said = queries::of_calls(db, &last_calls)?;
        debts.extend(paid);
        debts.sort_by_key(|debt| (debt.opened_at, debt.id));
        let numbers: Vec<String> = debts.iter().map(|debt| debt.number.clone()).collect();
        let mut promises = callbacks::of_numbers(db, &numbers)?;
        let row = |debt: Debt| {
            let promise = promises.remove(&debt.number).map(|promise| CallbackView::of(promise, 0, now));
            let promised = promise.map(|view| view.in_short).unwrap_or_default();
            let gone = match said.get(&debt.last_call_id).map(|paid| DebtWords::of(paid, now)) {
                Some(DebtWords::Paid(words)) => words,
                _ => String::new(),
            };
            Row { promised, gone, ..Row::of(debt, person, now) }
        };
        let rows: Vec<Row> = debts.into_iter().map(row).collect();
        Ok(Self {
            total: queries::count(db)?,
            day: queries::day(db, now.day_start())?,
            reasons: queries::reasons(db)?,
            oldest: queries::oldest(db)?.map(|at| age(at, now)).unwrap_or_default(),
            rows,
        })
    }
}

impl Row {
    fn of(debt: Debt, person: &Person, now: Now) -> Self {
        let minutes = (now.utc - debt.opened_at).num_minutes();
        let is_mine = debt.taken_by == Some(person.id);
        let n = debt.missed_count.unsigned_abs();
        Self {
            id: debt.id,
            last_call_id: debt.last_call_id,
            number: pretty(&debt.number),
            client_id: debt.client_id,
            client_name: debt.client_name.unwrap_or_default(),
            city: debt.city.unwrap_or_else(|| "—".to_owned()),
            rk: debt.rk.unwrap_or_else(|| "—".to_owned()),
            calls: if n > 1 {
                format!("{n} {}", russian::plural(n, ["звонок", "звонка", "звонков"]))
            } else {
                String::new()
            },
            at: now.moment_in_words(debt.last_missed_at),
            age: age(debt.opened_at, now),
            lateness: match minutes {
                VERY_LATE.. => "very-late",
                LATE.. => "late",
                _ => "",
            },
            promised: String::new(),
            gone: String::new(),
            may_close: debt.state == DebtState::Open || is_mine || person.is_admin(),
            taker: debt.taker.as_deref().map(russian::short_name).unwrap_or_default(),
            is_mine,
            digits: debt.number,
        }
    }
}
