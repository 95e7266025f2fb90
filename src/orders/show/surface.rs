//! Where an order is shown: as a page or in the dialog, on which tab, and what comes back when it is closed.

use actix_web::HttpRequest;

use crate::domain::id::OrderId;
use crate::orders::edit::Field;
use crate::orders::edit::save::Refusal;
use crate::orders::list::filter::OrderFilter;
use crate::web::form::Fields;
use crate::web::request;

crate::text_enum! {
    /// A tab of an order; the text is its name in addresses.
    Tab {
        /// Who, where, when, what.
        Description = "description",
        /// Who goes, and the sums.
        Master = "master",
        /// Papers.
        Documents = "documents",
        /// What happened.
        History = "history",
    }
}

impl Tab {
    /// Its name for people.
    pub fn label(self) -> &'static str {
        match self {
            Self::Description => "Описание",
            Self::Master => "Мастер",
            Self::Documents => "Документы",
            Self::History => "История",
        }
    }

    /// Its content is read when it is opened.
    pub fn is_lazy(self) -> bool {
        matches!(self, Self::Documents | Self::History)
    }

    /// The tab on which a refused change is to be mended; `None` when any will do.
    pub fn of(refusal: &Refusal) -> Option<Self> {
        let (first, _) = refusal.errors.first_key_value()?;
        // The sum that a step to another status wants is typed beside the step.
        let is_of_sums = matches!(first, Field::MasterId | Field::Result | Field::Expenditure);
        Some(if is_of_sums && refusal.wanted.is_none() { Self::Master } else { Self::Description })
    }
}

/// Where an order or its form is shown.
#[derive(Clone, Debug)]
pub struct Surface {
    /// In the dialog over another page.
    pub is_dialog: bool,
    /// The address that comes back when the dialog is closed.
    pub back: String,
    /// Which tab is open.
    pub tab: Tab,
}

const LIST: &str = "/orders";

impl Surface {
    /// Told from the request; `back` is what an earlier step of the same dialog remembered.
    pub fn of(request: &HttpRequest, back: &str) -> Self {
        let is_local = |path: &str| path.starts_with('/') && !path.starts_with("//") && !path.contains('\\');
        let current = request::current_address(request)
            .filter(|path| !path.starts_with("/orders/") && !path.contains("open="));
        Self {
            is_dialog: request::wanted_part(request) == Some("dialog"),
            back: [Some(back.to_owned()), current]
                .into_iter()
                .flatten()
                .find(|path| is_local(path))
                .unwrap_or_else(|| LIST.to_owned()),
            tab: Tab::Description,
        }
    }

    /// The same with `tab` open.
    pub fn on(mut self, tab: Tab) -> Self {
        self.tab = tab;
        self
    }

    /// The address of the order `id` here: reloading it keeps the tab and the way back.
    pub fn address(&self, id: OrderId) -> String {
        let mut fields = Fields::default();
        if self.tab != Tab::Description {
            fields.set("tab", self.tab.as_str());
        }
        if self.back != LIST {
            fields.set("back", &self.back);
        }
        match fields.encode() {
            query if query.is_empty() => format!("{LIST}/{id}"),
            query => format!("{LIST}/{id}?{query}"),
        }
    }

    /// The filters of the list this place was reached from; `None` when it was another page.
    pub fn list(&self) -> Option<OrderFilter> {
        let (path, query) = self.back.split_once('?').unwrap_or((&self.back, ""));
        (path == LIST).then(|| OrderFilter::of(&Fields::parse(query.as_bytes())))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn place(back: &str, tab: Tab) -> Surface {
        Surface { is_dialog: true, back: back.to_owned(), tab }
    }

    #[test]
    fn an_address_keeps_the_tab_and_the_list() {
        assert_eq!(place("/orders", Tab::Description).address(OrderId(7)), "/orders/7");
        let kept = place("/orders?city=X&page=2", Tab::Master).address(OrderId(7));
        assert_eq!(kept, "/orders/7?tab=master&back=%2Forders%3Fcity%3DX%26page%3D2");
    }

    #[test]
    fn only_the_list_has_neighbours() {
        assert!(place("/telephony", Tab::Master).list().is_none());
        let filter =
            place("/orders?status=%D0%93%D0%BE%D1%82%D0%BE%D0%B2%D0%BE&sort=-id", Tab::Master).list();
        assert_eq!(filter.map(|filter| filter.statuses.len()), Some(1));
    }
}
