//! The walks, one file per story.

mod avito;
mod calendar;
mod call_to_order;
mod everywhere;
mod focus;
mod habits;
mod messages;
mod orders;
mod recordings;
mod search;
mod sign_in;
mod strip;
mod tables;
mod tabs;
mod telephony;
