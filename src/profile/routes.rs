//! `/profile` and its forms.

use actix_web::http::StatusCode;
use actix_web::web::{Data, ServiceConfig, get, post, resource};
use actix_web::{Either, HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::device;
use super::queries::{self, Interval};
use crate::alerts::queries::choices::{self, Choices};
use crate::app::App;
use crate::auth::password::{self, Asking, Weakness};
use crate::auth::queries as account_queries;
use crate::auth::queries::second_factor as factors;
use crate::auth::session::{self, Ticket};
use crate::auth::signed::{Anyone, Signed};
use crate::domain::notice::NoticeKind;
use crate::domain::person::{Person, WorkStatus};
use crate::domain::{russian, zone};
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::platform::throttle::Attempt;
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Form, Query};
use crate::web::page::{Page, Show};
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

/// The addresses of a person's own page; work status and look are in `accounts`.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/profile").route(get().to(index)))
        .service(resource("/profile/password").route(post().to(set_password)))
        .service(resource("/profile/tour").route(post().to(set_tour)))
        .service(resource("/profile/sound").route(post().to(set_sound)))
        .service(resource("/profile/notices").route(post().to(set_notices)))
        .service(resource("/profile/sessions/end").route(post().to(end_session)))
        .configure(super::second_factor::routes);
}

#[derive(Template)]
#[template(path = "profile/index.html", blocks = ["rows"])]
struct ProfilePage {
    name: String,
    login: String,
    role: &'static str,
    extension: String,
    is_operator: bool,
    cities: String,
    since: String,
    theme: &'static str,
    density: &'static str,
    keys: &'static str,
    sound_on: bool,
    volume: i32,
    quiet_on: bool,
    notices: Vec<NoticeRow>,
    saved: &'static str,
    errors: FieldErrors,
    devices: Vec<DeviceRow>,
    has_second_factor: bool,
    work: Vec<WorkRow>,
    totals: Vec<(&'static str, String)>,
}

/// A kind of notifications, and how one wants to hear of it.
struct NoticeRow {
    kind: NoticeKind,
    rings: bool,
    sounds: bool,
}

/// A line of the list of devices.
struct DeviceRow {
    key: String,
    words: String,
    is_mobile: bool,
    is_this: bool,
    since: String,
    seen: String,
}

/// An interval of today's work.
struct WorkRow {
    status: WorkStatus,
    label: String,
    from: String,
    to: String,
    length: String,
}

impl Page for ProfilePage {
    fn title(&self) -> String {
        "Профиль".to_owned()
    }

    fn section(&self) -> &'static str {
        "profile"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "work-log").then(|| self.as_rows().render())
    }
}

impl ProfilePage {
    async fn load(request: &HttpRequest, app: &App, person: &Person, saved: &str) -> Result<Self, AppError> {
        let (id, now, zone) = (person.id, app.clock.now(), app.config.business_zone);
        let today = zone::local(now, zone).date();
        let midnight = zone::day_start(today, zone);
        let ((since, cities), devices, log, has_second_factor, chosen) = app
            .db
            .read(move |db| {
                Ok((
                    queries::about(db, id)?,
                    account_queries::devices(db, id, now)?,
                    queries::work_log(db, id, midnight)?,
                    factors::is_on(db, id)?,
                    choices::of(db, id)?,
                ))
            })
            .await?;
        let this = session::device(request);
        let moment = |utc: NaiveDateTime| russian::moment(zone::local(utc, zone), today);
        let devices = devices
            .into_iter()
            .map(|d| DeviceRow {
                is_this: this.as_ref() == Some(&d.key),
                words: device::words(&d.user_agent),
                is_mobile: device::is_mobile(&d.user_agent),
                since: moment(d.since),
                seen: moment(d.seen_at),
                key: d.key,
            })
            .collect();
        let cookie = |name: &str, of: &[&'static str]| {
            let wanted = request.cookie(name);
            of.iter().find(|v| wanted.as_ref().is_some_and(|w| w.value() == **v)).copied().unwrap_or(of[0])
        };
        let today_only = |i: Interval| Interval { from: i.from.max(midnight), ..i };
        let intervals: Vec<Interval> = log.into_iter().map(today_only).collect();
        Ok(Self {
            name: person.name.clone(),
            login: person.login.clone(),
            role: person.role.label(),
            extension: person.extension.clone().unwrap_or_default(),
            is_operator: person.work_status.is_some(),
            cities: cities.join(", "),
            since: russian::day(zone::local(since, zone).date(), today),
            theme: cookie("theme", &["auto", "light", "dark"]),
            density: cookie("density", &["compact", "cosy"]),
            keys: cookie("keys", &["on", "off"]),
            sound_on: person.sound_on,
            volume: person.volume_percent,
            quiet_on: person.quiet_on,
            notices: notice_rows(person, &chosen),
            saved: SAVED.iter().find(|(code, _)| *code == saved).map_or("", |(_, words)| words),
            errors: FieldErrors::default(),
            devices,
            has_second_factor,
            totals: totals(&intervals, now),
            work: intervals.into_iter().map(|i| work_row(i, zone, now)).collect(),
        })
    }
}

