//! The columns of a call and how they come from what was folded.

use chrono::{DateTime, NaiveDateTime};
use diesel::prelude::*;
use serde_json::json;

use super::directory::{Directory, Labels};
use super::{CallBefore, Put};
use crate::domain::call::{CallState, CallStatus, ClosedBy, Direction, Doing, Present};
use crate::domain::id::{AccountId, CallId, ClientId};
use crate::integrations::mango::fold::{
    ClosedBy as FoldedClosedBy, Direction as FoldedDirection, Folded, LiveState, Outcome,
};
use crate::platform::db::Db;
use crate::platform::db::schema::calls;

/// Everything that is written at each folding.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = calls, treat_none_as_null = true)]
pub struct CallRow {
    direction: Direction,
    state: CallState,
    status: Option<CallStatus>,
    rk: Option<String>,
    city: Option<String>,
    avito_name: Option<String>,
    phone_client: Option<String>,
    phone_client_raw: Option<String>,
    phone_ats: Option<String>,
    client_id: Option<ClientId>,
    group_key: String,
    operator_id: Option<AccountId>,
    operator_extension: Option<String>,
    last_operator_id: Option<AccountId>,
    last_operator_extension: Option<String>,
    rung: String,
    present: String,
    legs: String,
    started_at: NaiveDateTime,
    answered_at: Option<NaiveDateTime>,
    ended_at: Option<NaiveDateTime>,
    talk_seconds: i64,
    wait_seconds: i64,
    closed_by: Option<ClosedBy>,
    check_at: Option<NaiveDateTime>,
}

impl CallRow {
    /// The row of `call`; `client_id` is of its number when the row does not know its client yet.
    pub fn new(
        seen: Option<&CallBefore>,
        call: &Folded,
        directory: &Directory,
        client_id: Option<ClientId>,
    ) -> Self {
        let labels = seen
            .and_then(|seen| seen.labels_kept(call))
            .unwrap_or_else(|| directory.labels(call.line_number.as_deref()));
        let number = call.client_number.as_ref().map(|number| number.digits().to_owned());
        let known = seen.filter(|seen| seen.keeps_client(call)).and_then(|seen| seen.client_id);
        Self {
            direction: match call.direction {
                FoldedDirection::Inbound => Direction::Inbound,
                FoldedDirection::Outbound => Direction::Outbound,
                FoldedDirection::Internal => Direction::Internal,
            },
            state: match call.live_state() {
                LiveState::Ringing | LiveState::Settling => CallState::Ringing,
                LiveState::Talking => CallState::Talking,
                LiveState::OnHold => CallState::OnHold,
                LiveState::Ended => CallState::Ended,
            },
            status: call.outcome.map(|outcome| match outcome {
                Outcome::Answered => CallStatus::Answered,
                Outcome::Missed => CallStatus::Missed,
                Outcome::Busy => CallStatus::Busy,
                Outcome::NoAnswer => CallStatus::NoAnswer,
            }),
            rk: labels.rk,
            city: labels.city,
            avito_name: labels.avito_name,
            group_key: number.clone().unwrap_or_else(|| format!("entry:{}", call.entry_id)),
            phone_client: number,
            phone_client_raw: call.client_raw.clone(),
            phone_ats: call.line_number.clone(),
            client_id: known.or(client_id),
            operator_id: operator(
                seen.map(|seen| (seen.operator_extension.as_deref(), seen.operator_id)),
                call.operator.as_deref(),
                || directory.operator(call.operator.as_deref(), call.operator_device.as_deref()),
            ),
            operator_extension: call.operator.clone(),
            last_operator_id: operator(
                seen.map(|seen| (seen.last_operator_extension.as_deref(), seen.last_operator_id)),
                call.last_operator.as_deref(),
                || directory.operator(call.last_operator.as_deref(), call.last_operator_device.as_deref()),
            ),
            last_operator_extension: call.last_operator.clone(),
            rung: json!(call.rung).to_string(),
            present: present(call),
            legs: json!(call.legs).to_string(),
            started_at: moment(call.started_at),
            answered_at: call.answered_at.map(moment),
            ended_at: call.ended_at.map(moment),
            talk_seconds: call.talk_seconds,
            wait_seconds: call.wait_seconds.unwrap_or(0),
            closed_by: call.closed_by.map(|by| match by {
                FoldedClosedBy::Summary => ClosedBy::Summary,
                FoldedClosedBy::Timeout => ClosedBy::Timeout,
            }),
            check_at: call.check_at.map(moment),
        }
    }

    /// Writes the row over what was seen, or as a new one.
    pub fn write(&self, db: &mut Db, seen: Option<&CallBefore>, entry_id: &str) -> QueryResult<Put> {
        let Some(seen) = seen else {
            let id: Option<CallId> = crate::both!(db, c => diesel::insert_into(calls::table)
                .values((calls::entry_id.eq(entry_id), self))
                .on_conflict(calls::entry_id)
                .do_nothing()
                .returning(calls::id)
                .get_result(c)
                .optional())?;
            return Ok(id.map_or(Put::Lost, Put::Written));
        };
        let same_version = calls::table.find(seen.id).filter(calls::version.eq(seen.version));
        let rows =
            diesel::update(same_version).set((self, calls::version.eq(seen.version + 1))).execute(db)?;
        Ok(if rows == 1 { Put::Written(seen.id) } else { Put::Lost })
    }
}

impl CallBefore {
    /// Whether the row's client is still the one of the call.
    pub fn keeps_client(&self, call: &Folded) -> bool {
        self.client_id.is_some()
            && call.client_number.as_ref().is_some_and(|n| Some(n.digits()) == self.phone_client.as_deref())
    }

    /// What was known of the line when the call came. A line that serves another city today did not then.
    fn labels_kept(&self, call: &Folded) -> Option<Labels> {
        let labels =
            Labels { rk: self.rk.clone(), city: self.city.clone(), avito_name: self.avito_name.clone() };
        (self.phone_ats == call.line_number && labels != Labels::default()).then_some(labels)
    }
}

/// The employee of an extension. One who was found when the call came stays: extensions pass from hand to hand.
fn operator(
    seen: Option<(Option<&str>, Option<AccountId>)>,
    extension: Option<&str>,
    find: impl Fn() -> Option<AccountId>,
) -> Option<AccountId> {
    let same = seen.filter(|(before, _)| before.is_some() && *before == extension);
    same.and_then(|(_, id)| id).or_else(find)
}

/// Who rings or talks at this moment, as JSON.
fn present(call: &Folded) -> String {
    let of = |extensions: &[String], doing| {
        extensions.iter().map(move |extension| Present { doing, extension: extension.clone() }).collect()
    };
    let mut present: Vec<Present> = of(&call.ringing_now, Doing::Ringing);
    present.append(&mut of(&call.talking_now, Doing::Talking));
    json!(present).to_string()
}

/// A moment of the telephony's clock; what it sends is in the range of the calendar (`mango::wire`).
fn moment(unix: i64) -> NaiveDateTime {
    DateTime::from_timestamp(unix, 0).unwrap_or_default().naive_utc()
}
