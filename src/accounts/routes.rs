//! Sign-in, sign-out, the start page, the work status and the look of the pages.

use actix_web::cookie::Cookie;
use actix_web::cookie::time::Duration as CookieDuration;
use actix_web::http::StatusCode;
use actix_web::http::header::{HeaderValue, RETRY_AFTER};
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use super::sign_in::{self, Outcome};
use crate::app::App;
use crate::auth::browser::Browser;
use crate::auth::queries::{Farewell, work_time};
use crate::auth::signed::{self, Anyone, Operator, Signed};
use crate::auth::{address, queries, session};
use crate::dispositions::queries as results;
use crate::domain::person::{Person, Role, WorkStatus, WorkStatusView};
use crate::domain::{russian, zone};
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::shift;
use crate::web::form::{Form, Query};
use crate::web::page::{Fragment, Page, Show};
use crate::web::reply::Done;
use crate::web::request;

/// Addresses that need no sign-in.
pub fn public(config: &mut ServiceConfig) {
    config
        .service(resource("/login").route(get().to(show_login)).route(post().to(login)))
        .service(resource("/logout").route(post().to(logout)));
}

/// Addresses of signed-in people.
pub fn private(config: &mut ServiceConfig) {
    config
        .service(resource("/").route(get().to(start)))
        .service(
            resource("/profile/work-status").route(get().to(work_status)).route(post().to(set_work_status)),
        )
        .service(resource("/profile/after-call").route(post().to(after_call)))
        .service(resource("/profile/appearance").route(post().to(set_appearance)));
}

#[derive(Template)]
#[template(path = "login.html")]
struct LoginPage {
    login: String,
    next: String,
    error: Option<String>,
    /// Why somebody who was signed in is asked again.
    why: Option<&'static str>,
    /// Stands for the password while the code of the second factor is asked for.
    ticket: Option<String>,
    art: Vec<ArtTile>,
}

impl Page for LoginPage {
    fn title(&self) -> String {
        "Вход".to_owned()
    }

    fn section(&self) -> &'static str {
        "login"
    }
}

/// A tile of the picture beside the form: time slots under a wave of load.
struct ArtTile {
    x: i32,
    y: i32,
    h: u8,
}

impl LoginPage {
    fn new(login: &str, next: &str, error: Option<String>) -> Self {
        let tiles = (0..19_u8).flat_map(|row| (0..14_u8).map(move |column| (row, column)));
        let art = tiles.map(|(row, column)| {
            let (r, c) = (f64::from(row), f64::from(column));
            let load = 1.9 + 1.6 * (c * 0.55 + r * 0.28).sin() + 1.4 * (r * 0.42 - c * 0.2 + 1.4).sin();
            ArtTile {
                x: i32::from(column) * 48 - 12,
                y: i32::from(row) * 48 - 6,
                h: load.round().clamp(0.0, 5.0) as u8,
            }
        });
        Self {
            login: login.to_owned(),
            next: next.to_owned(),
            error,
            why: None,
            ticket: None,
            art: art.collect(),
        }
    }
}

async fn show_login(
    request: HttpRequest,
    app: Data<App>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let next = local_path(query.text("next"));
    if signed::person(&request).is_some() {
        return Ok(Done::to(next).respond_to(&request));
    }
    let mut page = LoginPage::new("", next, None);
    page.why = why(&request, &app).await?;
    Ok(Show::ok(page).respond_to(&request))
}

/// What the browser that was signed in a moment ago is told. Who that was stands in its own sealed cookie, so nobody
/// learns anything of other people's accounts.
async fn why(request: &HttpRequest, app: &Data<App>) -> Result<Option<&'static str>, AppError> {
    if !session::was_here(request) {
        return Ok(None);
    }
    let Some(login) = Browser::of(request, &app.cipher).last().map(str::to_owned) else { return Ok(None) };
    let since = app.clock.now() - session::LIFETIME;
    Ok(Some(match app.db.read(move |db| Ok(queries::farewell(db, &login, since)?)).await? {
        Farewell::Dismissed => "Эта учётная запись отключена. Обратитесь к администратору.",
        Farewell::PasswordChanged => "Пароль этой учётной записи сменили. Войдите с новым.",
        Farewell::Ended => "Сеанс завершён. Войдите снова, чтобы продолжить.",
    }))
}

