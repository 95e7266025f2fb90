//! `/admin/masters/ID`: a master with his days off and documents, as a page or in the dialog over the list.

use actix_web::Either;
use actix_web::web::{Data, Path};
use askama::Template;
use chrono::NaiveDate;

use super::days_off_view::DaysOff;
use super::form::{DayOffForm, MasterForm};
use super::index::{equipment_choices, status_choices};
use super::queries::{self, OpenOrder};
use super::{Master, PLACE};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::catalogs;
use crate::domain::city::City;
use crate::domain::id::{MasterId, OrderId};
use crate::domain::master::MasterStatus;
use crate::domain::person::Person;
use crate::domain::russian::{self, plural};
use crate::domain::zone;
use crate::files;
use crate::files::view::FilesPanel;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::slots::clock;
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::form_page::{FormPage, Markup};
use crate::web::list::Choice;
use crate::web::page::Show;
use crate::web::reply::Saved;

const NEW: &str = "Новый мастер";
/// Open orders that are named; the others are counted.
const ORDERS_NAMED: i64 = 12;

type Answer = Either<Saved, Show<FormPage>>;

#[derive(Template)]
#[template(path = "masters/fields.html")]
struct MasterFields {
    form: MasterForm,
    errors: FieldErrors,
    statuses: Vec<Choice>,
    /// Name and whether it is chosen.
    cities: Vec<(String, bool)>,
    /// The choice and whether it is chosen.
    equipment: Vec<(Choice, bool)>,
    /// The orders of somebody who does not work any more, or is about to stop.
    orders: Option<OrdersLeft>,
}

/// Open orders whose master goes.
struct OrdersLeft {
    /// «3 открытых заказа».
    count: String,
    named: Vec<OrderLeft>,
    /// How many are not named.
    further: i64,
    /// All of them, in the list.
    href: String,
    /// He has stopped already; otherwise the person still has to agree.
    is_past: bool,
}

struct OrderLeft {
    id: OrderId,
    /// «Самара, завтра в 15:00, Принял».
    words: String,
}

/// What stands below the fields.
#[derive(Template)]
#[template(path = "masters/below.html")]
struct Below {
    days_off: Markup,
    files: FilesPanel,
}

/// A master with everything his page shows.
pub(super) struct Card {
    pub master: Master,
    cities: Vec<City>,
    orders: Vec<OpenOrder>,
    order_count: i64,
    days_off: DaysOff,
    files: FilesPanel,
    today: NaiveDate,
}

impl Card {
    /// The card of the master `id` for `person`.
    pub fn load(db: &mut Db, app: &App, person: &Person, id: MasterId) -> Result<Self, AppError> {
        let (now, zone) = (app.clock.now(), app.config.business_zone);
        let master = queries::by_id(db, id)?.ok_or(AppError::NotFound)?;
        let cities = catalogs::queries::cities(db)?;
        let today = master.today(&cities, zone, now);
        let business_today = zone::local(now, zone).date();
        let place = files::DocumentOwner::Master(id);
        Ok(Self {
            orders: queries::open_orders_of(db, id, ORDERS_NAMED)?,
            order_count: queries::open_orders(db, &[id])?.get(&id).copied().unwrap_or_default(),
            days_off: DaysOff::load(db, &master, today)?,
            files: FilesPanel::load(db, person, place, zone, business_today)?,
            master,
            cities,
            today,
        })
    }

    /// The page with `form`; `day_off` is the form of days off and what is wrong with it.
    pub fn page(
        mut self,
        form: MasterForm,
        errors: FieldErrors,
        day_off: (DayOffForm, FieldErrors),
    ) -> Result<FormPage, AppError> {
        let is_asked = !errors.of("keep_orders").is_empty();
        let is_past = !self.master.is_active();
        let orders = (self.order_count > 0 && (is_asked || is_past)).then(|| OrdersLeft {
            count: format!(
                "{} {}",
                self.order_count,
                plural(
                    self.order_count.unsigned_abs(),
                    ["открытый заказ", "открытых заказа", "открытых заказов"]
                )
            ),
            further: self.order_count - self.orders.len() as i64,
            named: self.orders.iter().map(|order| OrderLeft::of(order, self.today)).collect(),
            href: format!("/orders?master={}", self.master.id),
            is_past,
        });
        (self.days_off.form, self.days_off.errors) = day_off;
        let name = self.master.name;
        let action = format!("{}/{}", PLACE.path, self.master.id);
        let page = form_page(name, action, form, errors, &self.cities, &self.master.cities, orders)?;
        Ok(page.with_below(&Below { days_off: Markup::of(&self.days_off)?, files: self.files })?)
    }
}

