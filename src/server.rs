//! The running program: the server over the application, the work behind it, and the stop of both.

use std::net::SocketAddr;
use std::time::Duration;

use actix_web::HttpServer;
use actix_web::dev::ServerHandle;
use actix_web::web::Data;
use tracing_actix_web::TracingLogger;

use crate::accounts::sign_in;
use crate::app::App;
use crate::auth::presence;
use crate::platform::error::AppError;
use crate::platform::telemetry::RequestSpan;
use crate::{routes, schedule};

/// How long a stop waits for requests that are under way.
const SHUTDOWN_SECONDS: u64 = 4;

/// Starts the server and the background work.
///
/// # Errors
/// One line when the address cannot be listened on.
pub async fn start(app: Data<App>) -> Result<Running, String> {
    let here = app.clone();
    tokio::task::spawn_blocking(move || sign_in::create_first_admin(&here))
        .await
        .unwrap_or_else(|e| Err(AppError::internal("create the first admin", e)))
        .map_err(|e| format!("cannot create the first admin: {e}"))?;
    app.db.attach(app.hub.clone());
    let for_workers = app.clone();
    let server = HttpServer::new(move || {
        actix_web::App::new()
            .wrap(TracingLogger::<RequestSpan>::new())
            .configure(|config| routes::mount(config, &for_workers))
    })
    .disable_signals()
    .shutdown_timeout(SHUTDOWN_SECONDS)
    .bind(&app.config.server.listen)
    .map_err(|e| format!("LISTEN: cannot listen on {}: {e}", app.config.server.listen))?;
    let address = *server.addrs().first().ok_or("LISTEN: no address")?;
    let server = server.run();
    let handle = server.handle();
    tokio::spawn(server);
    schedule::spawn(app.clone());
    crate::telephony::intake::worker::spawn(app.clone());
    crate::telephony::intake::fetch::spawn(app.clone());
    crate::recordings::by_mail::watch::spawn(app.clone());
    spawn_presence(app.clone());
    Ok(Running { address, handle, app })
}

/// A started server.
pub struct Running {
    /// Where it listens.
    pub address: SocketAddr,
    /// What it runs.
    pub app: Data<App>,
    handle: ServerHandle,
}

impl Running {
    /// Ends live streams and background work, lets requests finish, and returns when all is quiet.
    pub async fn stop(self) {
        self.app.stop.send_replace(true);
        self.handle.stop(true).await;
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
