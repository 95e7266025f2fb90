//! The form of a rule of automatic answers.

use crate::chats::answers::{Hours, MAX_DELAY, Rule, RuleFields, unknown_words};
use crate::domain::chat::MAX_TEXT;
use crate::domain::id::AvitoId;
use crate::web::field_errors::{FieldErrors, required, within};
use crate::web::form::Fields;

/// Longest name and longest list of keywords.
const TITLE_MAX: usize = 60;
const WORDS_MAX: usize = 300;
/// The longest silence of a rule in a chat: a month.
const MAX_ONCE: i64 = 24 * 31;

/// The fields as they were typed.
#[derive(Clone, Debug, Default)]
pub struct RuleForm {
    /// Its name.
    pub title: String,
    /// The account, or empty for all.
    pub avito_id: String,
    /// When it answers.
    pub hours: String,
    /// «09:00».
    pub from: String,
    /// «22:00».
    pub to: String,
    /// Numbers of days, Monday is 0.
    pub days: Vec<String>,
    /// Minutes.
    pub delay: String,
    /// Hours.
    pub once: String,
    /// Only the first message of a client.
    pub only_first: bool,
    /// Only a message with a telephone number.
    pub wants_phone: bool,
    /// Comma between them.
    pub keywords: String,
    /// What it writes.
    pub text: String,
}

fn clock(minute: i64) -> String {
    format!("{:02}:{:02}", minute / 60, minute % 60)
}

fn minute(text: &str) -> Option<i64> {
    let (hours, minutes) = text.trim().split_once([':', '.'])?;
    let (hours, minutes): (i64, i64) = (hours.parse().ok()?, minutes.parse().ok()?);
    let minute = hours * 60 + minutes;
    ((0..=24).contains(&hours) && (0..60).contains(&minutes) && minute <= 24 * 60).then_some(minute)
}

impl RuleForm {
    /// The form of a new rule: nights and weekends, a minute later, once a day.
    pub fn new() -> Self {
        Self {
            hours: Hours::Outside.as_str().to_owned(),
            from: "09:00".to_owned(),
            to: "22:00".to_owned(),
            days: (0..5).map(|day| day.to_string()).collect(),
            delay: "1".to_owned(),
            once: "24".to_owned(),
            only_first: true,
            ..Self::default()
        }
    }

    /// The form as it was sent.
    pub fn sent(fields: &Fields) -> Self {
        let text = |name: &str| fields.text(name).trim().to_owned();
        Self {
            title: text("title"),
            avito_id: text("avito_id"),
            hours: text("hours"),
            from: text("from"),
            to: text("to"),
            days: fields.all("days"),
            delay: text("delay"),
            once: text("once"),
            only_first: !fields.text("only_first").is_empty(),
            wants_phone: !fields.text("wants_phone").is_empty(),
            keywords: text("keywords"),
            text: fields.raw("text").unwrap_or_default().replace("\r\n", "\n").trim().to_owned(),
        }
    }

    /// The form of a kept rule.
    pub fn of(rule: &Rule) -> Self {
        let minutes = rule.delay_seconds / 60;
        Self {
            title: rule.title.clone(),
            avito_id: rule.avito_id.map(|id| id.to_string()).unwrap_or_default(),
            hours: rule.hours.as_str().to_owned(),
            from: clock(rule.from_minute),
            to: clock(rule.to_minute),
            days: (0..7).filter(|day| rule.days & (1 << day) != 0).map(|day| day.to_string()).collect(),
            delay: minutes.to_string(),
            once: rule.once_hours.to_string(),
            only_first: rule.only_first,
            wants_phone: rule.wants_phone,
            keywords: rule.keywords.clone(),
            text: rule.text.clone(),
        }
    }

    /// Whether the day is chosen.
    pub fn has_day(&self, day: &usize) -> bool {
        self.days.iter().any(|chosen| *chosen == day.to_string())
    }

