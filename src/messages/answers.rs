//! Answers messages by rules: decides once on every message, waits as long as the rule says, looks again whether a person
//! was faster, and hands the words to the outbox. Run by one process at a time, by the slot of the schedule; a decision
//! is a row of the message besides, so that two that overlap answer once.

use chrono::NaiveDateTime;

use crate::app::App;
use crate::chats::answers::{Asked, FRESH, Rule, Verdict, choose, hindrance};
use crate::chats::queries::answers::{self, Candidate, Decision, Due};
use crate::chats::queries::outbox::{self, New};
use crate::chats::queries::{self, Chat};
use crate::chats::replies::Known;
use crate::domain::city::{City, zone_of};
use crate::domain::id::AvitoId;
use crate::domain::zone;
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::{catalogs, chats};

/// Messages of one turn.
const A_TURN: i64 = 200;
/// How long decisions are kept.
pub const KEEP: chrono::Duration = chrono::Duration::days(90);

/// What a rule is told of the chat.
pub fn known(account: &str, client_name: &str, city: &str, item: &str) -> Known {
    Known {
        name: client_name.to_owned(),
        city: city.to_owned(),
        account: account.to_owned(),
        item: item.to_owned(),
        operator: String::new(),
    }
}

/// The message as rules see it, by the clock of the chat's city; business time where the city is none of ours.
pub fn asked<'a>(
    candidate: &'a Candidate,
    cities: &[City],
    business: chrono_tz::Tz,
    is_first: bool,
) -> Asked<'a> {
    let zone = zone_of(cities, &candidate.city, business);
    Asked {
        account: candidate.account,
        kind: &candidate.kind,
        text: &candidate.text,
        at: zone::local(candidate.sent_at, zone),
        is_first,
    }
}

/// «АвтоОтвет», every few seconds.
///
/// # Errors
/// Of the database; what was not decided is decided at the next turn.
pub fn run(app: &App) -> Result<(), AppError> {
    let now = app.clock.now();
    let (is_on, rules) = app.db.read_now(|db| Ok((answers::is_on(db)?, answers::rules(db)?)))?;
    let active: Vec<Rule> = rules.iter().filter(|rule| rule.is_active && is_on).cloned().collect();
    if !active.is_empty() {
        let business = app.config.business_zone;
        let (candidates, cities) = app.db.read_now(|db| {
            Ok((answers::undecided(db, now - FRESH, A_TURN)?, catalogs::queries::cities(db)?))
        })?;
        for candidate in candidates {
            app.db.write_now(|tx| decide(tx, &candidate, &active, (&cities, business), now))?;
        }
    }
    let due = app.db.read_now(|db| Ok(answers::due(db, now, A_TURN)?))?;
    let mut has_sent = false;
    for one in due {
        has_sent |= app.db.write_now(|tx| answer(tx, &one, &active, now))?;
    }
    if has_sent {
        app.chat_outbox.wake();
    }
    Ok(())
}

fn decide(
    tx: &mut Tx,
    candidate: &Candidate,
    active: &[Rule],
    (cities, business): (&[City], chrono_tz::Tz),
    now: NaiveDateTime,
) -> Result<(), AppError> {
    let is_first = answers::is_first(tx.db, candidate.chat, candidate.message, candidate.sent_at)?;
    let rule = choose(active, &asked(candidate, cities, business, is_first));
    let (verdict, reason) = match rule {
        None => (Verdict::None, String::new()),
        Some(rule) => {
            let standing = answers::standing(tx.db, candidate.chat, candidate.message, candidate.sent_at)?;
            match hindrance(rule, &standing, candidate.sent_at, now) {
                None => (Verdict::Waiting, String::new()),
                Some(why) => (Verdict::Skipped, why),
            }
        }
    };
    let due_at = rule.map_or(now, |rule| rule.due(candidate.sent_at).max(now));
    let decision =
        Decision { message: candidate.message, chat: candidate.chat, rule, verdict, reason, due_at };
    answers::decide(tx, &decision, now)?;
    Ok(())
}

/// Writes the answer unless something is in the way by now; `true` when there is something to send.
fn answer(tx: &mut Tx, due: &Due, active: &[Rule], now: NaiveDateTime) -> Result<bool, AppError> {
    let rule = active.iter().find(|rule| Some(rule.id) == due.rule);
    let Some(rule) = rule else {
        answers::settle(tx, due.id, Verdict::Skipped, "правило выключено", now)?;
        return Ok(false);
    };
    let standing = answers::standing(tx.db, due.chat, due.message, due.sent_at)?;
    if let Some(why) = hindrance(rule, &standing, due.sent_at, now) {
        answers::settle(tx, due.id, Verdict::Skipped, &why, now)?;
        return Ok(false);
    }
    let chat = queries::chat(tx.db, due.chat)?.ok_or(AppError::NotFound)?;
    let account = account_name(tx, chat.avito_id)?;
    match rule.answer(&of_chat(&chat, &account)) {
        Err(why) => {
            answers::settle(tx, due.id, Verdict::Skipped, &why, now)?;
            Ok(false)
        }
        Ok(text) => {
            // Whoever settles it writes it: the row is taken before anything is put into the outbox.
            if !answers::settle(tx, due.id, Verdict::Sent, "", now)? {
                return Ok(false);
            }
            let key = format!("auto-{}", due.message);
            let (message, _) = outbox::enqueue(tx, due.chat, &key, &New::Text(text), None, now)?;
            answers::name_answer(tx, due.id, message)?;
            Ok(true)
        }
    }
}

fn of_chat(chat: &Chat, account: &str) -> Known {
    known(account, &chat.client_name, &chat.city, &chat.item_title)
}

fn account_name(tx: &mut Tx, id: AvitoId) -> Result<String, AppError> {
    let all = chats::queries::accounts(tx.db)?;
    Ok(all.into_iter().find(|(known, _)| *known == id).map(|(_, name)| name).unwrap_or_default())
}
