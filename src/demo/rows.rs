//! Generated rows, exactly as the tables hold them, and their way into the database.

use chrono::NaiveDateTime;
use diesel::{Insertable, QueryResult, RunQueryDsl};

use crate::bulk_insert;
use crate::domain::id::{
    AccountId, AddressId, CallId, ClientId, ClientPhoneId, HistoryId, MasterId, OrderId, RecordingId,
};
use crate::platform::db::schema::{
    addresses, calls, client_phones, client_search, clients, order_addresses, order_calls, order_history,
    order_search, orders, recordings,
};
use crate::platform::db::{Db, bulk};

/// Tables a history fills, in the order in which they refer to each other.
pub const TABLES: [&str; 11] = [
    "clients",
    "client_phones",
    "client_search",
    "calls",
    "recordings",
    "orders",
    "order_search",
    "order_calls",
    "order_history",
    "addresses",
    "order_addresses",
];
/// Those of [`TABLES`] whose ids the database gives.
const WITH_IDS: [&str; 7] =
    ["clients", "client_phones", "calls", "recordings", "orders", "order_history", "addresses"];

/// Rows that belong together; they refer only to each other and to rows before them.
#[derive(Debug, Default, PartialEq)]
#[allow(missing_docs, reason = "one list per table, named like it")]
pub struct Batch {
    pub clients: Vec<ClientRow>,
    pub client_phones: Vec<ClientPhoneRow>,
    pub client_search: Vec<ClientSearchRow>,
    pub calls: Vec<CallRow>,
    pub recordings: Vec<RecordingRow>,
    pub orders: Vec<OrderRow>,
    pub order_search: Vec<OrderSearchRow>,
    pub order_calls: Vec<OrderCallRow>,
    pub order_history: Vec<OrderHistoryRow>,
    pub addresses: Vec<AddressRow>,
    pub order_addresses: Vec<OrderAddressRow>,
}

impl Batch {
    /// Writes all rows. To be called in a transaction.
    pub fn write(&self, db: &mut Db) -> QueryResult<()> {
        bulk_insert!(db, clients::table, &self.clients)?;
        bulk_insert!(db, client_phones::table, &self.client_phones)?;
        bulk_insert!(db, client_search::table, &self.client_search)?;
        bulk_insert!(db, calls::table, &self.calls)?;
        bulk_insert!(db, recordings::table, &self.recordings)?;
        bulk_insert!(db, orders::table, &self.orders)?;
        bulk_insert!(db, order_search::table, &self.order_search)?;
        bulk_insert!(db, order_calls::table, &self.order_calls)?;
        bulk_insert!(db, order_history::table, &self.order_history)?;
        bulk_insert!(db, addresses::table, &self.addresses)?;
        bulk_insert!(db, order_addresses::table, &self.order_addresses)
    }
}

/// Lets the database give ids after those of the written batches, and counts how often each address was used:
/// batches only know that it was.
pub fn continue_ids(db: &mut Db) -> QueryResult<()> {
    diesel::sql_query(
        "UPDATE addresses SET uses = used.n, last_used_at = used.last
         FROM (SELECT l.address_id AS id, COUNT(*) AS n, MAX(o.create_date) AS last
               FROM order_addresses l JOIN orders o ON o.id = l.order_id GROUP BY l.address_id) AS used
         WHERE used.id = addresses.id",
    )
    .execute(db)?;
    bulk::continue_ids(db, &WITH_IDS)
}

