//! The bar over the list as it is shown: filters that have a name, the choice of columns, the way out as a file.

use super::columns::{Key, Layout};
use super::filter::{OrderFilter, address};
use crate::domain::id::{AccountId, SavedFilterId};
use crate::domain::person::Person;
use crate::platform::db::Db;
use crate::tables::layout::Column;
use crate::tables::queries::saved_filters;
use crate::web::form::Fields;

/// The list among the pages that keep filters.
pub const PAGE: &str = "orders";
/// The fields of an address that make a filter, in the order in which they are written.
const FILTERS: [&str; 14] = [
    "q",
    "status",
    "city",
    "master",
    "equipment",
    "rk",
    "slot",
    "meeting_from",
    "meeting_to",
    "closed_from",
    "closed_to",
    "created_from",
    "created_to",
    "sort",
];

/// What an address filters by, always written the same way: two addresses with the same rows have the same essence.
pub fn essence(fields: &Fields) -> String {
    let mut kept = Fields::default();
    for name in FILTERS {
        let mut values = fields.all(name);
        values.sort();
        values.iter().for_each(|value| kept.push(name, value));
    }
    kept.encode()
}

/// The bar.
#[derive(Debug, Default)]
pub struct Bar {
    /// The person's filters.
    pub chips: Vec<Chip>,
    /// The list without a filter.
    pub everything: String,
    /// No filter is on.
    pub is_everything: bool,
    /// What is shown has no name yet.
    pub can_save: bool,
    /// The address of the list behind its «?»: what the forms of the bar come back to.
    pub query: String,
    /// Columns to choose from.
    pub columns: Vec<Column<Key>>,
    /// The columns are not as they usually are.
    pub is_arranged: bool,
    /// Where the files are; only for those who may have them.
    pub exports: Vec<(&'static str, String)>,
    /// What was wrong with the last form of the bar, and what was typed.
    pub refusal: Option<Refusal>,
}

/// A form of the bar that was not accepted.
#[derive(Clone, Debug)]
pub struct Refusal {
    /// The filter to be renamed; none for a new one.
    pub id: Option<SavedFilterId>,
    /// What was typed.
    pub name: String,
    /// What is wrong.
    pub why: String,
}

/// A filter with its name.
#[derive(Debug)]
pub struct Chip {
    /// Its id.
    pub id: SavedFilterId,
    /// Its name.
    pub name: String,
    /// The list filtered.
    pub href: String,
    /// It is what the list shows.
    pub is_current: bool,
    /// Opens with the list.
    pub is_default: bool,
}

impl Bar {
    /// The bar over the list of `fields`.
    pub fn load(
        db: &mut Db,
        person: &Owner,
        fields: &Fields,
        layout: &Layout,
        refusal: Option<Refusal>,
    ) -> diesel::QueryResult<Self> {
        let now = essence(fields);
        let saved = saved_filters::all(db, PAGE, person.id)?;
        let has_default = saved.iter().any(|filter| filter.is_default);
        let at = |query: &str| {
            let mut to = Fields::parse(query.as_bytes());
            for name in ["per_page", "slots_day", "slots_city"] {
                to.set(name, fields.text(name));
            }
            to
        };
        let chips: Vec<Chip> = saved
            .into_iter()
            .map(|filter| Chip {
                href: address(&at(&filter.query)),
                is_current: filter.query == now,
                id: filter.id,
                name: filter.name,
                is_default: filter.is_default,
            })
            .collect();
        let mut everything = at("");
        // Without it the bare address would lead back to the default.
        everything.set("all", if has_default { "1" } else { "" });
        let exports = match person.is_admin {
            false => Vec::new(),
            true => ["csv", "xlsx"]
                .map(|format| {
                    let mut to = Fields::parse(now.as_bytes());
                    to.set("format", format);
                    (
                        if format == "csv" { "CSV" } else { "Excel (XLSX)" },
                        format!("/orders/export?{}", to.encode()),
                    )
                })
                .into(),
        };
        Ok(Self {
            can_save: !now.is_empty() && !chips.iter().any(|chip| chip.is_current),
            is_everything: !OrderFilter::of(fields).narrows(),
            everything: address(&everything),
            query: fields.encode(),
            columns: layout.choices(),
            is_arranged: !layout.is_usual(),
            exports,
            chips,
            refusal,
        })
    }

    /// The filter that is shown, if it has a name.
    pub fn current(&self) -> Option<&Chip> {
        self.chips.iter().find(|chip| chip.is_current)
    }

    /// What was wrong with the form of a new filter.
    pub fn refused_new(&self) -> Option<&Refusal> {
        self.refusal.as_ref().filter(|refusal| refusal.id.is_none())
    }

    /// What was wrong with the form of the filter `id`.
    pub fn refused(&self, id: &SavedFilterId) -> Option<&Refusal> {
        self.refusal.as_ref().filter(|refusal| refusal.id == Some(*id))
    }
}

/// Whose list it is.
#[derive(Clone, Copy, Debug)]
pub struct Owner {
    /// The account.
    pub id: AccountId,
    /// May take the list away.
    pub is_admin: bool,
}

impl Owner {
    /// The one who asks.
    pub fn of(person: &Person) -> Self {
        Self { id: person.id, is_admin: person.is_admin() }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_same_rows_have_the_same_essence() {
        let a = Fields::from([("status", "Принял"), ("page", "3"), ("status", "Ожидает"), ("city", "Тверь")]);
        let b = Fields::from([
            ("city", "Тверь"),
            ("open", "7"),
            ("status", "Ожидает"),
            ("status", "Принял"),
            ("q", ""),
        ]);
        assert_eq!(essence(&a), essence(&b));
        assert!(!essence(&a).contains("page"));
        assert_ne!(essence(&a), essence(&Fields::from([("city", "Тверь")])));
    }
}
