//! Clients' numbers for a browser that may not see them. What is read becomes «+7 900 ···-··-67»; what a form, a button
//! or an address carries becomes a sealed stand-in, which the door of forms opens again, so that dialling, searching
//! and saving work without the number. One place for every page: [`Mask::html`] goes over the finished HTML, and no
//! template can forget it.
//!
//! Left alone: our own lines, and what people typed into large fields (`textarea`), which would be saved masked.

pub mod queries;

use std::borrow::Cow;
use std::collections::HashSet;
use std::sync::Arc;

use secrecy::ExposeSecret;

use crate::domain::phone::Phone;
use crate::platform::secret::Cipher;

/// How a stand-in begins.
const STAND_IN: &str = "tel~";
/// What a stand-in is sealed for.
const PLACE: &str = "phone shown masked";
/// The end of the name of the field that goes with a masked one.
pub const OF: &str = "~of";
/// Attributes that people read or hear.
const READ: [&str; 8] = [
    "aria-label",
    "title",
    "alt",
    "placeholder",
    "data-confirm",
    "data-confirm-text",
    "aria-description",
    "content",
];
/// What stands before bare digits of a number that is carried, in whatever country it is.
const CARRIED: [&str; 6] = ["\"number\":\"", "&#34;number&#34;:&#34;", "number=", "phone=", "phones=", "q="];

/// What one browser may not see.
#[derive(Clone)]
pub struct Mask {
    lines: Arc<HashSet<String>>,
    cipher: Cipher,
}

impl Mask {
    /// Masks every number but `lines`, canonical digits of our own.
    pub fn new(lines: Arc<HashSet<String>>, cipher: Cipher) -> Self {
        Self { lines, cipher }
    }

    /// A text for people.
    pub fn text<'t>(&self, text: &'t str) -> Cow<'t, str> {
        replaced(&self.lines, text, false, Found::masked)
    }

    /// What is carried: an attribute no one reads, an address.
    pub fn carried<'t>(&self, text: &'t str) -> Cow<'t, str> {
        replaced(&self.lines, text, true, |found| stand_in(&self.cipher, &found.spelled))
    }

    /// A finished page or a part of one.
    pub fn html(&self, html: &str) -> String {
        let mut out = String::with_capacity(html.len() + html.len() / 16);
        let mut rest = html;
        while let Some(at) = rest.find('<') {
            out.push_str(&self.text(&rest[..at]));
            let end = tag_end(&rest[at..]) + at;
            let tag = &rest[at..end];
            self.tag(tag, &mut out);
            rest = &rest[end..];
            if tag.starts_with("<textarea") {
                let close = rest.find("</textarea").unwrap_or(rest.len());
                out.push_str(&rest[..close]);
                rest = &rest[close..];
            }
        }
        out.push_str(&self.text(rest));
        out
    }

    fn tag(&self, tag: &str, out: &mut String) {
        if !tag.bytes().any(|b| b.is_ascii_digit()) {
            out.push_str(tag);
            return;
        }
        let is_typed_in = tag.starts_with("<input")
            && !["hidden", "checkbox", "radio", "button", "submit"]
                .iter()
                .any(|kind| attribute(tag, "type") == Some(kind));
        let is_number = ["number", "phone"].iter().any(|name| attribute(tag, "name") == Some(name));
        let mut beside = String::new();
        let mut rest = tag;
        while let Some(at) = rest.find(['"', '\'']) {
            let quote = &rest[at..=at];
            let before = &rest[..at];
            out.push_str(before);
            out.push_str(quote);
            let value = &rest[at + 1..];
            let end = value.find(quote).unwrap_or(value.len());
            let (value, after) = value.split_at(end);
            let name = before.trim_end_matches('=').rsplit([' ', '\n', '\t']).next().unwrap_or_default();
            if READ.contains(&name) {
                out.push_str(&self.text(value));
            } else if name == "value" && is_typed_in {
                let shown = self.text(value);
                if let (Cow::Owned(_), Some(field)) = (&shown, attribute(tag, "name")) {
                    let own = |name: &str, end: &str| {
                        attribute(tag, name).map(|v| format!(" {name}=\"{v}{end}\"")).unwrap_or_default()
                    };
                    beside = format!(
                        "<input type=\"hidden\" name=\"{field}{OF}\" value=\"{}\"{}{}>",
                        stand_in(&self.cipher, value),
                        own("id", "-of"),
                        own("form", ""),
                    );
                }
                out.push_str(&shown);
            } else if name == "value" && is_number && is_bare(value) && !self.lines.contains(value) {
                out.push_str(&stand_in(&self.cipher, value));
            } else {
                out.push_str(&self.carried(value));
            }
            rest = after.get(1..).map_or("", |rest| {
                out.push_str(quote);
                rest
            });
        }
        out.push_str(rest);
        out.push_str(&beside);
    }
}

