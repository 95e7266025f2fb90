//! Looks for what has happened since the last look, and for what lasts, and has people told of it: in the bell, and
//! outside. Whatever is found twice, or by two processes, is told once.

use chrono::{Duration, NaiveDateTime};
use serde::{Deserialize, Serialize};

use super::queries::{self, Moved};
use super::states::{self, State};
use crate::alerts::queries::notices;
use crate::alerts::{Happening, Lasting, masked};
use crate::app::App;
use crate::domain::id::HistoryId;
use crate::domain::notice::{Audience, NoticeKind};
use crate::domain::now::Now;
use crate::domain::phone::pretty;
use crate::domain::{russian, when};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::settings;

const LOOKED: &str = "notifications.looked";
/// What was committed late is found by looking so far behind the last look.
const LATE: Duration = Duration::minutes(5);
/// After a longer stop of the program what has happened meanwhile is no news.
const NEWS: Duration = Duration::hours(12);
/// How often it is written down that there was a look.
const NOTED_EVERY: Duration = Duration::minutes(1);
/// A client who has waited for so long in a chat is told of.
const CHAT_WAITS: Duration = Duration::minutes(10);

/// How far it was looked.
#[derive(Clone, Copy, Serialize, Deserialize)]
struct Looked {
    at: NaiveDateTime,
    change: HistoryId,
}

/// Tells of everything that has happened since the last look, for the list of periodic work. The first look of all only
/// notes what there is.
///
/// # Errors
/// Of the database.
pub fn look(app: &App) -> Result<(), AppError> {
    let now = app.now();
    let (last, found) = app.db.read_now(|db| {
        let last: Option<Looked> = settings::read_json(db, LOOKED)?;
        let looked = last.map_or(Looked { at: now.utc, change: queries::last_change(db)? }, |last| last);
        let found = everything(db, looked, now)?;
        let keys: Vec<String> = found.iter().map(|one| one.key.clone()).collect();
        let known = notices::remembered(db, &keys)?;
        let news: Vec<Happening> = found.into_iter().filter(|one| !known.contains(&one.key)).collect();
        Ok((last, news))
    })?;
    if found.is_empty() && last.is_some_and(|last| now.utc - last.at < NOTED_EVERY) {
        return Ok(());
    }
    let change = app.db.read_now(|db| Ok(queries::last_change(db)?))?;
    app.db.write_now(|tx| {
        for happening in &found {
            match last {
                Some(_) => notices::tell(tx, happening, now.utc)?,
                None => notices::remember(tx.db, &happening.key, now.utc)?,
            };
        }
        Ok(settings::put_json(tx.db, LOOKED, &Looked { at: now.utc, change }, now.utc)?)
    })?;
    Ok(())
}

/// Has everything told that has happened since `moment`: for whoever makes a history up.
///
/// # Errors
/// Of the database.
pub fn begin(tx: &mut Tx, moment: NaiveDateTime) -> diesel::QueryResult<()> {
    let change = queries::last_change(tx.db)?;
    settings::put_json(tx.db, LOOKED, &Looked { at: moment, change }, moment)
}

fn everything(db: &mut Db, looked: Looked, now: Now) -> diesel::QueryResult<Vec<Happening>> {
    // A clock that was put back has looked in the future.
    let since = (looked.at.min(now.utc) - LATE).max(now.utc - NEWS);
    let mut found = missed(db, since, now)?;
    found.extend(chats(db, since, now)?);
    found.extend(promises(db, since, now)?);
    found.extend(queries::moved(db, looked.change, since)?.into_iter().map(moved));
    found.extend(reviews(db, now)?);
    Ok(found)
}

fn missed(db: &mut Db, since: NaiveDateTime, now: Now) -> diesel::QueryResult<Vec<Happening>> {
    let together = |n: u64| {
        let forms = ["пропущенный звонок", "пропущенных звонка", "пропущенных звонков"];
        format!("{} {}", russian::count(n), russian::plural(n, forms))
    };
    let happening = |(call, number, city, at): queries::Missed| {
        let number = pretty(&number);
        let place = city.map(|city| format!(", {city}")).unwrap_or_default();
        let at = now.moment(at);
        Happening {
            key: format!("missed-{call}"),
            kind: NoticeKind::Missed,
            audience: Audience::All,
            person: None,
            by: None,
            title: "Пропущенный звонок".to_owned(),
            text: format!("{number}{place}, {at}"),
            href: format!("/calls/{call}"),
            outside: format!("{at}, {}{place}", masked(&number)),
            together: Some(together),
        }
    };
    Ok(queries::missed(db, since)?.into_iter().map(happening).collect())
}

