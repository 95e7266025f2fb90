//! A wanted call in words, for the operator's column.

use super::queries::{self, Dial};
use super::{DialState, PATIENCE};
use crate::domain::call::{CallState, CallStatus};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::platform::db::Db;

/// How long an end without a conversation stays on the screen.
const STAYS: chrono::Duration = chrono::Duration::minutes(3);

/// What is said of the last wanted call while it is no conversation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DialView {
    /// To close it by.
    pub id: i64,
    /// The client's number for people.
    pub number: String,
    /// Digits, to call again.
    pub digits: String,
    /// Where the button stood; 0 for nowhere.
    pub from_call: i64,
    /// «Сейчас зазвонит ваш телефон 101».
    pub words: String,
    /// The call, while the client's telephone rings; 0 otherwise.
    pub living_call: i64,
    /// It is over without a conversation: it can be closed and asked for again.
    pub is_over: bool,
}

/// What to say of the last call `person` asked for; `None` when it goes on as a call or is long over.
pub fn load(db: &mut Db, person: &Person, now: Now) -> diesel::QueryResult<Option<DialView>> {
    Ok(queries::last(db, person.id)?.and_then(|dial| DialView::of(dial, now)))
}

impl DialView {
    fn of(dial: Dial, now: Now) -> Option<Self> {
        let age = now.utc - dial.created_at;
        let extension = &dial.extension;
        // His own telephone is on the hook of this call and rings no more, the client's rings now.
        let living_call = match (dial.state, dial.call) {
            (DialState::Accepted, Some((id, state, ..))) if state != CallState::Ended => id.0,
            _ => 0,
        };
        let (words, is_over) = match (dial.state, dial.call) {
            (DialState::Over, _) => return None,
            (DialState::Failed, _) if age < STAYS => (format!("Не звоним: {}", dial.error), true),
            (DialState::Asked, None) if age < PATIENCE => ("Заказываем звонок…".to_owned(), false),
            (DialState::Accepted, None) if age < PATIENCE => {
                (format!("Сейчас зазвонит ваш телефон {extension}"), false)
            }
            (DialState::Asked | DialState::Accepted, None) if age < STAYS => {
                ("Телефония не начала звонок".to_owned(), true)
            }
            _ if living_call > 0 => ("Звоним клиенту".to_owned(), false),
            (_, Some((_, CallState::Ended, Some(status), Some(ended)))) if now.utc - ended < STAYS => {
                match status {
                    CallStatus::Busy => ("Занято".to_owned(), true),
                    CallStatus::NoAnswer | CallStatus::Missed => ("Не ответили".to_owned(), true),
                    CallStatus::Answered => return None,
                }
            }
            _ => return None,
        };
        Some(Self {
            id: dial.id,
            number: pretty(&dial.number),
            digits: dial.number,
            from_call: dial.from_call_id.map_or(0, |id| id.0),
            words,
            living_call,
            is_over,
        })
    }
}
