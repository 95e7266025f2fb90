//! The certificate of PUBLIC_URL, looked at now and then: one that ends is noticed by everybody at once, and too late.

use chrono::{Duration, NaiveDateTime};
use diesel::QueryResult;
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::platform::certificate;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::platform::settings;

const NAME: &str = "certificate";

/// From here on somebody has to look after it; certbot renews thirty days before the end.
pub const SOON: Duration = Duration::days(14);

/// What was seen of the certificate.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// Of which host.
    pub host: String,
    /// When it ends (UTC); nothing when that could not be seen.
    pub ends_at: Option<NaiveDateTime>,
    /// Why not, in Russian, or empty.
    pub trouble: String,
}

/// What was seen last.
pub fn read(db: &mut Db) -> QueryResult<Option<Certificate>> {
    settings::read_json(db, NAME)
}

/// Looks at it, for the list of periodic work. Where PUBLIC_URL is not https there is nothing to look at.
///
/// # Errors
/// Of the database. That the address cannot be reached from here is no failure: a proxy further out may have it.
pub fn look(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let Some((host, port)) = certificate::place(&app.config.server.public_url) else {
        return app.db.write_now(|tx| Ok(settings::remove(tx.db, NAME)?));
    };
    let (ends_at, trouble) = match certificate::ends_at(&host, port) {
        Ok(at) => (Some(at), String::new()),
        Err(words) => (None, words),
    };
    let seen = Certificate { host, ends_at, trouble };
    app.db.write_now(|tx| Ok(settings::put_json(tx.db, NAME, &seen, now)?))
}
