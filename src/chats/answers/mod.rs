//! «АвтоОтвет»: which rule answers a message of a client, and when none may. Pure; what is written down is
//! `queries::answers`, what is sent goes by `messages::answers` (docs/avito-api.md 12).

use chrono::{Datelike, NaiveDateTime, TimeDelta, Timelike};
use diesel::prelude::Queryable;

use super::found;
use super::replies::{Known, WORDS, fill};
use crate::domain::chat::{MAX_TEXT, MessageKind};
use crate::domain::id::{AutoRuleId, AvitoId};
use crate::domain::search_words;

/// The setting that lets rules write; nothing is written until an admin says so.
pub const SWITCH: &str = "auto_answers";
/// A message older than this is never answered by a rule: gaps, restarts and first readings bring many.
pub const FRESH: TimeDelta = TimeDelta::minutes(10);
/// The longest delay of a rule, in seconds.
pub const MAX_DELAY: i64 = 3600;
/// The label whose chats are left alone.
pub const SPAM: &str = "Спам";

crate::text_enum! {
    /// When a rule answers.
    Hours {
        /// At any time of its days.
        Any = "any",
        /// Between its hours on its days.
        Within = "within",
        /// At every other time.
        Outside = "outside",
    }
}

crate::text_enum! {
    /// What became of a message.
    Verdict {
        /// A rule will answer it.
        Waiting = "waiting",
        /// A rule has.
        Sent = "sent",
        /// A rule would have, and something was in the way.
        Skipped = "skipped",
        /// No rule is meant for it.
        None = "none",
    }
}

/// A rule.
#[derive(Clone, Debug, PartialEq, Eq, Queryable)]
#[allow(missing_docs, reason = "migration auto_answers tells what the columns are")]
pub struct Rule {
    pub id: AutoRuleId,
    pub position: i64,
    pub title: String,
    pub avito_id: Option<AvitoId>,
    pub is_active: bool,
    pub days: i64,
    pub hours: Hours,
    pub from_minute: i64,
    pub to_minute: i64,
    pub delay_seconds: i64,
    pub once_hours: i64,
    pub only_first: bool,
    pub wants_phone: bool,
    pub keywords: String,
    pub text: String,
}

/// What an admin wants a rule to be.
#[derive(Clone, Debug, PartialEq, Eq)]
#[allow(missing_docs, reason = "migration auto_answers tells what the columns are")]
pub struct RuleFields {
    pub title: String,
    pub avito_id: Option<AvitoId>,
    pub days: i64,
    pub hours: Hours,
    pub from_minute: i64,
    pub to_minute: i64,
    pub delay_seconds: i64,
    pub once_hours: i64,
    pub only_first: bool,
    pub wants_phone: bool,
    pub keywords: String,
    pub text: String,
}

/// A message of a client, as rules see it.
#[derive(Clone, Debug)]
pub struct Asked<'a> {
    /// Through which account.
    pub account: AvitoId,
    /// Avito's word for its kind.
    pub kind: &'a str,
    /// Its words.
    pub text: &'a str,
    /// When it was written, by the clock of the chat's city.
    pub at: NaiveDateTime,
    /// The client has written nothing before it.
    pub is_first: bool,
}

/// The first of `rules` that is meant for the message.
pub fn choose<'a>(rules: &'a [Rule], asked: &Asked<'_>) -> Option<&'a Rule> {
    rules.iter().find(|rule| rule.is_for(asked))
}

impl Rule {
    fn is_for(&self, asked: &Asked<'_>) -> bool {
        // A call wants to be called back and no words.
        !matches!(MessageKind::of(asked.kind), MessageKind::Call | MessageKind::AppCall)
            && self.avito_id.is_none_or(|account| account == asked.account)
            && self.is_time(asked.at)
            && (!self.only_first || asked.is_first)
            && (!self.wants_phone || !found::phones(asked.text).is_empty())
            && self.names(asked.text)
    }

    /// Monday is the lowest bit.
    fn is_time(&self, at: NaiveDateTime) -> bool {
        let minute = i64::from(at.hour() * 60 + at.minute());
        let is_day = self.days & (1 << at.weekday().num_days_from_monday()) != 0;
        let is_hour = if self.from_minute <= self.to_minute {
            (self.from_minute..self.to_minute).contains(&minute)
        } else {
            minute >= self.from_minute || minute < self.to_minute
        };
        match self.hours {
            Hours::Any => is_day,
            Hours::Within => is_day && is_hour,
            Hours::Outside => !(is_day && is_hour),
        }
    }