/// What may be said after a form has been saved.
const SAVED: &[(&str, &str)] = &[
    ("password", "Пароль сменён. Остальные устройства вышли."),
    ("sound", "Звук сохранён."),
    ("notices", "Уведомления сохранены."),
    ("sessions", "Сеансы завершены."),
];

fn notice_rows(person: &Person, chosen: &Choices) -> Vec<NoticeRow> {
    let kinds = NoticeKind::ALL.iter().copied().filter(|kind| kind.is_for(person.role));
    kinds.map(|kind| NoticeRow { kind, rings: chosen.rings(kind), sounds: chosen.sounds(kind) }).collect()
}

fn work_row(interval: Interval, zone: Tz, now: NaiveDateTime) -> WorkRow {
    let time = |utc| russian::time(zone::local(utc, zone));
    let label = interval.status.label();
    WorkRow {
        status: interval.status,
        label: interval.reason.map_or_else(|| label.to_owned(), |reason| format!("{label}: {reason}")),
        from: time(interval.from),
        to: interval.to.map_or_else(|| "сейчас".to_owned(), time),
        length: russian::hours((interval.to.unwrap_or(now) - interval.from).num_minutes()),
    }
}

/// How long each status but «Оффлайн» lasted, until `now`.
fn totals(intervals: &[Interval], now: NaiveDateTime) -> Vec<(&'static str, String)> {
    [WorkStatus::Online, WorkStatus::Break]
        .into_iter()
        .map(|status| {
            let of_status = intervals.iter().filter(|i| i.status == status);
            let seconds: i64 = of_status.map(|i| (i.to.unwrap_or(now) - i.from).num_seconds()).sum();
            (status.label(), russian::hours(seconds / 60))
        })
        .collect()
}

async fn index(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(query): Query,
) -> Result<Show<ProfilePage>, AppError> {
    Ok(Show::ok(ProfilePage::load(&request, &app, &person, query.text("saved")).await?))
}

