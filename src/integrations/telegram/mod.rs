//! Telegram, as far as a bot that only tells people something needs it: the bot API (core.telegram.org/bots/api), its
//! errors in words, the bot's token, and a strict fake of the API. Who is told what is decided in `alerts`.

mod client;
mod error;
pub mod fake;
pub mod settings;

pub use client::{Api, Bot, Chat};
pub use error::ApiError;
