//! Signing in: from login and password to a session, the same for both roles.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::web::Data;
use secrecy::ExposeSecret;

use crate::app::App;
use crate::auth::browser::Browser;
use crate::auth::password::{self, Asking};
use crate::auth::session::{self, Ticket};
use crate::auth::{address, queries};
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role};
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::platform::throttle::Attempt;

/// Tries to sign in; `None` when login and password do not fit together (which of the two is not told). The cookie
/// names the browser as one that has signed in before.
///
/// # Errors
/// `TooMany` after too many failures, `Overloaded` when too many sign in at once; database failures.
pub async fn try_sign_in(
    request: &HttpRequest,
    app: &Data<App>,
    login: &str,
    secret: &str,
) -> Result<Option<Cookie<'static>>, AppError> {
    let trusted = &app.config.server.trusted_proxies;
    let network = address::of(request, trusted).map(address::network).unwrap_or_default();
    let shown = address::shown(request, trusted);
    let browser = Browser::of(request, &app.cipher);
    let (attempt, asking) = if browser.knows(login) {
        (Attempt::KnownBrowser { browser: &browser.id, login }, Asking::Known)
    } else {
        (Attempt::Stranger { login, network: &network }, Asking::Stranger)
    };
    app.throttle.begin(attempt).map_err(AppError::TooMany)?;
    let wanted = login.to_owned();
    // Read and given back: nobody waits for the pool while a hash is made.
    let found = app.db.read(move |db| Ok(queries::credentials(db, &wanted)?)).await?;
    let stored = found.as_ref().and_then(|c| c.password.clone());
    let fits = password::verify_in_turn(secret, stored, asking).await?;
    let Some(account) = found else {
        tracing::info!(address = %shown, "a sign-in was refused");
        return Ok(None);
    };
    if !fits || account.status != AccountStatus::Active {
        tracing::info!(account.id = %account.id, address = %shown, "a sign-in was refused");
        note(app, account.id, login, "session.refuse", shown).await?;
        return Ok(None);
    }
    app.throttle.succeeded(attempt);
    session::begin(request, &Ticket { account_id: account.id, stamp: account.stamp })?;
    note(app, account.id, login, "session.begin", shown).await?;
    tracing::info!(account.id = %account.id, "account {} signed in", account.id);
    Ok(Some(browser.remember(login, &app.cipher, app.config.server.cookie_secure)))
}

/// Writes into the journal; what is typed for logins there are not is not kept, it may be a password.
async fn note(
    app: &Data<App>,
    id: AccountId,
    login: &str,
    action: &'static str,
    address: String,
) -> Result<(), AppError> {
    let (login, now) = (login.to_lowercase(), app.clock.now());
    app.db
        .write(move |tx| {
            Ok(audit::record(tx, &audit::Entry { by: id, action, subject: &login, detail: &address }, now)?)
        })
        .await
}

/// Makes the first admin, if there is none and the settings name one.
///
/// # Errors
/// One line for the person who starts the program.
pub fn create_first_admin(app: &App) -> Result<(), String> {
    let Some(first) = &app.config.first_admin else { return Ok(()) };
    let failed = |e: AppError| format!("cannot create the first admin: {e}");
    if app.db.read_now(|db| Ok(queries::has_admin(db)?)).map_err(failed)? {
        return Ok(());
    }
    let secret = first.password.expose_secret();
    password::check(secret, &first.login)
        .map_err(|weakness| format!("ADMIN_PASSWORD: the password {weakness}"))?;
    let new = queries::NewAccount {
        role: Role::Admin,
        login: first.login.clone(),
        password: Some(password::hash(secret).map_err(failed)?),
        name: first.login.clone(),
    };
    let now = app.clock.now();
    app.db.write_now(|tx| Ok(queries::insert(tx.db, &new, now)?)).map_err(failed)?;
    tracing::info!("the first admin was made from ADMIN_LOGIN");
    Ok(())
}
