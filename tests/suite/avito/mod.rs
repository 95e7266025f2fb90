//! Avito: the language against the strict fake, the ways out against real proxies, the pages of admins.

mod bids;
mod desk;
mod hooks;
mod leaks;
mod pages;
mod peers;
mod tokens;
mod top;
