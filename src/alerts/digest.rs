//! The words of a message to somebody outside: for a bot, and for a letter with its two faces.

use askama::Template;

use super::Item;
use crate::domain::notice::NoticeKind;
use crate::domain::russian;

/// What is written.
pub struct Digest<'a> {
    /// What about.
    pub kind: NoticeKind,
    /// Its title; empty for that of its kind.
    pub title: &'a str,
    /// Its lines.
    pub items: &'a [Item],
    /// How many lines there would be.
    pub total: i64,
    /// It may have arrived already.
    pub is_again: bool,
    /// `https://crm.example`; empty when nobody has said how we are reached.
    pub address: &'a str,
}

#[derive(Template)]
#[template(path = "alerts/message.txt", escape = "none")]
struct Text<'a> {
    digest: &'a Digest<'a>,
    is_letter: bool,
}

#[derive(Template)]
#[template(path = "alerts/letter.html")]
struct Letter<'a> {
    digest: &'a Digest<'a>,
}

impl Digest<'_> {
    /// «Пропущенные звонки: 3».
    pub fn subject(&self) -> String {
        if !self.title.is_empty() {
            return self.title.to_owned();
        }
        match self.total {
            ..=1 => self.kind.label().to_owned(),
            total => format!("{}: {total}", self.kind.label()),
        }
    }

    /// For a bot: no markup.
    ///
    /// # Errors
    /// Of rendering.
    pub fn message(&self) -> askama::Result<String> {
        Ok(Text { digest: self, is_letter: false }.render()?.trim_end().to_owned())
    }

    /// For a letter: as text and as HTML.
    ///
    /// # Errors
    /// Of rendering.
    pub fn letter(&self) -> askama::Result<(String, String)> {
        Ok((Text { digest: self, is_letter: true }.render()?, Letter { digest: self }.render()?))
    }

    /// «и ещё 4»; empty when every line is there.
    fn rest(&self) -> String {
        let shown = i64::try_from(self.items.len()).unwrap_or(i64::MAX);
        if self.total > shown {
            format!("и ещё {}", russian::count((self.total - shown).unsigned_abs()))
        } else {
            String::new()
        }
    }

    /// Where it is seen to: the thing itself when there is one, all of its kind when there are several.
    fn link(&self) -> String {
        if self.address.is_empty() {
            return String::new();
        }
        let href = match self.items {
            [one] if self.total <= 1 && !one.href.is_empty() => &one.href,
            _ => self.kind.href(),
        };
        format!("{}{href}", self.address)
    }

    /// Where a line leads; empty when nowhere.
    fn link_of(&self, item: &Item) -> String {
        if self.address.is_empty() || item.href.is_empty() {
            return String::new();
        }
        format!("{}{}", self.address, item.href)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn item(text: &str, href: &str) -> Item {
        Item { text: text.to_owned(), href: href.to_owned() }
    }

    #[test]
    fn one_call_is_a_line_and_many_are_a_digest() {
        let one = [item("14:05, +7 905 •••-••-33, Саратов", "/calls/17")];
        let mut digest = Digest {
            kind: NoticeKind::Missed,
            title: "",
            items: &one,
            total: 1,
            is_again: false,
            address: "https://crm.example",
        };
        assert_eq!(
            digest.message().expect("words"),
            "Пропущенные звонки\n\n14:05, +7 905 •••-••-33, Саратов\n\nhttps://crm.example/calls/17"
        );
        let many = [item("раз", "/calls/1"), item("два", "/calls/2")];
        digest.items = &many;
        digest.total = 7;
        digest.is_again = true;
        let text = digest.message().expect("words");
        assert!(text.starts_with("Пропущенные звонки: 7\n\n• раз\n• два\nи ещё 5\n"), "{text}");
        assert!(text.contains("Повтор") && text.ends_with("https://crm.example/telephony/debts"), "{text}");
    }

    #[test]
    fn nothing_in_a_letter_is_markup() {
        let items = [item("Авито «<b>ПК</b>»: прокси не отвечает", "/admin/avito")];
        let digest = Digest {
            kind: NoticeKind::Source,
            title: "",
            items: &items,
            total: 1,
            is_again: false,
            address: "",
        };
        let (text, html) = digest.letter().expect("words");
        assert!(text.contains("<b>ПК</b>") && !html.contains("<b>ПК</b>"), "{html}");
        assert!(!html.contains("href=\""), "nobody has said how we are reached: {html}");
    }
}
