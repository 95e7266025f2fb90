//! Days off as the card of a master shows them.

use askama::Template;
use chrono::NaiveDate;
use diesel::prelude::*;

use super::form::DayOffForm;
use super::{Master, PLACE, queries};
use crate::domain::id::DayOffId;
use crate::domain::russian::plural;
use crate::platform::db::Db;
use crate::web::field_errors::FieldErrors;

/// The section.
#[derive(Template)]
#[template(path = "masters/days_off.html")]
pub(super) struct DaysOff {
    /// Address of the section.
    pub(super) url: String,
    pub(super) rows: Vec<DayOffRow>,
    pub form: DayOffForm,
    pub errors: FieldErrors,
}

/// Days off that are not over.
pub struct DayOffRow {
    id: DayOffId,
    /// «1–5 декабря».
    words: String,
    note: String,
    is_now: bool,
    /// «3 визита назначено», or empty.
    visits: String,
    /// Those visits in the list of orders.
    href: String,
}

impl DaysOff {
    /// The section of `master`, for whom it is `today`.
    pub fn load(db: &mut Db, master: &Master, today: NaiveDate) -> QueryResult<Self> {
        let visits = queries::visits::open_days_of(db, master.id, today)?;
        let rows = master
            .days_off
            .iter()
            .filter(|off| off.to >= today)
            .filter_map(|off| {
                let from = off.from.max(today);
                let n = visits.iter().filter(|day| (from..=off.to).contains(*day)).count();
                let nouns = plural(n as u64, ["визит назначен", "визита назначено", "визитов назначено"]);
                Some(DayOffRow {
                    id: off.id?,
                    words: off.words(today),
                    note: off.note.clone(),
                    is_now: off.from <= today,
                    visits: if n == 0 { String::new() } else { format!("{n} {nouns}") },
                    href: format!("/orders?master={}&meeting_from={from}&meeting_to={}", master.id, off.to),
                })
            })
            .collect();
        Ok(Self {
            url: format!("{}/{}/days-off", PLACE.path, master.id),
            rows,
            form: DayOffForm::default(),
            errors: FieldErrors::default(),
        })
    }
}
