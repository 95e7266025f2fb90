//! Avito's side of its API, played strictly by the book (docs/avito-api.md): tokens and their ends, chats that are kept,
//! messages that arrive, are read and deleted, deliveries to the addresses that were asked for, money, ads, figures,
//! reviews. It throttles and breaks on command. Tests and the demonstration talk to it; it listens on the loopback only.

mod account;
mod door;
mod messenger;
mod promotion;
mod question;
mod ratings;
mod stage;

use std::net::SocketAddr;
use std::sync::Arc;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes};
use serde_json::{Value, json};

use crate::domain::clock::Clock;
pub use stage::{Asked, Break, NewChat};
use stage::{Ledger, Stage, lock};

/// A running fake.
pub struct Fake {
    stage: Arc<Stage>,
    handle: ServerHandle,
}

impl Fake {
    /// Starts a fake without accounts on a free port of the loopback.
    ///
    /// # Errors
    /// One line when there is no port.
    pub fn start() -> Result<Self, String> {
        let stage = Arc::new(Stage::default());
        let shared = web::Data::from(stage.clone());
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(shared.clone())
                .app_data(web::PayloadConfig::new(26 * 1024 * 1024))
                .default_service(web::to(door::answer))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind("127.0.0.1:0")
        .map_err(|e| format!("cannot start the simulated Avito: {e}"))?;
        let address: SocketAddr = *server.addrs().first().ok_or("the simulated Avito has no address")?;
        *lock(&stage.address) = format!("http://{address}");
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { stage, handle })
    }

    /// The value of `AVITO_API_URL`.
    pub fn api_url(&self) -> String {
        lock(&self.stage.address).clone()
    }

    /// The value of `AVITO_MEDIA_HOSTS`.
    pub fn media_host(&self) -> String {
        self.api_url().trim_start_matches("http://").to_owned()
    }

    /// The value of `PROXY_CHECK_URL`: says the address it is asked from.
    pub fn echo_url(&self) -> String {
        format!("{}/echo", self.api_url())
    }

    /// Has Avito live by `clock` from now on.
    pub fn follow(&self, clock: Clock) {
        *lock(&self.stage.clock) = clock;
    }

    /// Sends deliveries to this `http://HOST:PORT` from now on, whatever host the address for deliveries names.
    pub fn deliver_to(&self, workplace: &str) {
        *lock(&self.stage.workplace) = Some(workplace.trim_end_matches('/').to_owned());
    }

    /// Deliveries get lost from now on, or do so no more.
    pub fn lose_deliveries(&self, lost: bool) {
        *lock(&self.stage.loses) = lost;
    }

    /// An account that may be used.
    pub fn add_account(&self, client_id: &str, client_secret: &str, user_id: i64, name: &str) {
        let ledger = Ledger::new(client_id, client_secret, name);
        lock(&self.stage.accounts).insert(user_id, ledger);
    }

    /// Changes what Avito tells of an account: `balance`, `advance`, `items`, `rating`, `reviews`, `days`, `promotions`.
    pub fn set(&self, user_id: i64, what: &str, value: Value) {
        if let Some(ledger) = lock(&self.stage.accounts).get_mut(&user_id) {
            ledger.told.insert(what.to_owned(), value);
        }
    }

    /// All tokens of the account are refused from now on.
    pub fn revoke_tokens(&self, user_id: i64) {
        lock(&self.stage.tokens).retain(|_, token| token.user_id != user_id);
    }

    /// How long tokens live from now on, in seconds.
    pub fn tokens_live(&self, seconds: i64) {
        *lock(&self.stage.lifetime) = seconds;
    }

    /// The next `times` requests whose path contains `path` meet with `what`.
    pub fn break_next(&self, path: &str, what: Break, times: usize) {
        lock(&self.stage.breaks).push((path.to_owned(), what, times));
    }

    /// Everything works again.
    pub fn mend(&self) {
        lock(&self.stage.breaks).clear();
    }

    /// A chat with a client; without messages yet.
    pub fn add_chat(&self, user_id: i64, chat: &NewChat) {
        self.stage.add_chat(user_id, chat);
    }

    /// The client writes; gives the id of the message. `content` is that of a message (`{"text": …}`).
    pub fn client_writes(&self, chat: &str, kind: &str, content: Value) -> String {
        self.stage.comes(chat, kind, content)
    }

    /// The client writes a text.
    pub fn client_says(&self, chat: &str, text: &str) -> String {
        self.client_writes(chat, "text", json!({ "text": text }))
    }

    /// Somebody answers for the account in Avito's own application.
    pub fn we_say_elsewhere(&self, chat: &str, text: &str) -> String {
        self.stage.goes(chat, "text", json!({ "text": text }))
    }

    /// The client reads everything of ours.
    pub fn client_reads(&self, chat: &str) {
        self.stage.is_read(chat);
    }

    /// A message is deleted.
    pub fn delete(&self, chat: &str, message: &str) {
        self.stage.delete(chat, message);
    }

    /// The chat vanishes.
    pub fn forget_chat(&self, chat: &str) {
        lock(&self.stage.chats).retain(|known| known.value["id"] != chat);
    }

    /// Delivers this body once more to the addresses of the account.
    pub fn deliver(&self, user_id: i64, body: &Value) {
        stage::deliver(&self.stage, user_id, body.clone());
    }

    /// Messages of a chat, oldest first.
    pub fn messages(&self, chat: &str) -> Vec<Value> {
        self.stage.messages(chat)
    }

    /// A picture or a sound under `/media/NAME`; gives its address.
    pub fn add_media(&self, name: &str, kind: &str, bytes: Bytes) -> String {
        lock(&self.stage.media).insert(name.to_owned(), (kind.to_owned(), bytes));
        format!("{}/media/{name}", self.api_url())
    }

    /// Every request so far.
    pub fn asked(&self) -> Vec<Asked> {
        lock(&self.stage.asked).clone()
    }

    /// How many requests had `part` in their path.
    pub fn count(&self, part: &str) -> usize {
        lock(&self.stage.asked).iter().filter(|asked| asked.path.contains(part)).count()
    }

    /// Deliveries so far, each with its body and the status of the answer (0: none).
    pub fn deliveries(&self) -> Vec<(Value, u16)> {
        lock(&self.stage.delivered).clone()
    }

    /// Addresses for deliveries of an account.
    pub fn subscriptions(&self, user_id: i64) -> Vec<String> {
        lock(&self.stage.accounts).get(&user_id).map(|ledger| ledger.hooks.clone()).unwrap_or_default()
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}
