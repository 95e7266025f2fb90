//! Sessions of an employee, ended one by one or all, and deleting somebody who was added by mistake.

use actix_web::web::{Data, Path, ServiceConfig, post};
use chrono::Duration;

use super::queries;
use crate::app::App;
use crate::auth::queries as accounts;
use crate::auth::signed::{Admin, Signed};
use crate::domain::id::AccountId;
use crate::domain::now::Now;
use crate::platform::audit;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::profile::device;
use crate::web::form::Form;
use crate::web::path::resource;
use crate::web::reply::{Done, Toast};

/// A sign-in is written down when its session begins, give or take so much.
const SAME_MOMENT: Duration = Duration::seconds(5);

/// The addresses.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/employees/{id}/sessions/end").route(post().to(end)))
        .service(resource("/admin/employees/{id}/delete").route(post().to(delete)));
}

/// Where an employee is signed in.
pub struct SessionRow {
    /// Names it.
    pub key: String,
    /// «Chrome, Windows».
    pub words: String,
    /// From where; empty when it is not known.
    pub address: String,
    /// «с 19.11 09:02».
    pub since: String,
    /// «14:05».
    pub seen: String,
}

/// The sessions of an employee, last used first.
pub fn sessions(db: &mut Db, id: AccountId, now: Now) -> diesel::QueryResult<Vec<SessionRow>> {
    let from = queries::sign_ins(db, id)?;
    let row = |device: accounts::Device| SessionRow {
        words: device::words(&device.user_agent),
        address: from
            .iter()
            .find(|(at, _)| (*at - device.since).abs() <= SAME_MOMENT)
            .map(|(_, address)| address.clone())
            .unwrap_or_default(),
        since: now.moment(device.since),
        seen: now.moment(device.seen_at),
        key: device.key,
    };
    Ok(accounts::devices(db, id, now.utc)?.into_iter().map(row).collect())
}

/// Ends the session `device`, or every one when none is named.
async fn end(
    admin: Signed<Admin>,
    app: Data<App>,
    id: Path<AccountId>,
    Form(form): Form,
) -> Result<Done, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    let wanted = form.text("device").to_owned();
    let is_all = wanted.is_empty();
    app.db
        .write(move |tx| {
            let employee = queries::by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
            if wanted.is_empty() {
                accounts::end_sessions(tx, id)?;
            } else if !accounts::end_device(tx, id, &wanted, now)? {
                return Ok(());
            }
            let subject = format!("{} ({})", employee.name, employee.login);
            let detail = if wanted.is_empty() { "все сеансы" } else { "один сеанс" };
            let entry = audit::Entry { by, action: "employee.session_end", subject: &subject, detail };
            Ok(audit::record(tx, &entry, now)?)
        })
        .await?;
    let said = if is_all { "Все сеансы завершены" } else { "Сеанс завершён" };
    Ok(Done::to(format!("/admin/employees/{id}")).saying(said))
}

/// Deletes an employee without traces; of others it says why not.
async fn delete(admin: Signed<Admin>, app: Data<App>, id: Path<AccountId>) -> Result<Done, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    app.db.write(move |tx| queries::delete(tx, id, by, now)).await?;
    Ok(Done::to("/admin/employees").saying(Toast::ok("Сотрудник удалён")))
}
