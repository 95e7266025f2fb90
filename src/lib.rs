//! Workplace of a repair-dispatch call centre: calls and chats become orders.

pub mod mango;
pub mod phone;
