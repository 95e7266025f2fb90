//! `/admin/reference`: what the reference says. Each saving is a version; none is ever lost or changed.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::now::Now;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::reference::ReferencePage;
use crate::reference::markdown::{self, Rendered};
use crate::reference::queries::{self, NewVersion, Version};
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Fields, Form};
use crate::web::page::{Fragment, Page, Show};
use crate::web::path::resource;
use crate::web::reply::Done;

/// Longest text of a page, in characters.
const BODY_MAX: usize = 60_000;
/// Longest word about a change, in characters.
const NOTICE_MAX: usize = 300;

/// The addresses of editing.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/reference").route(get().to(index)))
        .service(resource("/admin/reference/{slug}").route(get().to(edit)).route(post().to(save)))
        .service(resource("/admin/reference/{slug}/preview").route(post().to(preview)))
        .service(resource("/admin/reference/{slug}/restore").route(post().to(restore)));
}

/// The four pages.
#[derive(Template)]
#[template(path = "admin/reference/index.html", blocks = ["rows"])]
struct ReferenceList {
    current: &'static str,
    rows: Vec<Row>,
}

struct Row {
    page: ReferencePage,
    /// «версия 14», «исходный текст».
    version: String,
    /// «Громов И., сегодня 10:02», or empty.
    changed: String,
    /// «6 из 8», or empty when nobody had to be told.
    readers: String,
}

impl Page for ReferenceList {
    fn title(&self) -> String {
        "Справочник".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "reference-pages").then(|| self.as_rows().render())
    }
}

fn author(version: &Version, now: Now) -> String {
    let who = || russian::short_name(&version.author);
    version.at.map(|at| format!("{}, {}", who(), now.moment_in_words(at))).unwrap_or_default()
}

fn number_words(version: &Version) -> String {
    match version.number {
        0 => "исходный текст".to_owned(),
        number => format!("версия {number}"),
    }
}

impl Row {
    fn of(db: &mut Db, version: &Version, now: Now) -> diesel::QueryResult<Self> {
        let readers = match queries::notice(db, version.page)? {
            Some(told) => {
                let (knowing, all) = queries::readers(db, version.page, told.number)?;
                format!("{knowing} из {all}")
            }
            None => String::new(),
        };
        Ok(Self {
            page: version.page,
            version: number_words(version),
            changed: author(version, now),
            readers,
        })
    }
}

fn now(app: &App) -> Now {
    Now { utc: app.clock.now(), zone: app.config.business_zone }
}

async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<ReferenceList>, AppError> {
    let now = now(&app);
    let rows = app.db.read(move |db| {
        let all = queries::all(db)?;
        Ok(all.iter().map(|version| Row::of(db, version, now)).collect::<diesel::QueryResult<Vec<Row>>>()?)
    });
    Ok(Show::ok(ReferenceList { current: "reference", rows: rows.await? }))
}

/// The editor of a page.
#[derive(Template)]
#[template(path = "admin/reference/edit.html")]
struct Editor {
    current: &'static str,
    page: ReferencePage,
    form: EditForm,
    errors: FieldErrors,
    /// What stands in the way, with what to do.
    problem: String,
    /// «версия 14 · Громов И., сегодня 10:02».
    about: String,
    preview: Rendered,
    versions: Vec<OldVersion>,
}

/// A version that can be taken back.
struct OldVersion {
    number: i64,
    words: String,
}

/// The fields as they were typed.
#[derive(Clone, Debug, Default)]
struct EditForm {
    body: String,
    notice: String,
    seen: i64,
}

impl EditForm {
    fn sent(fields: &Fields) -> Self {
        Self {
            // A browser sends \r\n for every line.
            body: fields.raw("body").unwrap_or_default().replace("\r\n", "\n"),
            notice: fields.text("notice").trim().to_owned(),
            seen: fields.number("seen").unwrap_or_default(),
        }
    }

    fn check(&self, current: &Version) -> Result<(), FieldErrors> {
        let mut errors = FieldErrors::default();
        if self.body.trim().is_empty() {
            errors.add("body", "Напишите текст страницы");
        } else if self.body.chars().count() > BODY_MAX {
            errors.add("body", format!("Не длиннее {BODY_MAX} знаков"));
        } else if self.body == current.body && self.notice.is_empty() {
            errors.add("body", "Текст тот же: сохранять нечего");
        }
        if self.notice.chars().count() > NOTICE_MAX {
            errors.add("notice", format!("Не длиннее {NOTICE_MAX} знаков"));
        }
        if errors.is_empty() { Ok(()) } else { Err(errors) }
    }
}

