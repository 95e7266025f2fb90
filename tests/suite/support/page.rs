//! An answer, asked by selectors and meaning.

use reqwest::RequestBuilder;
use reqwest::header::HeaderMap;
use scraper::{Html, Selector};

/// An answer of the server.
#[derive(Debug)]
pub struct Page {
    /// HTTP status.
    pub status: u16,
    /// Headers.
    pub headers: HeaderMap,
    /// Body as it came.
    pub body: String,
}

impl Page {
    /// Sends a request and reads the whole answer.
    pub async fn of(request: RequestBuilder) -> Self {
        let response = request.send().await.expect("an answer");
        let (status, headers) = (response.status().as_u16(), response.headers().clone());
        Self { status, headers, body: response.text().await.expect("a readable body") }
    }

    /// A header's value, empty when absent.
    pub fn header(&self, name: &str) -> &str {
        self.headers.get(name).and_then(|v| v.to_str().ok()).unwrap_or_default()
    }

    /// Texts of everything `selector` finds, spaces folded.
    pub fn texts(&self, selector: &str) -> Vec<String> {
        let wanted = Selector::parse(selector).expect("a selector");
        let document = Html::parse_document(&self.wrapped());
        document.select(&wanted).map(|e| folded(&e.text().collect::<String>())).collect()
    }

    /// The text of the first element `selector` finds.
    ///
    /// # Panics
    /// When there is none, showing the page.
    pub fn text_of(&self, selector: &str) -> String {
        let texts = self.texts(selector);
        texts.into_iter().next().unwrap_or_else(|| panic!("no {selector} in:\n{}", self.body))
    }

    /// How many elements `selector` finds.
    pub fn count(&self, selector: &str) -> usize {
        self.texts(selector).len()
    }

    /// True when `selector` finds something.
    pub fn has(&self, selector: &str) -> bool {
        self.count(selector) > 0
    }

    /// An attribute of the first element `selector` finds.
    pub fn attr(&self, selector: &str, name: &str) -> Option<String> {
        let wanted = Selector::parse(selector).expect("a selector");
        let document = Html::parse_document(&self.wrapped());
        document.select(&wanted).next().and_then(|e| e.value().attr(name).map(str::to_owned))
    }

    /// Text and target of every link `selector` finds.
    pub fn links(&self, selector: &str) -> Vec<(String, String)> {
        let wanted = Selector::parse(selector).expect("a selector");
        let document = Html::parse_document(&self.wrapped());
        let link = |e: scraper::ElementRef<'_>| {
            let target = e.value().attr("href").unwrap_or_default().to_owned();
            (folded(&e.text().collect::<String>()), target)
        };
        document.select(&wanted).map(link).collect()
    }

    /// All text of the answer, spaces folded.
    pub fn text(&self) -> String {
        self.texts("body").join(" ")
    }

    /// True for a part of a page rather than a page.
    pub fn is_fragment(&self) -> bool {
        !self.body.contains("<html")
    }

    /// Rows and cells alone are not HTML to a parser; inside a table they are.
    fn wrapped(&self) -> String {
        let start = self.body.trim_start();
        let is_rows = ["<tr", "<td", "<tbody"].iter().any(|tag| start.starts_with(tag));
        if is_rows { format!("<table>{}</table>", self.body) } else { self.body.clone() }
    }
}

fn folded(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
