//! Where news comes from, and when silence is said aloud. A source that is added to the product is added here.

use chrono::{Duration, Timelike};

use crate::app::App;
use crate::domain::now::Now;
use crate::domain::zone;
use crate::integrations::mango::queries as inbox;
use crate::platform::db::Db;

/// A source of news.
pub struct Source {
    /// The page where it is set up.
    pub href: &'static str,
    /// What to say when it is silent; `None` while all is well.
    pub silence: fn(&App, &mut Db, Now) -> diesel::QueryResult<Option<String>>,
}

/// All of them.
pub const ALL: &[Source] =
    &[Source { href: "/admin/mango", silence: telephony }, Source { href: "/admin/mail", silence: mailbox }];

/// By day no call centre is silent so long.
const TELEPHONY: Duration = Duration::minutes(45);
/// Hours of the business day, in which silence means something.
const DAY: std::ops::Range<u32> = 9..21;
/// A mailbox may be out of reach so long before it is said.
const MAILBOX: Duration = Duration::minutes(5);

fn telephony(_: &App, db: &mut Db, now: Now) -> diesel::QueryResult<Option<String>> {
    if !DAY.contains(&zone::local(now.utc, now.zone).hour()) {
        return Ok(None);
    }
    let last = inbox::last_received_at(db)?;
    Ok(last
        .filter(|at| now.utc - *at > TELEPHONY)
        .map(|at| format!("Телефония молчит {}", crate::domain::now::age(at, now))))
}

fn mailbox(_: &App, db: &mut Db, now: Now) -> diesel::QueryResult<Option<String>> {
    if !crate::integrations::mail::settings::read(db)?.enabled {
        return Ok(None);
    }
    let health = crate::recordings::by_mail::queries::health(db)?;
    let since = health.trouble_since.filter(|since| now.utc - *since > MAILBOX);
    Ok(since
        .map(|since| format!("Почта с записями: {}, с {}", health.trouble.to_lowercase(), now.moment(since))))
}
