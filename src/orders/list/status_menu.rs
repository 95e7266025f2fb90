//! The menu of a status in the list: the next status is one click away from its row, a reason or a sum is asked in
//! the menu itself. What it sends is saved by `edit::save` like any other change.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::catalogs;
use crate::domain::id::{AccountId, OrderId};
use crate::domain::order::StatusOrder;
use crate::domain::person::Person;
use crate::orders::edit::Field;
use crate::orders::edit::rules::{asks_for_sum, may_move, wants_master};
use crate::orders::edit::save::Refusal;
use crate::orders::edit::words::others_words;
use crate::orders::queries::one;
use crate::platform::error::AppError;
use crate::web::page::Fragment;
use crate::web::reply::{Done, TRIGGER, Toast, trigger_header};
use crate::web::request;

/// The element the menu is put into; a request that wants it replaced comes from the list.
pub const TARGET: &str = "row-status";

#[derive(Template)]
#[template(path = "orders/status_menu.html")]
struct StatusMenu {
    id: OrderId,
    version: i64,
    /// The next usual step first, then the others in their order.
    offers: Vec<Offer>,
    /// Why nothing was saved, or empty.
    problem: String,
    /// An admin enters sums.
    is_admin: bool,
}

/// A status the order may go to.
struct Offer {
    status: StatusOrder,
    /// What it was opened for before something was wrong with it.
    is_open: bool,
    /// It wants one of these reasons, or words of one's own when the list is empty.
    reasons: Option<Vec<String>>,
    /// Somebody has to go for it, and nobody goes.
    asks_for_master: bool,
    /// It wants the итог.
    asks_for_sum: bool,
    /// What was typed beside it.
    typed: String,
}

/// `GET /orders/ID/status`: the menu; a browser without scripts is led to the order.
pub async fn show(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    if request::wanted_part(&request) != Some(TARGET) {
        return Ok(Done::to(format!("/orders/{id}")).respond_to(&request));
    }
    let menu = load(&app, id, &person, Refusal::default()).await?;
    Ok(Fragment::ok(menu).respond_to(&request))
}

/// The menu again, with what is wrong and what was typed.
///
/// # Errors
/// When the order is gone.
pub async fn refused(
    request: &HttpRequest,
    app: &Data<App>,
    id: OrderId,
    person: &Person,
    refusal: Refusal,
) -> Result<HttpResponse, AppError> {
    let menu = load(app, id, person, refusal).await?;
    Ok(Fragment(menu, StatusCode::UNPROCESSABLE_ENTITY).respond_to(request))
}

/// Says what was saved; lists and grids on the page read themselves anew without waiting for the live stream.
pub fn saved(id: OrderId, toast: &Toast) -> HttpResponse {
    let told = serde_json::json!({
        "toast": toast.to_json(),
        "live:orders": { "ids": [id] },
    });
    HttpResponse::NoContent().insert_header((TRIGGER, trigger_header(&told))).finish()
}

async fn load(app: &App, id: OrderId, person: &Person, refusal: Refusal) -> Result<StatusMenu, AppError> {
    let (is_admin, by) = (person.is_admin(), person.id);
    app.db
        .read(move |db| {
            let order = one::order(db, id)?.ok_or(AppError::NotFound)?;
            let next = order.status_order.next();
            let mut statuses: Vec<StatusOrder> = StatusOrder::ALL.to_vec();
            statuses.sort_by_key(|status| next != Some(*status));
            let mut offers = Vec::new();
            for status in statuses.into_iter().filter(|to| may_move(order.status_order, *to, is_admin)) {
                let typed_field = if status.needs_reason() { Field::RefusalReason } else { Field::Result };
                let is_open = refusal.wanted == Some(status);
                offers.push(Offer {
                    status,
                    is_open,
                    reasons: match status.needs_reason() {
                        true => Some(catalogs::queries::refusal_reasons(db, status.as_str())?),
                        false => None,
                    },
                    asks_for_master: order.master_id.is_none() && wants_master(status),
                    asks_for_sum: asks_for_sum(order.status_order, status, order.result),
                    typed: refusal.sent.typed(typed_field).filter(|_| is_open).unwrap_or_default().to_owned(),
                });
            }
            Ok(StatusMenu { id, version: order.version, offers, problem: problem(&refusal, by), is_admin })
        })
        .await
}

/// Why nothing was saved, as one text.
fn problem(refusal: &Refusal, by: AccountId) -> String {
    if !refusal.conflicts.is_empty() {
        let others = others_words(&refusal.others, by);
        return format!("Пока меню было открыто, заказ {others}. Статус не сохранён: выберите ещё раз.");
    }
    let mut sentences: Vec<String> = refusal.errors.values().map(|words| format!("{words}.")).collect();
    if refusal.is_full {
        sentences.push("Откройте заказ, чтобы перенести визит или записать сверх лимита.".to_owned());
    }
    sentences.join(" ")
}
