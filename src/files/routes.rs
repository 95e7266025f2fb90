//! Addresses of documents. Each asks the rules of the feature first; what a person may not see does not exist.
//!
//! How a document is served: typed by what was recognised when it came, never sniffed again by the browser, not kept
//! in any cache, not embeddable by other sites. Pictures were drawn anew and open in the browser, in a sandbox.
//! A PDF opens there too: browsers show it in a viewer apart from the page's origin, and its scripts never meet
//! our cookies. HEIC is only downloaded: few browsers show it, and it is kept byte for byte.

use actix_web::body::SizedStream;
use actix_web::http::StatusCode;
use actix_web::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_SECURITY_POLICY, CONTENT_TYPE, HeaderName,
};
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::receive::{Received, receive};
use super::view::{FilesList, ListFragment};
use super::{DocumentOwner, FileKind, MediaType, icon, may_change, may_see, queries, seal, store};
use crate::app::App;
use crate::auth::signed::{Admin, Anyone, Signed};
use crate::domain::id::FileId;
use crate::domain::person::Person;
use crate::domain::{russian, zone};
use crate::files::is_shown;
use crate::platform::content_disposition::disposition;
use crate::platform::error::AppError;
use crate::platform::storage::ContentHash;
use crate::web::form::{Fields, Form, Query};
use crate::web::page::{Fragment, Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Done, TRIGGER, trigger_header};
use crate::web::request::is_fragment_request;
use crate::web::upload::Upload;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/files").route(get().to(list)).route(post().to(add)))
        .service(resource("/files/{id}").route(get().to(open)).route(post().to(open_sealed)))
        .service(resource("/files/{id}/thumb").route(get().to(thumb)))
        .service(resource("/files/{id}/delete").route(post().to(delete)));
}

/// `kind` and `owner` of the address.
fn place(fields: &Fields) -> Result<DocumentOwner, AppError> {
    let kind = FileKind::parse(fields.text("kind")).ok_or(AppError::NotFound)?;
    DocumentOwner::parse(kind, fields.text("owner")).map_err(|_| AppError::NotFound)
}

