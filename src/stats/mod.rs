//! Statistics: what every number means (`metrics`), what each fact counts for (`facts`), figures kept by day (`keep`),
//! one's own page (`own`), the reports (`reports`), people an hour needs (`staffing`), calls worth hearing (`listen`),
//! reports with a name (`saved`) and the rows behind each number (`rows`).

pub mod facts;
pub mod keep;
mod listen;
pub mod metrics;
pub mod numbers;
mod own;
mod parts;
pub mod period;
pub mod queries;
mod reason;
mod reports;
mod rows;
mod saved;
mod staffing;
mod table;

use actix_web::web::{ServiceConfig, get, post};

use crate::web::path::resource;

/// An answer within so many seconds is a good one.
pub const GOOD_WAIT: i64 = 20;
/// Who gives up within so many seconds was not kept waiting.
pub const SHORT_WAIT: i64 = 5;
/// A call within so many days after a conversation is a repeat.
pub const REPEAT_DAYS: i64 = 7;

/// Addresses: one's own page for everybody, reports for admins.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/stats").route(get().to(own::index)))
        .service(resource("/stats/export").route(get().to(own::export)))
        .service(resource("/stats/rows").route(get().to(rows::index)))
        .service(resource("/stats/saved").route(post().to(saved::create)))
        .service(resource("/stats/saved/{id}/delete").route(post().to(saved::destroy)))
        .service(resource("/admin/stats").route(get().to(reports::index)))
        .service(resource("/admin/stats/export").route(get().to(reports::export)))
        .service(resource("/admin/stats/staffing").route(get().to(staffing::index)))
        .service(resource("/admin/stats/staffing/export").route(get().to(staffing::export)))
        .service(resource("/admin/stats/listen").route(get().to(listen::index)));
}
