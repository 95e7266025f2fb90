//! `/admin/data/clients/ID`: what an admin does with the data of one client.

use actix_web::Either;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use askama::Template;

use super::erase::{self, GOES, STAYS};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::clients::called;
use crate::clients::queries as clients;
use crate::clients::queries::card::{self, By};
use crate::clients::queries::personal;
use crate::domain::id::ClientId;
use crate::domain::now::Now;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::page::{Page, Show};
use crate::web::reply::Done;

/// Fewest letters of a reason.
const REASON: usize = 5;

/// What a client has said, in words.
struct ConsentLine {
    what: String,
    said: String,
}

/// The page of one client's data.
#[derive(Template)]
#[template(path = "admin/data/client.html")]
pub struct ClientData {
    current: &'static str,
    id: ClientId,
    name: String,
    consents: Vec<ConsentLine>,
    is_canary: bool,
    /// «23.11 в 14:05, Белова А.: по запросу клиента».
    erased: String,
    goes: &'static [&'static str],
    stays: &'static [&'static str],
    reason: String,
    error: String,
}

impl Page for ClientData {
    fn title(&self) -> String {
        format!("Данные клиента № {}", self.id)
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

fn load(db: &mut Db, id: ClientId, now: Now) -> Result<ClientData, AppError> {
    let client = card::living(db, id)?;
    let numbers = clients::numbers(db, &[id])?;
    let consents = personal::consents(db, id)?
        .into_iter()
        .map(|consent| ConsentLine {
            what: format!("Согласие {}: {}", consent.state.label(), consent.purpose),
            said: [consent.how.clone(), now.moment_in_words(consent.at), russian::short_name(&consent.who)]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(", "),
        })
        .collect();
    Ok(ClientData {
        current: "data",
        id,
        name: called(&client.name, numbers.first().map(|number| number.digits.as_str())),
        consents,
        is_canary: personal::canaries(db)?.0.contains(&id),
        erased: personal::erasure(db, id)?
            .map(|(at, who, reason)| {
                format!("{}, {}: {reason}", now.moment_in_words(at), russian::short_name(&who))
            })
            .unwrap_or_default(),
        goes: &GOES,
        stays: &STAYS,
        reason: String::new(),
        error: String::new(),
    })
}

fn by(admin: &Signed<Admin>, app: &App) -> By {
    By { account_id: admin.id, is_admin: true, at: app.clock.now() }
}

/// The page.
pub async fn show(
    _: Signed<Admin>,
    app: Data<App>,
    id: Path<ClientId>,
) -> Result<Show<ClientData>, AppError> {
    let (id, now) = (id.into_inner(), app.now());
    Ok(Show::ok(app.db.read(move |db| load(db, id, now)).await?))
}

/// Marks the client as made up, or not any more.
pub async fn mark(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<ClientId>,
    Form(form): Form,
) -> Result<Done, AppError> {
    let (id, by, is_canary) = (id.into_inner(), by(&admin, &app), form.text("canary") == "on");
    app.db
        .write(move |tx| {
            card::living(tx.db, id)?;
            Ok(personal::mark(tx, id, is_canary, by)?)
        })
        .await?;
    let said = if is_canary {
        "Подставной клиент: кто его тронет, о том зазвонит"
    } else {
        "Обычный клиент"
    };
    Ok(Done::to(format!("/admin/data/clients/{id}")).saying(said))
}

/// Removes the client's data.
pub async fn erase(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<ClientId>,
    Form(form): Form,
) -> Result<Either<Done, Show<ClientData>>, AppError> {
    let (id, by, now) = (id.into_inner(), by(&admin, &app), app.now());
    let reason = russian::clean(form.text("reason"));
    let with_documents = form.text("documents") == "on";
    let error = match (reason.chars().count() < REASON, form.text("sure") == "on") {
        (true, _) => "Напишите, почему: от кого запрос и когда",
        (_, false) => "Отметьте, что понимаете: вернуть удалённое нельзя",
        (false, true) => "",
    };
    if !error.is_empty() {
        let mut page = app.db.read(move |db| load(db, id, now)).await?;
        page.reason = reason;
        page.error = error.to_owned();
        return Ok(Either::Right(Show(page, StatusCode::UNPROCESSABLE_ENTITY)));
    }
    let done = app
        .db
        .write(move |tx| match erase::erase(tx, id, &reason, with_documents, by) {
            Ok(()) => Ok(Ok(())),
            Err(AppError::Conflict(words)) => Ok(Err((words, reason.clone()))),
            Err(error) => Err(error),
        })
        .await?;
    match done {
        Ok(()) => {
            Ok(Either::Left(Done::to(format!("/admin/data/clients/{id}")).saying("Данные клиента удалены")))
        }
        Err((words, reason)) => {
            let mut page = app.db.read(move |db| load(db, id, now)).await?;
            page.reason = reason;
            page.error = words;
            Ok(Either::Right(Show(page, StatusCode::CONFLICT)))
        }
    }
}
