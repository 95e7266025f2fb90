//! What each fact counts for, and under which names. A figure that is kept and the list of rows behind it are both made
//! of these, so they cannot tell different things.

use std::collections::{BTreeMap, HashMap};

use chrono::{NaiveDate, NaiveDateTime, Timelike};
use chrono_tz::Tz;

use super::numbers::{Measure, Numbers};
use super::{GOOD_WAIT, SHORT_WAIT};
use crate::domain::call::{CallStatus, Direction, is_missed};
use crate::domain::id::{AccountId, CallId, ChatId, MasterId, OrderId};
use crate::domain::order::StatusOrder;
use crate::domain::zone;

crate::text_enum! {
    /// By what figures are told apart.
    Kind {
        /// All together.
        All = "all",
        /// Hours of the business day.
        Hour = "hour",
        /// Cities.
        City = "city",
        /// Campaigns.
        Rk = "rk",
        /// Avito accounts.
        Account = "account",
        /// Lines of ours.
        Line = "line",
        /// Operators.
        Operator = "operator",
        /// Masters.
        Master = "master",
    }
}

/// What happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum What {
    /// A call.
    Call(CallId),
    /// An order was made.
    Order(OrderId),
    /// An order was closed.
    Closed(OrderId),
    /// A missed call was owed.
    Debt(CallId),
    /// A client began a chat.
    Chat(ChatId),
}

/// Something that is counted.
#[derive(Clone, Debug)]
pub struct Fact {
    /// Which thing it is.
    pub what: What,
    /// When it counts, UTC.
    pub at: NaiveDateTime,
    /// Whose it is: nobody's, one person's, or of all whose telephones rang in vain.
    pub operators: Vec<AccountId>,
    /// City, РК, account, line; empty where nobody has said, `None` where there can be none.
    pub place: Place,
    /// Who repaired, of closed orders: `Some(None)` is nobody.
    pub master: Option<Option<MasterId>>,
    /// Whom it is about: a number or a name.
    pub about: String,
    /// What it counts for.
    pub counts: Numbers,
}

/// Where something came from.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the columns of calls and orders")]
pub struct Place {
    pub city: String,
    pub rk: String,
    pub account: String,
    pub line: Option<String>,
}

/// A call as its row has it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of calls")]
pub struct CallRow {
    pub id: CallId,
    pub direction: Direction,
    pub status: CallStatus,
    pub started_at: NaiveDateTime,
    pub operator: Option<AccountId>,
    /// Extensions that rang.
    pub rung: Vec<String>,
    pub place: Place,
    pub number: String,
    pub wait_seconds: i64,
    pub talk_seconds: i64,
    /// An order is linked with it.
    pub has_order: bool,
    /// We talked to the number within seven days before.
    pub is_repeat: bool,
}

/// An order as its row has it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of orders")]
pub struct OrderRow {
    pub id: OrderId,
    pub created_at: NaiveDateTime,
    pub closed_at: Option<NaiveDateTime>,
    pub operator: AccountId,
    pub place: Place,
    pub client: String,
    pub status: StatusOrder,
    pub early_edits: i32,
    pub master: Option<MasterId>,
    pub result: Option<i64>,
    pub expenditure: Option<i64>,
    pub clean: Option<i64>,
}

/// A debt as its row has it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of debts")]
pub struct DebtRow {
    pub first_call: CallId,
    pub opened_at: NaiveDateTime,
    /// When we had called back, if that paid it.
    pub called_back_at: Option<NaiveDateTime>,
    pub is_open: bool,
    pub paid_by: Option<AccountId>,
    pub place: Place,
    pub number: String,
}

/// A chat as its rows have it.
#[derive(Clone, Debug)]
#[allow(missing_docs, reason = "the columns of chats and messages")]
pub struct ChatRow {
    pub id: ChatId,
    pub created_at: NaiveDateTime,
    pub asked_at: NaiveDateTime,
    pub answered_at: Option<NaiveDateTime>,
    pub answered_by: Option<AccountId>,
    pub has_order: bool,
    pub city: String,
    pub account: String,
    pub client: String,
}

/// Who sits at which extension.
pub type Desks = HashMap<String, AccountId>;

/// What a call counts for.
pub fn call(row: CallRow, desks: &Desks) -> Fact {
    let is_answered = row.status == CallStatus::Answered;
    let is_inbound = row.direction == Direction::Inbound;
    let is_accepted = is_inbound && is_answered;
    let missed = is_missed(row.direction, Some(row.status));
    let only = |is_so: bool, value: i64| if is_so { value } else { 0 };
    let mut rang: Vec<AccountId> = row.rung.iter().filter_map(|e| desks.get(e)).copied().collect();
    rang.sort_unstable();
    rang.dedup();
    Fact {
        what: What::Call(row.id),
        at: row.started_at,
        operators: if missed { rang } else { row.operator.into_iter().collect() },
        place: row.place,
        master: None,
        about: row.number,
        counts: Numbers::default()
            .when(Measure::Calls, is_inbound)
            .when(Measure::Accepted, is_accepted)
            .when(Measure::Soon, is_accepted && row.wait_seconds <= GOOD_WAIT)
            .when(Measure::Missed, missed)
            .when(Measure::HungUp, missed && row.wait_seconds <= SHORT_WAIT)
            .with(Measure::WaitSeconds, only(is_accepted, row.wait_seconds))
            .with(Measure::TalkSeconds, only(is_accepted, row.talk_seconds))
            .when(Measure::Outgoing, row.direction == Direction::Outbound && is_answered)
            .when(Measure::Repeats, is_accepted && row.is_repeat)
            .when(Measure::Ordered, is_accepted && row.has_order),
    }
}

