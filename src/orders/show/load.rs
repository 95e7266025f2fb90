//! Reads everything an order is shown with; the number of queries does not depend on how much there is.

use actix_web::web::Data;
use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::controls::{conflicts, controls};
use super::history::{Stage, Story, lines};
use super::{OrderPage, ReasonChoice, Surface, Tab};
use crate::app::App;
use crate::domain::id::OrderId;
use crate::domain::order::StatusOrder;
use crate::domain::person::Person;
use crate::domain::{russian, zone};
use crate::files::DocumentOwner;
use crate::files::view::FilesPanel;
use crate::masters::choice::Need;
use crate::orders::create::suggest_type::relative;
use crate::orders::draft;
use crate::orders::edit::Field;
use crate::orders::edit::fields::Target;
use crate::orders::edit::merge::merge;
use crate::orders::edit::save::Refusal;
use crate::orders::edit::submitted::Sent;
use crate::orders::list::rows::{CallLine, Clocks, RowView};
use crate::orders::queries::list::neighbours::neighbours;
use crate::orders::queries::{clients, drafts, edit, history, one};
use crate::orders::values::Lists;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::list::Choice;
use crate::{catalogs, masters};

const PAST_ORDERS: i64 = 5;
/// Lines in the side.
const LATEST: i64 = 4;
/// Lines of the whole history.
const HISTORY: i64 = 300;

/// Reads the order `id` for showing it to `person`; `refusal` is what they have just tried, if anything.
///
/// # Errors
/// [`AppError::NotFound`] when there is none.
pub async fn load(
    app: &Data<App>,
    id: OrderId,
    place: Surface,
    person: &Person,
    refusal: Refusal,
) -> Result<OrderPage, AppError> {
    let (business, now, person) = (app.config.business_zone, app.clock.now(), person.clone());
    app.db
        .read(move |db| {
            let order = one::order(db, id)?.ok_or(AppError::NotFound)?;
            Ok(read(db, order, place, &person, refusal, (now, business))?)
        })
        .await
}

