//! The daily report: yesterday's numbers, sent once at a time of the business's clock.

use chrono::{Days, NaiveDate, NaiveDateTime, NaiveTime};
use diesel::QueryResult;

use super::Item;
use super::queries::{outbox, recipients};
use crate::app::App;
use crate::domain::notice::NoticeKind;
use crate::domain::{russian, zone};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::settings;
use crate::stats::facts::{EVERYBODY, Kind};
use crate::stats::metrics::{self, Metric};
use crate::stats::numbers::Numbers;
use crate::stats::queries::kept;

const NAME: &str = "notifications.report_at";
/// When nobody has said otherwise.
const USUAL: &str = "09:00";

/// The numbers, in their order.
const NUMBERS: [Metric; 9] = [
    metrics::CALLS,
    metrics::ACCEPTED,
    metrics::MISSED,
    metrics::LEVEL,
    metrics::ORDERS,
    metrics::CONVERSION,
    metrics::DONE,
    metrics::TURNOVER,
    metrics::CLEAN,
];

/// The time of day it goes out, `HH:MM`.
pub fn time(db: &mut Db) -> QueryResult<NaiveTime> {
    let kept = settings::read(db, NAME)?;
    Ok(kept.and_then(|text| parse(&text)).unwrap_or_else(|| parse(USUAL).unwrap_or_default()))
}

/// Sets it.
pub fn set_time(tx: &mut Tx, at: NaiveTime, now: NaiveDateTime) -> QueryResult<()> {
    settings::put(tx.db, NAME, &at.format("%H:%M").to_string(), now)?;
    tx.announce(Event::Outbox);
    Ok(())
}

/// Reads `9:05`, `09:05`.
pub fn parse(text: &str) -> Option<NaiveTime> {
    NaiveTime::parse_from_str(text.trim(), "%H:%M").ok()
}

/// Queues today's report for everybody who wants one and has not got it, for the list of periodic work.
///
/// # Errors
/// Of the database.
pub fn queue(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let business = app.config.business_zone;
    let today = zone::local(now, business).date();
    let due = app.db.read_now(|db| {
        let at = time(db)?;
        let moment = zone::utc(today.and_time(at), business);
        if now < moment {
            return Ok(Vec::new());
        }
        // Whoever is put on the list later in the day gets tomorrow's first.
        let all = recipients::all(db)?.into_iter();
        let wanting = all.filter(|one| one.is_active && one.kinds.contains(&NoticeKind::Report));
        let due = wanting.filter(|one| one.created_at < moment).map(|one| (one.id, key(one.id, today)));
        let due: Vec<_> = due.collect();
        let keys: Vec<String> = due.iter().map(|(_, key)| key.clone()).collect();
        let known = outbox::known(db, &keys)?;
        Ok(due.into_iter().filter(|(_, key)| !known.contains(key)).collect())
    })?;
    if due.is_empty() {
        return Ok(());
    }
    let day = today - Days::new(1);
    let items = app.db.read_reports_now(|db| Ok(lines(db, day)?))?;
    let title = title(day);
    app.db.write_now(|tx| {
        for (recipient, key) in &due {
            outbox::put(tx, *recipient, NoticeKind::Report, (key, &title), &items, (now, now))?;
        }
        Ok(())
    })?;
    app.alerts.wake();
    Ok(())
}

fn key(recipient: crate::domain::id::RecipientId, today: NaiveDate) -> String {
    format!("report-{today}-{recipient}")
}

/// «Отчёт за 29 ноября, воскресенье».
pub fn title(day: NaiveDate) -> String {
    format!("Отчёт за {}, {}", russian::day(day, day), russian::weekday_long(day))
}

/// The numbers of a day, each beside that of a week before.
pub fn lines(db: &mut Db, day: NaiveDate) -> QueryResult<Vec<Item>> {
    let mut of = |day: NaiveDate| -> QueryResult<Numbers> {
        let wanted = kept::Wanted { operator: EVERYBODY, kind: Kind::All, from: day, to: day };
        Ok(kept::by_name(db, wanted)?.iter().map(|(_, numbers)| numbers).sum())
    };
    let (numbers, before) = (of(day)?, of(day - Days::new(7))?);
    if numbers.is_nothing() {
        let text = "Звонков, чатов и заказов не было".to_owned();
        return Ok(vec![Item { text, href: String::new() }]);
    }
    let line = |metric: &Metric| {
        let week = if before.is_nothing() {
            String::new()
        } else {
            format!(" (неделей раньше {})", metric.words(&before))
        };
        Item { text: format!("{}: {}{week}", metric.label, metric.words(&numbers)), href: String::new() }
    };
    Ok(NUMBERS.iter().map(line).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_read_and_nonsense_is_not() {
        assert_eq!(parse("9:05").map(|at| at.to_string()), Some("09:05:00".to_owned()));
        for bad in ["", "24:00", "9", "9:60", "утром"] {
            assert_eq!(parse(bad), None, "{bad}");
        }
    }
}