async fn login(request: HttpRequest, app: Data<App>, Form(form): Form) -> Result<HttpResponse, AppError> {
    let (login, next) = (form.text("login"), local_path(form.text("next")));
    let refused = |status: StatusCode, words: String| {
        Show(LoginPage::new(login, next, Some(words)), status).respond_to(&request)
    };
    let (secret, code) = (form.raw("password").unwrap_or_default(), form.text("totp"));
    let ticket = form.text("ticket");
    if ticket.is_empty() && (login.is_empty() || secret.is_empty()) {
        return Ok(refused(StatusCode::UNPROCESSABLE_ENTITY, "Введите логин и пароль.".to_owned()));
    }
    let outcome = match ticket {
        "" => sign_in::try_sign_in(&request, &app, login, secret, code).await,
        ticket => sign_in::go_on(&request, &app, ticket, code).await,
    };
    match outcome {
        Ok(Outcome::In(browser)) => {
            let mut response = Done::to(next).respond_to(&request);
            // Sealed and hexadecimal: it always fits a header.
            let _ = response.add_cookie(&browser);
            Ok(response)
        }
        Ok(Outcome::Refused) => Ok(refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Логин или пароль не подошли. Проверьте раскладку и Caps Lock.".to_owned(),
        )),
        Ok(Outcome::Late) => Ok(refused(
            StatusCode::UNPROCESSABLE_ENTITY,
            "Время на ввод кода вышло. Войдите с логином и паролем ещё раз.".to_owned(),
        )),
        Ok(Outcome::Second { ticket: fresh, is_wrong }) => {
            let is_late = !ticket.is_empty() && code.is_empty();
            let words = match (is_wrong, is_late) {
                (true, _) => Some("Код не подошёл. Дождитесь следующего: каждый работает один раз."),
                (false, true) => Some("Введите код."),
                (false, false) => None,
            };
            let mut page = LoginPage::new(login, next, words.map(str::to_owned));
            page.ticket = Some(fresh);
            let status = if words.is_some() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::OK };
            Ok(Show(page, status).respond_to(&request))
        }
        Err(AppError::TooMany(seconds)) => {
            let minutes = seconds.div_ceil(60);
            let at = app.clock.now()
                + chrono::Duration::minutes(i64::try_from(minutes).unwrap_or(i64::MAX / 60_000));
            let at = russian::time(zone::local(at, app.config.business_zone));
            let words = format!(
                "Слишком много неудачных попыток. Попробуйте через {}, после {at}.",
                russian::minutes(minutes)
            );
            let mut response = refused(StatusCode::TOO_MANY_REQUESTS, words);
            response.headers_mut().insert(RETRY_AFTER, HeaderValue::from(seconds));
            Ok(response)
        }
        Err(error) => Err(error),
    }
}

async fn logout(request: HttpRequest, app: Data<App>, Form(form): Form) -> Result<Done, AppError> {
    if let Some(person) = signed::person(&request) {
        let (id, login, now) = (person.id, person.login.clone(), app.clock.now());
        let leaves = form.text("leaving") == "on";
        if !leaves && has_work(&app, &person).await? {
            return Ok(Done::to(shift::PATH));
        }
        let who = Person::clone(&person);
        let device = session::device(&request);
        let address = address::shown(&request, &app.config.server.trusted_proxies);
        app.db
            .write(move |tx| {
                if leaves && !who.is_admin() {
                    shift::leave(tx, &who, &form, now)?;
                }
                queries::set_work_status(tx, id, WorkStatus::Offline, None, now)?;
                // The row goes here, not only with the cookie: the live stream of this browser is told at once.
                if let Some(device) = &device {
                    queries::end_device(tx, id, device, now)?;
                }
                let entry = audit::Entry { by: id, action: "session.end", subject: &login, detail: &address };
                Ok(audit::record(tx, &entry, now)?)
            })
            .await?;
        session::end(&request);
    }
    Ok(Done::to("/login"))
}

/// Whether somebody has anything under way that has to go to somebody else before leaving.
async fn has_work(app: &App, person: &Person) -> Result<bool, AppError> {
    if person.is_admin() {
        return Ok(false);
    }
    let (id, now) = (person.id, app.clock.now());
    app.db.read(move |db| Ok(!shift::queries::unhanded(db, id, now)?.is_empty())).await
}

async fn start(person: Signed<Anyone>) -> Done {
    Done::to(match person.role {
        Role::Admin => "/admin",
        Role::Operator => "/telephony",
    })
}

#[derive(Template)]
#[template(path = "ui/work_status.html")]
struct WorkStatusMenu {
    work_status: WorkStatusView,
}

async fn work_status(person: Signed<Operator>) -> Result<Fragment<WorkStatusMenu>, AppError> {
    let work_status = person.work_status.clone().ok_or(AppError::NotFound)?;
    Ok(Fragment::ok(WorkStatusMenu { work_status }))
}

