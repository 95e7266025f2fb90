//! What follows from what Avito tells: a delivery is taken at the door ([`webhook`]), understood by the [`worker`]; what
//! no delivery told of is found by comparing ([`reconcile`]), which also reads everything the first time.

pub mod reconcile;
pub(super) mod told;
pub mod webhook;
pub mod worker;
