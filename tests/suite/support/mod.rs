//! A whole application per test, and people who use it.

pub mod app;
pub mod calls;
pub mod client;
pub mod orders;
pub mod page;
pub mod until;
pub mod world;

pub use app::TestApp;
pub use client::Client;
pub use page::Page;
