//! `/orders/new`: the form of a new order, filled from a call, a number or a slot, and from the person's draft.

use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use chrono::{Days, NaiveDate};

use super::TypeEquipment;
use super::client::{ClientPane, type_choices};
use super::draft;
use super::filter::{Slot, clock};
use super::form::{Errors, Known, OrderForm, parse_local};
use super::index::equipment_choices;
use super::queries::{clients, drafts, slots};
use super::rows::Clocks;
use super::show::{Place, other_clock};
use super::slots::{LIMIT, heat, is_past, promised, starts};
use super::suggest::visit;
use crate::app::App;
use crate::db::Db;
use crate::error::AppError;
use crate::lists;
use crate::phone::Phone;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::show::{Fragment, Page, Show};
use crate::web::signed::{Anyone, Signed};
use crate::{words, zone};

/// The form of a new order.
#[derive(Template)]
#[template(path = "orders/new.html", blocks = ["dialog"])]
pub struct NewPage {
    place: Place,
    form: OrderForm,
    errors: Errors,
    draft_key: String,
    /// «Черновик от 14:05», or empty.
    draft_words: String,
    /// The address of this form without a draft.
    again: String,
    from_call: bool,
    campaigns: Vec<Choice>,
    cities: Vec<Choice>,
    avito: Vec<Choice>,
    types: Vec<Choice>,
    equipment: Vec<Choice>,
    client: ClientPane,
    pick: SlotPick,
}

impl Page for NewPage {
    fn title(&self) -> String {
        "Новый заказ".to_owned()
    }

    fn section(&self) -> &'static str {
        "orders"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| self.as_dialog().render())
    }
}

/// The form.
pub async fn new(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let place = Place::of(&request, query.text("back"));
    let (id, business, now) = (person.id, app.config.business_zone, app.clock.now());
    let page = app
        .db
        .read(move |db| {
            let prefill = prefill(db, &query)?;
            let key = draft::key_of(&prefill);
            let kept = drafts::load(db, id, &key)?;
            let form = match &kept {
                Some((fields, _)) => OrderForm::of_draft(fields).or(&prefill),
                None => prefill,
            };
            let known = Known::load(db)?;
            let clocks = Clocks { now, business, cities: &known.cities };
            let mut page = NewPage::load(db, form, Errors::default(), key, place, &known, &clocks)?;
            page.again = again(&query);
            if let Some((_, at)) = kept {
                page.draft_words = format!("Черновик от {}", clocks.event(at));
            }
            Ok(page)
        })
        .await?;
    Ok(Show::ok(page).respond_to(&request))
}

/// Fields that fill the form from elsewhere.
fn again(query: &Fields) -> String {
    let mut fields = Fields::default();
    for name in ["call", "phone", "slot", "equipment", "city", "back"] {
        fields.set(name, query.text(name));
    }
    match fields.encode() {
        query if query.is_empty() => "/orders/new".to_owned(),
        query => format!("/orders/new?{query}"),
    }
}

/// What the address says about the new order.
fn prefill(db: &mut Db, query: &Fields) -> Result<OrderForm, AppError> {
    let mut form = OrderForm {
        phone: query.text("phone").to_owned(),
        city: query.text("city").to_owned(),
        type_equipment: query.text("equipment").to_owned(),
        ..OrderForm::default()
    };
    if let Some(Slot { day, minute: Some(minute) }) = Slot::parse(query.text("slot")) {
        form.date_meeting = format!("{day}T{}", clock(minute));
    }
    if let Some(id) = query.number("call") {
        let call = clients::call(db, id)?.ok_or(AppError::NotFound)?;
        form.call = id.to_string();
        form.rk = call.rk.unwrap_or_default();
        form.avito_name = call.avito_name.unwrap_or_default();
        if let Some(city) = call.city {
            form.city = city;
        }
        if let Some(number) = call.phone_client {
            form.phone = number;
        }
        if let Some(client_id) = call.client_id {
            form.client_name = clients::name(db, client_id)?;
        }
    }
    if let Some(phone) = Phone::parse(&form.phone) {
        form.phone = phone.pretty();
    }
    Ok(form)
}

impl NewPage {
    /// The form with everything beside it.
    pub fn load(
        db: &mut Db,
        mut form: OrderForm,
        errors: Errors,
        draft_key: String,
        place: Place,
        known: &Known,
        clocks: &Clocks,
    ) -> diesel::QueryResult<Self> {
        let equipment = TypeEquipment::parse(&form.type_equipment);
        let client = ClientPane::load(db, &form.phone, equipment, clocks)?;
        if form.type_order.is_empty() && errors.is_empty() {
            client.suggested().clone_into(&mut form.type_order);
        }
        if form.request_key.is_empty() {
            form.request_key = uuid::Uuid::new_v4().to_string();
        }
        let pick = SlotPick::load(db, &form.city, equipment, None, &form.date_meeting, clocks)?;
        Ok(Self {
            campaigns: with_current(&known.campaigns, &form.rk),
            cities: with_current(&known.city_names(), &form.city),
            avito: with_current(&known.avito, &form.avito_name),
            types: type_choices(),
            equipment: equipment_choices(),
            from_call: !form.call.is_empty(),
            draft_words: String::new(),
            again: "/orders/new".to_owned(),
            place,
            form,
            errors,
            draft_key,
            client,
            pick,
        })
    }

