//! The user guide («Помощь», `/help`): pages in Russian that come with the program, with pictures of it, searched as the
//! reference is. Each page of the program leads to its own.

mod show;

use actix_web::web::{ServiceConfig, get};

use crate::reference::search::{self, Hit, Text};
use crate::web::path::resource;

pub use crate::domain::help::HelpPage;

/// Addresses of signed-in people.
pub fn routes(config: &mut ServiceConfig) {
    config
        .service(resource("/help").route(get().to(show::index)))
        .service(resource("/help/{slug}").route(get().to(show::show)));
}

/// A page as Markdown.
pub fn text(page: HelpPage) -> &'static str {
    match page {
        HelpPage::Start => include_str!("texts/start.md"),
        HelpPage::Calls => include_str!("texts/calls.md"),
        HelpPage::Debts => include_str!("texts/debts.md"),
        HelpPage::Orders => include_str!("texts/orders.md"),
        HelpPage::Slots => include_str!("texts/slots.md"),
        HelpPage::Messages => include_str!("texts/messages.md"),
        HelpPage::Numbers => include_str!("texts/numbers.md"),
        HelpPage::Salary => include_str!("texts/salary.md"),
        HelpPage::Profile => include_str!("texts/profile.md"),
        HelpPage::Troubles => include_str!("texts/troubles.md"),
        HelpPage::AdminPeople => include_str!("texts/admin-people.md"),
        HelpPage::AdminSalary => include_str!("texts/admin-salary.md"),
        HelpPage::AdminTelephony => include_str!("texts/admin-telephony.md"),
        HelpPage::AdminAvito => include_str!("texts/admin-avito.md"),
        HelpPage::AdminLists => include_str!("texts/admin-lists.md"),
        HelpPage::AdminReports => include_str!("texts/admin-reports.md"),
        HelpPage::AdminSystem => include_str!("texts/admin-system.md"),
    }
}

/// The pages a person reads.
pub fn pages(is_admin: bool) -> impl Iterator<Item = HelpPage> {
    HelpPage::ALL.iter().copied().filter(move |page| is_admin || !page.is_admins())
}

/// Lines of the guide that `query` means.
pub fn find(query: &str, is_admin: bool) -> Vec<Hit> {
    let texts: Vec<Text<'_>> = pages(is_admin)
        .map(|page| Text { title: page.title(), href: page.href(), body: text(page) })
        .collect();
    search::find(&texts, query)
}
