//! Pictures and voices of messages through our own origin: fetched by the account's own way from Avito's hosts only, looked
//! at before they are believed, kept so that nobody waits twice. Voice is fetched when somebody listens.

use actix_web::HttpResponse;
use actix_web::body::SizedStream;
use actix_web::http::header::{CACHE_CONTROL, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName};
use actix_web::web::{Data, Path};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::chats::content::Content;
use crate::chats::queries::{self, Chat, media, thread};
use crate::domain::id::MessageId;
use crate::files::sniff::{Sniffed, sniff};
use crate::integrations::avito::ApiError;
use crate::platform::error::AppError;
use crate::platform::secret::to_hex;
use crate::platform::storage::ContentHash;
use crate::web::form::Query;

/// The side of a picture that is good enough for the thread.
const PREVIEW_SIDE: u32 = 300;

/// A picture or a voice: `size` is `preview`, `whole` or `voice`.
pub async fn picture(
    _: Signed<Anyone>,
    app: Data<App>,
    id: Path<MessageId>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let (message, chat) = app
        .db
        .read(move |db| {
            let message = thread::message(db, id)?.ok_or(AppError::NotFound)?;
            let chat = queries::chat(db, message.chat_id)?.ok_or(AppError::NotFound)?;
            Ok((message, chat))
        })
        .await?;
    if message.deleted_at.is_some() {
        return Err(AppError::NotFound);
    }
    if let (Some(hash), Some(media_type)) = (&message.picture_hash, &message.picture_type) {
        return serve(&app, hash, media_type).await;
    }
    match Content::of(&message.kind, &queries::content_of(&message.content)) {
        Content::Image(sizes) => {
            let small = sizes.iter().find(|size| size.width.max(size.height) >= PREVIEW_SIDE);
            let wanted = if query.text("size") == "preview" { small.or(sizes.last()) } else { sizes.last() };
            let url = wanted.ok_or(AppError::NotFound)?.url.clone();
            fetched(&app, &chat, url).await
        }
        Content::Voice(voice) if query.text("size") == "voice" && !voice.is_empty() => {
            let client = app.avito.client(chat.avito_id).await.map_err(absent)?;
            let url = client.voice_url(&voice).await.map_err(absent)?;
            let url = url.ok_or_else(|| AppError::Absent("Запись больше не доступна в Авито.".to_owned()))?;
            let sound = client.media(&url).await.map_err(absent)?;
            // Opus in a container of MPEG-4 is what Avito gives; anything else is not played.
            if sound.bytes.get(4..8) != Some(b"ftyp") && sound.bytes.get(..4) != Some(b"OggS") {
                return Err(AppError::Absent("Авито отдал не звук. Откройте сообщение в Авито.".to_owned()));
            }
            let kind = if sound.bytes.get(..4) == Some(b"OggS") { "audio/ogg" } else { "audio/mp4" };
            Ok(headed(kind).body(sound.bytes))
        }
        _ => Err(AppError::NotFound),
    }
}

fn absent(error: ApiError) -> AppError {
    AppError::Absent(format!("Не удалось получить из Авито: {}.", error.words()))
}

async fn fetched(app: &App, chat: &Chat, url: String) -> Result<HttpResponse, AppError> {
    let key = to_hex(&Sha256::digest(url.as_bytes()));
    let of = key.clone();
    if let Some((hash, media_type)) = app.db.read(move |db| Ok(media::find(db, &of)?)).await?
        && let Ok(answer) = serve(app, &hash, &media_type).await
    {
        return Ok(answer);
    }
    let client = app.avito.client(chat.avito_id).await.map_err(absent)?;
    let fetched = client.media(&url).await.map_err(absent)?;
    let media_type = kind_of(&fetched.bytes)
        .ok_or_else(|| AppError::Absent("Авито отдал не картинку. Откройте сообщение в Авито.".to_owned()))?;
    let stored = app.storage.put_bytes(fetched.bytes.into()).await?;
    let (hash, now) = (stored.hash.as_str().to_owned(), app.clock.now());
    let named = hash.clone();
    app.db.write(move |tx| Ok(media::put(tx.db, &key, &named, media_type, now)?)).await?;
    serve(app, &hash, media_type).await
}

/// What a browser may show of it; its own word for it is not asked.
fn kind_of(bytes: &[u8]) -> Option<&'static str> {
    if bytes.starts_with(b"GIF87a") || bytes.starts_with(b"GIF89a") {
        return Some("image/gif");
    }
    match sniff(bytes)? {
        Sniffed::Jpeg => Some("image/jpeg"),
        Sniffed::Png => Some("image/png"),
        Sniffed::WebP => Some("image/webp"),
        Sniffed::Heic | Sniffed::Pdf => None,
    }
}

pub(super) async fn serve(app: &App, hash: &str, media_type: &str) -> Result<HttpResponse, AppError> {
    let hash = ContentHash::parse(hash).ok_or(AppError::NotFound)?;
    let content = app.storage.get(&hash).await?.ok_or(AppError::NotFound)?;
    Ok(headed(media_type).body(SizedStream::new(content.length(), Box::pin(content.into_stream()))))
}

/// Never sniffed again, nothing in it may act in our name, kept by this browser alone.
fn headed(media_type: &str) -> actix_web::HttpResponseBuilder {
    let mut answer = HttpResponse::Ok();
    answer
        .insert_header((CONTENT_TYPE, media_type.to_owned()))
        .insert_header((HeaderName::from_static("x-content-type-options"), "nosniff"))
        .insert_header((CONTENT_SECURITY_POLICY, "default-src 'none'; sandbox"))
        .insert_header((CACHE_CONTROL, "private, max-age=86400, immutable"));
    answer
}
