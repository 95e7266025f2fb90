//! `/admin/slots`: how many visits a slot takes, and a day of a city as these rules make it.

use actix_web::Either;
use actix_web::http::StatusCode;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use askama::Template;

use super::form::LimitForm;
use super::preview::Preview;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::city::City;
use crate::domain::id::LimitId;
use crate::domain::order::TypeEquipment;
use crate::domain::russian;
use crate::platform::error::AppError;
use crate::slots::limits::{DEFAULT_PLACES, Rule};
use crate::slots::{clock, queries, starts};
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Fields, Form, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::Done;

/// The addresses of the limits.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/slots").route(get().to(index)).route(post().to(create)))
        .service(resource("/admin/slots/{id}").route(get().to(edit)).route(post().to(update)))
        .service(resource("/admin/slots/{id}/delete").route(post().to(destroy)));
}

#[derive(Template)]
#[template(path = "admin/slots/index.html", blocks = ["preview"])]
struct SlotsPage {
    current: &'static str,
    default_places: i64,
    rules: Vec<RuleRow>,
    form: LimitForm,
    errors: FieldErrors,
    /// What is wrong with the rule as a whole.
    problem: String,
    /// The rule that is changed; `None` for a new one.
    editing: Option<LimitId>,
    choices: Choices,
    preview: Preview,
}

/// A line of the table.
struct RuleRow {
    id: LimitId,
    city: String,
    equipment: String,
    weekday: &'static str,
    time: String,
    label: String,
    places: i32,
    is_edited: bool,
}

struct Choices {
    cities: Vec<Choice>,
    equipment: Vec<Choice>,
    weekdays: Vec<Choice>,
    times: Vec<Choice>,
}

impl Page for SlotsPage {
    fn title(&self) -> String {
        "Слоты".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "slot-preview").then(|| self.as_preview().render())
    }
}

async fn index(_: Signed<Admin>, app: Data<App>, Query(query): Query) -> Result<Show<SlotsPage>, AppError> {
    let form = LimitForm { city: query.text("city").to_owned(), ..LimitForm::default() };
    Ok(Show::ok(page(&app, query, form, None).await?))
}

async fn edit(
    _: Signed<Admin>,
    app: Data<App>,
    id: Path<LimitId>,
    Query(query): Query,
) -> Result<Show<SlotsPage>, AppError> {
    let id = id.into_inner();
    let rule = app.db.read(move |db| queries::limits::by_id(db, id)?.ok_or(AppError::NotFound)).await?;
    Ok(Show::ok(page(&app, query, LimitForm::of(&rule), Some(id)).await?))
}

type Answer = Either<Done, Show<SlotsPage>>;

async fn create(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Answer, AppError> {
    save(&admin, &app, fields, None).await
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<LimitId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    save(&admin, &app, fields, Some(id.into_inner())).await
}

async fn save(
    admin: &Signed<Admin>,
    app: &Data<App>,
    fields: Fields,
    id: Option<LimitId>,
) -> Result<Answer, AppError> {
    let form = LimitForm::sent(&fields);
    let (by, now) = (admin.id, app.clock.now());
    let checked = form.clone();
    // The outer answer is whether the rule could be written, the inner one what was wrong with the form.
    let saved = app
        .db
        .write(move |tx| {
            let cities = crate::catalogs::queries::cities(tx.db)?.into_iter().map(|city| city.name);
            match checked.check(&cities.collect::<Vec<_>>()) {
                Ok(rule) => Ok(Ok(queries::limits::save(tx, id, &rule, by, now)?)),
                Err(errors) => Ok(Err(errors)),
            }
        })
        .await?;
    let (errors, problem) = match saved {
        Ok(true) => return Ok(Either::Left(Done::to(address(&form.city)).saying("Правило сохранено"))),
        Ok(false) => (FieldErrors::default(), "Правило для этих слотов уже есть: измените его в таблице."),
        Err(errors) => (errors, ""),
    };
    let mut page = page(app, fields, form, id).await?;
    page.errors = errors;
    page.problem = problem.to_owned();
    Ok(Either::Right(Show(page, StatusCode::UNPROCESSABLE_ENTITY)))
}

async fn destroy(admin: Signed<Admin>, app: Data<App>, id: Path<LimitId>) -> Result<Done, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    if !app.db.write(move |tx| Ok(queries::limits::delete(tx, id, by, now)?)).await? {
        return Err(AppError::NotFound);
    }
    Ok(Done::to("/admin/slots").saying("Правило удалено"))
}

/// The page as it shows one city; the address of all rules when `city` is empty.
fn address(city: &str) -> String {
    let query = Fields::from([("city", city)]).encode();
    if query.is_empty() { "/admin/slots".to_owned() } else { format!("/admin/slots?{query}") }
}

async fn page(
    app: &Data<App>,
    fields: Fields,
    form: LimitForm,
    editing: Option<LimitId>,
) -> Result<SlotsPage, AppError> {
    let (now, zone) = (app.clock.now(), app.config.business_zone);
    app.db
        .read(move |db| {
            let cities = crate::catalogs::queries::cities(db)?;
            let rules = queries::limits::listed(db)?;
            let preview = Preview::load(db, &cities, (fields.text("city"), fields.text("day")), now, zone)?;
            Ok(SlotsPage {
                current: "slots",
                default_places: DEFAULT_PLACES,
                rules: rules.into_iter().map(|(id, rule)| row(id, rule, editing)).collect(),
                form,
                errors: FieldErrors::default(),
                problem: String::new(),
                editing,
                choices: choices(&cities),
                preview,
            })
        })
        .await
}

fn row(id: LimitId, rule: Rule, editing: Option<LimitId>) -> RuleRow {
    RuleRow {
        id,
        label: rule.label(),
        city: rule.city.unwrap_or_default(),
        equipment: rule.type_equipment.map(|e| e.to_string()).unwrap_or_default(),
        weekday: rule.weekday.map(russian::weekday_name).unwrap_or_default(),
        time: rule.minute.map(clock).unwrap_or_default(),
        places: rule.places,
        is_edited: editing == Some(id),
    }
}

fn choices(cities: &[City]) -> Choices {
    let choice = |value: String, label: String| Choice { value, label };
    Choices {
        cities: cities.iter().map(|city| Choice::plain(&city.name)).collect(),
        equipment: TypeEquipment::ALL
            .iter()
            .map(|e| choice(e.to_string(), format!("{e} — {}", e.label())))
            .collect(),
        weekdays: (0..=6).map(|n| choice(n.to_string(), russian::weekday_name(n).to_owned())).collect(),
        times: starts().map(|minute| choice(minute.to_string(), clock(minute))).collect(),
    }
}