/// Declares a row of a table. `None` is NULL, never the column's default: COPY knows no defaults.
macro_rules! row {
    ($(#[$meta:meta])* $name:ident of $table:ident { $($column:ident: $kind:ty),+ $(,)? }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Insertable)]
        #[diesel(table_name = $table, treat_none_as_default_value = false)]
        #[allow(missing_docs, reason = "the migrations explain the columns")]
        pub struct $name { $(pub $column: $kind),+ }
    };
}

row! {
    /// A row of `clients`.
    ClientRow of clients { id: ClientId, name: String, created_at: NaiveDateTime }
}
row! {
    /// A row of `client_phones`.
    ClientPhoneRow of client_phones {
        id: ClientPhoneId, client_id: ClientId, number: String, raw: String, created_at: NaiveDateTime,
    }
}
row! {
    /// A row of `client_search`.
    ClientSearchRow of client_search { client_id: ClientId, words: String }
}
row! {
    /// A row of `calls`.
    CallRow of calls {
        id: CallId,
        entry_id: String,
        direction: &'static str,
        state: &'static str,
        status: Option<&'static str>,
        rk: Option<String>,
        city: Option<String>,
        avito_name: Option<String>,
        phone_client: Option<String>,
        phone_client_raw: Option<String>,
        phone_ats: Option<String>,
        client_id: Option<ClientId>,
        group_key: String,
        operator_id: Option<AccountId>,
        operator_extension: Option<String>,
        last_operator_id: Option<AccountId>,
        last_operator_extension: Option<String>,
        rung: String,
        present: &'static str,
        legs: String,
        started_at: NaiveDateTime,
        answered_at: Option<NaiveDateTime>,
        ended_at: Option<NaiveDateTime>,
        talk_seconds: i64,
        wait_seconds: i64,
        closed_by: Option<&'static str>,
        check_at: Option<NaiveDateTime>,
        version: i64,
    }
}
row! {
    /// A row of `recordings`.
    RecordingRow of recordings {
        id: RecordingId,
        call_id: Option<CallId>,
        mango_recording_id: Option<String>,
        source: &'static str,
        state: &'static str,
        created_at: NaiveDateTime,
        hash: Option<String>,
        media_type: Option<&'static str>,
        byte_size: Option<i64>,
        duration_ms: Option<i64>,
        peaks: String,
        extension: Option<String>,
        original_name: &'static str,
        recorded_at: Option<NaiveDateTime>,
        client_number: Option<String>,
        error: &'static str,
        attempts: i32,
        next_try_at: Option<NaiveDateTime>,
    }
}
row! {
    /// A row of `orders`.
    OrderRow of orders {
        id: OrderId,
        rk: String,
        city: String,
        avito_name: Option<String>,
        avito_chatid: Option<String>,
        phone: String,
        client_id: ClientId,
        type_order: &'static str,
        client_name: String,
        address: String,
        date_meeting: NaiveDateTime,
        meeting_day: String,
        meeting_minute: i32,
        type_equipment: &'static str,
        problem: &'static str,
        status_order: &'static str,
        refusal_reason: Option<&'static str>,
        master_id: Option<MasterId>,
        result: Option<i64>,
        expenditure: Option<i64>,
        comment: &'static str,
        operator_name_id: AccountId,
        create_date: NaiveDateTime,
        closing_data: Option<NaiveDateTime>,
        list_rank: i32,
        list_time: i64,
        version: i64,
    }
}
row! {
    /// A row of `order_search`.
    OrderSearchRow of order_search { order_id: OrderId, words: String }
}
row! {
    /// A row of `order_calls`.
    OrderCallRow of order_calls { order_id: OrderId, call_id: CallId }
}
row! {
    /// A row of `order_history`.
    OrderHistoryRow of order_history {
        id: HistoryId,
        order_id: OrderId,
        account_id: AccountId,
        at: NaiveDateTime,
        field: &'static str,
        old_value: Option<String>,
        new_value: Option<String>,
    }
}
row! {
    /// A row of `addresses`.
    AddressRow of addresses {
        id: AddressId,
        city: String,
        folded: String,
        address: String,
        words: String,
        uses: i64,
        last_used_at: NaiveDateTime,
    }
}
row! {
    /// A row of `order_addresses`.
    OrderAddressRow of order_addresses { order_id: OrderId, address_id: AddressId }
}

/// A sound in the storage that rows of `recordings` may name.
#[derive(Clone, Debug, PartialEq)]
pub struct TapeRow {
    /// Its length.
    pub seconds: i64,
    /// Names it in the storage.
    pub hash: String,
    /// What it is.
    pub media_type: &'static str,
    /// Bytes.
    pub byte_size: i64,
    /// Its length as measured.
    pub duration_ms: i64,
    /// Its picture.
    pub peaks: String,
}
