//! What every page shares on the way to the browser.

pub mod assets;

#[cfg(test)]
mod ui_test;
