//! A content becomes a recording: bounded, recognised, stored, measured, and only then written into the database.

use actix_web::web::Bytes;
use futures_util::Stream;
use futures_util::stream::{self, StreamExt};

use super::queries::{self, Measured, NewRecording, Twin};
use super::{KeepError, MAX_BYTES};
use crate::app::App;
use crate::domain::id::RecordingId;
use crate::platform::db::{Tx, portable};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::sound::{self, SNIFFED_BYTES, Sound, SoundError};
use crate::platform::storage::ContentHash;

/// Longer names are cut.
const NAME_MAX: usize = 200;

/// Which recording a content is.
#[derive(Clone, Debug)]
pub enum Keep {
    /// One that is known and has no content yet.
    Known(RecordingId),
    /// One nobody has told of before.
    New(NewRecording),
}

/// What became of a content.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kept {
    /// It is this recording now.
    New(RecordingId),
    /// It was this recording already, or has been once and was removed; nothing was added.
    Same(RecordingId),
}

/// Keeps what `stream` gives as a recording and tells the browsers of its call.
///
/// The same bytes are one recording of a call, however often and by whichever way they come: a letter with what
/// was fetched already adds nothing, and what is fetched takes over the row of a letter that came first. A letter
/// that brings the call of a recording nobody could place joins the two.
///
/// # Errors
/// Nothing is kept then; [`KeepError::words`] says why. What to do next (another try, a state for the row) is the
/// caller's decision.
pub async fn keep<S, E>(app: &App, what: Keep, stream: S) -> Result<Kept, KeepError>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut stream = std::pin::pin!(stream);
    let (mut head, mut pieces) = (Vec::new(), Vec::new());
    while head.len() < SNIFFED_BYTES {
        let Some(piece) = stream.next().await else { break };
        if let Ok(bytes) = &piece {
            let room = SNIFFED_BYTES - head.len();
            head.extend_from_slice(&bytes[..bytes.len().min(room)]);
        }
        let is_broken = piece.is_err();
        pieces.push(piece);
        if is_broken {
            break;
        }
    }
    if head.is_empty() && pieces.iter().all(Result::is_ok) {
        return Err(KeepError::Empty);
    }
    // What is no sound is not even read to its end.
    if pieces.iter().all(Result::is_ok) && sound::sniff(&head).is_none() {
        return Err(KeepError::NotAudio);
    }
    let stored = app.storage.put(stream::iter(pieces).chain(stream), MAX_BYTES).await?;
    let sound = measure(app, &stored.hash).await?;
    let measured = Measured {
        hash: stored.hash.as_str().to_owned(),
        media_type: sound.media_type,
        byte_size: i64::try_from(stored.length).map_err(|_| KeepError::TooLarge)?,
        duration_ms: sound.duration_ms,
        peaks: sound.peaks,
    };
    let now = app.clock.now();
    let what = match what {
        Keep::New(new) => Keep::New(NewRecording { original_name: clean_name(&new.original_name), ..new }),
        known => known,
    };
    let written = app.db.write(move |tx| match &what {
        Keep::Known(id) => Ok(fill(tx, *id, &measured)?),
        Keep::New(new) => Ok(add(tx, new, &measured, now)?),
    });
    written.await?.ok_or(KeepError::NoOwner)
}

async fn measure(app: &App, hash: &ContentHash) -> Result<Sound, KeepError> {
    let lost = || AppError::internal("measure a recording", format!("the storage has no content {hash}"));
    let content = app.storage.get(hash).await?.ok_or_else(lost)?.into_blocking().await?;
    // A task of its own also holds back a panic of a decoder that met what its authors did not think of.
    let probed = tokio::task::spawn_blocking(move || sound::probe(content)).await;
    match probed {
        Ok(Ok(sound)) => Ok(sound),
        Ok(Err(SoundError::NotAudio)) => Err(KeepError::NotAudio),
        Ok(Err(SoundError::Damaged)) => Err(KeepError::Damaged),
        Ok(Err(SoundError::Unreadable(source))) => {
            Err(KeepError::Internal(AppError::internal("measure a recording", source)))
        }
        Err(error) => {
            tracing::error!(%error, %hash, "a recording broke its decoder");
            Err(KeepError::Damaged)
        }
    }
}

