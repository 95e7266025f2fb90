//! Joining two clients that are one person, and taking that back.
//!
//! The telephony and orders may write rows of both clients meanwhile. They take the client from the number
//! ([`super::ensure`]), so the numbers are locked first: whoever came before has committed when the rows to move are
//! read, whoever comes after finds the survivor. A call that was read before and is written after has another
//! version by then and is folded anew. Locks are taken in the order numbers, calls, orders, each sorted as the
//! telephony sorts them.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::BigInt;
use serde::{Deserialize, Serialize};

use super::card::{self, By};
use super::{Client, Id, index};
use crate::audit;
use crate::db::portable::{RowLock, row_lock};
use crate::db::schema::{accounts, calls, client_merges, client_phones, client_search, clients, orders};
use crate::db::{Db, Tx};
use crate::error::AppError;
use crate::live::Event;

/// So long whoever joined two clients may take it back; admins always.
const OWN_UNDO: Duration = Duration::days(1);
/// Merges a card shows.
const SHOWN: i64 = 5;
/// Rows changed by one statement.
const AT_ONCE: usize = 1000;

/// Rows that changed hands, as `client_merges.moved` keeps them.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Moved {
    /// Of `client_phones`.
    pub phones: Vec<i64>,
    /// The one of them that was the main one.
    #[serde(default)]
    pub main: Option<i64>,
    /// Of `calls`.
    pub calls: Vec<i64>,
    /// Of `orders`.
    pub orders: Vec<i64>,
}

/// Whose name the one that stays will have.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NameOf {
    /// Of the client that stays.
    Kept,
    /// Of the client that is joined into it.
    Merged,
}

/// The name the joined client will have. An empty name never wins.
pub fn joined_name<'a>(kept: &'a str, merged: &'a str, of: NameOf) -> &'a str {
    match of {
        NameOf::Kept if !kept.is_empty() => kept,
        NameOf::Merged if !merged.is_empty() => merged,
        NameOf::Kept => merged,
        NameOf::Merged => kept,
    }
}

/// What will be shown loudly: both warnings.
pub fn joined_warning(kept: &str, merged: &str) -> String {
    match (kept, merged) {
        ("", only) | (only, "") => only.to_owned(),
        (kept, merged) if kept == merged => kept.to_owned(),
        (kept, merged) => format!("{kept}; {merged}"),
    }
}

/// Joins `merged_id` into `kept_id`: numbers, calls, orders, name and warning. Done already is done well.
///
/// # Errors
/// `NotFound` without one of the two, `BadRequest` when they are the same, `Conflict` when one of them was joined
/// with somebody else meanwhile.
pub fn merge(tx: &mut Tx, kept_id: i64, merged_id: i64, of: NameOf, by: By) -> Result<(), AppError> {
    if kept_id == merged_id {
        return Err(AppError::BadRequest("Клиента нельзя объединить с ним самим.".to_owned()));
    }
    card::lock(tx.db)?;
    hold_numbers(tx.db, kept_id, merged_id)?;
    // Read only now: what the lock waited for has been committed and is seen.
    let merged = super::client(tx.db, merged_id)?.ok_or(AppError::NotFound)?;
    if merged.merged_into == Some(kept_id) {
        return Ok(());
    }
    let kept = card::living(tx.db, kept_id)?;
    if merged.merged_into.is_some() {
        return Err(AppError::Conflict(
            "Второго клиента уже объединили с другим. Найдите его заново.".to_owned(),
        ));
    }
    let moved = move_all(tx.db, kept_id, merged_id)?;
    let name = joined_name(&kept.name, &merged.name, of).to_owned();
    let warning = joined_warning(&kept.warning, &merged.warning);
    let row = Row { kept: &kept, merged: &merged, name: &name, warning: &warning, moved: &moved };
    row.write(tx.db, by)?;
    diesel::update(clients::table.find(merged_id))
        .set(clients::merged_into.eq(kept_id))
        .execute(tx.db)?;
    diesel::delete(client_search::table.find(merged_id)).execute(tx.db)?;
    index(tx.db, kept_id)?;
    let detail = format!(
        "в него: клиент № {merged_id} «{}», номеров {}, звонков {}, заказов {}",
        merged.name,
        moved.phones.len(),
        moved.calls.len(),
        moved.orders.len()
    );
    tell(tx, "client.merge", (kept_id, merged_id), &detail, &moved, by)
}

