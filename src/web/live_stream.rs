//! `GET /live`: the stream of hints (server-sent events), and `GET /live/mark`, the newest mark to compare with.

use std::convert::Infallible;
use std::time::Duration;

use actix_web::http::header::{CACHE_CONTROL, ContentType};
use actix_web::web::{Bytes, Data, ServiceConfig, get, resource};
use actix_web::{HttpRequest, HttpResponse};
use futures_util::stream;
use tokio::sync::{broadcast, watch};
use tokio::time::{Instant, Interval, MissedTickBehavior, interval_at};

use crate::app::App;
use crate::auth::queries;
use crate::auth::session;
use crate::auth::signed::{Anyone, Signed};
use crate::domain::id::AccountId;
use crate::domain::person::Role;
use crate::platform::error::AppError;
use crate::platform::live::presence::Connected;
use crate::platform::live::{Audience, Event, Heard, Marked};
use crate::web::form::Query;

/// Silence longer than two of these means a lost connection to a page.
const BEAT: Duration = Duration::from_secs(15);
/// An open stream asks this often whether its person still works here.
const BEATS_PER_CHECK: u32 = 4;

/// The addresses of the stream.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/live").route(get().to(open)))
        .service(resource("/live/mark").route(get().to(mark)));
}

async fn mark(_: Signed<Anyone>, app: Data<App>) -> HttpResponse {
    HttpResponse::Ok().content_type(ContentType::plaintext()).body(app.hub.mark())
}

async fn open(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(query): Query,
) -> Result<HttpResponse, AppError> {
    let stamp = session::ticket(&request).ok_or(AppError::SignedOut)?.stamp;
    // Listen first, look back second: what happens in between is then heard twice, never missed.
    let receiver = app.hub.listen();
    let last =
        request.headers().get("last-event-id").and_then(|v| v.to_str().ok()).unwrap_or(query.text("since"));
    let mut waiting = vec![beat(&app)];
    let mut heard = 0;
    if !last.is_empty() {
        match app.hub.since(last) {
            Heard::Everything => waiting.push(resync(&app)),
            Heard::Missed(missed) => {
                heard = missed.last().map_or(0, |m| m.number);
                // Whoever got here is signed in, whatever was said to another browser meanwhile.
                let missed = missed.iter().filter(|m| m.event != Some(Event::SignedOut(person.id)));
                waiting.extend(missed.filter_map(|m| line(&app, m, person.id, person.role)));
            }
        }
    }
    waiting.reverse();
    let mut beats = interval_at(Instant::now() + BEAT, BEAT);
    beats.set_missed_tick_behavior(MissedTickBehavior::Delay);
    let state = Stream {
        account_id: person.id,
        role: person.role,
        stamp,
        device: session::device(&request),
        waiting,
        heard,
        receiver,
        beats,
        beat_number: 0,
        stop: app.stop.subscribe(),
        over: false,
        _connected: app.presence.connect(person.id),
        app,
    };
    Ok(HttpResponse::Ok()
        .content_type("text/event-stream; charset=utf-8")
        .insert_header((CACHE_CONTROL, "no-store"))
        .insert_header(("X-Accel-Buffering", "no"))
        .streaming(stream::unfold(state, |mut state| async {
            let bytes = state.next().await?;
            Some((Ok::<_, Infallible>(bytes), state))
        })))
}

struct Stream {
    app: Data<App>,
    account_id: AccountId,
    role: Role,
    stamp: String,
    /// Which of the account's sessions the stream belongs to.
    device: Option<String>,
    /// Lines to send before listening, last first.
    waiting: Vec<Bytes>,
    /// Events up to this number were sent from the memory of the hub.
    heard: u64,
    receiver: broadcast::Receiver<Marked>,
    beats: Interval,
    beat_number: u32,
    stop: watch::Receiver<bool>,
    over: bool,
    /// Counts as presence while the stream lives.
    _connected: Connected,
}

impl Stream {
    async fn next(&mut self) -> Option<Bytes> {
        if let Some(bytes) = self.waiting.pop() {
            return Some(bytes);
        }
        while !self.over {
            tokio::select! {
                heard = self.receiver.recv() => match heard {
                    Ok(marked) if marked.number <= self.heard => {}
                    Ok(marked) => {
                        // Said to every browser of the person, meant for the ones whose session is over.
                        if marked.event == Some(Event::SignedOut(self.account_id)) {
                            if self.still_signed_in().await {
                                continue;
                            }
                            self.over = true;
                        }
                        if let Some(bytes) = line(&self.app, &marked, self.account_id, self.role) {
                            return Some(bytes);
                        }
                    }
                    Err(broadcast::error::RecvError::Lagged(_)) => return Some(resync(&self.app)),
                    Err(broadcast::error::RecvError::Closed) => return None,
                },
                _ = self.beats.tick() => {
                    self.beat_number += 1;
                    if self.beat_number.is_multiple_of(BEATS_PER_CHECK) && !self.still_signed_in().await {
                        self.over = true;
                        return line(&self.app, &Marked { number: 0, event: Some(Event::SignedOut(self.account_id)) },
                            self.account_id, self.role);
                    }
                    return Some(beat(&self.app));
                }
                _ = self.stop.changed() => return None,
            }
        }
        None
    }

    /// False only when the database says so: an outage signs nobody out.
    async fn still_signed_in(&self) -> bool {
        let (id, stamp, device) = (self.account_id, self.stamp.clone(), self.device.clone());
        let now = self.app.clock.now();
        let open = self.app.db.read(move |db| Ok(queries::is_open(db, id, &stamp, device.as_deref(), now)?));
        open.await.unwrap_or(true)
    }
}

/// One hint for this person, if it is for this person.
fn line(app: &App, marked: &Marked, account_id: AccountId, role: Role) -> Option<Bytes> {
    let Some(event) = marked.event else { return Some(resync(app)) };
    let may_hear = match event.audience() {
        Audience::All => true,
        Audience::Role(wanted) => wanted == role,
        Audience::Account(id) => id == account_id,
        Audience::AccountAndAdmins(id) => id == account_id || role == Role::Admin,
    };
    let mark = app.hub.mark_of(marked.number);
    may_hear.then(|| {
        let (topic, id) = (event.topic(), event.id());
        Bytes::from(format!("event: {topic}\nid: {mark}\ndata: {{\"mark\":\"{mark}\",\"id\":{id}}}\n\n"))
    })
}

fn resync(app: &App) -> Bytes {
    let mark = app.hub.mark();
    Bytes::from(format!("event: resync\nid: {mark}\ndata: {{\"mark\":\"{mark}\",\"id\":0}}\n\n"))
}

fn beat(app: &App) -> Bytes {
    let mark = app.hub.mark();
    Bytes::from(format!("event: beat\ndata: {{\"mark\":\"{mark}\",\"id\":0}}\n\n"))
}
