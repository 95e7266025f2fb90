//! Markdown as HTML and as lines to search in. What an admin types is text: HTML in it is shown as it was typed,
//! pictures are their words, links lead to pages, numbers and addresses of mail only.

use pulldown_cmark::{CowStr, Event, HeadingLevel, Options, Parser, Tag, TagEnd, html};

/// A heading of a text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Heading {
    /// The id of its element.
    pub id: String,
    /// Its words.
    pub text: String,
    /// True for those that structure the page: the first level of the text.
    pub is_main: bool,
}

/// A text as a browser shows it.
pub struct Rendered {
    /// Safe HTML, made here from escaped text and a fixed set of elements.
    pub html: askama::filters::Safe<String>,
    /// Its headings in order.
    pub headings: Vec<Heading>,
}

/// A paragraph, an item of a list or a row of a table, and the heading it stands under.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Line {
    /// The words of the heading, empty before the first.
    pub heading: String,
    /// The id of the heading, empty before the first.
    pub id: String,
    /// Plain text; cells of a row are apart by « · ».
    pub text: String,
}

fn events(text: &str) -> impl Iterator<Item = Event<'_>> {
    Parser::new_ext(text, Options::ENABLE_TABLES | Options::ENABLE_STRIKETHROUGH)
}

/// Whether a link may lead there: nowhere a script could be.
fn may_lead_to(url: &str) -> bool {
    let is_page = url.starts_with('/') && !url.starts_with("//") && !url.starts_with("/\\");
    is_page
        || url.starts_with('#')
        || ["https://", "http://", "tel:", "mailto:"].iter().any(|scheme| url.starts_with(scheme))
}

/// The text as HTML. Headings begin one level below the page's own; pictures are their words.
pub fn render(text: &str) -> Rendered {
    render_with(text, |_| None)
}

/// The text as HTML, with the pictures whose address `picture` knows.
pub fn render_with(text: &str, picture: impl Fn(&str) -> Option<String>) -> Rendered {
    let mut headings: Vec<Heading> = Vec::new();
    let mut is_in_heading = false;
    let (mut links, mut pictures): (Vec<bool>, Vec<bool>) = (Vec::new(), Vec::new());
    let mut made: Vec<Event<'_>> = Vec::new();
    for event in events(text) {
        match event {
            Event::Start(Tag::Heading { level, .. }) => {
                let id = format!("h-{}", headings.len() + 1);
                headings.push(Heading {
                    id: id.clone(),
                    text: String::new(),
                    is_main: level <= HeadingLevel::H2,
                });
                is_in_heading = true;
                let tag =
                    Tag::Heading { level: below(level), id: Some(id.into()), classes: vec![], attrs: vec![] };
                made.push(Event::Start(tag));
            }
            Event::End(TagEnd::Heading(level)) => {
                is_in_heading = false;
                made.push(Event::End(TagEnd::Heading(below(level))));
            }
            // Alignment would come as a style, which the page's policy refuses.
            Event::Start(Tag::Table(columns)) => {
                made.push(Event::Start(Tag::Table(vec![pulldown_cmark::Alignment::None; columns.len()])));
            }
            Event::Start(Tag::Image { dest_url, link_type, id, .. }) => {
                let address = picture(&dest_url);
                pictures.push(address.is_some());
                if let Some(address) = address {
                    let title = CowStr::from("");
                    made.push(Event::Start(Tag::Image { link_type, dest_url: address.into(), title, id }));
                }
            }
            Event::End(TagEnd::Image) => {
                if pictures.pop().unwrap_or_default() {
                    made.push(Event::End(TagEnd::Image));
                }
            }
            Event::Start(Tag::Link { dest_url, link_type, id, .. }) => {
                let leads = may_lead_to(&dest_url);
                links.push(leads);
                if leads {
                    made.push(Event::Start(Tag::Link { link_type, dest_url, title: CowStr::from(""), id }));
                }
            }
            Event::End(TagEnd::Link) => {
                if links.pop().unwrap_or_default() {
                    made.push(Event::End(TagEnd::Link));
                }
            }
            Event::Html(raw) | Event::InlineHtml(raw) => made.push(Event::Text(raw)),
            Event::Text(words) | Event::Code(words) if is_in_heading => {
                if let Some(heading) = headings.last_mut() {
                    heading.text.push_str(&words);
                }
                made.push(Event::Text(words));
            }
            Event::Text(words) => made.push(Event::Text(whole_numbers(&words).into())),
            other => made.push(other),
        }
    }
    let mut out = String::with_capacity(text.len() * 2);
    html::push_html(&mut out, made.into_iter());
    Rendered { html: askama::filters::Safe(out), headings }
}

