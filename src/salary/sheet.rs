//! What a month pays: frozen when it is closed, computed while it is open.

use std::collections::{BTreeMap, BTreeSet};

use chrono::{Datelike, NaiveDate, NaiveDateTime};
use chrono_tz::Tz;
use diesel::QueryResult;

use super::queries::{self, KeptScheme, Sheets, work};
use super::rules::{self, Scheme};
use crate::domain::id::AccountId;
use crate::domain::month::Month;
use crate::platform::db::Db;

/// What pays an operator on a day: the own scheme where there is one, everybody's otherwise.
pub fn in_force(all: &[KeptScheme], operator: AccountId, day: NaiveDate) -> Option<&KeptScheme> {
    let last = |of: Option<AccountId>| all.iter().rev().find(|kept| kept.operator == of && kept.from <= day);
    last(Some(operator)).filter(|own| !own.is_common).or_else(|| last(None))
}

/// The schemes that pay an operator in a month, in the order of their days: their own ones where there are any on a day,
/// everybody's otherwise.
pub fn schemes_of(all: &[KeptScheme], operator: AccountId, month: Month) -> Vec<Scheme> {
    let mut found: Vec<Scheme> = Vec::new();
    let mut last: Option<&KeptScheme> = None;
    for day in month.days() {
        let kept = in_force(all, operator, day);
        let is_same = match (last, kept) {
            (Some(last), Some(kept)) => std::ptr::eq(last, kept),
            (None, None) => true,
            _ => false,
        };
        if !is_same {
            // Days that nothing pays end a scheme as another one does.
            let scheme = kept.map_or_else(Scheme::default, |kept| kept.scheme.clone());
            found.push(Scheme { from: Some(day), ..scheme });
        }
        last = kept;
    }
    found
}

/// The sheets of a month, of one operator or of all who have worked in it.
pub fn load(
    db: &mut Db,
    month: Month,
    operator: Option<AccountId>,
    now: NaiveDateTime,
    zone: Tz,
) -> QueryResult<Sheets> {
    if queries::closed(db, month)?.is_some() {
        return queries::frozen(db, month, operator);
    }
    let schemes = queries::schemes(db)?;
    compute(db, month, operator, now, zone, &schemes)
}

/// The sheets as some schemes would pay them.
pub fn compute(
    db: &mut Db,
    month: Month,
    operator: Option<AccountId>,
    now: NaiveDateTime,
    zone: Tz,
    schemes: &[KeptScheme],
) -> QueryResult<Sheets> {
    let works = work::of_month(db, month, operator, now, zone)?;
    Ok(works
        .into_iter()
        .map(|(who, mut work)| {
            // Items stand in the order of time.
            work.sort_by_key(|one| one.day);
            (who, rules::lines(&schemes_of(schemes, who, month), &work))
        })
        .filter(|(_, lines)| !lines.is_empty())
        .collect())
}

/// What became known of a closed month after it was closed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// By how much each kind of line would be another one now.
    pub lines: Vec<(String, i64)>,
    /// What corrections of later months have paid of it.
    pub carried: i64,
}

impl Late {
    /// What is to be paid still, or to be given back.
    pub fn left(&self) -> i64 {
        self.lines.iter().map(|(_, amount)| amount).sum::<i64>() - self.carried
    }
}

/// What became known of a closed month later, of those whose sheet would be another one now or was corrected.
pub fn late(
    db: &mut Db,
    month: Month,
    operator: Option<AccountId>,
    now: NaiveDateTime,
    zone: Tz,
) -> QueryResult<BTreeMap<AccountId, Late>> {
    let schemes = queries::schemes(db)?;
    let frozen = queries::frozen(db, month, operator)?;
    let live = compute(db, month, operator, now, zone, &schemes)?;
    let carried = queries::carried(db, month, operator)?;
    let people: BTreeSet<AccountId> =
        frozen.keys().chain(live.keys()).chain(carried.keys()).copied().collect();
    let of = |sheets: &Sheets, who: AccountId| sheets.get(&who).cloned().unwrap_or_default();
    Ok(people
        .into_iter()
        .map(|who| {
            let lines = rules::differences(&of(&frozen, who), &of(&live, who));
            (who, Late { lines, carried: carried.get(&who).copied().unwrap_or(0) })
        })
        .filter(|(_, late)| *late != Late::default())
        .collect())
}

/// What each day has brought, from the items of the lines.
pub fn by_day(lines: &[rules::Line]) -> BTreeMap<NaiveDate, i64> {
    let mut days = BTreeMap::new();
    for item in lines.iter().flat_map(|line| &line.items) {
        *days.entry(item.day).or_insert(0) += item.amount;
    }
    days
}

/// What the days of a month until its `last` one have brought.
pub fn until_day(days: &BTreeMap<NaiveDate, i64>, last: u32) -> i64 {
    days.iter().filter(|(day, _)| day.day() <= last).map(|(_, amount)| amount).sum()
}
