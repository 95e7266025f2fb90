//! Addresses of results.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::page::ResultsPage;
use super::queries::{self, Change};
use crate::app::App;
use crate::auth::signed::{Anyone, Operator, Signed};
use crate::domain::id::CallId;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::platform::audit::{self, Entry};
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::page::Show;
use crate::web::path::resource;
use crate::web::reply::{Done, list_again};

/// Longest note and longest reason, in letters.
const NOTE_MAX: usize = 2000;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/telephony/results").route(get().to(index)))
        .service(resource("/telephony/results/skip").route(post().to(skip)))
        .service(resource("/calls/{id}/result").route(post().to(say)));
}

async fn page(app: &Data<App>, person: &Person) -> Result<ResultsPage, AppError> {
    let (person, now) = (person.clone(), Now { utc: app.clock.now(), zone: app.config.business_zone });
    app.db.read(move |db| Ok(ResultsPage::load(db, &person, now)?)).await
}

async fn index(person: Signed<Operator>, app: Data<App>) -> Result<Show<ResultsPage>, AppError> {
    Ok(Show::ok(page(&app, &person).await?))
}

/// Says how a conversation ended, or writes a note.
async fn say(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let result = Some(fields.text("result").to_owned()).filter(|result| !result.is_empty());
    let note = fields.raw("note").map(|note| note.trim().to_owned());
    if note.as_ref().is_some_and(|note| note.chars().count() > NOTE_MAX) {
        return Err(AppError::BadRequest(format!(
            "Заметка длиннее {NOTE_MAX} знаков. Сократите её, текст остался в поле."
        )));
    }
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let said = match (&result, &note) {
        (Some(result), _) => format!("Итог: {result}"),
        (None, Some(_)) => "Заметка сохранена".to_owned(),
        (None, None) => return Err(AppError::BadRequest("Выберите итог разговора.".to_owned())),
    };
    app.db
        .write(move |tx| {
            if let Some(result) = &result
                && !queries::choices(tx.db)?.contains(result)
            {
                return Err(AppError::BadRequest("Такого итога нет в списке: обновите страницу.".to_owned()));
            }
            let change = Change { result: result.as_deref(), note: note.as_deref(), skipped: None };
            if queries::note(tx, id, &change, by, now)? { Ok(()) } else { Err(AppError::NotFound) }
        })
        .await?;
    list_again(&request, ("results", &format!("/calls/{id}")), said.as_str(), page(&app, &person)).await
}

/// Goes online without saying: why is kept at each call and in the journal.
async fn skip(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let reason = fields.text("reason").trim().to_owned();
    if reason.is_empty() || reason.chars().count() > NOTE_MAX {
        return Err(AppError::BadRequest("Напишите, почему итоги не указаны.".to_owned()));
    }
    let (by, now) = (person.id, app.clock.now());
    app.db
        .write(move |tx| {
            let calls = queries::unsaid(tx.db, by, now)?;
            for call in &calls {
                let change = Change { skipped: Some(&reason), ..Change::default() };
                queries::note(tx, *call, &change, by, now)?;
            }
            let subject = format!("Звонков: {}", calls.len());
            Ok(audit::record(
                tx,
                &Entry { by, action: "result.skip", subject: &subject, detail: &reason },
                now,
            )?)
        })
        .await?;
    Ok(Done::to("/telephony/results").respond_to(&request))
}