/// «1 500» is one number: its groups of three digits are never parted at the end of a line.
fn whole_numbers(text: &str) -> String {
    let letters: Vec<char> = text.chars().collect();
    let is_digit = |at: usize| letters.get(at).is_some_and(char::is_ascii_digit);
    let is_inside = |at: usize| {
        at > 0 && is_digit(at - 1) && (1..=3).all(|step| is_digit(at + step)) && !is_digit(at + 4)
    };
    letters.iter().enumerate().map(|(at, c)| if *c == ' ' && is_inside(at) { '\u{a0}' } else { *c }).collect()
}

fn below(level: HeadingLevel) -> HeadingLevel {
    match level {
        HeadingLevel::H1 | HeadingLevel::H2 => HeadingLevel::H2,
        HeadingLevel::H3 => HeadingLevel::H3,
        other => other,
    }
}

/// The lines of the text, to be searched and shown one by one.
pub fn lines(text: &str) -> Vec<Line> {
    let (mut found, mut words) = (Vec::new(), String::new());
    let (mut heading, mut id, mut headings) = (String::new(), String::new(), 0);
    for event in events(text) {
        match event {
            Event::Start(Tag::Heading { .. }) => {
                headings += 1;
                words.clear();
            }
            Event::End(TagEnd::Heading(_)) => {
                heading = std::mem::take(&mut words).trim().to_owned();
                id = format!("h-{headings}");
            }
            Event::End(TagEnd::TableCell) => words.push_str(" · "),
            // The names of columns are no line of their own.
            Event::End(TagEnd::TableHead) => words.clear(),
            Event::End(TagEnd::Paragraph | TagEnd::Item | TagEnd::TableRow | TagEnd::CodeBlock) => {
                let line = std::mem::take(&mut words);
                let line = line.trim().trim_end_matches('·').trim();
                if !line.is_empty() {
                    found.push(Line { heading: heading.clone(), id: id.clone(), text: line.to_owned() });
                }
            }
            Event::Text(text) | Event::Code(text) | Event::Html(text) | Event::InlineHtml(text) => {
                words.push_str(&text);
            }
            Event::SoftBreak | Event::HardBreak => words.push(' '),
            _ => {}
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_typed_is_text_whatever_it_looks_like() {
        let nasty = "# <b>x</b>\n<script>alert(1)</script>\n\n[a](javascript:alert(1)) [b](//evil.example) \
                     [c](/orders) ![d](https://evil.example/x.png)\n\n| a | b |\n|:-:|--:|\n| <img src=x> | 2 |\n";
        let made = render(nasty).html.0;
        for bad in ["<script", "<b>", "javascript:", "evil.example", "<img", "style="] {
            assert!(!made.contains(bad), "{bad}: {made}");
        }
        assert!(made.contains("<a href=\"/orders\">c</a>") && made.contains("&lt;script&gt;"), "{made}");
    }

    #[test]
    fn headings_are_named_in_order_and_stand_below_the_pages_own() {
        let made = render("# Раз\n## Два `x`\n### Три\n");
        let names: Vec<(&str, &str, bool)> =
            made.headings.iter().map(|h| (h.id.as_str(), h.text.as_str(), h.is_main)).collect();
        assert_eq!(names, [("h-1", "Раз", true), ("h-2", "Два x", true), ("h-3", "Три", false)]);
        assert!(
            made.html.0.contains("<h2 id=\"h-1\">Раз</h2>") && !made.html.0.contains("<h1"),
            "{}",
            made.html.0
        );
    }

    #[test]
    fn a_number_stays_in_one_line() {
        assert_eq!(
            whole_numbers("от 1 500 до 12 345 678, дом 5 1234"),
            "от 1\u{a0}500 до 12\u{a0}345\u{a0}678, дом 5 1234"
        );
    }

    #[test]
    fn rows_items_and_paragraphs_are_lines_under_their_heading() {
        let text =
            "Вступление\n\n## Цены\n\n| Работа | От |\n|---|---|\n| Чистка | 1 500 |\n\n- раз\n- два\n";
        let lines: Vec<(String, String)> =
            lines(text).into_iter().map(|line| (line.heading, line.text)).collect();
        let line = |heading: &str, text: &str| (heading.to_owned(), text.to_owned());
        assert_eq!(
            lines,
            [
                line("", "Вступление"),
                line("Цены", "Чистка · 1 500"),
                line("Цены", "раз"),
                line("Цены", "два")
            ]
        );
    }
}
