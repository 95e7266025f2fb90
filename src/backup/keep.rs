//! Which of the older backups of a folder are kept: the newest of each of the last days, weeks and months that have one.

use std::collections::HashSet;

use chrono::{Datelike, NaiveDateTime};

/// How many are kept of each; nothing of all three means that nothing is ever removed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Keep {
    /// Days, the newest backup of each.
    pub days: u32,
    /// Weeks from Monday on.
    pub weeks: u32,
    /// Months.
    pub months: u32,
}

/// A name in a folder of backups, and when the backup was taken.
pub type Dated = (String, NaiveDateTime);

const BEFORE: &str = "callcentre-";
const TIME: &str = "%Y%m%dT%H%M%SZ";
const AFTER: &str = ".tar.gz";
const ENCRYPTED: &str = ".age";

/// The name of a backup that is taken `at`.
pub fn name(at: NaiveDateTime, is_encrypted: bool) -> String {
    format!("{BEFORE}{}{AFTER}{}", at.format(TIME), if is_encrypted { ENCRYPTED } else { "" })
}

/// When a backup of this name was taken; `None` for whatever else lies in the folder.
pub fn taken_at(name: &str) -> Option<NaiveDateTime> {
    let name = name.strip_suffix(ENCRYPTED).unwrap_or(name);
    let time = name.strip_prefix(BEFORE)?.strip_suffix(AFTER)?;
    NaiveDateTime::parse_from_str(time, TIME).ok()
}

/// Those of `all` that nothing keeps.
pub fn surplus(mut all: Vec<Dated>, keep: Keep) -> Vec<String> {
    if keep == Keep::default() {
        return Vec::new();
    }
    all.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
    let mut kept: HashSet<usize> = HashSet::from([0]);
    let week = |at: &NaiveDateTime| (at.iso_week().year(), at.iso_week().week());
    let mut newest_of_each = |limit: u32, key: &dyn Fn(&NaiveDateTime) -> (i32, u32)| {
        let mut seen = HashSet::new();
        for (place, (_, at)) in all.iter().enumerate() {
            if seen.len() < limit as usize && seen.insert(key(at)) {
                kept.insert(place);
            }
        }
    };
    newest_of_each(keep.days, &|at| (at.year(), at.ordinal()));
    newest_of_each(keep.weeks, &week);
    newest_of_each(keep.months, &|at| (at.year(), at.month()));
    let places = all.into_iter().enumerate();
    places.filter(|(place, _)| !kept.contains(place)).map(|(_, (name, _))| name).collect()
}

#[cfg(test)]
mod tests {
    use chrono::{Duration, NaiveDate};

    use super::*;

    fn at(year: i32, month: u32, day: u32, hour: u32) -> NaiveDateTime {
        NaiveDate::from_ymd_opt(year, month, day).and_then(|d| d.and_hms_opt(hour, 0, 0)).expect("a time")
    }

    fn dated(times: impl IntoIterator<Item = NaiveDateTime>) -> Vec<Dated> {
        times.into_iter().map(|at| (name(at, false), at)).collect()
    }

    #[test]
    fn a_name_says_when_and_only_our_names_do() {
        let when = at(2026, 11, 30, 4);
        assert_eq!(name(when, true), "callcentre-20261130T040000Z.tar.gz.age");
        assert_eq!(taken_at(&name(when, true)), Some(when));
        assert_eq!(taken_at(&name(when, false)), Some(when));
        for other in ["callcentre-before-upgrade.tar.gz", "photos.tar.gz", "callcentre-20261130T040000Z.tar"]
        {
            assert_eq!(taken_at(other), None, "{other}");
        }
    }

    #[test]
    fn nothing_is_removed_unless_it_is_said_what_is_kept() {
        assert!(surplus(dated((1..20).map(|d| at(2026, 11, d, 4))), Keep::default()).is_empty());
    }

    #[test]
    fn the_newest_of_each_day_week_and_month_stays() {
        let two_a_day = (0..120).flat_map(|d| [4, 16].map(|h| at(2026, 8, 1, h) + Duration::days(d)));
        let all = dated(two_a_day);
        let gone = surplus(all.clone(), Keep { days: 3, weeks: 2, months: 3 });
        let left: Vec<String> =
            all.into_iter().map(|(name, _)| name).filter(|name| !gone.contains(name)).collect();
        let wanted = [(9, 30), (10, 31), (11, 22), (11, 26), (11, 27), (11, 28)];
        assert_eq!(left, wanted.map(|(month, day)| name(at(2026, month, day, 16), false)));
    }

    #[test]
    fn the_newest_stays_whatever_is_said() {
        let gone =
            surplus(dated([at(2026, 1, 1, 0), at(2026, 1, 1, 1)]), Keep { days: 1, ..Keep::default() });
        assert_eq!(gone, [name(at(2026, 1, 1, 0), false)]);
    }
}
