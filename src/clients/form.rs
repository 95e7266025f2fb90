//! The small forms of a card (name, warning, number): a dialog over the card and a page of their own.

use crate::domain::id::ClientId;
use crate::domain::russian::clean;
use actix_web::http::StatusCode;
use askama::Template;

use crate::web::page::{Page, Show};

/// Longest name, in letters.
const MAX_NAME: usize = 100;
/// Longest warning, in letters.
pub const MAX_WARNING: usize = 300;
/// Longest spelling of a number.
const MAX_RAW: usize = 60;

/// What a form asks for.
pub enum Asks {
    /// The name.
    Name,
    /// The warning; with what the person saw.
    Warning {
        /// The warning as it stood when the form was made.
        saw: String,
    },
    /// One more number.
    Phone,
    /// What the client has said about their data; how it was said, and whether it is yes.
    Consent {
        /// «по телефону».
        how: String,
        /// It may be used.
        is_given: bool,
    },
}

/// A form of a client.
#[derive(Template)]
#[template(path = "clients/form.html", blocks = ["content"])]
pub struct ClientForm {
    /// The client.
    pub id: ClientId,
    /// What the client is called.
    pub client: String,
    /// What is asked for.
    pub asks: Asks,
    /// What was typed.
    pub value: String,
    /// What is wrong with it; empty when nothing is.
    pub error: String,
    /// The client who has the number that was typed, and what it is called.
    pub owner: Option<(ClientId, String)>,
    /// In the dialog.
    pub is_dialog: bool,
}

impl ClientForm {
    /// The heading.
    fn heading(&self) -> &'static str {
        match &self.asks {
            Asks::Name => "Имя клиента",
            Asks::Warning { .. } => "Предупреждение",
            Asks::Phone => "Ещё один номер",
            Asks::Consent { .. } => "Согласие на обработку данных",
        }
    }

    /// Where the form is sent.
    fn action(&self) -> String {
        let what = match &self.asks {
            Asks::Name => "name",
            Asks::Warning { .. } => "warning",
            Asks::Phone => "phones",
            Asks::Consent { .. } => "consent",
        };
        format!("/clients/{}/{what}", self.id)
    }

    /// The form as it is asked for, or refused when something is wrong with it.
    pub fn shown(self) -> Show<Self> {
        let is_fine = self.error.is_empty() && self.owner.is_none();
        let status = if is_fine { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
        Show(self, status)
    }
}

impl Page for ClientForm {
    fn title(&self) -> String {
        self.heading().to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| self.as_content().render())
    }
}

/// A name to keep.
///
/// # Errors
/// What is wrong, for the field.
pub fn name(typed: &str) -> Result<String, String> {
    crate::web::field_errors::required(&clean(typed), MAX_NAME, "Напишите имя")
}

/// A warning to keep; an empty one takes the old one away.
///
/// # Errors
/// What is wrong, for the field.
pub fn warning(typed: &str) -> Result<String, String> {
    crate::web::field_errors::within(&clean(typed), MAX_WARNING)
}

/// A number to keep, and its spelling.
///
/// # Errors
/// What is wrong, for the field.
pub fn phone(typed: &str) -> Result<(crate::domain::phone::Phone, String), String> {
    let raw = crate::web::field_errors::required(&clean(typed), MAX_RAW, "Напишите номер")?;
    match crate::domain::phone::Phone::typed(&raw) {
        Ok(phone) => Ok((phone, raw)),
        Err(crate::domain::phone::Doubt::NoNumber) => {
            Err("Это не номер. Пример: +7 900 123-45-67".to_owned())
        }
        Err(doubt) => Err(doubt.words().to_owned()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_kept_is_one_plain_line() {
        assert_eq!(clean("  Марина\u{202e}\t\nКовалёва \u{7}"), "Марина Ковалёва");
        assert_eq!(name(" \u{202e} "), Err("Напишите имя".to_owned()));
        assert!(name(&"я".repeat(100)).is_ok() && name(&"я".repeat(101)).is_err());
        assert_eq!(warning(""), Ok(String::new()));
        assert!(warning(&"я".repeat(300)).is_ok() && warning(&"я".repeat(301)).is_err());
        assert!(phone("8 (900) 123-45-67").is_ok());
        assert!(phone("звонить вечером").is_err() && phone("").is_err());
    }
}