impl Page for Editor {
    fn title(&self) -> String {
        format!("{}: правка", self.page.title())
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

impl Editor {
    fn load(db: &mut Db, page: ReferencePage, form: Option<EditForm>, now: Now) -> diesel::QueryResult<Self> {
        let version = queries::current(db, page)?;
        let mut versions: Vec<OldVersion> = queries::versions(db, page, 50)?
            .into_iter()
            .filter(|(number, ..)| *number != version.number)
            .map(|(number, at, who)| {
                let words =
                    format!("версия {number} · {}, {}", russian::short_name(&who), now.moment_in_words(at));
                OldVersion { number, words }
            })
            .collect();
        if version.number > 0 {
            versions.push(OldVersion { number: 0, words: "исходный текст".to_owned() });
        }
        let form = form.unwrap_or_else(|| EditForm {
            body: version.body.clone(),
            notice: String::new(),
            seen: version.number,
        });
        let changed = author(&version, now);
        let about = [number_words(&version), changed].into_iter().filter(|words| !words.is_empty());
        Ok(Self {
            current: "reference",
            page,
            preview: markdown::render(&form.body),
            form,
            errors: FieldErrors::default(),
            problem: String::new(),
            about: about.collect::<Vec<_>>().join(" · "),
            versions,
        })
    }
}

fn page_of(slug: &str) -> Result<ReferencePage, AppError> {
    ReferencePage::parse(slug).ok_or(AppError::NotFound)
}

async fn edit(_: Signed<Admin>, app: Data<App>, slug: Path<String>) -> Result<Show<Editor>, AppError> {
    let (page, now) = (page_of(&slug)?, now(&app));
    Ok(Show::ok(app.db.read(move |db| Ok(Editor::load(db, page, None, now)?)).await?))
}

/// What the text would look like.
#[derive(Template)]
#[template(path = "admin/reference/preview.html")]
struct Preview {
    preview: Rendered,
}

async fn preview(
    _: Signed<Admin>,
    slug: Path<String>,
    Form(fields): Form,
) -> Result<Fragment<Preview>, AppError> {
    page_of(&slug)?;
    let body: String = EditForm::sent(&fields).body.chars().take(BODY_MAX).collect();
    Ok(Fragment::ok(Preview { preview: markdown::render(&body) }))
}

async fn save(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    slug: Path<String>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (page, now, by) = (page_of(&slug)?, now(&app), admin.id);
    let mut form = EditForm::sent(&fields);
    let sent = form.clone();
    let current = app.db.read(move |db| Ok(queries::current(db, page)?)).await?;
    let errors = match sent.check(&current) {
        Err(errors) => errors,
        Ok(()) => {
            let new = NewVersion { page, seen: sent.seen, body: sent.body, notice: sent.notice };
            if let Some(number) = app.db.write(move |tx| queries::write(tx, &new, by, now.utc)).await? {
                let said = format!("{}: версия {number} сохранена", page.title());
                return Ok(Done::to(page.href()).saying(said.as_str()).respond_to(&request));
            }
            let current = app.db.read(move |db| Ok(queries::current(db, page)?)).await?;
            form.seen = current.number;
            let problem = format!(
                "Пока вы правили, сохранена {} ({}). Ваш текст остался здесь: сверьте его с ней в соседней вкладке и \
                 сохраните ещё раз.",
                number_words(&current),
                author(&current, now)
            );
            return refused(
                &request,
                &app,
                (page, form),
                FieldErrors::default(),
                problem,
                StatusCode::CONFLICT,
            )
            .await;
        }
    };
    refused(&request, &app, (page, form), errors, String::new(), StatusCode::UNPROCESSABLE_ENTITY).await
}

async fn refused(
    request: &HttpRequest,
    app: &Data<App>,
    (page, form): (ReferencePage, EditForm),
    errors: FieldErrors,
    problem: String,
    status: StatusCode,
) -> Result<HttpResponse, AppError> {
    let now = now(app);
    let editor = app.db.read(move |db| Ok(Editor::load(db, page, Some(form), now)?)).await?;
    Ok(Show(Editor { errors, problem, ..editor }, status).respond_to(request))
}

/// Makes an old version the next one.
async fn restore(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    slug: Path<String>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (page, now, by) = (page_of(&slug)?, now(&app), admin.id);
    let wanted = fields.number("version").ok_or(AppError::NotFound)?;
    let number = app
        .db
        .write(move |tx| {
            let old = queries::version(tx.db, page, wanted)?.ok_or(AppError::NotFound)?;
            let seen = queries::current(tx.db, page)?.number;
            let new = NewVersion { page, seen, body: old.body, notice: String::new() };
            queries::write(tx, &new, by, now.utc)
        })
        .await?;
    let number =
        number.ok_or_else(|| AppError::Conflict("Страницу только что изменили. Повторите.".to_owned()))?;
    let said = format!("{}: прежний текст стал версией {number}", page.title());
    Ok(Done::to(page.href()).saying(said.as_str()).respond_to(&request))
}