async fn set_password(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<Either<Done, Show<ProfilePage>>, AppError> {
    let (old, new) = (form.raw("password").unwrap_or_default(), form.raw("new_password").unwrap_or_default());
    let mut errors = FieldErrors::default();
    errors.keep("new_password", password::check(new, &person.login).map_err(Weakness::words));
    if new == old && !new.is_empty() {
        errors.add("new_password", "Новый пароль совпадает с прежним");
    }
    if old.is_empty() {
        errors.add("password", "Введите нынешний пароль");
    }
    if errors.is_empty() {
        // An open page of somebody else must not be a place to guess.
        let id = person.id;
        app.throttle.begin(Attempt::Person(id)).map_err(AppError::TooMany)?;
        let stored = app.db.read(move |db| Ok(queries::password(db, id)?)).await?;
        let hash = if password::verify_in_turn(old, stored, Asking::Known).await? {
            app.throttle.succeeded(Attempt::Person(id));
            Some(password::hash_in_turn(new, Asking::Known).await?)
        } else {
            None
        };
        match hash {
            Some(hash) => {
                let key = session::device(&request).unwrap_or_default();
                let (now, login) = (app.clock.now(), person.login.clone());
                let stamp = app
                    .db
                    .write(move |tx| {
                        let entry =
                            audit::Entry { by: id, action: "profile.password", subject: &login, detail: "" };
                        audit::record(tx, &entry, now)?;
                        queries::change_password(tx, id, &hash, &key, now)
                    })
                    .await?;
                // Under another key: a copy of the old cookie is worth nothing either.
                session::begin(&request, &Ticket { account_id: id, stamp })?;
                return Ok(Either::Left(Done::to("/profile?saved=password")));
            }
            None => errors.add("password", "Нынешний пароль не подошёл"),
        }
    }
    let mut page = ProfilePage::load(&request, &app, &person, "").await?;
    page.errors = errors;
    Ok(Either::Right(Show(page, StatusCode::UNPROCESSABLE_ENTITY)))
}

/// Puts the hints of the first day away, or shows them again.
async fn set_tour(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<HttpResponse, AppError> {
    let (id, shows) = (person.id, form.text("show") == "on");
    app.db.write(move |tx| Ok(account_queries::set_tour(tx, id, shows)?)).await?;
    if is_fragment_request(&request) {
        return Ok(HttpResponse::NoContent().finish());
    }
    Ok(Done::to("/").respond_to(&request))
}

async fn set_sound(person: Signed<Anyone>, app: Data<App>, Form(form): Form) -> Result<Done, AppError> {
    let volume = form.number("volume").unwrap_or(person.volume_percent.into());
    let volume = i32::try_from(volume.clamp(0, 100)).unwrap_or(person.volume_percent);
    let (id, on, quiet) = (person.id, form.text("sound_on") == "on", form.text("quiet_on") == "on");
    app.db.write(move |tx| Ok(queries::set_sound(tx, id, on, volume, quiet)?)).await?;
    Ok(Done::to("/profile?saved=sound"))
}

/// What rings in the bell, and what of it is heard.
async fn set_notices(person: Signed<Anyone>, app: Data<App>, Form(form): Form) -> Result<Done, AppError> {
    let (rings, sounds) = (form.all("rings"), form.all("sounds"));
    let is_in = |names: &[String], kind: NoticeKind| names.iter().any(|name| name == kind.as_str());
    let kinds = NoticeKind::ALL.iter().copied().filter(|kind| kind.is_for(person.role));
    let chosen: Vec<(NoticeKind, bool, bool)> =
        kinds.map(|kind| (kind, is_in(&rings, kind), is_in(&sounds, kind))).collect();
    let id = person.id;
    app.db.write(move |tx| Ok(choices::choose(tx, id, &chosen)?)).await?;
    Ok(Done::to("/profile?saved=notices"))
}

/// Ends the session `device`, or every other one when none is named.
async fn end_session(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(form): Form,
) -> Result<Done, AppError> {
    let this = session::device(&request).unwrap_or_default();
    let (id, now, wanted) = (person.id, app.clock.now(), form.text("device").to_owned());
    if wanted == this && !wanted.is_empty() {
        return Err(AppError::BadRequest(
            "Это устройство, с которого вы смотрите: нажмите «Выйти».".to_owned(),
        ));
    }
    app.db
        .write(move |tx| {
            if wanted.is_empty() {
                queries::end_other_devices(tx, id, &this, now)?;
            } else {
                account_queries::end_device(tx, id, &wanted, now)?;
            }
            Ok(())
        })
        .await?;
    Ok(Done::to("/profile?saved=sessions"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn todays_work_is_summed_by_status() {
        let at = |text: &str| -> NaiveDateTime { text.parse().expect("a moment") };
        let interval = |status, from, to: Option<&str>| Interval {
            status,
            reason: None,
            from: at(from),
            to: to.map(at),
        };
        let now = at("2026-11-22T09:21:00");
        let day = [
            interval(WorkStatus::Online, "2026-11-22T06:00:00", Some("2026-11-22T08:30:40")),
            interval(WorkStatus::Break, "2026-11-22T08:30:40", Some("2026-11-22T08:50:40")),
            interval(WorkStatus::Online, "2026-11-22T08:50:40", None),
        ];
        assert_eq!(totals(&day, now), [("Онлайн", "3 ч 1 мин".to_owned()), ("Перерыв", "20 мин".to_owned())]);
    }
}
