//! What the machine has left for us.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};

/// Space of the disk a folder lies on, for accounts without special rights.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Disk {
    /// Bytes that can still be written.
    pub free: u64,
    /// Bytes in all.
    pub total: u64,
}

impl Disk {
    /// Percent that is taken.
    pub fn used_percent(self) -> u64 {
        (self.total.saturating_sub(self.free)).saturating_mul(100) / self.total.max(1)
    }
}

/// Watches the disk one folder lies on.
pub struct DiskGauge {
    folder: PathBuf,
    pretended: Mutex<Option<Disk>>,
}

impl DiskGauge {
    /// Watches the disk of `folder`.
    pub fn of(folder: &Path) -> Self {
        Self { folder: folder.to_owned(), pretended: Mutex::default() }
    }

    /// What is left now; `None` when the disk cannot be asked.
    pub fn read(&self) -> Option<Disk> {
        let pretended = *self.pretended.lock().unwrap_or_else(PoisonError::into_inner);
        pretended.or_else(|| disk(&self.folder))
    }

    /// Says `disk` from now on, whatever the machine has: a test is not to fail because a disk is full, nor to fill one.
    pub fn pretend(&self, disk: Disk) {
        *self.pretended.lock().unwrap_or_else(PoisonError::into_inner) = Some(disk);
    }
}

/// The disk of `folder`; `None` when it cannot be asked.
fn disk(folder: &Path) -> Option<Disk> {
    let told = rustix::fs::statvfs(folder).ok()?;
    Some(Disk { free: told.f_bavail * told.f_frsize, total: told.f_blocks * told.f_frsize })
}

/// Bytes of memory that this process holds; `None` where the system does not say.
pub fn resident_memory() -> Option<u64> {
    let status = std::fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
    line.trim().trim_end_matches(" kB").trim().parse::<u64>().ok().map(|kilobytes| kilobytes * 1024)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_machine_answers() {
        let disk = disk(Path::new("/")).expect("a disk");
        assert!(disk.total > 0 && disk.free <= disk.total && disk.used_percent() <= 100);
        assert!(resident_memory().expect("memory") > 1024 * 1024);
        assert!(DiskGauge::of(Path::new("/nowhere/at/all")).read().is_none());
    }
}
