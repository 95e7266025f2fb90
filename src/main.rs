//! The `callcentre` program: arguments in, exit code out; everything else is in the library.

use std::process::ExitCode;

use callcentre::commands::{self, Arguments};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    commands::run(Arguments::parse()).await
}
