//! Avito: chats, ads, money and reviews of our accounts, each behind its own way out.
//!
//! [`wire`] reads what Avito says, [`error`] what it refuses, [`proxy`] is the way there, [`client`] the questions of
//! one account, [`accounts`] gives the client of a stored account. What follows from an answer is the features'
//! business; docs/avito.md says what is offered.

pub mod accounts;
pub mod client;
pub mod error;
pub mod fake;
pub mod pace;
pub mod proxy;
pub mod queries;
pub mod rounds;
pub mod token;
pub mod wire;

pub use accounts::Accounts;
pub use client::{Account, Client, Keys, Shared};
pub use error::ApiError;
