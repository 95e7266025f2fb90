//! A recording in words, for the macros of `templates/recordings/ui.html`.

use std::collections::HashMap;

use diesel::QueryResult;

use super::queries::{self, RecordingFacts};
use crate::domain::id::{CallId, RecordingId};
use crate::domain::recording::RecordingState;
use crate::domain::russian;
use crate::platform::db::Db;

/// What a page shows of a recording.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RecordingView {
    /// The recording; its sound is at `/recordings/ID`.
    pub id: RecordingId,
    /// Where it is.
    pub state: RecordingState,
    /// «1:17»; empty when it is not known.
    pub duration: String,
    /// Whose telephone was recorded: «Анна Белова», «доб. 105», or empty.
    pub voice: String,
    /// What is said instead of a button, as short as it can be: «ожидается». Of a ready one: «есть».
    pub short: &'static str,
    /// The whole sentence: «запись не получена: передача прервалась».
    pub words: String,
}

impl RecordingView {
    /// Recordings of each of the calls, oldest first, by one query. Calls without any are not in the map.
    pub fn of_calls(db: &mut Db, ids: &[CallId]) -> QueryResult<HashMap<CallId, Vec<Self>>> {
        let mut views: HashMap<CallId, Vec<Self>> = HashMap::new();
        for said in queries::of_calls(db, ids)? {
            if let Some(call_id) = said.call_id {
                views.entry(call_id).or_default().push(Self::of(&said));
            }
        }
        Ok(views)
    }

    fn of(said: &RecordingFacts) -> Self {
        Self {
            id: said.id,
            state: said.state,
            duration: duration(said.duration_ms),
            voice: voice(said),
            short: short(said.state),
            words: sentence(said.state, &said.error),
        }
    }

    /// A recording that has no call.
    pub fn waiting(id: RecordingId, state: RecordingState, duration_ms: Option<i64>) -> Self {
        Self {
            id,
            state,
            duration: duration(duration_ms),
            voice: String::new(),
            short: short(state),
            words: sentence(state, ""),
        }
    }

    /// True when it can be listened to.
    pub fn is_ready(&self) -> bool {
        self.state == RecordingState::Ready
    }

    /// The one a row of a table shows: the first that can be listened to, or else the first.
    pub fn best(of_call: &[Self]) -> Option<&Self> {
        of_call.iter().find(|r| r.is_ready()).or_else(|| of_call.first())
    }
}

/// «1:17», rounded to whole seconds.
pub(super) fn duration(ms: Option<i64>) -> String {
    ms.map(|ms| russian::duration((ms + 500) / 1000)).unwrap_or_default()
}

fn short(state: RecordingState) -> &'static str {
    match state {
        RecordingState::Ready => "есть",
        RecordingState::Awaited => "ожидается",
        RecordingState::Unmatched => "без звонка",
        RecordingState::Failed => "не получена",
        RecordingState::Gone => "удалена",
    }
}

/// What is with a recording, as a sentence without its end.
pub fn sentence(state: RecordingState, error: &str) -> String {
    match state {
        RecordingState::Ready => "запись есть".to_owned(),
        RecordingState::Awaited if error.is_empty() => "запись ожидается".to_owned(),
        RecordingState::Awaited => format!("запись ожидается: {error}"),
        RecordingState::Unmatched => {
            "запись получена, но к какому звонку она относится, неизвестно".to_owned()
        }
        RecordingState::Failed if error.is_empty() => "запись не получена".to_owned(),
        RecordingState::Failed => format!("запись не получена: {error}"),
        RecordingState::Gone if !error.is_empty() => format!("записи больше нет: {error}"),
        RecordingState::Gone => "запись удалена по сроку хранения".to_owned(),
    }
}

/// Who is heard besides the client: by the call itself, because an extension passes from hand to hand.
fn voice(said: &RecordingFacts) -> String {
    let (first, last) = (&said.first, &said.last);
    let name = |(_, name): &(Option<String>, Option<String>)| name.clone();
    let of_extension = |extension: &str| format!("доб. {extension}");
    match &said.extension {
        Some(extension) if first.0.as_ref() == Some(extension) => {
            name(first).unwrap_or_else(|| of_extension(extension))
        }
        Some(extension) if last.0.as_ref() == Some(extension) => {
            name(last).unwrap_or_else(|| of_extension(extension))
        }
        Some(extension) => of_extension(extension),
        // Not told; when only one person talked there is no doubt.
        None if first.0 == last.0 => name(first).unwrap_or_default(),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn said(extension: Option<&str>) -> RecordingFacts {
        let speaker = |e: &str, n: &str| (Some(e.to_owned()), Some(n.to_owned()));
        RecordingFacts {
            id: RecordingId(1),
            call_id: Some(CallId(2)),
            state: RecordingState::Failed,
            duration_ms: Some(76_600),
            extension: extension.map(str::to_owned),
            error: "передача прервалась".to_owned(),
            first: speaker("101", "Анна Белова"),
            last: speaker("102", "Игорь Громов"),
        }
    }

    #[test]
    fn a_voice_is_never_guessed() {
        assert_eq!(voice(&said(Some("101"))), "Анна Белова");
        assert_eq!(voice(&said(Some("102"))), "Игорь Громов");
        assert_eq!(voice(&said(Some("103"))), "доб. 103");
        assert_eq!(voice(&said(None)), "");
        let alone = RecordingFacts { last: said(None).first, ..said(None) };
        assert_eq!(voice(&alone), "Анна Белова");
    }

    #[test]
    fn every_state_has_words() {
        let view = RecordingView::of(&said(None));
        assert_eq!((view.duration.as_str(), view.short), ("1:17", "не получена"));
        assert_eq!(view.words, "запись не получена: передача прервалась");
        assert_eq!(
            sentence(RecordingState::Awaited, "передача прервалась"),
            "запись ожидается: передача прервалась"
        );
        for state in RecordingState::ALL {
            assert!(!short(*state).is_empty() && !sentence(*state, "").ends_with([':', ' ']));
        }
    }
}
