//! A new order: the form with its aids (client, addresses, slots, duplicates, what to read back) and its saving.

pub mod addresses;
pub mod answer;
pub mod attach;
pub mod calendar;
pub mod client;
pub mod duplicates;
pub mod form;
pub mod holds;
pub mod new;
pub mod readback;
pub mod save;
pub mod slot_picker;
pub mod suggest_type;
pub mod when;
