//! What the fake knows and does; shared with its handlers.

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use actix_web::web::Bytes;
use serde_json::{Value, json};

use crate::domain::clock::Clock;

/// A request as it came.
#[derive(Clone, Debug)]
pub struct Asked {
    /// `GET`, `POST`, …
    pub method: String,
    /// Path and query.
    pub path: String,
    /// From where.
    pub peer: String,
    /// Whose token it had.
    pub user_id: Option<i64>,
    /// The body, when it is JSON.
    pub body: Value,
}

/// What happens to a request instead of an answer.
#[derive(Clone, Debug)]
pub enum Break {
    /// This status with this body; a body that begins with `<` is a page.
    Status(u16, String),
    /// This status, `Retry-After` so many seconds.
    TooMany(u64),
    /// No answer for so long, then the usual one.
    Slow(Duration),
    /// What was asked is done, and the answer is this status.
    DoneBut(u16),
    /// What was asked is done, and the connection ends without an answer.
    DoneAndCut,
    /// What was asked is done at once, and the answer comes so much later.
    DoneSlowly(Duration),
}

/// A chat to be made.
#[derive(Clone, Debug)]
pub struct NewChat {
    /// `u2i-…`.
    pub id: String,
    /// Number of the client.
    pub client: i64,
    /// Name of the client.
    pub name: String,
    /// Number, title, price and city of the ad.
    pub ad: Option<(i64, String, String, String)>,
}

/// An account.
pub struct Ledger {
    pub client_id: String,
    pub client_secret: String,
    pub name: String,
    pub told: HashMap<String, Value>,
    pub hooks: Vec<String>,
}

impl Ledger {
    pub fn new(client_id: &str, client_secret: &str, name: &str) -> Self {
        Self {
            client_id: client_id.to_owned(),
            client_secret: client_secret.to_owned(),
            name: name.to_owned(),
            told: HashMap::new(),
            hooks: Vec::new(),
        }
    }
}

/// A token that was given.
pub struct Given {
    pub user_id: i64,
    pub until: i64,
}

/// A chat as it is kept.
pub struct Kept {
    pub user_id: i64,
    pub client: i64,
    pub value: Value,
    pub messages: Vec<Value>,
}

pub struct Stage {
    pub address: Mutex<String>,
    pub clock: Mutex<Clock>,
    pub workplace: Mutex<Option<String>>,
    pub loses: Mutex<bool>,
    pub lifetime: Mutex<i64>,
    pub accounts: Mutex<HashMap<i64, Ledger>>,
    pub tokens: Mutex<HashMap<String, Given>>,
    pub breaks: Mutex<Vec<(String, Break, usize)>>,
    pub chats: Mutex<Vec<Kept>>,
    pub media: Mutex<HashMap<String, (String, Bytes)>>,
    pub asked: Mutex<Vec<Asked>>,
    pub delivered: Mutex<Vec<(Value, u16)>>,
}

impl Default for Stage {
    fn default() -> Self {
        Self {
            address: Mutex::default(),
            clock: Mutex::default(),
            workplace: Mutex::default(),
            loses: Mutex::default(),
            lifetime: Mutex::new(86_400),
            accounts: Mutex::default(),
            tokens: Mutex::default(),
            breaks: Mutex::default(),
            chats: Mutex::default(),
            media: Mutex::default(),
            asked: Mutex::default(),
            delivered: Mutex::default(),
        }
    }
}

impl Stage {
    pub fn now(&self) -> i64 {
        lock(&self.clock).unix()
    }

    /// What is to happen to the request instead, if anything.
    pub fn broken(&self, path: &str) -> Option<Break> {
        let mut breaks = lock(&self.breaks);
        let place = breaks.iter().position(|(part, _, left)| *left > 0 && path.contains(part.as_str()))?;
        breaks[place].2 -= 1;
        let (_, what, left) = breaks[place].clone();
        if left == 0 {
            breaks.remove(place);
        }
        Some(what)
    }

    pub fn add_chat(&self, user_id: i64, new: &NewChat) {
        let (now, base) = (self.now(), lock(&self.address).clone());
        let we = lock(&self.accounts).get(&user_id).map(|ledger| ledger.name.clone()).unwrap_or_default();
        let mut value = json!({
            "id": new.id, "created": now, "updated": now,
            "users": [{ "id": new.client, "name": new.name }, { "id": user_id, "name": we }],
        });
        if let Some((ad, title, price, city)) = &new.ad {
            value["context"] = json!({ "type": "item", "value": {
                "id": ad, "title": title, "price_string": price, "status_id": 4, "user_id": user_id,
                "url": format!("https://www.avito.ru/items/{ad}"),
                "images": { "count": 1, "main": { "140x105": format!("{base}/media/ad-{ad}.png") } },
                "location": { "title": city, "lat": 51.5, "lon": 46.0 },
            }});
        }
        lock(&self.chats).push(Kept { user_id, client: new.client, value, messages: Vec::new() });
    }

