//! The business's own words, pure: what an order, a call, a person is, and how they are said in Russian. No SQL,
//! no HTTP, no application; everything above may use it, it uses nothing of ours.

pub mod address;
pub mod call;
pub mod chart;
pub mod chat;
pub mod city;
pub mod clock;
pub mod help;
pub mod id;
pub mod master;
pub mod money;
pub mod month;
pub mod notice;
pub mod now;
pub mod order;
pub mod person;
pub mod phone;
pub mod recording;
pub mod reference;
pub mod russian;
pub mod search_words;
pub mod text_enum;
pub mod when;
pub mod zone;
