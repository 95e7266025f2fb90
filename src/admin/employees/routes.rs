//! `/admin/employees`: the list with its search, and the form of one employee.

use actix_web::Either;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use askama::Template;
use chrono_tz::Tz;

use super::form::EmployeeForm;
use super::leaving::{self, SessionRow};
use super::{Employee, queries};
use crate::app::App;
use crate::auth::password::{self, Asking};
use crate::auth::queries::second_factor as factors;
use crate::auth::signed::{Admin, Signed};
use crate::catalogs;
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Person, Role, WorkStatus};
use crate::domain::{russian, search_words, zone};
use crate::files;
use crate::files::view::FilesPanel;
use crate::platform::error::AppError;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::{Form, Query};
use crate::web::form_page::FormPage;
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::Saved;

const PLACE: AdminList =
    AdminList { path: "/admin/employees", target: "employees", label: "Сотрудники" };

/// The addresses of employees.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/employees").route(get().to(index)).route(post().to(create)))
        .service(resource("/admin/employees/new").route(get().to(new)))
        .configure(super::second_factor::routes)
        .configure(super::leaving::routes)
        .service(resource("/admin/employees/{id}").route(get().to(edit)).route(post().to(update)));
}

/// Either the saved form's answer or the form again.
type Answer = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "admin/employees/index.html", blocks = ["rows"])]
struct EmployeesPage {
    current: &'static str,
    q: String,
    status: String,
    statuses: Vec<Choice>,
    total: usize,
    rows: Vec<Row>,
    /// Admins have to have a second factor.
    is_factor_asked: bool,
}

/// A line of the list.
struct Row {
    id: AccountId,
    name: String,
    login: String,
    role: &'static str,
    is_active: bool,
    has_password: bool,
    cities: String,
    extension: String,
    sip: String,
    /// Code, words and beginning of the work status.
    work: Option<(WorkStatus, String, String)>,
    is_extension_missing: bool,
    seen: String,
}

impl Row {
    fn of(employee: Employee, zone: Tz, today: chrono::NaiveDate) -> Self {
        let moment = |utc| russian::moment(zone::local(utc, zone), today);
        let is_active = employee.status == AccountStatus::Active;
        let work = employee.work.filter(|_| is_active).map(|(status, reason, since)| {
            let label =
                reason.map_or_else(|| status.label().to_owned(), |r| format!("{}: {r}", status.label()));
            (status, label, format!("с {}", moment(since)))
        });
        Self {
            id: employee.id,
            name: employee.name,
            login: employee.login,
            role: employee.role.label(),
            is_active,
            has_password: employee.has_password,
            cities: employee.cities.join(", "),
            is_extension_missing: is_active
                && employee.role == Role::Operator
                && employee.extension.is_none(),
            extension: employee.extension.unwrap_or_default(),
            sip: employee.sip_address.unwrap_or_default(),
            work,
            seen: employee.seen_at.map_or_else(|| "—".to_owned(), moment),
        }
    }
}

