//! An upload becomes a document: bounded, recognised, drawn anew, stored, and only then written into the database.

use actix_web::web::Bytes;
use futures_util::{Stream, StreamExt};

use super::picture::{self, Picture, PictureError};
use super::sniff::sniff;
use super::{DocumentOwner, FileError, MAX_BYTES, MediaType, Thumb, names, queries, seal};
use crate::app::App;
use crate::domain::id::{AccountId, FileId};
use crate::platform::error::AppError;
use crate::platform::live::Event;

/// Keeps what `stream` gives as a document of `place` and gives its id. `original_name` may be anything. The same
/// content sent again to the same place is the document that is there already. Whether `by` may is the
/// caller's question ([`super::may_change`]).
///
/// # Errors
/// Nothing is kept then; [`FileError::words`] says why.
pub async fn store<S, E>(
    app: &App,
    by: AccountId,
    place: DocumentOwner,
    original_name: &str,
    stream: S,
) -> Result<FileId, FileError>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let document = prepare(read(stream).await?).await?;
    let length = document.bytes.len();
    let (bytes, sealed_key) = match place.is_sealed() {
        true => {
            let (locked, key) = seal::lock(&app.cipher, &document.bytes)?;
            (locked, Some(key))
        }
        false => (document.bytes, None),
    };
    let thumb_hash = match document.thumb {
        // A small picture of a passport is a passport.
        Some(Thumb(bytes)) if sealed_key.is_none() => Some(app.storage.put_bytes(bytes.into()).await?.hash),
        Some(_) | None => None,
    };
    let stored = app.storage.put_bytes(bytes.into()).await?;
    let new = queries::NewFile {
        place,
        hash: stored.hash.as_str().to_owned(),
        thumb_hash: thumb_hash.map(|hash| hash.as_str().to_owned()),
        media_type: document.media_type,
        byte_size: i64::try_from(length).map_err(|_| FileError::TooLarge)?,
        sealed_key,
        original_name: names::sanitise(original_name, document.media_type),
        size: document.size,
        created_by: by,
        created_at: app.clock.now(),
    };
    let added = app
        .db
        .write(move |tx| {
            let added = queries::insert(tx, &new)?;
            if let queries::Added::New(_) = added {
                tx.announce(changed(place));
            }
            Ok(added)
        })
        .await?;
    match added {
        queries::Added::New(id) | queries::Added::Same(id) => Ok(id),
        queries::Added::TooMany => Err(FileError::TooMany),
        queries::Added::NoOwner => Err(FileError::NoOwner),
    }
}

/// What tells open pages that the documents of a place have changed.
pub(super) fn changed(place: DocumentOwner) -> Event {
    place.order().map_or(Event::Lists, Event::Order)
}

struct Document {
    media_type: MediaType,
    bytes: Vec<u8>,
    size: Option<(u32, u32)>,
    thumb: Option<Thumb>,
}

/// In memory, because a picture must be whole to be drawn; never more than an upload may be.
async fn read<S, E>(stream: S) -> Result<Vec<u8>, FileError>
where
    S: Stream<Item = Result<Bytes, E>>,
    E: std::fmt::Display,
{
    let mut stream = std::pin::pin!(stream);
    let mut bytes = Vec::new();
    while let Some(piece) = stream.next().await {
        let piece = piece.map_err(|error| {
            tracing::debug!(%error, "an upload broke off");
            FileError::Interrupted
        })?;
        if (bytes.len() + piece.len()) as u64 > MAX_BYTES {
            return Err(FileError::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

async fn prepare(bytes: Vec<u8>) -> Result<Document, FileError> {
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    let kind = sniff(&bytes).ok_or(FileError::UnknownFormat)?;
    if let Some(media_type) = kind.kept_as_is() {
        return Ok(Document { media_type, bytes, size: None, thumb: None });
    }
    let drawn = picture::redraw(bytes, kind).await.map_err(|error| match error {
        PictureError::Damaged => FileError::Damaged,
        PictureError::Cut => FileError::Cut,
        PictureError::TooManyPixels => FileError::TooManyPixels,
        PictureError::Stopped(source) => FileError::Internal(AppError::internal("draw a picture", source)),
    })?;
    let Picture { media_type, bytes, width, height, thumb } = drawn;
    Ok(Document { media_type, bytes, size: Some((width, height)), thumb: Some(thumb) })
}
