//! `/telephony/callbacks`: whom we promised to call, the next ones first, and what became of today's promises.

use askama::Template;

use super::queries;
use super::view::CallbackView;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::platform::db::Db;
use crate::web::form::Fields;
use crate::web::page::Page;

/// Promises shown at once.
const SHOWN: i64 = 200;

/// So many promises on a screen are asked about.
const SEEN: usize = 300;

/// Which promises.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Shown {
    Own,
    All,
    Closed,
}

/// The page.
#[derive(Template)]
#[template(path = "callbacks/index.html", blocks = ["list"])]
pub struct CallbacksPage {
    rows: Vec<Row>,
    tabs: Vec<Tab>,
    /// How many wait in all.
    waiting: i64,
    /// Of them those whose time has come.
    due: i64,
    /// The address of what is shown.
    url: &'static str,
    /// What is shown is over.
    is_closed: bool,
    /// Whoever looks makes calls.
    is_operator: bool,
}

struct Row {
    view: CallbackView,
    is_mine: bool,
    may_close: bool,
}

struct Tab {
    label: &'static str,
    href: &'static str,
    is_current: bool,
}

impl Page for CallbacksPage {
    fn title(&self) -> String {
        "Перезвонить".to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "callbacks").then(|| self.as_list().render())
    }
}

impl Shown {
    fn of(fields: &Fields, person: &Person) -> Self {
        match fields.text("show") {
            "closed" => Self::Closed,
            "all" => Self::All,
            _ if person.is_admin() => Self::All,
            _ => Self::Own,
        }
    }

    fn address(self) -> &'static str {
        match self {
            Self::Own => "/telephony/callbacks",
            Self::All => "/telephony/callbacks?show=all",
            Self::Closed => "/telephony/callbacks?show=closed",
        }
    }

    fn label(self) -> &'static str {
        match self {
            Self::Own => "Мои и общие",
            Self::All => "Все",
            Self::Closed => "Закрытые сегодня",
        }
    }
}

impl CallbacksPage {
    /// What an action's address ends with, so that it answers with the same list.
    fn query(&self) -> &'static str {
        self.url.split_once('?').map_or("", |(_, query)| query)
    }

    /// Loads the page as `person` sees it. Always as many questions. Of the promises in `seen`, those somebody works
    /// among, the ones that are over stay in their place and say how they ended.
    pub fn load(db: &mut Db, person: &Person, fields: &Fields, now: Now) -> diesel::QueryResult<Self> {
        let shown = Shown::of(fields, person);
        let mut callbacks = match shown {
            Shown::Own => queries::waiting(db, Some(person.id), SHOWN)?,
            Shown::All => queries::waiting(db, None, SHOWN)?,
            Shown::Closed => queries::closed_since(db, now.day_start(), SHOWN)?,
        };
        if shown != Shown::Closed {
            callbacks.extend(queries::over_of(db, &fields.ids("seen", SEEN))?);
            callbacks.sort_by_key(|callback| (callback.due_at, callback.id));
        }
        let (waiting, due) = queries::counts(db, now.utc)?;
        let row = |view: CallbackView| Row {
            is_mine: view.owner_id == Some(person.id),
            may_close: view.owner_id.is_none_or(|owner| owner == person.id) || person.is_admin(),
            view,
        };
        let tabs = [Shown::Own, Shown::All, Shown::Closed].into_iter();
        Ok(Self {
            rows: CallbackView::all(db, callbacks, now)?.into_iter().map(row).collect(),
            tabs: tabs
                .filter(|tab| *tab != Shown::Own || !person.is_admin())
                .map(|tab| Tab { label: tab.label(), href: tab.address(), is_current: tab == shown })
                .collect(),
            waiting,
            due,
            url: shown.address(),
            is_closed: shown == Shown::Closed,
            is_operator: !person.is_admin(),
        })
    }
}
