//! Why the telephony did not do what it was asked.

use std::error::Error as _;

use reqwest::StatusCode;
use serde_json::Value;

use super::codes;

/// Why a question to the telephony has no good answer. [`Self::words`] says it to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// There is no key or no salt.
    NotSetUp,
    /// Our own database did not answer.
    NoDatabase,
    /// Refused with a result code (docs/mango-api.md 9).
    Refused(i64),
    /// Too many requests: to be asked again later.
    Busy,
    /// More than one wrong request within two minutes: everything is answered 401 until two minutes have passed.
    Banned,
    /// We ourselves wait, after [`Self::Busy`] or [`Self::Banned`], for so many seconds still.
    Waiting(u64),
    /// No connection, in words.
    Unreachable(String),
    /// An answer nobody understands, in words.
    Strange(String),
}

impl ApiError {
    /// What happened and what to do, for a person; a sentence without its full stop.
    pub fn words(&self) -> String {
        match self {
            Self::NotSetUp => "Не введены ключ и соль Mango Office".to_owned(),
            Self::NoDatabase => "База данных не отвечает, попробуйте ещё раз".to_owned(),
            Self::Refused(code) => format!("{} (код {code})", codes::words(*code)),
            Self::Busy => "Mango Office просит подождать: слишком много запросов".to_owned(),
            Self::Banned => "Mango Office на две минуты закрыл доступ из-за ошибочных запросов".to_owned(),
            Self::Waiting(seconds) => format!("Mango Office просил подождать, осталось {seconds} с"),
            Self::Unreachable(words) => words.clone(),
            Self::Strange(words) => format!("Непонятный ответ Mango Office: {words}"),
        }
    }

    /// Whether the same question may succeed another time without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoDatabase | Self::Busy | Self::Banned | Self::Waiting(_) | Self::Unreachable(_) => true,
            Self::Refused(code) => (5000..6000).contains(code) || *code == 4290,
            Self::NotSetUp | Self::Strange(_) => false,
        }
    }

    /// A failed connection: which of name, connection, certificate or time it was. Never shows an address with a key.
    pub(super) fn unreachable(error: &reqwest::Error) -> Self {
        let mut chain = error.to_string();
        let mut source = error.source();
        while let Some(inner) = source {
            chain.push_str(": ");
            chain.push_str(&inner.to_string());
            source = inner.source();
        }
        let said = chain.to_lowercase();
        let words = if error.is_timeout() {
            "Mango Office не отвечает: время ожидания вышло"
        } else if said.contains("dns") || said.contains("lookup") {
            "Адрес Mango Office не находится: проверьте DNS сервера"
        } else if said.contains("certificate") || said.contains("tls") {
            "Сертификат Mango Office не прошёл проверку"
        } else if said.contains("refused") {
            "Mango Office не принимает соединение"
        } else {
            "Нет связи с Mango Office"
        };
        Self::Unreachable(words.to_owned())
    }
}

/// `result` or `code` of an answer, if it is one of ours to read; success codes count.
pub(super) fn code_of(json: &Value) -> Option<i64> {
    let number = |name: &str| match json.get(name)? {
        Value::Number(number) => number.as_i64(),
        Value::String(text) => text.trim().parse().ok(),
        _ => None,
    };
    // A rate limit says {"code":0,"status":429}.
    match number("status") {
        Some(429) => Some(4290),
        _ => number("result").or_else(|| number("code")).filter(|code| *code != 0),
    }
}

/// The code first, then the status (docs/mango-api.md 2).
pub(super) fn judge(status: StatusCode, code: Option<i64>) -> Result<(), ApiError> {
    match (code, status) {
        (Some(4290 | 5001 | 5008), _) => Err(ApiError::Busy),
        (Some(code), _) if codes::is_success(code) && !status.is_client_error() => Ok(()),
        (Some(code), _) if !codes::is_success(code) => Err(ApiError::Refused(code)),
        (_, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) => Err(ApiError::Busy),
        (_, StatusCode::UNAUTHORIZED) => Err(ApiError::Banned),
        (_, status) if status.is_success() => Ok(()),
        (_, StatusCode::NOT_FOUND) => Err(ApiError::Refused(3300)),
        (_, status) => Err(ApiError::Strange(format!("HTTP {}", status.as_u16()))),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn of(status: u16, body: Value) -> Result<(), ApiError> {
        judge(StatusCode::from_u16(status).expect("a status"), code_of(&body))
    }

    #[test]
    fn the_code_in_the_body_decides_before_the_status() {
        assert_eq!(of(200, json!({"result": 1000})), Ok(()));
        assert_eq!(of(200, json!({"users": []})), Ok(()));
        assert_eq!(of(200, json!({"code": 3102})), Err(ApiError::Refused(3102)));
        assert_eq!(of(420, json!({"code": "3105"})), Err(ApiError::Refused(3105)));
        assert_eq!(of(401, json!({})), Err(ApiError::Banned));
        let limit = json!({"name": "Service Unavailable", "message": "Rate limit exceeded.", "code": 0, "status": 429});
        assert_eq!(of(200, limit), Err(ApiError::Busy));
        assert_eq!(of(503, json!({})), Err(ApiError::Busy));
        assert_eq!(of(500, json!({"code": 5008})), Err(ApiError::Busy));
        assert_eq!(of(502, json!({})), Err(ApiError::Strange("HTTP 502".to_owned())));
    }

    #[test]
    fn a_wrong_key_and_a_wrong_salt_are_told_apart() {
        assert!(ApiError::Refused(3102).words().contains("соль"));
        assert!(ApiError::Refused(3105).words().contains("ключ"));
        assert!(!ApiError::Refused(3102).is_passing());
        assert!(ApiError::Refused(5004).is_passing());
    }
}
