//! Telegram's side of the bot API, played strictly by the book: `/bot<token>/METHOD`, JSON or a form, `ok` and
//! `result` or `ok`, `error_code` and `description`. It refuses, throttles and breaks on command. Tests and the
//! demonstration talk to it; it listens on the loopback only.

use std::collections::{HashMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use actix_web::dev::ServerHandle;
use actix_web::http::StatusCode;
use actix_web::web::{self, Bytes};
use actix_web::{HttpRequest, HttpResponse, HttpServer};
use serde_json::{Value, json};

/// The longest text the book allows.
const TEXT_MAX: usize = 4_096;

/// What becomes of the next message.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It has to wait: 429 with `retry_after`.
    Throttle(u64),
    /// Telegram is in trouble: 502 with a page instead of JSON.
    Break,
    /// It is taken, and the answer never comes.
    Swallow,
    /// The group it is for has become a supergroup with this id.
    Move(i64),
}

/// A message that was taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Taken {
    /// For which chat.
    pub chat: String,
    /// What it says.
    pub text: String,
}

#[derive(Default)]
struct Stage {
    token: String,
    /// Chats that have begun to talk to the bot, and whether they have blocked it since.
    chats: HashMap<String, bool>,
    /// The same as updates.
    updates: Vec<Value>,
    turns: VecDeque<Turn>,
    taken: Vec<Taken>,
    /// Everything that was asked, with what was answered.
    asked: Vec<(String, u16)>,
}

/// A running fake.
pub struct Fake {
    stage: Arc<Mutex<Stage>>,
    address: String,
    handle: ServerHandle,
}

impl Fake {
    /// Starts a fake that knows the bot of `token` on a free port of the loopback.
    ///
    /// # Errors
    /// One line when there is no port.
    pub fn start(token: &str) -> Result<Self, String> {
        let stage = Arc::new(Mutex::new(Stage { token: token.to_owned(), ..Stage::default() }));
        let shared = web::Data::from(stage.clone());
        let server = HttpServer::new(move || {
            actix_web::App::new().app_data(shared.clone()).default_service(web::to(answer))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind("127.0.0.1:0")
        .map_err(|e| format!("cannot start the simulated Telegram: {e}"))?;
        let address: SocketAddr = *server.addrs().first().ok_or("the simulated Telegram has no address")?;
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { stage, address: format!("http://{address}"), handle })
    }

    /// The value of `TELEGRAM_API_URL`.
    pub fn api_url(&self) -> String {
        self.address.clone()
    }

    /// Somebody called `name` presses «Start».
    pub fn begin(&self, chat: i64, name: &str) {
        let mut stage = lock(&self.stage);
        stage.chats.insert(chat.to_string(), false);
        let kind = if chat < 0 { "group" } else { "private" };
        let word = if chat < 0 { "title" } else { "first_name" };
        let number = stage.updates.len();
        stage.updates.push(json!({
            "update_id": number + 1,
            "message": { "message_id": number + 1, "chat": { "id": chat, "type": kind, word: name }, "text": "/start" },
        }));
    }

    /// Blocks the bot, or lets it write again.
    pub fn block(&self, chat: i64, is_blocked: bool) {
        lock(&self.stage).chats.insert(chat.to_string(), is_blocked);
    }

    /// What becomes of the next message; called again, of the one after it.
    pub fn then(&self, turn: Turn) {
        lock(&self.stage).turns.push_back(turn);
    }

    /// Messages that were taken, in their order.
    pub fn taken(&self) -> Vec<Taken> {
        lock(&self.stage).taken.clone()
    }

    /// What was asked so far, with the status of each answer.
    pub fn asked(&self) -> Vec<(String, u16)> {
        lock(&self.stage).asked.clone()
    }

    /// Ends it.
    pub async fn stop(&self) {
        self.handle.stop(false).await;
    }
}

fn lock(stage: &Mutex<Stage>) -> MutexGuard<'_, Stage> {
    stage.lock().unwrap_or_else(PoisonError::into_inner)
}

async fn answer(request: HttpRequest, body: Bytes, stage: web::Data<Mutex<Stage>>) -> HttpResponse {
    let path = request.path().to_owned();
    let (answer, is_swallowed) = {
        let mut stage = lock(&stage);
        let method = path.rsplit('/').next().unwrap_or_default().to_owned();
        let (answer, is_swallowed) = judge(&mut stage, &path, &fields(&request, &body));
        let status = answer.as_ref().map_or(502, |(status, _)| status.as_u16());
        stage.asked.push((method, status));
        (answer, is_swallowed)
    };
    if is_swallowed {
        std::future::pending::<()>().await;
    }
    match answer {
        Some((status, json)) => HttpResponse::build(status).json(json),
        None => HttpResponse::BadGateway().content_type("text/html").body("<h1>502 Bad Gateway</h1>"),
    }
}

