//! Takes every request: writes it down, breaks it when it was told to, checks who asks, and leads on.

use actix_web::http::StatusCode;
use actix_web::web::{Bytes, Data};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::question::{Answer, Question, refusal};
use super::stage::{Asked, Break, Given, Stage, lock};
use super::{account, messenger, promotion, ratings};

/// Answers a request.
pub async fn answer(request: HttpRequest, stage: Data<Stage>, bytes: Bytes) -> HttpResponse {
    let stage = stage.into_inner();
    let full = request.uri().path_and_query().map_or("/", |path| path.as_str()).to_owned();
    let peer = request.peer_addr().map(|peer| peer.ip().to_string()).unwrap_or_default();
    let given = bearer(&request);
    let now = stage.now();
    let user_id = given.as_ref().and_then(|token| {
        lock(&stage.tokens).get(token).filter(|given| given.until > now).map(|given| given.user_id)
    });
    lock(&stage.asked).push(Asked {
        method: request.method().to_string(),
        path: full.clone(),
        peer: peer.clone(),
        user_id,
        body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
    });
    let mut instead = None;
    match stage.broken(&full) {
        Some(Break::Status(status, body)) => return say(status, &body),
        Some(Break::TooMany(seconds)) => {
            return HttpResponse::TooManyRequests()
                .insert_header(("Retry-After", seconds.to_string()))
                .json(json!({}));
        }
        Some(Break::Slow(time)) => tokio::time::sleep(time).await,
        other => instead = other,
    }
    let path = request.path().to_owned();
    if path == "/echo" {
        return HttpResponse::Ok().content_type("text/plain").body(peer);
    }
    if let Some(name) = path.strip_prefix("/media/") {
        return media(&stage, name);
    }
    let (status, body) = if path.trim_end_matches('/') == "/token" {
        token(&stage, &bytes)
    } else {
        match (given, user_id) {
            (None, _) => refusal(401, "Unauthorized"),
            (Some(_), None) => {
                (403, json!({ "result": { "status": false, "message": "invalid access token" } }))
            }
            (Some(_), Some(user_id)) => {
                let query = form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
                let decoded: Vec<String> = path.split('/').skip(1).map(unescaped).collect();
                let question = Question {
                    user_id,
                    method: request.method().as_str(),
                    path: decoded.iter().map(String::as_str).collect(),
                    query,
                    body: serde_json::from_slice(&bytes).unwrap_or(Value::Null),
                    bytes: &bytes,
                    source: request.headers().contains_key("x-source"),
                };
                act(&stage, &question)
            }
        }
    };
    if let Some(Break::DoneSlowly(time)) = &instead {
        tokio::time::sleep(*time).await;
    }
    match instead {
        Some(Break::DoneBut(status)) => {
            say(status, "upstream connect error or disconnect/reset before headers")
        }
        Some(Break::DoneAndCut) => cut(),
        _ if body.is_null() => HttpResponse::build(code(status)).finish(),
        _ => HttpResponse::build(code(status)).json(body),
    }
}

fn act(stage: &std::sync::Arc<Stage>, question: &Question<'_>) -> Answer {
    let answered = match question.path.first().copied() {
        Some("messenger") => messenger::answer(stage, question),
        Some("ratings") => ratings::answer(stage, question),
        Some("cpxpromo") => promotion::answer(stage, question),
        Some("core" | "cpa" | "stats") => account::answer(stage, question),
        _ => Err(refusal(404, "Not found")),
    };
    answered.unwrap_or_else(|refused| refused)
}

fn token(stage: &Stage, bytes: &[u8]) -> Answer {
    let fields: std::collections::HashMap<String, String> =
        form_urlencoded::parse(bytes).into_owned().collect();
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    if field("grant_type") != "client_credentials" {
        return (
            400,
            json!({ "error": "unsupported_grant_type", "error_description": "Unsupported grant type" }),
        );
    }
    let accounts = lock(&stage.accounts);
    let found = accounts.iter().find(|(_, ledger)| {
        ledger.client_id == field("client_id") && ledger.client_secret == field("client_secret")
    });
    let Some((user_id, _)) = found else {
        return (
            401,
            json!({ "error": "invalid_client", "error_description": "Client authentication failed" }),
        );
    };
    let (token, lasts) = (uuid::Uuid::new_v4().simple().to_string(), *lock(&stage.lifetime));
    lock(&stage.tokens).insert(token.clone(), Given { user_id: *user_id, until: stage.now() + lasts });
    (200, json!({ "access_token": token, "expires_in": lasts, "token_type": "Bearer" }))
}

fn media(stage: &Stage, name: &str) -> HttpResponse {
    match lock(&stage.media).get(name).cloned() {
        Some((kind, bytes)) => HttpResponse::Ok().content_type(kind).body(bytes),
        None => HttpResponse::NotFound().finish(),
    }
}

fn bearer(request: &HttpRequest) -> Option<String> {
    let header = request.headers().get("authorization")?.to_str().ok()?;
    header.strip_prefix("Bearer ").map(str::to_owned)
}

fn code(status: u16) -> StatusCode {
    StatusCode::from_u16(status).unwrap_or(StatusCode::INTERNAL_SERVER_ERROR)
}

fn say(status: u16, body: &str) -> HttpResponse {
    let kind = match body.trim_start().chars().next() {
        Some('<') => "text/html; charset=utf-8",
        Some('{' | '[') => "application/json",
        _ => "text/plain",
    };
    HttpResponse::build(code(status)).content_type(kind).body(body.to_owned())
}

/// A connection that ends in the middle.
fn cut() -> HttpResponse {
    let broken = futures_util::stream::once(async {
        Err::<Bytes, std::io::Error>(std::io::ErrorKind::ConnectionReset.into())
    });
    HttpResponse::Ok().streaming(broken)
}

/// A part of a path as it was meant.
fn unescaped(part: &str) -> String {
    let pairs = format!("x={}", part.replace('+', "%2B"));
    form_urlencoded::parse(pairs.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}
