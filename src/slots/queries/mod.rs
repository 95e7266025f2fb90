//! SQL of slots: reading days, taking and holding places, keeping limits.

pub mod booking;
mod holds;
pub mod limits;
mod load;
mod sweep;

pub use booking::{Booking, Overbooked, Reserved, reserve};
pub use holds::{Hold, NotHeld, extend, hold, release};
pub use load::{explain, load, load_day};
pub use sweep::{delete_past, release_expired};
