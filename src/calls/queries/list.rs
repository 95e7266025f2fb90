//! The list: which calls stand on a page, how many there are, and how many more each of them hides.
//!
//! Folded, a page shows of each client the newest call within the filter: a call is shown unless a newer one of its
//! group passes the same filter. The probe for the newer one walks `calls_group`, so the page costs the same
//! however long the history is.

use std::collections::HashMap;

use chrono::NaiveDateTime;
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Text, Timestamp};

use super::condition::Condition;
use crate::calls::filter::{After, Filter, Sort};
use crate::domain::id::CallId;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::portable::unindexed;

/// Groups are counted up to here: each of them costs a probe.
pub const GROUPS_COUNTED_UP_TO: i64 = 300;
/// So many calls are sorted by the length of the talk; of more, the longest are taken from their index.
const SORTED_UP_TO: i64 = 5000;
/// So many calls of open groups are shown.
const MAX_OPEN: i64 = 300;

/// A row's place in the list.
#[derive(Clone, Debug, PartialEq, Eq, QueryableByName)]
pub struct ListedCall {
    /// The call.
    #[diesel(sql_type = BigInt)]
    pub id: CallId,
    /// Its group.
    #[diesel(sql_type = Text)]
    pub group_key: String,
    /// Its beginning, UTC.
    #[diesel(sql_type = Timestamp)]
    pub started_at: NaiveDateTime,
}

#[derive(QueryableByName)]
struct Count {
    #[diesel(sql_type = BigInt)]
    n: i64,
}

#[derive(QueryableByName)]
struct GroupCount {
    #[diesel(sql_type = Text)]
    group_key: String,
    #[diesel(sql_type = BigInt)]
    n: i64,
}

/// The calls of the wanted page, in order. The condition is the one of this filter.
pub fn page(db: &mut Db, filter: &Filter, condition: &Condition) -> QueryResult<Vec<ListedCall>> {
    let order = match filter.sort {
        Sort::Newest => "c.started_at DESC, c.id DESC",
        Sort::Oldest => "c.started_at, c.id",
        Sort::Longest => "c.talk_seconds DESC, c.id DESC",
        Sort::Shortest => "c.talk_seconds, c.id",
    };
    let (limit, offset) = (filter.slice.per_page, filter.slice.offset());
    let by_index = match filter.sort {
        Sort::Newest | Sort::Oldest => true,
        // No index gives the filter and this order together: few calls are sorted, many are met soon enough on a
        // walk through the index of the order.
        Sort::Longest | Sort::Shortest => are_few(db, condition)?,
    };
    let wanted = wanted(db, filter, condition, by_index);
    let place = match filter.after {
        // Typed, not bound: both values are numbers, and placeholders belong to the filter.
        Some(after) => format!(" AND {} LIMIT {limit}", before_row(after, order)),
        None => format!(" ORDER BY {order} LIMIT {limit} OFFSET {offset}"),
    };
    let sql = format!("SELECT c.id, c.group_key, c.started_at FROM calls c WHERE {wanted}{place}");
    condition.bind(diesel::sql_query(sql).into_boxed()).load(db)
}

/// Rows that follow `after` in the order of time, newest first.
fn before_row(after: After, order: &str) -> String {
    let moment = after.started_at.format("%Y-%m-%d %H:%M:%S%.f");
    format!("(c.started_at, c.id) < ('{moment}', {}) ORDER BY {order}", after.id)
}

/// How many rows the list has, at most `up_to` + 1.
pub fn count(db: &mut Db, filter: &Filter, condition: &Condition, up_to: i64) -> QueryResult<i64> {
    let wanted = wanted(db, filter, condition, true);
    // From the newest on, where almost every call heads its group: from the oldest on almost none does.
    let sql = format!(
        "SELECT COUNT(*) AS n FROM (SELECT c.id FROM calls c WHERE {wanted} \
         ORDER BY c.started_at DESC, c.id DESC LIMIT {}) counted",
        up_to + 1
    );
    let row: Count = condition.bind(diesel::sql_query(sql).into_boxed()).get_result(db)?;
    Ok(row.n)
}

/// True when the filter leaves so few calls that sorting them is cheap.
fn are_few(db: &mut Db, condition: &Condition) -> QueryResult<bool> {
    if condition.is_empty() {
        return Ok(false);
    }
    let sql = format!(
        "SELECT COUNT(*) AS n FROM (SELECT 1 AS one FROM calls c WHERE c.direction <> 'internal'{} LIMIT {}) counted",
        condition.sql(db, "c", true),
        SORTED_UP_TO + 1
    );
    let row: Count = condition.bind(diesel::sql_query(sql).into_boxed()).get_result(db)?;
    Ok(row.n <= SORTED_UP_TO)
}

