//! The program as it is run, in a process of its own.

use std::io::{BufRead, BufReader, Read};
use std::path::Path;
use std::process::{Child, Command, ExitStatus, Stdio};

use crate::mango::sender::{KEY, SALT};
use crate::support::until::until;

/// A program that runs; killed without a goodbye when it is dropped.
pub struct Program {
    process: Child,
    /// `http://127.0.0.1:PORT`.
    pub address: String,
}

impl Program {
    /// Starts it with a key of the telephony, of which nobody is there.
    pub fn start(database: &str, folder: &Path) -> Self {
        Self::start_by(Command::new(env!("CARGO_BIN_EXE_callcentre")), database, folder)
    }

    /// Starts it by a command of one's own, which may set more of its environment.
    pub fn start_by(mut command: Command, database: &str, folder: &Path) -> Self {
        command.env("DATABASE_URL", database).env("DATA_DIR", folder).env("LISTEN", "127.0.0.1:0");
        command.env("MANGO_API_KEY", KEY).env("MANGO_API_SALT", SALT).stdout(Stdio::piped());
        for (name, usual) in [("MANGO_API_URL", "http://127.0.0.1:9/"), ("RUST_LOG", "off")] {
            if command.get_envs().all(|(known, _)| known != name) {
                command.env(name, usual);
            }
        }
        let mut process = command.spawn().expect("the program");
        let mut line = String::new();
        BufReader::new(process.stdout.take().expect("its output")).read_line(&mut line).expect("its address");
        let address = line.trim().rsplit(' ').next().unwrap_or_default().to_owned();
        Self { process, address }
    }

    /// Its number.
    pub fn id(&self) -> u32 {
        self.process.id()
    }

    /// Asks it to end and waits until it has; gives what it said on standard error, which has to be piped.
    pub async fn terminate(&mut self) -> (ExitStatus, String) {
        let mut told = self.process.stderr.take().expect("standard error, piped");
        let reader = std::thread::spawn(move || {
            let mut text = String::new();
            told.read_to_string(&mut text).map(|_| text)
        });
        let asked = Command::new("kill").arg("-TERM").arg(self.id().to_string()).status().expect("kill");
        assert!(asked.success());
        let status = until("the program ends", || self.process.try_wait().expect("its state")).await;
        (status, reader.join().expect("no panic").expect("text"))
    }
}

impl Drop for Program {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}
