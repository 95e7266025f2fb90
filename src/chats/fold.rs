//! What a message becomes when it is told of again: by a delivery, by a comparison, late, repeatedly, in any order. Pure.
//!
//! A message that was taken back stays so; a mark of reading is never lost, and the earliest counts; words are those
//! told of last by Avito's clock, except that silence (a short form without content) says nothing about them.

use chrono::{DateTime, NaiveDateTime};
use serde_json::Value;

use super::content::Content;
use crate::domain::chat::{Counts, MessageKind};

/// A message as Avito tells of it.
#[derive(Clone, Debug, PartialEq)]
pub struct Told {
    /// Avito's id.
    pub key: String,
    /// From us.
    pub is_out: bool,
    /// Avito's word for its kind.
    pub kind: String,
    /// As it came.
    pub content: Value,
    /// When it was written, UTC.
    pub sent_at: NaiveDateTime,
    /// When the other side read it, UTC.
    pub read_at: Option<NaiveDateTime>,
    /// It was read on our side, also in Avito's own application.
    pub is_read: bool,
    /// By when it was so, UTC.
    pub told_at: NaiveDateTime,
}

/// A message as it is kept.
#[derive(Clone, Debug, PartialEq)]
pub struct Kept {
    /// Avito's word for its kind.
    pub kind: String,
    /// Whose turn it makes it.
    pub counts: Counts,
    /// Its words.
    pub text: String,
    /// As it came.
    pub content: Value,
    /// By when its words were so; the beginning of time while nobody has told them.
    pub told_at: NaiveDateTime,
    /// Read on our side.
    pub is_read: bool,
    /// When the other side read it.
    pub read_at: Option<NaiveDateTime>,
    /// When it was known to be taken back.
    pub deleted_at: Option<NaiveDateTime>,
}

impl Told {
    fn is_deleted(&self) -> bool {
        MessageKind::of(&self.kind) == MessageKind::Deleted
    }

    /// Its words.
    pub fn words(&self) -> String {
        Content::of(&self.kind, &self.content).words()
    }
}

/// What is to be kept of a message: `before` is what is kept now.
pub fn fold(before: Option<&Kept>, told: &Told) -> Kept {
    let Some(before) = before else {
        let kind = MessageKind::of(&told.kind);
        return Kept {
            counts: kind.counts(told.is_out),
            text: if told.is_deleted() { String::new() } else { told.words() },
            content: told.content.clone(),
            kind: told.kind.clone(),
            told_at: if says_something(told) { told.told_at } else { DateTime::UNIX_EPOCH.naive_utc() },
            is_read: told.is_read || told.is_out,
            read_at: told.read_at,
            deleted_at: told.is_deleted().then_some(told.told_at),
        };
    };
    let mut kept = before.clone();
    kept.is_read |= told.is_read;
    kept.read_at = match (before.read_at, told.read_at) {
        (Some(a), Some(b)) => Some(a.min(b)),
        (a, b) => a.or(b),
    };
    if told.is_deleted() {
        kept.counts = Counts::Nothing;
        kept.deleted_at = Some(before.deleted_at.map_or(told.told_at, |at| at.min(told.told_at)));
        return kept;
    }
    // A short form without content says nothing about the words, nor about when they were so.
    if says_something(told) && told.told_at >= before.told_at {
        kept.kind.clone_from(&told.kind);
        kept.content = told.content.clone();
        kept.text = told.words();
        kept.told_at = told.told_at;
    }
    kept
}

fn says_something(told: &Told) -> bool {
    !told.is_deleted()
        && told.content.as_object().is_some_and(|all| all.values().any(|value| !value.is_null()))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use serde_json::json;

    use super::*;

    fn at(seconds: i64) -> NaiveDateTime {
        DateTime::from_timestamp(seconds, 0).expect("a moment").naive_utc()
    }

    fn told(kind: &str, text: &str, told_at: i64) -> Told {
        Told {
            key: "1".into(),
            is_out: false,
            kind: kind.into(),
            content: if text.is_empty() { json!({}) } else { json!({ "text": text }) },
            sent_at: at(100),
            read_at: None,
            is_read: false,
            told_at: at(told_at),
        }
    }

    fn all(told: &[Told]) -> Kept {
        told.iter().fold(None, |kept: Option<Kept>, told| Some(fold(kept.as_ref(), told))).expect("something")
    }

    #[test]
    fn what_was_taken_back_stays_so_whatever_comes_late() {
        for order in [
            [told("text", "да", 100), told("deleted", "", 200)],
            [told("deleted", "", 200), told("text", "да", 100)],
        ] {
            let kept = all(&order);
            assert_eq!((kept.counts, kept.deleted_at), (Counts::Nothing, Some(at(200))));
            assert_eq!(kept.text, "да", "what it was is kept for the journal, not shown");
        }
    }

    #[test]
    fn the_words_told_of_last_stand_and_silence_changes_none() {
        let kept = all(&[told("text", "вторая", 200), told("text", "первая", 100), told("text", "", 300)]);
        assert_eq!(kept.text, "вторая");
    }

    #[test]
    fn a_mark_of_reading_is_never_lost() {
        let read = Told { read_at: Some(at(150)), ..told("text", "да", 150) };
        let later = Told { read_at: Some(at(190)), ..told("text", "да", 190) };
        let kept = all(&[later, read, told("text", "да", 300)]);
        assert_eq!(kept.read_at, Some(at(150)));
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn no_order_and_no_repetition_matters(
            order in Just((0..5_usize).collect::<Vec<_>>()).prop_shuffle(), twice in 0..5_usize,
        ) {
            let events = [
                told("text", "раз", 100), told("text", "два", 200), told("text", "", 250),
                Told { read_at: Some(at(260)), is_read: true, ..told("text", "два", 260) }, told("deleted", "", 270),
            ];
            let mut told: Vec<Told> = order.iter().map(|n| events[*n].clone()).collect();
            told.push(events[twice].clone());
            let kept = all(&told);
            prop_assert_eq!(kept.counts, Counts::Nothing);
            prop_assert_eq!(kept.read_at, Some(at(260)));
            prop_assert!(kept.is_read);
            prop_assert_eq!(kept.deleted_at, Some(at(270)));
            prop_assert_eq!(kept.text, "два");
        }
    }
}
