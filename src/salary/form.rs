//! What is typed: entries by hand and schemes.

use chrono::NaiveDate;

use super::queries::{NewEntry, NewScheme};
use super::rules::{LineKind, Scheme};
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::domain::when::{self, Lean};
use crate::domain::{money, russian};
use crate::web::field_errors::{FieldErrors, required};
use crate::web::form::Fields;

/// The longest reason.
const REASON_MAX: usize = 300;
/// What stands for a scheme where an operator is paid as everybody again.
const COMMON: &str = "Как у всех";

/// An entry as it was typed.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the fields of the form")]
pub struct EntryForm {
    pub kind: String,
    pub day: String,
    pub amount: String,
    pub reason: String,
}

impl EntryForm {
    /// An empty one, of today or of the month's last day.
    pub fn fresh(month: Month, today: NaiveDate) -> Self {
        Self {
            kind: LineKind::Fine.as_str().to_owned(),
            day: month.last().min(today).to_string(),
            ..Self::default()
        }
    }

    /// As it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self { kind: text("kind"), day: text("day"), amount: text("amount"), reason: text("reason") }
    }

    /// What it means.
    ///
    /// # Errors
    /// Words for the fields.
    pub fn check(&self, operator: AccountId, today: NaiveDate) -> Result<NewEntry, FieldErrors> {
        let mut errors = FieldErrors::default();
        let kinds = [LineKind::Fine, LineKind::Bonus, LineKind::Correction];
        let kind = LineKind::parse(&self.kind).filter(|kind| kinds.contains(kind));
        if kind.is_none() {
            errors.add("kind", "Выберите, что это");
        }
        let day = when::day(&self.day, today, Lean::Back);
        match day {
            None => errors.add("day", "Напишите день, например 19.11"),
            Some(day) if day > today => errors.add("day", "Этот день ещё не наступил"),
            Some(_) => {}
        }
        let (is_minus, digits) = match self.amount.strip_prefix(['-', '−']) {
            Some(rest) => (true, rest),
            None => (false, self.amount.as_str()),
        };
        let sum = errors.keep("amount", money::parse(digits).map_err(|error| error.to_string()));
        if sum == Some(0) {
            errors.add("amount", "Сумма не может быть нулём");
        }
        if is_minus && kind == Some(LineKind::Bonus) {
            errors.add("amount", "Премия только добавляет. Чтобы вычесть, выберите штраф или поправку");
        }
        let reason = errors
            .keep("reason", required(&self.reason, REASON_MAX, "Напишите причину: её увидит сотрудник"));
        match (errors.is_empty(), kind, day, sum, reason) {
            (true, Some(kind), Some(day), Some(sum), Some(reason)) => {
                // A fine takes away however it was typed; a correction does what its sign says.
                let is_minus = kind == LineKind::Fine || is_minus;
                Ok(NewEntry {
                    operator,
                    day,
                    kind,
                    amount: if is_minus { -sum } else { sum },
                    reason,
                    of_month: None,
                })
            }
            _ => Err(errors),
        }
    }
}

/// A scheme as it was typed.
#[derive(Clone, Debug, Default)]
#[allow(missing_docs, reason = "the fields of the form")]
pub struct SchemeForm {
    pub name: String,
    pub operator: String,
    pub from: String,
    pub is_common: bool,
    pub hour: String,
    pub accepted: String,
    pub accepted_seconds: String,
    pub ordered: String,
    pub done: String,
    pub percent: String,
    pub plan_orders: String,
    pub plan_bonus: String,
}

