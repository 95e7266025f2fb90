//! What Avito says, in types. Every field may be missing, null, of another kind or new: reading never fails because of
//! one, and what is not known is kept as it came. Numbers are 64 bits wide, whatever the documents say.

mod account;
mod chat;
mod fields;
mod hook;
mod message;
mod promotion;
mod review;
#[cfg(test)]
mod tests;

pub use account::{Balance, Day, Item, Metrics, Profile};
pub use chat::{Ad, Chat, Chats, User};
pub use fields::parse;
pub use hook::{HookMessage, WebhookEvent};
pub use message::{Content, Direction, Message, Messages, Picture};
pub use promotion::{Auto, Bids, Forecast, Manual, Promotion};
pub use review::{Answer, Rating, Review, Reviews};
