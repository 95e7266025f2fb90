//! The pages of the lists.

use actix_web::Either;
use actix_web::web::{Data, Path, ServiceConfig, get, post};
use askama::Template;

use super::form::ItemForm;
use super::{CatalogEntry, Kind, queries, zones};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::ItemId;
use crate::domain::{russian, zone};
use crate::platform::error::AppError;
use crate::web::admin_list::AdminList;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::form_page::{Delete, FormPage};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};
use crate::web::path::resource;
use crate::web::reply::Saved;

const PLACE: AdminList = AdminList { path: "/admin/lists", target: "lists", label: "Списки" };

/// The addresses of the lists.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/lists").route(get().to(index)))
        .service(resource("/admin/lists/{kind}").route(post().to(create)))
        .service(resource("/admin/lists/{kind}/new").route(get().to(new)))
        .service(resource("/admin/lists/{kind}/usual").route(post().to(fill)))
        .service(resource("/admin/lists/{kind}/{id}").route(get().to(edit)).route(post().to(update)))
        .service(resource("/admin/lists/{kind}/{id}/active").route(post().to(set_active)))
        .service(resource("/admin/lists/{kind}/{id}/delete").route(post().to(delete)));
}

type Answer = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "admin/catalogs/index.html", blocks = ["rows"])]
struct ListsPage {
    current: &'static str,
    sections: Vec<Section>,
}

/// One list on the page.
struct Section {
    slug: &'static str,
    title: &'static str,
    new_title: &'static str,
    purpose: &'static str,
    usual: &'static [&'static str],
    rows: Vec<Row>,
}

/// A line of a list.
struct Row {
    id: ItemId,
    name: String,
    is_active: bool,
    /// A city's zone in words, and what its clock shows now.
    clock: Option<(String, String)>,
    /// Minutes a break of this reason should not be longer than; 0: as long as it takes.
    limit_minutes: i32,
}

impl Page for ListsPage {
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

async fn index(_: Signed<Admin>, app: Data<App>) -> Result<Show<ListsPage>, AppError> {
    let now = app.clock.now();
    let lists = app
        .db
        .read(|db| {
            let lists = Kind::ALL.iter().map(|kind| Ok((*kind, queries::all(db, *kind)?)));
            lists.collect::<Result<Vec<_>, AppError>>()
        })
        .await?;
    let clock = |name: String| {
        let zone: Option<chrono_tz::Tz> = name.parse().ok();
        match zone {
            Some(zone) => (zones::words(zone, now), russian::time(zone::local(now, zone))),
            None => (name, "—".to_owned()),
        }
    };
    let row = |item: CatalogEntry| Row {
        id: item.id,
        name: item.name,
        is_active: item.is_active,
        clock: item.time_zone.map(clock),
        limit_minutes: item.limit_minutes,
    };
    let sections = lists
        .into_iter()
        .map(|(kind, items)| Section {
            slug: kind.as_str(),
            title: kind.title(),
            new_title: kind.new_title(),
            purpose: kind.purpose(),
            usual: kind.usual(),
            rows: items.into_iter().map(row).collect(),
        })
        .collect();
    Ok(Show::ok(ListsPage { current: PLACE.target, sections }))
}

#[derive(Template)]
#[template(path = "admin/catalogs/fields.html")]
struct Fields {
    form: ItemForm,
    errors: FieldErrors,
    is_new: bool,
    /// Offered for cities only.
    zones: Vec<Choice>,
    /// Asks how long a break may be.
    is_break: bool,
}

fn form_page(
    app: &App,
    kind: Kind,
    item: Option<&CatalogEntry>,
    form: ItemForm,
    errors: FieldErrors,
) -> Result<FormPage, AppError> {
    let zones = if kind == Kind::Cities { zones::choices(app.clock.now()) } else { Vec::new() };
    let fields = Fields { form, errors, is_new: item.is_none(), zones, is_break: kind == Kind::Breaks };
    let list = format!("{}/{kind}", PLACE.path);
    let (title, action) = match item {
        Some(item) => (item.name.clone(), format!("{list}/{}", item.id)),
        None => (kind.new_title().to_owned(), list),
    };
    let delete = item.map(|item| Delete {
        action: format!("{action}/delete"),
        question: format!("Удалить «{}»?", item.name),
        text: "Удаляется только то, что нигде не использовано. Остальное можно выключить.",
    });
    Ok(FormPage::new(title, action, PLACE, &fields)?.deletable(delete))
}

fn kind_of(slug: &str) -> Result<Kind, AppError> {
    Kind::parse(slug).ok_or(AppError::NotFound)
}

async fn find(app: &App, kind: Kind, id: ItemId) -> Result<CatalogEntry, AppError> {
    app.db.read(move |db| queries::by_id(db, kind, id)?.ok_or(AppError::NotFound)).await
}

async fn new(_: Signed<Admin>, app: Data<App>, slug: Path<String>) -> Result<Show<FormPage>, AppError> {
    let form = ItemForm { time_zone: app.config.business_zone.name().to_owned(), ..ItemForm::default() };
    Ok(form_page(&app, kind_of(&slug)?, None, form, FieldErrors::default())?.shown())
}

async fn edit(
    _: Signed<Admin>,
    app: Data<App>,
    path: Path<(String, ItemId)>,
) -> Result<Show<FormPage>, AppError> {
    let (kind, id) = (kind_of(&path.0)?, path.1);
    let item = find(&app, kind, id).await?;
    Ok(form_page(&app, kind, Some(&item), ItemForm::of(&item), FieldErrors::default())?.shown())
}

async fn create(
    admin: Signed<Admin>,
    app: Data<App>,
    slug: Path<String>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (kind, form) = (kind_of(&slug)?, ItemForm::sent(&fields, true));
    let saved = match form.check(kind) {
        Ok(wanted) => {
            let (by, now) = (admin.id, app.clock.now());
            app.db.write(move |tx| queries::insert(tx, kind, &wanted, by, now)).await?
        }
        Err(errors) => Err(errors),
    };
    match saved {
        Ok(()) => Ok(said(format!("Добавлено: {}", form.name))),
        Err(errors) => Ok(Either::Right(form_page(&app, kind, None, form, errors)?.refused(""))),
    }
}

async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    path: Path<(String, ItemId)>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (kind, id) = (kind_of(&path.0)?, path.1);
    let (item, form) = (find(&app, kind, id).await?, ItemForm::sent(&fields, false));
    let saved = match form.check(kind) {
        Ok(wanted) => {
            let (by, now) = (admin.id, app.clock.now());
            app.db.write(move |tx| queries::update(tx, kind, id, &wanted, by, now)).await?
        }
        Err(errors) => Err(errors),
    };
    match saved {
        Ok(()) => Ok(said(format!("Сохранено: {}", form.name))),
        Err(errors) => Ok(Either::Right(form_page(&app, kind, Some(&item), form, errors)?.refused(""))),
    }
}

