//! Why Avito did not do what it was asked: every documented shape of an error (docs/avito-api.md 3) as a kind with its
//! words.

use reqwest::StatusCode;
use serde_json::Value;

use super::proxy::Fault;
use super::wire;

/// Longest sentence of Avito's that is passed on, in characters.
const MOST_SAID: usize = 300;

/// Why a question to Avito has no good answer. [`Self::words`] says it to a person.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ApiError {
    /// `client_id` or `client_secret` is missing.
    NotSetUp,
    /// The account is switched off.
    SwitchedOff,
    /// Our own database did not answer.
    NoDatabase,
    /// Avito does not know this pair of `client_id` and `client_secret`.
    WrongKeys,
    /// The token is not taken (any more). Seen outside only when a new one is not taken either.
    TokenRefused,
    /// No paid level with API, or no money.
    NoSubscription,
    /// No right to this: tariff, key of an employee, somebody else's chat; Avito's words, or empty.
    Forbidden(String),
    /// Avito does not let the address in from which we came.
    AddressBlocked,
    /// No such thing, or somebody else's.
    NotFound,
    /// It is so already.
    Conflict,
    /// The request was refused, in Avito's words.
    Rejected(String),
    /// Not ready yet: to be asked again in minutes.
    NotReady,
    /// Too many requests; wait so many seconds.
    TooMany(u64),
    /// We ourselves wait for a turn of this method, so many seconds still.
    Waiting(u64),
    /// After several failures this account rests for so many seconds still; the words of the last failure.
    Resting(u64, String),
    /// Avito itself is in trouble; the status.
    Unavailable(u16),
    /// No connection, and whose fault it is.
    Unreachable(Fault),
    /// The question was on its way, and no answer came.
    NoAnswer,
    /// An answer nobody understands.
    Strange(String),
    /// We refuse to ask that; why.
    NotAllowed(String),
}

impl ApiError {
    /// What happened, for a person; a sentence without its full stop.
    pub fn words(&self) -> String {
        match self {
            Self::NotSetUp => "Не введены client_id и client_secret".to_owned(),
            Self::SwitchedOff => "Аккаунт выключен".to_owned(),
            Self::NoDatabase => "База данных не отвечает, попробуйте ещё раз".to_owned(),
            Self::WrongKeys => "Неверные client_id или client_secret".to_owned(),
            Self::TokenRefused => "Авито не принимает выданный токен".to_owned(),
            Self::NoSubscription => {
                "Нет подписки с API (нужен уровень «Расширенный» или «Максимальный») или нет средств"
                    .to_owned()
            }
            Self::Forbidden(said) if said.is_empty() => "Нет доступа: проверьте тариф и ключ".to_owned(),
            Self::Forbidden(said) => format!("Нет доступа: {said}"),
            Self::AddressBlocked => "Авито заблокировал адрес, с которого идут запросы".to_owned(),
            Self::NotFound => "Не найдено: удалено или принадлежит другому аккаунту".to_owned(),
            Self::Conflict => "Это уже сделано".to_owned(),
            Self::Rejected(said) if said.is_empty() => "Авито отклонил запрос".to_owned(),
            Self::Rejected(said) => format!("Авито отклонил запрос: {said}"),
            Self::NotReady => "Ещё не готово".to_owned(),
            Self::TooMany(seconds) => format!("Слишком много запросов, повторим через {seconds} с"),
            Self::Waiting(seconds) => format!("Ждём очереди запросов, осталось {seconds} с"),
            Self::Resting(seconds, last) => format!("{last}. Повторим через {seconds} с"),
            Self::Unavailable(status) => format!("Авито временно недоступен (код {status})"),
            Self::Unreachable(fault) => fault.words(),
            Self::NoAnswer => "Авито не ответил вовремя".to_owned(),
            Self::Strange(said) => format!("Непонятный ответ Авито: {said}"),
            Self::NotAllowed(why) => why.clone(),
        }
    }

    /// The same question may succeed another time without anybody changing anything.
    pub fn is_passing(&self) -> bool {
        match self {
            Self::NoDatabase
            | Self::NotReady
            | Self::TooMany(_)
            | Self::Waiting(_)
            | Self::Resting(..)
            | Self::Unavailable(_)
            | Self::NoAnswer => true,
            Self::Unreachable(fault) => fault.is_passing(),
            _ => false,
        }
    }

    /// Avito may have done what was asked although it did not say so: what was sent is to be looked for, never sent
    /// again blindly.
    pub fn may_be_done(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::NoAnswer | Self::Strange(_))
    }

    /// It tells of the way to Avito or of Avito itself, not of the question: such failures in a row let the account
    /// rest.
    pub fn is_of_the_way(&self) -> bool {
        matches!(self, Self::Unavailable(_) | Self::Unreachable(_) | Self::NoAnswer | Self::AddressBlocked)
    }
}

impl std::fmt::Display for ApiError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words())
    }
}

impl std::error::Error for ApiError {}

