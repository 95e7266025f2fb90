//! Walks in a real browser (headless Chromium): what only a browser can show. Few and whole; everything else is
//! in `tests/suite`. `scripts/test browser` runs them with everything they need.

mod chromium;
mod pbx;
#[path = "../suite/support/mod.rs"]
#[allow(dead_code, reason = "the suite uses the rest")]
mod support;
mod walks;
