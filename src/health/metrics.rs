//! `GET /metrics`: everything there is to count, for Prometheus. For whoever stands on the machine itself, or knows the
//! token; to everybody else there is nothing at this address.

use actix_web::http::header::{AUTHORIZATION, CACHE_CONTROL};
use actix_web::web::Data;
use actix_web::{HttpRequest, HttpResponse};
use chrono::NaiveDateTime;
use prometheus::proto::MetricFamily;
use prometheus::{Encoder, Gauge, Opts, Registry, TextEncoder};
use secrecy::ExposeSecret;
use subtle::ConstantTimeEq;

use super::facts::{Facts, Process};
use crate::app::App;
use crate::auth::address;
use crate::platform::error::AppError;

pub(super) async fn show(request: HttpRequest, app: Data<App>) -> Result<HttpResponse, AppError> {
    if !may_look(&request, &app) {
        return Err(AppError::NotFound);
    }
    // A database that does not answer is what somebody wants to hear of.
    let facts = app.db.read(|db| Ok(Facts::load(db)?)).await.ok();
    let mut families = app.metrics.gather();
    families.extend(now(&app, facts.as_ref()));
    let mut text = Vec::new();
    TextEncoder::new().encode(&families, &mut text).map_err(|e| AppError::internal("write metrics", e))?;
    Ok(HttpResponse::Ok()
        .content_type(prometheus::TEXT_FORMAT)
        .insert_header((CACHE_CONTROL, "no-store"))
        .body(text))
}

/// Whoever knows the token, and the machine itself. A forwarded request comes from somewhere else, and a header that
/// says «from the machine itself» is believed from proxies of the settings only.
fn may_look(request: &HttpRequest, app: &App) -> bool {
    let header = request.headers().get(AUTHORIZATION).and_then(|value| value.to_str().ok());
    if let (Some(token), Some(told)) =
        (&app.config.metrics_token, header.and_then(|h| h.strip_prefix("Bearer ")))
    {
        return bool::from(token.expose_secret().as_bytes().ct_eq(told.trim().as_bytes()));
    }
    let trusted = &app.config.server.trusted_proxies;
    let is_here = address::of(request, trusted).is_some_and(|address| address.is_loopback());
    let is_direct = request.peer_addr().is_some_and(|peer| !trusted.contains(&peer.ip().to_canonical()));
    let is_forwarded = ["x-forwarded-for", "forwarded", "x-real-ip"]
        .iter()
        .any(|name| request.headers().contains_key(*name));
    is_here && !(is_direct && is_forwarded)
}

/// What is true at this moment.
fn now(app: &App, facts: Option<&Facts>) -> Vec<MetricFamily> {
    let gauges = Registry::new();
    let put = |name: &str, help: &str, value: f64| {
        let made = Gauge::with_opts(Opts::new(name, help)).expect("a name of ours");
        made.set(value);
        gauges.register(Box::new(made)).expect("names are different");
    };
    let build = Opts::new("callcentre_build_info", "Version of the program and its database.")
        .const_label("version", env!("CARGO_PKG_VERSION"))
        .const_label("database", app.db.kind());
    let made = Gauge::with_opts(build).expect("a name of ours");
    made.set(1.0);
    gauges.register(Box::new(made)).expect("names are different");
    let process = Process::of(app);
    put("callcentre_uptime_seconds", "Since the start.", process.uptime as f64);
    put("callcentre_live_streams", "Browsers that hear of changes.", process.streams as f64);
    if let Some(bytes) = process.memory {
        put("callcentre_memory_bytes", "Resident memory.", bytes as f64);
    }
    let pool = app.db.pool();
    put("callcentre_pool_connections", "Connections to the database.", f64::from(pool.open));
    put("callcentre_pool_connections_idle", "Connections nobody uses.", f64::from(pool.idle));
    put("callcentre_pool_connections_max", "Connections there may be.", f64::from(pool.most));
    put("callcentre_statements", "Statements sent since the start.", app.db.statements() as f64);
    if let Some(disk) = app.disk.read() {
        put("callcentre_disk_free_bytes", "Left on the disk of DATA_DIR.", disk.free as f64);
        put("callcentre_disk_bytes", "Size of the disk of DATA_DIR.", disk.total as f64);
    }
    put("callcentre_database_up", "Whether the database answers.", if facts.is_some() { 1.0 } else { 0.0 });
    let Some(facts) = facts else { return gauges.gather() };
    let now = app.clock.now();
    let seconds = |at: NaiveDateTime| (now - at).num_seconds().max(0) as f64;
    put("callcentre_database_bytes", "Size of the database.", facts.database.bytes as f64);
    put("callcentre_inbox_waiting", "Notifications to be understood.", facts.inbox_waiting as f64);
    let oldest = facts.inbox_oldest.map_or(0.0, seconds);
    put("callcentre_inbox_oldest_seconds", "How long the oldest of them waits.", oldest);
    put("callcentre_inbox_failed", "Notifications nobody could understand.", facts.inbox_failed as f64);
    if let Some(at) = facts.telephony_at {
        put("callcentre_telephony_silent_seconds", "Since the last notification.", seconds(at));
    }
    let found = "Messages of Avito no delivery told of, found by comparing.";
    put("callcentre_avito_found", found, facts.avito_found as f64);
    if facts.mail_enabled {
        let since = facts.mail.good_at.map_or(f64::INFINITY, seconds);
        put("callcentre_mail_silent_seconds", "Since the mailbox last answered.", since);
    }
    if let Some(backup) = &facts.backup {
        put("callcentre_backup_age_seconds", "Since the last backup.", seconds(backup.at));
        put("callcentre_backup_bytes", "Size of the last backup.", backup.bytes as f64);
    }
    let failed = if facts.backup_failed.is_some() { 1.0 } else { 0.0 };
    put("callcentre_backup_failed", "Whether one failed after the last one that did not.", failed);
    if let Some(at) = facts.certificate.as_ref().and_then(|seen| seen.ends_at) {
        let left = (at - now).num_seconds() as f64;
        put("callcentre_certificate_left_seconds", "Until the certificate of PUBLIC_URL ends.", left);
    }
    gauges.gather()
}
