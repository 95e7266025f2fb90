//! Takes questions, checks who asks, and answers.

use std::time::{Duration, Instant};

use actix_web::http::{StatusCode, header};
use actix_web::web::{Bytes, Data, Path};
use actix_web::{HttpRequest, HttpResponse};
use serde_json::{Value, json};

use super::{ApiState, Stage, calls, lock, stats};
use crate::integrations::mango::sign;

/// More than one wrong request within this time closes the door for as long (docs/mango-api.md 2).
const BAN: Duration = Duration::from_secs(120);

/// Answers a question.
pub async fn answer(
    request: HttpRequest,
    stage: Data<Stage>,
    method: Path<String>,
    body: Bytes,
) -> HttpResponse {
    let method = method.trim_end_matches('/').to_owned();
    let question = question(&request, &stage, &body);
    lock(&stage.asked).push((method.clone(), question.clone().unwrap_or(Value::Null)));
    match *lock(&stage.mood) {
        ApiState::Well => {}
        ApiState::Limited => {
            let said = json!({ "name": "Service Unavailable", "message": "Rate limit exceeded.", "code": 0, "status": 429 });
            return HttpResponse::TooManyRequests().json(said);
        }
        ApiState::Banned => return HttpResponse::Unauthorized().finish(),
        ApiState::Broken => return HttpResponse::InternalServerError().json(json!({ "code": 5004 })),
    }
    lock(&stage.wrong).retain(|at| at.elapsed() < BAN);
    if lock(&stage.wrong).len() > 1 {
        return HttpResponse::Unauthorized().finish();
    }
    let answered = question.and_then(|question| act(&stage, &method, &question));
    answered.unwrap_or_else(|code| {
        if (3100..3200).contains(&code) {
            lock(&stage.wrong).push(Instant::now());
        }
        HttpResponse::build(StatusCode::from_u16(420).unwrap_or(StatusCode::BAD_REQUEST))
            .json(json!({ "code": code }))
    })
}

/// The JSON of a rightly signed form, or the result code of what is wrong with it.
fn question(request: &HttpRequest, stage: &Stage, body: &[u8]) -> Result<Value, i64> {
    let kind = request.headers().get(header::CONTENT_TYPE).and_then(|v| v.to_str().ok()).unwrap_or_default();
    if !kind.starts_with("application/x-www-form-urlencoded") {
        return Err(3100);
    }
    let fields: std::collections::HashMap<String, String> =
        form_urlencoded::parse(body).into_owned().collect();
    let field = |name: &str| fields.get(name).ok_or(3103);
    let (key, sign, json) = (field("vpbx_api_key")?, field("sign")?, field("json")?);
    if *key != stage.key {
        return Err(3105);
    }
    if *sign != sign::sign(&stage.key, json, &stage.salt) {
        return Err(3102);
    }
    serde_json::from_str(json).map_err(|_| 3400)
}

fn act(stage: &Data<Stage>, method: &str, question: &Value) -> Result<HttpResponse, i64> {
    let text = |name: &str| question.get(name).and_then(Value::as_str).filter(|v| !v.is_empty()).ok_or(3103);
    match method {
        "config/users/request" => {
            let wanted = question.get("extension").and_then(Value::as_str);
            let mut users = lock(&stage.employees).clone();
            users.retain(|user| wanted.is_none_or(|wanted| user["telephony"]["extension"] == wanted));
            Ok(HttpResponse::Ok().json(json!({ "users": users })))
        }
        "incominglines" => {
            Ok(HttpResponse::Ok().json(json!({ "result": 1000, "lines": *lock(&stage.lines) })))
        }
        "queries/recording/post" => {
            if !matches!(text("action")?, "download" | "play") {
                return Err(3104);
            }
            let recording = text("recording_id")?;
            if (stage.cloud)(recording).is_none() {
                return Err(3320);
            }
            let to = lock(&stage.detour).clone().unwrap_or_else(|| {
                let link = uuid::Uuid::new_v4().simple().to_string();
                lock(&stage.links).insert(link.clone(), recording.to_owned());
                format!("{}/files/{link}", lock(&stage.address))
            });
            Ok(HttpResponse::Found().insert_header((header::LOCATION, to)).finish())
        }
        "stats/request" => stats::order(stage, question),
        "stats/result" => stats::hand_out(stage, text("key")?),
        "commands/callback" => calls::call_back(stage, question),
        "commands/call/hangup" => calls::hang_up(stage, text("command_id")?, text("call_id")?),
        _ => Err(4001),
    }
}

/// Hands a recording out, once per link.
pub async fn file(stage: Data<Stage>, link: Path<String>) -> HttpResponse {
    let recording = lock(&stage.links).remove(link.as_str());
    match recording.and_then(|id| (stage.cloud)(&id)) {
        Some(sound) => HttpResponse::Ok().content_type("audio/mpeg").body(sound),
        None => HttpResponse::NotFound().json(json!({ "code": 3320 })),
    }
}
