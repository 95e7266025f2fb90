//! `/admin/data/incident`: drafts of the two notices to Роскомнадзор when data has leaked (152-ФЗ, статья 21, часть 3.1):
//! within 24 hours what happened, within 72 what was found out. Filled with what the program knows; the rest is lines
//! to be filled by hand.

use actix_web::web::Data;
use askama::Template;

use super::{Kept, everything, keep, queries};
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::domain::russian;
use crate::integrations::mail;
use crate::platform::error::AppError;
use crate::web::page::{Page, Show};

#[derive(Template)]
#[template(path = "admin/data/incident.html")]
pub struct Incident {
    /// By when, if it was found this minute.
    first_by: String,
    second_by: String,
    made: String,
    who: String,
    amounts: Vec<(&'static str, String)>,
    kept: Vec<Kept>,
    is_masked: bool,
    has_backups_encrypted: bool,
}

impl Page for Incident {
    fn title(&self) -> String {
        "Уведомления об утечке".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }
}

/// The drafts.
pub async fn show(admin: Signed<Admin>, app: Data<App>) -> Result<Show<Incident>, AppError> {
    let (now, who) = (app.now(), admin.name.clone());
    let at = |hours: i64| crate::orders::sheet::stamp(now.utc + chrono::Duration::hours(hours), now.zone);
    let (first_by, second_by, made) = (at(24), at(72), at(0));
    let has_backups_encrypted = !app.config.backup.recipients.is_empty();
    let page = app
        .db
        .read(move |db| {
            let amounts = queries::amounts(db)?;
            let count = |n: i64| russian::count(u64::try_from(n).unwrap_or_default());
            Ok(Incident {
                first_by,
                second_by,
                made,
                who,
                amounts: amounts.into_iter().map(|(what, n)| (what, count(n))).collect(),
                kept: everything(keep::read(db)?, mail::settings::read(db)?.keep_months),
                is_masked: crate::platform::masking::queries::is_on(db)?,
                has_backups_encrypted,
            })
        })
        .await?;
    Ok(Show::ok(page))
}
