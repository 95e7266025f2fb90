//! What of the installation itself wants a person, in words for the bell.

use chrono::NaiveDateTime;
use diesel::QueryResult;

use super::certificate::{self, Certificate};
use crate::backup::record::{self, FailedBackup, LastBackup, OVERDUE_AFTER};
use crate::domain::now::{Now, age};
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::machine::Disk;

/// Less than this is soon nothing.
const FREE_BYTES: u64 = 1024 * 1024 * 1024;
/// Fuller than this, in percent, and below ten times [`FREE_BYTES`].
const FULL_PERCENT: u64 = 95;

/// What is to be said of backups.
pub fn of_last_backup(db: &mut Db, now: Now) -> QueryResult<Option<String>> {
    Ok(of_backup(record::last(db)?.as_ref(), record::failed(db)?.as_ref(), now))
}

/// «На диске осталось …».
pub fn of_disk(disk: Disk) -> Option<String> {
    let is_full = disk.used_percent() >= FULL_PERCENT && disk.free < 10 * FREE_BYTES;
    (disk.free < FREE_BYTES || is_full)
        .then(|| format!("На диске осталось {}: освободите место", russian::size(disk.free)))
}

/// One that failed, or was not taken. An installation that has never taken one is left in peace: its page says so.
pub fn of_backup(last: Option<&LastBackup>, failed: Option<&FailedBackup>, now: Now) -> Option<String> {
    if let Some(failed) = failed {
        return Some(format!("Резервная копия не снята {}", now.moment_in_words(failed.at)));
    }
    let last = last?;
    if last.lost > 0 {
        let lost = last.lost as u64;
        let files = russian::plural(lost, ["файл повреждён", "файла повреждены", "файлов повреждены"]);
        return Some(format!("В хранилище {lost} {files}, в резервной копии их нет"));
    }
    (now.utc - last.at > OVERDUE_AFTER).then(|| format!("Резервной копии нет {}", age(last.at, now)))
}

/// One that ends soon, or has ended.
pub fn of_certificate(seen: &Certificate, now: NaiveDateTime) -> Option<String> {
    let left = seen.ends_at? - now;
    if left <= chrono::Duration::zero() {
        return Some(format!("Сертификат {} закончился: сайт не открывается", seen.host));
    }
    (left < certificate::SOON).then(|| {
        format!("Сертификат {} закончится через {}", seen.host, russian::days(left.num_days().unsigned_abs()))
    })
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, NaiveDate};

    use super::*;

    fn now() -> Now {
        let utc = NaiveDate::from_ymd_opt(2026, 11, 30).and_then(|d| d.and_hms_opt(9, 0, 0)).expect("a time");
        Now { utc, zone: chrono_tz::Europe::Moscow }
    }

    #[test]
    fn a_disk_with_room_says_nothing() {
        const GB: u64 = 1024 * 1024 * 1024;
        assert_eq!(of_disk(Disk { free: 40 * GB, total: 1000 * GB }), None, "full by percent, but 40 GB");
        assert_eq!(of_disk(Disk { free: 2 * GB, total: 4 * GB }), None);
        assert!(of_disk(Disk { free: 2 * GB, total: 100 * GB }).is_some());
        assert!(of_disk(Disk { free: GB / 2, total: 4 * GB }).is_some());
    }

    #[test]
    fn a_backup_is_missed_after_two_days_and_a_failed_one_at_once() {
        let at = |hours: i64| LastBackup {
            at: now().utc - Duration::hours(hours),
            bytes: 1,
            files: 1,
            took_seconds: 1,
            is_encrypted: true,
            lost: 0,
        };
        let failed = FailedBackup { at: now().utc, words: "no space left".to_owned() };
        assert_eq!(of_backup(None, None, now()), None);
        assert_eq!(of_backup(Some(&at(30)), None, now()), None);
        assert!(of_backup(Some(&at(51)), None, now()).is_some_and(|words| words.contains("2 дня")));
        assert!(
            of_backup(Some(&at(1)), Some(&failed), now()).is_some_and(|words| words.contains("не снята"))
        );
        let damaged = LastBackup { lost: 2, ..at(1) };
        assert!(of_backup(Some(&damaged), None, now()).is_some_and(|words| words.contains("2 файла")));
    }

    #[test]
    fn a_certificate_is_told_of_two_weeks_before_its_end() {
        let ends = |days: i64| Certificate {
            host: "crm.example".to_owned(),
            ends_at: Some(now().utc + Duration::days(days)),
            trouble: String::new(),
        };
        assert_eq!(of_certificate(&ends(20), now().utc), None);
        assert!(of_certificate(&ends(13), now().utc).is_some_and(|words| words.ends_with("13 дней")));
        assert!(of_certificate(&ends(-1), now().utc).is_some_and(|words| words.contains("закончился")));
    }
}