    /// One of its keywords begins a word of the text, or stands in it when it is several words; no keywords: any text.
    fn names(&self, text: &str) -> bool {
        let mut wanted = self.keywords.split(',').map(str::trim).filter(|word| !word.is_empty()).peekable();
        if wanted.peek().is_none() {
            return true;
        }
        let words = search_words::words(text);
        let said = words.join(" ");
        wanted.any(|keyword| {
            let keyword = search_words::words(keyword);
            match keyword.as_slice() {
                [] => false,
                [one] => words.iter().any(|word| word.starts_with(one.as_str())),
                several => said.contains(&several.join(" ")),
            }
        })
    }

    /// When it answers a message of `sent_at`.
    pub fn due(&self, sent_at: NaiveDateTime) -> NaiveDateTime {
        sent_at + TimeDelta::seconds(self.delay_seconds.clamp(0, MAX_DELAY))
    }

    /// What it writes, or why that cannot be written.
    pub fn answer(&self, known: &Known) -> Result<String, String> {
        let text = fill(&self.text, known).trim().to_owned();
        match text.chars().count() {
            0 => Err("текст правила пуст".to_owned()),
            length if length > MAX_TEXT => {
                Err(format!("с подставленными словами {length} знаков, Авито принимает {MAX_TEXT}"))
            }
            _ => Ok(text),
        }
    }
}

/// How the chat stands when a rule is about to answer.
#[derive(Clone, Debug, Default)]
pub struct Standing {
    /// Somebody has taken the chat: their name.
    pub owner: Option<String>,
    /// One of us has written since.
    pub is_answered: bool,
    /// The message was taken back.
    pub is_deleted: bool,
    /// Avito does not show the chat any more.
    pub is_gone: bool,
    /// It is labelled as spam.
    pub is_spam: bool,
    /// When a rule last wrote here.
    pub written_at: Option<NaiveDateTime>,
}

/// Why the rule may not answer a message of `sent_at` now, in words; `None` when it may.
pub fn hindrance(
    rule: &Rule,
    standing: &Standing,
    sent_at: NaiveDateTime,
    now: NaiveDateTime,
) -> Option<String> {
    let once = TimeDelta::hours(rule.once_hours.max(1));
    if standing.is_answered {
        return Some("оператор уже ответил".to_owned());
    }
    if let Some(owner) = &standing.owner {
        return Some(format!("чат ведёт {owner}"));
    }
    if standing.is_deleted {
        return Some("сообщение удалено".to_owned());
    }
    if standing.is_gone {
        return Some("Авито больше не показывает чат".to_owned());
    }
    if standing.is_spam {
        return Some("чат с меткой «Спам»".to_owned());
    }
    if standing.written_at.is_some_and(|at| now - at < once) {
        return Some("в этот чат автоответ уже писал, теперь он ждёт человека".to_owned());
    }
    let late = FRESH + TimeDelta::seconds(rule.delay_seconds);
    (now - sent_at > late).then(|| "сообщение старое".to_owned())
}

