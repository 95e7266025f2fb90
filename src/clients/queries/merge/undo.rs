//! Taking a merge back.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::rows::{hand_over, hold_calls, hold_numbers, hold_orders};
use super::{MOVED, Moved, OWN_UNDO, tell};
use crate::clients::queries::card::{self, By};
use crate::clients::queries::index;
use crate::domain::id::{AccountId, ClientId, MergeId};
use crate::platform::db::schema::{client_merges, client_phones, clients};
use crate::platform::db::stored::Json;
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;

#[derive(Queryable)]
struct Undoable {
    merged_id: ClientId,
    merged_by: AccountId,
    merged_at: NaiveDateTime,
    kept_name: String,
    joined_name: String,
    kept_warning: String,
    kept_warning_by: Option<AccountId>,
    kept_warning_at: Option<NaiveDateTime>,
    joined_warning: String,
    moved: Json<Moved>,
}

/// Takes a merge into `kept_id` back: exactly the rows that changed hands and are still there, and name and warning
/// when nobody has changed them since. What came after the merge stays.
///
/// # Errors
/// `NotFound` when there is no such merge, `Forbidden` when this person may not, `Conflict` when it was taken back
/// already or the client was itself joined into another one.
pub fn undo(tx: &mut Tx, kept_id: ClientId, merge_id: MergeId, by: By) -> Result<(), AppError> {
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
    let moved = merge.moved.read(MOVED, merge_id)?;
    move_back(tx.db, &moved, kept_id, merge.merged_id)?;
    diesel::update(clients::table.find(merge.merged_id))
        .set(clients::merged_into.eq(None::<ClientId>))
        .execute(tx.db)?;
    if kept.name == merge.joined_name && kept.name != merge.kept_name {
        diesel::update(clients::table.find(kept_id))
            .set(clients::name.eq(&merge.kept_name))
            .execute(tx.db)?;
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

fn move_back(db: &mut Db, moved: &Moved, kept_id: ClientId, merged_id: ClientId) -> QueryResult<()> {
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