fn wanted(db: &Db, filter: &Filter, condition: &Condition, by_index: bool) -> String {
    let mut sql = format!("c.direction <> 'internal'{}", condition.sql(db, "c", by_index));
    if filter.is_folded {
        // An internal call has a group of its own and is never in the way.
        let newer = condition.sql(db, "n", false);
        sql.push_str(&format!(
            " AND NOT EXISTS (SELECT 1 FROM calls n WHERE n.group_key = c.group_key \
             AND (n.started_at, n.id) > (c.started_at, c.id){newer})"
        ));
    }
    sql
}

/// Sizes of the groups of the page within the filter.
pub fn group_sizes(
    db: &mut Db,
    condition: &Condition,
    places: &[ListedCall],
) -> QueryResult<HashMap<String, i64>> {
    if places.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT c.group_key, COUNT(*) AS n FROM calls c WHERE c.group_key IN \
         (SELECT k.group_key FROM calls k WHERE k.id IN ({})){} GROUP BY c.group_key",
        ids(places.iter().map(|p| p.id)),
        condition.sql(db, "c", false)
    );
    let rows: Vec<GroupCount> = condition.bind(diesel::sql_query(sql).into_boxed()).load(db)?;
    Ok(rows.into_iter().map(|row| (row.group_key, row.n)).collect())
}

/// All calls within the filter of the groups to which the calls `of` belong, newest first.
pub fn open_groups(db: &mut Db, condition: &Condition, of: &[CallId]) -> QueryResult<Vec<ListedCall>> {
    if of.is_empty() {
        return Ok(Vec::new());
    }
    let sql = format!(
        "SELECT c.id, c.group_key, c.started_at FROM calls c WHERE {} <> 'internal' AND c.group_key IN \
         (SELECT k.group_key FROM calls k WHERE k.id IN ({})){} ORDER BY {} DESC, c.id DESC LIMIT {MAX_OPEN}",
        unindexed(db, "c.direction"),
        ids(of.iter().copied()),
        condition.sql(db, "c", false),
        unindexed(db, "c.started_at"),
    );
    condition.bind(diesel::sql_query(sql).into_boxed()).load(db)
}

fn ids(ids: impl Iterator<Item = CallId>) -> String {
    ids.map(|id| id.to_string()).collect::<Vec<_>>().join(", ")
}

/// Since when the client of a missed call is not owed a call any more.
#[derive(Clone, Copy, Debug, PartialEq, Eq, QueryableByName)]
pub struct Paid {
    /// The missed call.
    #[diesel(sql_type = BigInt)]
    pub id: CallId,
    /// The next conversation with the client, UTC.
    #[diesel(sql_type = Timestamp)]
    pub talked_at: NaiveDateTime,
    /// It was the client who called again.
    #[diesel(sql_type = BigInt)]
    pub by_client: i64,
}

/// For those of the calls `of` after which somebody talked to the client: when that was first.
pub fn paid(db: &mut Db, of: &[CallId]) -> QueryResult<HashMap<CallId, Paid>> {
    if of.is_empty() {
        return Ok(HashMap::new());
    }
    let sql = format!(
        "SELECT m.id, MIN(a.started_at) AS talked_at, \
         CAST(CASE WHEN MIN(a.started_at) = MIN(CASE WHEN a.direction = 'inbound' THEN a.started_at END) \
         THEN 1 ELSE 0 END AS BIGINT) AS by_client \
         FROM calls m JOIN calls a ON a.client_id = m.client_id AND a.started_at > m.started_at \
         AND a.answered_at IS NOT NULL WHERE m.id IN ({}) GROUP BY m.id",
        ids(of.iter().copied())
    );
    let rows: Vec<Paid> = diesel::sql_query(sql).load(db)?;
    Ok(rows.into_iter().map(|row| (row.id, row)).collect())
}

/// Missed calls since a moment whose clients nobody has talked to since. A hidden number cannot be called back and
/// is not counted.
pub fn missed_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<i64> {
    let status = unindexed(db, "m.status");
    let sql = format!(
        "SELECT COUNT(*) AS n FROM calls m WHERE m.started_at >= $1 AND m.direction = 'inbound' \
         AND {status} IN ('missed', 'busy', 'no_answer') AND {} IS NOT NULL \
         AND NOT EXISTS (SELECT 1 FROM calls a WHERE a.client_id = m.client_id \
         AND a.started_at > m.started_at AND a.answered_at IS NOT NULL)",
        unindexed(db, "m.client_id")
    );
    let row: Count =
        diesel::sql_query(sql).into_boxed::<MultiBackend>().bind::<Timestamp, _>(since).get_result(db)?;
    Ok(row.n)
}
