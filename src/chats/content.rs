//! What a message shows, out of what Avito sent: bounded, with addresses a browser may follow, and a neutral line for what
//! nobody knows.

use serde_json::Value;

use crate::integrations::avito::wire;

/// Letters of a text that are kept for showing and searching; Avito takes a thousand, others send what they like.
pub const MAX_KEPT: usize = 8000;
/// Longest address that is kept.
const MAX_URL: usize = 2000;

/// What a message shows.
#[derive(Clone, Debug, PartialEq)]
pub enum Content {
    /// Words.
    Text(String),
    /// A picture: its sizes, smallest first.
    Image(Vec<Picture>),
    /// An address; empty when it is none a browser should follow.
    Link {
        /// What is read.
        text: String,
        /// Where to.
        url: String,
        /// What the page calls itself, or empty.
        title: String,
    },
    /// An advertisement.
    Item {
        /// Its title.
        title: String,
        /// Its price, ready to be read.
        price: String,
        /// Its page, or empty.
        url: String,
    },
    /// A place.
    Location {
        /// Its address.
        text: String,
        /// Where it is, for a map.
        point: Option<(f64, f64)>,
    },
    /// A call through Avito that was not answered, or another one.
    Call {
        /// Nobody answered.
        is_missed: bool,
    },
    /// Speech, by Avito's id of it.
    Voice(String),
    /// A line of Avito's robots.
    System(String),
    /// Taken back.
    Deleted,
    /// Something whose content Avito keeps for itself: what it is.
    Elsewhere(&'static str),
    /// Something new, by Avito's word for it.
    Unknown(String),
}

/// One size of a picture.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Picture {
    /// Pixels.
    pub width: u32,
    /// Pixels.
    pub height: u32,
    /// Where it lies.
    pub url: String,
}

impl Content {
    /// Reads the content of a message of the kind Avito calls `word`.
    pub fn of(word: &str, content: &Value) -> Self {
        match wire::Content::of(word, content) {
            wire::Content::Text(said) => Self::Text(kept(&said)),
            wire::Content::Image(picture) => Self::Image(pictures(picture.sizes)),
            wire::Content::Link { text, url, title, .. } => Self::Link {
                text: first([kept(&text), kept(&url)]),
                url: safe_url(&url),
                title: kept(&title),
            },
            wire::Content::Item { title, price, url, .. } => Self::Item {
                title: first([kept(&title), "Объявление".to_owned()]),
                price: kept(&price),
                url: safe_url(&url),
            },
            wire::Content::Location { text, place, .. } => {
                let is_on_earth =
                    |(lat, lon): &(f64, f64)| (-90.0..=90.0).contains(lat) && (-180.0..=180.0).contains(lon);
                Self::Location {
                    text: first([kept(&text), "Место на карте".to_owned()]),
                    point: place.filter(is_on_earth),
                }
            }
            wire::Content::Call { status } => Self::Call { is_missed: status == "missed" },
            wire::Content::Voice { voice_id } => Self::Voice(kept(&voice_id)),
            wire::Content::System { text, .. } => {
                Self::System(first([kept(&text), "Сообщение Авито".to_owned()]))
            }
            wire::Content::Deleted => Self::Deleted,
            wire::Content::AppCall => Self::Elsewhere("Звонок в приложении"),
            wire::Content::File => Self::Elsewhere("Файл"),
            wire::Content::Video => Self::Elsewhere("Видео"),
            wire::Content::Unknown => match kept(content["text"].as_str().unwrap_or_default()) {
                said if said.is_empty() => Self::Unknown(clipped(word, 40)),
                said => Self::Text(said),
            },
        }
    }

    /// What is read in lists, searched by, and compared: one line of words, or what it is.
    pub fn words(&self) -> String {
        match self {
            Self::Text(said) | Self::System(said) => said.clone(),
            Self::Image(_) => "Фото".to_owned(),
            Self::Link { text, title, .. } if title.is_empty() => text.clone(),
            Self::Link { text, title, .. } => format!("{title} {text}"),
            Self::Item { title, price, .. } => format!("{title} {price}").trim().to_owned(),
            Self::Location { text, .. } => text.clone(),
            Self::Call { is_missed: true } => "Пропущенный звонок".to_owned(),
            Self::Call { is_missed: false } => "Звонок".to_owned(),
            Self::Voice(_) => "Голосовое сообщение".to_owned(),
            Self::Deleted => "Сообщение удалено".to_owned(),
            Self::Elsewhere(what) => (*what).to_owned(),
            Self::Unknown(word) => format!("Сообщение вида «{word}»"),
        }
    }
}

fn kept(text: &str) -> String {
    clipped(text, MAX_KEPT)
}

/// PostgreSQL stores no NUL, and nobody reads a megabyte.
fn clipped(text: &str, letters: usize) -> String {
    text.chars().filter(|c| *c != '\0').take(letters).collect()
}

fn first<const N: usize>(texts: [String; N]) -> String {
    texts.into_iter().find(|text| !text.trim().is_empty()).unwrap_or_default()
}

