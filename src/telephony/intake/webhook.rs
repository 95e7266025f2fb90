//! `/webhooks/mango/…`: where the telephony's notifications arrive. No session, no form guard, no throttle: the
//! signature guards (docs/mango-api.md 2).

use actix_web::http::StatusCode;
use actix_web::http::header::ContentType;
use actix_web::web::{Bytes, Data, PayloadConfig, ServiceConfig, get, head, post, resource};
use actix_web::{HttpRequest, HttpResponse};
use secrecy::ExposeSecret;

use crate::app::App;
use crate::integrations::mango::settings::Credentials;
use crate::integrations::mango::sign;
use crate::platform::error::AppError;
use crate::web::patience::is_too_slow;

/// The longest notification that is read; real ones have a kilobyte.
const MAX_BYTES: usize = 256 * 1024;

/// The address behind our own that is given to the telephony.
pub const WEBHOOK: &str = "/webhooks/mango";

/// The addresses of the telephony.
pub fn webhook(config: &mut ServiceConfig) {
    for path in [WEBHOOK.to_owned(), format!("{WEBHOOK}/{{path:.*}}")] {
        config.service(
            resource(path)
                .app_data(PayloadConfig::new(MAX_BYTES))
                .route(get().to(ping))
                .route(head().to(ping))
                .route(post().to(receive)),
        );
    }
}

/// The cabinet's check of the connection.
async fn ping() -> HttpResponse {
    answer(StatusCode::OK)
}

/// Stores a signed notification; a request without one is a check of the connection.
async fn receive(
    request: HttpRequest,
    app: Data<App>,
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
    let notification = Notification::read(&body);
    if notification.json.is_empty() {
        return answer(StatusCode::OK);
    }
    match accept(&request, &app, &notification).await {
        Ok(true) => answer(StatusCode::OK),
        Ok(false) => {
            app.mango.count_refused(app.clock.now());
            tracing::info!("a notification without the right key and signature was refused");
            answer(StatusCode::FORBIDDEN)
        }
        Err(error) => {
            tracing::warn!(%error, "a notification could not be taken, the telephony is asked to repeat it");
            answer(StatusCode::SERVICE_UNAVAILABLE)
        }
    }
}

/// Stores the notification if it is genuine; `false` when it is not.
async fn accept(
    request: &HttpRequest,
    app: &Data<App>,
    notification: &Notification,
) -> Result<bool, AppError> {
    let is_genuine = notification.is_signed_by(app.mango_keys.load().await?.as_deref())
        // Key or salt may have been changed this second, perhaps by another process.
        || notification.is_signed_by(app.mango_keys.load_again().await?.as_deref());
    if is_genuine {
        // An address that was pasted with a slash too many means the same.
        let path = request.match_info().get("path").unwrap_or_default();
        let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty()).collect();
        app.mango.store(&format!("/{}", parts.join("/")), &notification.json).await?;
    }
    Ok(is_genuine)
}

/// The form fields, decoded once and otherwise untouched: the signature covers every space of `json`.
#[derive(Default)]
struct Notification {
    key: String,
    sign: String,
    json: String,
}

impl Notification {
    fn read(body: &[u8]) -> Self {
        let mut read = Self::default();
        for (name, value) in form_urlencoded::parse(body) {
            let field = match name.as_ref() {
                "vpbx_api_key" => &mut read.key,
                "sign" => &mut read.sign,
                "json" => &mut read.json,
                _ => continue,
            };
            if field.is_empty() {
                *field = value.into_owned();
            }
        }
        read
    }

    fn is_signed_by(&self, credentials: Option<&Credentials>) -> bool {
        let Some(Credentials { key, salt }) = credentials else { return false };
        let (key, salt) = (key.expose_secret(), salt.expose_secret());
        // Both are always compared: the time tells nothing about which one was wrong.
        sign::same(key, &self.key) & sign::verify(key, &self.json, salt, &self.sign)
    }
}

/// Clients of the telephony read the answer as JSON although only the status counts.
fn answer(status: StatusCode) -> HttpResponse {
    HttpResponse::build(status).content_type(ContentType::json()).body("{}")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use secrecy::SecretString;

    use super::*;

    fn encoded(fields: &[(&str, &str)]) -> String {
        let mut body = form_urlencoded::Serializer::new(String::new());
        body.extend_pairs(fields);
        body.finish()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(crate::fuzz_cases()))]

        #[test]
        fn what_was_signed_is_what_is_read(
            json in any::<String>(),
            key in any::<String>(),
            salt in any::<String>(),
            changed in any::<String>(),
        ) {
            prop_assume!(![&json, &key, &salt].into_iter().any(String::is_empty) && changed != json);
            let credentials =
                Credentials { key: SecretString::from(key.clone()), salt: SecretString::from(salt.clone()) };
            let sign = sign::sign(&key, &json, &salt);
            let body = encoded(&[("other", "x"), ("vpbx_api_key", &key), ("sign", &sign), ("json", &json)]);
            let read = Notification::read(body.as_bytes());
            prop_assert_eq!(&read.json, &json);
            prop_assert!(read.is_signed_by(Some(&credentials)));
            prop_assert!(!read.is_signed_by(None));
            let body = encoded(&[("vpbx_api_key", &key), ("sign", &sign), ("json", &changed)]);
            prop_assert!(!Notification::read(body.as_bytes()).is_signed_by(Some(&credentials)));
        }

        #[test]
        fn no_body_panics(body in proptest::collection::vec(any::<u8>(), 0..400), text in "[a-z=&%0-9+{}\"]{0,200}") {
            for body in [body.as_slice(), text.as_bytes(), format!("sign={text}&json={text}").as_bytes()] {
                let read = Notification::read(body);
                let _ = crate::integrations::mango::wire::parse("/events/call", &read.json);
            }
        }
    }
}
