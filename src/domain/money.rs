//! Money as a person types it, read into kopecks. How it is written is `words::roubles`; what that writes, this
//! reads back.

use std::fmt;

/// The largest sum a repair can cost, in kopecks: 10 000 000 ₽. More is a slip of the finger.
pub const MAX_KOPECKS: i64 = 1_000_000_000;

/// Why a text is no sum of money; its words are for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MoneyError {
    /// Nothing was typed.
    Empty,
    /// Letters, signs, or no digit where one must be.
    NotANumber,
    /// Below zero.
    Negative,
    /// More than two digits after the point, or none.
    Kopecks,
    /// Spaces that do not part thousands, as in `12 40`.
    Grouping,
    /// More than [`MAX_KOPECKS`].
    TooMuch,
}

impl fmt::Display for MoneyError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Empty => "Напишите сумму",
            Self::NotANumber => "Напишите сумму цифрами, например 12 400,50",
            Self::Negative => "Сумма не может быть меньше нуля",
            Self::Kopecks => "После запятой — одна или две цифры, это копейки",
            Self::Grouping => "Проверьте пробелы: они отделяют тысячи по три цифры",
            Self::TooMuch => "Сумма больше 10 млн ₽, проверьте цифры",
        })
    }
}

impl std::error::Error for MoneyError {}

/// The kopecks of «12 400,50», «12400.5», «12 400 ₽»: whole roubles with or without spaces between thousands
/// (no-break and thin ones too), a comma or a point, up to two digits of kopecks, a rouble sign at the end.
///
/// # Errors
/// What is wrong, in words for the field.
pub fn parse(text: &str) -> Result<i64, MoneyError> {
    let text = text.trim();
    let text = text.strip_suffix('₽').unwrap_or(text).trim_end();
    if text.is_empty() {
        return Err(MoneyError::Empty);
    }
    if let Some(rest) = text.strip_prefix(['-', '−', '–']) {
        // «-» before anything but a sum is no sum either.
        return Err(parse(rest).map_or_else(|error| error, |_| MoneyError::Negative));
    }
    let (whole, kopecks) = match text.split_once([',', '.']) {
        Some((whole, kopecks)) => (whole, Some(kopecks)),
        None => (text, None),
    };
    let roubles = whole_roubles(whole)?;
    let kopecks = kopecks.map_or(Ok(0), self::kopecks)?;
    let sum = roubles.checked_mul(100).and_then(|sum| sum.checked_add(kopecks));
    sum.filter(|sum| *sum <= MAX_KOPECKS).ok_or(MoneyError::TooMuch)
}

fn whole_roubles(text: &str) -> Result<i64, MoneyError> {
    let groups: Vec<&str> = text.split(char::is_whitespace).collect();
    if groups.iter().any(|group| !group.bytes().all(|b| b.is_ascii_digit())) || groups[0].is_empty() {
        return Err(MoneyError::NotANumber);
    }
    let is_grouped = groups.len() == 1 || (groups[0].len() <= 3 && groups[1..].iter().all(|g| g.len() == 3));
    if !is_grouped {
        return Err(MoneyError::Grouping);
    }
    // Digits only, so the one way to fail is to be too long.
    groups.concat().parse().map_err(|_| MoneyError::TooMuch)
}

fn kopecks(text: &str) -> Result<i64, MoneyError> {
    if !text.bytes().all(|b| b.is_ascii_digit()) {
        return Err(MoneyError::NotANumber);
    }
    let digits: i64 = match text.len() {
        1 | 2 => text.parse().map_err(|_| MoneyError::NotANumber)?,
        _ => return Err(MoneyError::Kopecks),
    };
    Ok(if text.len() == 1 { digits * 10 } else { digits })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn sums_are_read_however_people_write_them() {
        for (text, kopecks) in [
            ("12 400,50", 1_240_050),
            ("12400.5", 1_240_050),
            ("12 400 ₽", 1_240_000),
            ("12\u{a0}400\u{a0}₽", 1_240_000),
            ("12\u{202f}400", 1_240_000),
            ("  500  ", 50_000),
            ("0", 0),
            ("0,05", 5),
            ("007", 700),
            ("10 000 000", MAX_KOPECKS),
        ] {
            assert_eq!(parse(text), Ok(kopecks), "{text:?}");
        }
    }

    #[test]
    fn what_is_no_sum_is_refused_with_the_reason() {
        use MoneyError::*;
        for (text, error) in [
            ("", Empty),
            ("  ₽", Empty),
            ("-5", Negative),
            ("−12 400,50", Negative),
            ("-", Empty),
            ("--5", Negative),
            ("тысяча", NotANumber),
            ("12к", NotANumber),
            ("1e5", NotANumber),
            ("1,5р", NotANumber),
            ("+5", NotANumber),
            ("1,2,3", NotANumber),
            (",50", NotANumber),
            ("٥", NotANumber),
            ("12,", Kopecks),
            ("12,345", Kopecks),
            ("12.400", Kopecks),
            ("12 40", Grouping),
            ("1240 000", Grouping),
            ("1  000", Grouping),
            ("10 000 000,01", TooMuch),
            ("99999999999999999999", TooMuch),
            ("92233720368547758", TooMuch),
        ] {
            assert_eq!(parse(text), Err(error), "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn what_is_written_is_read_back(kopecks in 0..=MAX_KOPECKS) {
            prop_assert_eq!(parse(&crate::domain::russian::roubles(kopecks)), Ok(kopecks));
            prop_assert_eq!(parse(&format!("{},{:02} ₽", kopecks / 100, kopecks % 100)), Ok(kopecks));
        }

        #[test]
        fn nothing_typed_can_break_it(text in ".{0,40}") {
            if let Ok(kopecks) = parse(&text) {
                prop_assert!((0..=MAX_KOPECKS).contains(&kopecks));
            }
        }
    }
}
