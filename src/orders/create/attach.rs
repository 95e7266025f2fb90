//! «Это тот же заказ»: the answer to the question of duplicates that makes no order.

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::form::OrderForm;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::OrderId;
use crate::domain::russian;
use crate::orders::draft;
use crate::orders::edit::field::Happening;
use crate::orders::queries::write::By;
use crate::orders::queries::{booking, clients, drafts, duplicates as queries};
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::slots;
use crate::web::form::Form;
use crate::web::reply::Done;
use crate::web::request::is_fragment_request;

/// How much of each text is kept in the history of the order.
const NOTE_CHARS: usize = 500;

/// «Это тот же заказ»: the calls that led here belong to the order that is there already, what was typed goes
/// into its history, the form's draft and its held slot are given up, and that order opens.
pub async fn same(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let form = OrderForm::of(&fields);
    let key = draft::known_key(fields.text("draft_key")).unwrap_or_else(|_| draft::key_of(&form));
    let by = By { account_id: person.id, at: app.clock.now() };
    app.db.write(move |tx| join(tx, id, &form, &key, by)).await?;
    let address = format!("/orders/{id}");
    if is_fragment_request(&request) {
        // A plain redirect under htmx too: it follows, and gets the order for the same dialog.
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, address)).finish());
    }
    Ok(Done::to(address).respond_to(&request))
}

fn join(tx: &mut Tx, id: OrderId, form: &OrderForm, draft_key: &str, by: By) -> Result<(), AppError> {
    if !queries::exists(tx.db, id)? {
        return Err(AppError::NotFound);
    }
    let call_ids = clients::calls_of_form(tx.db, form.call_id(), by.at)?;
    queries::link_calls(tx.db, id, &call_ids)?;
    booking::note(tx.db, id, by, Happening::Repeat, &repeat_words(form, call_ids.len()))?;
    drafts::settle(tx.db, by.account_id, draft_key, &form.request_key, by.at)?;
    if let Some(hold) = form.hold_id() {
        slots::queries::release(tx, hold, by.account_id)?;
    }
    tx.announce(Event::Order(id));
    for call in call_ids {
        tx.announce(Event::Call(call));
    }
    Ok(())
}

/// «обратился снова, звонков: 2. Что сказал: …», so that nothing typed is lost.
fn repeat_words(form: &OrderForm, calls: usize) -> String {
    let mut text = match calls {
        0 => "обратился снова".to_owned(),
        n => format!(
            "позвонил снова, связано {n} {}",
            russian::plural(n as u64, ["звонок", "звонка", "звонков"])
        ),
    };
    for said in [&form.problem, &form.comment] {
        if !said.is_empty() {
            text.push_str(". ");
            text.extend(said.split_whitespace().collect::<Vec<_>>().join(" ").chars().take(NOTE_CHARS));
        }
    }
    text
}
