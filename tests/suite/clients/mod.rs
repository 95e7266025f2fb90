//! Cards of clients: what they show, what may be changed by whom, finding one, joining two.

mod card;
mod merge;
mod race;
mod search;
mod sql;
mod timeline;

use callcentre::clients::queries;
use callcentre::domain::id::{AccountId, ClientId, FileId};
use callcentre::files::queries::{Added, NewFile};
use callcentre::files::{DocumentOwner, FileKind, MediaType};
use callcentre::platform::db::schema::{audit_log, calls, clients};
use chrono::NaiveDateTime;
use diesel::prelude::*;

use crate::support::orders::{call, make, office};
use crate::support::{Client, TestApp};

const MARINA: &str = "79001234567";
const OTHER: &str = "79007654321";

/// An office with Анна (operator) and Ольга (admin) at their browsers.
struct Desk {
    app: TestApp,
    anna_id: AccountId,
    anna: Client,
    olga: Client,
}

async fn desk() -> Desk {
    let (app, anna_id) = office().await;
    let anna = app.sign_in("Анна Белова").await;
    let olga = app.admin("Ольга").await;
    Desk { app, anna_id, anna, olga }
}

impl Desk {
    /// The client of a number, made when there is none.
    fn client(&self, number: &str, name: &str) -> ClientId {
        let (number, name, now) = (number.to_owned(), name.to_owned(), self.app.app.clock.now());
        self.app.write(move |tx| {
            let id = queries::ensure(tx.db, &number, &number, now)?;
            queries::name_if_unnamed(tx.db, id, &name)?;
            Ok(id)
        })
    }

    /// An order of the client of a number.
    fn order(&self, number: &str, address: &str) -> i64 {
        let phone = callcentre::domain::phone::Phone::parse(number).expect("a number");
        make(&self.app, self.anna_id, |new| {
            new.phone = phone;
            new.client_name = String::new();
            new.address = address.to_owned();
        })
    }

    fn call(&self, number: &str, started: &str) -> i64 {
        call(&self.app, number, started)
    }

    /// A document of an order, added at a moment.
    fn document(&self, order: i64, kind: FileKind, name: &str, at: NaiveDateTime) -> FileId {
        let new = NewFile {
            place: DocumentOwner::parse(kind, &order.to_string()).expect("a place"),
            hash: format!("{name:0>64}"),
            thumb_hash: None,
            media_type: MediaType::Pdf,
            byte_size: 2_600_000,
            sealed_key: None,
            original_name: name.to_owned(),
            size: None,
            created_by: self.anna_id,
            created_at: at,
        };
        match self.app.write(move |tx| callcentre::files::queries::insert(tx, &new)) {
            Added::New(id) => id,
            other => panic!("the document was not added: {other:?}"),
        }
    }

    /// Journal lines of an action: who, about whom, what.
    fn journal(&self, action: &str) -> Vec<(Option<AccountId>, String, String)> {
        let action = action.to_owned();
        self.app.read(|db| {
            audit_log::table
                .filter(audit_log::action.eq(action))
                .order(audit_log::id)
                .select((audit_log::account_id, audit_log::subject, audit_log::detail))
                .load(db)
        })
    }

    fn calls_of(&self, client: ClientId) -> Vec<i64> {
        self.app.read(|db| {
            calls::table.filter(calls::client_id.eq(client)).order(calls::id).select(calls::id).load(db)
        })
    }

    fn numbers_of(&self, client: ClientId) -> Vec<String> {
        let numbers = self.app.read(|db| queries::numbers(db, &[client]));
        numbers.into_iter().map(|number| number.digits).collect()
    }

    fn merged_into(&self, client: ClientId) -> Option<ClientId> {
        self.app.read(|db| clients::table.find(client).select(clients::merged_into).first(db))
    }
}
