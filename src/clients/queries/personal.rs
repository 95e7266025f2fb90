//! SQL of what clients have said about their data, of made-up clients, and of clients whose data is gone.

use std::collections::HashSet;
use std::sync::Arc;

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::card::By;
use crate::domain::id::{AccountId, ClientId};
use crate::platform::audit;
use crate::platform::db::memory::{Kept, kept};
use crate::platform::db::schema::{accounts, client_canaries, client_consents, client_erasures, clients};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

crate::text_enum! {
    /// What a client has said about their data.
    ConsentState {
        /// It may be used.
        Given = "given",
        /// It may not any more.
        Withdrawn = "withdrawn",
    }
}

impl ConsentState {
    /// «дано».
    pub fn label(self) -> &'static str {
        match self {
            Self::Given => "дано",
            Self::Withdrawn => "отозвано",
        }
    }
}

/// What a client has said, and who wrote it down.
#[derive(Clone, Debug, Queryable)]
pub struct Consent {
    /// Yes or no.
    pub state: ConsentState,
    /// What for.
    pub purpose: String,
    /// How it was said; may be empty.
    pub how: String,
    /// When, UTC.
    pub at: NaiveDateTime,
    /// Who wrote it down.
    pub who: String,
}

/// Everything a client has said, newest first; what was said before two cards were joined belongs to it.
pub fn consents(db: &mut Db, client: ClientId) -> QueryResult<Vec<Consent>> {
    let joined = clients::table.filter(clients::merged_into.eq(client)).select(clients::id);
    client_consents::table
        .inner_join(accounts::table)
        .filter(client_consents::client_id.eq(client).or(client_consents::client_id.eq_any(joined)))
        .order(client_consents::id.desc())
        .limit(50)
        .select((
            client_consents::state,
            client_consents::purpose,
            client_consents::how,
            client_consents::at,
            accounts::name,
        ))
        .load(db)
}

/// Writes down what a client has said.
pub fn say(
    tx: &mut Tx,
    client: ClientId,
    state: ConsentState,
    (purpose, how): (&str, &str),
    by: By,
) -> QueryResult<()> {
    diesel::insert_into(client_consents::table)
        .values((
            client_consents::client_id.eq(client),
            client_consents::state.eq(state),
            client_consents::purpose.eq(purpose),
            client_consents::how.eq(how),
            client_consents::account_id.eq(by.account_id),
            client_consents::at.eq(by.at),
        ))
        .execute(tx.db)?;
    let (subject, detail) = (format!("Клиент № {client}"), format!("{}: {purpose}", state.label()));
    let entry =
        audit::Entry { by: by.account_id, action: "client.consent", subject: &subject, detail: &detail };
    audit::record(tx, &entry, by.at)?;
    tx.announce(Event::Client(client));
    Ok(())
}

/// Under which name made-up clients are remembered.
pub const CANARIES: &str = "canaries";

/// Made-up clients.
#[derive(Clone, Debug, Default)]
pub struct Canaries(pub Arc<HashSet<ClientId>>);

impl Kept for Canaries {
    fn is_touched_by(event: Event) -> bool {
        event == Event::Lists
    }
}

/// Every made-up client.
pub fn canaries(db: &mut Db) -> QueryResult<Canaries> {
    kept(db, CANARIES, |db| {
        let all: Vec<ClientId> = client_canaries::table.select(client_canaries::client_id).load(db)?;
        Ok(Canaries(Arc::new(all.into_iter().collect())))
    })
}

/// Made-up clients with who marked them, newest first.
pub fn listed_canaries(db: &mut Db) -> QueryResult<Vec<(ClientId, String, NaiveDateTime)>> {
    client_canaries::table
        .inner_join(clients::table)
        .order(client_canaries::at.desc())
        .select((client_canaries::client_id, clients::name, client_canaries::at))
        .load(db)
}

/// Marks a client as made up, or not any more.
pub fn mark(tx: &mut Tx, client: ClientId, is_canary: bool, by: By) -> QueryResult<()> {
    let changed = if is_canary {
        let row = (
            client_canaries::client_id.eq(client),
            client_canaries::account_id.eq(by.account_id),
            client_canaries::at.eq(by.at),
        );
        crate::insert_new!(&mut *tx.db, client_canaries::table, row, client_canaries::client_id)?
    } else {
        diesel::delete(client_canaries::table.find(client)).execute(tx.db)? > 0
    };
    if changed {
        let subject = format!("Клиент № {client}");
        let detail = if is_canary {
            "звонит, когда его трогают"
        } else {
            "обычный клиент"
        };
        let entry = audit::Entry { by: by.account_id, action: "client.canary", subject: &subject, detail };
        audit::record(tx, &entry, by.at)?;
        tx.announce(Event::Lists);
        tx.announce(Event::Client(client));
    }
    Ok(())
}

/// When, by whom and why the data of a client was removed.
pub fn erasure(db: &mut Db, client: ClientId) -> QueryResult<Option<(NaiveDateTime, String, String)>> {
    client_erasures::table
        .inner_join(accounts::table)
        .filter(client_erasures::client_id.eq(client))
        .select((client_erasures::at, accounts::name, client_erasures::reason))
        .first(db)
        .optional()
}

/// Notes that the data of a client was removed.
pub fn note_erasure(
    tx: &mut Tx,
    client: ClientId,
    reason: &str,
    by: AccountId,
    now: NaiveDateTime,
) -> QueryResult<()> {
    let row = (
        client_erasures::client_id.eq(client),
        client_erasures::account_id.eq(by),
        client_erasures::at.eq(now),
        client_erasures::reason.eq(reason),
    );
    crate::insert_new!(&mut *tx.db, client_erasures::table, row, client_erasures::client_id)?;
    Ok(())
}
