//! SQL of the import: reading the former system's database, and keeping what was taken.

pub(super) mod former;
pub(super) mod ours;
pub(super) mod write;