/// The text with every number in it but `lines` written anew.
fn replaced<'t>(
    lines: &HashSet<String>,
    text: &'t str,
    is_carried: bool,
    with: impl Fn(&Found) -> String,
) -> Cow<'t, str> {
    let mut out = String::new();
    let mut from = 0;
    let mut at = 0;
    let bytes = text.as_bytes();
    while at < bytes.len() {
        let begins = matches!(bytes[at], b'0'..=b'9' | b'+' | b'%' | b'(');
        let found = if begins { found_at(text, at, is_carried) } else { None };
        match found {
            Some(found) if !lines.contains(&found.digits) => {
                out.push_str(&text[from..at]);
                out.push_str(&with(&found));
                at = found.end;
                from = at;
            }
            Some(found) => at = found.end,
            None => {
                // The rest of a run of digits is no number of its own.
                at += 1;
                while bytes[at - 1].is_ascii_digit() && at < bytes.len() && bytes[at].is_ascii_digit() {
                    at += 1;
                }
            }
        }
    }
    if from == 0 {
        return Cow::Borrowed(text);
    }
    out.push_str(&text[from..]);
    Cow::Owned(out)
}

/// A number in a text.
struct Found {
    /// Where it ends.
    end: usize,
    /// Canonical digits.
    digits: String,
    /// As it stood there, percent signs read.
    spelled: String,
    /// The country stood elsewhere.
    is_local: bool,
}

impl Found {
    /// «+7 900 ···-··-67».
    fn masked(&self) -> String {
        let shown = masked(&self.digits);
        match shown.strip_prefix("+7 ") {
            Some(local) if self.is_local => local.to_owned(),
            _ => shown,
        }
    }
}

/// Stored digits as they are shown where the number is not.
pub fn masked(digits: &str) -> String {
    let tail = &digits[digits.len().saturating_sub(2)..];
    match digits.len() {
        11 if digits.starts_with('7') => format!("+7 {} ···-··-{tail}", &digits[1..4]),
        0..6 => digits.to_owned(),
        _ => format!("+{}·····{tail}", &digits[..3]),
    }
}

fn stand_in(cipher: &Cipher, spelled: &str) -> String {
    format!("{STAND_IN}{}", cipher.seal_alike(PLACE, spelled))
}

/// The text with every stand-in as what it stands for.
pub fn opened<'t>(cipher: &Cipher, text: &'t str) -> Cow<'t, str> {
    opened_as(cipher, text, str::to_owned)
}

/// [`opened`] in an address: what it stands for is encoded.
pub fn opened_in_address<'t>(cipher: &Cipher, address: &'t str) -> Cow<'t, str> {
    opened_as(cipher, address, |spelled| form_urlencoded::byte_serialize(spelled.as_bytes()).collect())
}

fn opened_as<'t>(cipher: &Cipher, text: &'t str, spell: impl Fn(&str) -> String) -> Cow<'t, str> {
    if !text.contains(STAND_IN) {
        return Cow::Borrowed(text);
    }
    let mut out = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(STAND_IN) {
        let sealed = &rest[at + STAND_IN.len()..];
        let end = sealed.find(|c: char| !c.is_ascii_hexdigit()).unwrap_or(sealed.len());
        out.push_str(&rest[..at]);
        match cipher.open(PLACE, &sealed[..end]) {
            Some(spelled) => out.push_str(&spell(spelled.expose_secret())),
            None => out.push_str(&rest[at..at + STAND_IN.len() + end]),
        }
        rest = &sealed[end..];
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// Whether `typed` is what a browser was shown for `spelled`, so that nobody has typed anything.
pub fn is_shown_for(typed: &str, spelled: &str) -> bool {
    typed.contains('·') && replaced(&HashSet::new(), spelled, false, Found::masked).trim() == typed.trim()
}

/// The end of a tag, quotes heeded.
fn tag_end(text: &str) -> usize {
    let mut quote = None;
    for (at, c) in text.char_indices() {
        match (quote, c) {
            (None, '>') => return at + 1,
            (None, '"' | '\'') => quote = Some(c),
            (Some(open), c) if c == open => quote = None,
            _ => {}
        }
    }
    text.len()
}

/// The value of an attribute of a tag.
fn attribute<'t>(tag: &'t str, name: &str) -> Option<&'t str> {
    let wanted = format!("{name}=\"");
    tag.match_indices(&wanted).find_map(|(at, _)| {
        let is_whole = tag[..at].ends_with([' ', '\n', '\t']);
        let value = &tag[at + wanted.len()..];
        is_whole.then(|| &value[..value.find('"').unwrap_or(value.len())])
    })
}

