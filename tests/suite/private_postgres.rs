//! A PostgreSQL of a test's own (scripts/private-postgres), stopped and removed also when the test fails: a server that
//! lives on holds whatever it has inherited.

use std::path::{Path, PathBuf};
use std::process::Command;

/// A running server.
pub struct PrivatePostgres {
    folder: PathBuf,
    /// Its `DATABASE_URL`.
    pub url: String,
}

impl PrivatePostgres {
    /// A new one.
    pub fn start() -> Self {
        Self::made("start", None)
    }

    /// One that follows `first`.
    pub fn following(first: &Self) -> Self {
        Self::made("replica", Some(&first.folder))
    }

    fn made(command: &str, of: Option<&Path>) -> Self {
        // The server's own user has to reach it; the script removes it.
        let folder = tempfile::tempdir().expect("a folder").keep();
        let url = script(command, &folder, of);
        Self { folder, url }
    }

    /// Does what the script calls `command`.
    pub fn run(&self, command: &str) {
        script(command, &self.folder, None);
    }

    /// Its processes, the postmaster first.
    pub fn processes(&self) -> Vec<String> {
        let pid = std::fs::read_to_string(self.folder.join("data/postmaster.pid")).expect("its pid");
        let postmaster = pid.lines().next().unwrap_or_default().to_owned();
        let children = Command::new("pgrep").args(["-P", &postmaster]).output().expect("pgrep");
        let children = String::from_utf8_lossy(&children.stdout).into_owned();
        std::iter::once(postmaster).chain(children.lines().map(str::to_owned)).collect()
    }
}

fn command(name: &str, folder: &Path) -> Command {
    let mut command = Command::new("scripts/private-postgres");
    command.current_dir(env!("CARGO_MANIFEST_DIR")).arg(name).arg(folder);
    command
}

fn script(name: &str, folder: &Path, of: Option<&Path>) -> String {
    let done = command(name, folder).args(of).output().expect("the script");
    assert!(done.status.success(), "{name}: {}", String::from_utf8_lossy(&done.stderr));
    String::from_utf8_lossy(&done.stdout).trim().to_owned()
}

impl Drop for PrivatePostgres {
    fn drop(&mut self) {
        if !command("stop", &self.folder).status().is_ok_and(|status| status.success()) {
            eprintln!("a PostgreSQL is left behind in {}", self.folder.display());
        }
    }
}
