//! The telephony as people see it: the list of calls, the card of the call that rings, the page of one call, each
//! composed of calls, debts, promises, results and recordings. What follows from a telephony event is in [`intake`].

pub mod columns;
pub mod incoming;
pub mod index;
pub mod intake;
pub mod routes;
pub mod show;
pub mod strip;
