//! `/telephony/results`: conversations of the shift of which nobody has said how they ended.

use askama::Template;

use super::queries;
use super::view::ResultView;
use crate::calls::queries::facts;
use crate::calls::words::CallWords;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::platform::db::Db;
use crate::web::page::Page;

/// The page.
#[derive(Template)]
#[template(path = "dispositions/index.html", blocks = ["list"])]
pub struct ResultsPage {
    rows: Vec<(CallWords, ResultView)>,
    is_online: bool,
}

impl Page for ResultsPage {
    fn title(&self) -> String {
        "Итоги разговоров".to_owned()
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "results").then(|| self.as_list().render())
    }
}

impl ResultsPage {
    /// Loads what `person` has not said yet.
    pub fn load(db: &mut Db, person: &Person, now: Now) -> diesel::QueryResult<Self> {
        let ids = queries::unsaid(db, person.id, now.utc)?;
        let calls = facts::calls(db, &ids)?;
        let names = queries::choices(db)?;
        let mut noted = queries::of_calls(db, &ids)?;
        let rows = ids.iter().filter_map(|id| {
            let view = ResultView::new(*id, &names, noted.remove(id).unwrap_or_default());
            Some((CallWords::of(calls.get(id)?, now), view))
        });
        Ok(Self { rows: rows.collect(), is_online: person.is_online() })
    }
}
