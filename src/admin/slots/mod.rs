//! How many visits a half hour of a city takes, as an admin sets it; with a look at what a change would do.

pub mod form;
pub mod preview;
pub mod routes;
