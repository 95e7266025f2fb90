//! Employees as an admin manages them: who works here, in which cities, at which telephone. Signing in and
//! work statuses are in `accounts`.

pub mod form;
mod leaving;
pub mod queries;
pub mod routes;
pub mod rules;
mod second_factor;

use chrono::NaiveDateTime;

use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role, WorkStatus};

/// An employee as the database knows them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Employee {
    /// The account.
    pub id: AccountId,
    /// Admin or operator.
    pub role: Role,
    /// Lower case.
    pub login: String,
    /// Full name.
    pub name: String,
    /// Works or is dismissed.
    pub status: AccountStatus,
    /// False until a password is set.
    pub has_password: bool,
    /// Cities an operator serves, sorted.
    pub cities: Vec<String>,
    /// The number inside the telephony.
    pub extension: Option<String>,
    /// `sip:…`, lower case.
    pub sip_address: Option<String>,
    /// Of operators: may take recordings away. Admins may anyway.
    pub may_download_recordings: bool,
    /// Anything.
    pub note: String,
    /// What an operator does now, why and since when (UTC).
    pub work: Option<(WorkStatus, Option<String>, NaiveDateTime)>,
    /// The last sign of life (UTC).
    pub seen_at: Option<NaiveDateTime>,
}

/// What an admin wants an employee to be.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct EmployeeFields {
    /// Admin or operator.
    pub role: Role,
    /// Lower case.
    pub login: String,
    /// Full name.
    pub name: String,
    /// Works or is dismissed.
    pub status: AccountStatus,
    /// Of operators.
    pub cities: Vec<String>,
    /// Of operators.
    pub extension: Option<String>,
    /// Of operators.
    pub sip_address: Option<String>,
    /// Of operators: may take recordings away.
    pub may_download_recordings: bool,
    /// Anything.
    pub note: String,
}

impl Employee {
    /// What `wanted` changes, in Russian, for the journal.
    fn changes(&self, wanted: &EmployeeFields) -> Vec<String> {
        // A value keeps clear of what parts the changes of a line.
        let or_none = |text: &str| match text {
            "" => "нет".to_owned(),
            text => text.replace(';', ",").replace('→', "-"),
        };
        let maybe = |text: &Option<String>| or_none(text.as_deref().unwrap_or_default());
        let works = |status: AccountStatus| {
            if status == AccountStatus::Active { "работает" } else { "уволен" }.to_owned()
        };
        let may = |may: bool| if may { "да" } else { "нет" }.to_owned();
        let pairs = [
            ("имя", or_none(&self.name), or_none(&wanted.name)),
            ("логин", self.login.clone(), wanted.login.clone()),
            ("роль", self.role.label().to_owned(), wanted.role.label().to_owned()),
            ("статус", works(self.status), works(wanted.status)),
            ("города", or_none(&self.cities.join(", ")), or_none(&wanted.cities.join(", "))),
            ("внутренний номер", maybe(&self.extension), maybe(&wanted.extension)),
            ("SIP", maybe(&self.sip_address), maybe(&wanted.sip_address)),
            ("скачивание записей", may(self.may_download_recordings), may(wanted.may_download_recordings)),
            ("заметка", or_none(&self.note), or_none(&wanted.note)),
        ];
        pairs
            .into_iter()
            .filter(|(_, old, new)| old != new)
            .map(|(name, old, new)| format!("{name}: {old} → {new}"))
            .collect()
    }
}