impl OrderLeft {
    fn of(order: &OpenOrder, today: NaiveDate) -> Self {
        let day = russian::day_near(order.day, today);
        let words = format!("{}, {day} в {}, {}", order.city, clock(order.minute), order.status);
        Self { id: order.id, words }
    }
}

/// The form around the fields. Cities to choose from: active ones, and those the master has already.
fn form_page(
    title: String,
    action: String,
    form: MasterForm,
    errors: FieldErrors,
    cities: &[City],
    kept: &[String],
    orders: Option<OrdersLeft>,
) -> Result<FormPage, AppError> {
    let fields = MasterFields {
        statuses: status_choices("Работает", "Не работает"),
        cities: offered(cities, kept)
            .into_iter()
            .map(|city| {
                let is_chosen = form.cities.contains(&city);
                (city, is_chosen)
            })
            .collect(),
        equipment: equipment_choices()
            .into_iter()
            .map(|choice| {
                let is_chosen = form.equipment.contains(&choice.value);
                (choice, is_chosen)
            })
            .collect(),
        form,
        errors,
        orders,
    };
    Ok(FormPage::new(title, action, PLACE, &fields)?)
}

fn offered(cities: &[City], kept: &[String]) -> Vec<String> {
    cities.iter().filter(|c| c.is_active || kept.contains(&c.name)).map(|c| c.name.clone()).collect()
}

pub(super) async fn new(_: Signed<Admin>, app: Data<App>) -> Result<Show<FormPage>, AppError> {
    let cities = app.db.read(|db| Ok(catalogs::queries::cities(db)?)).await?;
    let (form, errors) = (MasterForm::empty(), FieldErrors::default());
    Ok(form_page(NEW.to_owned(), PLACE.path.to_owned(), form, errors, &cities, &[], None)?.shown())
}

pub(super) async fn edit(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<MasterId>,
) -> Result<Show<FormPage>, AppError> {
    let card = card(&admin, &app, id.into_inner()).await?;
    let form = MasterForm::of(&card.master);
    Ok(card.page(form, FieldErrors::default(), Default::default())?.shown())
}

/// The card of a master, read on the blocking pool.
pub(super) async fn card(admin: &Signed<Admin>, app: &Data<App>, id: MasterId) -> Result<Card, AppError> {
    let (person, inner) = (Person::clone(admin), app.clone());
    app.db.read(move |db| Card::load(db, &inner, &person, id)).await
}

pub(super) async fn create(
    admin: Signed<Admin>,
    app: Data<App>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let form = MasterForm::sent(&fields);
    let (typed, by, now) = (form.clone(), admin.id, app.clock.now());
    let (saved, cities) = app
        .db
        .write(move |tx| {
            let cities = catalogs::queries::cities(tx.db)?;
            let saved = match typed.check(&offered(&cities, &[])) {
                Ok(wanted) => Ok(queries::write::insert(tx, &wanted, by, now)?),
                Err(errors) => Err(errors),
            };
            Ok((saved, cities))
        })
        .await?;
    match saved {
        Ok(_) => Ok(saved_as(format!("Мастер добавлен: {}", form.name))),
        Err(errors) => {
            let page = form_page(NEW.to_owned(), PLACE.path.to_owned(), form, errors, &cities, &[], None)?;
            Ok(Either::Right(page.refused("")))
        }
    }
}

pub(super) async fn update(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<MasterId>,
    Form(fields): Form,
) -> Result<Answer, AppError> {
    let (id, form) = (id.into_inner(), MasterForm::sent(&fields));
    let (typed, by, now) = (form.clone(), admin.id, app.clock.now());
    let saved = app
        .db
        .write(move |tx| {
            let master = queries::by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
            let cities = catalogs::queries::cities(tx.db)?;
            let wanted = match typed.check(&offered(&cities, &master.cities)) {
                Ok(wanted) => wanted,
                Err(errors) => return Ok(Err(errors)),
            };
            let goes = master.is_active() && wanted.status_work == MasterStatus::Inactive;
            if goes && !typed.keep_orders && queries::open_orders(tx.db, &[id])?.contains_key(&id) {
                let mut errors = FieldErrors::default();
                errors.add("keep_orders", "Подтвердите, что заказы останутся за ним, или передайте их");
                return Ok(Err(errors));
            }
            queries::write::update(tx, &master, &wanted, by, now)?;
            Ok(Ok(()))
        })
        .await?;
    match saved {
        Ok(()) => Ok(saved_as(format!("Сохранено: {}", form.name))),
        Err(errors) => {
            let card = card(&admin, &app, id).await?;
            Ok(Either::Right(card.page(form, errors, Default::default())?.refused("")))
        }
    }
}

fn saved_as(title: String) -> Answer {
    Either::Left(Saved::to(PLACE.path, PLACE.target, title))
}
