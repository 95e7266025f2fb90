//! Which recordings of a call exist and can be fetched, and whose voice they hold.

use std::collections::BTreeMap;

use super::Recording;
use crate::integrations::mango::wire::{Event, RecordingState};

/// What is told about one recording, gathered in any order.
#[derive(Default)]
struct AnnouncedSound<'e> {
    stored_at: Option<i64>,
    /// Counter, leg and employee of the latest event: a recording follows its employee to another leg.
    place: Option<(i64, Option<&'e str>, Option<&'e str>)>,
    user_id: Option<i64>,
}

/// The recordings of an entry that are in the cloud, oldest first.
pub(super) fn stored(entry_id: &str, events: &[Event]) -> Vec<Recording> {
    let mut told: BTreeMap<&str, AnnouncedSound> = BTreeMap::new();
    for event in events.iter().filter(|event| event.entry_id() == Some(entry_id)) {
        let (of, stored_at) = match event {
            Event::Recording(e) => {
                let of = told.entry(&e.recording_id).or_default();
                of.place = of.place.max(Some((e.seq, e.call_id.as_deref(), e.extension.as_deref())));
                let stored_at = match e.state {
                    RecordingState::StoredInCloud => Some(e.timestamp),
                    RecordingState::Running | RecordingState::NotStored => None,
                };
                (of, stored_at)
            }
            Event::RecordAdded(e) => {
                let of = told.entry(&e.recording_id).or_default();
                of.user_id = of.user_id.max(e.user_id);
                (of, Some(e.timestamp))
            }
            Event::Call(_) | Event::Summary(_) | Event::Result(_) | Event::Other { .. } => continue,
        };
        of.stored_at = of.stored_at.into_iter().chain(stored_at).min();
    }
    let mut recordings: Vec<Recording> = told
        .into_iter()
        .filter_map(|(id, told)| {
            let (_, call_id, extension) = told.place.unwrap_or_default();
            Some(Recording {
                id: id.to_owned(),
                stored_at: told.stored_at?,
                call_id: call_id.map(str::to_owned),
                extension: extension.map(str::to_owned),
                user_id: told.user_id,
            })
        })
        .collect();
    recordings.sort_by(|a, b| (a.stored_at, &a.id).cmp(&(b.stored_at, &b.id)));
    recordings
}