/// A merge to be written, with the card as it was and as it will be.
struct Row<'a> {
    kept: &'a Client,
    merged: &'a Client,
    name: &'a str,
    warning: &'a str,
    moved: &'a Moved,
}

impl Row<'_> {
    fn write(&self, db: &mut Db, by: By) -> Result<(), AppError> {
        type Author = (Option<i64>, Option<NaiveDateTime>);
        let author = |db: &mut Db, id: i64| -> QueryResult<Author> {
            clients::table.find(id).select((clients::warning_by, clients::warning_at)).first(db)
        };
        let before = author(db, self.kept.id)?;
        let moved = serde_json::to_string(self.moved).map_err(|e| AppError::internal("write a merge", e))?;
        diesel::insert_into(client_merges::table)
            .values((
                client_merges::kept_id.eq(self.kept.id),
                client_merges::merged_id.eq(self.merged.id),
                client_merges::merged_by.eq(by.account_id),
                client_merges::merged_at.eq(by.at),
                client_merges::kept_name.eq(&self.kept.name),
                client_merges::joined_name.eq(self.name),
                client_merges::kept_warning.eq(&self.kept.warning),
                client_merges::kept_warning_by.eq(before.0),
                client_merges::kept_warning_at.eq(before.1),
                client_merges::joined_warning.eq(self.warning),
                client_merges::moved.eq(moved),
            ))
            .execute(db)?;
        let after = match self.warning {
            same if same == self.kept.warning => before,
            theirs if theirs == self.merged.warning => author(db, self.merged.id)?,
            _ => (Some(by.account_id), Some(by.at)),
        };
        diesel::update(clients::table.find(self.kept.id))
            .set((
                clients::name.eq(self.name),
                clients::warning.eq(self.warning),
                clients::warning_by.eq(after.0),
                clients::warning_at.eq(after.1),
            ))
            .execute(db)?;
        Ok(())
    }
}

/// Keeps the numbers of two clients from everybody who would write calls or orders for them: those go first, or wait.
fn hold_numbers(db: &mut Db, one: i64, other: i64) -> QueryResult<()> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!("SELECT id FROM client_phones WHERE client_id IN ($1, $2) ORDER BY number{lock}");
    let query = diesel::sql_query(sql).bind::<BigInt, _>(one).bind::<BigInt, _>(other);
    query.load::<Id>(db).map(|_| ())
}

/// The calls of a client, kept from those who would change them. In the order in which the telephony writes them.
fn hold_calls(db: &mut Db, client_id: i64) -> QueryResult<Vec<i64>> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!("SELECT id FROM calls WHERE client_id = $1 ORDER BY entry_id{lock}");
    let rows: Vec<Id> = diesel::sql_query(sql).bind::<BigInt, _>(client_id).load(db)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// The orders of a client, kept from those who would change them.
fn hold_orders(db: &mut Db, client_id: i64) -> QueryResult<Vec<i64>> {
    let lock = row_lock(db, RowLock::Change);
    let sql = format!("SELECT id FROM orders WHERE client_id = $1 ORDER BY id{lock}");
    let rows: Vec<Id> = diesel::sql_query(sql).bind::<BigInt, _>(client_id).load(db)?;
    Ok(rows.into_iter().map(|row| row.id).collect())
}

/// Moves everything of one client to the other; their numbers are held already.
fn move_all(db: &mut Db, kept_id: i64, merged_id: i64) -> QueryResult<Moved> {
    let numbers = super::numbers(db, &[kept_id, merged_id])?;
    let (own, theirs): (Vec<_>, Vec<_>) = numbers.iter().partition(|number| number.client_id == kept_id);
    let moved = Moved {
        main: theirs.iter().find(|number| number.is_main).map(|number| number.id),
        phones: theirs.iter().map(|number| number.id).collect(),
        calls: hold_calls(db, merged_id)?,
        orders: hold_orders(db, merged_id)?,
    };
    // Theirs may be older: the number to call stays what it was.
    card::mark_main(db, merged_id, None)?;
    card::mark_main(db, kept_id, own.first().map(|number| number.id))?;
    hand_over(db, &moved, merged_id, kept_id)?;
    Ok(moved)
}

