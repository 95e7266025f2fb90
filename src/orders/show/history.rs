//! What happened to an order, told to people: every change in words, and how long each status lasted.

use super::controls::in_words;
use crate::domain::order::StatusOrder;
use crate::domain::russian;
use crate::orders::edit::Field;
use crate::orders::edit::field::{Happening, HistoryField};
use crate::orders::list::rows::Clocks;
use crate::orders::queries::history::{HistoryRow, StatusStay};
use crate::orders::values::Lists;

/// Letters of a value that still fits a line.
const SHORT: usize = 90;

/// The history of an order.
pub struct Story {
    /// Statuses in their order.
    pub stages: Vec<Stage>,
    /// Changes, newest first.
    pub lines: Vec<StoryLine>,
    /// Older changes are left out.
    pub is_cut: bool,
}

/// A stay in a status.
pub struct Stage {
    /// Which.
    pub status: StatusOrder,
    /// «2 ч 10 мин»; empty for a closed status that lasts.
    pub length: String,
    /// «сегодня в 14:05».
    pub since: String,
}

/// What one person changed at once.
#[derive(Debug)]
pub struct StoryLine {
    /// The status it brought, for its colour; empty for other changes.
    pub code: &'static str,
    /// Single changes.
    pub changes: Vec<StoryChange>,
    /// «сегодня в 14:05».
    pub when: String,
    /// «Белова А.»
    pub who: String,
}

/// A changed field.
#[derive(Debug)]
pub struct StoryChange {
    /// «Адрес»; the whole sentence when there are no values.
    pub what: String,
    /// Before, in words.
    pub old: String,
    /// After, in words.
    pub new: String,
    /// The values are told apart, unfolded on demand.
    pub is_long: bool,
}

impl Stage {
    /// The stages of `steps`.
    pub fn all(steps: &[StatusStay], clocks: &Clocks) -> Vec<Self> {
        let stage = |step: &StatusStay| Self {
            status: step.status,
            length: match step.until {
                None if !step.status.is_open() => String::new(),
                _ => span(step.seconds(clocks.now)),
            },
            since: clocks.event_words(step.from),
        };
        steps.iter().map(stage).collect()
    }
}

/// The lines of `rows`, newest first: what was saved together stands together.
pub fn lines(rows: &[HistoryRow], lists: &Lists, clocks: &Clocks) -> Vec<StoryLine> {
    let mut lines: Vec<(&HistoryRow, StoryLine)> = Vec::new();
    for row in rows {
        let change = StoryChange::new(row, lists);
        let code = status_of(row).map_or("", StatusOrder::code);
        match lines.last_mut() {
            Some((first, line)) if together(first, row) => {
                // Within one save the fields come in their order.
                line.changes.insert(0, change);
                if !code.is_empty() {
                    line.code = code;
                }
            }
            _ => {
                let line = StoryLine {
                    code,
                    changes: vec![change],
                    when: clocks.event_words(row.at),
                    who: russian::short_name(&row.account),
                };
                lines.push((row, line));
            }
        }
    }
    lines.into_iter().map(|(_, line)| line).collect()
}

fn together(one: &HistoryRow, other: &HistoryRow) -> bool {
    one.version.is_some() && (one.version, one.account_id) == (other.version, other.account_id)
}

fn status_of(row: &HistoryRow) -> Option<StatusOrder> {
    let tells = matches!(
        row.told,
        HistoryField::Field(Field::StatusOrder) | HistoryField::Happening(Happening::Created)
    );
    row.new_value.as_deref().filter(|_| tells).and_then(StatusOrder::parse)
}

impl StoryChange {
    /// A line of the history in words.
    pub fn new(row: &HistoryRow, lists: &Lists) -> Self {
        let text = |value: &Option<String>| value.clone().unwrap_or_default();
        let (old, new) = (text(&row.old_value), text(&row.new_value));
        match row.told {
            HistoryField::Happening(happening) => Self::sentence(match happening {
                Happening::Created => "Заказ создан".to_owned(),
                Happening::Repeat => format!("Клиент {new}"),
                Happening::Duplicate => format!("Похожий заказ: {new}"),
                Happening::Overbook => format!("Сверх лимита: {new}"),
                Happening::Chat => "Привязан чат Авито".to_owned(),
            }),
            HistoryField::Field(field) => {
                let (old, new) = (in_words(field, &old, lists), in_words(field, &new, lists));
                let is_long =
                    [&old, &new].iter().any(|text| text.chars().count() > SHORT || text.contains('\n'));
                Self { what: field.label().to_owned(), old, new, is_long }
            }
        }
    }

    fn sentence(what: String) -> Self {
        Self { what, old: String::new(), new: String::new(), is_long: false }
    }
}

/// «2 ч 10 мин», «3 дн 4 ч», «меньше минуты».
fn span(seconds: i64) -> String {
    let minutes = seconds / 60;
    match (minutes / 1440, minutes % 1440 / 60) {
        _ if minutes < 1 => "меньше минуты".to_owned(),
        (0, _) => russian::hours(minutes).trim_end_matches(" 0 мин").to_owned(),
        (days, 0) => format!("{days} дн"),
        (days, hours) => format!("{days} дн {hours} ч"),
    }
}

#[cfg(test)]
mod tests {
    use chrono::NaiveDateTime;

    use super::*;
    use crate::domain::id::AccountId;

    #[test]
    fn lengths_are_said_in_two_units() {
        let said = [59, 60, 3600, 7800, 86_400, 3 * 86_400 + 4 * 3600 + 60].map(span);
        assert_eq!(said, ["меньше минуты", "1 мин", "1 ч", "2 ч 10 мин", "1 дн", "3 дн 4 ч"]);
    }

    #[test]
    fn what_was_saved_together_is_one_line() {
        let row = |version, told: HistoryField, old: &str, new: &str| HistoryRow {
            at: NaiveDateTime::default(),
            told,
            old_value: Some(old.into()),
            new_value: Some(new.into()),
            version,
            account_id: AccountId(1),
            account: "Анна Белова".into(),
        };
        let rows = [
            row(Some(3), HistoryField::Field(Field::Result), "", "1240050"),
            row(Some(3), HistoryField::Field(Field::StatusOrder), "В работе", "Готово"),
            row(Some(2), HistoryField::Field(Field::Phone), "79001234567", "79001234568"),
            row(None, HistoryField::Happening(Happening::Created), "", "Ожидает"),
        ];
        let clocks =
            Clocks { now: NaiveDateTime::default(), business: chrono_tz::Europe::Moscow, cities: &[] };
        let lines = lines(&rows, &Lists::default(), &clocks);
        assert_eq!(lines.len(), 3);
        assert_eq!(lines[0].code, "done");
        assert_eq!(lines[0].changes[0].what, "Статус");
        assert_eq!(lines[0].changes[1].new, "12\u{a0}400,50 ₽");
        assert_eq!(
            (lines[0].changes[1].old.as_str(), lines[1].changes[0].old.as_str()),
            ("—", "+7 900 123-45-67")
        );
        assert_eq!(lines[2].changes[0].what, "Заказ создан");
    }
}
