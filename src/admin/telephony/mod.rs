//! `/admin/mango`: key and salt, the address to give to the telephony, how it goes, and what could not be folded.

pub mod cabinet;
mod compare;
mod form;
mod import;
mod probe;
mod words;

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::NaiveDateTime;
use secrecy::ExposeSecret;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::EventId;
use crate::domain::{russian, zone};
use crate::integrations::mango::queries::{self, EventState};
use crate::integrations::mango::settings;
use crate::platform::audit::{self, Entry};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::telephony::intake::webhook::WEBHOOK;
use crate::web::form::Form;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::{Done, TRIGGER, toast_header};
use crate::web::request::is_fragment_request;
use compare::Comparison;
use form::{Checked, MangoForm};
use words::{ago, masked, reason};

/// Failed notifications shown at once.
const SHOWN: i64 = 50;
/// Silence longer than this is said aloud, in seconds: by day no call centre is silent that long.
const LONG_SILENCE: i64 = 3 * 3600;

/// The addresses of the page.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/mango").route(get().to(show)).route(post().to(save)))
        .service(resource("/admin/mango/probe").route(post().to(probe::probe)))
        .configure(compare::routes)
        .configure(import::routes)
        .service(resource("/admin/mango/events/retry").route(post().to(retry_all)))
        .service(resource("/admin/mango/events/{id}/retry").route(post().to(retry)));
}

#[derive(Template)]
#[template(path = "admin/telephony/index.html", blocks = ["state", "failures"])]
struct MangoPage {
    current: &'static str,
    address: String,
    form: MangoForm,
    /// `devk…0001`, empty without a key.
    key_shown: String,
    has_salt: bool,
    is_unreadable: bool,
    state: State,
    comparison: Comparison,
}

impl Page for MangoPage {
    fn title(&self) -> String {
        "Mango Office".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            "mango-state" => Some(self.as_state().render()),
            "mango-failed" => Some(self.as_failures().render()),
            "mango-compare" => Some(self.comparison.render()),
            _ => None,
        }
    }
}

/// How the telephony's notifications go.
struct State {
    last: Option<Happened>,
    is_silent: bool,
    refused: Option<(String, Happened)>,
    pending: i64,
    failed_count: i64,
    failed: Vec<FailedRow>,
}

/// A moment on the business clock, and how long ago it was.
struct Happened {
    at: String,
    ago: String,
}

struct FailedRow {
    id: EventId,
    path: String,
    at: String,
    reason: String,
    body: String,
}

impl MangoPage {
    fn load(app: &App, db: &mut Db, address: String, form: MangoForm) -> Result<Self, AppError> {
        let known = settings::read(db, &app.cipher, &app.config.mango)?;
        Ok(Self {
            current: "mango",
            address,
            form,
            key_shown: known.key.as_ref().map(|key| masked(key.expose_secret())).unwrap_or_default(),
            has_salt: known.salt.is_some(),
            is_unreadable: known.is_unreadable,
            state: State::load(app, db)?,
            comparison: Comparison::load(app, db)?,
        })
    }

    fn key_hint(&self) -> String {
        if self.key_shown.is_empty() {
            return String::new();
        }
        format!("Сейчас {}. Оставьте пустым, чтобы не менять.", self.key_shown)
    }

    fn salt_hint(&self) -> &'static str {
        if self.has_salt {
            "Сохранена и больше не показывается. Оставьте пустым, чтобы не менять."
        } else {
            ""
        }
    }

    fn is_set_up(&self) -> bool {
        !self.key_shown.is_empty() && self.has_salt
    }
}

impl State {
    fn load(app: &App, db: &mut Db) -> Result<Self, AppError> {
        let happened = |at: NaiveDateTime| Happened::new(app, at);
        let last = queries::last_received_at(db)?;
        let failed = queries::failed(db, SHOWN)?;
        let silent_for = last.map(|at| (app.clock.now() - at).num_seconds());
        Ok(Self {
            last: last.map(happened),
            is_silent: silent_for.is_some_and(|seconds| seconds > LONG_SILENCE),
            refused: settings::refused(db)?
                .map(|(count, at)| (russian::count(count.unsigned_abs()), happened(at))),
            pending: queries::count(db, EventState::Pending)?,
            failed_count: queries::count(db, EventState::Failed)?,
            failed: failed
                .into_iter()
                .map(|event| FailedRow {
                    reason: reason(&event),
                    id: event.id,
                    path: event.path,
                    at: happened(event.received_at).at,
                    body: event.body,
                })
                .collect(),
        })
    }
}