/// Gives those of the rows that `from` has to `to`.
fn hand_over(db: &mut Db, moved: &Moved, from: i64, to: i64) -> QueryResult<()> {
    for ids in moved.phones.chunks(AT_ONCE) {
        diesel::update(client_phones::table)
            .filter(client_phones::id.eq_any(ids.to_vec()))
            .filter(client_phones::client_id.eq(from))
            .set((client_phones::client_id.eq(to), client_phones::is_main.eq(false)))
            .execute(db)?;
    }
    for ids in moved.calls.chunks(AT_ONCE) {
        // The version makes a telephony worker that has read the call before read it again.
        diesel::update(calls::table)
            .filter(calls::id.eq_any(ids.to_vec()))
            .filter(calls::client_id.eq(from))
            .set((calls::client_id.eq(to), calls::version.eq(calls::version + 1)))
            .execute(db)?;
    }
    for ids in moved.orders.chunks(AT_ONCE) {
        diesel::update(orders::table)
            .filter(orders::id.eq_any(ids.to_vec()))
            .filter(orders::client_id.eq(from))
            .set(orders::client_id.eq(to))
            .execute(db)?;
    }
    Ok(())
}

/// A merge that was not taken back.
#[derive(Clone, Debug)]
pub struct Standing {
    /// The merge.
    pub id: i64,
    /// The client that is a tombstone now.
    pub merged_id: i64,
    /// Its name, empty when it is not known.
    pub merged_name: String,
    /// Who joined them.
    pub by_id: i64,
    /// Full name of who joined them.
    pub by: String,
    /// UTC.
    pub at: NaiveDateTime,
    /// What changed hands.
    pub moved: Moved,
}

impl Standing {
    /// Whether `by` may take it back: an admin, or who did it, for a day.
    pub fn may_undo(&self, by: By) -> bool {
        by.is_admin || (self.by_id == by.account_id && by.at - self.at <= OWN_UNDO)
    }
}

/// The newest merges into a client.
pub fn standing(db: &mut Db, kept_id: i64) -> QueryResult<Vec<Standing>> {
    type Row = (i64, i64, String, i64, String, NaiveDateTime, String);
    let rows: Vec<Row> = client_merges::table
        .inner_join(clients::table.on(clients::id.eq(client_merges::merged_id)))
        .inner_join(accounts::table.on(accounts::id.eq(client_merges::merged_by)))
        .filter(client_merges::kept_id.eq(kept_id))
        .filter(client_merges::undone_at.is_null())
        .order(client_merges::id.desc())
        .limit(SHOWN)
        .select((
            client_merges::id,
            client_merges::merged_id,
            clients::name,
            client_merges::merged_by,
            accounts::name,
            client_merges::merged_at,
            client_merges::moved,
        ))
        .load(db)?;
    rows.into_iter()
        .map(|(id, merged_id, merged_name, by_id, by, at, moved)| {
            Ok(Standing { id, merged_id, merged_name, by_id, by, at, moved: read_moved(&moved)? })
        })
        .collect()
}

fn read_moved(json: &str) -> QueryResult<Moved> {
    serde_json::from_str(json).map_err(|e| diesel::result::Error::DeserializationError(e.into()))
}

#[derive(Queryable)]
struct Undoable {
    merged_id: i64,
    merged_by: i64,
    merged_at: NaiveDateTime,
    kept_name: String,
    joined_name: String,
    kept_warning: String,
    kept_warning_by: Option<i64>,
    kept_warning_at: Option<NaiveDateTime>,
    joined_warning: String,
    moved: String,
}

