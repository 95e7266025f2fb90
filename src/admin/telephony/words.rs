//! What the page says: reasons, ages, the mask of a key.

use crate::domain::russian;
use crate::integrations::mango::queries::FailedEvent;
use crate::integrations::mango::wire::{self, WireError};

/// Why a notification failed, in words; the log has the program's own.
pub(super) fn reason(event: &FailedEvent) -> String {
    match wire::parse(&event.path, &event.body) {
        Err(WireError::Json(_)) => "Это не JSON или он слишком глубоко вложен.".to_owned(),
        Err(WireError::NotAnObject) => "JSON не содержит полей.".to_owned(),
        Err(WireError::Missing(field)) => format!("Нет поля {field}."),
        Err(WireError::Unreadable(field)) => format!("В поле {field} недопустимое значение."),
        Err(WireError::TooLong(field, max)) => format!("Поле {field} длиннее {max} байт."),
        Err(WireError::UnknownState(state)) => format!("Неизвестное состояние «{state}»."),
        Ok(_) => format!("Не записалось в базу: {}.", event.error.as_deref().unwrap_or("причина неизвестна")),
    }
}

/// Enough of a key to tell one from another.
pub(super) fn masked(key: &str) -> String {
    let chars: Vec<char> = key.chars().collect();
    if chars.len() < 12 {
        return "••••".to_owned();
    }
    let part = |of: &[char]| of.iter().collect::<String>();
    format!("{}…{}", part(&chars[..4]), part(&chars[chars.len() - 4..]))
}

/// «только что», «5 минут назад», «2 часа назад», «3 дня назад».
pub(super) fn ago(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or(0);
    match russian::lasting(seconds) {
        length if length.is_empty() => "только что".to_owned(),
        length => format!("{length} назад"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_key_is_recognised_but_not_given_away() {
        assert_eq!(masked("devkey00000000000000000000000001"), "devk…0001");
        assert_eq!(masked("короткий"), "••••");
    }

    #[test]
    fn age_is_told_in_words() {
        for (seconds, words) in [
            (-5, "только что"),
            (59, "только что"),
            (60, "1 минуту назад"),
            (7200, "2 часа назад"),
            (5 * 86_400, "5 дней назад"),
        ] {
            assert_eq!(ago(seconds), words);
        }
    }
}
