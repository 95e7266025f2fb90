//! The form of an employee: from what was typed to what is wanted.

use super::{Employee, EmployeeFields};
use crate::auth::password::{self, Weakness};
use crate::domain::person::{AccountStatus, Role};
use crate::web::field_errors::{FieldErrors, required, within};
use crate::web::form::Fields;

const NAME_MAX: usize = 100;
const NOTE_MAX: usize = 2000;
const LOGIN: std::ops::RangeInclusive<usize> = 2..=64;
const EXTENSION_MAX: usize = 12;

/// The fields as they were typed.
#[derive(Clone, Debug, Default)]
pub struct EmployeeForm {
    /// `admin` or `operator`.
    pub role: String,
    /// Full name.
    pub name: String,
    /// Login.
    pub login: String,
    /// A new password; never shown again.
    pub password: String,
    /// Chosen cities.
    pub cities: Vec<String>,
    /// `active` or `inactive`.
    pub status: String,
    /// Number inside the telephony.
    pub extension: String,
    /// SIP address.
    pub sip_address: String,
    /// The box is ticked.
    pub may_download_recordings: bool,
    /// Note.
    pub note: String,
}

impl EmployeeForm {
    /// The form of somebody new.
    pub fn empty() -> Self {
        Self {
            role: Role::Operator.as_str().to_owned(),
            status: AccountStatus::Active.as_str().to_owned(),
            ..Self::default()
        }
    }

    /// The form as it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self {
            role: text("role"),
            name: text("name"),
            login: text("login"),
            password: fields.raw("password").unwrap_or_default().to_owned(),
            cities: fields.all("cities"),
            status: text("status"),
            extension: text("extension"),
            sip_address: text("sip_address"),
            may_download_recordings: fields.text("may_download_recordings") == "on",
            note: text("note"),
        }
    }

    /// The form of `employee` as stored.
    pub fn of(employee: &Employee) -> Self {
        let Employee { role, login, name, status, cities, extension, sip_address, note, .. } =
            employee.clone();
        let may_download_recordings = employee.may_download_recordings;
        Self {
            role: role.as_str().to_owned(),
            name,
            login,
            password: String::new(),
            cities,
            status: status.as_str().to_owned(),
            extension: extension.unwrap_or_default(),
            sip_address: sip_address.unwrap_or_default(),
            may_download_recordings,
            note,
        }
    }

    /// What is wanted, if every field makes sense by itself. An absent role or status is the usual one:
    /// an operator who works.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, known_cities: &[String], is_new: bool) -> Result<EmployeeFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let or_usual = |text: &str, usual: &str| if text.is_empty() { usual } else { text }.to_owned();
        let role =
            Role::parse(&or_usual(&self.role, Role::Operator.as_str())).ok_or("Выберите роль".to_owned());
        let role = errors.keep("role", role);
        let status = AccountStatus::parse(&or_usual(&self.status, AccountStatus::Active.as_str()));
        let status = errors.keep("status", status.ok_or("Выберите статус".to_owned()));
        let name = errors.keep("name", required(&self.name, NAME_MAX, "Напишите имя и фамилию"));
        let login = errors.keep("login", login(&self.login));
        if is_new && self.password.is_empty() {
            errors.add("password", "Придумайте пароль: без него сотрудник не войдёт");
        } else if !self.password.is_empty() {
            errors.keep("password", password::check(&self.password, &self.login).map_err(Weakness::words));
        }
        let is_operator = role == Some(Role::Operator);
        let mut cities = if is_operator { self.cities.clone() } else { Vec::new() };
        if let Some(unknown) = cities.iter().find(|c| !known_cities.contains(c)) {
            errors.add("cities", format!("Города «{unknown}» нет в справочнике"));
        }
        cities.sort();
        cities.dedup();
        let extension = errors.keep("extension", extension(&self.extension));
        let sip_address = errors.keep("sip_address", sip_address(&self.sip_address));
        let note = errors.keep("note", within(&self.note, NOTE_MAX));
        match (role, status, name, login, extension, sip_address, note) {
            (Some(role), Some(status), Some(name), Some(login), Some(extension), Some(sip), Some(note))
                if errors.is_empty() =>
            {
                let of_operator = |value: Option<String>| value.filter(|_| is_operator);
                Ok(EmployeeFields {
                    role,
                    login,
                    name,
                    status,
                    cities,
                    extension: of_operator(extension),
                    sip_address: of_operator(sip),
                    may_download_recordings: is_operator && self.may_download_recordings,
                    note,
                })
            }
            _ => Err(errors),
        }
    }
}

