//! A wanted call in words, for the operator's column.

use super::queries::{self, Dial};
use super::{DialState, PATIENCE};
use crate::domain::call::{CallState, CallStatus};
use crate::domain::id::{CallId, DialId};
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
    pub id: DialId,
    /// The client's number for people.
    pub number: String,
    /// Digits, to call again.
    pub digits: String,
    /// Where the button stood.
    pub from_call: Option<CallId>,
    /// «Сейчас зазвонит ваш телефон 101».
    pub words: String,
    /// The call, while the client's telephone rings.
    pub living_call: Option<CallId>,
    /// It is over without a conversation: it can be closed and asked for again.
    pub is_over: bool,
}

/// What to say of the last call `person` asked for; `None` when it goes on as a call or is long over.
pub fn load(db: &mut Db, person: &Person, now: Now) -> diesel::QueryResult<Option<DialView>> {
    Ok(queries::last(db, person.id)?.and_then(|dial| DialView::of(dial, now)))
}

impl DialView {
    /// The call that «Позвонить» is pressed in, for its button; empty for none.
    pub fn calls_from(&self) -> String {
        self.from_call.map(|id| id.to_string()).unwrap_or_default()
    }

    fn of(dial: Dial, now: Now) -> Option<Self> {
        let age = now.utc - dial.created_at;
        let extension = &dial.extension;
        // His own telephone is on the hook of this call and rings no more, the client's rings now.
        let living_call = match (dial.state, dial.call) {
            (DialState::Accepted, Some((id, state, ..))) if state != CallState::Ended => Some(id),
            _ => None,
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
            _ if living_call.is_some() => ("Звоним клиенту".to_owned(), false),
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
            from_call: dial.from_call_id,
            words,
            living_call,
            is_over,
        })
    }
}
