//! Saving a new order: checked against the lists, once per form, with its client, calls and history.

use actix_web::http::StatusCode;
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::StatusOrder;
use super::draft;
use super::form::{Checked, Errors, Known, OrderForm};
use super::new::NewPage;
use super::queries::{clients, drafts, write};
use super::rows::Clocks;
use super::show::Place;
use crate::app::App;
use crate::db::Tx;
use crate::error::AppError;
use crate::web::form::Form;
use crate::web::reply::{Done, TRIGGER, trigger_header};
use crate::web::show::{Show, is_fragment_request};
use crate::web::signed::{Anyone, Signed};

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
    if form.request_key.is_empty() || form.request_key.len() > MAX_KEY {
        form.request_key = uuid::Uuid::new_v4().to_string();
    }
    let key = draft::known_key(fields.text("draft_key")).unwrap_or_else(|_| draft::key_of(&form));
    let (id, business, now) = (person.id, app.config.business_zone, app.clock.now());
    let (sent, draft_key) = (form.clone(), key.clone());
    let by = write::By { account_id: id, at: now };
    let outcome = app.db.write(move |tx| save(tx, &sent, &draft_key, by)).await?;
    match outcome {
        Outcome::Saved(id) if is_fragment_request(&request) => {
            let title = format!("Заказ № {id} создан");
            let events = serde_json::json!({ "toast": { "kind": "ok", "title": title, "text": "" }, "dialog:close": { "id": id } });
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
                    Ok(NewPage::load(db, form, errors, key, place, &known, &clocks)?)
                })
                .await?;
            Ok(Show(page, StatusCode::UNPROCESSABLE_ENTITY).respond_to(&request))
        }
    }
}

fn save(tx: &mut Tx, form: &OrderForm, draft_key: &str, by: write::By) -> Result<Outcome, AppError> {
    // Looked at before the check: what was right when it was saved must not be refused when it comes again.
    if let Some(id) = write::order_of_request(tx.db, &form.request_key)? {
        return Ok(Outcome::Saved(id));
    }
    let checked = match form.check(&Known::load(tx.db)?) {
        Ok(checked) => checked,
        Err(errors) => return Ok(Outcome::Rejected(errors)),
    };
    if let Some(id) = write::claim_request(tx.db, &form.request_key)? {
        return Ok(Outcome::Saved(id));
    }
    let call = match form.call.parse() {
        Ok(id) => clients::call(tx.db, id)?,
        Err(_) => None,
    };
    let call_ids = match call {
        Some(call) => clients::calls_to_link(tx.db, &call, by.at)?,
        None => Vec::new(),
    };
    let id = write::insert(tx, &new_order(checked, form.phone.clone(), by, call_ids))?;
    write::answer_request(tx.db, &form.request_key, id)?;
    drafts::drop(tx.db, by.account_id, draft_key)?;
    Ok(Outcome::Saved(id))
}

fn new_order(checked: Checked, phone_raw: String, by: write::By, call_ids: Vec<i64>) -> write::NewOrder {
    write::NewOrder {
        rk: checked.rk,
        city: checked.city,
        avito_name: checked.avito_name,
        avito_chatid: None,
        phone: checked.phone,
        phone_raw,
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
