//! Taking one's last change of a status back, as the toast about it offers: an ordinary change, checked like any other,
//! kept in the history, refused when somebody has changed the order since.

use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};

use super::save::{self, Editor, Outcome};
use super::submitted::Sent;
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::OrderId;
use crate::domain::person::Role;
use crate::orders::list::status_menu;
use crate::orders::queries::history;
use crate::orders::queries::write::By;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::reply::{Done, Toast};
use crate::web::request::is_fragment_request;

/// For so many minutes a change can be taken back.
const UNDO_MINUTES: i64 = 10;

/// `POST /orders/ID/undo` with the `version` that the change has made.
pub async fn undo(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<OrderId>,
    Form(fields): Form,
) -> Result<HttpResponse, AppError> {
    let (id, by, now) = (id.into_inner(), person.id, app.clock.now());
    let version = fields.number("version").ok_or_else(|| too_late("Не сказано, что отменить."))?;
    let rows = app.db.read(move |db| Ok(history::since(db, id, Some(version - 1))?)).await?;
    let is_own = rows.iter().all(|row| row.account_id == by && row.version == Some(version));
    let is_fresh = rows.iter().all(|row| (now - row.at).num_minutes() < UNDO_MINUTES);
    let is_of_status = rows.iter().any(|row| row.told.field() == Some(super::Field::StatusOrder));
    if !is_of_status || !is_own || !is_fresh {
        return Err(too_late("Заказ с тех пор изменился."));
    }
    // Who has closed an order by a slip of the hand may open it again at once; otherwise that is for admins.
    let editor =
        Editor { by: By { account_id: by, at: now }, role: Role::Admin, business: app.config.business_zone };
    match save::save(&app, id, Sent::taking_back(&rows, version), editor).await? {
        Outcome::Refused(refusal) => {
            let why = refusal.errors.values().next().map_or("Заказ с тех пор изменился.", String::as_str);
            Err(too_late(why))
        }
        Outcome::Saved(saved) if is_fragment_request(&request) => {
            let status = saved.status.map_or_else(String::new, |status| format!(": снова «{status}»"));
            Ok(status_menu::saved(id, &Toast::ok(format!("Заказ № {id}{status}"))))
        }
        Outcome::Saved(_) => Ok(Done::to(format!("/orders/{id}")).respond_to(&request)),
    }
}

fn too_late(why: &str) -> AppError {
    let why = why.trim_end_matches('.');
    AppError::Conflict(format!("Отменить уже нельзя: {why}. Откройте заказ и измените статус в нём."))
}
