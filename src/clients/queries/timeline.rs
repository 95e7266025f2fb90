//! Everything that happened to a client in one line of time.
//!
//! Each kind of event is one [`Branch`] that walks its own index from the place where the page begins and stops
//! after a page; another kind (chats) joins by another branch and another [`HappeningKind`].

use chrono::{DateTime, NaiveDateTime};
use diesel::prelude::*;
use diesel::sql_types::{BigInt, Timestamp};

use crate::domain::id::ClientId;
use crate::files::FileKind;
use crate::platform::db::Db;
use crate::platform::db::connection::MultiBackend;

/// What can happen to a client. Of the same moment the later one here stands first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum HappeningKind {
    /// A call, internal ones left out.
    Call,
    /// An order was made.
    Order,
    /// A document was added to an order.
    File,
}

impl HappeningKind {
    const ALL: [Self; 3] = [Self::Call, Self::Order, Self::File];

    fn rank(self) -> i64 {
        match self {
            Self::Call => 0,
            Self::Order => 1,
            Self::File => 2,
        }
    }

    fn of_rank(rank: i64) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.rank() == rank)
    }
}

/// Something that happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Happening {
    /// What.
    pub kind: HappeningKind,
    /// The call, the order or the document.
    pub id: i64,
    /// UTC.
    pub at: NaiveDateTime,
}

impl Happening {
    /// The address form of the place right after this one.
    pub fn mark(self) -> String {
        format!("{}-{}-{}", self.at.and_utc().timestamp_millis(), self.kind.rank(), self.id)
    }

    /// Reads [`Happening::mark`]; `None` for anything else.
    pub fn of_mark(text: &str) -> Option<Self> {
        // The moment of something before 1970 begins with a minus; nothing of ours does.
        let mut parts = text.splitn(3, '-');
        let mut number = || parts.next()?.parse::<i64>().ok().filter(|n| *n >= 0);
        let (millis, rank, id) = (number()?, number()?, number()?);
        let at = DateTime::from_timestamp_millis(millis).filter(|at| at.timestamp() < 253_402_300_800)?;
        Some(Self { kind: HappeningKind::of_rank(rank)?, id, at: at.naive_utc() })
    }
}

/// Where the events of a kind are.
struct Branch {
    kind: HappeningKind,
    /// Tables and what makes their rows events of the client `$1`.
    source: String,
    id: &'static str,
    at: &'static str,
}

impl Branch {
    fn of(kind: HappeningKind, documents: &[FileKind]) -> Self {
        match kind {
            HappeningKind::Call => Self {
                kind,
                source: "calls c WHERE c.client_id = $1 AND c.direction <> 'internal'".to_owned(),
                id: "c.id",
                at: "c.started_at",
            },
            HappeningKind::Order => Self {
                kind,
                source: "orders o WHERE o.client_id = $1".to_owned(),
                id: "o.id",
                at: "o.create_date",
            },
            HappeningKind::File => {
                let kinds: Vec<String> = documents.iter().map(|kind| format!("'{kind}'")).collect();
                Self {
                    kind,
                    source: format!(
                        "orders o JOIN files f ON f.order_id = o.id \
                         WHERE o.client_id = $1 AND f.deleted_at IS NULL AND f.kind IN ({})",
                        kinds.join(", ")
                    ),
                    id: "f.id",
                    at: "f.created_at",
                }
            }
        }
    }

    /// The newest `limit` events, those after `mark` in the order of the line. `$2` is its moment, `$3` its id.
    fn sql(&self, mark: Option<Happening>, limit: i64) -> String {
        let Self { id, at, source, kind } = self;
        let after = match mark {
            None => String::new(),
            Some(mark) if mark.kind == *kind => format!(" AND {at} <= $2 AND ({at} < $2 OR {id} < $3)"),
            Some(mark) if mark.kind > *kind => format!(" AND {at} <= $2"),
            Some(_) => format!(" AND {at} < $2"),
        };
        let rank = kind.rank();
        format!(
            "SELECT kind, id, happened_at FROM (SELECT CAST({rank} AS BIGINT) AS kind, {id} AS id, {at} AS happened_at \
             FROM {source}{after} ORDER BY {at} DESC, {id} DESC LIMIT {limit}) AS b{rank}"
        )
    }
}

#[derive(QueryableByName)]
struct Row {
    #[diesel(sql_type = BigInt)]
    kind: i64,
    #[diesel(sql_type = BigInt)]
    id: i64,
    #[diesel(sql_type = Timestamp)]
    happened_at: NaiveDateTime,
}

/// What of a client's past is wanted.
#[derive(Clone, Debug)]
pub struct TimelineQuery {
    /// One kind, or `None` for all.
    pub only: Option<HappeningKind>,
    /// Kinds of documents the person may see.
    pub documents: Vec<FileKind>,
    /// The last event of the page before.
    pub after: Option<Happening>,
    /// How many events.
    pub limit: i64,
}

/// Events of a client, newest first.
pub fn page(db: &mut Db, client_id: ClientId, wanted: &TimelineQuery) -> QueryResult<Vec<Happening>> {
    let kinds: Vec<HappeningKind> = HappeningKind::ALL
        .into_iter()
        .filter(|kind| wanted.only.is_none_or(|only| only == *kind))
        .filter(|kind| *kind != HappeningKind::File || !wanted.documents.is_empty())
        .collect();
    if kinds.is_empty() {
        return Ok(Vec::new());
    }
    // A mark of something that is not shown says nothing about this line.
    let mark = wanted.after.filter(|mark| kinds.contains(&mark.kind));
    let branches: Vec<String> =
        kinds.iter().map(|kind| Branch::of(*kind, &wanted.documents).sql(mark, wanted.limit)).collect();
    let sql = format!(
        "{} ORDER BY happened_at DESC, kind DESC, id DESC LIMIT {}",
        branches.join(" UNION ALL "),
        wanted.limit
    );
    let mut query = diesel::sql_query(sql).into_boxed::<MultiBackend>().bind::<BigInt, _>(client_id);
    if let Some(mark) = mark {
        query = query.bind::<Timestamp, _>(mark.at).bind::<BigInt, _>(mark.id);
    }
    let rows: Vec<Row> = query.load(db)?;
    let event = |row: Row| {
        Some(Happening { kind: HappeningKind::of_rank(row.kind)?, id: row.id, at: row.happened_at })
    };
    Ok(rows.into_iter().filter_map(event).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_place_in_the_line_survives_the_address() {
        let at = "2026-11-23T09:00:00.123".parse().expect("a moment");
        let place = Happening { kind: HappeningKind::File, id: 45, at };
        assert_eq!(Happening::of_mark(&place.mark()), Some(place));
        for text in
            ["", "1", "1-2", "1-9-3", "a-1-2", "-1-0-3", "1-0-x", "9223372036854775807-0-1", "1-0-3-4"]
        {
            assert_eq!(Happening::of_mark(text), None, "{text}");
        }
    }
}