/// Reads everything the `order` is shown with, at the moment `now` (UTC) of the business zone.
pub fn read(
    db: &mut Db,
    order: one::Order,
    place: Surface,
    person: &Person,
    mut refusal: Refusal,
    (now, business): (NaiveDateTime, Tz),
) -> diesel::QueryResult<OrderPage> {
    let lists = Lists::of_change(db)?;
    let clocks = Clocks { now, business, cities: &lists.cities };
    let target = Target::of(&order);
    let mut draft_words = String::new();
    if refusal.touched.is_empty()
        && refusal.errors.is_empty()
        && let Some((typed, at)) = unsaved(db, &order, &target, person)?
    {
        if !typed.touched.is_empty() {
            draft_words = format!("Несохранённое от {}", clocks.event(at));
        }
        refusal.touched = typed.touched;
        refusal.sent = typed.sent;
    }
    let city_zone = clocks.city(&order.city);
    let limit = if place.tab == Tab::History { HISTORY } else { LATEST };
    let rows = history::newest(db, order.id, limit)?;
    let conflicts = if refusal.conflicts.is_empty() {
        Vec::new()
    } else {
        let all = history::since(db, order.id, None)?;
        conflicts(&target, &lists, &refusal, &all, &clocks)
    };
    let mut controls = controls(&target, &lists, person.role, &refusal);
    if !draft_words.is_empty() {
        // What was seen when it was typed, so that a change made meanwhile is not overwritten unseen.
        for field in &refusal.touched {
            if let (Some(was), Some(control)) = (refusal.sent.was(*field), controls.get_mut(field)) {
                control.was = crate::orders::edit::fields::shown(*field, was);
            }
        }
    }
    let need = Need {
        city: order.city.clone(),
        equipment: Some(order.type_equipment),
        day: Some(order.meeting_day),
        minute: Some(order.meeting_minute),
        order_id: Some(order.id),
        chosen: controls[&Field::MasterId].value.parse().ok(),
    };
    let masters = masters::choice::for_order(db, &need)?;
    let (past, past_count) = clients::past_orders(db, order.client_id, Some(order.id), PAST_ORDERS)?;
    let calls = one::calls_of(db, order.id)?;
    let mut refusals = Vec::new();
    for status in StatusOrder::ALL.iter().copied().filter(|s| s.needs_reason()) {
        let reasons = Choice::all(&catalogs::queries::refusal_reasons(db, status.as_str())?);
        if order.status_order == status {
            let kept = order.refusal_reason.iter().filter(|kept| !reasons.iter().any(|r| r.value == **kept));
            let kept: Vec<Choice> = kept.map(Choice::plain).collect();
            if !reasons.is_empty()
                && let Some(control) = controls.get_mut(&Field::RefusalReason)
            {
                control.choices = [reasons.clone(), kept].concat();
            }
        }
        refusals.push(ReasonChoice { status, reasons });
    }
    let story = if place.tab == Tab::History {
        let steps = history::steps(db, &[order.id])?.remove(&order.id).unwrap_or_default();
        let is_cut = i64::try_from(rows.len()).is_ok_and(|read| read == HISTORY);
        Some(Story { stages: Stage::all(&steps, &clocks), lines: lines(&rows, &lists, &clocks), is_cut })
    } else {
        None
    };
    let documents = if place.tab == Tab::Documents {
        let today = zone::local(now, business).date();
        let mut panel = |place| FilesPanel::load(db, person, place, business, today);
        Some([panel(DocumentOwner::Bso(order.id))?, panel(DocumentOwner::Expenditure(order.id))?])
    } else {
        None
    };
    let latest = rows.get(..rows.len().min(LATEST as usize)).unwrap_or_default();
    Ok(OrderPage {
        neighbours: match place.list() {
            Some(filter) => neighbours(db, &filter, &order, business)?,
            None => Default::default(),
        },
        document_count: edit::documents(db, order.id)?,
        is_admin: person.is_admin(),
        visit: target.local,
        today: zone::local(now, city_zone).date(),
        relative: if order.status_order.is_open() {
            relative(order.date_meeting, now)
        } else {
            String::new()
        },
        zones: other_clock(order.date_meeting, &order.city, &clocks),
        created: clocks.event_words(order.create_date),
        closed: order.closing_data.map(|at| clocks.event_words(at)).unwrap_or_default(),
        changed: rows
            .first()
            .map(|row| format!("{} · {}", clocks.event_words(row.at), russian::short_name(&row.account)))
            .unwrap_or_default(),
        past_words: past_words(past_count),
        past: past.into_iter().map(|row| RowView::new(row, &clocks)).collect(),
        calls: calls.into_iter().map(|call| CallLine::of(call, &clocks)).collect(),
        latest: lines(latest, &lists, &clocks),
        story,
        documents,
        masters,
        refusals,
        conflicts,
        controls,
        draft_words,
        place,
        request_key: match refusal.sent.request_key.is_empty() {
            true => uuid::Uuid::new_v4().to_string(),
            false => refusal.sent.request_key.clone(),
        },
        refusal,
        order,
    })
}

/// What the person has typed into this order and not saved, and when; without fields when it was taken back by hand.
fn unsaved(
    db: &mut Db,
    order: &one::Order,
    now: &Target,
    person: &Person,
) -> diesel::QueryResult<Option<(Refusal, NaiveDateTime)>> {
    let Some((fields, at)) = drafts::load(db, person.id, &draft::key_of_order(order.id))? else {
        return Ok(None);
    };
    let sent = Sent::of_draft(&fields);
    let since = match sent.version {
        Some(version) if version < order.version => history::since(db, order.id, Some(version))?,
        _ => Vec::new(),
    };
    let merged = merge(&sent, now, &since);
    let changes = merged.mine.into_iter().chain(merged.conflicts);
    let touched: Vec<Field> =
        changes.map(|(field, _)| field).filter(|field| field.may_change(person.role)).collect();
    Ok(Some((Refusal { sent, touched, ..Refusal::default() }, at)))
}

/// What the clock here shows at a visit in a city with another one; empty when they agree.
pub fn other_clock(at: NaiveDateTime, city: &str, clocks: &Clocks) -> String {
    let (there, here) = (zone::local(at, clocks.city(city)), zone::local(at, clocks.business));
    if there == here {
        return String::new();
    }
    let day = if there.date() == here.date() { "" } else { ", другой день" };
    format!("{} {city} = {} здесь{day}", russian::time(there), russian::time(here))
}

fn past_words(count: i64) -> String {
    let number = u64::try_from(count).unwrap_or_default();
    match number {
        0 => "Раньше не обращался".to_owned(),
        n => format!("Ещё {n} {}", russian::plural(n, ["заказ", "заказа", "заказов"])),
    }
}
