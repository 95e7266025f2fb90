//! SQL of slots: reading days, taking and holding places, keeping limits.

pub mod booking;
pub mod limits;
mod load;

pub use booking::{Booking, Hold, NotHeld, Overbooked, Reserved, extend, hold, release, reserve};
pub use load::{explain, load, load_day};
pub use sweep::{delete_past, release_expired};

mod sweep;
