//! Addresses of promises to call back.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::CallbackState;
use super::form::{CallbackForm, NOTE_MAX};
use super::page::CallbacksPage;
use super::queries::change::{self, Closing, Moved, NewCallback};
use super::queries::{self, Callback};
use super::view::CallbackView;
use crate::app::App;
use crate::auth::signed::{Anyone, Operator, Signed};
use crate::domain::id::{AccountId, CallbackId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::platform::audit::{self, Entry};
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Form, Query};
use crate::web::page::Show;
use crate::web::path::resource;
use crate::web::reply::{dialog_done, list_again};
use crate::web::request::{is_fragment_request, wanted_part};

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/telephony/callbacks").route(get().to(index)).route(post().to(create)))
        .service(resource("/telephony/callbacks/new").route(get().to(new)))
        .service(resource("/telephony/callbacks/{id}").route(get().to(edit)).route(post().to(update)))
        .service(resource("/telephony/callbacks/{id}/take").route(post().to(take)))
        .service(resource("/telephony/callbacks/{id}/later").route(post().to(later)))
        .service(resource("/telephony/callbacks/{id}/done").route(post().to(done)))
        .service(resource("/telephony/callbacks/{id}/cancel").route(post().to(cancel)));
}

/// The list.
const HOME: &str = "/telephony/callbacks";
/// «+15 мин» moves a promise so far from now.
const LATER: chrono::Duration = chrono::Duration::minutes(15);

fn now(app: &App) -> Now {
    Now { utc: app.clock.now(), zone: app.config.business_zone }
}

async fn page(app: &App, person: &Person, fields: Fields) -> Result<CallbacksPage, AppError> {
    let (person, now) = (person.clone(), now(app));
    app.db.read(move |db| Ok(CallbacksPage::load(db, &person, &fields, now)?)).await
}

async fn index(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<CallbacksPage>, AppError> {
    Ok(Show::ok(page(&app, &person, fields).await?))
}

async fn new(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<CallbackForm>, AppError> {
    let (person, now, is_dialog) = (Person::clone(&person), now(&app), is_fragment_request(&request));
    let form = app
        .db
        .read(move |db| Ok(CallbackForm::of_number(db, &person, &fields, now, is_dialog)?))
        .await?
        .ok_or_else(nobody_to_call)?;
    Ok(form.shown())
}

fn nobody_to_call() -> AppError {
    AppError::BadRequest("Перезвонить некуда: номер скрыт или это не номер телефона.".to_owned())
}

async fn create(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (person, now, is_dialog) = (Person::clone(&person), now(&app), is_fragment_request(&request));
    let outcome = app
        .db
        .write(move |tx| {
            let mut form = CallbackForm::of_number(tx.db, &person, &fields, now, is_dialog)?
                .ok_or_else(nobody_to_call)?;
            let Some(checked) = form.check(fields.text("in"), now) else { return Ok(Err(form)) };
            let new = NewCallback {
                number: &form.number,
                from_call_id: form.call.parse().ok(),
                due_at: checked.due_at,
                note: &checked.note,
                owner_id: checked.owner_id,
            };
            if change::insert(tx, &new, person.id, now.utc)?.is_none() {
                form.errors.add("due", "Этому номеру уже обещали перезвонить: перенесите тот звонок");
                return Ok(Err(form));
            }
            Ok(Ok(now.moment_in_words(checked.due_at)))
        })
        .await?;
    Ok(match outcome {
        Ok(when) => dialog_done(&request, HOME, &format!("Перезвонить: {when}")),
        Err(form) => form.shown().respond_to(&request),
    })
}

/// The promise, or 404; other people's promises may be seen and moved by everybody: colleagues help each other.
fn found(db: &mut crate::platform::db::Db, id: CallbackId) -> Result<Callback, AppError> {
    queries::by_id(db, id)?.ok_or(AppError::NotFound)
}

async fn edit(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallbackId>,
) -> Result<Show<CallbackForm>, AppError> {
    let (id, now, is_dialog) = (id.into_inner(), now(&app), is_fragment_request(&request));
    let person = Person::clone(&person);
    let form = app
        .db
        .read(move |db| {
            let callback = found(db, id)?;
            Ok(CallbackForm::of_callback(db, &person, &callback, &Fields::default(), now, is_dialog)?)
        })
        .await?;
    Ok(form.shown())
}

async fn update(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallbackId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, now, is_dialog) = (id.into_inner(), now(&app), is_fragment_request(&request));
    let person = Person::clone(&person);
    let outcome = app
        .db
        .write(move |tx| {
            let before = found(tx.db, id)?;
            let mut form = CallbackForm::of_callback(tx.db, &person, &before, &fields, now, is_dialog)?;
            let Some(checked) = form.check(fields.text("in"), now) else { return Ok(Err(form)) };
            let to = Moved { due_at: checked.due_at, note: &checked.note, owner_id: checked.owner_id };
            if !change::change(tx, id, &to, now.utc)? {
                form.errors.add("due", over(&before, now));
                return Ok(Err(form));
            }
            journal(tx, &before, person.id, now)?;
            Ok(Ok(now.moment_in_words(checked.due_at)))
        })
        .await?;
    Ok(match outcome {
        Ok(when) => dialog_done(&request, HOME, &format!("Перенесено: {when}")),
        Err(form) => form.shown().respond_to(&request),
    })
}

/// Why a promise that was to be moved cannot be.
fn over(callback: &Callback, now: Now) -> String {
    match callback.state {
        CallbackState::Waiting => "Пока вы писали, звонок закрыли".to_owned(),
        CallbackState::Kept | CallbackState::Cancelled => {
            format!("Звонок уже закрыт: {}", CallbackView::of(callback.clone(), 0, now).ended)
        }
    }
}

/// What was moved or given to somebody, for whoever asks later.
fn journal(tx: &mut Tx, before: &Callback, by: AccountId, now: Now) -> Result<(), AppError> {
    let Some(after) = queries::by_id(tx.db, before.id)? else { return Ok(()) };
    let words = |callback: &Callback| CallbackView::of(callback.clone(), 0, now).in_short;
    let detail = format!("{} → {}", words(before), words(&after));
    let subject = pretty(&before.number);
    let entry = Entry { by, action: "callback.move", subject: &subject, detail: &detail };
    Ok(audit::record(tx, &entry, now.utc)?)
}

async fn take(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallbackId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let is_taken = app
        .db
        .write(move |tx| {
            found(tx.db, id)?;
            Ok(change::take(tx, id, by, now)?)
        })
        .await?;
    answer(&request, &app, &person, if is_taken { "Звонок ваш" } else { "Его уже взяли или закрыли" }).await
}

async fn later(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallbackId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now, may_all) = (id.into_inner(), person.id, now(&app), person.is_admin());
    let said = app
        .db
        .write(move |tx| {
            let before = found(tx.db, id)?;
            if !may_all && before.owner_id.is_some_and(|owner| owner != by) {
                return Ok("Это чужой звонок".to_owned());
            }
            // Who puts it off calls: otherwise it would ring at everybody again.
            let owner_id = if may_all { before.owner_id } else { Some(by) };
            let to = Moved { due_at: now.utc + LATER, note: &before.note, owner_id };
            if !change::change(tx, id, &to, now.utc)? {
                return Ok(over(&before, now));
            }
            journal(tx, &before, by, now)?;
            Ok(format!("Напомним в {}", now.moment(to.due_at)))
        })
        .await?;
    answer(&request, &app, &person, &said).await
}

