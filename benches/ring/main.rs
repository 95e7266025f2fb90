//! How long a ringing call needs to the operator's screen: from the moment the telephony sends the notification to the
//! frame in which a real browser (headless Chromium) shows the card. Printed, never asserted.
//! `scripts/bench ring`; the machine's clock is the same for both ends.

#[path = "../../tests/browser/chromium.rs"]
#[allow(dead_code, reason = "the walks use the rest")]
mod chromium;
#[path = "../budgets/measure.rs"]
#[allow(dead_code, reason = "the budgets use the rest")]
mod measure;
#[path = "../../tests/browser/pbx.rs"]
#[allow(dead_code, reason = "the walks use the rest")]
mod pbx;
#[path = "../../tests/suite/support/mod.rs"]
#[allow(dead_code, reason = "the suite uses the rest")]
mod support;

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use chromium::{Chromium, Window};
use measure::{Report, Times};
use support::TestApp;
use support::world::{self, MANGO};

/// Calls that ring, one after the other; the first few warm the browser up and do not count.
const RINGS: usize = 60;
const WARM_UP: usize = 10;

/// Says when the next card has been painted. Nothing is asked of the page meanwhile: whoever asks takes time from it.
const WATCH: &str = r##"
    const done = arguments[arguments.length - 1], place = document.querySelector("#incoming");
    const watch = new MutationObserver(() => {
        if (!place.querySelector("[data-ringing]")) return;
        watch.disconnect();
        // The frame that shows it is being made in the next callback and is on the screen before the one after.
        requestAnimationFrame(() => requestAnimationFrame(() => done(Date.now())));
    });
    watch.observe(place, { childList: true, subtree: true, attributes: true });
"##;
/// Time for the watch to be set before the telephone rings.
const BEFORE: Duration = Duration::from_millis(150);

fn main() {
    // `cargo test` runs bench targets too: nothing to measure then.
    if !std::env::args().any(|argument| argument == "--measure") {
        println!("scripts/bench ring starts this");
        return;
    }
    let runtime = tokio::runtime::Runtime::new().expect("a runtime");
    runtime.block_on(measure());
}

async fn measure() {
    let app = TestApp::start_with(&MANGO).await;
    world::found(&app);
    app.operator_at("Анна", "101").await;
    app.admin("Ольга").await;
    let chromium = Chromium::start().await;
    let (anna, olga) = (chromium.window(1440, 900).await, chromium.window(1440, 900).await);
    anna.sign_in(&app, "Анна").await;
    olga.sign_in(&app, "Ольга").await;
    for window in [&anna, &olga] {
        window.open(&app, "/telephony").await;
        window.until("document.readyState === 'complete'").await;
    }
    let mut times = Times::default();
    for ring in 0..RINGS + WARM_UP {
        let took = one_ring(&app, &anna, &format!("ring-{ring}"), ring).await;
        if ring >= WARM_UP {
            times.add(took);
        }
    }
    let mut report = Report::new(&app.database_url(), 0, RINGS);
    report.times("ring → card painted, two browsers open", Duration::from_millis(300), &times);
    report.print();
    anna.close_without_complaints(&app).await;
    olga.close_without_complaints(&app).await;
    app.stop().await;
}

async fn one_ring(app: &TestApp, anna: &Window, entry: &str, n: usize) -> Duration {
    let client = format!("7900000{n:04}");
    let ring = async {
        tokio::time::sleep(BEFORE).await;
        let sent = SystemTime::now().duration_since(UNIX_EPOCH).expect("after 1970");
        let at = app.app.clock.unix();
        pbx::event(app, "/events/call", &pbx::leg(entry, 1, "Appeared", &client, "101", at)).await;
        (sent, at)
    };
    let (painted, (sent, at)) = tokio::join!(anna.driver.execute_async(WATCH, vec![]), ring);
    let painted = painted.expect("a painted card").json().as_u64().unwrap_or_default();
    pbx::event(app, "/events/call", &pbx::leg(entry, 2, "Disconnected", &client, "101", at + 1)).await;
    anna.until("!document.querySelector('#incoming [data-ringing]')").await;
    Duration::from_millis(painted).saturating_sub(sent)
}
