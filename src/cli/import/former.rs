//! Rows of the former system as it keeps them, read leniently: what a version has not got is empty, what is of another
//! type than expected is read as far as it goes. A row comes as JSON that PostgreSQL makes of it, so that one program
//! reads every version of the schema.

use std::fmt;

use chrono::{DateTime, NaiveDateTime};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// A text; NULL is the empty one, numbers are their digits.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Words(pub String);

impl std::ops::Deref for Words {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Null => String::new(),
            Value::String(text) => readable(&text),
            other => other.to_string(),
        }))
    }
}

/// Without what nobody can have typed; line ends stay.
fn readable(text: &str) -> String {
    let kept: String = text.chars().filter(|c| *c == '\n' || !c.is_control()).collect();
    kept.trim().to_owned()
}

/// Several texts: an array, one text, or none.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Several(pub Vec<String>);

impl<'de> Deserialize<'de> for Several {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let texts = match Value::deserialize(deserializer)? {
            Value::Array(items) => items,
            one => vec![one],
        };
        let texts = texts.into_iter().filter_map(|item| match item {
            Value::String(text) => Some(readable(&text)).filter(|text| !text.is_empty()),
            _ => None,
        });
        Ok(Self(texts.collect()))
    }
}

/// A number, also one that is written as text.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Number(pub Option<f64>);

impl<'de> Deserialize<'de> for Number {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(match Value::deserialize(deserializer)? {
            Value::Number(number) => number.as_f64(),
            Value::String(text) => text.trim().replace(',', ".").parse().ok(),
            _ => None,
        }))
    }
}

impl Number {
    /// A sum in kopecks.
    pub fn kopecks(self) -> Option<i64> {
        let kopecks = (self.0? * 100.0).round();
        // Far inside of what both types hold exactly.
        (kopecks.abs() < 1e15).then_some(kopecks as i64)
    }

    /// A whole number.
    pub fn whole(self) -> Option<i64> {
        self.0.filter(|number| number.fract() == 0.0 && number.abs() < 9e15).map(|number| number as i64)
    }
}

/// A moment as the former system wrote it, by whichever clock.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Moment(pub Option<NaiveDateTime>);

impl<'de> Deserialize<'de> for Moment {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let Value::String(text) = Value::deserialize(deserializer)? else { return Ok(Self(None)) };
        let plain = text.parse::<NaiveDateTime>().ok();
        let at = plain.or_else(|| DateTime::parse_from_rfc3339(&text).ok().map(|at| at.naive_utc()));
        // Far from what a calendar of this business holds: a slip, as is `infinity`.
        Ok(Self(at.filter(|at| (1990..2200).contains(&chrono::Datelike::year(at)))))
    }
}

/// A yes or no.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) struct Yes(pub bool);

impl<'de> Deserialize<'de> for Yes {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self(matches!(Value::deserialize(deserializer)?, Value::Bool(true))))
    }
}

/// Declares a row; every column may be missing.
macro_rules! former {
    ($(#[$meta:meta])* $name:ident { $($column:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, Default, Deserialize)]
        #[serde(default)]
        pub(super) struct $name { $(pub $column: $kind),+ }
    };
}

former! {
    /// `callcentre_admin`.
    Admin { login: Words, password: Secret, note: Words, created_at: Moment, updated_at: Words }
}
former! {
    /// `callcentre_operator`.
    Operator {
        name: Words, login: Words, password: Secret, city: Words, status: Words, passport: Several, contract: Several,
        date_create: Moment, note: Words, sip_address: Words, updated_at: Words,
    }
}
former! {
    /// `master`.
    Master {
        name: Words, cities: Several, status_work: Words, note: Words, passport_doc: Several, contract_doc: Several,
        tg_id: Words, chat_id: Words, updated_at: Words,
    }
}
former! {
    /// `master_schedule`.
    DayOff { master_id: Number, date: Words, is_work_day: Option<bool> }
}
former! {
    /// `avito`.
    Avito {
        name: Words, client_id: Words, client_secret: Secret, user_id: Words, proxy_type: Words, proxy_host: Words,
        proxy_port: Number, proxy_login: Words, proxy_password: Secret, eternal_online_enabled: Yes,
        online_keep_alive_interval: Number, updated_at: Words,
    }
}
former! {
    /// `phones`.
    Line { number: Words, rk: Words, city: Words, avito_name: Words, created_at: Moment, updated_at: Words }
}
former! {
    /// `calls`.
    Call {
        rk: Words, city: Words, avito_name: Words, phone_client: Words, phone_ats: Words, date_create: Moment,
        operator_id: Number, status: Words, mango_call_id: Number, recording_path: Words, updated_at: Words,
    }
}
former! {
    /// `mango`, as far as a call needs it.
    Leg { duration: Number }
}
former! {
    /// `orders`.
    Order {
        rk: Words, city: Words, avito_name: Words, avito_chatid: Words, phone: Words, type_order: Words,
        client_name: Words, address: Words, date_meeting: Moment, type_equipment: Words, problem: Words,
        call_record: Words, call_id: Words, status_order: Words, master_id: Number, result: Number,
        expenditure: Number, clean: Number, master_change: Number, bso_doc: Several, expenditure_doc: Several,
        operator_name_id: Number, create_date: Moment, closing_data: Moment, updated_at: Words, prepayment: Number,
        date_closmod: Moment, comment: Words, partner: Yes, partner_percent: Number, cash_submission_status: Words,
        cash_submission_date: Moment, cash_submission_amount: Number, cash_receipt_doc: Several,
    }
}
former! {
    /// `email_settings`.
    Mailbox {
        host: Words, port: Number, secure: Option<bool>, user: Words, password: Secret, mango_email: Words,
        check_interval: Number, enabled: Yes, created_at: Words,
    }
}

/// A text that is never shown.
#[derive(Clone, Default, Deserialize)]
#[serde(from = "Words")]
pub(super) struct Secret(String);

impl From<Words> for Secret {
    fn from(words: Words) -> Self {
        Self(words.0)
    }
}

impl Secret {
    /// The text, to be sealed or compared.
    pub fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_row_of_any_version_is_read() {
        let order: Order = serde_json::from_str(
            r#"{"id": 7, "client_name": " Анна\u0000 ", "bso_doc": ["a.jpg", null, ""], "expenditure_doc": "b.jpg",
                "result": 1200.50, "expenditure": "300,5", "date_meeting": "2026-11-23T10:30:00", "master_id": null,
                "closing_data": "infinity", "create_date": "2026-11-23T10:30:00.123+00:00", "phone": 89001234567,
                "unheard_of": {}}"#,
        )
        .expect("readable");
        assert_eq!((&*order.client_name, &*order.phone, &*order.address), ("Анна", "89001234567", ""));
        assert_eq!((order.bso_doc.0.len(), order.expenditure_doc.0.len()), (1, 1));
        assert_eq!((order.result.kopecks(), order.expenditure.kopecks()), (Some(120_050), Some(30_050)));
        assert_eq!((order.master_id.whole(), order.closing_data.0), (None, None));
        assert_eq!(order.create_date.0.expect("a moment").to_string(), "2026-11-23 10:30:00.123");
        let shown =
            format!("{:?}", serde_json::from_str::<Admin>(r#"{"password": "hush"}"#).expect("readable"));
        assert!(!shown.contains("hush"), "{shown}");
    }
}