fn chats(db: &mut Db, since: NaiveDateTime, now: Now) -> diesel::QueryResult<Vec<Happening>> {
    let together = |n: u64| {
        format!("Ждут ответа: {} {}", russian::count(n), russian::plural(n, ["чат", "чата", "чатов"]))
    };
    let happening = |(chat, account, client, at): queries::Waiting| {
        let client = if client.is_empty() { "Клиент".to_owned() } else { client };
        let since = now.moment(at);
        Happening {
            key: format!("chat-{chat}-{}", at.and_utc().timestamp()),
            kind: NoticeKind::Chat,
            audience: Audience::All,
            person: None,
            by: None,
            title: "Чат ждёт ответа".to_owned(),
            text: format!("{client}, «{account}», с {since}"),
            href: format!("/messages/{chat}"),
            outside: format!("Авито «{account}»: клиент ждёт ответа с {since}"),
            together: Some(together),
        }
    };
    let waiting = queries::waiting(db, (since - CHAT_WAITS, now.utc - CHAT_WAITS))?;
    Ok(waiting.into_iter().map(happening).collect())
}

fn promises(db: &mut Db, since: NaiveDateTime, now: Now) -> diesel::QueryResult<Vec<Happening>> {
    let happening = |(id, owner, number, note, at): queries::Due| {
        let number = pretty(&number);
        let about = if note.is_empty() { String::new() } else { format!(": {note}") };
        let at_time = now.moment(at);
        Happening {
            key: format!("promise-{id}-{}", at.and_utc().timestamp()),
            kind: NoticeKind::Promise,
            audience: if owner.is_some() { Audience::Person } else { Audience::All },
            person: owner,
            by: None,
            title: format!("Обещали перезвонить в {at_time}"),
            text: format!("{number}{about}"),
            href: NoticeKind::Promise.href().to_owned(),
            outside: format!("{}: обещали перезвонить в {at_time}", masked(&number)),
            together: None,
        }
    };
    Ok(queries::due(db, (since, now.utc))?.into_iter().map(happening).collect())
}

fn moved(row: Moved) -> Happening {
    let said = |stored: &Option<String>| {
        let stored = stored.as_deref().unwrap_or_default();
        // Read for days: no «сегодня».
        when::absolute(stored).map_or_else(|| stored.to_owned(), |at| at.format("%d.%m %H:%M").to_string())
    };
    let (order, old, new) = (row.order, said(&row.old), said(&row.new));
    Happening {
        key: format!("moved-{}", row.id),
        kind: NoticeKind::Moved,
        audience: Audience::PersonAndAdmins,
        person: Some(row.operator),
        by: Some(row.by),
        title: format!("Встреча по № {order} перенесена"),
        text: format!("С {old} на {new}. Изменил(а) {}.", russian::short_name(&row.name)),
        href: format!("/orders/{order}"),
        outside: format!("Заказ № {order}: с {old} на {new}"),
        together: None,
    }
}

fn reviews(db: &mut Db, now: Now) -> diesel::QueryResult<Vec<Happening>> {
    let together = |n: u64| {
        let forms = ["плохой отзыв", "плохих отзыва", "плохих отзывов"];
        format!("{} {}", russian::count(n), russian::plural(n, forms))
    };
    let happening = |(account, review, name, score): queries::Bad| {
        let stars = russian::plural(score.unsigned_abs(), ["звезда", "звезды", "звёзд"]);
        let words = format!("Авито «{name}»: {score} {stars}");
        Happening {
            key: format!("review-{account}-{review}"),
            kind: NoticeKind::Review,
            audience: Audience::Admins,
            person: None,
            by: None,
            title: "Плохой отзыв".to_owned(),
            text: words.clone(),
            href: NoticeKind::Review.href().to_owned(),
            outside: words,
            together: Some(together),
        }
    };
    Ok(queries::bad_reviews(db, now.utc)?.into_iter().map(happening).collect())
}

/// Compares what lasts now with what did at the last look; `failing` are the labels of work that fails.
///
/// # Errors
/// Of the database.
pub fn compare(app: &App, failing: &[&str]) -> Result<(), AppError> {
    let now = app.now();
    let (lasting, differs) = app.db.read_now(|db| {
        let mut all = states::silences(db, now)?;
        let more = states::of_admins(app, db, &all, now)?;
        all.extend(more);
        all.extend(states::failing(failing));
        let alarms = all.into_iter().filter(|state: &State| state.is_alarm).map(|state| state.told);
        let alarms: Vec<Lasting> = alarms.collect();
        let differs = notices::differs(db, &alarms)?;
        Ok((alarms, differs))
    })?;
    if differs {
        app.db.write_now(|tx| Ok(notices::compare(tx, &lasting, now.utc)?))?;
    }
    Ok(())
}