/// Takes a merge into `kept_id` back: exactly the rows that changed hands and are still there, and name and warning
/// when nobody has changed them since. What came after the merge stays.
///
/// # Errors
/// `NotFound` when there is no such merge, `Forbidden` when this person may not, `Conflict` when it was taken back
/// already or the client was itself joined into another one.
pub fn undo(tx: &mut Tx, kept_id: i64, merge_id: i64, by: By) -> Result<(), AppError> {
    card::lock(tx.db)?;
    let standing: Option<Undoable> = client_merges::table
        .find(merge_id)
        .filter(client_merges::kept_id.eq(kept_id))
        .filter(client_merges::undone_at.is_null())
        .select((
            client_merges::merged_id,
            client_merges::merged_by,
            client_merges::merged_at,
            client_merges::kept_name,
            client_merges::joined_name,
            client_merges::kept_warning,
            client_merges::kept_warning_by,
            client_merges::kept_warning_at,
            client_merges::joined_warning,
            client_merges::moved,
        ))
        .first(tx.db)
        .optional()?;
    let merge = standing.ok_or(AppError::NotFound)?;
    if !by.is_admin && (merge.merged_by != by.account_id || by.at - merge.merged_at > OWN_UNDO) {
        return Err(AppError::Forbidden);
    }
    hold_numbers(tx.db, kept_id, merge.merged_id)?;
    let kept = card::living(tx.db, kept_id)?;
    let moved = read_moved(&merge.moved)?;
    move_back(tx.db, &moved, kept_id, merge.merged_id)?;
    diesel::update(clients::table.find(merge.merged_id))
        .set(clients::merged_into.eq(None::<i64>))
        .execute(tx.db)?;
    if kept.name == merge.joined_name && kept.name != merge.kept_name {
        diesel::update(clients::table.find(kept_id)).set(clients::name.eq(&merge.kept_name)).execute(tx.db)?;
    }
    if kept.warning == merge.joined_warning && kept.warning != merge.kept_warning {
        diesel::update(clients::table.find(kept_id))
            .set((
                clients::warning.eq(&merge.kept_warning),
                clients::warning_by.eq(merge.kept_warning_by),
                clients::warning_at.eq(merge.kept_warning_at),
            ))
            .execute(tx.db)?;
    }
    diesel::update(client_merges::table.find(merge_id))
        .set((client_merges::undone_by.eq(by.account_id), client_merges::undone_at.eq(by.at)))
        .execute(tx.db)?;
    index(tx.db, kept_id)?;
    index(tx.db, merge.merged_id)?;
    let detail = format!("из него: клиент № {}", merge.merged_id);
    tell(tx, "client.unmerge", (kept_id, merge.merged_id), &detail, &moved, by)
}

fn move_back(db: &mut Db, moved: &Moved, kept_id: i64, merged_id: i64) -> QueryResult<()> {
    hold_calls(db, kept_id)?;
    hold_orders(db, kept_id)?;
    hand_over(db, moved, kept_id, merged_id)?;
    // The main number may have been removed meanwhile.
    let main = match moved.main {
        None => None,
        Some(id) => client_phones::table
            .find(id)
            .filter(client_phones::client_id.eq(merged_id))
            .select(client_phones::id)
            .first(db)
            .optional()?,
    };
    card::mark_main(db, merged_id, main)
}

/// Writes the journal and tells the browsers: the lists of calls and orders name clients too.
fn tell(
    tx: &mut Tx,
    action: &'static str,
    (kept_id, merged_id): (i64, i64),
    detail: &str,
    moved: &Moved,
    by: By,
) -> Result<(), AppError> {
    let subject = format!("Клиент № {kept_id}");
    audit::record(tx, &audit::Entry { by: by.account_id, action, subject: &subject, detail }, by.at)?;
    tx.announce(Event::Client(kept_id));
    tx.announce(Event::Client(merged_id));
    // One of each is enough: a list that hears of one reads itself anew as a whole.
    if let Some(id) = moved.calls.iter().max() {
        tx.announce(Event::Call(*id));
    }
    if let Some(id) = moved.orders.iter().max() {
        tx.announce(Event::Order(*id));
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_empty_name_never_wins() {
        assert_eq!(joined_name("Марина", "Мария", NameOf::Kept), "Марина");
        assert_eq!(joined_name("Марина", "Мария", NameOf::Merged), "Мария");
        assert_eq!(joined_name("", "Мария", NameOf::Kept), "Мария");
        assert_eq!(joined_name("Марина", "", NameOf::Merged), "Марина");
        assert_eq!(joined_name("", "", NameOf::Kept), "");
    }

    #[test]
    fn no_warning_is_lost() {
        assert_eq!(joined_warning("", ""), "");
        assert_eq!(joined_warning("Собака", ""), "Собака");
        assert_eq!(joined_warning("", "Собака"), "Собака");
        assert_eq!(joined_warning("Собака", "Собака"), "Собака");
        assert_eq!(joined_warning("Собака", "Не платит"), "Собака; Не платит");
    }
}
