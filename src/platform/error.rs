//! What can go wrong on the way of a request, its HTTP status, and its words for a person. Internal detail goes
//! to the log only; `web::errors` gives the failure its face (page, toast or bare status).

use std::error::Error;
use std::fmt;

use actix_web::http::StatusCode;

use crate::domain::russian;

/// A failure of a request.
#[derive(Debug)]
pub enum AppError {
    /// No such thing, or not for this person: both look the same from outside.
    NotFound,
    /// It is known, but not there; the words say why, for the person.
    Absent(String),
    /// Signed in, but this role may not.
    Forbidden,
    /// Nobody is signed in.
    SignedOut,
    /// Signed in by a password alone, where a second factor is asked for: it has to be set up first.
    SecondFactorMissing,
    /// The request itself makes no sense; the words say why, for the person.
    BadRequest(String),
    /// The thing has changed meanwhile; the words say what to do.
    Conflict(String),
    /// The person has the same thing going on already; the words say what to do.
    Busy(String),
    /// Too many attempts; seconds to wait.
    TooMany(u64),
    /// More is asked for at this moment than can be done; seconds after which it should work.
    Overloaded(u64),
    /// The request did not come in whole within its time.
    TooSlow,
    /// No space is left on a disk: nothing new can be kept until somebody makes room.
    DiskFull(Box<dyn Error + Send + Sync>),
    /// The database cannot be reached or is overloaded: the same request may work in a moment.
    Unavailable(Box<dyn Error + Send + Sync>),
    /// Our fault. `doing` says what was being done.
    Internal {
        /// What was being done, for the log.
        doing: String,
        /// Why it failed, for the log.
        source: Box<dyn Error + Send + Sync>,
    },
}

/// What came of something that a person may be refused. The outer error is a failure and gets a face of its own; the
/// inner one is the refusal `R`, whose words go back to whoever asked, beside what was typed.
pub type Refusable<T, R> = Result<Result<T, R>, AppError>;

impl AppError {
    /// True when the whole transaction is worth repeating at once: the database ended it only because another one was
    /// in its way.
    pub fn is_collision(&self) -> bool {
        matches!(self, Self::Unavailable(source)
            if source.downcast_ref::<diesel::result::Error>().is_some_and(is_collision))
    }

    /// An internal failure while `doing` something.
    pub fn internal(doing: impl Into<String>, source: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        Self::Internal { doing: doing.into(), source: source.into() }
    }

    /// The HTTP status of the failure.
    pub fn status(&self) -> StatusCode {
        match self {
            Self::NotFound | Self::Absent(_) => StatusCode::NOT_FOUND,
            Self::Forbidden | Self::SecondFactorMissing => StatusCode::FORBIDDEN,
            Self::SignedOut => StatusCode::UNAUTHORIZED,
            Self::BadRequest(_) => StatusCode::BAD_REQUEST,
            Self::Conflict(_) | Self::Busy(_) => StatusCode::CONFLICT,
            Self::TooMany(_) => StatusCode::TOO_MANY_REQUESTS,
            Self::TooSlow => StatusCode::REQUEST_TIMEOUT,
            Self::Overloaded(_) | Self::DiskFull(_) | Self::Unavailable(_) => StatusCode::SERVICE_UNAVAILABLE,
            Self::Internal { .. } => StatusCode::INTERNAL_SERVER_ERROR,
        }
    }

    /// A heading and a sentence for a person: what happened, what is kept, what to do.
    pub fn words(&self) -> (String, String) {
        let (title, text): (&str, String) = match self {
            Self::NotFound => {
                ("Такой страницы нет", "Возможно, запись удалили или в адресе опечатка. Вернитесь в раздел.".into())
            }
            Self::Absent(why) => ("Открыть нечего", why.clone()),
            Self::Forbidden => ("Нет доступа", "Это действие доступно другой роли. Обратитесь к администратору.".into()),
            Self::SecondFactorMissing => {
                ("Нужен второй фактор", "Администраторы входят с кодом из приложения. Настройте его, это минута.".into())
            }
            Self::SignedOut => ("Нужно войти", "Сеанс закончился. Черновики сохранены, войдите снова.".into()),
            Self::BadRequest(why) => ("Запрос не понят", why.clone()),
            Self::Conflict(why) => ("Запись уже изменилась", why.clone()),
            Self::Busy(why) => ("Подождите", why.clone()),
            Self::TooMany(seconds) => (
                "Слишком много попыток",
                format!("Подождите {} и попробуйте снова.", russian::minutes(seconds.div_ceil(60))),
            ),
            Self::Overloaded(_) => (
                "Слишком много запросов сразу",
                "Введённое осталось на странице. Повторите через несколько секунд.".into(),
            ),
            Self::TooSlow => (
                "Запрос шёл слишком долго",
                "Ничего не изменилось, введённое осталось на странице. Проверьте связь и повторите.".into(),
            ),
            Self::DiskFull(_) => (
                "На сервере закончилось место",
                "Сохранённое раньше цело, введённое осталось на странице. Сообщите администратору: нужно освободить диск, потом повторите."
                    .into(),
            ),
            Self::Unavailable(_) => (
                "База данных не отвечает",
                "Введённое осталось на странице. Повторите через минуту; если не поможет, сообщите администратору."
                    .into(),
            ),
            Self::Internal { .. } => (
                "Что-то сломалось у нас",
                "Введённое осталось на странице. Повторите; если не поможет, сообщите администратору код ошибки."
                    .into(),
            ),
        };
        (title.to_owned(), text)
    }
}

