//! Why Telegram did not do what it was asked.

use std::error::Error as _;

use serde::Deserialize;

/// An answer that is no success.
#[derive(Deserialize)]
pub(super) struct Refusal {
    #[serde(default)]
    pub error_code: i64,
    #[serde(default)]
    pub description: String,
    #[serde(default)]
    pub parameters: Parameters,
}

/// What may stand beside a refusal.
#[derive(Default, Deserialize)]
pub(super) struct Parameters {
    /// Seconds to wait.
    #[serde(default)]
    pub retry_after: Option<u64>,
    /// The group has become a supergroup with this id.
    #[serde(default, rename = "migrate_to_chat_id")]
    pub moved_to: Option<i64>,
}

/// Why a message was not taken. [`Self::words`] says it to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no token.
    NotSetUp,
    /// The token is nobody's.
    BadToken,
    /// Too many messages: to be sent again after so many seconds.
    Wait(u64),
    /// The chat goes by another id now.
    Moved(String),
    /// It will not be taken however often it is sent; in words.
    Refused(String),
    /// Telegram itself is in trouble.
    Trouble(i64),
    /// No connection, in words.
    Unreachable(String),
    /// It was sent, and no answer came.
    Silent,
    /// An answer nobody understands.
    Strange,
}

impl ApiError {
    /// What happened, for a person; a sentence without its full stop.
    pub fn words(&self) -> String {
        match self {
            Self::NotSetUp => "Не введён токен бота".to_owned(),
            Self::BadToken => "Telegram не узнал бота: проверьте токен".to_owned(),
            Self::Wait(seconds) => format!("Telegram просит подождать {seconds} с: слишком много сообщений"),
            Self::Moved(_) => "Группа стала супергруппой, у неё новый номер".to_owned(),
            Self::Refused(words) | Self::Unreachable(words) => words.clone(),
            Self::Trouble(code) => format!("Telegram не справляется (код {code})"),
            Self::Silent => "Telegram не ответил вовремя: неизвестно, дошло ли сообщение".to_owned(),
            Self::Strange => "Непонятный ответ: по TELEGRAM_API_URL отвечает не Telegram".to_owned(),
        }
    }

    /// What a refusal means.
    pub(super) fn of(refusal: &Refusal) -> Self {
        if let Some(id) = refusal.parameters.moved_to {
            return Self::Moved(id.to_string());
        }
        let said = refusal.description.to_lowercase();
        match refusal.error_code {
            429 => Self::Wait(refusal.parameters.retry_after.unwrap_or(1).clamp(1, 24 * 3600)),
            401 | 404 => Self::BadToken,
            code @ 500.. => Self::Trouble(code),
            403 if said.contains("blocked") => Self::Refused("Получатель заблокировал бота".to_owned()),
            403 if said.contains("kicked") => Self::Refused("Бота удалили из группы".to_owned()),
            403 if said.contains("deactivated") => {
                Self::Refused("Получатель удалил свой Telegram".to_owned())
            }
            403 => Self::Refused(
                "Telegram не разрешает боту писать сюда: получатель должен начать с ним чат".to_owned(),
            ),
            400 if said.contains("chat not found") => Self::Refused(
                "Чат не найден: проверьте номер и пусть получатель нажмёт у бота «Начать»".to_owned(),
            ),
            code => Self::Refused(format!("Telegram отказал (код {code}): {}", short(&refusal.description))),
        }
    }

    /// A failed request. Never shows its address: the token is in it.
    pub(super) fn unreachable(error: &reqwest::Error) -> Self {
        let mut chain = String::new();
        let mut source = error.source();
        while let Some(inner) = source {
            chain.push_str(&inner.to_string().to_lowercase());
            chain.push(' ');
            source = inner.source();
        }
        if !error.is_connect() {
            return Self::Silent;
        }
        let words = if error.is_timeout() {
            "Telegram недоступен: время ожидания вышло"
        } else if chain.contains("dns") || chain.contains("lookup") {
            "Адрес Telegram не находится: проверьте DNS сервера"
        } else if chain.contains("certificate") || chain.contains("tls") {
            "Сертификат Telegram не прошёл проверку"
        } else if chain.contains("refused") {
            "Telegram не принимает соединение"
        } else {
            "Нет связи с Telegram"
        };
        Self::Unreachable(words.to_owned())
    }
}

fn short(text: &str) -> String {
    text.chars().filter(|c| !c.is_control()).take(120).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(json: &str) -> ApiError {
        ApiError::of(&serde_json::from_str(json).expect("a refusal"))
    }

    #[test]
    fn refusals_are_told_apart() {
        let wait = r#"{"ok":false,"error_code":429,"description":"Too Many Requests: retry after 7","parameters":{"retry_after":7}}"#;
        assert_eq!(of(wait), ApiError::Wait(7));
        let blocked =
            r#"{"ok":false,"error_code":403,"description":"Forbidden: bot was blocked by the user"}"#;
        assert_eq!(of(blocked).words(), "Получатель заблокировал бота");
        let moved = r#"{"ok":false,"error_code":400,"description":"Bad Request: group chat was upgraded to a supergroup chat","parameters":{"migrate_to_chat_id":-1001234567890}}"#;
        assert_eq!(of(moved), ApiError::Moved("-1001234567890".to_owned()));
        let nobody = r#"{"ok":false,"error_code":401,"description":"Unauthorized"}"#;
        assert_eq!(of(nobody), ApiError::BadToken);
        assert_eq!(of(r#"{"ok":false,"error_code":502}"#), ApiError::Trouble(502));
        let long = format!(r#"{{"ok":false,"error_code":400,"description":"{}"}}"#, "x".repeat(4000));
        assert!(of(&long).words().len() < 300);
    }
}