/// What an answer is besides its body.
#[derive(Clone, Copy, Debug)]
pub(super) struct Told {
    /// The status.
    pub status: StatusCode,
    /// `Retry-After` in seconds.
    pub retry_after: Option<u64>,
    /// The body says that it is a page.
    pub is_page: bool,
}

/// Seconds to wait after «too many requests» that does not say how long.
const PAUSE: u64 = 60;
/// Longest pause that is believed.
const LONGEST_PAUSE: u64 = 3600;

/// Tells an error from an answer; gives the JSON of an answer, null when it is empty.
pub(super) fn judge(told: Told, body: &str) -> Result<Value, ApiError> {
    let is_page = told.is_page || body.trim_start().starts_with('<');
    let json = if is_page { None } else { wire::parse(body) };
    let said = json.as_ref().map(said_in).unwrap_or_default();
    if json.as_ref().is_some_and(is_token_refusal) {
        return Err(ApiError::TokenRefused);
    }
    match told.status.as_u16() {
        200..=299 if is_page => Err(page(told.status, body)),
        200..=299 => match json {
            Some(value) => match refusal_inside(&value) {
                Some(said) => Err(ApiError::Rejected(said)),
                None => Ok(value),
            },
            None if body.trim().is_empty() => Ok(Value::Null),
            None => Err(ApiError::Strange("это не JSON".to_owned())),
        },
        407 => Err(ApiError::Unreachable(Fault::LoginWanted)),
        400 if is_page => Err(ApiError::Unreachable(Fault::Mangled)),
        401 => Err(ApiError::TokenRefused),
        402 => Err(ApiError::NoSubscription),
        403 if is_page => Err(page(told.status, body)),
        403 => Err(ApiError::Forbidden(said)),
        404 | 410 => Err(ApiError::NotFound),
        409 => Err(ApiError::Conflict),
        425 => Err(ApiError::NotReady),
        429 if is_page => Err(page(told.status, body)),
        429 => Err(ApiError::TooMany(told.retry_after.unwrap_or(PAUSE).clamp(1, LONGEST_PAUSE))),
        500..=599 => Err(ApiError::Unavailable(told.status.as_u16())),
        400..=499 => Err(ApiError::Rejected(said)),
        other => Err(ApiError::Strange(format!("код {other}"))),
    }
}

/// A page instead of JSON: the guard in front of Avito, or somebody in between.
fn page(status: StatusCode, body: &str) -> ApiError {
    let said = body.to_lowercase();
    let is_guard = said.contains("проблема с ip") || said.contains("доступ ограничен");
    match status.as_u16() {
        403 | 429 => ApiError::AddressBlocked,
        _ if is_guard => ApiError::AddressBlocked,
        _ => ApiError::Unreachable(Fault::Mangled),
    }
}

/// `{"result":{"status":false,"message":"invalid access token"}}`, with whatever status.
fn is_token_refusal(json: &Value) -> bool {
    let said = json["result"]["message"].as_str().unwrap_or_default();
    json["result"]["status"] == Value::Bool(false) && said.to_lowercase().contains("access token")
}

/// An error inside an answer whose status is good; `{"error":{"code":0}}` is none.
fn refusal_inside(json: &Value) -> Option<String> {
    let error = if json["error"].is_null() { &json["result"]["error"] } else { &json["error"] };
    let is_one = match error {
        Value::Object(fields) => match fields.get("code") {
            Some(Value::Number(code)) => code.as_i64() != Some(0),
            Some(Value::String(code)) => !code.is_empty() && code != "0",
            _ => fields.get("message").is_some_and(|message| message.as_str().is_some_and(|m| !m.is_empty())),
        },
        Value::String(said) => !said.is_empty(),
        _ => false,
    };
    is_one.then(|| said_in(json))
}

/// What an error says, wherever it stands in its many shapes.
fn said_in(json: &Value) -> String {
    let places = [
        &json["error"]["message"],
        &json["result"]["error"]["message"],
        &json["message"],
        &json["bad-request"]["message"],
        &json["unauthenticated"]["message"],
        &json["forbidden"]["message"],
        &json["error_description"],
        &json["result"]["message"],
        &json["error"],
    ];
    let mut said = places.iter().find_map(|place| place.as_str()).unwrap_or_default().to_owned();
    if let Some(fields) = json["error"]["fields"].as_object() {
        let named = fields.iter().map(|(name, value)| match value.as_str() {
            Some(text) => format!("{name}: {text}"),
            None => format!("{name}: {value}"),
        });
        let named: Vec<String> = named.collect();
        if !named.is_empty() {
            said = format!("{said} ({})", named.join("; "));
        }
    }
    said.chars().filter(|c| !c.is_control()).take(MOST_SAID).collect()
}

