//! Saving a new order: checked against the lists, once per form, in a place of its slot that nobody else has, with
//! its client, calls and history.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use chrono_tz::Tz;

use super::duplicates::{self, Answer};
use super::form::{Checked, Errors, Known, OrderForm};
use super::new::{Desk, NewPage};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::order::StatusOrder;
use crate::orders::draft;
use crate::orders::edit::field::Happening;
use crate::orders::list::rows::Clocks;
use crate::orders::queries::{booking, clients, drafts, duplicates as known_orders, write};
use crate::orders::show::Place;
use crate::platform::db::{Tx, portable};
use crate::platform::error::{AppError, Refusable};
use crate::slots::Slot;
use crate::slots::queries::{Booking, Overbooked, reserve};
use crate::web::form::Form;
use crate::web::page::Show;
use crate::web::reply::{Done, TRIGGER, Toast, trigger_header};
use crate::web::request::is_fragment_request;

/// Longest key of a form; ours are UUIDs.
const MAX_KEY: usize = 64;

enum Outcome {
    /// Made now, or before from the same form.
    Saved(i64),
    Rejected(Errors),
}

/// Takes the form of a new order.
pub async fn create(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let mut form = OrderForm::of(&fields);
    // Without scripts the answer to «такой заказ уже есть» comes with the button that sends the form.
    if !fields.text("answer").is_empty() {
        fields.text("answer").clone_into(&mut form.duplicate);
    }
    if form.request_key.is_empty() || form.request_key.len() > MAX_KEY {
        form.request_key = uuid::Uuid::new_v4().to_string();
    }
    let key = draft::known_key(fields.text("draft_key")).unwrap_or_else(|_| draft::key_of(&form));
    let (id, business, now) = (person.id, app.config.business_zone, app.clock.now());
    let (sent, draft_key) = (form.clone(), key.clone());
    let by = write::By { account_id: id, at: now };
    let outcome = app.db.write(move |tx| save(tx, sent.clone(), &draft_key, by, business)).await?;
    match outcome {
        Outcome::Saved(id) if is_fragment_request(&request) => {
            let toast = Toast::ok(format!("Заказ № {id} создан")).opening(format!("/orders/{id}"));
            let events = serde_json::json!({ "toast": toast.to_json(), "dialog:close": { "id": id } });
            Ok(HttpResponse::NoContent().insert_header((TRIGGER, trigger_header(&events))).finish())
        }
        Outcome::Saved(id) => Ok(Done::to(format!("/orders/{id}")).respond_to(&request)),
        Outcome::Rejected(errors) => {
            let place = Place::of(&request, fields.text("back"));
            let page = app
                .db
                .read(move |db| {
                    let known = Known::load(db)?;
                    let clocks = Clocks { now, business, cities: &known.cities };
                    let desk = Desk { by: id, place, draft_key: key, known: &known, clocks: &clocks };
                    Ok(NewPage::load(db, form, errors, desk)?)
                })
                .await?;
            Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request))
        }
    }
}

