//! Live updates: what changed travels to every signed-in browser as a hint, and the page reads its own fragment
//! again with its own filters and rights. See docs/live.md.

mod event;
mod hub;
pub mod presence;

pub use event::{Audience, Event};
pub use hub::{Heard, Hub, Marked};
