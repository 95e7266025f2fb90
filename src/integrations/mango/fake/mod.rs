//! The telephony's side of its API, played strictly by the book (docs/mango-api.md 2, 5–9): wrong signatures are refused
//! and lead to a ban, limits and outages can be switched on, recordings lie behind a redirect, statistics are not
//! ready at once, and a callback really rings: its notifications are signed and sent to the workplace. Tests and the
//! demonstration talk to it; it listens on the loopback only.

mod calls;
mod desk;
pub mod sender;
mod stats;

use std::collections::{HashMap, HashSet};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use std::time::{Duration, Instant};

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::{self, Bytes};
use serde_json::Value;

use crate::domain::clock::Clock;

pub use calls::Ending;
pub use stats::Leg;

/// How the API is in general.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum ApiState {
    /// As it should be.
    #[default]
    Well,
    /// Answers everything with «too many requests».
    Limited,
    /// Answers everything with 401.
    Banned,
    /// Answers everything with a fault of its own (5004).
    Broken,
}

/// Finds the sound of a recording.
pub type Cloud = Box<dyn Fn(&str) -> Option<Bytes> + Send + Sync>;

/// What the fake knows and does; shared with its handlers.
pub struct Stage {
    key: String,
    salt: String,
    cloud: Cloud,
    clock: Mutex<Clock>,
    /// Its own `http://127.0.0.1:PORT`.
    address: Mutex<String>,
    /// Where notifications go: the workplace's `http://HOST:PORT`.
    workplace: Mutex<Option<String>>,
    mood: Mutex<ApiState>,
    wrong: Mutex<Vec<Instant>>,
    asked: Mutex<Vec<(String, Value)>>,
    /// Sent as it is instead of a link to the recording.
    detour: Mutex<Option<String>>,
    /// One-time links to recordings.
    links: Mutex<HashMap<String, String>>,
    employees: Mutex<Vec<Value>>,
    lines: Mutex<Vec<Value>>,
    legs: Mutex<Vec<Leg>>,
    reports: Mutex<HashMap<String, stats::Report>>,
    ending: Mutex<Ending>,
    /// Pause between two notifications of a call.
    beat: Mutex<Duration>,
    live: Mutex<HashMap<String, Arc<tokio::sync::Notify>>>,
    commands: Mutex<HashSet<String>>,
}

/// A running fake.
pub struct Fake {
    stage: Arc<Stage>,
    handle: ServerHandle,
}

impl Fake {
    /// Starts a fake that knows `key` and `salt` on a free port of the loopback.
    ///
    /// # Errors
    /// One line when there is no port.
    pub fn start(key: &str, salt: &str, cloud: Cloud) -> Result<Self, String> {
        let stage = Arc::new(Stage::new(key, salt, cloud));
        let shared = web::Data::from(stage.clone());
        let server = HttpServer::new(move || {
            actix_web::App::new()
                .app_data(shared.clone())
                .route("/vpbx/{method:.*}", web::post().to(desk::answer))
                .route("/files/{link}", web::get().to(desk::file))
        })
        .workers(1)
        .disable_signals()
        .shutdown_timeout(1)
        .bind("127.0.0.1:0")
        .map_err(|e| format!("cannot start the simulated telephony: {e}"))?;
        let address: SocketAddr = *server.addrs().first().ok_or("the simulated telephony has no address")?;
        *lock(&stage.address) = format!("http://{address}");
        let server = server.run();
        let handle = server.handle();
        tokio::spawn(server);
        Ok(Self { stage, handle })
    }

    /// The value of `MANGO_API_URL`.
    pub fn api_url(&self) -> String {
        format!("{}/vpbx/", lock(&self.stage.address))
    }

    /// Has the telephony live by `clock` from now on.
    pub fn follow(&self, clock: Clock) {
        *lock(&self.stage.clock) = clock;
    }

    /// Sends notifications to the workplace at `http://HOST:PORT` from now on.
    pub fn notify(&self, workplace: &str) {
        *lock(&self.stage.workplace) = Some(workplace.to_owned());
    }

