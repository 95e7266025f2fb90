//! The telephone exchange of the demonstration: goes on telling, over real HTTP and with real signatures, of calls
//! that ring, are answered and missed, as Mango Office would (docs/mango-api.md 3).

pub mod cast;
pub mod cloud;
mod queries;
pub mod script;
mod telling;

use std::collections::HashSet;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use actix_web::web::Data;
use rand::rngs::StdRng;
use rand::{RngExt, SeedableRng};
use tokio::task::JoinSet;
use tokio::time::Instant;

use super::vocabulary::{pick, weigh};
use crate::app::App;
use crate::integrations::mango::fake::Switchboard;
use crate::integrations::mango::fake::sender::Sender;
use cast::{Cast, Telephone};
use cloud::Cloud;
use script::{Plot, Script};

/// The first call rings this soon, so that whoever has just started the program sees what it is about.
const FIRST_RING: Duration = Duration::from_millis(1_500);
/// More calls at once than that confuse a newcomer.
const AT_ONCE: usize = 3;
/// The notifications of every so manyth call do not arrive, so that comparing with the statistics finds something.
const LOST_OF: usize = 15;
/// Seconds between the beginnings of two calls.
const PAUSE_SECONDS: std::ops::Range<u64> = 10..25;

/// Who may call and what rings.
#[derive(Clone)]
pub struct Neighbourhood {
    /// Our lines.
    pub lines: Vec<String>,
    /// Telephones of the operators, the one that rings first in front.
    pub telephones: Vec<Telephone>,
    /// Numbers of clients the history knows.
    pub known: Vec<String>,
    /// Numbers nobody has ever called from.
    pub strangers: Vec<String>,
}

/// Plays calls until the application stops.
pub async fn run(
    app: Data<App>,
    sender: Sender,
    (cloud, switchboard): (Cloud, Switchboard),
    neighbourhood: Neighbourhood,
) {
    let mut stop = app.stop.subscribe();
    let mut exchange = Exchange::new(app, sender, (cloud, switchboard), neighbourhood);
    let play = async {
        tokio::time::sleep(FIRST_RING).await;
        loop {
            exchange.next_call().await;
            let pause = exchange.rng.random_range(PAUSE_SECONDS);
            tokio::time::sleep(Duration::from_secs(pause)).await;
        }
    };
    // Calls that are under way end with the exchange: their tasks belong to it.
    tokio::select! {
        () = play => {}
        _ = stop.changed() => {}
    }
}

struct Exchange {
    app: Data<App>,
    sender: Sender,
    cloud: Cloud,
    switchboard: Switchboard,
    neighbourhood: Neighbourhood,
    rng: StdRng,
    calls: JoinSet<()>,
    /// Extensions that ring or talk.
    busy: Arc<Mutex<HashSet<String>>>,
    played: usize,
}

impl Exchange {
    fn new(
        app: Data<App>,
        sender: Sender,
        (cloud, switchboard): (Cloud, Switchboard),
        neighbourhood: Neighbourhood,
    ) -> Self {
        let (busy, calls, rng) = (Arc::default(), JoinSet::new(), rand::make_rng());
        Self { app, sender, cloud, switchboard, neighbourhood, rng, calls, busy, played: 0 }
    }

    async fn next_call(&mut self) {
        while self.calls.try_join_next().is_some() {}
        if self.calls.len() >= AT_ONCE {
            return;
        }
        let online = match self.app.db.read(|db| Ok(queries::online_extensions(db)?)).await {
            Ok(online) => online,
            Err(error) => {
                tracing::warn!(%error, "the simulated exchange cannot see who is online");
                return;
            }
        };
        let Some(telephones) = self.free_telephones(&online) else { return };
        // The first call is always a plain one, for whoever looks for the first time.
        let mut plot = if self.played == 0 { Plot::Answered } else { weigh(&mut self.rng, &script::PLOTS) };
        self.played += 1;
        // Nobody would talk in a call of which the workplace does not know.
        if self.played.is_multiple_of(LOST_OF) {
            plot = Plot::Missed;
        }
        let cast = self.cast(telephones);
        let script = Script::write(plot, &cast, self.app.clock.unix(), &mut self.rng).unruly(&mut self.rng);
        let engaged: Vec<String> = cast.telephones.into_iter().map(|t| t.extension).collect();
        self.busy().extend(engaged.iter().cloned());
        if let Some(recorded) = &script.recorded {
            self.cloud.keep(recorded);
        }
        let (sender, busy, switchboard) = (self.sender.clone(), self.busy.clone(), self.switchboard.clone());
        let is_lost = self.played.is_multiple_of(LOST_OF);
        self.calls.spawn(async move {
            play(&sender, &switchboard, script, is_lost).await;
            free(&busy, &engaged);
        });
    }

    /// Free telephones: of those who are online first, in turn among equals. `None` when all are engaged.
    fn free_telephones(&mut self, online: &[String]) -> Option<Vec<Telephone>> {
        let busy = self.busy().clone();
        let mut free: Vec<Telephone> = self.neighbourhood.telephones.clone();
        let turn = self.played % free.len().max(1);
        free.rotate_left(turn);
        free.retain(|telephone| !busy.contains(&telephone.extension));
        free.sort_by_key(|telephone| !online.contains(&telephone.extension));
        // Two telephones are enough for every plot; the others stay free for the next call.
        free.truncate(2);
        (!free.is_empty()).then_some(free)
    }

    fn cast(&mut self, telephones: Vec<Telephone>) -> Cast {
        let numbers = match self.rng.random_bool(0.55) {
            true if !self.neighbourhood.known.is_empty() => &self.neighbourhood.known,
            _ => &self.neighbourhood.strangers,
        };
        let client = pick(&mut self.rng, &numbers.iter().collect::<Vec<_>>()).clone();
        let line = pick(&mut self.rng, &self.neighbourhood.lines.iter().collect::<Vec<_>>()).clone();
        Cast { client: Some(client), line, telephones }
    }

    fn busy(&self) -> std::sync::MutexGuard<'_, HashSet<String>> {
        self.busy.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// The telephones have hung up.
fn free(busy: &Mutex<HashSet<String>>, engaged: &[String]) {
    let mut busy = busy.lock().unwrap_or_else(PoisonError::into_inner);
    busy.retain(|extension| !engaged.contains(extension));
}

/// Sends every step of a call at its time; a call that is hung up comes to its end at once. Of one whose notifications
/// are lost on the way only the statistics tell.
async fn play(sender: &Sender, switchboard: &Switchboard, script: Script, is_lost: bool) {
    let (legs, statistics) = (script.call_ids(), script.statistics());
    let hung = switchboard.connect(&legs);
    let (start, mut is_hung) = (Instant::now(), false);
    for step in script.steps {
        if !is_hung {
            let at = tokio::time::sleep_until(start + step.after);
            is_hung = tokio::select! { () = at => false, () = hung.notified() => true };
        }
        if is_lost {
            continue;
        }
        if let Err(problem) = sender.post(step.path, &step.json).await {
            tracing::warn!(path = step.path, "the simulated exchange was refused: {problem}");
        }
    }
    switchboard.disconnect(&legs);
    switchboard.remember(statistics);
}

/// A generator for those who want the same calls again.
pub fn seeded(seed: u64) -> StdRng {
    StdRng::seed_from_u64(seed)
}
