//! JSON that is almost JSON: one odd character in a field nobody needs must not lose the whole notification. Only what
//! is read is mended; the stored bytes stay as they came.

use std::iter::Peekable;
use std::str::Chars;

/// What stands for half of a surrogate pair.
const UNKNOWN: &str = "\\ufffd";

/// The text without a mark at its beginning, with its lone surrogates replaced, raw control characters in strings as
/// spaces, and numbers no float holds as `null`.
pub(in crate::integrations) fn mended(json: &str) -> String {
    let mut mended = String::with_capacity(json.len());
    let mut rest = json.trim_start_matches('\u{feff}').chars().peekable();
    let mut in_text = false;
    while let Some(c) = rest.next() {
        match c {
            '"' => {
                in_text = !in_text;
                mended.push(c);
            }
            '\\' if in_text => escape(&mut rest, &mut mended),
            c if in_text && c.is_control() => mended.push(' '),
            '-' | '0'..='9' if !in_text => number(c, &mut rest, &mut mended),
            '\0' | '\u{feff}' => {}
            c => mended.push(c),
        }
    }
    mended
}

/// What follows a backslash in a text.
fn escape(rest: &mut Peekable<Chars>, mended: &mut String) {
    if rest.peek() != Some(&'u') {
        mended.push('\\');
        mended.extend(rest.next());
        return;
    }
    let Some(first) = unit(rest) else {
        // No four hex digits: the letter alone.
        rest.next();
        mended.push('u');
        return;
    };
    if (0xd800..0xdc00).contains(&first) {
        let mut ahead = rest.clone();
        let second = (ahead.next() == Some('\\')).then(|| unit(&mut ahead)).flatten();
        match second.filter(|second| (0xdc00..0xe000).contains(second)) {
            Some(second) => {
                mended.push_str(&format!("\\u{first:04x}\\u{second:04x}"));
                *rest = ahead;
            }
            None => mended.push_str(UNKNOWN),
        }
    } else if (0xdc00..0xe000).contains(&first) {
        mended.push_str(UNKNOWN);
    } else {
        mended.push_str(&format!("\\u{first:04x}"));
    }
}

/// Reads `uXXXX`; leaves `rest` as it is when it isn't one.
fn unit(rest: &mut Peekable<Chars>) -> Option<u32> {
    let mut ahead = rest.clone();
    if ahead.next() != Some('u') {
        return None;
    }
    let mut unit = 0;
    for _ in 0..4 {
        unit = unit * 16 + ahead.next()?.to_digit(16)?;
    }
    *rest = ahead;
    Some(unit)
}

fn number(first: char, rest: &mut Peekable<Chars>, mended: &mut String) {
    let mut number = first.to_string();
    while let Some(c) = rest.next_if(|c| c.is_ascii_digit() || "+-.eE".contains(*c)) {
        number.push(c);
    }
    let is_held = number.parse::<f64>().is_ok_and(f64::is_finite);
    mended.push_str(if is_held { &number } else { "null" });
}
