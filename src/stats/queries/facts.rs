//! Everything that counts on the days between two moments.

use chrono::{Duration, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Bool, Integer, Nullable, Text, Timestamp};

use crate::domain::call::{CallStatus, Direction};
use crate::domain::id::{AccountId, CallId, ChatId, MasterId, MessageId, OrderId};
use crate::domain::order::StatusOrder;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;
use crate::platform::db::schema::callcentre_operator;
use crate::stats::REPEAT_DAYS;
use crate::stats::facts::{self, CallRow, ChatRow, DebtRow, Desks, Fact, OrderRow, Place};

/// The facts between two moments (UTC), the end not among them, in no order.
pub fn between(db: &mut Db, since: NaiveDateTime, until: NaiveDateTime) -> QueryResult<Vec<Fact>> {
    let desks = desks(db)?;
    let mut found: Vec<Fact> =
        calls(db, since, until)?.into_iter().map(|row| facts::call(row, &desks)).collect();
    found.extend(orders(db, "create_date", since, until)?.iter().map(facts::made));
    let closed = orders(db, CLOSED, since, until)?;
    found.extend(closed.iter().filter_map(facts::closed));
    found.extend(debts(db, since, until)?.into_iter().map(facts::debt));
    found.extend(chats(db, since, until)?.into_iter().map(facts::chat));
    Ok(found)
}

/// The moment of the first fact there is.
pub fn first(db: &mut Db) -> QueryResult<Option<NaiveDateTime>> {
    #[derive(QueryableByName)]
    struct Moment {
        #[diesel(sql_type = Nullable<Timestamp>)]
        at: Option<NaiveDateTime>,
    }
    let mut earliest = None;
    for (column, table) in
        [("started_at", "calls"), ("create_date", "orders"), ("opened_at", "debts"), ("created_at", "chats")]
    {
        let found: Moment = diesel::sql_query(format!("SELECT MIN({column}) AS at FROM {table}"))
            .into_boxed::<MultiBackend>()
            .get_result(db)?;
        earliest = match (earliest, found.at) {
            (Some(one), Some(other)) => Some(NaiveDateTime::min(one, other)),
            (one, other) => one.or(other),
        };
    }
    Ok(earliest)
}

fn desks(db: &mut Db) -> QueryResult<Desks> {
    let rows: Vec<(Option<String>, AccountId)> = callcentre_operator::table
        .select((callcentre_operator::extension, callcentre_operator::id))
        .load(db)?;
    Ok(rows.into_iter().filter_map(|(extension, id)| Some((extension?, id))).collect())
}

#[derive(QueryableByName)]
struct Call {
    #[diesel(sql_type = BigInt)]
    id: CallId,
    #[diesel(sql_type = Text)]
    direction: Direction,
    #[diesel(sql_type = Text)]
    status: CallStatus,
    #[diesel(sql_type = Timestamp)]
    started_at: NaiveDateTime,
    #[diesel(sql_type = Nullable<BigInt>)]
    operator_id: Option<AccountId>,
    #[diesel(sql_type = Text)]
    rung: String,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    rk: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Text)]
    line: String,
    #[diesel(sql_type = Text)]
    number: String,
    #[diesel(sql_type = BigInt)]
    wait_seconds: i64,
    #[diesel(sql_type = BigInt)]
    talk_seconds: i64,
    #[diesel(sql_type = Bool)]
    has_order: bool,
    #[diesel(sql_type = Bool)]
    is_repeat: bool,
}

fn calls(db: &mut Db, since: NaiveDateTime, until: NaiveDateTime) -> QueryResult<Vec<CallRow>> {
    // A boundary of its own for each row would need two ways to reckon with days: those of the whole stretch are few.
    let talks = talks(db, since - Duration::days(REPEAT_DAYS), until)?;
    let rows: Vec<Call> = diesel::sql_query(
        "SELECT id, direction, status, started_at, operator_id, rung, COALESCE(city, '') AS city, \
         COALESCE(rk, '') AS rk, COALESCE(avito_name, '') AS account, COALESCE(phone_ats, '') AS line, \
         COALESCE(phone_client, '') AS number, wait_seconds, talk_seconds, \
         EXISTS (SELECT 1 FROM order_calls WHERE call_id = calls.id) AS has_order, \
         phone_client IS NOT NULL AND direction = 'inbound' AS is_repeat \
         FROM calls WHERE started_at >= $1 AND started_at < $2 AND status IS NOT NULL AND direction <> 'internal'",
    )
    .into_boxed::<MultiBackend>()
    .bind::<Timestamp, _>(since)
    .bind::<Timestamp, _>(until)
    .load(db)?;
    let is_repeat = |row: &Call| {
        let moments = talks.get(&row.number).map(Vec::as_slice).unwrap_or_default();
        let before = moments.partition_point(|at| *at < row.started_at);
        before > 0 && row.started_at - moments[before - 1] <= Duration::days(REPEAT_DAYS)
    };
    Ok(rows
        .into_iter()
        .map(|row| CallRow {
            is_repeat: row.is_repeat && is_repeat(&row),
            id: row.id,
            direction: row.direction,
            status: row.status,
            started_at: row.started_at,
            operator: row.operator_id,
            // Written by ourselves; what cannot be read rang nobody we know.
            rung: serde_json::from_str(&row.rung).unwrap_or_default(),
            place: Place { city: row.city, rk: row.rk, account: row.account, line: Some(row.line) },
            number: row.number,
            wait_seconds: row.wait_seconds,
            talk_seconds: row.talk_seconds,
            has_order: row.has_order,
        })
        .collect())
}

