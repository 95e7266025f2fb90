//! The page of one call, which is also the content of the dialog.

use actix_web::HttpRequest;
use actix_web::web::{Data, Path};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::callbacks::view::{self as callbacks, CallbackView};
use crate::calls::legs::{self, WayStep};
use crate::calls::queries::{self, facts, list};
use crate::calls::words::CallWords;
use crate::clients::order_line::OrderLine;
use crate::clients::queries as clients;
use crate::debts::queries as debts;
use crate::debts::view::Debt;
use crate::dial;
use crate::dispositions::view::ResultView;
use crate::domain::call::ClosedBy;
use crate::domain::id::{CallId, RecordingId};
use crate::domain::now::Now;
use crate::domain::phone::{pretty, pretty_sent};
use crate::domain::russian;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::recordings::view::RecordingView;
use crate::telephony::intake::reconcile::queries as reconcile;
use crate::web::page::{Page, Show};
use crate::web::request::is_fragment_request;

/// The page of one call, which is also the content of the dialog.
#[derive(Template)]
#[template(path = "telephony/show.html", blocks = ["content"])]
pub struct CallPage {
    call: CallWords,
    debt: Debt,
    recordings: Vec<RecordingView>,
    orders: Vec<OrderLine>,
    steps: Vec<WayStep>,
    rung: Vec<String>,
    raw_number: String,
    ended: String,
    wait: String,
    result: &'static str,
    /// The telephony's own name of the call, for admins; empty for everybody else.
    entry_id: String,
    /// Who asked for the call here, and at which call; empty when nobody did.
    asked_by: String,
    asked_at_call: Option<CallId>,
    may_hang_up: bool,
    /// No notification told of it, comparing with the statistics found it.
    was_lost: bool,
    /// What is promised to the client.
    promise: Option<CallbackView>,
    /// How the conversation ended; `None` when there was none.
    result_view: Option<ResultView>,
    /// Recordings an admin may take away from the call.
    detachable: Vec<RecordingId>,
    is_dialog: bool,
}

impl Page for CallPage {
    fn title(&self) -> String {
        format!("Звонок {}", self.call.number)
    }

    fn section(&self) -> &'static str {
        "telephony"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "dialog").then(|| self.as_content().render())
    }
}

pub(super) async fn show(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<CallId>,
) -> Result<Show<CallPage>, AppError> {
    let (id, now, is_dialog) = (id.into_inner(), app.now(), is_fragment_request(&request));
    let mut page = app.db.read(move |db| CallPage::load(db, id, now, is_dialog)).await?;
    page.may_hang_up = page.call.is_live && person.is_admin();
    if !person.is_admin() {
        page.detachable.clear();
        page.entry_id.clear();
    }
    Ok(Show::ok(page))
}

impl CallPage {
    fn load(db: &mut Db, id: CallId, now: Now, is_dialog: bool) -> Result<Self, AppError> {
        let call = facts::call(db, id)?.ok_or(AppError::NotFound)?;
        let details = queries::details(db, id)?.ok_or(AppError::NotFound)?;
        let made = facts::orders_of(db, &[id])?.remove(&id).unwrap_or_default();
        let orders = clients::orders_by_id(db, &made)?;
        let recordings = RecordingView::of_calls(db, &[id])?.remove(&id).unwrap_or_default();
        let paid = list::paid(db, &[id])?;
        let owed = debts::of_calls(db, &[id])?;
        let (asked_by, asked_at_call) = dial::queries::asker(db, id)?.unwrap_or_default();
        let was_lost = reconcile::was_lost(db, &details.entry_id)?;
        let names = queries::names_by_extension(db)?;
        let name_of = |extension: &str| names.get(extension).cloned();
        let rung = details.rung.read("calls.rung", id)?;
        let legs = details.legs.read("calls.legs", id)?;
        let raw = details.phone_client_raw.unwrap_or_default();
        Ok(Self {
            debt: Debt::of(&call, owed.get(&id), paid.get(&id), now),
            recordings,
            orders: orders.iter().map(|order| OrderLine::of(order, now)).collect(),
            steps: legs::steps(&legs, name_of, now),
            rung: rung
                .into_iter()
                .map(|extension| match names.get(&extension) {
                    Some(name) => format!("{name} (доб. {extension})"),
                    None => format!("доб. {extension}"),
                })
                .collect(),
            raw_number: if call.phone_client.as_deref().is_some_and(|n| pretty(n) == pretty_sent(&raw)) {
                String::new()
            } else {
                raw
            },
            ended: call.ended_at.map(|at| now.moment(at)).unwrap_or_default(),
            wait: if call.state.is_live() { String::new() } else { russian::duration(details.wait_seconds) },
            result: match details.closed_by {
                Some(ClosedBy::Timeout) => "итог телефонии не пришёл, звонок закрыт по времени",
                Some(ClosedBy::Summary) => "по итогу телефонии",
                None => "звонок идёт",
            },
            entry_id: details.entry_id,
            asked_by,
            asked_at_call,
            may_hang_up: false,
            was_lost,
            promise: match &call.phone_client {
                Some(number) => callbacks::of_number(db, number, now)?,
                None => None,
            },
            result_view: match call.answered_at.is_some() && !call.state.is_live() {
                true => Some(ResultView::load(db, id)?),
                false => None,
            },
            detachable: crate::recordings::by_mail::queries::places::detachable(db, id)?,
            call: CallWords::of(&call, now),
            is_dialog,
        })
    }
}