async fn set_work_status(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let chosen = WorkStatus::parse(form.text("status_work"))
        .ok_or_else(|| AppError::BadRequest("Такого рабочего статуса нет.".to_owned()))?;
    let reason =
        Some(form.text("reason").to_owned()).filter(|r| chosen == WorkStatus::Break && !r.is_empty());
    let (id, now, zone) = (person.id, app.clock.now(), app.config.business_zone);
    let is_online = person.is_online();
    if chosen == WorkStatus::Online && !is_online {
        let unsaid = app.db.read(move |db| Ok(results::unsaid(db, id, now)?)).await?;
        if !unsaid.is_empty() {
            return Ok(Done::to("/telephony/results").respond_to(&request));
        }
    }
    if chosen == WorkStatus::Offline && has_work(&app, &person).await? {
        return Ok(Done::to(shift::PATH).respond_to(&request));
    }
    let work_status = app
        .db
        .write(move |tx| {
            if chosen == WorkStatus::Online {
                shift::work::take_back(tx, id)?;
            }
            if chosen == WorkStatus::Break {
                let known = queries::break_reasons(tx.db)?;
                if !known.is_empty() && !reason.as_ref().is_some_and(|r| known.contains(r)) {
                    return Err(AppError::BadRequest("Выберите причину перерыва из списка.".to_owned()));
                }
            }
            queries::set_work_status(tx, id, chosen, reason.as_deref(), now)?;
            queries::work_status(tx.db, zone, id)?.ok_or(AppError::NotFound)
        })
        .await?;
    if request::is_fragment_request(&request) {
        return Ok(Fragment::ok(WorkStatusMenu { work_status }).respond_to(&request));
    }
    Ok(Done::to(back(&request)).respond_to(&request))
}

/// Ends the time after a conversation, or lengthens it.
async fn after_call(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (id, now, zone) = (person.id, app.clock.now(), app.config.business_zone);
    let lengthens = match form.text("do") {
        "end" => false,
        "lengthen" => true,
        _ => return Err(AppError::BadRequest("Закончите или продлите время после звонка.".to_owned())),
    };
    let work_status = app
        .db
        .write(move |tx| {
            if lengthens && !work_time::lengthen(tx, id, now)? {
                return Err(AppError::BadRequest("Продлить можно один раз, пока время не вышло.".to_owned()));
            }
            // What has just run out needs no end: the person sees the status as it is.
            if !lengthens && work_time::end(tx, id, now)? {
                tx.announce(Event::WorkStatus(id));
            }
            queries::work_status(tx.db, zone, id)?.ok_or(AppError::NotFound)
        })
        .await?;
    if request::is_fragment_request(&request) {
        return Ok(Fragment::ok(WorkStatusMenu { work_status }).respond_to(&request));
    }
    Ok(Done::to(back(&request)).respond_to(&request))
}

async fn set_appearance(_: Signed<Anyone>, request: HttpRequest, Form(form): Form) -> HttpResponse {
    let mut response = Done::to(back(&request)).respond_to(&request);
    for (name, allowed) in [
        ("theme", &["light", "dark", "auto"][..]),
        ("density", &["compact", "cosy"][..]),
        ("keys", &["on", "off"][..]),
    ] {
        let Some(value) = allowed.iter().find(|v| **v == form.text(name)) else { continue };
        let cookie = Cookie::build(name, *value)
            .path("/")
            .max_age(CookieDuration::days(400))
            .same_site(actix_web::cookie::SameSite::Lax)
            .http_only(true)
            .finish();
        // The value is one of two or three ASCII words: it always fits a header.
        let _ = response.add_cookie(&cookie);
    }
    response
}

/// Where the person was, for forms that work on every page.
fn back(request: &HttpRequest) -> String {
    let referer = request.headers().get("referer").and_then(|v| v.to_str().ok()).unwrap_or_default();
    let path =
        referer.split_once("://").and_then(|(_, rest)| rest.find('/').map(|i| &rest[i..])).unwrap_or("/");
    local_path(path).to_owned()
}

/// `next` only when it stays on this site; browsers take `//host` and `/\host` for other sites.
fn local_path(next: &str) -> &str {
    let mut chars = next.chars();
    match (chars.next(), chars.next()) {
        (Some('/'), None) => next,
        (Some('/'), Some(c)) if c != '/' && c != '\\' && !next.contains(char::is_control) => next,
        _ => "/",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn after_the_sign_in_people_stay_on_this_site() {
        assert_eq!(local_path("/orders/new?call=5"), "/orders/new?call=5");
        for foreign in [
            "//evil.example",
            "/\\evil.example",
            "https://evil.example",
            "",
            "javascript:alert(1)",
            "/\t/evil",
            "/orders\u{b}?a",
            "/orders\u{7f}",
        ] {
            assert_eq!(local_path(foreign), "/", "{foreign}");
        }
    }
}
