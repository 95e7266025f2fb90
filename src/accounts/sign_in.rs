//! Signing in: from login and password to a session, the same for both roles.

use actix_web::HttpRequest;
use actix_web::cookie::Cookie;
use actix_web::web::Data;
use chrono::{Duration, NaiveDateTime};
use secrecy::{ExposeSecret, SecretString};
use serde::{Deserialize, Serialize};

use crate::app::App;
use crate::auth::browser::Browser;
use crate::auth::password::{self, Asking};
use crate::auth::queries::second_factor as second_factors;
use crate::auth::session::{self, Ticket};
use crate::auth::{address, queries, second_factor};
use crate::domain::id::AccountId;
use crate::domain::person::{AccountStatus, Role};
use crate::platform::audit;
use crate::platform::error::AppError;
use crate::platform::throttle::Attempt;

/// What came of an attempt.
pub enum Outcome {
    /// Signed in. The cookie names the browser as one that has signed in before.
    In(Cookie<'static>),
    /// Login and password do not fit together; which of the two is wrong is not told.
    Refused,
    /// They fit, and the account has a second factor: its code is asked for. The sealed ticket stands for the password.
    Second {
        /// Goes with the code.
        ticket: String,
        /// A code was typed and did not fit.
        is_wrong: bool,
    },
    /// The ticket is none of ours, or too old: from the beginning.
    Late,
}

/// How long a ticket stands for a password.
const TICKET_LIFE: Duration = Duration::minutes(5);
const TICKET: &str = "sign-in ticket";

/// Somebody whose password was right a moment ago.
#[derive(Serialize, Deserialize)]
struct Claim {
    account_id: AccountId,
    stamp: String,
    login: String,
    until: NaiveDateTime,
}

/// Tries to sign in with login and password; `code` is that of the second factor, or empty.
///
/// # Errors
/// `TooMany` after too many failures, `Overloaded` when too many sign in at once; database failures.
pub async fn try_sign_in(
    request: &HttpRequest,
    app: &Data<App>,
    login: &str,
    secret: &str,
    code: &str,
) -> Result<Outcome, AppError> {
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
    let fits = password::verify_in_turn(secret, stored.clone(), asking).await?;
    let Some(account) = found else {
        tracing::info!(address = %shown, "a sign-in was refused");
        return Ok(Outcome::Refused);
    };
    if !fits || account.status != AccountStatus::Active {
        tracing::info!(account.id = %account.id, address = %shown, "a sign-in was refused");
        note(app, account.id, login, "session.refuse", shown).await?;
        return Ok(Outcome::Refused);
    }
    app.throttle.succeeded(attempt);
    if let Some(old) = stored.filter(|stored| password::is_bcrypt(stored)) {
        let hash = password::hash_in_turn(secret, asking).await?;
        let id = account.id;
        app.db.write(move |tx| Ok(queries::rehash_password(tx.db, id, &old, &hash)?)).await?;
        tracing::info!(account.id = %id, "a password of the former system is kept as argon2id now");
    }
    let claim = Claim {
        account_id: account.id,
        stamp: account.stamp,
        login: login.to_owned(),
        until: app.clock.now() + TICKET_LIFE,
    };
    prove(request, app, claim, code).await
}

/// Goes on with the ticket of [`Outcome::Second`] and the code that was typed.
///
/// # Errors
/// `TooMany` after too many wrong codes; database failures.
pub async fn go_on(
    request: &HttpRequest,
    app: &Data<App>,
    ticket: &str,
    code: &str,
) -> Result<Outcome, AppError> {
    let opened = app.cipher.open(TICKET, ticket);
    let claim = opened.and_then(|text| serde_json::from_str::<Claim>(text.expose_secret()).ok());
    let Some(claim) = claim.filter(|claim| claim.until > app.clock.now()) else { return Ok(Outcome::Late) };
    // A password that was changed meanwhile, and a dismissal, end the ticket.
    let id = claim.account_id;
    let stamp = app.db.read(move |db| Ok(queries::stamp(db, id)?)).await?;
    if stamp.as_deref() != Some(claim.stamp.as_str()) {
        return Ok(Outcome::Late);
    }
    prove(request, app, claim, code).await
}

/// The password was right: asks for the second factor where there is one, and lets in.
async fn prove(
    request: &HttpRequest,
    app: &Data<App>,
    claim: Claim,
    code: &str,
) -> Result<Outcome, AppError> {
    let id = claim.account_id;
    let shown = address::shown(request, &app.config.server.trusted_proxies);
    let factor = app.db.read(move |db| Ok(second_factors::find(db, id)?)).await?;
    if let Some(factor) = factor.filter(|factor| factor.is_on) {
        let attempt = Attempt::SecondFactor(id);
        let is_right = if code.is_empty() {
            false
        } else {
            app.throttle.begin(attempt).map_err(AppError::TooMany)?;
            let key = app.cipher.open(second_factor::SEALED, &factor.secret).ok_or_else(|| {
                AppError::internal("open a second factor", "it was sealed with another application key")
            })?;
            use_code(app, id, &key, code).await?
        };
        if !is_right {
            if !code.is_empty() {
                tracing::info!(account.id = %id, address = %shown, "a code of a second factor was refused");
                note(app, id, &claim.login, "session.refuse", format!("код, {shown}")).await?;
            }
            let text = serde_json::to_string(&claim).map_err(|e| AppError::internal("seal a ticket", e))?;
            let ticket = app.cipher.seal(TICKET, &text);
            return Ok(Outcome::Second { ticket, is_wrong: !code.is_empty() });
        }
        app.throttle.succeeded(attempt);
    }
    session::begin(request, &Ticket { account_id: id, stamp: claim.stamp })?;
    note(app, id, &claim.login, "session.begin", shown).await?;
    tracing::info!(account.id = %id, "account {id} signed in");
    let browser = Browser::of(request, &app.cipher);
    Ok(Outcome::In(browser.remember(&claim.login, &app.cipher, app.config.server.cookie_secure)))
}

/// Uses a code of the application, or one on paper. Each works once, however many try it at once.
async fn use_code(app: &Data<App>, id: AccountId, key: &SecretString, code: &str) -> Result<bool, AppError> {
    let now = app.clock.now();
    let step = second_factor::step_of(key, code, app.clock.unix());
    let hash = second_factor::recovery_hash(id, code);
    app.db
        .write(move |tx| {
            Ok(match (step, &hash) {
                (Some(step), _) => second_factors::use_step(tx, id, step)?,
                (None, Some(hash)) => second_factors::use_recovery(tx, id, hash, now)?,
                (None, None) => false,
            })
        })
        .await
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
    let made = app.db.write_now(|tx| {
        let id = queries::insert(tx.db, &new, now)?;
        Ok(queries::set_tour(tx, id, true)?)
    });
    made.map_err(failed)?;
    tracing::info!("the first admin was made from ADMIN_LOGIN");
    Ok(())
}
