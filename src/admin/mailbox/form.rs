//! The form of the mailbox.

use crate::integrations::mail::settings::{Mailbox, Secure};
use crate::web::field_errors::FieldErrors;
use crate::web::form::Fields;
use crate::web::list::Choice;

/// What is known of a password that was not typed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Password {
    /// There is none.
    Missing,
    /// It was entered for this server, port and login.
    Kept,
    /// It was entered for others, and goes nowhere else.
    Elsewhere,
}

/// What was typed, and what is wrong with it.
#[derive(Clone, Debug, Default)]
pub(super) struct MailForm {
    pub host: String,
    pub port: String,
    pub secure: String,
    pub user: String,
    password: String,
    pub mango_email: String,
    pub check_interval: String,
    pub keep_months: String,
    pub marks_seen: bool,
    pub enabled: bool,
    pub errors: FieldErrors,
}

impl MailForm {
    pub fn of(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        Self {
            host: text("host"),
            port: text("port"),
            secure: text("secure"),
            user: text("user"),
            password: fields.raw("password").unwrap_or_default().to_owned(),
            mango_email: text("mango_email"),
            check_interval: text("check_interval"),
            keep_months: text("keep_months"),
            marks_seen: !fields.text("marks_seen").is_empty(),
            enabled: !fields.text("enabled").is_empty(),
            errors: FieldErrors::default(),
        }
    }

    pub fn of_mailbox(mailbox: &Mailbox) -> Self {
        Self {
            host: mailbox.host.clone(),
            port: mailbox.port.to_string(),
            secure: mailbox.secure().as_str().to_owned(),
            user: mailbox.user.clone(),
            mango_email: mailbox.senders.join(", "),
            check_interval: mailbox.check_interval.to_string(),
            keep_months: if mailbox.keep_months == 0 {
                String::new()
            } else {
                mailbox.keep_months.to_string()
            },
            marks_seen: mailbox.marks_seen,
            enabled: mailbox.enabled,
            ..Self::default()
        }
    }

    /// Whether it names the server, port and login of `mailbox`.
    pub fn is_of(&self, mailbox: &Mailbox) -> bool {
        (self.host.as_str(), self.port.as_str(), self.user.as_str())
            == (mailbox.host.as_str(), mailbox.port.to_string().as_str(), mailbox.user.as_str())
    }

    /// A new password, if one was typed.
    pub fn typed_password(&self) -> Option<String> {
        Some(self.password.clone()).filter(|password| !password.is_empty())
    }

    /// The mailbox and a new password, or the form with what is wrong.
    pub fn check(&self, password: Password) -> Result<(Mailbox, Option<String>), Box<Self>> {
        let mut errors = FieldErrors::default();
        let number = |text: &str, range: std::ops::RangeInclusive<u32>| {
            text.parse().ok().filter(|n| range.contains(n))
        };
        if self.host.is_empty() || self.host.contains(|c: char| c.is_whitespace() || c == '/') {
            errors.add("host", "Укажите имя сервера, например imap.yandex.ru");
        }
        let port = number(&self.port, 1..=65_535);
        if port.is_none() {
            errors.add("port", "Порт — число от 1 до 65535, обычно 993");
        }
        let secure = Secure::parse(&self.secure);
        if secure.is_none() {
            errors.add("secure", "Выберите вид шифрования");
        }
        if self.user.is_empty() {
            errors.add("user", "Укажите логин, обычно это адрес ящика");
        }
        if self.user.contains(['\r', '\n', '\0']) || self.password.contains(['\r', '\n', '\0']) {
            errors.add("user", "В логине и пароле не бывает переводов строки");
        }
        match password {
            _ if !self.password.is_empty() => {}
            Password::Kept => {}
            Password::Missing => {
                errors.add("password", "Введите пароль (для Яндекса и Mail.ru — пароль приложения)");
            }
            Password::Elsewhere => errors.add(
                "password",
                "Сервер, порт или логин другой: введите пароль ещё раз, сохранённый отправляется только прежнему",
            ),
        }
        let senders = senders(&self.mango_email);
        if senders.is_err() {
            errors.add("mango_email", "Укажите адреса или домены через запятую, например mangotele.com");
        }
        let interval = number(&self.check_interval, 1..=1440);
        if interval.is_none() {
            errors.add("check_interval", "Число минут от 1 до 1440");
        }
        let months = if self.keep_months.is_empty() { Some(0) } else { number(&self.keep_months, 0..=120) };
        if months.is_none() {
            errors.add("keep_months", "Число месяцев от 1 до 120, пусто — хранить всегда");
        }
        match (port, secure, senders, interval, months) {
            (Some(port), Some(secure), Ok(senders), Some(check_interval), Some(keep_months))
                if errors.is_empty() =>
            {
                let mailbox = Mailbox {
                    host: self.host.clone(),
                    port: u16::try_from(port).unwrap_or(993),
                    secure: secure.as_str().to_owned(),
                    user: self.user.clone(),
                    senders,
                    check_interval,
                    marks_seen: self.marks_seen,
                    enabled: self.enabled,
                    keep_months,
                };
                Ok((mailbox, self.typed_password()))
            }
            _ => Err(Box::new(Self { errors, ..self.clone() })),
        }
    }

    /// Everything that is wrong, in a row.
    pub fn problems(&self) -> String {
        let names =
            ["host", "port", "secure", "user", "password", "mango_email", "check_interval", "keep_months"];
        let all: Vec<&str> =
            names.iter().map(|name| self.errors.of(name)).filter(|e| !e.is_empty()).collect();
        format!("{}.", all.join(". "))
    }

    pub fn error(&self, name: &str) -> &str {
        self.errors.of(name)
    }

    pub fn ways(&self) -> Vec<Choice> {
        let choice =
            |value: Secure, label: &str| Choice { value: value.as_str().to_owned(), label: label.to_owned() };
        vec![
            choice(Secure::Tls, "TLS (порт 993)"),
            choice(Secure::StartTls, "STARTTLS (порт 143)"),
            choice(Secure::None, "Без шифрования, только этот компьютер"),
        ]
    }
}

/// Addresses and domains, lower case.
fn senders(text: &str) -> Result<Vec<String>, ()> {
    let all: Vec<String> = text
        .split([',', ';', ' ', '\n'])
        .map(|sender| sender.trim().to_lowercase())
        .filter(|sender| !sender.is_empty())
        .collect();
    let is_good =
        |sender: &String| sender.contains('.') && sender.len() < 200 && sender.matches('@').count() <= 1;
    if all.is_empty() || !all.iter().all(is_good) { Err(()) } else { Ok(all) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn senders_are_separated_by_anything_usual() {
        assert_eq!(
            senders("A@b.ru, c.ru;\n d.e.ru"),
            Ok(vec!["a@b.ru".into(), "c.ru".into(), "d.e.ru".into()])
        );
        assert!(senders("").is_err() && senders("mango").is_err() && senders("a@@b.ru").is_err());
    }
}
