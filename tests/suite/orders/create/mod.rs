//! A new order: its form, its place in a slot, and whether there is one already.

mod addresses;
mod booking;
mod duplicates;
mod form;
mod when;
