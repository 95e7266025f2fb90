//! What systemd wants to hear of a service of `Type=notify`: that it serves, that it lives, that it stops. Says nothing
//! to anybody else.

use std::time::Duration;

use sd_notify::NotifyState;
use tokio::task::JoinHandle;

/// Says that the server answers, and from now on that it lives, where the unit asks for that (`WatchdogSec`).
pub fn ready() -> Option<JoinHandle<()>> {
    tell(&[NotifyState::Ready]);
    let patience = sd_notify::watchdog_enabled()?;
    Some(tokio::spawn(live(patience / 2)))
}

/// A runtime that does not turn any more says nothing, and the service is started anew.
async fn live(every: Duration) {
    let mut tick = tokio::time::interval(every);
    loop {
        tick.tick().await;
        tell(&[NotifyState::Watchdog]);
    }
}

/// Says that the stop has begun.
pub fn stopping() {
    tell(&[NotifyState::Stopping]);
}

fn tell(states: &[NotifyState<'_>]) {
    if let Err(error) = sd_notify::notify(states) {
        tracing::warn!(%error, "systemd cannot be told of the service");
    }
}
