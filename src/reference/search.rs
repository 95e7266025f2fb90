//! Finding lines of the reference: every typed word begins a word of the line or of its heading, folded as the search
//! of orders folds, in the Russian layout too when it was typed in the Latin one.

use super::markdown::{self, Line};
use crate::domain::search_words::{other_layout, words};

/// Lines shown at most.
const MOST: usize = 60;

/// A part of a found line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Piece {
    /// Its text.
    pub text: String,
    /// It is what was looked for.
    pub is_hit: bool,
}

/// A text that is searched.
#[derive(Clone, Debug)]
pub struct Text<'a> {
    /// What it is called.
    pub title: &'static str,
    /// Its address.
    pub href: String,
    /// The Markdown.
    pub body: &'a str,
}

/// A found line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Hit {
    /// What the text is called that it stands in.
    pub title: &'static str,
    /// The heading over it, or empty.
    pub heading: String,
    /// Leads to that heading.
    pub href: String,
    /// The line.
    pub pieces: Vec<Piece>,
}

/// The lines of `texts` that `query` means; none for a query without words.
pub fn find(texts: &[Text<'_>], query: &str) -> Vec<Hit> {
    let meant: Vec<Vec<String>> = std::iter::once(words(query))
        .chain(other_layout(query).map(|query| words(&query)))
        .filter(|words| !words.is_empty())
        .collect();
    let means = |here: &str| {
        let here = words(here);
        meant.iter().find(|typed| typed.iter().all(|t| here.iter().any(|word| word.starts_with(t))))
    };
    let mut hits = Vec::new();
    for text in texts {
        // What it is called leads to the whole of it.
        let whole = Line { heading: String::new(), id: String::new(), text: text.title.to_owned() };
        if let Some(typed) = means(text.title) {
            hits.push(hit(text, whole, typed));
        }
        for line in markdown::lines(text.body) {
            if let Some(typed) = means(&format!("{} {}", line.heading, line.text)) {
                hits.push(hit(text, line, typed));
            }
            if hits.len() == MOST {
                return hits;
            }
        }
    }
    hits
}

fn hit(text: &Text<'_>, line: Line, typed: &[String]) -> Hit {
    let mut pieces: Vec<Piece> = Vec::new();
    for word in line.text.split_inclusive(char::is_whitespace) {
        let is_hit = words(word).iter().any(|folded| typed.iter().any(|t| folded.starts_with(t)));
        match pieces.last_mut() {
            Some(last) if last.is_hit == is_hit => last.text.push_str(word),
            _ => pieces.push(Piece { text: word.to_owned(), is_hit }),
        }
    }
    let anchor = if line.id.is_empty() { String::new() } else { format!("#{}", line.id) };
    Hit { title: text.title, heading: line.heading, href: format!("{}{anchor}", text.href), pieces }
}

#[cfg(test)]
mod tests {
    use super::super::{ReferencePage, first_text};
    use super::*;

    #[test]
    fn a_line_is_found_by_beginnings_of_its_words_and_of_its_heading() {
        let body = "## Холодильники\n\n- Заправка 1 500\n- Утечка\n";
        let texts = [Text { title: "Прайс", href: "/reference/pricing".to_owned(), body }];
        let found = |query: &str| -> Vec<String> {
            let text = |hit: &Hit| hit.pieces.iter().map(|piece| piece.text.as_str()).collect();
            find(&texts, query).iter().map(text).collect()
        };
        assert_eq!(found("заправ"), ["Заправка 1 500"]);
        assert_eq!(found("холод утеч"), ["Утечка"]);
        assert_eq!(found("pfghfd"), ["Заправка 1 500"], "the other layout");
        assert!(found("").is_empty() && found("кран").is_empty());
        assert_eq!(found("прайс"), ["Прайс"], "what the text is called leads to the whole of it");
        let hit = &find(&texts, "заправка")[0];
        assert_eq!((hit.href.as_str(), hit.pieces[0].is_hit), ("/reference/pricing#h-1", true));
    }

    #[test]
    fn the_texts_the_program_comes_with_can_be_searched() {
        let texts: Vec<_> = ReferencePage::ALL
            .iter()
            .map(|page| Text { title: page.title(), href: page.href(), body: first_text(*page) })
            .collect();
        for query in ["термопаст", "дорого", "подшипник", "домофон", "спам"]
        {
            assert!(!find(&texts, query).is_empty(), "{query}");
        }
    }
}