    /// How the API is from now on; also ends a ban.
    pub fn be(&self, mood: ApiState) {
        *lock(&self.stage.mood) = mood;
        lock(&self.stage.wrong).clear();
    }

    /// Sends whoever asks for a recording to `url`.
    pub fn send_elsewhere(&self, url: Option<&str>) {
        *lock(&self.stage.detour) = url.map(str::to_owned);
    }

    /// How the next callbacks end, and the pause between two of their notifications.
    pub fn end_calls(&self, ending: Ending, beat: Duration) {
        *lock(&self.stage.ending) = ending;
        *lock(&self.stage.beat) = beat;
    }

    /// An employee as `config/users/request` tells of him.
    pub fn employ(&self, name: &str, extension: &str, sip: &str, user_id: i64) {
        let employee = serde_json::json!({
            "general": { "name": name, "email": "", "department": "", "position": "", "user_id": user_id, "sips": [sip] },
            "telephony": { "extension": extension, "outgoingline": "", "numbers": [
                { "number": sip, "protocol": "sip", "order": 1, "wait_sec": 60, "status": "on" },
            ]},
            "groups": [],
        });
        lock(&self.stage.employees).push(employee);
    }

    /// A line as `incominglines` tells of it.
    pub fn add_line(&self, number: &str, name: &str) {
        let mut lines = lock(&self.stage.lines);
        let line_id = 500_000 + lines.len();
        lines.push(serde_json::json!({ "number": number, "name": name, "comment": "", "schema_name": "", "line_id": line_id }));
    }

    /// A leg that statistics will tell of.
    pub fn remember(&self, leg: Leg) {
        lock(&self.stage.legs).push(leg);
    }

    /// Every question so far: method and JSON.
    pub fn asked(&self) -> Vec<(String, Value)> {
        lock(&self.stage.asked).clone()
    }

    /// How often `method` was asked.
    pub fn count(&self, method: &str) -> usize {
        lock(&self.stage.asked).iter().filter(|(asked, _)| asked == method).count()
    }

    /// For whoever plays calls of his own: hears of hang-ups.
    pub fn switchboard(&self) -> Switchboard {
        Switchboard(self.stage.clone())
    }

    /// Stops listening.
    pub async fn stop(self) {
        self.handle.stop(false).await;
    }
}

/// Knows which legs live, so that a command can end them.
#[derive(Clone)]
pub struct Switchboard(Arc<Stage>);

impl Switchboard {
    /// The legs live from now on; what is returned hears when one of them is hung up.
    pub fn connect(&self, call_ids: &[String]) -> Arc<tokio::sync::Notify> {
        let hung = Arc::new(tokio::sync::Notify::new());
        let mut live = lock(&self.0.live);
        live.extend(call_ids.iter().map(|id| (id.clone(), hung.clone())));
        hung
    }

    /// Statistics will tell of the legs.
    pub fn remember(&self, legs: Vec<Leg>) {
        lock(&self.0.legs).extend(legs);
    }

    /// The legs are over.
    pub fn disconnect(&self, call_ids: &[String]) {
        lock(&self.0.live).retain(|id, _| !call_ids.contains(id));
    }
}

impl Stage {
    fn new(key: &str, salt: &str, cloud: Cloud) -> Self {
        Self {
            key: key.to_owned(),
            salt: salt.to_owned(),
            cloud,
            clock: Mutex::default(),
            address: Mutex::default(),
            workplace: Mutex::default(),
            mood: Mutex::default(),
            wrong: Mutex::default(),
            asked: Mutex::default(),
            detour: Mutex::default(),
            links: Mutex::default(),
            employees: Mutex::default(),
            lines: Mutex::default(),
            legs: Mutex::default(),
            reports: Mutex::default(),
            ending: Mutex::default(),
            beat: Mutex::new(Duration::from_secs(3)),
            live: Mutex::default(),
            commands: Mutex::default(),
        }
    }

    /// Unix seconds by the telephony's clock.
    fn now(&self) -> i64 {
        lock(&self.clock).unix()
    }
}

fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}
