//! Signing in: from login and password to a session, the same for both roles.

use std::net::IpAddr;

use actix_web::HttpRequest;
use actix_web::web::Data;

use crate::app::App;
use crate::auth::session::{self, Ticket};
use crate::auth::{password, queries};
use crate::domain::person::{AccountStatus, Role};
use crate::platform::error::AppError;

/// Tries to sign in; `Ok(false)` when login and password do not fit together (which of the two is not told).
///
/// # Errors
/// `TooMany` after too many attempts; database failures.
pub async fn try_sign_in(
    request: &HttpRequest,
    app: &Data<App>,
    login: &str,
    secret: &str,
) -> Result<bool, AppError> {
    let address = client_address(request, &app.config.server.trusted_proxies);
    app.throttle.attempt(login, &address).map_err(AppError::TooMany)?;
    let (wanted, secret) = (login.to_owned(), secret.to_owned());
    let found = app
        .db
        .read(move |db| {
            let found = queries::credentials(db, &wanted)?;
            let fits = password::verify(&secret, found.as_ref().and_then(|c| c.password.as_deref()));
            Ok(found.filter(|c| fits && c.status == AccountStatus::Active))
        })
        .await?;
    let Some(credentials) = found else {
        tracing::info!(%address, "a sign-in was refused");
        return Ok(false);
    };
    session::begin(request, &Ticket { account_id: credentials.id, stamp: credentials.stamp })?;
    tracing::info!(account.id = credentials.id, "account {} signed in", credentials.id);
    Ok(true)
}

/// Makes the first admin, if there is none and the settings name one.
pub fn create_first_admin(app: &App) -> Result<(), AppError> {
    use secrecy::ExposeSecret;
    let Some(first) = &app.config.first_admin else { return Ok(()) };
    if app.db.read_now(|db| Ok(queries::has_admin(db)?))? {
        return Ok(());
    }
    let new = queries::NewAccount {
        role: Role::Admin,
        login: first.login.clone(),
        password: Some(password::hash(first.password.expose_secret())?),
        name: first.login.clone(),
    };
    let now = app.clock.now();
    app.db.write_now(|tx| Ok(queries::insert(tx.db, &new, now)?))?;
    tracing::info!("the first admin was made from ADMIN_LOGIN");
    Ok(())
}

/// Where a request comes from: what a trusted proxy says, otherwise the other end of the connection.
fn client_address(request: &HttpRequest, trusted: &[IpAddr]) -> String {
    let Some(peer) = request.peer_addr().map(|a| a.ip()) else { return String::new() };
    let forwarded = request.headers().get("x-forwarded-for").and_then(|v| v.to_str().ok());
    // A proxy appends the address it saw; everything before that is the sender's own words.
    let last = forwarded.and_then(|list| list.rsplit(',').next()).map(str::trim);
    match last {
        Some(address) if trusted.contains(&peer) => address.to_owned(),
        _ => peer.to_string(),
    }
}
