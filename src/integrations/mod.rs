//! Somebody else's language: field names, signatures, protocols of the services we work with, and what stands in for
//! them in tests. Never the application, never a feature: what follows from their words is said by the features' own
//! `intake`.

pub mod avito;
pub mod mail;
pub mod mango;
mod mend;
pub mod telegram;