/// Reads the answer to a request for a token: whatever the status, it is good when there is one in it.
pub(super) fn judge_token(told: Told, body: &str) -> Result<Value, ApiError> {
    if let Some(json) = wire::parse(body)
        && json["access_token"].as_str().is_some_and(|token| !token.is_empty())
    {
        return Ok(json);
    }
    match judge(told, body) {
        Ok(_) | Err(ApiError::TokenRefused | ApiError::Forbidden(_)) => Err(ApiError::WrongKeys),
        Err(ApiError::Rejected(_)) if body.contains("invalid_client") => Err(ApiError::WrongKeys),
        Err(other) => Err(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(status: u16, body: &str) -> Result<Value, ApiError> {
        let status = StatusCode::from_u16(status).expect("a status");
        judge(Told { status, retry_after: None, is_page: false }, body)
    }

    #[test]
    fn every_documented_shape_of_an_error_is_told_apart() {
        let rejected = |said: &str| Err(ApiError::Rejected(said.to_owned()));
        for (status, body, wanted) in [
            (400, r#"{"error":{"code":400,"message":"Bad Request"}}"#, rejected("Bad Request")),
            (
                400,
                r#"{"error":{"code":400,"message":"Validation error","fields":{"limit":"must be ≤ 100"}}}"#,
                rejected("Validation error (limit: must be ≤ 100)"),
            ),
            (400, r#"{"error":{"code":400,"message":"Bad","fields":null}}"#, rejected("Bad")),
            (400, r#"{"error":{"code":"validation","message":"нет"}}"#, rejected("нет")),
            (400, r#"{"message":"Цена меньше минимальной"}"#, rejected("Цена меньше минимальной")),
            (400, r#"{"bad-request":{"message":"плохо"}}"#, rejected("плохо")),
            (422, r#"{"code":"x","message":"нельзя"}"#, rejected("нельзя")),
            (
                200,
                r#"{"balance":0,"error":{"code":1002,"message":"ошибка авторизации"}}"#,
                rejected("ошибка авторизации"),
            ),
            (200, r#"{"result":{"error":{"code":1001,"message":"нет чата"}}}"#, rejected("нет чата")),
            (401, r#"{"error":{"code":401,"message":"Unauthorized"}}"#, Err(ApiError::TokenRefused)),
            (
                403,
                r#"{"result":{"status":false,"message":"invalid access token"}}"#,
                Err(ApiError::TokenRefused),
            ),
            (402, "", Err(ApiError::NoSubscription)),
            (
                403,
                r#"{"error":{"code":403,"message":"Forbidden"}}"#,
                Err(ApiError::Forbidden("Forbidden".to_owned())),
            ),
            (
                403,
                "<!DOCTYPE html><title>Доступ ограничен: проблема с IP</title>",
                Err(ApiError::AddressBlocked),
            ),
            (400, "<html>bad request</html>", Err(ApiError::Unreachable(Fault::Mangled))),
            (200, "<html>войдите в сеть</html>", Err(ApiError::Unreachable(Fault::Mangled))),
            (404, "{}", Err(ApiError::NotFound)),
            (409, "{}", Err(ApiError::Conflict)),
            (425, "{}", Err(ApiError::NotReady)),
            (429, r#"{"error":{"code":429}}"#, Err(ApiError::TooMany(60))),
            (502, "<html>502 Bad Gateway</html>", Err(ApiError::Unavailable(502))),
            (503, "upstream connect error or disconnect/reset", Err(ApiError::Unavailable(503))),
            (407, "<html>", Err(ApiError::Unreachable(Fault::LoginWanted))),
            (204, "", Ok(Value::Null)),
            (
                200,
                r#"{"error":{"code":0,"message":""},"calls":[]}"#,
                Ok(serde_json::json!({"error":{"code":0,"message":""},"calls":[]})),
            ),
        ] {
            assert_eq!(of(status, body), wanted, "{status} {body}");
        }
    }

    #[test]
    fn wrong_keys_are_told_whatever_the_status() {
        for status in [200, 400, 401, 403] {
            let status = StatusCode::from_u16(status).expect("a status");
            let told = Told { status, retry_after: None, is_page: false };
            let body = r#"{"error":"invalid_client","error_description":"Client authentication failed"}"#;
            assert_eq!(judge_token(told, body), Err(ApiError::WrongKeys), "{status}");
        }
        let told = Told { status: StatusCode::OK, retry_after: None, is_page: false };
        assert!(judge_token(told, r#"{"access_token":"t","expires_in":86400}"#).is_ok());
        let told = Told { status: StatusCode::FORBIDDEN, retry_after: None, is_page: true };
        assert_eq!(judge_token(told, "<html>"), Err(ApiError::AddressBlocked));
    }

    #[test]
    fn how_long_to_wait_is_believed_within_an_hour() {
        let wait = |seconds| {
            let told =
                Told { status: StatusCode::TOO_MANY_REQUESTS, retry_after: Some(seconds), is_page: false };
            judge(told, "{}")
        };
        assert_eq!(wait(37), Err(ApiError::TooMany(37)));
        assert_eq!(wait(999_999), Err(ApiError::TooMany(3600)));
    }
}
