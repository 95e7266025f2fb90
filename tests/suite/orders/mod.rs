//! Orders: made, listed, looked at, changed.

mod create;
mod edit;
mod list;
mod sheet;
mod show;
