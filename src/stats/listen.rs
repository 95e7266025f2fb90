//! `/admin/stats/listen`: twenty calls worth hearing, each with the reason why, mixed so that no reason fills the list.

use std::collections::{HashMap, HashSet};

use actix_web::web::Data;
use askama::Template;
use chrono::Days;

use super::facts::EVERYBODY;
use super::parts::{LISTEN, Shown, Tab, periods, report_tabs};
use super::period::Period;
use super::queries::{self, listen};
use super::reason::Reason;
use super::saved::Saved;
use crate::app::App;
use crate::auth::signed::{Admin, Signed};
use crate::calls::queries::facts;
use crate::calls::words::CallWords;
use crate::dispositions::queries as dispositions;
use crate::domain::id::{AccountId, CallId};
use crate::domain::now::Now;
use crate::domain::zone;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings;
use crate::recordings::view::RecordingView;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Page, Show};

/// As many calls as somebody can hear in an hour.
const MOST: usize = 20;
/// So many are looked through for each reason: some have been heard already.
const LOOKED_THROUGH: i64 = 60;

struct Row {
    call: CallWords,
    reason: &'static str,
    /// «Нужна цена», or empty.
    result: String,
    recordings: Vec<RecordingView>,
    /// «Ольга, Игорь», or empty.
    heard: String,
}

#[derive(Template)]
#[template(path = "stats/listen.html", blocks = ["body"])]
struct ListenPage {
    current: &'static str,
    words: String,
    periods: Vec<Tab>,
    period: Period,
    fields: Fields,
    operators: Vec<Choice>,
    operator: String,
    tabs: Vec<Tab>,
    saved: Saved,
    rows: Vec<Row>,
    /// Of the rows.
    heard: usize,
}

impl Page for ListenPage {
    fn title(&self) -> String {
        "Звонки, которые стоит услышать".to_owned()
    }

    fn section(&self) -> &'static str {
        "admin"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "stats").then(|| self.as_body().render())
    }
}

pub(super) async fn index(
    person: Signed<Admin>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<impl Page>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let owner = person.id;
    Ok(Show::ok(app.db.read_reports(move |db| Ok(page(db, owner, fields.clone(), now)?)).await?))
}

fn page(db: &mut Db, owner: AccountId, fields: Fields, now: Now) -> diesel::QueryResult<ListenPage> {
    let period = Period::of(&fields, now.today());
    let operator = fields.id("operator").unwrap_or(EVERYBODY);
    let wanted = listen::Wanted {
        since: zone::day_start(period.from, now.zone),
        until: zone::day_start(period.to + Days::new(1), now.zone),
        operator,
        most: LOOKED_THROUGH,
    };
    let mut found: Vec<(Reason, Vec<CallId>)> = Vec::new();
    for reason in Reason::ALL {
        found.push((reason, listen::calls(db, wanted, reason)?));
    }
    let ids: Vec<CallId> = found.iter().flat_map(|(_, ids)| ids.iter().copied()).collect();
    let mut sounds = RecordingView::of_calls(db, &ids)?;
    let subjects: Vec<String> =
        sounds.values().flatten().map(|sound| recordings::queries::subject(sound.id)).collect();
    let listeners = listen::listeners(db, &subjects)?;
    let heard_by = |id: &CallId, sounds: &HashMap<CallId, Vec<RecordingView>>| {
        let of_call = sounds.get(id).into_iter().flatten();
        let names = of_call.filter_map(|sound| listeners.get(&recordings::queries::subject(sound.id)));
        let mut names: Vec<String> = names.flatten().cloned().collect();
        names.sort();
        names.dedup();
        names.join(", ")
    };
    let heard: HashSet<CallId> = ids.iter().copied().filter(|id| !heard_by(id, &sounds).is_empty()).collect();
    let chosen = mix(&found, &heard);
    let ids: Vec<CallId> = chosen.iter().map(|(id, _)| *id).collect();
    let calls = facts::calls(db, &ids)?;
    let mut noted = dispositions::of_calls(db, &ids)?;
    let rows: Vec<Row> = chosen
        .into_iter()
        .filter_map(|(id, reason)| {
            Some(Row {
                call: CallWords::of(calls.get(&id)?, now),
                reason: reason.words(),
                result: noted.remove(&id).map(|noted| noted.result).unwrap_or_default(),
                heard: heard_by(&id, &sounds),
                recordings: sounds.remove(&id).unwrap_or_default(),
            })
        })
        .collect();
    Ok(ListenPage {
        current: "stats",
        words: period.words(now.today()),
        periods: periods(LISTEN, &fields, &period),
        operators: Choice::ids(&queries::operators(db)?),
        operator: if operator == EVERYBODY { String::new() } else { operator.to_string() },
        tabs: report_tabs(&fields, Shown::Listen),
        saved: Saved::load(db, owner, LISTEN, &fields)?,
        heard: rows.iter().filter(|row| !row.heard.is_empty()).count(),
        rows,
        period,
        fields,
    })
}

/// One call of each reason in turn, each call once, those nobody has heard before the others.
fn mix(found: &[(Reason, Vec<CallId>)], heard: &HashSet<CallId>) -> Vec<(CallId, Reason)> {
    let mut queues: Vec<(Reason, std::collections::VecDeque<CallId>)> = found
        .iter()
        .map(|(reason, ids)| {
            let (known, fresh): (Vec<CallId>, Vec<CallId>) = ids.iter().partition(|id| heard.contains(id));
            (*reason, fresh.into_iter().chain(known).collect())
        })
        .collect();
    let mut chosen: Vec<(CallId, Reason)> = Vec::new();
    let mut taken = HashSet::new();
    while chosen.len() < MOST && queues.iter().any(|(_, queue)| !queue.is_empty()) {
        for (reason, queue) in &mut queues {
            while let Some(id) = queue.pop_front() {
                if taken.insert(id) {
                    chosen.push((id, *reason));
                    break;
                }
            }
        }
    }
    chosen.truncate(MOST);
    chosen
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: std::ops::Range<i64>) -> Vec<CallId> {
        ids.map(CallId).collect()
    }

    #[test]
    fn no_reason_fills_the_list_and_no_call_stands_in_it_twice() {
        let found =
            [(Reason::Refused, ids(200..202)), (Reason::Long, ids(0..60)), (Reason::Short, ids(0..60))];
        let mixed = mix(&found, &HashSet::new());
        assert_eq!(mixed.len(), MOST);
        let different: HashSet<CallId> = mixed.iter().map(|(id, _)| *id).collect();
        assert_eq!(different.len(), MOST);
        let of = |reason: Reason| mixed.iter().filter(|(_, own)| *own == reason).count();
        assert_eq!((of(Reason::Refused), of(Reason::Long), of(Reason::Short)), (2, 9, 9));
    }

    #[test]
    fn what_nobody_has_heard_comes_first() {
        let heard: HashSet<CallId> = ids(0..5).into_iter().collect();
        let mixed = mix(&[(Reason::Long, ids(0..8))], &heard);
        let order: Vec<i64> = mixed.iter().map(|(id, _)| id.0).collect();
        assert_eq!(order, [5, 6, 7, 0, 1, 2, 3, 4]);
        assert!(mix(&[], &heard).is_empty());
    }
}
