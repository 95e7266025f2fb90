//! Recordings the telephony has told of: noted until they are fetched.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::domain::id::CallId;
use crate::domain::recording::{RecordingSource, RecordingState};
use crate::platform::db::Db;
use crate::platform::db::schema::recordings;

/// A recording the telephony has told of.
pub struct AnnouncedRecording<'a> {
    /// Its name there.
    pub recording_id: &'a str,
    /// The call it is of.
    pub call_id: CallId,
    /// Whose voice it is, as far as it is told.
    pub extension: Option<&'a str>,
}

/// Notes recordings that can be fetched, sorted by their names. One that came in another way before its call was
/// known joins it.
pub fn note<'a>(
    db: &mut Db,
    told: impl IntoIterator<Item = AnnouncedRecording<'a>>,
    now: NaiveDateTime,
) -> QueryResult<()> {
    for AnnouncedRecording { recording_id, call_id, extension } in told {
        let row = (
            recordings::call_id.eq(call_id),
            recordings::mango_recording_id.eq(recording_id),
            recordings::source.eq(RecordingSource::Api),
            recordings::state.eq(RecordingState::Awaited),
            recordings::extension.eq(extension),
            recordings::next_try_at.eq(now),
            recordings::created_at.eq(now),
        );
        if !crate::insert_new!(db, recordings::table, row, recordings::mango_recording_id)? {
            let known = recordings::mango_recording_id.eq(recording_id.to_owned());
            // Whose voice it is may be told after the recording itself.
            if let Some(extension) = extension {
                diesel::update(
                    recordings::table.filter(known.clone()).filter(recordings::extension.is_null()),
                )
                .set(recordings::extension.eq(extension))
                .execute(db)?;
            }
            let alone = recordings::table.filter(known).filter(recordings::call_id.is_null());
            let joined = diesel::update(alone).set(recordings::call_id.eq(call_id)).execute(db)?;
            if joined > 0 {
                // Its content may have come first.
                diesel::update(recordings::table.filter(recordings::call_id.eq(call_id)))
                    .filter(recordings::state.eq(RecordingState::Unmatched))
                    .set(recordings::state.eq(RecordingState::Ready))
                    .execute(db)?;
            }
        }
    }
    Ok(())
}
