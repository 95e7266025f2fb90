//! `/messages/replies`: quick replies, one's own and, for admins, everybody's; labels and the time after which a chat
//! returns are the admin's too.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::media;
use super::send::draw;
use crate::app::App;
use crate::auth::signed::{Admin, Anyone, Signed};
use crate::chats::RETURN_AFTER;
use crate::chats::queries::{people, replies};
use crate::chats::replies::WORDS;
use crate::domain::chat::MAX_TEXT;
use crate::domain::id::{LabelId, ReplyId};
use crate::domain::person::Person;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::platform::settings;
use crate::web::form::{Fields, Form};
use crate::web::page::{Page, Show};
use crate::web::reply::Done;
use crate::web::upload::Upload;

/// Longest name of a reply and of a label.
const TITLE_MAX: usize = 40;
/// Where all of it stands.
const HOME: &str = "/messages/replies";

/// The page.
#[derive(Template)]
#[template(path = "messages/replies.html")]
pub struct RepliesPage {
    own: Vec<replies::Reply>,
    shared: Vec<replies::Reply>,
    labels: Vec<(LabelId, String)>,
    return_after: i64,
    is_admin: bool,
    words: String,
}

impl Page for RepliesPage {
    fn title(&self) -> String {
        "Быстрые ответы".to_owned()
    }

    fn section(&self) -> &'static str {
        "messages"
    }
}

/// Shows them.
pub async fn index(person: Signed<Anyone>, app: Data<App>) -> Result<Show<RepliesPage>, AppError> {
    let person = Person::clone(&person);
    app.db
        .read(move |db| {
            let (shared, own) =
                replies::of(db, person.id)?.into_iter().partition(|reply| reply.owner_id.is_none());
            Ok(Show::ok(RepliesPage {
                own,
                shared,
                labels: people::labels(db)?,
                return_after: people::return_after(db)?,
                is_admin: person.is_admin(),
                words: WORDS.join(", "),
            }))
        })
        .await
}

/// Name and text of a reply.
fn check(fields: &Fields) -> Result<(String, String), AppError> {
    let text = fields.raw("text").unwrap_or_default().trim().replace("\r\n", "\n");
    let title = fields.text("title").to_owned();
    if title.is_empty() || title.chars().count() > TITLE_MAX {
        return Err(AppError::BadRequest(format!(
            "Назовите ответ: до {TITLE_MAX} знаков. Вернитесь назад, текст остался в поле."
        )));
    }
    if text.is_empty() || text.chars().count() > MAX_TEXT {
        return Err(AppError::BadRequest(format!(
            "В ответе должно быть от 1 до {MAX_TEXT} знаков. Вернитесь назад, текст остался в поле."
        )));
    }
    Ok((title, text))
}

fn home(request: &HttpRequest, said: &str) -> HttpResponse {
    Done::to(HOME).saying(said).respond_to(request)
}

/// A new reply: one's own, or everybody's when an admin says so.
pub async fn create(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (title, text) = check(&fields)?;
    let is_shared = fields.text("shared") == "1";
    if is_shared && !person.is_admin() {
        return Err(AppError::Forbidden);
    }
    let owner = (!is_shared).then_some(person.id);
    app.db.write(move |tx| Ok(replies::insert(tx, owner, &title, &text)?)).await?;
    Ok(home(&request, "Ответ добавлен"))
}

/// Changes a reply.
pub async fn update(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ReplyId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (title, text) = check(&fields)?;
    let (id, by, is_admin) = (id.into_inner(), person.id, person.is_admin());
    let is_his = app.db.write(move |tx| Ok(replies::update(tx, id, by, is_admin, (&title, &text))?)).await?;
    if is_his { Ok(home(&request, "Ответ сохранён")) } else { Err(AppError::NotFound) }
}

/// Deletes a reply.
pub async fn delete(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ReplyId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, is_admin) = (id.into_inner(), person.id, person.is_admin());
    let is_his = app.db.write(move |tx| Ok(replies::delete(tx, id, by, is_admin)?)).await?;
    if is_his { Ok(home(&request, "Ответ удалён")) } else { Err(AppError::NotFound) }
}

/// The picture of a reply.
pub async fn picture(
    person: Signed<Anyone>,
    app: Data<App>,
    id: Path<ReplyId>,
) -> Result<HttpResponse, AppError> {
    let (id, by) = (id.into_inner(), person.id);
    let reply = app.db.read(move |db| replies::one(db, id, by)?.ok_or(AppError::NotFound)).await?;
    match (reply.picture_hash, reply.picture_type) {
        (Some(hash), Some(media_type)) => media::serve(&app, &hash, &media_type).await,
        _ => Err(AppError::NotFound),
    }
}

/// Gives a reply a picture, instead of the one it has.
pub async fn set_picture(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ReplyId>,
    mut upload: Upload,
) -> Result<HttpResponse, AppError> {
    let (id, by, is_admin) = (id.into_inner(), person.id, person.is_admin());
    app.db.read(move |db| replies::one(db, id, by)?.ok_or(AppError::NotFound)).await?;
    let part = upload.next().await.ok_or_else(|| AppError::BadRequest("Фото не выбрано.".to_owned()))??;
    let name = part.name.clone();
    let (bytes, media_type) = draw(part)
        .await
        .map_err(|error| AppError::BadRequest(format!("Фото «{name}» не добавлено. {}", error.words())))?;
    let stored = app.storage.put_bytes(bytes.into()).await?;
    let hash = stored.hash.as_str().to_owned();
    let is_his = app
        .db
        .write(move |tx| Ok(replies::set_picture(tx, id, by, is_admin, Some((&hash, media_type.as_str())))?))
        .await?;
    if is_his { Ok(home(&request, "Фото добавлено")) } else { Err(AppError::NotFound) }
}

/// Takes the picture of a reply away.
pub async fn drop_picture(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ReplyId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, is_admin) = (id.into_inner(), person.id, person.is_admin());
    let is_his = app.db.write(move |tx| Ok(replies::set_picture(tx, id, by, is_admin, None)?)).await?;
    if is_his { Ok(home(&request, "Фото убрано")) } else { Err(AppError::NotFound) }
}

/// A new label.
pub async fn add_label(
    person: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (name, by, now) = (fields.text("name").to_owned(), person.id, app.clock.now());
    if name.is_empty() || name.chars().count() > TITLE_MAX {
        return Err(AppError::BadRequest(format!("Назовите метку: до {TITLE_MAX} знаков.")));
    }
    app.db
        .write(move |tx| {
            people::add_label(tx, &name)?;
            let entry = Entry { by, action: "chat_label.add", subject: &name, detail: "" };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    Ok(home(&request, "Метка добавлена"))
}

/// A label is offered no more.
pub async fn retire_label(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<LabelId>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    if !app.db.write(move |tx| Ok(people::retire_label(tx, id)?)).await? {
        return Err(AppError::NotFound);
    }
    Ok(home(&request, "Метка убрана, на чатах она осталась"))
}

/// After how many minutes a taken chat returns.
pub async fn return_after(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let now = app.clock.now();
    let minutes = fields
        .number("minutes")
        .filter(|minutes| (1..=1440).contains(minutes))
        .ok_or_else(|| AppError::BadRequest("Укажите от 1 до 1440 минут.".to_owned()))?;
    app.db.write(move |tx| Ok(settings::put(tx.db, RETURN_AFTER, &minutes.to_string(), now)?)).await?;
    Ok(home(&request, "Время сохранено"))
}
