//! The `callcentre` program: arguments in, exit code out; everything else is in the library.

use std::process::ExitCode;

use callcentre::cli::{self, Arguments};
use clap::Parser;

#[tokio::main]
async fn main() -> ExitCode {
    cli::run(Arguments::parse()).await
}
