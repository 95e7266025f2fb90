//! Files in a multipart body, one after another as they arrive; nothing is buffered here. What a part means and
//! whether it is good is the feature's business.

use std::future::{Ready, ready};
use std::pin::Pin;
use std::task::{Context, Poll};

use actix_multipart::{Field, Multipart, MultipartError};
use actix_web::dev::Payload;
use actix_web::error::PayloadError;
use actix_web::web::Bytes;
use actix_web::{FromRequest, HttpRequest};
use futures_util::{Stream, StreamExt};

use crate::platform::error::AppError;

/// How much one request may carry in all: parts that are refused are still read to their end.
pub const MAX_BODY_BYTES: u64 = 256 * 1024 * 1024;
/// How many parts one request may have, fields included.
const MAX_PARTS: usize = 64;

/// A body with files.
pub struct Upload {
    parts: Multipart,
    seen: usize,
}

/// One file of the body: a stream of its bytes.
pub struct Part {
    /// What the sender calls it; anything.
    pub name: String,
    field: Field,
}

impl Upload {
    /// The next file; fields that are no files, and file inputs left empty, are passed over. A part that was not
    /// read to its end is skipped.
    ///
    /// # Errors
    /// When the body ends early, is no multipart, or is too much: nothing more can be read then.
    pub async fn next(&mut self) -> Option<Result<Part, AppError>> {
        loop {
            let field = match self.parts.next().await? {
                Ok(field) => field,
                Err(error) => return Some(Err(broken(&error))),
            };
            self.seen += 1;
            if self.seen > MAX_PARTS {
                return Some(Err(AppError::BadRequest(
                    "Слишком много файлов за один раз. Отправьте их частями.".to_owned(),
                )));
            }
            let name = field.content_disposition().and_then(|d| d.get_filename()).map(str::to_owned);
            if let Some(name) = name.filter(|name| !name.is_empty()) {
                return Some(Ok(Part { name, field }));
            }
        }
    }
}

impl Stream for Part {
    type Item = Result<Bytes, MultipartError>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        self.get_mut().field.poll_next_unpin(context)
    }
}

fn broken(error: &MultipartError) -> AppError {
    tracing::debug!(%error, "an upload could not be read");
    AppError::BadRequest("Файлы не дошли до сервера целиком. Проверьте связь и отправьте ещё раз.".to_owned())
}

impl FromRequest for Upload {
    type Error = AppError;
    type Future = Ready<Result<Self, AppError>>;

    fn from_request(request: &HttpRequest, payload: &mut Payload) -> Self::Future {
        let body = bounded(payload.take());
        ready(Ok(Self { parts: Multipart::new(request.headers(), body), seen: 0 }))
    }
}

fn bounded(payload: Payload) -> impl Stream<Item = Result<Bytes, PayloadError>> {
    let mut taken = 0_u64;
    payload.map(move |piece| {
        let piece = piece?;
        taken += piece.len() as u64;
        if taken > MAX_BODY_BYTES { Err(PayloadError::Overflow) } else { Ok(piece) }
    })
}
