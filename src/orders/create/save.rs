//! Saving a new order: checked against the lists, once per form, in a place of its slot that nobody else has, with
//! its client, calls and history.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};
use chrono_tz::Tz;

use super::answer::Answer;
use super::duplicates;
use super::form::{Checked, OrderForm, Refusal};
use super::new::{FormOf, NewPage};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::{CallId, OrderId};
use crate::domain::order::StatusOrder;
use crate::orders::draft;
use crate::orders::edit::field::Happening;
use crate::orders::list::rows::Clocks;
use crate::orders::queries::{booking, clients, drafts, duplicates as known_orders, write};
use crate::orders::show::Surface;
use crate::orders::values::Lists;
use crate::platform::db::{Tx, portable};
use crate::platform::error::{AppError, Refusable};
use crate::slots::Slot;
use crate::slots::queries::{Booking, Overbooked, reserve};
use crate::web::field_errors::FieldErrors;
use crate::web::form::Form;
use crate::web::page::Show;
use crate::web::reply::{Done, TRIGGER, Toast, trigger_header};
use crate::web::request::is_fragment_request;

enum Outcome {
    /// Made now, or before from the same form.
    Saved(OrderId),
    Rejected(Refusal),
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
    if form.request_key.is_empty() || form.request_key.len() > drafts::MAX_KEY {
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
        Outcome::Saved(id) => {
            let said = format!("Заказ № {id} создан");
            Ok(Done::to(format!("/orders/{id}")).saying(&*said).respond_to(&request))
        }
        Outcome::Rejected(refusal) => {
            let place = Surface::of(&request, fields.text("back"));
            let page = app
                .db
                .read(move |db| {
                    let lists = Lists::of_new(db)?;
                    let clocks = Clocks { now, business, cities: &lists.cities };
                    let whose = FormOf { by: id, place, draft_key: key, lists: &lists, clocks: &clocks };
                    Ok(NewPage::load(db, form, refusal, whose)?)
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
    let lists = Lists::of_new(tx.db)?;
    form.settle(&Clocks { now: by.at, business, cities: &lists.cities });
    let checked = match form.check(&lists) {
        Ok(checked) => checked,
        Err(errors) => return Ok(Outcome::Rejected(errors.into())),
    };
    let request_key = form.request_key;
    if let Some(id) = write::claim_request(tx.db, &request_key)? {
        return Ok(Outcome::Saved(id));
    }
    let overbooked = match admit(tx, &checked, by)? {
        Ok(overbooked) => overbooked,
        Err(refusal) => {
            booking::unclaim_request(tx.db, &request_key)?;
            return Ok(Outcome::Rejected(refusal));
        }
    };
    let call_ids = clients::calls_of_form(tx.db, checked.call, by.at)?;
    let (number, answer) = (checked.phone.digits().to_owned(), checked.answer.clone());
    let id = write::insert(tx, &new_order(checked, by, call_ids))?;
    crate::debts::queries::pay_by_order(tx, &number, id, by.account_id, by.at)?;
    crate::callbacks::queries::keep::by_order(tx, &number, id, by.account_id, by.at)?;
    if answer != Answer::None {
        booking::note(tx.db, id, by, Happening::Duplicate, &answer.words())?;
    }
    if let Some(over) = overbooked {
        let words = format!("визит {} при лимите {}: {}", over.number, over.places, over.reason);
        booking::note(tx.db, id, by, Happening::Overbook, &words)?;
    }
    write::answer_request(tx.db, &request_key, id)?;
    drafts::drop(tx.db, by.account_id, draft_key)?;
    Ok(Outcome::Saved(id))
}

/// Whether the order may be made: nobody has made the same one unasked, and its slot has a place, which is then
/// taken. After a refusal nothing is.
fn admit(tx: &mut Tx, checked: &Checked, by: write::By) -> Refusable<Option<Overbooked>, Refusal> {
    let mut errors = FieldErrors::default();
    // Two operators who write down one client at once: the second one sees the order of the first.
    portable::lock(tx.db, &format!("new order of {}", checked.phone.digits()))?;
    if let Some(id) = duplicates::unanswered(tx.db, checked, by.at)? {
        let words = format!("У клиента уже есть открытый заказ № {id} по этому адресу. Ответьте, это он?");
        errors.add("duplicate", words);
    }
    if let Some(parent) = checked.parent()
        && !known_orders::exists(tx.db, parent)?
    {
        errors.add("type_order", format!("Заказа № {parent}, по которому гарантия, нет"));
    }
    if !errors.is_empty() {
        return Ok(Err(errors.into()));
    }
    let slot = Slot {
        city: checked.city.clone(),
        day: checked.meeting.day,
        minute: checked.meeting.minute,
        type_equipment: checked.type_equipment,
    };
    let booking = Booking {
        slot,
        by: by.account_id,
        hold: checked.hold,
        overbook_reason: checked.overbook_reason.as_deref(),
        replacing_order: None,
    };
    Ok(reserve(tx, &booking, by.at)?.map(|reserved| reserved.overbooked).map_err(|full| {
        errors.add("date_meeting", full.words());
        Refusal { errors, is_full: true }
    }))
}

fn new_order(checked: Checked, by: write::By, call_ids: Vec<CallId>) -> write::NewOrder {
    write::NewOrder {
        parent_order_id: checked.parent(),
        rk: checked.rk,
        city: checked.city,
        avito_name: checked.avito_name,
        avito_chatid: checked.avito_chatid,
        phone: checked.phone,
        phone_raw: checked.phone_raw,
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