/// Digits a number may be, and nothing else.
fn is_bare(value: &str) -> bool {
    (8..=15).contains(&value.len()) && value.bytes().all(|b| b.is_ascii_digit())
}

/// What may stand between the digits of a number, at `at`: how many bytes it takes.
fn between(text: &str, at: usize) -> usize {
    let rest = &text[at..];
    for gap in [" ", "-", "(", ")", "\u{a0}", "\u{2011}", "\u{2013}", "%20", "%28", "%29", "%C2%A0"] {
        if rest.starts_with(gap) {
            return gap.len();
        }
    }
    // A plus is a space in an address.
    usize::from(rest.starts_with('+'))
}

/// The number that begins at `start`, if one does.
fn found_at(text: &str, start: usize, is_carried: bool) -> Option<Found> {
    let before = text[..start].chars().next_back();
    if before.is_some_and(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | '.' | '~' | '#')) {
        return None;
    }
    let bytes = text.as_bytes();
    let plus = match &text[start..] {
        rest if rest.starts_with("%2B") || rest.starts_with("%2b") => 3,
        rest if rest.starts_with('+') => 1,
        _ => 0,
    };
    let (mut digits, mut at) = (String::new(), start + plus);
    // How many digits stand together, group after group.
    let mut groups: Vec<usize> = Vec::new();
    let mut gaps = 0;
    while at < bytes.len() && digits.len() < 16 {
        if bytes[at].is_ascii_digit() {
            digits.push(char::from(bytes[at]));
            at += 1;
            match groups.last_mut() {
                Some(group) if gaps == 0 => *group += 1,
                _ => groups.push(1),
            }
            gaps = 0;
            let is_over = at >= bytes.len() || !bytes[at].is_ascii_digit();
            if is_over && is_number(&digits, plus > 0, &groups, is_carried) {
                let follows = text[at..].chars().next();
                if follows.is_some_and(|c| c.is_ascii_alphabetic() || c == '_') {
                    return None;
                }
                let spelled = spelled(&text[start..at]);
                let is_local = plus == 0 && digits.len() == 10;
                let canonical = match Phone::parse(&spelled) {
                    Some(phone) => phone.digits().to_owned(),
                    None => digits,
                };
                return Some(Found { end: at, digits: canonical, spelled, is_local });
            }
            continue;
        }
        let gap = between(text, at);
        gaps += 1;
        if gap == 0 || gaps > 2 || (digits.is_empty() && plus == 0 && bytes[at] != b'(') {
            break;
        }
        at += gap;
    }
    // Bare digits of another country, where something says that a number is carried.
    let run = text[start..].bytes().take_while(u8::is_ascii_digit).count();
    let is_said = is_carried && CARRIED.iter().any(|said| text[..start].ends_with(said));
    (is_said && is_bare(&text[start..start + run])).then(|| {
        let digits = text[start..start + run].to_owned();
        Found { end: start + run, spelled: digits.clone(), digits, is_local: false }
    })
}

/// How the ten digits of a Russian number are put into groups.
const SHAPES: [&[usize]; 6] = [&[10], &[3, 7], &[3, 3, 4], &[3, 3, 2, 2], &[3, 2, 2, 3], &[3, 2, 5]];

/// Whether digits in these groups are a client's number.
fn is_number(digits: &str, plus: bool, groups: &[usize], is_carried: bool) -> bool {
    let is_home = digits.starts_with(['7', '8']);
    match groups {
        [11] => is_home || plus,
        // +7 900 123-45-67, 8 (900) 123 45 67
        [1, rest @ ..] => is_home && digits.len() == 11 && SHAPES.contains(&rest),
        [4, 7] | [4, 3, 4] | [4, 3, 2, 2] => is_home,
        // Ten digits alone are many things where nobody reads them.
        [10] => plus || (digits.starts_with('9') && !is_carried),
        [9 | 12..=15] => plus,
        // 900 123-45-67, beside its country
        local => SHAPES.contains(&local),
    }
}

