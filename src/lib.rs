//! callcentre: the workplace of a repair-dispatch call centre.
//!
//! A call rings (Mango Office) and becomes an order (заказ) with a visit time. The house has floors, listed here from
//! the roof to the ground: **a file imports only from its own room or from floors below, and no file imports itself
//! through others**; a test holds it. A feature is one folder with its addresses, forms, SQL and views; an integration
//! speaks somebody else's language and nothing else does; [`platform::db`] is the only place that knows there are two
//! databases, [`web`] the only one that knows htmx.
//!
//! docs/architecture.md says why.

// The program: commands, the made-up business, the start.
pub mod cli;
pub mod demo;
pub mod server;

// Every address; everything periodic; the bell and the state of the system, which ask everybody.
pub mod notices;
pub mod routes;
pub mod schedule;
pub mod system;

// Pages only an admin opens.
pub mod admin;

// One field over everything.
pub mod search;

// Pages that compose, and what follows from a foreign event (`intake`).
pub mod messages;
pub mod orders;
pub mod telephony;

// Facts and their rules.
pub mod accounts;
pub mod alerts;
pub mod backup;
pub mod callbacks;
pub mod calls;
pub mod catalogs;
pub mod chats;
pub mod clients;
pub mod debts;
pub mod dial;
pub mod dispositions;
pub mod files;
pub mod health;
pub mod help;
pub mod masters;
pub mod profile;
pub mod recordings;
pub mod reference;
pub mod salary;
pub mod shift;
pub mod slots;
pub mod stats;
pub mod tables;
pub mod wallboard;

// Between HTTP and the features; who is asking.
pub mod auth;
pub mod web;

// What handlers share.
pub mod app;

// Somebody else's language.
pub mod integrations;

// What the program stands on.
pub mod platform;

// The business's own words.
pub mod domain;

/// How many cases a property test tries: more by hand, with `CALLCENTRE_FUZZ_CASES`.
#[cfg(test)]
pub(crate) fn fuzz_cases() -> u32 {
    std::env::var("CALLCENTRE_FUZZ_CASES").ok().and_then(|n| n.parse().ok()).unwrap_or(256)
}
