//! Addresses of recordings. Everybody signed in may listen; taking away is a right of its own. Both are noted in
//! the journal.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    ACCEPT_RANGES, CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_RANGE, CONTENT_TYPE, ETAG, HeaderName,
    IF_MATCH, IF_NONE_MATCH, IF_RANGE, RANGE,
};
use actix_web::web::{Bytes, Data, Path, ServiceConfig, get, head};
use actix_web::{HttpRequest, HttpResponse, HttpResponseBuilder};

use super::player::Player;
use super::queries::{self, Recording};
use super::range::{self, RangeWanted};
use super::view;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::{AccountId, RecordingId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::{russian, zone};
use crate::platform::content_disposition::disposition;
use crate::platform::error::AppError;
use crate::platform::storage::{Content, ContentHash};
use crate::web::form::Query;
use crate::web::page::Fragment;
use crate::web::path::resource;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/recordings/{id}").route(get().to(sound)).route(head().to(sound)))
        .service(resource("/recordings/{id}/player").route(get().to(player)));
}

/// A recording whose content should be there, and the content's name; the words say why it is not.
async fn playable(app: &App, id: RecordingId) -> Result<(Recording, ContentHash), AppError> {
    let recording = app.db.read(move |db| Ok(queries::find(db, id)?)).await?.ok_or(AppError::NotFound)?;
    let hash = recording.hash.as_deref().and_then(ContentHash::parse);
    match hash {
        Some(hash) if recording.state.has_content() => Ok((recording, hash)),
        _ => {
            let words = view::sentence(recording.state, &recording.error);
            Err(AppError::Absent(format!("{}.", russian::sentence(&words))))
        }
    }
}

async fn player(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<RecordingId>,
) -> Result<Fragment<Player>, AppError> {
    let (recording, _) = playable(&app, id.into_inner()).await?;
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let person = Person::clone(&person);
    let player = app.db.read(move |db| Player::load(db, &recording, &person, now)).await?;
    Ok(Fragment::ok(player))
}

async fn sound(
    request: HttpRequest,
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<RecordingId>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let (recording, hash) = playable(&app, id.into_inner()).await?;
    let is_download = query.text("download") == "1";
    if is_download {
        let asked = Person::clone(&person);
        if !app.db.read(move |db| Ok(queries::may_download(db, &asked)?)).await? {
            return Err(AppError::Forbidden);
        }
    }
    let Some(content) = app.storage.get(&hash).await? else {
        tracing::error!(recording.id = %recording.id, %hash, "the content of a recording is not in the storage");
        return Err(AppError::Absent(
            "Файл записи пропал из хранилища. Сообщите администратору: его можно вернуть из резервной копии."
                .into(),
        ));
    };
    if request.method() != actix_web::http::Method::HEAD {
        note(&app, person.id, recording.clone(), is_download).await?;
    }
    let zone = app.config.business_zone;
    let named = disposition(is_download, &file_name(&recording, zone));
    respond(&request, content, &recording, &hash, &named).await
}

async fn note(app: &App, by: AccountId, recording: Recording, is_download: bool) -> Result<(), AppError> {
    let now = app.clock.now();
    if is_download {
        return app.db.write(move |tx| Ok(queries::note_download(tx, &recording, by, now)?)).await;
    }
    let id = recording.id;
    if app.db.read(move |db| Ok(queries::is_listen_noted(db, id, by, now)?)).await? {
        return Ok(());
    }
    app.db.write(move |tx| Ok(queries::note_listen(tx, &recording, by, now)?)).await
}

/// «2026-11-22 14-05 79001234567.mp3», by the business clock.
fn file_name(recording: &Recording, zone: chrono_tz::Tz) -> String {
    let moment = zone::local(recording.recorded_at.unwrap_or(recording.created_at), zone);
    let number = recording.client_number.as_deref().unwrap_or_default();
    let ending = recording.media_type.map_or("bin", crate::domain::recording::AudioType::ending);
    let stem = format!("{} {number}", moment.format("%Y-%m-%d %H-%M"));
    format!("{} запись {}.{ending}", stem.trim(), recording.id)
}

/// Evaluates the conditions in the order of RFC 9110, 13.2.2.
async fn respond(
    request: &HttpRequest,
    content: Content,
    recording: &Recording,
    hash: &ContentHash,
    disposition: &str,
) -> Result<HttpResponse, AppError> {
    let etag = format!("\"{hash}\"");
    let length = content.length();
    let start = |status| {
        let mut response = HttpResponse::build(status);
        response
            .insert_header((ETAG, etag.as_str()))
            .insert_header((ACCEPT_RANGES, "bytes"))
            .insert_header((CACHE_CONTROL, "private, no-cache"));
        response
    };
    let typed = |mut response: HttpResponseBuilder| {
        const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
        response
            .insert_header((
                CONTENT_TYPE,
                recording.media_type.map_or("application/octet-stream", |t| t.as_str()),
            ))
            .insert_header((CONTENT_DISPOSITION, disposition))
            .insert_header((RESOURCE_POLICY, "same-origin"));
        response
    };
    let header = |name: HeaderName| request.headers().get(name).and_then(|v| v.to_str().ok());
    if header(IF_MATCH).is_some_and(|tags| !range::names(tags, &etag, false)) {
        return Ok(start(StatusCode::PRECONDITION_FAILED).finish());
    }
    if header(IF_NONE_MATCH).is_some_and(|tags| range::names(tags, &etag, true)) {
        return Ok(start(StatusCode::NOT_MODIFIED).finish());
    }
    let is_head = request.method() == actix_web::http::Method::HEAD;
    // A range of another version of the content would be glued to the wrong one.
    let is_current = header(IF_RANGE).is_none_or(|tag| tag.trim() == etag);
    let is_single = request.headers().get_all(RANGE).count() == 1;
    let wanted = match header(RANGE) {
        Some(range) if is_single && is_current && !is_head => range::wanted(range, length),
        _ => RangeWanted::Whole,
    };
    Ok(match wanted {
        RangeWanted::Whole if is_head => {
            let nothing = futures_util::stream::empty::<Result<Bytes, std::io::Error>>();
            typed(start(StatusCode::OK)).body(SizedStream::new(length, nothing))
        }
        RangeWanted::Whole => {
            typed(start(StatusCode::OK)).body(SizedStream::new(length, Box::pin(content.into_stream())))
        }
        RangeWanted::Part { first, last } => {
            let count = last - first + 1;
            let part = content.range(first, count).await?;
            typed(start(StatusCode::PARTIAL_CONTENT))
                .insert_header((CONTENT_RANGE, format!("bytes {first}-{last}/{length}")))
                .body(SizedStream::new(count, Box::pin(part)))
        }
        RangeWanted::Nothing => start(StatusCode::RANGE_NOT_SATISFIABLE)
            .insert_header((CONTENT_RANGE, format!("bytes */{length}")))
            .finish(),
    })
}
