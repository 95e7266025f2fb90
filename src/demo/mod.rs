//! A made-up business: plausible people, lines, calls and orders, and a telephone exchange that goes on ringing.
//!
//! [`world`] is who and what there is, [`history`] what has happened so far, [`simulator`] what happens next, told
//! over HTTP as the telephony tells it. `callcentre demo` shows all three, `callcentre fill` measures with the first
//! two. Deterministic: one seed gives one world and one history.

pub mod avito;
pub mod chats;
pub mod folder;
mod followup;
pub mod history;
pub mod notices;
pub mod pay;
pub mod rows;
pub mod show;
pub mod simulator;
pub mod talks;
pub mod tapes;
pub mod vocabulary;
pub mod world;

/// How much is made up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Extent {
    /// Orders.
    pub orders: u32,
    /// Telephone calls.
    pub calls: u32,
    /// Operators; extensions count from 101.
    pub operators: u32,
    /// Days the history reaches back.
    pub days: u32,
    /// The same seed gives the same data.
    pub seed: u64,
    /// Every step of an order is told; otherwise only the first and the last, which is enough to measure with.
    pub every_step: bool,
}

impl Extent {
    /// What the demonstration shows: three months of a small firm.
    pub const DEMO: Self =
        Self { orders: 4_500, calls: 11_000, operators: 6, days: 92, seed: 20_261_122, every_step: true };
    /// More clients than that would not have numbers of their own.
    pub const MOST_ROWS: u32 = 9_000_000;

    /// True when everybody fits into the ten thousands of numbers that are known to be nobody's.
    fn is_small(&self) -> bool {
        self.orders.saturating_add(self.calls) <= 19_000
    }
}