fn save(
    tx: &mut Tx,
    mut form: OrderForm,
    draft_key: &str,
    by: write::By,
    business: Tz,
) -> Result<Outcome, AppError> {
    // Looked at before the check: what was right when it was saved must not be refused when it comes again.
    if let Some(id) = write::order_of_request(tx.db, &form.request_key)? {
        return Ok(Outcome::Saved(id));
    }
    let known = Known::load(tx.db)?;
    form.settle(&Clocks { now: by.at, business, cities: &known.cities });
    let form = &form;
    let checked = match form.check(&known) {
        Ok(checked) => checked,
        Err(errors) => return Ok(Outcome::Rejected(errors)),
    };
    if let Some(id) = write::claim_request(tx.db, &form.request_key)? {
        return Ok(Outcome::Saved(id));
    }
    let overbooked = match admit(tx, form, &checked, by)? {
        Ok(overbooked) => overbooked,
        Err(errors) => {
            booking::unclaim_request(tx.db, &form.request_key)?;
            return Ok(Outcome::Rejected(errors));
        }
    };
    let call = match form.call.parse() {
        Ok(id) => clients::call(tx.db, id)?,
        Err(_) => None,
    };
    let call_ids = match call {
        Some(call) => clients::calls_to_link(tx.db, &call, by.at)?,
        None => Vec::new(),
    };
    let number = checked.phone.digits().to_owned();
    let id = write::insert(tx, &new_order(checked, form, by, call_ids))?;
    crate::debts::queries::pay_by_order(tx, &number, id, by.account_id, by.at)?;
    crate::callbacks::queries::keep::by_order(tx, &number, id, by.account_id, by.at)?;
    let answer = Answer::parse(&form.duplicate);
    if answer != Answer::None {
        booking::note(tx.db, id, by, Happening::Duplicate, &answer.words())?;
    }
    if let Some(over) = overbooked {
        let words = format!("визит {} при лимите {}: {}", over.number, over.places, over.reason);
        booking::note(tx.db, id, by, Happening::Overbook, &words)?;
    }
    write::answer_request(tx.db, &form.request_key, id)?;
    drafts::drop(tx.db, by.account_id, draft_key)?;
    Ok(Outcome::Saved(id))
}

/// Whether the order may be made: nobody has made the same one unasked, and its slot has a place, which is then
/// taken. After an error nothing is.
fn admit(
    tx: &mut Tx,
    form: &OrderForm,
    checked: &Checked,
    by: write::By,
) -> Refusable<Option<Overbooked>, Errors> {
    let mut errors = Errors::default();
    // Two operators who write down one client at once: the second one sees the order of the first.
    portable::lock(tx.db, &format!("new order of {}", checked.phone.digits()))?;
    if let Some(id) = duplicates::unanswered(tx.db, form, by.at)? {
        let words = format!("У клиента уже есть открытый заказ № {id} по этому адресу. Ответьте, это он?");
        errors.add("duplicate", words);
    }
    if let Some(parent) = duplicates::parent_of(form, checked.type_order)
        && !known_orders::exists(tx.db, parent)?
    {
        errors.add("type_order", format!("Заказа № {parent}, по которому гарантия, нет"));
    }
    if !errors.is_empty() {
        return Ok(Err(errors));
    }
    let slot = Slot {
        city: checked.city.clone(),
        day: checked.meeting.day,
        minute: checked.meeting.minute,
        type_equipment: checked.type_equipment,
    };
    let reason = Some(form.overbook_reason.as_str()).filter(|reason| !reason.is_empty());
    let hold = form.hold.parse().ok();
    let wanted = Booking { slot, by: by.account_id, hold, overbook_reason: reason, replacing_order: None };
    match reserve(tx, &wanted, by.at)? {
        Ok(reserved) => Ok(Ok(reserved.overbooked)),
        Err(full) => {
            errors.add("date_meeting", full.words());
            errors.is_full = true;
            Ok(Err(errors))
        }
    }
}

fn new_order(checked: Checked, form: &OrderForm, by: write::By, call_ids: Vec<i64>) -> write::NewOrder {
    write::NewOrder {
        parent_order_id: duplicates::parent_of(form, checked.type_order),
        rk: checked.rk,
        city: checked.city,
        avito_name: checked.avito_name,
        avito_chatid: checked.avito_chatid,
        phone: checked.phone,
        phone_raw: form.phone.clone(),
        type_order: checked.type_order,
        client_name: checked.client_name,
        address: checked.address,
        meeting: checked.meeting,
        type_equipment: checked.type_equipment,
        problem: checked.problem,
        comment: checked.comment,
        status: StatusOrder::Wait,
        refusal_reason: None,
        master_id: None,
        result: None,
        expenditure: None,
        operator_id: by.account_id,
        created_at: by.at,
        closed_at: None,
        call_ids,
    }
}