/// Words in braces nobody fills in.
pub fn unknown_words(text: &str) -> Vec<String> {
    let mut unknown = Vec::new();
    for piece in text.split('{').skip(1) {
        let Some((word, _)) = piece.split_once('}') else { continue };
        let word = format!("{{{word}}}");
        // A rule has no name of its own.
        if !WORDS.contains(&word.as_str()) || word == "{оператор}" {
            unknown.push(word);
        }
    }
    unknown
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> NaiveDateTime {
        text.parse().expect("a moment")
    }

    /// Monday to Friday from nine to ten in the evening, at every other time.
    fn nights() -> Rule {
        Rule {
            id: AutoRuleId(1),
            position: 1,
            title: "Ночью".to_owned(),
            avito_id: None,
            is_active: true,
            days: 0b001_1111,
            hours: Hours::Outside,
            from_minute: 9 * 60,
            to_minute: 22 * 60,
            delay_seconds: 60,
            once_hours: 24,
            only_first: false,
            wants_phone: false,
            keywords: String::new(),
            text: "Здравствуйте, {имя}!".to_owned(),
        }
    }

    fn asked<'a>(text: &'a str, moment: &str) -> Asked<'a> {
        Asked { account: AvitoId(1), kind: "text", text, at: at(moment), is_first: true }
    }

    #[test]
    fn hours_are_those_of_the_days_and_everything_else_is_outside() {
        // 2026-11-30 is a Monday.
        for (moment, is_outside) in [
            ("2026-11-30T08:59:00", true),
            ("2026-11-30T09:00:00", false),
            ("2026-11-30T21:59:00", false),
            ("2026-11-30T22:00:00", true),
            ("2026-12-05T12:00:00", true),
        ] {
            assert_eq!(choose(&[nights()], &asked("да", moment)).is_some(), is_outside, "{moment}");
            let within = Rule { hours: Hours::Within, ..nights() };
            assert_eq!(choose(&[within], &asked("да", moment)).is_none(), is_outside, "{moment}");
        }
        let late =
            Rule { hours: Hours::Within, from_minute: 22 * 60, to_minute: 6 * 60, days: 127, ..nights() };
        assert!(choose(std::slice::from_ref(&late), &asked("да", "2026-11-30T23:00:00")).is_some());
        assert!(choose(std::slice::from_ref(&late), &asked("да", "2026-11-30T05:59:00")).is_some());
        assert!(choose(&[late], &asked("да", "2026-11-30T12:00:00")).is_none());
    }

    #[test]
    fn the_first_rule_that_is_meant_answers() {
        let price =
            Rule { id: AutoRuleId(2), keywords: "цен, сколько стоит".to_owned(), ..nights() };
        let first = Rule { id: AutoRuleId(3), only_first: true, ..nights() };
        let rules = [price, first];
        let night = "2026-11-30T23:00:00";
        let chosen = |text: &str| choose(&rules, &asked(text, night)).map(|rule| rule.id.0);
        assert_eq!(chosen("А какая ЦЕНА?"), Some(2));
        assert_eq!(chosen("сколько стоит выезд"), Some(2));
        assert_eq!(chosen("сколько это стоит"), Some(3), "several words are a phrase");
        assert_eq!(chosen("оценка"), Some(3), "inside of a word is another word");
        let later = Asked { is_first: false, ..asked("Здравствуйте", night) };
        assert!(choose(&rules, &later).is_none());
        let elsewhere = Rule { avito_id: Some(AvitoId(2)), ..nights() };
        assert!(choose(&[elsewhere], &asked("да", night)).is_none());
        let call = Asked { kind: "appCall", ..asked("", night) };
        assert!(choose(&[nights()], &call).is_none(), "a call wants no words");
        let phone = Rule { wants_phone: true, ..nights() };
        assert!(choose(std::slice::from_ref(&phone), &asked("8 927 555-82-23", night)).is_some());
        assert!(choose(&[phone], &asked("завтра в 15", night)).is_none());
    }

    #[test]
    fn a_person_wins_and_nothing_is_said_twice_or_late() {
        let (sent, now) = (at("2026-11-30T23:00:00"), at("2026-11-30T23:01:00"));
        let free = Standing::default();
        assert_eq!(hindrance(&nights(), &free, sent, now), None);
        let hindered = [
            Standing { is_answered: true, ..free.clone() },
            Standing { owner: Some("Анна".to_owned()), ..free.clone() },
            Standing { is_deleted: true, ..free.clone() },
            Standing { is_gone: true, ..free.clone() },
            Standing { is_spam: true, ..free.clone() },
            Standing { written_at: Some(now - TimeDelta::hours(23)), ..free.clone() },
        ];
        for standing in hindered {
            assert!(hindrance(&nights(), &standing, sent, now).is_some(), "{standing:?}");
        }
        let day_ago = Standing { written_at: Some(now - TimeDelta::hours(25)), ..free.clone() };
        assert_eq!(hindrance(&nights(), &day_ago, sent, now), None);
        assert!(hindrance(&nights(), &free, sent, sent + TimeDelta::minutes(12)).is_some());
    }

    #[test]
    fn what_avito_would_not_take_is_not_written() {
        let known = Known { name: "ы".repeat(990), ..Known::default() };
        assert!(nights().answer(&known).is_err());
        assert_eq!(nights().answer(&Known::default()), Ok("Здравствуйте!".to_owned()));
        assert_eq!(unknown_words("{имя}, {цена} и {оператор} {"), ["{цена}", "{оператор}"]);
    }
}
