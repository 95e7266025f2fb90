//! `/admin/mail`: the mailbox recordings come to, how it goes, and recordings nobody could place.

mod form;
mod unmatched;

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use secrecy::SecretString;

use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::now::Now;
use crate::domain::russian;
use crate::integrations::mail::settings::{self, Mailbox};
use crate::integrations::mail::{MailError, Session};
use crate::platform::audit::{self, Entry};
use crate::platform::db::Db;
use crate::platform::error::{AppError, Refusable};
use crate::recordings::by_mail::queries::{self, Health, places};
use crate::recordings::by_mail::{places as keeping, take, watch};
use crate::web::form::Form;
use crate::web::page::{Fragment, Page, Show};
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;
use form::{MailForm, Password};

/// Letters that could not be read, shown at once.
const SHOWN: i64 = 20;

/// Addresses of admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/mail").route(get().to(show)).route(post().to(save)))
        .service(resource("/admin/mail/probe").route(post().to(probe)))
        .service(resource("/admin/mail/look").route(post().to(look)))
        .configure(unmatched::routes);
}

#[derive(Template)]
#[template(path = "admin/mailbox/index.html", blocks = ["state"])]
struct MailPage {
    current: &'static str,
    form: MailForm,
    has_password: bool,
    is_enabled: bool,
    state: State,
}

/// How it goes.
struct State {
    /// «сегодня 14:05», or empty.
    good_at: String,
    trouble: String,
    trouble_since: String,
    waiting: i64,
    failed: Vec<Failed>,
    /// Recordings that are older than they are kept.
    too_old: i64,
}

struct Failed {
    sender: String,
    subject: String,
    words: String,
    at: String,
}

impl Page for MailPage {
    fn title(&self) -> String {
        "Почта с записями".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "mail-state").then(|| self.as_state().render())
    }
}

impl MailPage {
    fn load(app: &App, db: &mut Db, form: Option<MailForm>) -> Result<Self, AppError> {
        let mailbox = settings::read(db)?;
        Ok(Self {
            current: "mail",
            has_password: settings::password(db, &app.cipher)?.is_some(),
            is_enabled: mailbox.enabled,
            state: State::load(app, db, &mailbox)?,
            form: form.unwrap_or_else(|| MailForm::of_mailbox(&mailbox)),
        })
    }

    fn password_hint(&self) -> &'static str {
        if self.has_password {
            "Сохранён и больше не показывается. Оставьте пустым, чтобы не менять."
        } else {
            ""
        }
    }
}

impl State {
    fn load(app: &App, db: &mut Db, mailbox: &Mailbox) -> Result<Self, AppError> {
        let now = now(app);
        let said =
            |at: Option<chrono::NaiveDateTime>| at.map(|at| now.moment_in_words(at)).unwrap_or_default();
        let Health { good_at, trouble, trouble_since } = queries::health(db)?;
        let failed = queries::failed(db, SHOWN)?;
        Ok(Self {
            good_at: said(good_at),
            trouble,
            trouble_since: said(trouble_since),
            waiting: places::waiting_count(db)?,
            failed: failed
                .into_iter()
                .map(|(sender, subject, words, at)| Failed { sender, subject, words, at: now.moment(at) })
                .collect(),
            too_old: match keeping::oldest_kept(app, mailbox.keep_months) {
                Some(before) => places::older_count(db, before)?,
                None => 0,
            },
        })
    }
}

fn now(app: &App) -> Now {
    Now { utc: app.clock.now(), zone: app.config.business_zone }
}

async fn page(app: &Data<App>, form: Option<MailForm>) -> Result<MailPage, AppError> {
    let here = app.clone();
    app.db.read(move |db| MailPage::load(&here, db, form)).await
}

async fn show(_: Signed<Admin>, app: Data<App>) -> Result<Show<MailPage>, AppError> {
    Ok(Show::ok(page(&app, None).await?))
}

/// The mailbox a form describes, with the password that is typed or kept. A kept one goes only to where it was entered
/// for: the same server, port and login.
async fn described(app: &Data<App>, form: &MailForm) -> Refusable<(Mailbox, SecretString), Box<MailForm>> {
    let here = app.clone();
    let (known, kept) =
        app.db.read(move |db| Ok((settings::read(db)?, settings::password(db, &here.cipher)?))).await?;
    let password = match kept.is_some() {
        false => Password::Missing,
        true if form.is_of(&known) => Password::Kept,
        true => Password::Elsewhere,
    };
    Ok(match form.check(password) {
        Ok((mailbox, typed)) => {
            let password = typed.map(SecretString::from).or(kept).unwrap_or_else(|| String::new().into());
            Ok((mailbox, password))
        }
        Err(refused) => Err(refused),
    })
}

