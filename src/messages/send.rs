//! Answering: what is written is kept first and sent afterwards; the same form again is the same message.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::StreamExt;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::chats::queries::outbox::{self, New};
use crate::chats::queries::{self, people};
use crate::domain::chat::MAX_TEXT;
use crate::domain::id::{ChatId, MessageId};
use crate::files::picture::{self, PictureError};
use crate::files::sniff::sniff;
use crate::files::{FileError, MediaType};
use crate::orders::draft;
use crate::orders::queries::drafts;
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::web::form::{Form, Query};
use crate::web::reply::{TRIGGER, trigger_header};
use crate::web::request::is_fragment_request;
use crate::web::upload::{Part, Upload};

/// Pictures of one message.
const MOST_PICTURES: usize = 10;
/// The longest picture that is taken from a browser: Avito's own limit.
const PICTURE_BYTES: usize = 24 * 1024 * 1024;

fn writable(tx: &mut Tx, id: ChatId) -> Result<(), AppError> {
    let chat = queries::chat(tx.db, id)?.ok_or(AppError::NotFound)?;
    if chat.gone.is_empty() {
        return Ok(());
    }
    Err(AppError::BadRequest(
        "Авито больше не принимает сообщения в этот чат. Текст остался в поле.".to_owned(),
    ))
}

/// A key of a form: made by us or by its script.
fn key_of(text: &str) -> Result<String, AppError> {
    let is_key =
        (8..=64).contains(&text.len()) && text.bytes().all(|b| b.is_ascii_alphanumeric() || b == b'-');
    if is_key {
        Ok(text.to_owned())
    } else {
        Err(AppError::BadRequest("Обновите страницу и отправьте ещё раз.".to_owned()))
    }
}

/// The answer of a sending: the page puts the message into its thread by itself.
fn kept(request: &HttpRequest, chat: ChatId, id: MessageId) -> HttpResponse {
    if !is_fragment_request(request) {
        return HttpResponse::SeeOther().insert_header((LOCATION, format!("/messages/{chat}"))).finish();
    }
    let told = serde_json::json!({ "chat:sent": { "id": id, "key": uuid::Uuid::new_v4().to_string() } });
    HttpResponse::NoContent().insert_header((TRIGGER, trigger_header(&told))).finish()
}

/// Writes a text to the client.
pub async fn text(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let text = fields.raw("text").unwrap_or_default().replace("\r\n", "\n").trim().to_owned();
    let key = key_of(fields.text("client_id"))?;
    match text.chars().count() {
        0 => return Err(AppError::BadRequest("Напишите сообщение: пустое не отправляем.".to_owned())),
        length if length > MAX_TEXT => {
            return Err(AppError::BadRequest(format!(
                "В сообщении {length} знаков, Авито принимает не больше {MAX_TEXT}. Сократите или разделите его, текст остался в поле."
            )));
        }
        _ => {}
    }
    let message = app
        .db
        .write(move |tx| {
            writable(tx, id)?;
            let (message, _) = outbox::enqueue(tx, id, &key, &New::Text(text.clone()), Some(by), now)?;
            people::read(tx, id, message)?;
            drafts::drop(tx.db, by, &draft::key_of_dialog(id))?;
            Ok(message)
        })
        .await?;
    app.chat_outbox.wake();
    Ok(kept(&request, id, message))
}

/// Sends pictures, in their order; `key` is the form's.
pub async fn pictures(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Query(query): Query,
    mut upload: Upload,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    app.db.write(move |tx| writable(tx, id)).await?;
    let key = key_of(query.text("key"))?;
    let mut drawn = Vec::new();
    while let Some(part) = upload.next().await {
        if drawn.len() == MOST_PICTURES {
            return Err(AppError::BadRequest(format!(
                "За раз не больше {MOST_PICTURES} фото. Отправьте их частями."
            )));
        }
        let part = part?;
        let name = part.name.clone();
        let redrawn = draw(part).await;
        let (bytes, media_type) = redrawn.map_err(|error| {
            AppError::BadRequest(format!("Фото «{name}» не отправлено. {}", error.words()))
        })?;
        let stored = app.storage.put_bytes(bytes.into()).await?;
        drawn.push((stored.hash.as_str().to_owned(), media_type));
    }
    if drawn.is_empty() {
        return Err(AppError::BadRequest("Фото не выбрано.".to_owned()));
    }
    let message = app
        .db
        .write(move |tx| {
            writable(tx, id)?;
            let mut last = None;
            for (number, (hash, media_type)) in drawn.iter().enumerate() {
                let new = New::Picture { hash: hash.clone(), media_type: media_type.as_str().to_owned() };
                let (message, _) = outbox::enqueue(tx, id, &format!("{key}-{number}"), &new, Some(by), now)?;
                last = Some(message);
            }
            last.ok_or(AppError::NotFound)
        })
        .await?;
    app.chat_outbox.wake();
    Ok(kept(&request, id, message))
}

/// The picture drawn anew, as documents are: without where and when it was taken, and not larger than Avito takes.
pub(super) async fn draw(mut part: Part) -> Result<(Vec<u8>, MediaType), FileError> {
    let mut bytes = Vec::new();
    while let Some(piece) = part.next().await {
        let piece = piece.map_err(|_| FileError::Interrupted)?;
        if bytes.len() + piece.len() > PICTURE_BYTES {
            return Err(FileError::TooLarge);
        }
        bytes.extend_from_slice(&piece);
    }
    if bytes.is_empty() {
        return Err(FileError::Empty);
    }
    let kind = sniff(&bytes).filter(|kind| kind.kept_as_is().is_none()).ok_or(FileError::UnknownFormat)?;
    let drawn = picture::redraw(bytes, kind).await.map_err(|error| match error {
        PictureError::Damaged => FileError::Damaged,
        PictureError::Cut => FileError::Cut,
        PictureError::TooManyPixels => FileError::TooManyPixels,
        PictureError::Stopped(source) => FileError::Internal(AppError::internal("draw a picture", source)),
    })?;
    Ok((drawn.bytes, drawn.media_type))
}

/// «Отправить ещё раз».
pub async fn again(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    path: Path<(ChatId, MessageId)>,
) -> Result<HttpResponse, AppError> {
    let ((chat, id), now) = (path.into_inner(), app.clock.now());
    app.db
        .write(move |tx| {
            writable(tx, chat)?;
            Ok(outbox::again(tx, id, now)?)
        })
        .await?;
    app.chat_outbox.wake();
    Ok(kept(&request, chat, id))
}

/// «Убрать»: what was not sent is not to be.
pub async fn discard(
    _: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    path: Path<(ChatId, MessageId)>,
) -> Result<HttpResponse, AppError> {
    let (chat, id) = path.into_inner();
    app.db
        .write(move |tx| {
            queries::chat(tx.db, chat)?.ok_or(AppError::NotFound)?;
            Ok(outbox::discard(tx, id)?)
        })
        .await?;
    Ok(kept(&request, chat, id))
}
