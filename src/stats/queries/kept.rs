//! Figures that are kept, and what has to be counted anew.

use std::collections::BTreeSet;

use chrono::{NaiveDate, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text};

use crate::bulk_insert;
use crate::domain::id::AccountId;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::{stat_changes, stat_counted, stat_days};
use crate::platform::db::{Db, Tx, portable};
use crate::stats::facts::{Day, Kind};
use crate::stats::numbers::{Measure, Numbers, each_measure};

/// So many notes are taken up at a time.
const AT_ONCE: i64 = 5_000;

macro_rules! declare {
    ($(($variant:ident, $column:ident, $words:literal)),+ $(,)?) => {
        #[derive(Insertable)]
        #[diesel(table_name = stat_days, treat_none_as_default_value = false)]
        struct Row {
            day: String,
            operator_id: AccountId,
            kind: Kind,
            name: String,
            $($column: i64),+
        }

        impl Row {
            fn of(day: NaiveDate, operator_id: AccountId, kind: Kind, name: &str, numbers: &Numbers) -> Self {
                Self {
                    day: day.to_string(),
                    operator_id,
                    kind,
                    name: name.to_owned(),
                    $($column: numbers.get(Measure::$variant)),+
                }
            }
        }

        #[derive(QueryableByName)]
        struct Sum {
            #[diesel(sql_type = Text)]
            label: String,
            $(#[diesel(sql_type = BigInt)] $column: i64),+
        }

        impl Sum {
            fn numbers(&self) -> Numbers {
                Numbers([$(self.$column),+])
            }
        }
    };
}
each_measure!(declare);

/// Which figures are wanted.
#[derive(Clone, Copy, Debug)]
pub struct Wanted {
    /// Whose, [`crate::stats::facts::EVERYBODY`] for all.
    pub operator: AccountId,
    /// By what.
    pub kind: Kind,
    /// First day.
    pub from: NaiveDate,
    /// Last day.
    pub to: NaiveDate,
}

/// Sums over the days, by name.
pub fn by_name(db: &mut Db, wanted: Wanted) -> QueryResult<Vec<(String, Numbers)>> {
    sums(db, wanted, "name")
}

/// Sums of each day.
pub fn by_day(db: &mut Db, wanted: Wanted) -> QueryResult<Vec<(String, Numbers)>> {
    sums(db, wanted, "day")
}

/// Sums of each day and name, as `day name`.
pub fn by_day_and_name(db: &mut Db, wanted: Wanted) -> QueryResult<Vec<(String, Numbers)>> {
    sums(db, wanted, "day || ' ' || name")
}

fn sums(db: &mut Db, wanted: Wanted, label: &str) -> QueryResult<Vec<(String, Numbers)>> {
    let sums: Vec<String> = Measure::ALL
        .iter()
        .map(|measure| measure.column())
        .map(|column| format!("CAST(SUM({column}) AS BIGINT) AS {column}"))
        .collect();
    let text = format!(
        "SELECT {label} AS label, {} FROM stat_days WHERE kind = $1 AND operator_id = $2 AND day >= $3 AND day <= $4 \
         GROUP BY 1 ORDER BY 1",
        sums.join(", ")
    );
    let rows: Vec<Sum> = diesel::sql_query(text)
        .into_boxed::<MultiBackend>()
        .bind::<Text, _>(wanted.kind.as_str())
        .bind::<BigInt, _>(wanted.operator)
        .bind::<Text, _>(wanted.from.to_string())
        .bind::<Text, _>(wanted.to.to_string())
        .load(db)?;
    Ok(rows.into_iter().map(|row| (row.label.clone(), row.numbers())).collect())
}

/// Lets nobody else count until the transaction ends.
pub fn lock(tx: &mut Tx) -> QueryResult<()> {
    portable::lock(tx.db, "stats")
}

/// Writes the figures of a day in the place of what they were.
pub fn put(tx: &mut Tx, day: NaiveDate, figures: &Day, rules: &str, now: NaiveDateTime) -> QueryResult<()> {
    diesel::delete(stat_days::table.filter(stat_days::day.eq(day.to_string()))).execute(tx.db)?;
    let rows: Vec<Row> = figures
        .iter()
        .map(|((operator, kind, name), numbers)| Row::of(day, *operator, *kind, name, numbers))
        .collect();
    bulk_insert!(tx.db, stat_days::table, &rows)?;
    let row =
        (stat_counted::day.eq(day.to_string()), stat_counted::rules.eq(rules), stat_counted::at.eq(now));
    let change = (stat_counted::rules.eq(rules), stat_counted::at.eq(now));
    crate::upsert!(tx.db, stat_counted::table, row, stat_counted::day, change)?;
    Ok(())
}

/// Days (UTC) of which something was written; what has been read of them is forgotten by [`forget`].
pub fn changes(db: &mut Db) -> QueryResult<Vec<(i64, String)>> {
    stat_changes::table
        .order(stat_changes::id)
        .limit(AT_ONCE)
        .select((stat_changes::id, stat_changes::day))
        .load(db)
}

/// Takes the notes away and says that these business days are to be counted anew.
pub fn forget(tx: &mut Tx, notes: &[i64], days: &BTreeSet<NaiveDate>) -> QueryResult<()> {
    for some in notes.chunks(500) {
        diesel::delete(stat_changes::table.filter(stat_changes::id.eq_any(some.to_vec()))).execute(tx.db)?;
    }
    let days: Vec<String> = days.iter().map(NaiveDate::to_string).collect();
    for some in days.chunks(500) {
        diesel::update(stat_counted::table.filter(stat_counted::day.eq_any(some.to_vec())))
            .set(stat_counted::rules.eq(""))
            .execute(tx.db)?;
    }
    Ok(())
}

/// The days that have been counted by `rules` and of which nothing was written since.
pub fn counted(db: &mut Db, rules: &str) -> QueryResult<BTreeSet<String>> {
    let days: Vec<String> =
        stat_counted::table.filter(stat_counted::rules.eq(rules)).select(stat_counted::day).load(db)?;
    Ok(days.into_iter().collect())
}

/// How many days of a period have been counted at all, and when the newest figures of it were made.
pub fn state(db: &mut Db, from: NaiveDate, to: NaiveDate) -> QueryResult<(i64, Option<NaiveDateTime>)> {
    let of_period = || {
        stat_counted::table
            .filter(stat_counted::day.ge(from.to_string()))
            .filter(stat_counted::day.le(to.to_string()))
    };
    let count = of_period().count().get_result(db)?;
    let newest = of_period().order(stat_counted::at.desc()).select(stat_counted::at).first(db).optional()?;
    Ok((count, newest))
}