    /// What the rule is to be; `accounts` are those there are.
    ///
    /// # Errors
    /// What is wrong, field by field.
    pub fn check(&self, accounts: &[AvitoId]) -> Result<RuleFields, FieldErrors> {
        let mut errors = FieldErrors::default();
        let title =
            errors.keep("title", required(&self.title, TITLE_MAX, "Назовите правило, например «Ночью»"));
        let avito_id = match self.avito_id.as_str() {
            "" => Some(None),
            id => id.parse().ok().filter(|id| accounts.contains(id)).map(Some),
        };
        let avito_id = errors.keep("avito_id", avito_id.ok_or("Выберите аккаунт из списка".to_owned()));
        let hours =
            errors.keep("hours", Hours::parse(&self.hours).ok_or("Выберите, когда отвечать".to_owned()));
        let days = self.days.iter().filter_map(|day| day.parse::<u8>().ok()).filter(|day| *day < 7);
        let days = days.fold(0_i64, |days, day| days | 1 << day);
        if days == 0 {
            errors.add("days", "Отметьте хотя бы один день");
        }
        let (from, to) = match hours {
            Some(Hours::Any) | None => (Some(0), Some(0)),
            Some(_) => {
                let wrong = || "Время вида 09:00".to_owned();
                (
                    errors.keep("from", minute(&self.from).ok_or_else(wrong)),
                    errors.keep("to", minute(&self.to).ok_or_else(wrong)),
                )
            }
        };
        if let (Some(Hours::Within | Hours::Outside), Some(from), Some(to)) = (hours, from, to)
            && from == to
        {
            errors.add("to", "Начало и конец не могут совпадать");
        }
        let number = |text: &str, most: i64| text.parse().ok().filter(|n: &i64| (0..=most).contains(n));
        let delay = number(&self.delay, MAX_DELAY / 60);
        let delay = errors.keep("delay", delay.ok_or(format!("Минут от 0 до {}", MAX_DELAY / 60)));
        let once = number(&self.once, MAX_ONCE).filter(|hours| *hours > 0);
        let once = errors.keep("once", once.ok_or(format!("Часов от 1 до {MAX_ONCE}")));
        let keywords = errors.keep("keywords", within(&self.keywords, WORDS_MAX));
        let text = errors.keep("text", required(&self.text, MAX_TEXT, "Напишите, что отвечать"));
        if let Some(text) = &text {
            let unknown = unknown_words(text);
            if !unknown.is_empty() {
                errors.add("text", format!("Этих слов программа не знает: {}", unknown.join(", ")));
            }
        }
        match (title, avito_id, hours, from, to, delay, once, keywords, text) {
            (
                Some(title),
                Some(avito_id),
                Some(hours),
                Some(from_minute),
                Some(to_minute),
                Some(delay),
                Some(once_hours),
                Some(keywords),
                Some(text),
            ) if errors.is_empty() => Ok(RuleFields {
                title,
                avito_id,
                days,
                hours,
                from_minute,
                to_minute,
                delay_seconds: delay * 60,
                once_hours,
                only_first: self.only_first,
                wants_phone: self.wants_phone,
                keywords,
                text,
            }),
            _ => Err(errors),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn whole() -> RuleForm {
        RuleForm {
            title: "Ночью".to_owned(), text: "Здравствуйте, {имя}!".to_owned(), ..RuleForm::new()
        }
    }

    #[test]
    fn a_new_rule_wants_a_name_and_words() {
        let fields = whole().check(&[]).expect("whole");
        assert_eq!((fields.days, fields.from_minute, fields.to_minute), (0b001_1111, 540, 1320));
        assert_eq!((fields.delay_seconds, fields.once_hours), (60, 24));
        let errors = RuleForm::new().check(&[]).expect_err("empty");
        assert!(!errors.of("title").is_empty() && !errors.of("text").is_empty());
    }

    #[test]
    fn what_makes_no_sense_is_refused_at_its_field() {
        for (form, field) in [
            (RuleForm { from: "25:00".to_owned(), ..whole() }, "from"),
            (RuleForm { to: "09:00".to_owned(), ..whole() }, "to"),
            (RuleForm { days: vec!["7".to_owned()], ..whole() }, "days"),
            (RuleForm { delay: "61".to_owned(), ..whole() }, "delay"),
            (RuleForm { once: "0".to_owned(), ..whole() }, "once"),
            (RuleForm { avito_id: "9".to_owned(), ..whole() }, "avito_id"),
            (RuleForm { hours: "always".to_owned(), ..whole() }, "hours"),
            (RuleForm { text: "Цена {цена}".to_owned(), ..whole() }, "text"),
            (RuleForm { text: "ы".repeat(1001), ..whole() }, "text"),
        ] {
            let errors = form.check(&[AvitoId(1)]).expect_err(field);
            assert!(!errors.of(field).is_empty(), "{field}");
        }
    }
}