async fn done(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallbackId>,
) -> Result<HttpResponse, AppError> {
    close(&request, &app, &person, id.into_inner(), None).await
}

async fn cancel(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallbackId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let reason = russian::clean(fields.text("reason"));
    if reason.is_empty() || reason.chars().count() > NOTE_MAX {
        return Err(AppError::BadRequest("Напишите, почему перезванивать не нужно.".to_owned()));
    }
    close(&request, &app, &person, id.into_inner(), Some(reason)).await
}

/// Closes a promise: with a reason nobody will call, without one it is done.
async fn close(
    request: &HttpRequest,
    app: &App,
    person: &Person,
    id: CallbackId,
    reason: Option<String>,
) -> Result<HttpResponse, AppError> {
    let (by, now, only_own) = (person.id, app.clock.now(), !person.is_admin());
    let how = if reason.is_some() {
        "Звонок отменён"
    } else {
        "Звонок отмечен сделанным"
    };
    let is_closed = app
        .db
        .write(move |tx| {
            let before = found(tx.db, id)?;
            let how = reason.as_deref().map_or(Closing::Done, Closing::Cancelled);
            let is_closed = change::close(tx, id, how, by, only_own, now)?;
            if is_closed && let Some(reason) = &reason {
                let subject = pretty(&before.number);
                let entry = Entry { by, action: "callback.cancel", subject: &subject, detail: reason };
                audit::record(tx, &entry, now)?;
            }
            Ok(is_closed)
        })
        .await?;
    if is_closed && wanted_part(request) == Some("dialog") {
        return Ok(dialog_done(request, HOME, how));
    }
    answer(request, app, person, if is_closed { how } else { "Это чужой звонок или он уже закрыт" }).await
}

/// The list as it was shown, with a word.
async fn answer(
    request: &HttpRequest,
    app: &App,
    person: &Person,
    said: &str,
) -> Result<HttpResponse, AppError> {
    let shown = Fields::parse(request.query_string().as_bytes());
    list_again(request, ("callbacks", HOME), said, page(app, person, shown)).await
}
