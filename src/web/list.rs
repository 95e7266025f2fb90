//! What every list page shares: choices of a select, the page asked for, and the links to the other pages.

use super::form::Fields;
use crate::domain::russian;

/// One choice of a select.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Choice {
    /// What is sent.
    pub value: String,
    /// What is read.
    pub label: String,
}

impl Choice {
    /// A choice whose value is what people read.
    pub fn plain(name: impl Into<String>) -> Self {
        let value = name.into();
        Self { label: value.clone(), value }
    }

    /// Choices of names.
    pub fn all(names: &[String]) -> Vec<Self> {
        names.iter().map(Self::plain).collect()
    }

    /// Choices of ids with names.
    pub fn ids<T: std::fmt::Display>(rows: &[(T, String)]) -> Vec<Self> {
        rows.iter().map(|(id, name)| Self { value: id.to_string(), label: name.clone() }).collect()
    }
}

/// Rows are counted up to here; beyond, a list says «более чем 1 000». Each of them is read anew for every page.
pub const COUNTED_UP_TO: i64 = 1000;
const PER_PAGE: i64 = 50;
const MAX_PER_PAGE: i64 = 200;

/// Which rows of a list are wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Slice {
    /// Counts from 1.
    pub page: i64,
    /// Rows on a page.
    pub per_page: i64,
}

impl Slice {
    /// Reads `page` and `per_page`; nonsense is the first page of the usual length.
    pub fn of(fields: &Fields) -> Self {
        Self {
            page: fields.number("page").unwrap_or(1).clamp(1, 1_000_000),
            per_page: fields.number("per_page").unwrap_or(PER_PAGE).clamp(1, MAX_PER_PAGE),
        }
    }

    /// Rows before the wanted ones.
    pub fn offset(self) -> i64 {
        (self.page - 1) * self.per_page
    }
}

/// A link to a page of a list; without an address it is a gap.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PageLink {
    /// The page's number, or «…».
    pub label: String,
    /// Where to; empty for a gap.
    pub href: String,
    /// The page that is shown.
    pub is_current: bool,
}

/// The footer of a list.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pager {
    /// Number of the first row shown, 0 when there is none.
    pub from: i64,
    /// Number of the last row shown.
    pub to: i64,
    /// «148», or «более чем 1 000».
    pub total: String,
    /// Links to pages; empty when there is one page only.
    pub pages: Vec<PageLink>,
    /// Address of the page before, or empty.
    pub previous: String,
    /// Address of the page after, or empty.
    pub next: String,
}

impl Pager {
    /// The footer of `shown` rows out of `counted` (at most [`COUNTED_UP_TO`] + 1) at `path` with the filters
    /// in `fields`.
    pub fn new(path: &str, fields: &Fields, slice: Slice, shown: i64, counted: i64) -> Self {
        Self::bounded(path, fields, slice, (shown, counted), COUNTED_UP_TO)
    }

    /// [`Pager::new`] for a list whose rows were counted up to `bound` + 1: where each of them costs more.
    pub fn bounded(
        path: &str,
        fields: &Fields,
        slice: Slice,
        (shown, counted): (i64, i64),
        bound: i64,
    ) -> Self {
        let is_bounded = counted > bound;
        let href = |page: i64| {
            let mut fields = fields.clone();
            fields.set("page", &if page > 1 { page.to_string() } else { String::new() });
            let query = fields.encode();
            if query.is_empty() { path.to_owned() } else { format!("{path}?{query}") }
        };
        let last = (counted.min(bound) + slice.per_page - 1) / slice.per_page;
        let mut pages = Vec::new();
        if last > 1 || slice.page > 1 {
            let near = slice.page - 2..=slice.page + 2;
            let mut wanted: Vec<i64> =
                std::iter::once(1).chain(near).filter(|p| (1..=last.max(slice.page)).contains(p)).collect();
            if !is_bounded {
                wanted.push(last);
            }
            wanted.sort_unstable();
            wanted.dedup();
            let mut before = 0;
            for page in wanted {
                if page > before + 1 {
                    pages.push(PageLink { label: "…".to_owned(), href: String::new(), is_current: false });
                }
                pages.push(PageLink {
                    label: page.to_string(),
                    href: href(page),
                    is_current: page == slice.page,
                });
                before = page;
            }
        }
        let has_next = shown == slice.per_page && (is_bounded || slice.page < last);
        Self {
            from: if shown == 0 { 0 } else { slice.offset() + 1 },
            to: slice.offset() + shown,
            total: if is_bounded {
                format!("более чем {}", russian::count(bound.unsigned_abs()))
            } else {
                russian::count(counted.unsigned_abs())
            },
            pages,
            previous: if slice.page > 1 { href(slice.page - 1) } else { String::new() },
            next: if has_next { href(slice.page + 1) } else { String::new() },
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_page_needs_no_links() {
        let pager = Pager::new("/orders", &Fields::default(), Slice { page: 1, per_page: 50 }, 12, 12);
        assert!(pager.pages.is_empty() && pager.next.is_empty() && pager.previous.is_empty());
        assert_eq!((pager.from, pager.to, pager.total.as_str()), (1, 12, "12"));
    }

    #[test]
    fn links_keep_the_filters_and_the_first_page_has_a_plain_address() {
        let fields = Fields::from([("city", "Тверь"), ("page", "2")]);
        let pager = Pager::new("/orders", &fields, Slice::of(&fields), 50, 120);
        let labels: Vec<&str> = pager.pages.iter().map(|p| p.label.as_str()).collect();
        assert_eq!(labels, ["1", "2", "3"]);
        assert_eq!(pager.previous, "/orders?city=%D0%A2%D0%B2%D0%B5%D1%80%D1%8C");
        assert!(pager.next.ends_with("&page=3"));
    }

    #[test]
    fn a_list_without_end_says_so_and_goes_on() {
        let slice = Slice { page: 300, per_page: 50 };
        let pager = Pager::new("/orders", &Fields::default(), slice, 50, COUNTED_UP_TO + 1);
        assert_eq!(pager.total, "более чем 1\u{a0}000");
        assert!(!pager.next.is_empty());
    }
}