impl fmt::Display for AppError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Internal { doing, source } => {
                let mut words = format!("{doing}: {source}");
                // Diesel names the column that cannot be read, and why only in the cause.
                let mut cause = source.source();
                while let Some(error) = cause {
                    let said = error.to_string();
                    if !words.contains(&said) {
                        words.push_str(": ");
                        words.push_str(&said);
                    }
                    cause = error.source();
                }
                f.write_str(&words)
            }
            Self::Unavailable(source) => write!(f, "database unavailable: {source}"),
            Self::DiskFull(source) => write!(f, "no space left: {source}"),
            Self::BadRequest(why) | Self::Conflict(why) | Self::Busy(why) | Self::Absent(why) => {
                write!(f, "{}: {why}", self.status())
            }
            other => write!(f, "{}", other.status()),
        }
    }
}

impl Error for AppError {}

impl From<diesel::result::Error> for AppError {
    fn from(error: diesel::result::Error) -> Self {
        use diesel::result::{DatabaseErrorKind, Error};
        match &error {
            Error::NotFound => Self::NotFound,
            // The last: a server that was stood down while we were connected to it.
            Error::DatabaseError(
                DatabaseErrorKind::ClosedConnection | DatabaseErrorKind::ReadOnlyTransaction,
                _,
            )
            | Error::BrokenTransactionManager => Self::Unavailable(error.into()),
            _ if is_collision(&error) => Self::Unavailable(error.into()),
            Error::DatabaseError(_, info) if is_full(info.message()) => Self::DiskFull(error.into()),
            Error::DatabaseError(_, info) if is_passing(info.message()) => Self::Unavailable(error.into()),
            _ => Self::internal("run a query", error),
        }
    }
}

/// Two transactions were in each other's way and the database ended this one: nothing is wrong with it, the same
/// again will do. Diesel gives no SQLSTATE for deadlocks (40P01), and the server speaks its own language.
fn is_collision(error: &diesel::result::Error) -> bool {
    use diesel::result::{DatabaseErrorKind, Error};
    match error {
        Error::DatabaseError(DatabaseErrorKind::SerializationFailure, _) => true,
        Error::DatabaseError(_, info) => ["deadlock detected", "обнаружена взаимоблокировка"]
            .iter()
            .any(|sign| info.message().contains(sign)),
        _ => false,
    }
}

/// SQLite's and PostgreSQL's words (the system's, in the second case) for a disk that takes no more.
fn is_full(message: &str) -> bool {
    [
        "database or disk is full",
        "No space left on device",
        "Disk quota exceeded",
        "не осталось свободного места",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

/// Messages of a server that stops, starts, is locked or took too long, and of a disk that takes or gives nothing at the
/// moment: worth another try, unlike a wrong query.
fn is_passing(message: &str) -> bool {
    [
        "canceling statement due to",
        "выполнение оператора отменено",
        "terminating connection",
        "закрытие подключения",
        "система баз данных",
        "server closed the connection",
        "database is locked",
        "starting up",
        "shutting down",
        "disk I/O error",
        "readonly database",
        "unable to open database file",
        "Read-only file system",
        "Input/output error",
    ]
    .iter()
    .any(|sign| message.contains(sign))
}

impl From<r2d2::Error> for AppError {
    fn from(error: r2d2::Error) -> Self {
        Self::Unavailable(error.into())
    }
}

impl From<askama::Error> for AppError {
    fn from(error: askama::Error) -> Self {
        Self::internal("render a template", error)
    }
}
