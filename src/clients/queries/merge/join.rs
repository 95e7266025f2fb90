//! Joining.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::rows::{hand_over, hold_calls, hold_numbers, hold_orders};
use super::{Moved, NameOf, joined_name, joined_warning, tell};
use crate::clients::queries::card::{self, By};
use crate::clients::queries::{self, Client, index};
use crate::domain::id::{AccountId, ClientId};
use crate::platform::db::schema::{client_merges, client_search, clients};
use crate::platform::db::{Db, Tx, stored};
use crate::platform::error::AppError;

/// Joins `merged_id` into `kept_id`: numbers, calls, orders, name and warning. Done already is done well.
///
/// # Errors
/// `NotFound` without one of the two, `BadRequest` when they are the same, `Conflict` when one of them was joined
/// with somebody else meanwhile.
pub fn merge(
    tx: &mut Tx,
    kept_id: ClientId,
    merged_id: ClientId,
    of: NameOf,
    by: By,
) -> Result<(), AppError> {
    if kept_id == merged_id {
        return Err(AppError::BadRequest("Клиента нельзя объединить с ним самим.".to_owned()));
    }
    card::lock(tx.db)?;
    hold_numbers(tx.db, kept_id, merged_id)?;
    // Read only now: what the lock waited for has been committed and is seen.
    let merged = queries::client(tx.db, merged_id)?.ok_or(AppError::NotFound)?;
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
    diesel::update(clients::table.find(merged_id)).set(clients::merged_into.eq(kept_id)).execute(tx.db)?;
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
        type Author = (Option<AccountId>, Option<NaiveDateTime>);
        let author = |db: &mut Db, id: ClientId| -> QueryResult<Author> {
            clients::table.find(id).select((clients::warning_by, clients::warning_at)).first(db)
        };
        let before = author(db, self.kept.id)?;
        let moved = stored::to_json(self.moved)?;
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

/// Moves everything of one client to the other; their numbers are held already.
fn move_all(db: &mut Db, kept_id: ClientId, merged_id: ClientId) -> QueryResult<Moved> {
    let numbers = queries::numbers(db, &[kept_id, merged_id])?;
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
