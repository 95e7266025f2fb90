//! Employees as an admin manages them: who works here, in which cities, at which telephone. Signing in and
//! work statuses are in `accounts`.

pub mod form;
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
    fn changes(&self, wanted: &EmployeeFields) -> Vec<&'static str> {
        let pairs = [
            (self.name != wanted.name, "имя"),
            (self.login != wanted.login, "логин"),
            (self.role != wanted.role, "роль"),
            (self.status != wanted.status, "статус"),
            (self.cities != wanted.cities, "города"),
            (self.extension != wanted.extension, "внутренний номер"),
            (self.sip_address != wanted.sip_address, "SIP"),
            (self.may_download_recordings != wanted.may_download_recordings, "скачивание записей"),
            (self.note != wanted.note, "заметка"),
        ];
        pairs.iter().filter(|(differs, _)| *differs).map(|(_, name)| *name).collect()
    }
}
