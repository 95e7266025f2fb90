//! Addresses of the end of a shift.

use actix_web::web::{Data, Path, ServiceConfig, get, post};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::page::ShiftPage;
use super::work::{self, Taken};
use super::{PATH, queries};
use crate::app::App;
use crate::auth::queries::set_work_status;
use crate::auth::signed::{Operator, Signed};
use crate::domain::id::{AccountId, HandoverId};
use crate::domain::person::{Person, WorkStatus};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::web::form::{Fields, Form};
use crate::web::page::Show;
use crate::web::path::resource;
use crate::web::reply::{Done, Toast, list_again};

/// Addresses of operators.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/shift").route(get().to(index)))
        .service(resource("/shift/end").route(post().to(end)))
        .service(resource("/shift/{id}/take").route(post().to(take)));
}

async fn page(app: &Data<App>, person: &Person) -> Result<ShiftPage, AppError> {
    let (person, now) = (person.clone(), app.now());
    app.db.read(move |db| Ok(ShiftPage::load(db, &person, now)?)).await
}

async fn index(person: Signed<Operator>, app: Data<App>) -> Result<Show<ShiftPage>, AppError> {
    Ok(Show::ok(page(&app, &person).await?))
}

/// Whom a form names: nobody for everybody.
fn receiver(db: &mut Db, fields: &Fields, but: AccountId) -> Result<Option<(AccountId, String)>, AppError> {
    let text = fields.text("to");
    if text.is_empty() {
        return Ok(None);
    }
    let known = queries::colleagues(db, but)?;
    let found = text.parse().ok().and_then(|id: AccountId| known.into_iter().find(|(own, ..)| *own == id));
    match found {
        Some((id, name, _)) => Ok(Some((id, name))),
        None => Err(AppError::BadRequest(
            "Этот сотрудник здесь не работает. Выберите другого, дела остались у вас.".to_owned(),
        )),
    }
}

/// Leaves what `person` has under way to whom `fields` name.
///
/// # Errors
/// When that is nobody who works here, or of the database.
pub fn leave(
    tx: &mut Tx,
    person: &Person,
    fields: &Fields,
    now: chrono::NaiveDateTime,
) -> Result<(), AppError> {
    let to = receiver(tx.db, fields, person.id)?;
    work::hand_over(tx, person, to.as_ref().map(|(id, name)| (*id, name.as_str())), now)?;
    Ok(())
}

async fn end(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (who, now) = ((*person).clone(), app.clock.now());
    app.db
        .write(move |tx| {
            leave(tx, &who, &fields, now)?;
            Ok(set_work_status(tx, who.id, WorkStatus::Offline, None, now)?)
        })
        .await?;
    Ok(Done::to(PATH).saying("Смена завершена").respond_to(&request))
}

async fn take(
    person: Signed<Operator>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<HandoverId>,
) -> Result<HttpResponse, AppError> {
    let (by, id, now) = ((*person).clone(), id.into_inner(), app.clock.now());
    let taken = app
        .db
        .write(move |tx| {
            let Some(handover) = queries::by_id(tx.db, id)? else {
                return if queries::exists(tx.db, id)? { Ok(None) } else { Err(AppError::NotFound) };
            };
            // Another's offer is not there for anybody else.
            let is_offered = queries::offered_to(tx.db, by.id)?.iter().any(|one| one.id == id);
            if !is_offered {
                return Err(AppError::NotFound);
            }
            Ok(work::take(tx, &handover, &by, now)?)
        })
        .await?;
    let said = match taken {
        None => Toast::new("warn", "Дела уже приняты", "Их взял кто-то другой, или передача отменена."),
        Some(Taken { words, stayed: 0 }) if words.is_empty() => Toast::ok("К этому времени всё сделано"),
        Some(Taken { words, stayed: 0 }) => Toast::ok(format!("Ваше: {words}")),
        Some(Taken { words, stayed }) => Toast::new(
            "warn",
            if words.is_empty() {
                "Черновики не перешли".to_owned()
            } else {
                format!("Ваше: {words}")
            },
            format!("Осталось у того, кто писал: {stayed}. У вас есть свой такой же черновик."),
        ),
    };
    list_again(&request, ("shift", PATH), said, page(&app, &person)).await
}