async fn set_active(
    admin: Signed<Admin>,
    app: Data<App>,
    path: Path<(String, ItemId)>,
    Form(fields): Form,
) -> Result<Saved, AppError> {
    let (kind, id) = (kind_of(&path.0)?, path.1);
    let (on, by, now) = (fields.text("active") == "on", admin.id, app.clock.now());
    let item = app.db.write(move |tx| queries::set_active(tx, kind, id, on, by, now)).await?;
    let done = if on { "Включено" } else { "Выключено" };
    Ok(Saved::to(PLACE.path, PLACE.target, format!("{done}: {}", item.name)))
}

async fn delete(
    admin: Signed<Admin>,
    app: Data<App>,
    path: Path<(String, ItemId)>,
) -> Result<Answer, AppError> {
    let (kind, id) = (kind_of(&path.0)?, path.1);
    let item = find(&app, kind, id).await?;
    let (by, now) = (admin.id, app.clock.now());
    if app.db.write(move |tx| queries::delete(tx, kind, id, by, now)).await? {
        return Ok(said(format!("Удалено: {}", item.name)));
    }
    let problem = format!(
        "Удалить нельзя: «{}» уже использовано. Выключите: в старых записях останется, в новых не появится.",
        item.name
    );
    let page = form_page(&app, kind, Some(&item), ItemForm::of(&item), FieldErrors::default())?;
    Ok(Either::Right(page.refused(problem)))
}

async fn fill(admin: Signed<Admin>, app: Data<App>, slug: Path<String>) -> Result<Saved, AppError> {
    let (kind, by, now) = (kind_of(&slug)?, admin.id, app.clock.now());
    app.db.write(move |tx| queries::fill(tx, kind, by, now)).await?;
    Ok(Saved::to(PLACE.path, PLACE.target, format!("Заполнено: {}", kind.title())))
}

fn said(title: String) -> Answer {
    Either::Left(Saved::to(PLACE.path, PLACE.target, title))
}
