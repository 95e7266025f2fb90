//! What rules would have done: with one sentence, and with yesterday's messages. Nothing is written.

use std::collections::HashMap;

use chrono::{NaiveDateTime, TimeDelta};

use crate::app::App;
use crate::catalogs;
use crate::chats::answers::{Asked, Rule, Standing, choose, hindrance};
use crate::chats::queries::answers::{self, Candidate};
use crate::domain::city::City;
use crate::domain::id::{AvitoId, ChatId};
use crate::domain::now::Now;
use crate::messages::answers::{asked, known};
use crate::platform::db::Db;

/// Yesterday's messages that are looked at.
const MOST: i64 = 1000;
/// Lines of them that are shown.
const SHOWN: usize = 60;

/// What one sentence would have got.
pub struct Tried {
    /// As it was typed.
    pub text: String,
    /// The rule, with its number; empty for none.
    pub rule: String,
    /// What it would have written, or why nothing.
    pub answer: String,
    /// It would have been written.
    pub is_written: bool,
}

/// Tries one sentence as the first of a new client at this moment.
pub fn sentence(rules: &[Rule], text: &str, account: Option<(AvitoId, &str)>, at: NaiveDateTime) -> Tried {
    let (id, name) = account.unwrap_or((AvitoId(0), ""));
    let asked = Asked { account: id, kind: "text", text, at, is_first: true };
    let text = text.to_owned();
    let Some(rule) = choose(rules, &asked) else {
        let answer = "Ни одно правило не подошло: чат ждёт человека.".to_owned();
        return Tried { text, rule: String::new(), answer, is_written: false };
    };
    let number = rules.iter().position(|known| known.id == rule.id).map_or(0, |place| place + 1);
    let title = format!("правило {number}, «{}»", rule.title);
    match rule.answer(&known(name, "Надежда", "", "")) {
        Ok(answer) => Tried { text, rule: title, answer, is_written: true },
        Err(why) => Tried {
            text, rule: title, answer: format!("Не отправится: {why}."), is_written: false
        },
    }
}

/// A message of yesterday.
pub struct Line {
    /// Its chat.
    pub chat: ChatId,
    /// Whose.
    pub client: String,
    /// «14:05».
    pub at: String,
    /// The client's words.
    pub asked: String,
    /// The rule that is meant.
    pub rule: String,
    /// What would have been written, or why nothing.
    pub answer: String,
    /// It would have been written.
    pub is_written: bool,
}

/// What yesterday would have been.
pub struct Yesterday {
    /// Messages of clients.
    pub messages: usize,
    /// How many a rule would have answered.
    pub written: usize,
    /// How many a rule is meant for, but something would have been in the way.
    pub hindered: usize,
    /// The first of those a rule is meant for.
    pub lines: Vec<Line>,
}

/// Runs `rules` over yesterday's messages: once per chat and period, and not where one of us had answered before the
/// rule's time.
pub fn yesterday(app: &App, db: &mut Db, rules: &[Rule], now: Now) -> diesel::QueryResult<Yesterday> {
    let (since, until) = (now.day_start() - TimeDelta::days(1), now.day_start());
    let candidates = answers::between(db, since, until, MOST)?;
    let (cities, accounts) = (catalogs::queries::cities(db)?, crate::chats::queries::accounts(db)?);
    let names: HashMap<AvitoId, String> = accounts.into_iter().collect();
    let mut written_at: HashMap<ChatId, NaiveDateTime> = HashMap::new();
    let mut told = Yesterday { messages: candidates.len(), written: 0, hindered: 0, lines: Vec::new() };
    for candidate in &candidates {
        let is_first = answers::is_first(db, candidate.chat, candidate.message, candidate.sent_at)?;
        let Some(rule) = rule_of(rules, candidate, &cities, app, is_first) else { continue };
        let due = rule.due(candidate.sent_at);
        let answered = answers::answered_at(db, candidate.chat, candidate.sent_at)?;
        let standing = Standing {
            is_answered: answered.is_some_and(|at| at <= due),
            written_at: written_at.get(&candidate.chat).copied(),
            ..Standing::default()
        };
        let account = names.get(&candidate.account).map(String::as_str).unwrap_or_default();
        let words = known(account, &candidate.client_name, &candidate.city, &candidate.item_title);
        let outcome = match hindrance(rule, &standing, candidate.sent_at, due) {
            Some(why) => Err(why),
            None => rule.answer(&words),
        };
        let is_written = outcome.is_ok();
        if is_written {
            written_at.insert(candidate.chat, due);
            told.written += 1;
        } else {
            told.hindered += 1;
        }
        if told.lines.len() < SHOWN {
            told.lines.push(Line {
                chat: candidate.chat,
                client: candidate.client_name.clone(),
                at: now.moment(candidate.sent_at),
                asked: candidate.text.chars().take(200).collect(),
                rule: rule.title.clone(),
                answer: outcome.unwrap_or_else(|why| why),
                is_written,
            });
        }
    }
    Ok(told)
}

fn rule_of<'a>(
    rules: &'a [Rule],
    candidate: &Candidate,
    cities: &[City],
    app: &App,
    is_first: bool,
) -> Option<&'a Rule> {
    choose(rules, &asked(candidate, cities, app.config.business_zone, is_first))
}