    fn error_words(&self) -> String {
        let number = u64::try_from(self.errors.count()).unwrap_or_default();
        format!("Заказ не сохранён: проверьте {number} {}.", words::plural(number, ["поле", "поля", "полей"]))
    }
}

/// The choices with the one that is shown, even when it is not offered any more.
fn with_current(names: &[String], current: &str) -> Vec<Choice> {
    let mut choices = Choice::all(names);
    if !current.is_empty() && !names.iter().any(|name| name == current) {
        choices.push(Choice::plain(current));
    }
    choices
}

/// The slots of a day beside the date of the visit.
#[derive(Clone, Debug, Default)]
pub struct SlotPick {
    /// «завтра, вторник, 24 ноября в 18:30» of the chosen date, or empty.
    pub chosen: String,
    /// «14:00 Самара = 13:00 здесь», or empty.
    pub zones: String,
    /// The chosen moment is over already.
    pub is_past: bool,
    /// Days to choose from.
    pub days: Vec<PickDay>,
    /// Slots of the day; empty until city and equipment are known.
    pub cells: Vec<PickCell>,
    /// What is missing for the slots, in words.
    pub hint: &'static str,
    /// The day the slots are of, in words.
    pub day: String,
}

/// A button of a day.
#[derive(Clone, Debug)]
pub struct PickDay {
    /// «Сегодня», «вт 24.11».
    pub label: String,
    /// Its slots.
    pub href: String,
    /// Its slots are shown.
    pub is_current: bool,
}

/// A slot to choose.
#[derive(Clone, Debug)]
pub struct PickCell {
    /// `18:30`.
    pub time: String,
    /// `2026-11-24T18:30`.
    pub value: String,
    /// Promised visits.
    pub n: i64,
    /// Load for the colour.
    pub heat: &'static str,
    /// It is the date of the form.
    pub is_chosen: bool,
}

impl SlotPick {
    /// Slots of `day` in `city`; without a day those of the chosen date, or of today.
    pub fn load(
        db: &mut Db,
        city: &str,
        equipment: Option<TypeEquipment>,
        day: Option<NaiveDate>,
        date_meeting: &str,
        clocks: &Clocks,
    ) -> diesel::QueryResult<Self> {
        let zone = clocks.city(city);
        let now = zone::local(clocks.now, zone);
        let local = parse_local(date_meeting);
        let mut pick = Self::default();
        if let Some(local) = local {
            pick.chosen = visit(local, now.date());
            pick.zones = other_clock(zone::utc(local, zone), city, clocks);
            pick.is_past = local < now;
        }
        let day = day.or(local.map(|local| local.date())).unwrap_or(now.date());
        let Some(equipment) = equipment.filter(|_| !city.is_empty()) else {
            pick.hint = "Выберите город и тип техники: здесь появится, сколько заявок уже на каждое время.";
            return Ok(pick);
        };
        pick.day = words::day_near(day, now.date());
        pick.days = days(city, equipment, day, now.date());
        let visits = slots::visits(db, &day.to_string(), city)?;
        pick.cells = starts()
            .filter(|start| !is_past(day, *start, now))
            .map(|start| {
                let (n, value) = (promised(&visits, equipment, start), format!("{day}T{}", clock(start)));
                let is_chosen = value == date_meeting;
                PickCell { time: clock(start), value, n, heat: heat(n, LIMIT), is_chosen }
            })
            .collect();
        if pick.cells.is_empty() {
            pick.hint = "На этот день время 10:00–22:00 уже прошло.";
        }
        Ok(pick)
    }
}

fn days(city: &str, equipment: TypeEquipment, shown: NaiveDate, today: NaiveDate) -> Vec<PickDay> {
    let mut offered: Vec<NaiveDate> = (0..4).filter_map(|n| today.checked_add_days(Days::new(n))).collect();
    if !offered.contains(&shown) {
        offered.push(shown);
        offered.sort_unstable();
    }
    let label = |day: NaiveDate| match (day - today).num_days() {
        0 => "Сегодня".to_owned(),
        1 => "Завтра".to_owned(),
        _ => format!("{} {}", words::weekday(day), words::day_short(day, today)),
    };
    let href = |day: NaiveDate| {
        let mut fields = Fields::default();
        fields.set("city", city);
        fields.set("equipment", equipment.as_str());
        fields.set("day", &day.to_string());
        format!("/orders/slots?{}", fields.encode())
    };
    offered
        .into_iter()
        .map(|day| PickDay { label: label(day), href: href(day), is_current: day == shown })
        .collect()
}

/// The slots alone.
#[derive(Template)]
#[template(path = "orders/slot_pick.html")]
pub struct SlotAnswer {
    pick: SlotPick,
    limit: i64,
}

/// Answers the slots of `city`, `equipment` and `day`.
pub async fn pick(
    _: Signed<Anyone>,
    app: Data<App>,
    Query(query): Query,
) -> Result<Fragment<SlotAnswer>, AppError> {
    let (business, now) = (app.config.business_zone, app.clock.now());
    app.db
        .read(move |db| {
            let cities = lists::queries::cities(db)?;
            let clocks = Clocks { now, business, cities: &cities };
            let equipment = [query.text("equipment"), query.text("type_equipment")];
            let equipment = equipment.into_iter().find_map(TypeEquipment::parse);
            let day = query.text("day").parse().ok();
            let pick =
                SlotPick::load(db, query.text("city"), equipment, day, query.text("date_meeting"), &clocks)?;
            Ok(Fragment::ok(SlotAnswer { pick, limit: LIMIT }))
        })
        .await
}