/// What an order counts for on the day it was made.
pub fn made(row: &OrderRow) -> Fact {
    Fact {
        what: What::Order(row.id),
        at: row.created_at,
        operators: vec![row.operator],
        place: row.place.clone(),
        master: None,
        about: row.client.clone(),
        counts: Numbers::default()
            .with(Measure::Orders, 1)
            .when(Measure::Refused, row.status == StatusOrder::Refused)
            .when(Measure::Edited, row.early_edits > 0),
    }
}

/// What an order counts for on the day it was closed; nothing while it is open.
pub fn closed(row: &OrderRow) -> Option<Fact> {
    let at = row.closed_at?;
    let is_done = row.status == StatusOrder::Done;
    let money = |sum: Option<i64>| if is_done { sum.unwrap_or(0) } else { 0 };
    Some(Fact {
        what: What::Closed(row.id),
        at,
        operators: vec![row.operator],
        place: row.place.clone(),
        master: Some(row.master),
        about: row.client.clone(),
        counts: Numbers::default()
            .with(Measure::Closed, 1)
            .when(Measure::Done, is_done)
            .when(Measure::Paid, money(row.result) > 0)
            .with(Measure::Turnover, money(row.result))
            .with(Measure::Expenses, money(row.expenditure))
            .with(Measure::Clean, money(row.clean)),
    })
}

/// What a debt counts for on the day it was opened.
pub fn debt(row: DebtRow) -> Fact {
    let seconds = row.called_back_at.map_or(0, |at| (at - row.opened_at).num_seconds().max(0));
    Fact {
        what: What::Debt(row.first_call),
        at: row.opened_at,
        operators: row.paid_by.into_iter().collect(),
        place: row.place,
        master: None,
        about: row.number,
        counts: Numbers::default()
            .with(Measure::Debts, 1)
            .when(Measure::DebtsOpen, row.is_open)
            .when(Measure::CalledBack, row.called_back_at.is_some())
            .with(Measure::CallbackSeconds, seconds),
    }
}

/// What a chat counts for on the day it began.
pub fn chat(row: ChatRow) -> Fact {
    let seconds = row.answered_at.map_or(0, |at| (at - row.asked_at).num_seconds().max(0));
    Fact {
        what: What::Chat(row.id),
        at: row.created_at,
        operators: row.answered_by.into_iter().collect(),
        place: Place { city: row.city, rk: CHATS_RK.to_owned(), account: row.account, line: None },
        master: None,
        about: row.client,
        counts: Numbers::default()
            .with(Measure::Chats, 1)
            .when(Measure::ChatsOrdered, row.has_order)
            .when(Measure::ChatsAnswered, row.answered_at.is_some())
            .with(Measure::AnswerSeconds, seconds),
    }
}

/// The campaign that chats come from, as orders made of them say it.
pub const CHATS_RK: &str = "Авито";

impl Fact {
    /// The business day it counts on.
    pub fn day(&self, zone: Tz) -> NaiveDate {
        zone::local(self.at, zone).date()
    }

    /// Under which names it stands.
    pub fn names(&self, zone: Tz) -> Vec<(Kind, String)> {
        let place = &self.place;
        let mut names = vec![
            (Kind::All, String::new()),
            (Kind::Hour, format!("{:02}", zone::local(self.at, zone).hour())),
            (Kind::City, place.city.clone()),
            (Kind::Rk, place.rk.clone()),
            (Kind::Account, place.account.clone()),
        ];
        names.extend(place.line.clone().map(|line| (Kind::Line, line)));
        let id = |id: Option<MasterId>| id.map(|id| id.to_string()).unwrap_or_default();
        names.extend(self.master.map(|master| (Kind::Master, id(master))));
        if self.operators.is_empty() {
            names.push((Kind::Operator, String::new()));
        }
        names.extend(self.operators.iter().map(|operator| (Kind::Operator, operator.to_string())));
        names
    }
}

/// Figures of one day: whose (0 for everybody), by what, of which name.
pub type Day = BTreeMap<(AccountId, Kind, String), Numbers>;

/// The figures of the facts of one day.
pub fn sum<'a>(facts: impl Iterator<Item = &'a Fact>, zone: Tz) -> Day {
    let mut day = Day::new();
    for fact in facts {
        for (kind, name) in fact.names(zone) {
            for operator in &fact.operators {
                if kind != Kind::Operator {
                    *day.entry((*operator, kind, name.clone())).or_default() += &fact.counts;
                }
            }
            *day.entry((EVERYBODY, kind, name)).or_default() += &fact.counts;
        }
    }
    day.retain(|_, numbers| !numbers.is_nothing());
    day
}

/// Stands for everybody where the id of an operator would.
pub const EVERYBODY: AccountId = AccountId(0);
