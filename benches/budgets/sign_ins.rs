//! Signing in under fire: many people at once, then many wrong tries, beside somebody who works.

use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use super::measure::{Report, Times, milliseconds};
use super::server::Server;

const PEOPLE: usize = 60;
/// How often all of them sign in.
const ROUNDS: usize = 3;
/// Wrong tries under way at a time.
const AT_ONCE: usize = 8;
/// What another person's page may take meanwhile.
const BUDGET: Duration = Duration::from_millis(100);
/// What the wrong tries may add to the memory for good.
const FOR_GOOD_MEBIBYTES: f64 = 20.0;

/// Sixty people sign in three times at once; then `wrong` tries with made-up logins, each from an address of its own,
/// since one address alone is refused without a hash soon.
pub async fn measure(report: &mut Report, server: &Server, wrong: usize) {
    let password = server.create_operators(PEOPLE);
    let browsers: Vec<_> = (0..PEOPLE).map(|_| browser()).collect();
    for round in 1..=ROUNDS {
        let began = Instant::now();
        let later = AtomicUsize::new(0);
        let signing = browsers.iter().enumerate().map(|(n, browser)| {
            let (later, password) = (&later, &password);
            async move {
                let login = Server::operator(n);
                while !server.sign_in(browser, n, &login, password).await.is_redirection() {
                    later.fetch_add(1, Ordering::Relaxed);
                    tokio::time::sleep(Duration::from_millis(500)).await;
                }
            }
        });
        futures_util::future::join_all(signing).await;
        let words = format!(
            "{} until all are in, {} times «later»",
            milliseconds(began.elapsed()),
            later.load(Ordering::Relaxed)
        );
        report.fact(&format!("{PEOPLE} people sign in at once, round {round}"), &words);
    }
    let quiet = pages(server, 60, || false).await;
    report.times("`/orders` before wrong sign-ins", BUDGET, &quiet);

    let before = server.resident_mebibytes();
    let (next, is_over) = (AtomicUsize::new(0), AtomicBool::new(false));
    let (refused, hashed) = (AtomicUsize::new(0), AtomicUsize::new(0));
    let began = Instant::now();
    let tries = async {
        let senders = (0..AT_ONCE).map(|_| async {
            let browser = browser();
            loop {
                let n = next.fetch_add(1, Ordering::Relaxed);
                if n >= wrong {
                    break;
                }
                let status =
                    server.sign_in(&browser, PEOPLE + n, &format!("nobody{n}"), "wrong password").await;
                let counter = if status == 422 { &hashed } else { &refused };
                counter.fetch_add(1, Ordering::Relaxed);
            }
        });
        futures_util::future::join_all(senders).await;
        is_over.store(true, Ordering::Relaxed);
    };
    let ((), meanwhile) = tokio::join!(tries, pages(server, usize::MAX, || is_over.load(Ordering::Relaxed)));
    let words = format!(
        "{:.0} s, {} looked at, {} refused unseen",
        began.elapsed().as_secs_f64(),
        hashed.load(Ordering::Relaxed),
        refused.load(Ordering::Relaxed)
    );
    report.fact(&format!("{wrong} wrong sign-ins, {AT_ONCE} at a time"), &words);
    report.times("`/orders` of another person meanwhile", BUDGET, &meanwhile);
    let after = server.resident_mebibytes();
    report.fact("memory before and after wrong sign-ins", &format!("{before:.1} and {after:.1} MiB"));
    report.limit("memory that wrong sign-ins have taken for good", FOR_GOOD_MEBIBYTES, after - before, "MiB");
}

fn browser() -> reqwest::Client {
    let builder = reqwest::Client::builder().cookie_store(true).redirect(reqwest::redirect::Policy::none());
    builder.no_proxy().build().expect("a client")
}

/// The list of the admin, pressed again and again.
async fn pages(server: &Server, most: usize, is_over: impl Fn() -> bool) -> Times {
    let mut times = Times::default();
    for _ in 0..most {
        times.add(server.fragment("/orders", "orders").await);
        if is_over() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    times
}