/// When was talked to whom, by number, in the order of time.
fn talks(
    db: &mut Db,
    since: NaiveDateTime,
    until: NaiveDateTime,
) -> QueryResult<std::collections::HashMap<String, Vec<NaiveDateTime>>> {
    #[derive(QueryableByName)]
    struct Talk {
        #[diesel(sql_type = Text)]
        number: String,
        #[diesel(sql_type = Timestamp)]
        started_at: NaiveDateTime,
    }
    let rows: Vec<Talk> = diesel::sql_query(
        "SELECT phone_client AS number, started_at FROM calls WHERE started_at >= $1 AND started_at < $2 \
         AND status = 'answered' AND direction <> 'internal' AND phone_client IS NOT NULL ORDER BY started_at, id",
    )
    .into_boxed::<MultiBackend>()
    .bind::<Timestamp, _>(since)
    .bind::<Timestamp, _>(until)
    .load(db)?;
    let mut talks = std::collections::HashMap::<String, Vec<NaiveDateTime>>::new();
    for talk in rows {
        talks.entry(talk.number).or_default().push(talk.started_at);
    }
    Ok(talks)
}

/// As the index of closed orders has it: open ones stand before all.
const CLOSED: &str = "COALESCE(closing_data, '0001-01-01 00:00:00')";

#[derive(QueryableByName)]
struct Order {
    #[diesel(sql_type = BigInt)]
    id: OrderId,
    #[diesel(sql_type = Timestamp)]
    create_date: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    closing_data: Option<NaiveDateTime>,
    #[diesel(sql_type = BigInt)]
    operator_name_id: AccountId,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    rk: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Text)]
    client_name: String,
    #[diesel(sql_type = Text)]
    status_order: StatusOrder,
    #[diesel(sql_type = Integer)]
    early_edits: i32,
    #[diesel(sql_type = Nullable<BigInt>)]
    master_id: Option<MasterId>,
    #[diesel(sql_type = Nullable<BigInt>)]
    result: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    expenditure: Option<i64>,
    #[diesel(sql_type = Nullable<BigInt>)]
    clean: Option<i64>,
}

fn orders(
    db: &mut Db,
    moment: &str,
    since: NaiveDateTime,
    until: NaiveDateTime,
) -> QueryResult<Vec<OrderRow>> {
    let rows: Vec<Order> = diesel::sql_query(format!(
        "SELECT id, create_date, closing_data, operator_name_id, city, rk, COALESCE(avito_name, '') AS account, \
         client_name, status_order, early_edits, master_id, result, expenditure, clean \
         FROM orders WHERE {moment} >= $1 AND {moment} < $2"
    ))
    .into_boxed::<MultiBackend>()
    .bind::<Timestamp, _>(since)
    .bind::<Timestamp, _>(until)
    .load(db)?;
    Ok(rows
        .into_iter()
        .map(|row| OrderRow {
            id: row.id,
            created_at: row.create_date,
            closed_at: row.closing_data,
            operator: row.operator_name_id,
            place: Place { city: row.city, rk: row.rk, account: row.account, line: None },
            client: row.client_name,
            status: row.status_order,
            early_edits: row.early_edits,
            master: row.master_id,
            result: row.result,
            expenditure: row.expenditure,
            clean: row.clean,
        })
        .collect())
}

#[derive(QueryableByName)]
struct Debt {
    #[diesel(sql_type = BigInt)]
    first_call_id: CallId,
    #[diesel(sql_type = Timestamp)]
    opened_at: NaiveDateTime,
    #[diesel(sql_type = Nullable<Timestamp>)]
    called_back_at: Option<NaiveDateTime>,
    #[diesel(sql_type = Bool)]
    is_open: bool,
    #[diesel(sql_type = Nullable<BigInt>)]
    paid_by: Option<AccountId>,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    rk: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Text)]
    line: String,
    #[diesel(sql_type = Text)]
    number: String,
}

