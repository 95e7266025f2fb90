//! Forms that change an order: of the dialog, of a status button, of deletion. All answers show the order.

use actix_web::http::StatusCode;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::save::{self, Editor, Outcome, Refusal, Saved};
use super::submitted::Sent;
use super::{Field, delete as deletion};
use crate::app::App;
use crate::auth::signed::{Admin, Anyone, Signed};
use crate::domain::id::{AccountId, OrderId};
use crate::domain::person::Person;
use crate::orders::edit::words::{label, others_words};
use crate::orders::list::status_menu;
use crate::orders::queries::write::By;
use crate::orders::show::{self, Surface, Tab};
use crate::platform::error::AppError;
use crate::web::form::{Fields, Form};
use crate::web::page::Show;
use crate::web::reply::{Done, TRIGGER, Toast, saying, trigger_header};
use crate::web::request::{is_fragment_request, wanted_part};

/// Changes an order: `/orders/ID`, and `/orders/ID/status` for a status alone.
pub async fn update(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let editor = Editor {
        by: By { account_id: person.id, at: app.clock.now() },
        role: person.role,
        business: app.config.business_zone,
    };
    let place = place(&request, &fields);
    let is_of_list = wanted_part(&request) == Some(status_menu::TARGET);
    match save::save(&app, id, Sent::of(&fields), editor).await? {
        Outcome::Refused(refusal) if is_of_list => {
            status_menu::refused(&request, &app, id, &person, refusal).await
        }
        Outcome::Saved(saved) if is_of_list => {
            Ok(status_menu::saved(id, &saved_words(id, &saved, person.id)))
        }
        Outcome::Refused(refusal) => refused(&request, &app, id, place, &person, refusal).await,
        Outcome::Saved(saved) if is_fragment_request(&request) => {
            let page = show::load(&app, id, place, &person, Refusal::default()).await?;
            Ok(saying(Show::ok(page).respond_to(&request), saved_words(id, &saved, person.id)))
        }
        Outcome::Saved(saved) => {
            let said = saved_words(id, &saved, person.id);
            Ok(Done::to(place.address(id)).saying(said).respond_to(&request))
        }
    }
}

/// Deletes an order, if nothing is lost with it.
pub async fn delete(
    person: Signed<Admin>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let id = id.into_inner();
    let by = By { account_id: person.id, at: app.clock.now() };
    let place = place(&request, &fields);
    match app.db.write(move |tx| deletion::delete(tx, id, by)).await? {
        Err(warning) => {
            let refusal = Refusal { warning, ..Refusal::default() };
            refused(&request, &app, id, place, &person, refusal).await
        }
        Ok(()) if is_fragment_request(&request) => {
            let title = format!("Заказ № {id} удалён");
            let events = serde_json::json!({ "toast": { "kind": "ok", "title": title, "text": "" }, "dialog:close": { "id": id } });
            Ok(HttpResponse::NoContent().insert_header((TRIGGER, trigger_header(&events))).finish())
        }
        Ok(()) => {
            let said = format!("Заказ № {id} удалён");
            Ok(Done::to(place.back).saying(&*said).respond_to(&request))
        }
    }
}

fn place(request: &HttpRequest, fields: &Fields) -> Surface {
    Surface::of(request, fields.text("back")).on(Tab::parse(fields.text("tab")).unwrap_or(Tab::Description))
}

/// The order again, with what was typed and what is wrong with it: 409 when somebody else has changed the same.
async fn refused(
    request: &HttpRequest,
    app: &Data<App>,
    id: OrderId,
    place: Surface,
    person: &Person,
    refusal: Refusal,
) -> Result<HttpResponse, AppError> {
    let status =
        if refusal.conflicts.is_empty() { StatusCode::UNPROCESSABLE_ENTITY } else { StatusCode::CONFLICT };
    let tab = Tab::of(&refusal).unwrap_or(place.tab);
    let place = place.on(tab);
    let page = show::load(app, id, place, person, refusal).await?;
    Ok(show::refused(request, page, status))
}

/// What is said of a saved change; a change of the status can be taken back.
fn saved_words(id: OrderId, saved: &Saved, by: AccountId) -> Toast {
    let status = saved.status.filter(|_| saved.changed.contains(&Field::StatusOrder));
    let title = match status {
        Some(status) => format!("Заказ № {id}: {status}"),
        None if saved.changed.is_empty() => "Изменений нет".to_owned(),
        None => format!("Заказ № {id} сохранён"),
    };
    let mut sentences = Vec::new();
    let changed: Vec<String> = saved
        .changed
        .iter()
        .filter(|field| status.is_none() || **field != Field::StatusOrder)
        .map(|field| label(*field))
        .collect();
    if !changed.is_empty() {
        sentences.push(format!("Изменено: {}.", changed.join(", ")));
    }
    if !saved.about_master.is_empty() {
        sentences.push(format!("{}.", saved.about_master));
    }
    if saved.is_loss {
        sentences.push("Расход больше итога.".to_owned());
    }
    let others = others_words(&saved.others, by);
    if !others.is_empty() {
        sentences.push(format!("Тем временем {others}."));
    }
    let is_doubtful = saved.is_loss || !saved.about_master.is_empty();
    let toast = Toast::new(if is_doubtful { "warn" } else { "ok" }, title, sentences.join(" "));
    match status {
        Some(_) => toast.undo(&format!("/orders/{id}/undo"), &[("version", saved.version.to_string())]),
        None => toast,
    }
}