/// Gives the known recording `id` its content; `None` when there is no such recording.
fn fill(tx: &mut Tx, id: RecordingId, measured: &Measured) -> diesel::QueryResult<Option<Kept>> {
    portable::lock(tx.db, &measured.hash)?;
    let Some(row) = queries::lock(tx.db, id)? else { return Ok(None) };
    if row.is_filled() {
        return Ok(Some(Kept::Same(id)));
    }
    let twins = queries::twins(tx.db, &measured.hash)?;
    let is_same = |twin: &&Twin| {
        twin.id != id && (twin.call_id.is_none() || row.call_id.is_none() || twin.call_id == row.call_id)
    };
    let twin = twins.iter().find(is_same);
    if let Some(twin) = twin {
        queries::delete(tx.db, twin.id)?;
    }
    if let Some(call_id) = queries::fill(tx.db, &row, twin, measured)? {
        tx.announce(Event::Call(call_id));
    }
    Ok(Some(Kept::New(id)))
}

/// Adds a recording; `None` when there is no such call.
fn add(
    tx: &mut Tx,
    new: &NewRecording,
    measured: &Measured,
    now: chrono::NaiveDateTime,
) -> diesel::QueryResult<Option<Kept>> {
    portable::lock(tx.db, &measured.hash)?;
    if let Some(call_id) = new.call_id
        && !queries::call_exists(tx.db, call_id)?
    {
        return Ok(None);
    }
    let twins = queries::twins(tx.db, &measured.hash)?;
    let same = match new.call_id {
        // Nobody knows of which call it is: the same file, or one that waits already.
        None => twins.iter().find(|twin| twin.call_id.is_none() || twin.original_name() == new.original_name),
        Some(_) => twins
            .iter()
            .find(|twin| twin.call_id == new.call_id)
            .or_else(|| twins.iter().find(|twin| twin.call_id.is_none())),
    };
    let Some(same) = same else {
        let id = queries::insert(tx.db, new, measured, now)?;
        if let Some(call_id) = new.call_id {
            tx.announce(Event::Call(call_id));
        }
        return Ok(Some(Kept::New(id)));
    };
    let Some(call_id) = new.call_id else { return Ok(Some(Kept::Same(same.id))) };
    if same.call_id.is_none() && same.is_filled() {
        queries::attach(tx.db, same.id, call_id)?;
        tx.announce(Event::Call(call_id));
    }
    // The same file may have come before without its call, when only nameless bytes were known of the recording.
    queries::name_if_nameless(tx.db, same.id, &new.original_name)?;
    for copy in twins.iter().filter(|twin| twin.id != same.id && is_same_file(twin, new)) {
        queries::delete(tx.db, copy.id)?;
    }
    Ok(Some(Kept::Same(same.id)))
}

/// A row of the same content and name that waits for its call.
fn is_same_file(twin: &Twin, new: &NewRecording) -> bool {
    twin.call_id.is_none() && twin.original_name() == new.original_name
}

/// The last part of a path, without what is no character to read.
fn clean_name(name: &str) -> String {
    let last = name.rsplit(['/', '\\']).next().unwrap_or_default();
    let readable = last.chars().filter(|c| !c.is_control() && *c != '\u{202e}');
    readable.take(NAME_MAX).collect::<String>().trim().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_only_a_name() {
        assert_eq!(clean_name("../../etc/a\0b\n.mp3"), "ab.mp3");
        assert_eq!(clean_name("C:\\записи\\звонок.mp3"), "звонок.mp3");
        assert_eq!(clean_name(&"я".repeat(500)).chars().count(), NAME_MAX);
    }
}
