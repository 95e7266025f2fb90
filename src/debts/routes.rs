//! Addresses of debts.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse};

use super::page::DebtsPage;
use super::queries;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::DebtId;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Form, Query};
use crate::web::page::Show;
use crate::web::path::resource;
use crate::web::reply::{Toast, list_again};

/// The fragment of the list, and where it stands.
const LIST: (&str, &str) = ("debts", "/telephony/debts");

/// So many debts on a screen are asked about.
const SEEN: usize = 300;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/telephony/debts").route(get().to(index)))
        .service(resource("/telephony/debts/{id}/take").route(post().to(take)))
        .service(resource("/telephony/debts/{id}/give-back").route(post().to(give_back)))
        .service(resource("/telephony/debts/{id}/close").route(post().to(close)))
        .service(resource("/telephony/debts/{id}/reopen").route(post().to(reopen)));
}

async fn page(app: &Data<App>, person: &Person, seen: Vec<DebtId>) -> Result<DebtsPage, AppError> {
    let (person, now) = (person.clone(), Now { utc: app.clock.now(), zone: app.config.business_zone });
    app.db.read(move |db| Ok(DebtsPage::load(db, &person, &seen, now)?)).await
}

/// `seen` names the debts on the screen of somebody who works there.
async fn index(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Show<DebtsPage>, AppError> {
    Ok(Show::ok(page(&app, &person, query.ids("seen", SEEN)).await?))
}

/// Goes on only with a debt there is; what has become of it meanwhile is said in words.
fn found(db: &mut Db, id: DebtId) -> Result<(), AppError> {
    if queries::exists(db, id)? { Ok(()) } else { Err(AppError::NotFound) }
}

async fn take(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<DebtId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let is_taken = app
        .db
        .write(move |tx| {
            found(tx.db, id)?;
            Ok(queries::take(tx, id, by, now)?)
        })
        .await?;
    let said = if is_taken {
        "Долг ваш: перезвоните клиенту"
    } else {
        "Его уже взяли или закрыли"
    };
    answer(&request, &app, &person, said).await
}

async fn give_back(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<DebtId>,
) -> Result<HttpResponse, AppError> {
    let (id, by) = (id.into_inner(), (!person.is_admin()).then_some(person.id));
    let is_back = app
        .db
        .write(move |tx| {
            found(tx.db, id)?;
            Ok(queries::give_back(tx, id, by)?)
        })
        .await?;
    let said = if is_back {
        "Долг снова ничей"
    } else {
        "Это не ваш долг или он уже закрыт"
    };
    answer(&request, &app, &person, said).await
}

async fn close(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<DebtId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let reason = fields.text("reason").to_owned();
    let (id, by, is_admin, now) = (id.into_inner(), person.id, person.is_admin(), app.clock.now());
    let is_closed = app
        .db
        .write(move |tx| {
            found(tx.db, id)?;
            if !queries::reasons(tx.db)?.contains(&reason) {
                return Err(AppError::BadRequest(
                    "Выберите причину из списка: её ведёт администратор.".to_owned(),
                ));
            }
            Ok(queries::close(tx, id, &reason, by, is_admin, now)?)
        })
        .await?;
    if !is_closed {
        return answer(&request, &app, &person, "Его уже взял другой или закрыли").await;
    }
    let toast = Toast::ok("Долг закрыт").undo(&format!("/telephony/debts/{id}/reopen"), &[]);
    let load = page(&app, &person, Vec::new());
    list_again(&request, LIST, toast, load).await
}

async fn reopen(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<DebtId>,
) -> Result<HttpResponse, AppError> {
    let (id, by, is_admin, now) = (id.into_inner(), person.id, person.is_admin(), app.clock.now());
    if !app.db.write(move |tx| Ok(queries::reopen(tx, id, by, is_admin, now)?)).await? {
        return Err(AppError::Conflict(
            "Закрытие уже не отменить: прошло время или клиенту снова не перезвонили. Список показывает, что сейчас."
                .to_owned(),
        ));
    }
    answer(&request, &app, &person, "Долг снова открыт").await
}

/// The list with a word.
async fn answer(
    request: &HttpRequest,
    app: &Data<App>,
    person: &Person,
    said: &str,
) -> Result<HttpResponse, AppError> {
    list_again(request, LIST, Toast::ok(said), page(app, person, Vec::new())).await
}