fn spelled(text: &str) -> String {
    if !text.contains('%') {
        return text.to_owned();
    }
    let line = format!("x={text}");
    form_urlencoded::parse(line.as_bytes()).next().map(|(_, value)| value.into_owned()).unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask() -> Mask {
        let lines = HashSet::from(["78452000101".to_owned()]);
        Mask::new(Arc::new(lines), Cipher::new(&"k".repeat(32).into()))
    }

    #[test]
    fn every_spelling_of_a_number_is_masked_and_nothing_else() {
        for (text, shown) in [
            ("Звонил +7 900 123-45-67 дважды", "Звонил +7 900 ···-··-67 дважды"),
            ("79001234567", "+7 900 ···-··-67"),
            ("мой 8 (900) 123-45-67, жду", "мой +7 900 ···-··-67, жду"),
            ("900 123-45-67", "900 ···-··-67"),
            ("тел9001234567", "тел900 ···-··-67"),
            ("+375291234567", "+375·····67"),
            ("+12125551234, +3725012345", "+121·····34, +372·····45"),
            ("8900 123-45-67", "+7 900 ···-··-67"),
            ("+7 845 200-01-01", "+7 845 200-01-01"),
            ("78452000101", "78452000101"),
            ("заказ 12345, 15 000 ₽, 23.11.2026 14:05, 1764547200, 7 10 15 20 25 30", ""),
            ("a79001234567b 1.79001234567", ""),
        ] {
            let wanted = if shown.is_empty() { text } else { shown };
            assert_eq!(mask().text(text), wanted);
        }
    }

    #[test]
    fn what_is_carried_comes_back_as_it_was() {
        let mask = mask();
        for carried in
            ["79001234567", "/orders/new?phone=%2B7%20900%20123-45-67&x=1", "{\"number\":\"375291234567\"}"]
        {
            let sealed = mask.carried(carried);
            assert!(!sealed.contains("12345") && !sealed.contains("123-45"), "{sealed}");
            let read = |text: &str| text.replace("%2B", "+").replace("%20", " ");
            assert_eq!(opened(&mask.cipher, &sealed), read(carried));
            assert_eq!(mask.carried(carried), sealed, "the same number is the same stand-in");
        }
        assert_eq!(opened(&mask.cipher, "tel~00ff x"), "tel~00ff x", "nobody's stand-in stays what it is");
    }

    #[test]
    fn a_page_keeps_its_shape_and_loses_the_number() {
        let html = "<p title=\"+7 900 123-45-67\">900 123-45-67 > <a href='/orders?q=79001234567'>x</a>\
            <button hx-vals='{\"number\":\"79001234567\"}' aria-label=\"Позвонить +7 900 123-45-67\">1</button>\
            <input id=\"n-phone\" type=\"tel\" name=\"phone\" value=\"+7 900 123-45-67\">\
            <input type=\"hidden\" name=\"number\" value=\"375291234567\">\
            <textarea name=\"comment\">+7 900 123-45-67</textarea><i>+7 845 200-01-01</i>";
        let mask = mask();
        let shown = mask.html(html);
        let typed = "<textarea name=\"comment\">+7 900 123-45-67</textarea>";
        let left = shown.replace(typed, "");
        assert!(!left.contains("1234567") && !left.contains("123-45"), "{shown}");
        assert!(shown.contains(typed) && shown.contains("title=\"+7 900 ···-··-67\">900 ···-··-67 > "));
        assert!(
            shown.contains(
                "name=\"phone\" value=\"+7 900 ···-··-67\"><input type=\"hidden\" name=\"phone~of\""
            )
        );
        assert!(shown.contains("id=\"n-phone-of\"") && shown.contains("+7 845 200-01-01"));
        assert!(is_shown_for("+7 900 ···-··-67", "+7 900 123-45-67"));
        assert!(!is_shown_for("+7 900 ···-··-68", "+7 900 123-45-67") && !is_shown_for("+7", "+7"));
        assert_eq!(mask.html("<b>ничего</b>"), "<b>ничего</b>");
    }
}
