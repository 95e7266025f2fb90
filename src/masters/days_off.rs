//! Days off of a master: a section of his page that answers for itself.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::form::{DayOffForm, MasterForm};
use super::{PLACE, edit, queries};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::catalogs;
use crate::domain::id::{DayOffId, MasterId};
use crate::masters::days_off_view::DaysOff;
use crate::platform::error::AppError;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::page::Fragment;
use crate::web::reply::{Done, saying};
use crate::web::request::is_fragment_request;

/// The section as it stands.
async fn section(app: &Data<App>, id: MasterId) -> Result<DaysOff, AppError> {
    let (now, zone) = (app.clock.now(), app.config.business_zone);
    app.db
        .read(move |db| {
            let master = queries::by_id(db, id)?.ok_or(AppError::NotFound)?;
            let cities = catalogs::queries::cities(db)?;
            Ok(DaysOff::load(db, &master, master.today(&cities, zone, now))?)
        })
        .await
}

pub(super) async fn index(
    _: Signed<Admin>,
    app: Data<App>,
    id: Path<MasterId>,
) -> Result<Fragment<DaysOff>, AppError> {
    Ok(Fragment::ok(section(&app, id.into_inner()).await?))
}

pub(super) async fn create(
    request: HttpRequest,
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<MasterId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, form) = (id.into_inner(), DayOffForm::sent(&fields));
    let (typed, by, now, zone) = (form.clone(), admin.id, app.clock.now(), app.config.business_zone);
    let saved = app
        .db
        .write(move |tx| {
            let master = queries::by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
            let today = master.today(&catalogs::queries::cities(tx.db)?, zone, now);
            let wanted = match typed.check(today) {
                Ok(wanted) => wanted,
                Err(errors) => return Ok(Err(errors)),
            };
            Ok(queries::write::add_day_off(tx, id, &wanted, by, now)?.map_err(|same| {
                let mut errors = FieldErrors::default();
                errors.add("from_day", format!("Уже выходной: {}", same.words(today)));
                errors
            }))
        })
        .await?;
    match saved {
        Ok(()) => answer(&request, &app, id, "Выходной добавлен").await,
        Err(errors) if is_fragment_request(&request) => {
            let section = DaysOff { form, errors, ..section(&app, id).await? };
            Ok(Fragment(section, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request))
        }
        Err(errors) => {
            let card = edit::card(&admin, &app, id).await?;
            let typed = MasterForm::of(&card.master);
            let page = card.page(typed, FieldErrors::default(), (form, errors))?;
            Ok(page.refused("").respond_to(&request))
        }
    }
}

pub(super) async fn destroy(
    request: HttpRequest,
    admin: Signed<Admin>,
    app: Data<App>,
    path: Path<(MasterId, DayOffId)>,
) -> Result<HttpResponse, AppError> {
    let (id, day_off) = path.into_inner();
    let (by, now) = (admin.id, app.clock.now());
    app.db.write(move |tx| queries::write::remove_day_off(tx, id, day_off, by, now)).await?;
    answer(&request, &app, id, "Выходной убран").await
}

/// The section anew, or the master's page for a plain browser.
async fn answer(
    request: &HttpRequest,
    app: &Data<App>,
    id: MasterId,
    words: &str,
) -> Result<HttpResponse, AppError> {
    if !is_fragment_request(request) {
        return Ok(Done::to(format!("{}/{id}", PLACE.path)).respond_to(request));
    }
    Ok(saying(Fragment::ok(section(app, id).await?).respond_to(request), words))
}