/// Sizes whose sides are known, smallest first.
fn pictures(sizes: Vec<(u32, u32, String)>) -> Vec<Picture> {
    sizes
        .into_iter()
        .filter(|(width, height, url)| *width > 0 && *height > 0 && url.len() <= MAX_URL)
        .map(|(width, height, url)| Picture { width, height, url })
        .collect()
}

/// An address a browser may follow: http and https only, `https://` where nothing is said; empty for anything else.
pub fn safe_url(url: &str) -> String {
    let url = url.trim();
    let is_odd = |c: char| c.is_whitespace() || c.is_control() || matches!(c, '"' | '<' | '>' | '\\' | '`');
    if url.is_empty() || url.len() > MAX_URL || url.contains(is_odd) {
        return String::new();
    }
    let lower = url.to_ascii_lowercase();
    if lower.starts_with("https://") || lower.starts_with("http://") {
        return url.to_owned();
    }
    // «javascript:…», «tel:…»: a scheme that is none of ours. «example.org:8080» has a dot before its colon.
    let host = url.split(['/', '?', '#']).next().unwrap_or_default();
    let name = host.split(':').next().unwrap_or_default();
    let is_host = name.contains('.') && !name.starts_with('.') && !name.contains('@');
    if is_host && !url.starts_with('/') { format!("https://{url}") } else { String::new() }
}

/// A piece of a text: words, or an address to follow.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece {
    /// Words.
    Words(String),
    /// What is read, and where to.
    Link(String, String),
}

/// A text with its addresses found.
pub fn pieces(text: &str) -> Vec<Piece> {
    let mut all: Vec<Piece> = Vec::new();
    let mut words = String::new();
    for part in text.split_inclusive(char::is_whitespace) {
        let bare = part.trim_end();
        let is_link = ["http://", "https://", "www."]
            .iter()
            .any(|begin| bare.get(..begin.len()).is_some_and(|start| start.eq_ignore_ascii_case(begin)));
        let link = bare.trim_end_matches(['.', ',', ';', ':', '!', '?', ')', '»']);
        let url = if is_link { safe_url(link) } else { String::new() };
        if url.is_empty() {
            words.push_str(part);
            continue;
        }
        if !words.is_empty() {
            all.push(Piece::Words(std::mem::take(&mut words)));
        }
        all.push(Piece::Link(link.to_owned(), url));
        words.push_str(part.get(link.len()..).unwrap_or_default());
    }
    if !words.is_empty() {
        all.push(Piece::Words(words));
    }
    all
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_kind_is_read_and_what_is_missing_does_no_harm() {
        for word in [
            "text", "image", "link", "item", "location", "call", "voice", "system", "deleted", "appCall",
            "file", "video", "hologram",
        ] {
            for content in [json!({}), json!(null), json!([]), json!({ word: null }), json!({ word: 17 })] {
                let _ = Content::of(word, &content).words();
            }
        }
        let sizes = json!({ "image": { "sizes": { "1280x960": "https://a/1", "32x32": "https://a/3", "x": 1, "axb": "" } } });
        let Content::Image(all) = Content::of("image", &sizes) else { panic!("a picture") };
        assert_eq!(all.iter().map(|p| p.width).collect::<Vec<_>>(), [32, 1280]);
        assert_eq!(Content::of("video", &json!({})).words(), "Видео");
        assert_eq!(Content::of("hologram", &json!({})).words(), "Сообщение вида «hologram»");
    }

    #[test]
    fn a_megabyte_is_cut_and_a_nul_left_out() {
        let Content::Text(kept) =
            Content::of("text", &json!({ "text": format!("a\0{}", "ы".repeat(1 << 20)) }))
        else {
            panic!("words")
        };
        assert_eq!(kept.chars().count(), MAX_KEPT);
        assert!(kept.starts_with('a'));
    }

    #[test]
    fn only_addresses_of_the_web_are_followed() {
        assert_eq!(safe_url("example.net"), "https://example.net");
        assert_eq!(safe_url("example.net:8080/a"), "https://example.net:8080/a");
        assert_eq!(safe_url("HTTP://a.ru/x"), "HTTP://a.ru/x");
        for bad in [
            "javascript:alert(1)",
            "data:text/html,x",
            "//evil.ru",
            "/a.b",
            "a b.ru",
            "me@a.ru",
            "",
            "a\".ru",
        ] {
            assert_eq!(safe_url(bad), "", "{bad}");
        }
    }

    #[test]
    fn addresses_inside_of_words_are_found() {
        assert_eq!(
            pieces("см. https://a.ru/x, или www.b.ru.\nДа"),
            [
                Piece::Words("см. ".into()),
                Piece::Link("https://a.ru/x".into(), "https://a.ru/x".into()),
                Piece::Words(", или ".into()),
                Piece::Link("www.b.ru".into(), "https://www.b.ru".into()),
                Piece::Words(".\nДа".into()),
            ]
        );
        assert_eq!(pieces("javascript:x <b>"), [Piece::Words("javascript:x <b>".into())]);
    }
}
