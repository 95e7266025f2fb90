//! The running program: the server over the application, the work behind it, and the stop of both.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::middleware::from_fn;
use actix_web::web::Data;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tokio::task::JoinHandle;
use tracing_actix_web::TracingLogger;

use crate::accounts::sign_in;
use crate::app::App;
use crate::auth::presence;
use crate::platform::telemetry::RequestSpan;
use crate::platform::wake::OnThread;
use crate::web::{measure, patience};
use crate::{routes, schedule};

/// How long a stop waits for requests that are under way.
const SHUTDOWN_SECONDS: u64 = 4;

/// How long a stop waits for work of our own that is under way, beyond that.
const LAST_WORK: Duration = Duration::from_secs(1);
/// Open files that are no connections of browsers: log, executable, sockets of our own, besides the databases'.
const OTHER_FILES: usize = 40;
/// Files of one connection of the pool: SQLite's database, log and index, or one socket.
const FILES_PER_CONNECTION: usize = 3;
/// Open files that are asked for, if the system allows so many: 1,024 are usual, and a live page holds one of them.
const WANTED_FILES: u64 = 65_536;
/// Connections that a worker takes however few files there are.
const FEWEST_CONNECTIONS: usize = 8;

/// Starts the server and the background work.
///
/// # Errors
/// One line when the address cannot be listened on.
pub async fn start(app: Data<App>) -> Result<Running, String> {
    let here = app.clone();
    tokio::task::spawn_blocking(move || sign_in::create_first_admin(&here))
        .await
        .unwrap_or_else(|e| Err(format!("cannot create the first admin: {e}")))?;
    warn_of_an_untold_proxy(&app);
    app.db.attach(app.hub.clone());
    let for_workers = app.clone();
    let workers = std::thread::available_parallelism().map_or(2, usize::from);
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .wrap(from_fn(patience::guard))
            .wrap(TracingLogger::<RequestSpan>::new())
            .wrap(from_fn(measure::measure))
            .configure(|config| routes::mount(config, &for_workers))
    })
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .workers(workers)
    .max_connections(connections_per_worker(open_files(), &app, workers))
    .bind(&app.config.server.listen)
    .map_err(|e| format!("LISTEN: cannot listen on {}: {e}", app.config.server.listen))?;
    let address = *server.addrs().first().ok_or("LISTEN: no address")?;
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    let clockwork = schedule::spawn(app.clone());
    crate::telephony::intake::worker::spawn(app.clone());
    crate::telephony::intake::fetch::spawn(app.clone());
    crate::recordings::by_mail::watch::spawn(app.clone());
    spawn_presence(app.clone());
    let threads = vec![
        crate::messages::intake::worker::spawn(app.clone()),
        crate::messages::intake::reconcile::spawn(app.clone()),
        crate::messages::outbox::spawn(app.clone()),
        crate::alerts::send::spawn(app.clone()),
    ];
    Ok(Running { address, handle, clockwork, threads, app })
}

/// We speak no TLS ourselves: an https address means that a proxy does.
fn warn_of_an_untold_proxy(app: &App) {
    let server = &app.config.server;
    if server.trusted_proxies.is_empty() && server.public_url.starts_with("https://") {
        tracing::warn!(
            "PUBLIC_URL is https, so a proxy stands in front, but TRUSTED_PROXIES is empty: to the limits of sign-ins everybody has the proxy's address"
        );
    }
}

/// How many connections a worker takes before the next ones wait outside. One more than there are files for would be
/// refused together with everybody's database and documents, and the listening socket would pause for all.
fn connections_per_worker(open_files: Option<usize>, app: &App, workers: usize) -> usize {
    /// What actix takes when nothing is said.
    const USUAL: usize = 25_600;
    let Some(files) = open_files else { return USUAL };
    let ours = OTHER_FILES + FILES_PER_CONNECTION * app.config.database.pool_size as usize;
    let each = files.saturating_sub(ours) / workers;
    if each < FEWEST_CONNECTIONS {
        tracing::warn!(files, "too few open files are allowed (ulimit -n), pages will be refused");
    }
    each.clamp(FEWEST_CONNECTIONS, USUAL)
}

/// How many files the process may have open, after asking for as many as the system gives without special rights;
/// `None` where there is no limit.
fn open_files() -> Option<usize> {
    let limit = getrlimit(Resource::Nofile);
    let wanted = limit.maximum.map_or(WANTED_FILES, |most| most.min(WANTED_FILES));
    let is_raised = limit.current.is_some_and(|now| now < wanted)
        && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), ..limit }).is_ok();
    let now = if is_raised { Some(wanted) } else { limit.current };
    now.map(|now| usize::try_from(now).unwrap_or(usize::MAX))
}

/// A started server.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it runs.
    pub app: Data<App>,
    handle: ServerHandle,
    clockwork: JoinHandle<()>,
    threads: Vec<OnThread>,
}

impl Running {
    /// Ends live streams and background work, lets requests finish, and returns when all is quiet.
    pub async fn stop(self) {
        self.app.stop.send_replace(true);
        self.handle.stop(true).await;
        // A runtime that ends under work takes its timers away, and the work panics.
        let threads = futures_util::future::join_all(self.threads.into_iter().map(OnThread::ended));
        let _ = tokio::time::timeout(LAST_WORK, futures_util::future::join(self.clockwork, threads)).await;
    }
}

fn spawn_presence(app: Data<App>) {
    let mut stop = app.stop.subscribe();
    tokio::spawn(async move {
        let mut tick = tokio::time::interval(presence::REPORT_EVERY);
        loop {
            tokio::select! {
                _ = tick.tick() => {
                    let app = app.clone();
                    let reported = tokio::task::spawn_blocking(move || presence::report(&app)).await;
                    if let Ok(Err(error)) = reported {
                        tracing::warn!(%error, "presence could not be reported");
                    }
                }
                _ = stop.changed() => return,
            }
        }
    });
}

/// Waits for the first request of the system to end the process.
pub async fn stop_signal() {
    let terminate = async {
        match tokio::signal::unix::signal(tokio::signal::unix::SignalKind::terminate()) {
            Ok(mut signal) => {
                signal.recv().await;
            }
            Err(_) => std::future::pending().await,
        }
    };
    tokio::select! {
        () = terminate => {}
        _ = tokio::signal::ctrl_c() => {}
    }
    // A second signal must not find a process that waits for its last request.
    tokio::spawn(async {
        tokio::time::sleep(Duration::from_secs(SHUTDOWN_SECONDS + 1)).await;
        std::process::exit(0);
    });
}