/// Fields of the query, of a form or of JSON, as the book allows.
fn fields(request: &HttpRequest, body: &[u8]) -> HashMap<String, String> {
    let mut found: HashMap<String, String> =
        form_urlencoded::parse(request.query_string().as_bytes()).into_owned().collect();
    let kind = request.headers().get("content-type").and_then(|v| v.to_str().ok()).unwrap_or_default();
    if kind.starts_with("application/json") {
        let read: Value = serde_json::from_slice(body).unwrap_or_default();
        for (name, value) in read.as_object().into_iter().flatten() {
            let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            found.insert(name.clone(), text);
        }
    } else {
        found.extend(form_urlencoded::parse(body).into_owned());
    }
    found
}

type Told = (Option<(StatusCode, Value)>, bool);

fn judge(stage: &mut Stage, path: &str, fields: &HashMap<String, String>) -> Told {
    let Some((token, method)) = path.strip_prefix("/bot").and_then(|rest| rest.split_once('/')) else {
        return (Some(refusal(404, "Not Found")), false);
    };
    if token != stage.token {
        return (Some(refusal(401, "Unauthorized")), false);
    }
    match method.to_ascii_lowercase().as_str() {
        "getme" => {
            let bot =
                json!({ "id": 1, "is_bot": true, "first_name": "Диспетчер", "username": "callcentre_bot" });
            (Some(success(bot)), false)
        }
        "getupdates" => (Some(success(Value::Array(stage.updates.clone()))), false),
        "sendmessage" => take(stage, fields),
        _ => (Some(refusal(404, "Not Found: method not found")), false),
    }
}

fn take(stage: &mut Stage, fields: &HashMap<String, String>) -> Told {
    let field = |name: &str| fields.get(name).map(String::as_str).unwrap_or_default();
    let (chat, text) = (field("chat_id"), field("text"));
    if chat.is_empty() {
        return (Some(refusal(400, "Bad Request: chat_id is empty")), false);
    }
    if text.trim().is_empty() {
        return (Some(refusal(400, "Bad Request: message text is empty")), false);
    }
    if text.encode_utf16().count() > TEXT_MAX {
        return (Some(refusal(400, "Bad Request: message is too long")), false);
    }
    match stage.turns.pop_front() {
        Some(Turn::Throttle(seconds)) => {
            let (status, mut json) = refusal(429, &format!("Too Many Requests: retry after {seconds}"));
            json["parameters"] = json!({ "retry_after": seconds });
            return (Some((status, json)), false);
        }
        Some(Turn::Break) => return (None, false),
        Some(Turn::Move(to)) => {
            stage.chats.remove(chat);
            stage.chats.insert(to.to_string(), false);
            let (status, mut json) =
                refusal(400, "Bad Request: group chat was upgraded to a supergroup chat");
            json["parameters"] = json!({ "migrate_to_chat_id": to });
            return (Some((status, json)), false);
        }
        Some(Turn::Swallow) => {
            stage.taken.push(Taken { chat: chat.to_owned(), text: text.to_owned() });
            return (Some(success(json!({}))), true);
        }
        None => {}
    }
    match stage.chats.get(chat) {
        None => (Some(refusal(400, "Bad Request: chat not found")), false),
        Some(true) => (Some(refusal(403, "Forbidden: bot was blocked by the user")), false),
        Some(false) => {
            stage.taken.push(Taken { chat: chat.to_owned(), text: text.to_owned() });
            let message = json!({
                "message_id": stage.taken.len(), "date": 1_700_000_000, "text": text,
                "chat": { "id": chat.parse::<i64>().unwrap_or_default(), "type": "private" },
            });
            (Some(success(message)), false)
        }
    }
}

fn success(result: Value) -> (StatusCode, Value) {
    (StatusCode::OK, json!({ "ok": true, "result": result }))
}

fn refusal(code: u16, description: &str) -> (StatusCode, Value) {
    let status = StatusCode::from_u16(code).unwrap_or(StatusCode::BAD_REQUEST);
    (status, json!({ "ok": false, "error_code": code, "description": description }))
}
