//! `/admin/mail/unmatched`: recordings nobody could place, to be joined with their calls by hand; and undoing that.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::Duration;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::calls::queries::facts::{self, Call};
use crate::calls::words::CallWords;
use crate::domain::id::{AccountId, CallId, RecordingId};
use crate::domain::now::Now;
use crate::domain::phone::pretty;
use crate::domain::recording::RecordingState;
use crate::domain::russian;
use crate::platform::audit::{self, Entry};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::by_mail::queries::places::{self, Waiting};
use crate::recordings::view::RecordingView;
use crate::web::form::Form;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Done, saying};
use crate::web::request::is_fragment_request;

/// Recordings shown at once.
const SHOWN: i64 = 50;
/// Duplicates removed at once.
const CLEANED: i64 = 500;

pub(super) fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/mail/unmatched").route(get().to(show)))
        .service(resource("/admin/mail/unmatched/clean").route(post().to(clean)))
        .service(resource("/admin/mail/unmatched/{id}/attach").route(post().to(attach)))
        .service(resource("/admin/mail/unmatched/{id}/remove").route(post().to(remove)))
        .service(resource("/admin/mail/recordings/{id}/detach").route(post().to(detach)));
}

#[derive(Template)]
#[template(path = "admin/mailbox/unmatched.html", blocks = ["list"])]
struct UnmatchedPage {
    current: &'static str,
    rows: Vec<Row>,
    total: i64,
    duplicates: usize,
}

struct Row {
    recording: RecordingView,
    name: String,
    number: String,
    /// When the conversation began, or when the letter was sent.
    at: String,
    candidates: Vec<CallWords>,
}

impl Page for UnmatchedPage {
    fn title(&self) -> String {
        "Записи без звонка".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "unmatched").then(|| self.as_list().render())
    }
}

impl UnmatchedPage {
    fn load(db: &mut Db, now: Now) -> Result<Self, AppError> {
        let mut rows = Vec::new();
        let waiting = places::waiting(db, SHOWN)?;
        let near = near(db, &waiting)?;
        for (recording, calls) in waiting.into_iter().zip(near) {
            rows.push(Row {
                number: recording.client_number.as_deref().map(pretty).unwrap_or_default(),
                at: now.moment_in_words(recording.recorded_at.unwrap_or(recording.created_at)),
                candidates: calls.iter().map(|call| CallWords::of(call, now)).collect(),
                recording: view(&recording),
                name: recording.name,
            });
        }
        Ok(Self {
            current: "mail",
            rows,
            total: places::waiting_count(db)?,
            duplicates: places::duplicates(db, CLEANED)?.len(),
        })
    }
}

/// For each recording the calls it may belong to: of its number, or of nobody in particular, around its time.
fn near(db: &mut Db, waiting: &[Waiting]) -> Result<Vec<Vec<Call>>, AppError> {
    const AROUND: Duration = Duration::minutes(30);
    const EACH: usize = 5;
    let mut ids = Vec::new();
    for recording in waiting {
        let at = recording.recorded_at.unwrap_or(recording.created_at);
        ids.push(facts::answered_near(
            db,
            recording.client_number.as_deref(),
            at - AROUND,
            at + AROUND,
            EACH,
        )?);
    }
    let all: Vec<CallId> = ids.iter().flatten().copied().collect();
    let calls = facts::calls(db, &all)?;
    Ok(ids.iter().map(|ids| ids.iter().filter_map(|id| calls.get(id).cloned()).collect()).collect())
}

fn view(recording: &Waiting) -> RecordingView {
    RecordingView::waiting(recording.id, RecordingState::Unmatched, recording.duration_ms)
}

async fn page(app: &Data<App>) -> Result<UnmatchedPage, AppError> {
    let now = super::now(app);
    app.db.read(move |db| UnmatchedPage::load(db, now)).await
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<UnmatchedPage>, AppError> {
    Ok(Show::ok(page(&app).await?))
}

/// The list again, with a word about what was done.
async fn again(request: &HttpRequest, app: &Data<App>, said: &str) -> Result<HttpResponse, AppError> {
    if !is_fragment_request(request) {
        return Ok(Done::to("/admin/mail/unmatched").respond_to(request));
    }
    Ok(saying(Show::ok(page(app).await?).respond_to(request), said))
}

/// Goes on only with a recording there is; what has become of it meanwhile is said in words.
fn found(db: &mut Db, id: RecordingId) -> Result<(), AppError> {
    if places::exists(db, id)? { Ok(()) } else { Err(AppError::NotFound) }
}

async fn attach(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<RecordingId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let typed = fields.text("call").trim().trim_start_matches(['№', '#']).trim().to_owned();
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    let joined = app
        .db
        .write(move |tx| {
            found(tx.db, id)?;
            let Ok(call) = typed.parse::<CallId>() else { return Ok(None) };
            if !places::attach(tx, id, call)? {
                return Ok(None);
            }
            note(tx, by, "recording.attach", id, &format!("звонок № {call}"), now)?;
            Ok(Some(call))
        })
        .await?;
    let said = match joined {
        Some(call) => format!("Запись привязана к звонку № {call}"),
        None => "Не привязана: такого звонка нет или запись уже занята".to_owned(),
    };
    again(&request, &app, &said).await
}

async fn remove(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<RecordingId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    let is_removed = app
        .db
        .write(move |tx| {
            found(tx.db, id)?;
            let is_removed = places::remove(tx, id, "удалена администратором")?;
            if is_removed {
                note(tx, by, "recording.delete", id, "без звонка", now)?;
            }
            Ok(is_removed)
        })
        .await?;
    again(
        &request,
        &app,
        if is_removed {
            "Запись удалена"
        } else {
            "Этой записи здесь уже нет"
        },
    )
    .await
}

async fn detach(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<RecordingId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    let call = app
        .db
        .write(move |tx| {
            let call = places::detach(tx, id)?;
            if let Some(call) = call {
                note(tx, by, "recording.detach", id, &format!("звонок № {call}"), now)?;
            }
            Ok(call)
        })
        .await?
        .ok_or(AppError::NotFound)?;
    Ok(Done::to(format!("/calls/{call}"))
        .saying("Запись отвязана, она ждёт на странице «Записи без звонка»")
        .respond_to(&request))
}

/// Removes recordings by mail that repeat those of the cloud.
async fn clean(admin: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    let (by, now) = (admin.id, app.clock.now());
    let removed = app
        .db
        .write(move |tx| {
            let duplicates = places::duplicates(tx.db, CLEANED)?;
            for (id, call) in &duplicates {
                places::remove_duplicate(tx, *id, *call)?;
                note(tx, by, "recording.delete", *id, "повтор записи из облака", now)?;
            }
            Ok(duplicates.len())
        })
        .await?;
    let what = russian::plural(removed as u64, ["повтор", "повтора", "повторов"]);
    again(&request, &app, &format!("Убрано: {removed} {what}")).await
}

fn note(
    tx: &mut crate::platform::db::Tx,
    by: AccountId,
    action: &'static str,
    id: RecordingId,
    detail: &str,
    now: chrono::NaiveDateTime,
) -> Result<(), AppError> {
    let subject = format!("Запись № {id}");
    Ok(audit::record(tx, &Entry { by, action, subject: &subject, detail }, now)?)
}