fn debts(db: &mut Db, since: NaiveDateTime, until: NaiveDateTime) -> QueryResult<Vec<DebtRow>> {
    let rows: Vec<Debt> = diesel::sql_query(
        "SELECT d.first_call_id, d.opened_at, CASE WHEN d.paid_how = 'callback' THEN d.paid_at END AS called_back_at, \
         d.state <> 'paid' AS is_open, d.paid_by, COALESCE(c.city, '') AS city, COALESCE(c.rk, '') AS rk, \
         COALESCE(c.avito_name, '') AS account, COALESCE(c.phone_ats, '') AS line, \
         COALESCE(c.phone_client, '') AS number \
         FROM debts AS d JOIN calls AS c ON c.id = d.first_call_id WHERE d.opened_at >= $1 AND d.opened_at < $2",
    )
    .into_boxed::<MultiBackend>()
    .bind::<Timestamp, _>(since)
    .bind::<Timestamp, _>(until)
    .load(db)?;
    Ok(rows
        .into_iter()
        .map(|row| DebtRow {
            first_call: row.first_call_id,
            opened_at: row.opened_at,
            called_back_at: row.called_back_at,
            is_open: row.is_open,
            paid_by: row.paid_by,
            place: Place { city: row.city, rk: row.rk, account: row.account, line: Some(row.line) },
            number: row.number,
        })
        .collect())
}

#[derive(QueryableByName)]
struct Chat {
    #[diesel(sql_type = BigInt)]
    id: ChatId,
    #[diesel(sql_type = Timestamp)]
    created_at: NaiveDateTime,
    #[diesel(sql_type = Timestamp)]
    asked_at: NaiveDateTime,
    #[diesel(sql_type = Nullable<BigInt>)]
    answer_id: Option<MessageId>,
    #[diesel(sql_type = Bool)]
    has_order: bool,
    #[diesel(sql_type = Text)]
    city: String,
    #[diesel(sql_type = Text)]
    account: String,
    #[diesel(sql_type = Text)]
    client_name: String,
}

/// Chats whose client has written something: the others were begun by nobody.
fn chats(db: &mut Db, since: NaiveDateTime, until: NaiveDateTime) -> QueryResult<Vec<ChatRow>> {
    const ASKED: &str =
        "(SELECT MIN(m.sent_at) FROM messages AS m WHERE m.chat_id = chats.id AND m.counts = 'client')";
    let rows: Vec<Chat> = diesel::sql_query(format!(
        "SELECT chats.id, chats.created_at, {ASKED} AS asked_at, (SELECT a.id FROM messages AS a \
         WHERE a.chat_id = chats.id AND a.counts = 'answer' AND a.sent_at >= {ASKED} ORDER BY a.sent_at, a.id LIMIT 1) \
         AS answer_id, EXISTS (SELECT 1 FROM chat_orders WHERE chat_id = chats.id) AS has_order, chats.city, \
         avito.name AS account, chats.client_name FROM chats JOIN avito ON avito.id = chats.avito_id \
         WHERE chats.created_at >= $1 AND chats.created_at < $2 \
         AND EXISTS (SELECT 1 FROM messages AS m WHERE m.chat_id = chats.id AND m.counts = 'client')"
    ))
    .into_boxed::<MultiBackend>()
    .bind::<Timestamp, _>(since)
    .bind::<Timestamp, _>(until)
    .load(db)?;
    let ids: Vec<MessageId> = rows.iter().filter_map(|row| row.answer_id).collect();
    let answers = answers(db, &ids)?;
    Ok(rows
        .into_iter()
        .map(|row| {
            let answer = row.answer_id.and_then(|id| answers.get(&id));
            ChatRow {
                id: row.id,
                created_at: row.created_at,
                asked_at: row.asked_at,
                answered_at: answer.map(|(at, _)| *at),
                answered_by: answer.and_then(|(_, by)| *by),
                has_order: row.has_order,
                city: row.city,
                account: row.account,
                client: row.client_name,
            }
        })
        .collect())
}

type Answers = std::collections::HashMap<MessageId, (NaiveDateTime, Option<AccountId>)>;

fn answers(db: &mut Db, ids: &[MessageId]) -> QueryResult<Answers> {
    use crate::platform::db::schema::messages;
    /// As many ids a statement takes at a time.
    const AT_ONCE: usize = 500;
    let mut found = Answers::new();
    for some in ids.chunks(AT_ONCE) {
        let rows: Vec<(MessageId, NaiveDateTime, Option<AccountId>)> = messages::table
            .filter(messages::id.eq_any(some.to_vec()))
            .select((messages::id, messages::sent_at, messages::account_id))
            .load(db)?;
        found.extend(rows.into_iter().map(|(id, at, by)| (id, (at, by))));
    }
    Ok(found)
}
