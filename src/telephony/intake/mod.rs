//! What follows from a telephony event: it is taken at the door ([`webhook`]), folded by the [`worker`], written with
//! everything that hangs on it ([`store`]); recordings are fetched ([`fetch`]), and comparing with the telephony's own
//! statistics fills gaps ([`reconcile`]).

pub mod fetch;
pub mod reconcile;
pub mod store;
pub mod webhook;
pub mod worker;
