//! `/admin/phones`: the lines.

use actix_web::Either;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use askama::Template;

use super::form::{LineForm, Offered};
use super::{Line, queries};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::LineId;
use crate::domain::{russian, zone};
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::form_page::{Delete, FormPage};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::Saved;

const PLACE: AdminList = AdminList { path: "/admin/phones", target: "phones", label: "Телефония" };

/// The addresses of lines.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/phones").route(get().to(index)).route(post().to(create)))
        .service(resource("/admin/phones/new").route(get().to(new)))
        .service(resource("/admin/phones/{id}").route(get().to(edit)).route(post().to(update)))
        .service(resource("/admin/phones/{id}/delete").route(post().to(delete)));
}

type Answer = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "admin/lines/index.html", blocks = ["rows"])]
struct PhonesPage {
    current: &'static str,
    unknown: Vec<Row>,
    known: Vec<Row>,
}

/// A line of the list.
struct Row {
    id: LineId,
    number: String,
    digits: String,
    rk: String,
    city: String,
    avito_name: String,
    name: String,
    /// «12 звонков, последний 14:05».
    calls: String,
}

impl Page for PhonesPage {
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

async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<PhonesPage>, AppError> {
    let (lines, calls) = app
        .db
        .read(|db| {
            let lines = queries::all(db)?;
            let unknown: Vec<String> =
                lines.iter().filter(|l| !l.is_known).map(|l| l.number.clone()).collect();
            let calls = queries::calls_of(db, &unknown)?;
            Ok((lines, calls))
        })
        .await?;
    let zone = app.config.business_zone;
    let today = zone::local(app.clock.now(), zone).date();
    let row = |line: Line| Row {
        id: line.id,
        number: line.pretty(),
        calls: calls.get(&line.number).map_or_else(
            || "звонков нет".to_owned(),
            |(n, last)| {
                let noun = russian::plural(n.unsigned_abs(), ["звонок", "звонка", "звонков"]);
                let last = russian::moment(zone::local(*last, zone), today);
                format!("{n} {noun}, последний {last}")
            },
        ),
        digits: line.number,
        rk: line.rk.unwrap_or_default(),
        city: line.city.unwrap_or_default(),
        avito_name: line.avito_name.unwrap_or_default(),
        name: line.name,
    };
    let (known, unknown): (Vec<Line>, Vec<Line>) = lines.into_iter().partition(|l| l.is_known);
    Ok(Show::ok(PhonesPage {
        current: PLACE.target,
        unknown: unknown.into_iter().map(row).collect(),
        known: known.into_iter().map(row).collect(),
    }))
}

#[derive(Template)]
#[template(path = "admin/lines/fields.html")]
struct Fields {
    form: LineForm,
    errors: FieldErrors,
    is_new: bool,
    is_fixed: bool,
    campaigns: Vec<Choice>,
    cities: Vec<Choice>,
    avito: Vec<Choice>,
}

/// What a form of a line is about.
struct About {
    line: Option<Line>,
    offered: Offered,
    has_calls: bool,
}

impl About {
    fn load(db: &mut Db, id: Option<LineId>) -> Result<Self, AppError> {
        let line = match id {
            Some(id) => Some(queries::by_id(db, id)?.ok_or(AppError::NotFound)?),
            None => None,
        };
        let has_calls = match &line {
            Some(line) => queries::has_calls(db, &line.number)?,
            None => false,
        };
        Ok(Self { offered: queries::offered(db, line.as_ref())?, has_calls, line })
    }

    /// The number that must stay: of a line with calls, and of one the telephony has named.
    fn fixed(&self) -> Option<&str> {
        self.line.as_ref().filter(|line| self.has_calls || !line.is_known).map(|line| line.number.as_str())
    }

    fn page(&self, mut form: LineForm, errors: FieldErrors) -> Result<FormPage, AppError> {
        let is_fixed = self.fixed().is_some();
        if let Some(line) = self.line.as_ref().filter(|_| is_fixed) {
            form.number = line.pretty();
        }
        let fields = Fields {
            form,
            errors,
            is_new: self.line.is_none(),
            is_fixed,
            campaigns: Choice::all(&self.offered.campaigns),
            cities: Choice::all(&self.offered.cities),
            avito: Choice::all(&self.offered.avito),
        };
        let (title, action) = match &self.line {
            Some(line) => (line.pretty(), format!("{}/{}", PLACE.path, line.id)),
            None => ("Новый номер".to_owned(), PLACE.path.to_owned()),
        };
        let delete = self.line.as_ref().map(|line| Delete {
            action: format!("{}/{}/delete", PLACE.path, line.id),
            question: format!("Удалить номер {}?", line.pretty()),
            text: "Если на него позвонят, он появится снова среди новых.",
        });
        Ok(FormPage::new(title, action, PLACE, &fields)?.deletable(delete))
    }
}

async fn new(_: Signed<Admin>, app: Data<App>) -> Result<Show<FormPage>, AppError> {
    let about = app.db.read(|db| About::load(db, None)).await?;
    Ok(about.page(LineForm::default(), FieldErrors::default())?.shown())
}

async fn edit(_: Signed<Admin>, app: Data<App>, id: Path<LineId>) -> Result<Show<FormPage>, AppError> {
    let id = id.into_inner();
    let about = app.db.read(move |db| About::load(db, Some(id))).await?;
    let form = about.line.as_ref().map(LineForm::of).unwrap_or_default();
    Ok(about.page(form, FieldErrors::default())?.shown())
}

async fn create(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Answer, AppError> {
    save(&admin, &app, None, LineForm::sent(&fields)).await
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<LineId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    save(&admin, &app, Some(id.into_inner()), LineForm::sent(&fields)).await
}

async fn save(
    admin: &Signed<Admin>,
    app: &Data<App>,
    id: Option<LineId>,
    form: LineForm,
) -> Result<Answer, AppError> {
    let about = app.db.read(move |db| About::load(db, id)).await?;
    let saved = match form.check(&about.offered, about.fixed()) {
        Ok(wanted) => {
            let (by, now) = (admin.id, app.clock.now());
            app.db.write(move |tx| queries::save(tx, id, &wanted, by, now)).await?
        }
        Err(errors) => Err(errors),
    };
    match saved {
        Ok(()) => Ok(Either::Left(Saved::to(PLACE.path, PLACE.target, "Номер сохранён"))),
        Err(errors) => Ok(Either::Right(about.page(form, errors)?.refused(""))),
    }
}

async fn delete(admin: Signed<Admin>, app: Data<App>, id: Path<LineId>) -> Result<Answer, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    if app.db.write(move |tx| queries::delete(tx, id, by, now)).await? {
        return Ok(Either::Left(Saved::to(PLACE.path, PLACE.target, "Номер удалён")));
    }
    let about = app.db.read(move |db| About::load(db, Some(id))).await?;
    let form = about.line.as_ref().map(LineForm::of).unwrap_or_default();
    let problem = "Удалить нельзя: на этот номер есть звонки, и статистика должна знать, чьи они.";
    Ok(Either::Right(about.page(form, FieldErrors::default())?.refused(problem)))
}
