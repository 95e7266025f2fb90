//! SQL of the journal's page.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::{AccountId, AuditId, HistoryId, OrderId};
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::{accounts, audit_log, order_history};

/// What is looked for.
#[derive(Clone, Debug, Default)]
pub struct Wanted {
    /// Since, UTC.
    pub since: Option<NaiveDateTime>,
    /// Until, UTC.
    pub until: Option<NaiveDateTime>,
    /// Whose.
    pub account: Option<AccountId>,
    /// Which actions; none for all.
    pub actions: Vec<&'static str>,
    /// Words in what it was done to, in three spellings.
    pub words: Option<[String; 3]>,
    /// Only what came before this line.
    pub before: Option<i64>,
}

/// A line of the journal.
#[derive(Clone, Debug, Queryable)]
pub struct Line {
    /// Its id.
    pub id: AuditId,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// Who; nobody is the program itself.
    pub who: Option<String>,
    /// What.
    pub action: String,
    /// To what.
    pub subject: String,
    /// Particulars.
    pub detail: String,
    /// From where.
    pub address: String,
}

/// Lines, newest first.
pub fn lines(db: &mut Db, wanted: &Wanted, limit: i64) -> QueryResult<Vec<Line>> {
    let mut query = audit_log::table
        .left_join(accounts::table)
        .order(audit_log::id.desc())
        .limit(limit)
        .select((
            audit_log::id,
            audit_log::at,
            accounts::name.nullable(),
            audit_log::action,
            audit_log::subject,
            audit_log::detail,
            audit_log::address,
        ))
        .into_boxed::<MultiBackend>();
    if let Some(since) = wanted.since {
        query = query.filter(audit_log::at.ge(since));
    }
    if let Some(until) = wanted.until {
        query = query.filter(audit_log::at.lt(until));
    }
    if let Some(account) = wanted.account {
        query = query.filter(audit_log::account_id.eq(account));
    }
    if let Some(before) = wanted.before {
        query = query.filter(audit_log::id.lt(AuditId(before)));
    }
    if !wanted.actions.is_empty() {
        query = query.filter(audit_log::action.eq_any(wanted.actions.clone()));
    }
    if let Some(spellings) = &wanted.words {
        let [a, b, c] = spellings.clone().map(|words| format!("%{}%", words.replace(['%', '_', '\\'], " ")));
        let in_subject = audit_log::subject.like(a.clone()).or(audit_log::subject.like(b.clone()));
        let in_detail = audit_log::detail.like(a).or(audit_log::detail.like(b));
        let sentence = audit_log::subject.like(c.clone()).or(audit_log::detail.like(c));
        query = query.filter(in_subject.or(in_detail).or(sentence));
    }
    query.load(db)
}

/// A change of an order.
#[derive(Clone, Debug, Queryable)]
pub struct Change {
    /// Its id.
    pub id: HistoryId,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// Who.
    pub who: String,
    /// Of which order.
    pub order: OrderId,
    /// Which field.
    pub field: String,
    /// Before.
    pub old: Option<String>,
    /// After.
    pub new: Option<String>,
}

/// Changes of orders, newest first.
pub fn changes(db: &mut Db, wanted: &Wanted, limit: i64) -> QueryResult<Vec<Change>> {
    let mut query = order_history::table
        .inner_join(accounts::table)
        .order(order_history::id.desc())
        .limit(limit)
        .select((
            order_history::id,
            order_history::at,
            accounts::name,
            order_history::order_id,
            order_history::field,
            order_history::old_value,
            order_history::new_value,
        ))
        .into_boxed::<MultiBackend>();
    if let Some(since) = wanted.since {
        query = query.filter(order_history::at.ge(since));
    }
    if let Some(until) = wanted.until {
        query = query.filter(order_history::at.lt(until));
    }
    if let Some(account) = wanted.account {
        query = query.filter(order_history::account_id.eq(account));
    }
    if let Some(before) = wanted.before {
        query = query.filter(order_history::id.lt(HistoryId(before)));
    }
    // A number among the words is an order's.
    let typed = wanted.words.as_ref().map(|[words, ..]| words.trim_start_matches(['№', '#', ' ']));
    let order: Option<OrderId> = typed.and_then(|words| words.parse().ok());
    if let Some(order) = order {
        query = query.filter(order_history::order_id.eq(order));
    }
    query.load(db)
}

/// Everybody who may stand in the journal.
pub fn people(db: &mut Db) -> QueryResult<Vec<(AccountId, String)>> {
    accounts::table.order((accounts::name, accounts::id)).select((accounts::id, accounts::name)).load(db)
}