    /// The client writes.
    pub fn comes(self: &Arc<Self>, chat: &str, kind: &str, content: Value) -> String {
        let client = lock(&self.chats).iter().find(|kept| kept.value["id"] == chat).map(|kept| kept.client);
        self.put(chat, kind, content, client.unwrap_or_default())
    }

    /// We write.
    pub fn goes(self: &Arc<Self>, chat: &str, kind: &str, content: Value) -> String {
        let we = lock(&self.chats).iter().find(|kept| kept.value["id"] == chat).map(|kept| kept.user_id);
        self.put(chat, kind, content, we.unwrap_or_default())
    }

    fn put(self: &Arc<Self>, chat: &str, kind: &str, content: Value, author: i64) -> String {
        let (now, id) = (self.now(), uuid::Uuid::new_v4().simple().to_string());
        let told = {
            let mut chats = lock(&self.chats);
            let Some(kept) = chats.iter_mut().find(|kept| kept.value["id"] == chat) else { return id };
            let direction = if author == kept.user_id { "out" } else { "in" };
            let message = json!({
                "id": id, "author_id": author, "created": now, "type": kind, "content": content,
                "direction": direction, "is_read": direction == "out", "read": null,
            });
            kept.messages.push(message.clone());
            kept.value["updated"] = json!(now);
            (kept.user_id, delivery(kept, &message, now))
        };
        deliver(self, told.0, told.1);
        id
    }

    /// The client has read everything of ours.
    pub fn is_read(self: &Arc<Self>, chat: &str) {
        let now = self.now();
        let mut told = Vec::new();
        {
            let mut chats = lock(&self.chats);
            let Some(kept) = chats.iter_mut().find(|kept| kept.value["id"] == chat) else { return };
            let unread = |message: &&mut Value| message["direction"] == "out" && message["read"].is_null();
            let mut read = Vec::new();
            for message in kept.messages.iter_mut().filter(unread) {
                message["read"] = json!(now);
                read.push(message.clone());
            }
            told.extend(read.iter().map(|message| (kept.user_id, delivery(kept, message, now))));
        }
        told.into_iter().for_each(|(user_id, body)| deliver(self, user_id, body));
    }

    /// A message becomes a deleted one. `false` when there is none.
    pub fn delete(self: &Arc<Self>, chat: &str, id: &str) -> bool {
        let now = self.now();
        let told = {
            let mut chats = lock(&self.chats);
            let Some(kept) = chats.iter_mut().find(|kept| kept.value["id"] == chat) else { return false };
            let Some(message) = kept.messages.iter_mut().find(|message| message["id"] == id) else {
                return false;
            };
            message["type"] = json!("deleted");
            message["content"] = json!({});
            let message = message.clone();
            (kept.user_id, delivery(kept, &message, now))
        };
        deliver(self, told.0, told.1);
        true
    }

    pub fn messages(&self, chat: &str) -> Vec<Value> {
        let chats = lock(&self.chats);
        chats
            .iter()
            .find(|kept| kept.value["id"] == chat)
            .map(|kept| kept.messages.clone())
            .unwrap_or_default()
    }
}

/// What is delivered of a message.
fn delivery(kept: &Kept, message: &Value, now: i64) -> Value {
    let chat = kept.value["id"].as_str().unwrap_or_default();
    json!({
        "id": uuid::Uuid::new_v4().to_string(), "version": "v3.0.0", "timestamp": now,
        "payload": { "type": "message", "value": {
            "id": message["id"], "chat_id": chat, "user_id": kept.user_id, "author_id": message["author_id"],
            "created": message["created"], "type": message["type"], "content": message["content"],
            "chat_type": chat.split('-').next().unwrap_or_default(),
            "item_id": kept.value["context"]["value"]["id"], "read": message["read"],
        }},
    })
}

/// How long an answer is waited for.
const PATIENCE: Duration = Duration::from_secs(2);

/// Sends `body` to every address of the account.
pub fn deliver(stage: &Arc<Stage>, user_id: i64, body: Value) {
    if *lock(&stage.loses) {
        return;
    }
    let hooks = lock(&stage.accounts).get(&user_id).map(|ledger| ledger.hooks.clone()).unwrap_or_default();
    let workplace = lock(&stage.workplace).clone();
    for hook in hooks {
        let (stage, body) = (stage.clone(), body.clone());
        let to = match (&workplace, reqwest::Url::parse(&hook)) {
            (Some(workplace), Ok(url)) => format!("{workplace}{}", url.path()),
            _ => hook,
        };
        tokio::spawn(async move {
            let status = post(&to, &body).await.unwrap_or_default();
            lock(&stage.delivered).push((body, status));
        });
    }
}

async fn post(to: &str, body: &Value) -> Result<u16, reqwest::Error> {
    // A proxy of the surroundings would carry the demonstration out of the machine.
    let client = reqwest::Client::builder().no_proxy().timeout(PATIENCE).build()?;
    let request = client.post(to).header("x-avito-messenger-signature", "0".repeat(64)).json(body);
    Ok(request.send().await?.status().as_u16())
}

/// A panic elsewhere leaves these values whole: each is changed in one step.
pub fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
