//! `/webhooks/avito/SECRET`: where Avito's deliveries arrive. No session and no signature (Avito publishes none): the
//! address itself is the secret, and a delivery must be for its account. It is stored before anything is understood and
//! answered at once: Avito waits two seconds (docs/messages.md).

use actix_web::HttpResponse;
use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data, Path, PayloadConfig, ServiceConfig, post, resource};
use sha2::{Digest, Sha256};

use crate::app::App;
use crate::chats::queries::{inbox, sync};
use crate::integrations::avito::queries as accounts;
use crate::integrations::avito::wire::WebhookEvent;
use crate::platform::error::AppError;
use crate::platform::secret::to_hex;
use crate::web::patience::is_too_slow;

/// The longest delivery that is read; real ones have a kilobyte.
const MAX_BYTES: usize = 256 * 1024;
/// The longest secret that is looked for.
const MAX_SECRET: usize = 200;

/// The address behind our own that is given to Avito, before the secret.
pub const WEBHOOK: &str = "/webhooks/avito";

/// The addresses of Avito.
pub fn webhook(config: &mut ServiceConfig) {
    config.service(
        resource(format!("{WEBHOOK}/{{secret}}"))
            .app_data(PayloadConfig::new(MAX_BYTES))
            .route(post().to(receive)),
    );
}

async fn receive(
    app: Data<App>,
    secret: Path<String>,
    body: Result<Bytes, actix_web::Error>,
) -> HttpResponse {
    let body = match body {
        Ok(body) => body,
        Err(error) if is_too_slow(&error) => return answer(StatusCode::REQUEST_TIMEOUT),
        Err(error) => {
            let status = error.as_response_error().status_code();
            return answer(if status.is_client_error() { status } else { StatusCode::BAD_REQUEST });
        }
    };
    match accept(&app, secret.into_inner(), &body).await {
        Ok(status) => answer(status),
        Err(error) => {
            tracing::warn!(%error, "a delivery of Avito could not be stored");
            answer(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

async fn accept(app: &Data<App>, secret: String, body: &[u8]) -> Result<StatusCode, AppError> {
    if secret.len() > MAX_SECRET {
        return Ok(StatusCode::NOT_FOUND);
    }
    let found = app.db.read(move |db| Ok(accounts::by_webhook(db, &secret)?)).await?;
    let Some((account, user)) = found else { return Ok(StatusCode::NOT_FOUND) };
    // PostgreSQL cannot store the character itself; inside a JSON string its escape means the same.
    let body = String::from_utf8_lossy(body).replace('\0', "\\u0000");
    match WebhookEvent::parse(&body) {
        Some(WebhookEvent::Check) => return Ok(StatusCode::OK),
        Some(WebhookEvent::Message(told)) if user.is_some_and(|user| user != told.user_id) => {
            tracing::info!(account = %account, "a delivery for another account was refused");
            return Ok(StatusCode::FORBIDDEN);
        }
        None if body.trim().is_empty() => return Ok(StatusCode::OK),
        _ => {}
    }
    let key = to_hex(
        &Sha256::new().chain_update(account.to_string()).chain_update("\n").chain_update(&body).finalize(),
    );
    let now = app.clock.now();
    app.db
        .write(move |tx| {
            if inbox::store(tx.db, account, &key, &body, now)? {
                sync::note_delivered(tx.db, account, now)?;
            }
            Ok(())
        })
        .await?;
    app.chat_inbox.wake();
    Ok(StatusCode::OK)
}

fn answer(status: StatusCode) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::json()).body("{}")
}