impl Page for EmployeesPage {
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

async fn index(
    _: Signed<Admin>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Show<EmployeesPage>, AppError> {
    let (all, is_factor_asked) =
        app.db.read(|db| Ok((queries::all(db)?, factors::is_asked_of_admins(db)?))).await?;
    let (q, status) = (query.text("q").to_owned(), query.text("status").to_owned());
    let wanted = search_words::words(&q);
    let zone = app.config.business_zone;
    let today = zone::local(app.clock.now(), zone).date();
    let total = all.len();
    let rows = all
        .into_iter()
        .filter(|e| status.is_empty() || e.status.as_str() == status)
        .filter(|e| {
            let parts =
                [&e.name, &e.login, e.role.label(), &e.cities.join(" ")].map(search_words::fold).join(" ");
            let telephone =
                [e.extension.as_deref(), e.sip_address.as_deref()].map(Option::unwrap_or_default).join(" ");
            let text = format!("{parts} {}", search_words::fold(&telephone));
            wanted.iter().all(|word| text.contains(word.as_str()))
        })
        .map(|e| Row::of(e, zone, today))
        .collect();
    let statuses = statuses("Работают", "Уволены");
    Ok(Show::ok(EmployeesPage { current: PLACE.target, q, status, statuses, total, rows, is_factor_asked }))
}

fn statuses(active: &str, inactive: &str) -> Vec<Choice> {
    let of = |status: AccountStatus, label: &str| Choice {
        value: status.as_str().to_owned(),
        label: label.to_owned(),
    };
    vec![of(AccountStatus::Active, active), of(AccountStatus::Inactive, inactive)]
}

#[derive(Template)]
#[template(path = "admin/employees/fields.html")]
struct Fields {
    form: EmployeeForm,
    errors: FieldErrors,
    is_new: bool,
    roles: Vec<Choice>,
    statuses: Vec<Choice>,
    /// Name and whether it is chosen.
    cities: Vec<(String, bool)>,
}

/// The form of employee `id` (none: a new one), who is called `title`.
fn form_page(
    id: Option<AccountId>,
    title: String,
    form: EmployeeForm,
    errors: FieldErrors,
    cities: &[String],
) -> Result<FormPage, AppError> {
    let action = id.map_or_else(|| PLACE.path.to_owned(), |id| format!("{}/{id}", PLACE.path));
    let fields = Fields {
        is_new: id.is_none(),
        roles: Role::ALL
            .iter()
            .rev()
            .map(|r| Choice { value: r.as_str().to_owned(), label: r.label().to_owned() })
            .collect(),
        statuses: statuses("Работает", "Уволен"),
        cities: cities.iter().map(|c| (c.clone(), form.cities.contains(c))).collect(),
        form,
        errors,
    };
    Ok(FormPage::new(title, action, PLACE, &fields)?)
}

/// Cities to choose from: active ones, and those somebody has already.
fn city_names(db: &mut crate::platform::db::Db, kept: &[String]) -> Result<Vec<String>, AppError> {
    let all = catalogs::queries::cities(db)?;
    Ok(all.into_iter().filter(|c| c.is_active || kept.contains(&c.name)).map(|c| c.name).collect())
}

const NEW: &str = "Новый сотрудник";

async fn new(_: Signed<Admin>, app: Data<App>) -> Result<Show<FormPage>, AppError> {
    let cities = app.db.read(|db| city_names(db, &[])).await?;
    Ok(form_page(None, NEW.to_owned(), EmployeeForm::empty(), FieldErrors::default(), &cities)?.shown())
}

async fn edit(admin: Signed<Admin>, app: Data<App>, id: Path<AccountId>) -> Result<Show<FormPage>, AppError> {
    let id = id.into_inner();
    let card = card(&admin, &app, id).await?;
    let form = EmployeeForm::of(&card.employee);
    Ok(card.page(form, FieldErrors::default())?.shown())
}

/// An employee with everything their page shows.
struct Card {
    employee: Employee,
    cities: Vec<String>,
    files: FilesPanel,
    has_second_factor: bool,
    sessions: Vec<SessionRow>,
    traces: Vec<&'static str>,
    by: AccountId,
}

/// What stands below the fields.
#[derive(Template)]
#[template(path = "admin/employees/below.html")]
struct Below {
    id: AccountId,
    name: String,
    files: FilesPanel,
    has_second_factor: bool,
    sessions: Vec<SessionRow>,
    /// Why the employee cannot be deleted; empty when it can be.
    traces: String,
    is_self: bool,
}

async fn card(admin: &Signed<Admin>, app: &Data<App>, id: AccountId) -> Result<Card, AppError> {
    let (person, zone) = (Person::clone(admin), app.config.business_zone);
    let (now, by) = (app.now(), admin.id);
    let today = now.today();
    app.db
        .read(move |db| {
            let (employee, cities) = with_cities(db, id)?;
            let place = files::DocumentOwner::Employee(id);
            let files = FilesPanel::load(db, &person, place, zone, today)?;
            let has_second_factor = factors::is_on(db, id)?;
            let sessions = leaving::sessions(db, id, now)?;
            let traces = queries::traces(db, id)?;
            Ok(Card { employee, cities, files, has_second_factor, sessions, traces, by })
        })
        .await
}

impl Card {
    fn page(self, form: EmployeeForm, errors: FieldErrors) -> Result<FormPage, AppError> {
        let id = self.employee.id;
        let name = self.employee.name.clone();
        let page = form_page(Some(id), self.employee.name, form, errors, &self.cities)?;
        let below = Below {
            id,
            name,
            files: self.files,
            has_second_factor: self.has_second_factor,
            sessions: self.sessions,
            traces: self.traces.join(", "),
            is_self: self.by == id,
        };
        Ok(page.with_below(&below)?)
    }
}

fn with_cities(db: &mut crate::platform::db::Db, id: AccountId) -> Result<(Employee, Vec<String>), AppError> {
    let employee = queries::by_id(db, id)?.ok_or(AppError::NotFound)?;
    let cities = city_names(db, &employee.cities)?;
    Ok((employee, cities))
}

async fn create(admin: Signed<Admin>, app: Data<App>, Form(fields): Form) -> Result<Answer, AppError> {
    let form = EmployeeForm::sent(&fields);
    let cities = app.db.read(|db| city_names(db, &[])).await?;
    let saved = match form.check(&cities, true) {
        Ok(wanted) => {
            let hash = hashed(&form.password).await?.ok_or(AppError::NotFound)?;
            let (by, now) = (admin.id, app.clock.now());
            app.db.write(move |tx| queries::insert(tx, &wanted, hash.clone(), by, now)).await?
        }
        Err(errors) => Err(errors),
    };
    match saved {
        Ok(_) => Ok(saved_as(format!("Сотрудник добавлен: {}", form.name))),
        Err(errors) => Ok(Either::Right(form_page(None, NEW.to_owned(), form, errors, &cities)?.refused(""))),
    }
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<AccountId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (id, form) = (id.into_inner(), EmployeeForm::sent(&fields));
    let card = card(&admin, &app, id).await?;
    let saved = match form.check(&card.cities, false) {
        Ok(wanted) => {
            let hash = hashed(&form.password).await?;
            let (by, now) = (admin.id, app.clock.now());
            app.db.write(move |tx| queries::update(tx, id, &wanted, hash.clone(), by, now)).await?
        }
        Err(errors) => Err(errors),
    };
    match saved {
        Ok(()) => Ok(saved_as(format!("Сохранено: {}", form.name))),
        Err(errors) => Ok(Either::Right(card.page(form, errors)?.refused(""))),
    }
}

fn saved_as(title: String) -> Answer {
    Either::Left(Saved::to(PLACE.path, PLACE.target, title))
}

/// The hash of a password that was typed; hashing takes a while, and nobody else has to wait for it.
async fn hashed(typed: &str) -> Result<Option<String>, AppError> {
    if typed.is_empty() {
        return Ok(None);
    }
    password::hash_in_turn(typed, Asking::Known).await.map(Some)
}