async fn save(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let form = MailForm::of(&fields);
    let typed = form.typed_password();
    let mailbox = match described(&app, &form).await? {
        Ok((mailbox, _)) => mailbox,
        Err(refused) => {
            let page = page(&app, Some(*refused)).await?;
            return Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request));
        }
    };
    let (here, by, now) = (app.clone(), admin.id, app.clock.now());
    app.db
        .write(move |tx| {
            let was = settings::read(tx.db)?;
            if (&was.host, &was.user) != (&mailbox.host, &mailbox.user) {
                queries::forget_position(tx.db)?;
            }
            settings::save(tx, &here.cipher, &mailbox, typed.as_deref(), now)?;
            let state = if mailbox.enabled { "включена" } else { "выключена" };
            let detail = format!("{}@{}:{}, {state}", mailbox.user, mailbox.host, mailbox.port);
            let entry =
                Entry { by, action: "mail.edit", subject: "Почта с записями", detail: &detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    app.mail.wake();
    Ok(Done::to("/admin/mail").saying("Сохранено").respond_to(&request))
}

#[derive(Template)]
#[template(path = "ui/said.html")]
struct Answer {
    is_good: bool,
    title: String,
    text: String,
}

impl Answer {
    fn good(title: &str, text: String) -> Self {
        Self { is_good: true, title: title.to_owned(), text }
    }

    fn bad(error: &MailError) -> Self {
        let text = if error.is_lasting {
            "Исправьте настройки и проверьте ещё раз."
        } else {
            "Это может пройти само: проверьте ещё раз."
        };
        Self { is_good: false, title: error.words.clone(), text: text.to_owned() }
    }

    fn respond(self, request: &HttpRequest) -> HttpResponse {
        if is_fragment_request(request) {
            return Fragment::ok(self).respond_to(request);
        }
        Done::to("/admin/mail").saying(&*format!("{}. {}", self.title, self.text)).respond_to(request)
    }
}

/// Tries what the form says, saved or not, up to opening the folder.
async fn probe(
    admin: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (mailbox, password) = match described(&app, &MailForm::of(&fields)).await? {
        Ok(described) => described,
        Err(refused) => {
            let said =
                Answer {
                    is_good: false, title: "Заполните настройки".to_owned(), text: refused.problems()
                };
            return Ok(said.respond(&request));
        }
    };
    let extra_ca = app.config.extra_ca_file.clone();
    let place = format!("{}@{}:{}", mailbox.user, mailbox.host, mailbox.port);
    let tried = tokio::task::spawn_blocking(move || {
        let mut session = Session::connect(&mailbox, &password, extra_ca.as_deref())?;
        let letters = session.open(false)?.letters;
        session.leave();
        Ok::<_, MailError>(letters)
    });
    let tried = tried.await.map_err(|error| AppError::internal("try the mailbox", error))?;
    let said = match tried {
        Ok(letters) => {
            let what = russian::plural(letters.into(), ["письмо", "письма", "писем"]);
            Answer::good("Связь есть, вход выполнен", format!("В ящике {letters} {what}."))
        }
        Err(error) => Answer::bad(&error),
    };
    let (by, now, detail) = (admin.id, app.clock.now(), format!("{place}: {}", said.title));
    app.db
        .write(move |tx| {
            let entry = Entry {
                by, action: "mail.probe", subject: "Почта с записями", detail: &detail
            };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    Ok(said.respond(&request))
}

/// «Проверить почту сейчас».
async fn look(_: Signed<Admin>, request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    let here = app.clone().into_inner();
    let looked = tokio::task::spawn_blocking(move || {
        let Some((mailbox, password)) = take::settings(&here)? else { return Ok(None) };
        Ok::<_, AppError>(Some(watch::look_now(&here, &mailbox, &password)))
    });
    let looked = looked.await.map_err(|error| AppError::internal("look into the mailbox", error))??;
    let said = match looked {
        None => Answer {
            is_good: false,
            title: "Почта выключена".to_owned(),
            text: "Включите её и сохраните.".to_owned(),
        },
        Some(Ok(taken)) => {
            let number = |n: u32, forms| format!("{n} {}", russian::plural(n.into(), forms));
            let letters = number(taken.letters, ["новое письмо", "новых письма", "новых писем"]);
            let recordings = number(taken.recordings, ["запись", "записи", "записей"]);
            Answer::good("Почта проверена", format!("{letters}, добавлено: {recordings}."))
        }
        Some(Err(error)) => Answer::bad(&error),
    };
    Ok(said.respond(&request))
}
