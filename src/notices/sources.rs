//! Where news comes from, and when silence is said aloud. A source that is added to the product is added here.

use chrono::{Duration, Timelike};

use crate::app::App;
use crate::chats::queries::sync;
use crate::domain::now::Now;
use crate::domain::zone;
use crate::integrations::mango::queries as inbox;
use crate::platform::db::Db;

/// A source of news.
pub struct Source {
    /// The page where it is set up.
    pub href: &'static str,
    /// What to say when it is silent; nothing while all is well.
    pub silence: fn(&App, &mut Db, Now) -> diesel::QueryResult<Vec<String>>,
}

/// All of them.
pub const ALL: &[Source] = &[
    Source { href: "/admin/mango", silence: telephony },
    Source { href: "/admin/mail", silence: mailbox },
    Source { href: "/admin/avito", silence: avito },
];

/// By day no call centre is silent so long.
const TELEPHONY: Duration = Duration::minutes(45);
/// Hours of the business day, in which silence means something.
const DAY: std::ops::Range<u32> = 9..21;
/// A mailbox may be out of reach so long before it is said.
const MAILBOX: Duration = Duration::minutes(5);
/// So may an account of Avito.
const AVITO: Duration = Duration::minutes(5);
/// Accounts that are named; when more are silent, it is no matter of single ones.
const NAMED: usize = 3;

fn telephony(_: &App, db: &mut Db, now: Now) -> diesel::QueryResult<Vec<String>> {
    if !DAY.contains(&zone::local(now.utc, now.zone).hour()) {
        return Ok(Vec::new());
    }
    let last = inbox::last_received_at(db)?;
    Ok(last
        .filter(|at| now.utc - *at > TELEPHONY)
        .map(|at| format!("Телефония молчит {}", crate::domain::now::age(at, now)))
        .into_iter()
        .collect())
}

fn mailbox(_: &App, db: &mut Db, now: Now) -> diesel::QueryResult<Vec<String>> {
    if !crate::integrations::mail::settings::read(db)?.enabled {
        return Ok(Vec::new());
    }
    let health = crate::recordings::by_mail::queries::health(db)?;
    let since = health.trouble_since.filter(|since| now.utc - *since > MAILBOX);
    Ok(since
        .map(|since| format!("Почта с записями: {}, с {}", health.trouble.to_lowercase(), now.moment(since)))
        .into_iter()
        .collect())
}

fn avito(_: &App, db: &mut Db, now: Now) -> diesel::QueryResult<Vec<String>> {
    let silent = sync::in_trouble(db, now.utc - AVITO)?;
    let since = |at: Option<chrono::NaiveDateTime>| at.map(|at| now.moment(at)).unwrap_or_default();
    if silent.len() > NAMED {
        let earliest = silent.iter().filter_map(|(_, _, since)| *since).min();
        return Ok(vec![format!("Авито: нет связи с {} аккаунтами, с {}", silent.len(), since(earliest))]);
    }
    let words = silent.into_iter().map(|(name, why, at)| {
        let why = why.trim_end_matches('.');
        format!("Авито «{name}»: {}, с {}", lower_first(why), since(at))
    });
    Ok(words.collect())
}

/// The words as the middle of a sentence.
fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
