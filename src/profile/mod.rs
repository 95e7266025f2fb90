//! A person's own page: who I am, my password, look and sounds, where I am signed in, how I worked today.

pub mod device;
pub mod queries;
pub mod routes;
pub mod second_factor;
