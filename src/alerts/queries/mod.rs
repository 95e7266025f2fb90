//! SQL of notifications, of what people choose, and of messages to people outside.

pub mod choices;
pub mod notices;
pub mod outbox;
pub mod recipients;
