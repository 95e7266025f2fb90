//! Центр сообщений: the list of chats, the dialogue, the client beside it, and what is done there. What Avito tells
//! comes by [`intake`], what is written here goes by [`outbox`].

mod act;
pub mod answers;
mod counter;
mod filter;
mod index;
pub mod intake;
mod media;
pub mod outbox;
mod replies;
pub mod routes;
mod send;
mod view;
