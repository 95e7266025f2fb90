//! A promise in words: the alarm in an operator's column, and what cards and lists say of it.

use super::queries::{self, Callback};
use super::{CallbackState, KeptHow};
use crate::domain::id::{AccountId, CallId, CallbackId, ClientId};
use crate::domain::now::Now;
use crate::domain::now::age;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::platform::db::Db;

/// Alarms shown at once; further ones are counted.
const ALARMS: i64 = 3;

/// A promise as templates show it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CallbackView {
    /// The row.
    pub id: CallbackId,
    /// For people.
    pub number: String,
    /// Canonical digits, to call.
    pub digits: String,
    /// Where it was promised.
    pub from_call: Option<CallId>,
    /// None when nobody knows the client.
    pub client_id: Option<ClientId>,
    /// Empty when it is not known.
    pub client_name: String,
    /// What about; may be empty.
    pub note: String,
    /// «сегодня 15:00».
    pub at: String,
    /// «15:00», «28.11 10:00».
    pub time: String,
    /// «12 мин» since its time; empty before.
    pub overdue: String,
    /// «через 25 мин»; empty after its time.
    pub ahead: String,
    /// «обещали на 14:00, перенесено 2 раза»; empty when it was not moved.
    pub moved: String,
    /// «Белова А.»; empty when it is everybody's.
    pub owner: String,
    /// The owner; nobody when it is everybody's.
    pub owner_id: Option<AccountId>,
    /// Who promised, in short.
    pub promised_by: String,
    /// «15:00 — Белова А.» for a line.
    pub in_short: String,
    /// How it ended; empty while it waits.
    pub ended: String,
    /// «звонили 2 раза, не ответили»; empty when nobody has tried.
    pub attempts: String,
    /// Tells this alarm from others and from itself after it was moved.
    pub alarm: String,
}

impl CallbackView {
    /// The call that «Позвонить» is pressed in, for its button; empty for none.
    pub fn calls_from(&self) -> String {
        self.from_call.map(|id| id.to_string()).unwrap_or_default()
    }

    /// The words of a promise; `attempts`: calls in vain since.
    pub fn of(callback: Callback, attempts: i64, now: Now) -> Self {
        let owner = callback.owner.as_deref().map(russian::short_name).unwrap_or_default();
        let time = now.moment(callback.due_at);
        let is_due = callback.due_at <= now.utc;
        let times = |n: i64| format!("{n} {}", russian::plural(n.unsigned_abs(), ["раз", "раза", "раз"]));
        let whose = if owner.is_empty() { "для всех" } else { owner.as_str() };
        Self {
            id: callback.id,
            number: pretty(&callback.number),
            from_call: callback.from_call_id,
            client_id: callback.client_id,
            client_name: callback.client_name.clone().unwrap_or_default(),
            at: now.moment_in_words(callback.due_at),
            overdue: if is_due { age(callback.due_at, now) } else { String::new() },
            ahead: if is_due { String::new() } else { format!("через {}", span(callback.due_at, now)) },
            moved: match callback.moved_count {
                0 => String::new(),
                n => format!("обещали на {}, перенесено {}", now.moment(callback.first_due_at), times(n)),
            },
            in_short: format!("{time}, {whose}"),
            owner_id: callback.owner_id,
            promised_by: russian::short_name(&callback.promised_by),
            ended: ended(&callback, now),
            attempts: match attempts {
                0 => String::new(),
                n => format!("звонили {}, не ответили", times(n)),
            },
            alarm: format!("{}-{}", callback.id, callback.due_at.and_utc().timestamp()),
            time,
            owner,
            note: callback.note,
            digits: callback.number,
        }
    }

    /// The words of several, with their attempts.
    pub fn all(db: &mut Db, callbacks: Vec<Callback>, now: Now) -> diesel::QueryResult<Vec<Self>> {
        let attempts = queries::attempts(db, &callbacks)?;
        let view = |callback: Callback| {
            let tried = attempts.get(&callback.id).copied().unwrap_or_default();
            Self::of(callback, tried, now)
        };
        Ok(callbacks.into_iter().map(view).collect())
    }
}

/// How long until a moment, rounded up to minutes.
fn span(at: chrono::NaiveDateTime, now: Now) -> String {
    let ahead = at - now.utc + chrono::Duration::seconds(59);
    age(now.utc - ahead, now)
}

fn ended(callback: &Callback, now: Now) -> String {
    let at = callback.closed_at.map(|at| now.moment(at)).unwrap_or_default();
    let by = callback.closer.as_deref().map(russian::short_name).unwrap_or_default();
    match (callback.state, callback.kept_how) {
        (CallbackState::Waiting, _) => String::new(),
        (CallbackState::Cancelled, _) => format!("отменено в {at}, {by}: {}", callback.reason),
        (CallbackState::Kept, Some(KeptHow::Client)) => format!("клиент позвонил сам в {at}"),
        (CallbackState::Kept, Some(KeptHow::Order)) => match callback.kept_order_id {
            Some(order) => format!("заказ № {order} в {at}"),
            None => format!("был заказ в {at}"),
        },
        (CallbackState::Kept, Some(KeptHow::Hand)) => format!("отмечено сделанным в {at}, {by}"),
        (CallbackState::Kept, Some(KeptHow::Callback) | None) => format!("перезвонили в {at}"),
    }
}

/// The alarms of an operator's column.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Alarms {
    /// The oldest ones.
    pub shown: Vec<CallbackView>,
    /// How many more there are.
    pub more: i64,
}

/// What rings at `person`: his own promises whose time has come, and everybody's. Only on the line.
pub fn alarms(db: &mut Db, person: &Person, now: Now) -> diesel::QueryResult<Alarms> {
    if !person.is_online() {
        return Ok(Alarms::default());
    }
    let due = queries::due_for(db, person.id, now.utc, ALARMS + 1)?;
    if due.is_empty() {
        return Ok(Alarms::default());
    }
    let all =
        if due.len() as i64 > ALARMS { queries::due_count(db, Some(person.id), now.utc)? } else { ALARMS };
    let mut shown = CallbackView::all(db, due, now)?;
    shown.truncate(ALARMS as usize);
    Ok(Alarms { shown, more: all - ALARMS })
}

/// The promise that waits for a number, in words.
pub fn of_number(db: &mut Db, number: &str, now: Now) -> diesel::QueryResult<Option<CallbackView>> {
    let found = queries::of_numbers(db, &[number.to_owned()])?.into_values().next();
    Ok(found.map(|callback| CallbackView::of(callback, 0, now)))
}
