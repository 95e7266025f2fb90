//! `/admin/masters`: the masters.

use actix_web::Either;
use actix_web::web::{Data, Path, ServiceConfig, get, post, resource};
use askama::Template;

use super::{Master, MasterStatus, queries};
use crate::admin::Place;
use crate::admin::form::FormPage;
use crate::app::App;
use crate::error::AppError;
use crate::web::field_errors::{FieldErrors, required, within};
use crate::web::form::{Fields, Form};
use crate::web::list::Choice;
use crate::web::reply::Saved;
use crate::web::show::{Page, Show};
use crate::web::signed::{Admin, Signed};

const PLACE: Place = Place { path: "/admin/masters", target: "masters", label: "Мастера" };

/// The addresses of masters.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/masters").route(get().to(index)).route(post().to(create)))
        .service(resource("/admin/masters/new").route(get().to(new)))
        .service(resource("/admin/masters/{id}").route(get().to(edit)).route(post().to(update)));
}

type Answer = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "masters/index.html", blocks = ["rows"])]
struct MastersPage {
    current: &'static str,
    rows: Vec<Row>,
}

/// A line of the list.
struct Row {
    id: i64,
    name: String,
    note: String,
    is_active: bool,
    open_orders: i64,
}

impl Page for MastersPage {
    fn title(&self) -> String {
        PLACE.label.to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == PLACE.target).then(|| self.as_rows().render())
    }
}

async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<MastersPage>, AppError> {
    let (all, open) = app.db.read(|db| Ok((queries::all(db)?, queries::open_orders(db)?))).await?;
    let rows = all
        .into_iter()
        .map(|m| Row {
            id: m.id,
            name: m.name,
            note: m.note,
            is_active: m.status_work == MasterStatus::Active,
            open_orders: open.get(&m.id).copied().unwrap_or_default(),
        })
        .collect();
    Ok(Show::ok(MastersPage { current: PLACE.target, rows }))
}

#[derive(Clone, Default)]
struct MasterForm {
    name: String,
    status_work: String,
    note: String,
}

impl MasterForm {
    fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).to_owned();
        Self { name: text("name"), status_work: text("status_work"), note: text("note") }
    }

    fn of(master: Master) -> Self {
        Self { name: master.name, status_work: master.status_work.as_str().to_owned(), note: master.note }
    }

    fn check(&self) -> Result<(String, MasterStatus, String), FieldErrors> {
        let mut errors = FieldErrors::default();
        let name = errors.keep("name", required(&self.name, 100, "Напишите имя мастера"));
        let status = MasterStatus::parse(&self.status_work).ok_or("Выберите статус".to_owned());
        let status = errors.keep("status_work", status);
        let note = errors.keep("note", within(&self.note, 2000));
        match (name, status, note) {
            (Some(name), Some(status), Some(note)) => Ok((name, status, note)),
            _ => Err(errors),
        }
    }
}

#[derive(Template)]
#[template(path = "masters/fields.html")]
struct MasterFields {
    form: MasterForm,
    errors: FieldErrors,
    statuses: Vec<Choice>,
}

fn form_page(
    id: Option<i64>,
    title: String,
    form: MasterForm,
    errors: FieldErrors,
) -> Result<FormPage, AppError> {
    let choice = |status: MasterStatus, label: &str| Choice {
        value: status.as_str().to_owned(),
        label: label.to_owned(),
    };
    let fields = MasterFields {
        form,
        errors,
        statuses: vec![
            choice(MasterStatus::Active, "Работает"),
            choice(MasterStatus::Inactive, "Не работает"),
        ],
    };
    let action = id.map_or_else(|| PLACE.path.to_owned(), |id| format!("{}/{id}", PLACE.path));
    Ok(FormPage::new(title, action, PLACE, &fields)?)
}

const NEW: &str = "Новый мастер";

async fn new(_: Signed<Admin>) -> Result<Show<FormPage>, AppError> {
    let form = MasterForm { status_work: MasterStatus::Active.as_str().to_owned(), ..MasterForm::default() };
    Ok(form_page(None, NEW.to_owned(), form, FieldErrors::default())?.shown())
}

async fn edit(_: Signed<Admin>, app: Data<App>, id: Path<i64>) -> Result<Show<FormPage>, AppError> {
    let id = id.into_inner();
    let master = app.db.read(move |db| queries::by_id(db, id)?.ok_or(AppError::NotFound)).await?;
    Ok(form_page(Some(id), master.name.clone(), MasterForm::of(master), FieldErrors::default())?.shown())
}

async fn create(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Answer, AppError> {
    save(&admin, &app, None, NEW.to_owned(), MasterForm::sent(&fields)).await
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<i64>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let id = id.into_inner();
    let master = app.db.read(move |db| queries::by_id(db, id)?.ok_or(AppError::NotFound)).await?;
    save(&admin, &app, Some(id), master.name, MasterForm::sent(&fields)).await
}

async fn save(
    admin: &Signed<Admin>,
    app: &Data<App>,
    id: Option<i64>,
    title: String,
    form: MasterForm,
) -> Result<Answer, AppError> {
    let (name, status, note) = match form.check() {
        Ok(wanted) => wanted,
        Err(errors) => return Ok(Either::Right(form_page(id, title, form, errors)?.refused(""))),
    };
    let (by, now) = (admin.id, app.clock.now());
    app.db.write(move |tx| queries::save(tx, id, (&name, status, &note), by, now)).await?;
    Ok(Either::Left(Saved::to(PLACE.path, PLACE.target, "Мастер сохранён")))
}