impl Happened {
    fn new(app: &App, at: NaiveDateTime) -> Self {
        let (now, zone) = (app.clock.now(), app.config.business_zone);
        Self {
            at: russian::moment(zone::local(at, zone), zone::local(now, zone).date()),
            ago: ago((now - at).num_seconds()),
        }
    }
}

async fn show(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<Show<MangoPage>, AppError> {
    Ok(Show::ok(page(&request, &app, MangoForm::default()).await?))
}

async fn page(request: &HttpRequest, app: &Data<App>, form: MangoForm) -> Result<MangoPage, AppError> {
    let address = webhook_address(request, app);
    let here = app.clone();
    app.db.read(move |db| MangoPage::load(&here, db, address, form)).await
}

async fn save(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let here = app.clone();
    let known = app.db.read(move |db| Ok(settings::read(db, &here.cipher, &here.config.mango)?)).await?;
    let Checked { key, salt } = match MangoForm::of(&fields).check(known.key.is_some(), known.salt.is_some())
    {
        Ok(checked) => checked,
        Err(form) => {
            let page = page(&request, &app, form).await?;
            return Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request));
        }
    };
    let (here, by) = (app.clone(), admin.id);
    app.db
        .write(move |tx| {
            let now = here.clock.now();
            settings::save(tx, &here.cipher, key.as_deref(), salt.as_deref(), now)?;
            let named = |given: bool, name| given.then_some(name);
            let what: Vec<&str> =
                [named(key.is_some(), "ключ"), named(salt.is_some(), "соль")].into_iter().flatten().collect();
            let detail = format!("заменено: {}", what.join(" и "));
            let entry = Entry { by, action: "mango.edit", subject: "Mango Office", detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    app.mango_keys.forget();
    app.mango_api.forget_complaints();
    tracing::info!(account.id = %admin.id, "the telephony's key or salt was saved");
    Ok(Done::to("/admin/mango").saying("Сохранено").respond_to(&request))
}

async fn retry(
    _: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<EventId>,
) -> Result<HttpResponse, AppError> {
    put_back(&request, &app, Some(id.into_inner())).await
}

async fn retry_all(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    put_back(&request, &app, None).await
}

/// Puts failed notifications back; the worker takes them, and the page hears when one fails again.
async fn put_back(
    request: &HttpRequest,
    app: &Data<App>,
    id: Option<EventId>,
) -> Result<HttpResponse, AppError> {
    let count = app
        .db
        .write(move |tx| {
            if let Some(id) = id
                && !queries::exists(tx.db, id)?
            {
                return Err(AppError::NotFound);
            }
            tx.announce(Event::Mango);
            Ok(queries::retry(tx.db, id)?)
        })
        .await?;
    app.mango.wake();
    if !is_fragment_request(request) {
        return Ok(Done::to("/admin/mango").respond_to(request));
    }
    let count = u64::try_from(count).unwrap_or(0);
    let said = match count {
        0 => "Уже обработано".to_owned(),
        n => format!("Повторяем: {n} {}", russian::plural(n, ["событие", "события", "событий"])),
    };
    let mut response = Show::ok(page(request, app, MangoForm::default()).await?).respond_to(request);
    let name = actix_web::http::header::HeaderName::from_bytes(TRIGGER.as_bytes());
    if let Ok(name) = name {
        response.headers_mut().insert(name, toast_header("ok", &said, ""));
    }
    Ok(response)
}

/// The address to paste into the cabinet: as the settings say, else as the admin's browser reached us.
fn webhook_address(request: &HttpRequest, app: &App) -> String {
    let public = &app.config.server.public_url;
    if !public.is_empty() {
        return format!("{public}{WEBHOOK}");
    }
    let info = request.connection_info();
    format!("{}://{}{WEBHOOK}", info.scheme(), info.host())
}
