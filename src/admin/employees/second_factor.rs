//! The second factor of others: asking admins to have one, and taking that of somebody away whose telephone is lost.

use actix_web::web::{Data, Path, ServiceConfig, post, resource};

use super::queries;
use crate::app::App;
use crate::auth::queries as accounts;
use crate::auth::queries::second_factor as factors;
use crate::auth::signed::{Admin, SECOND_FACTOR, Signed};
use crate::domain::id::AccountId;
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::web::form::Form;
use crate::web::path;
use crate::web::reply::{Done, Toast};

/// The addresses.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/admin/employees/second-factor").route(post().to(ask_admins)))
        .service(path::resource("/admin/employees/{id}/second-factor/off").route(post().to(off)));
}

/// Asks admins to have a second factor, or does not any more. Whoever asks has one: nobody shuts themselves out.
async fn ask_admins(admin: Signed<Admin>, app: Data<App>, Form(form): Form) -> Result<Done, AppError> {
    let wanted = form.text("asked") == "on";
    let (id, now) = (admin.id, app.clock.now());
    let has_own = app
        .db
        .write(move |tx| {
            if wanted && !factors::is_on(tx.db, id)? {
                return Ok(false);
            }
            if factors::is_asked_of_admins(tx.db)? != wanted {
                factors::ask_admins(tx, wanted, now)?;
                let detail = if wanted { "спрашивать" } else { "не спрашивать" };
                let subject = "второй фактор администраторов";
                audit::record(tx, &audit::Entry { by: id, action: "settings.edit", subject, detail }, now)?;
            }
            Ok(true)
        })
        .await?;
    let home = Done::to("/admin/employees");
    Ok(match (has_own, wanted) {
        (false, _) => Done::to(SECOND_FACTOR).saying("Сначала настройте свой: иначе закроется и для вас"),
        (true, true) => home.saying("Администраторы входят с кодом"),
        (true, false) => home.saying("Администраторы входят по паролю"),
    })
}

/// Takes the second factor of an employee away and ends their sessions.
async fn off(admin: Signed<Admin>, app: Data<App>, id: Path<AccountId>) -> Result<Done, AppError> {
    let (id, by, now) = (id.into_inner(), admin.id, app.clock.now());
    let name = app
        .db
        .write(move |tx| {
            let employee = queries::by_id(tx.db, id)?.ok_or(AppError::NotFound)?;
            if factors::turn_off(tx, id)? {
                accounts::end_sessions(tx, id)?;
                let subject = format!("{} ({})", employee.name, employee.login);
                let entry = audit::Entry {
                    by,
                    action: "employee.second-factor",
                    subject: &subject,
                    detail: "выключен",
                };
                audit::record(tx, &entry, now)?;
            }
            Ok(employee.name)
        })
        .await?;
    Ok(Done::to(format!("/admin/employees/{id}")).saying(Toast::ok(format!("{name} входит по паролю"))))
}