async fn list(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<ListFragment>, AppError> {
    let place = place(&query)?;
    if !may_see(&person, place) {
        return Err(AppError::NotFound);
    }
    let (person, zone) = (Person::clone(&person), app.config.business_zone);
    let today = zone::local(app.clock.now(), zone).date();
    let list = app.db.read(move |db| Ok(FilesList::load(db, &person, place, zone, today)?)).await?;
    Ok(Fragment::ok(ListFragment { list }))
}

async fn add(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
    upload: Upload,
) -> Result<Received, AppError> {
    let place = place(&query)?;
    if !may_see(&person, place) {
        return Err(AppError::NotFound);
    }
    if !may_change(&person, place) {
        return Err(AppError::Forbidden);
    }
    receive(&app, &person, place, upload).await
}

/// The document `id`, if there is one and `person` may see it.
async fn seen(app: &App, person: &Person, id: FileId) -> Result<queries::File, AppError> {
    let file = app.db.read(move |db| Ok(queries::find(db, id)?)).await?.ok_or(AppError::NotFound)?;
    if may_see(person, file.place) { Ok(file) } else { Err(AppError::NotFound) }
}

async fn open(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<FileId>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let file = seen(&app, &person, *id).await?;
    if file.place.is_sealed() {
        let page = WhyPage::of(&file, query.text("download") == "1", "", "");
        return Ok(Show::ok(page).respond_to(&request));
    }
    let (reader, now, logged) = (person.id, app.clock.now(), file.clone());
    let is_logged = app.db.read(move |db| Ok(queries::is_read_logged(db, &logged, reader, now)?)).await?;
    if !is_logged {
        let logged = file.clone();
        app.db.write(move |tx| Ok(queries::log_read(tx, &logged, reader, now)?)).await?;
    }
    let is_download = query.text("download") == "1" || !is_shown(file.media_type);
    let named = disposition(is_download, &file.original_name);
    serve(&app, &file.hash, file.media_type.as_str(), &named).await
}

/// Fewest letters of a reason.
const REASON: usize = 5;

/// Asks why a paper of an employee is opened; what is answered is in the journal.
#[derive(Template)]
#[template(path = "files/why.html")]
struct WhyPage {
    id: FileId,
    name: String,
    back: String,
    is_download: bool,
    reason: String,
    error: String,
}

impl WhyPage {
    fn of(file: &queries::File, is_download: bool, reason: &str, error: &str) -> Self {
        Self {
            id: file.id,
            name: file.original_name.clone(),
            back: file.place.page(),
            is_download,
            reason: reason.to_owned(),
            error: error.to_owned(),
        }
    }
}

impl Page for WhyPage {
    fn title(&self) -> String {
        "Зачем открываете документ".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

/// A document that wants a reason, with it.
async fn open_sealed(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<FileId>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let file = seen(&app, &admin, *id).await?;
    if !file.place.is_sealed() {
        return Err(AppError::NotFound);
    }
    let (reason, is_download) = (russian::clean(form.text("reason")), form.text("download") == "1");
    if reason.chars().count() < REASON {
        let page = WhyPage::of(&file, is_download, &reason, "Напишите, зачем: это останется в журнале");
        return Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request));
    }
    let (reader, now, logged) = (admin.id, app.clock.now(), file.clone());
    app.db.write(move |tx| Ok(queries::log_reason(tx, &logged, &reason, reader, now)?)).await?;
    let named = disposition(is_download || !is_shown(file.media_type), &file.original_name);
    let Some(sealed_key) = &file.sealed_key else {
        return serve(&app, &file.hash, file.media_type.as_str(), &named).await;
    };
    let lost = || AppError::internal("open a document", format!("the storage has no content {}", file.hash));
    let hash = ContentHash::parse(&file.hash).ok_or_else(lost)?;
    let locked = app.storage.get(&hash).await?.ok_or_else(lost)?.into_bytes().await?;
    let plain = seal::unlock(&app.cipher, sealed_key, &locked)?;
    Ok(answer(file.media_type.as_str(), &named).body(plain))
}

async fn thumb(person: Signed<Anyone>, app: Data<App>, id: Path<FileId>) -> Result<HttpResponse, AppError> {
    let file = seen(&app, &person, *id).await?;
    match &file.thumb_hash {
        Some(hash) => serve(&app, hash, MediaType::Jpeg.as_str(), "inline").await,
        None => Ok(answer("image/svg+xml", "inline").body(icon::SHEET)),
    }
}

async fn serve(
    app: &App,
    hash: &str,
    content_type: &str,
    disposition: &str,
) -> Result<HttpResponse, AppError> {
    let lost = || AppError::internal("open a document", format!("the storage has no content {hash}"));
    let hash = ContentHash::parse(hash).ok_or_else(lost)?;
    let content = app.storage.get(&hash).await?.ok_or_else(lost)?;
    let body = SizedStream::new(content.length(), Box::pin(content.into_stream()));
    Ok(answer(content_type, disposition).body(body))
}

/// Headers of every document; `nosniff` and the ban on frames come with every answer of the server.
fn answer(content_type: &str, disposition: &str) -> actix_web::HttpResponseBuilder {
    const SANDBOX: &str =
        "default-src 'none'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'; sandbox";
    // Under "sandbox" Safari shows an empty page instead of a PDF, and Chrome, which drops the policy for its viewer,
    // gains nothing by it. Older Chrome applies the policy to the styles of the viewer.
    const PDF: &str = "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'none'; base-uri 'none'; form-action 'none'";
    const RESOURCE_POLICY: HeaderName = HeaderName::from_static("cross-origin-resource-policy");
    let policy = if content_type == MediaType::Pdf.as_str() { PDF } else { SANDBOX };
    let mut response = HttpResponse::Ok();
    response
        .insert_header((CONTENT_TYPE, content_type))
        .insert_header((CONTENT_DISPOSITION, disposition))
        .insert_header((CONTENT_SECURITY_POLICY, policy))
        .insert_header((RESOURCE_POLICY, "same-origin"))
        .insert_header((CACHE_CONTROL, "private, no-store"));
    response
}

/// Under htmx the page stays and its list re-reads itself (`files:changed`).
async fn delete(
    request: HttpRequest,
    person: Signed<Admin>,
    app: Data<App>,
    id: Path<FileId>,
) -> Result<HttpResponse, AppError> {
    let file = seen(&app, &person, *id).await?;
    if !may_change(&person, file.place) {
        return Err(AppError::NotFound);
    }
    let (account, now, place) = (person.id, app.clock.now(), file.place);
    app.db
        .write(move |tx| {
            if queries::delete(tx, &file, account, now)? {
                tx.announce(store::changed(place));
            }
            Ok(())
        })
        .await?;
    if !is_fragment_request(&request) {
        return Ok(Done::to(place.page()).respond_to(&request));
    }
    let events = serde_json::json!({
        "files:changed": place.element_id(),
        "toast": { "kind": "ok", "title": "Файл удалён", "text": "" },
    });
    Ok(HttpResponse::NoContent().insert_header((TRIGGER, trigger_header(&events))).finish())
}