fn login(text: &str) -> Result<String, String> {
    let login = text.to_lowercase();
    if !LOGIN.contains(&login.chars().count()) {
        return Err(format!("Логин: от {} до {} символов", LOGIN.start(), LOGIN.end()));
    }
    if !login.chars().all(|c| c.is_alphanumeric() || ".-_@".contains(c)) {
        return Err("В логине только буквы, цифры и знаки . - _ @".to_owned());
    }
    Ok(login)
}

fn extension(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    if !text.chars().all(|c| c.is_ascii_digit()) {
        return Err("Внутренний номер состоит только из цифр".to_owned());
    }
    within(text, EXTENSION_MAX).map(Some)
}

/// The telephony writes `sip:name@host` in lower case; what people copy may lack the scheme.
fn sip_address(text: &str) -> Result<Option<String>, String> {
    if text.is_empty() {
        return Ok(None);
    }
    let lower = text.to_lowercase();
    let bare = lower.strip_prefix("sip:").unwrap_or(&lower);
    match bare.split_once('@') {
        Some((name, host))
            if !name.is_empty()
                && !host.is_empty()
                && !host.contains('@')
                && !bare.contains(char::is_whitespace) =>
        {
            within(&format!("sip:{bare}"), 200).map(Some)
        }
        _ => Err("SIP-адрес выглядит так: sip:имя@сервер".to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn form(change: impl FnOnce(&mut EmployeeForm)) -> EmployeeForm {
        let mut form = EmployeeForm {
            name: "Анна Белова".into(),
            login: "Anna".into(),
            password: "длинный пароль".into(),
            ..EmployeeForm::empty()
        };
        change(&mut form);
        form
    }

    #[test]
    fn what_makes_sense_is_normalised() {
        let wanted = form(|f| f.sip_address = "OP101@Mango.example".into()).check(&[], true).expect("good");
        assert_eq!((wanted.login.as_str(), wanted.status), ("anna", AccountStatus::Active));
        assert_eq!(wanted.sip_address.as_deref(), Some("sip:op101@mango.example"));
    }

    #[test]
    fn every_wrong_field_says_so_itself() {
        let wrong = form(|f| {
            f.name = String::new();
            f.login = "a b".into();
            f.password = "123".into();
            f.extension = "10a".into();
            f.sip_address = "не адрес".into();
            f.cities = vec!["Нигде".into()];
            f.role = "boss".into();
        });
        let errors = wrong.check(&["Саратов".to_owned()], true).expect_err("wrong");
        for name in ["name", "login", "password", "extension", "sip_address", "role"] {
            assert!(!errors.of(name).is_empty(), "{name}");
        }
        let cities = form(|f| f.cities = vec!["Нигде".into()]).check(&["Саратов".to_owned()], true);
        assert!(!cities.expect_err("an unknown city").of("cities").is_empty());
    }

    #[test]
    fn a_password_may_stay_but_not_be_missing() {
        let silent = form(|f| f.password = String::new());
        assert!(silent.check(&[], false).is_ok());
        assert!(!silent.check(&[], true).expect_err("new").of("password").is_empty());
    }

    #[test]
    fn an_admin_has_no_telephone() {
        let admin = form(|f| {
            f.role = "admin".into();
            f.extension = "101".into();
        });
        assert_eq!(admin.check(&[], true).expect("good").extension, None);
    }
}