impl SchemeForm {
    /// A form that begins as `scheme` is.
    pub fn of(scheme: &Scheme, from: NaiveDate) -> Self {
        let sum = |kopecks: Option<i64>| kopecks.map(russian::roubles).unwrap_or_default();
        let number = |number: Option<i64>| number.map(|n| n.to_string()).unwrap_or_default();
        Self {
            name: scheme.name.clone(),
            operator: String::new(),
            from: from.to_string(),
            is_common: false,
            hour: sum(scheme.hour),
            accepted: sum(scheme.accepted),
            accepted_seconds: number(Some(scheme.accepted_seconds).filter(|seconds| *seconds > 0)),
            ordered: sum(scheme.ordered),
            done: sum(scheme.done),
            percent: scheme.percent.map(super::rules::percent_words).unwrap_or_default(),
            plan_orders: number(scheme.plan_orders),
            plan_bonus: sum(scheme.plan_bonus),
        }
    }

    /// As it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            name: text("name"),
            operator: text("operator"),
            from: text("from"),
            is_common: text("is_common") == "on",
            hour: text("hour"),
            accepted: text("accepted"),
            accepted_seconds: text("accepted_seconds"),
            ordered: text("ordered"),
            done: text("done"),
            percent: text("percent"),
            plan_orders: text("plan_orders"),
            plan_bonus: text("plan_bonus"),
        }
    }

    /// What it means.
    ///
    /// # Errors
    /// Words for the fields.
    pub fn check(&self, today: NaiveDate) -> Result<NewScheme, FieldErrors> {
        let mut errors = FieldErrors::default();
        // Whoever is paid as everybody again needs no name for it.
        let name = match self.is_common {
            true => Some(COMMON.to_owned()),
            false => errors.keep("name", required(&self.name, 60, "Назовите схему, например «Оператор»")),
        };
        let from = when::day(&self.from, today, Lean::Ahead);
        if from.is_none() {
            errors.add("from", "Напишите день, с которого она действует, например 01.12");
        }
        let mut sum = |field: &'static str, text: &str| match text {
            "" => None,
            text => errors.keep(field, money::parse(text).map_err(|error| error.to_string())),
        };
        let (hour, accepted) = (sum("hour", &self.hour), sum("accepted", &self.accepted));
        let (ordered, done) = (sum("ordered", &self.ordered), sum("done", &self.done));
        let plan_bonus = sum("plan_bonus", &self.plan_bonus);
        // A per cent has two digits after the comma as a sum has.
        let percent = sum("percent", self.percent.trim_end_matches(['%', ' ']));
        if percent.is_some_and(|percent| percent > 10_000) {
            errors.add("percent", "Не больше 100 %");
        }
        let mut number = |field: &'static str, text: &str, most: i64| match text {
            "" => None,
            text => match text.parse::<i64>() {
                Ok(number) if (0..=most).contains(&number) => Some(number),
                _ => {
                    errors.add(field, format!("Целое число от 0 до {most}"));
                    None
                }
            },
        };
        let accepted_seconds = number("accepted_seconds", &self.accepted_seconds, 3600).unwrap_or(0);
        let plan_orders = number("plan_orders", &self.plan_orders, 100_000);
        if plan_orders == Some(0) {
            errors.add("plan_orders", "План без заказов ничего не значит");
        }
        if plan_orders.is_some() != plan_bonus.is_some() && errors.is_empty() {
            errors.add("plan_bonus", "План и премия за него задаются вместе");
        }
        let operator = match self.operator.as_str() {
            "" => None,
            text => {
                let id = text.parse().ok();
                if id.is_none() {
                    errors.add("operator", "Выберите оператора из списка");
                }
                id
            }
        };
        if self.is_common && operator.is_none() {
            errors.add("operator", "Выберите, кого снова считать как всех");
        }
        match (errors.is_empty(), name, from) {
            (true, Some(name), Some(from)) if self.is_common => {
                let scheme = Scheme { name, from: Some(from), ..Scheme::default() };
                Ok(NewScheme { operator, from, is_common: true, scheme })
            }
            (true, Some(name), Some(from)) => Ok(NewScheme {
                operator,
                from,
                is_common: false,
                scheme: Scheme {
                    name,
                    from: Some(from),
                    hour,
                    accepted,
                    accepted_seconds,
                    ordered,
                    done,
                    percent,
                    plan_orders,
                    plan_bonus,
                },
            }),
            _ => Err(errors),
        }
    }
}
