//! callcentre: the workplace of a repair-dispatch call centre.
//!
//! A call rings (Mango Office) and becomes an order (заявка) with a visit time. The map of the house:
//!
//! * [`app`] builds and runs everything, [`routes`] lists every address, [`config`] every setting;
//! * features, one folder each, with addresses, forms, SQL and views together: [`accounts`] and the others below;
//! * [`mango`] speaks the telephony's language and nobody else does;
//! * [`storage`] keeps uploaded and fetched content, [`files`] the documents made of it;
//! * [`db`] is the only place that knows there are two databases, [`web`] the only one that knows htmx,
//!   [`live`] tells browsers what changed, [`jobs`] does what can wait;
//! * [`demo`] makes a business up, for newcomers and for measurements.
//!
//! docs/architecture.md says why.

pub mod accounts;
pub mod admin;
pub mod app;
pub mod auth;
pub mod callbacks;
pub mod calls;
pub mod catalogs;
pub mod cli;
pub mod clients;
pub mod debts;
pub mod demo;
pub mod dial;
pub mod dispositions;
pub mod domain;
pub mod files;
pub mod health;
pub mod integrations;
pub mod masters;
pub mod notices;
pub mod orders;
pub mod platform;
pub mod profile;
pub mod recordings;
pub mod routes;
pub mod schedule;
pub mod server;
pub mod slots;
pub mod telephony;
pub mod wallboard;
pub mod web;

/// How many cases a property test tries: more by hand, with `CALLCENTRE_FUZZ_CASES`.
#[cfg(test)]
pub(crate) fn fuzz_cases() -> u32 {
    std::env::var("CALLCENTRE_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256)
}
