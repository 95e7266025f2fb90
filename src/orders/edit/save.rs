//! Saving a change of an order: all of it in one transaction, or nothing of it.

use chrono::NaiveDateTime;
use chrono_tz::Tz;

use super::field::Happening;
use super::fields::Target;
use super::merge::{self, Merged};
use super::rules;
use super::submitted::Sent;
use super::{Errors, Field};
use crate::app::App;
use crate::catalogs;
use crate::domain::city::zone_of;
use crate::domain::id::{MasterId, OrderId};
use crate::domain::order::{Meeting, StatusOrder};
use crate::domain::person::Role;
use crate::domain::zone;
use crate::masters::choice::{Need, Verdict, may_take};
use crate::orders::draft;
use crate::orders::queries::history::{self, HistoryRow};
use crate::orders::queries::one::{self, Order};
use crate::orders::queries::write::By;
use crate::orders::queries::{booking, drafts, edit};
use crate::orders::values::{self, Lists};
use crate::platform::db::{Db, Tx};
use crate::platform::error::{AppError, Refusable};
use crate::slots::queries::{Booking, Reserved, reserve};
use crate::slots::{Full, Slot};

/// How often a change that was overtaken by another one is made anew.
const ATTEMPTS: usize = 5;

/// Who changes, and by which clocks.
#[derive(Clone, Copy, Debug)]
pub struct Editor {
    /// The account and the moment.
    pub by: By,
    /// Decides what may be changed.
    pub role: Role,
    /// The zone of a city this program does not know.
    pub business: Tz,
}

/// What became of a change.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Written, unless nothing was changed.
    Saved(Saved),
    /// Nothing is written.
    Refused(Refusal),
}

/// A change that was written.
#[derive(Clone, Debug, Default)]
pub struct Saved {
    /// What has changed; empty when nothing has.
    pub changed: Vec<Field>,
    /// What others had changed since the sender saw the order.
    pub others: Vec<HistoryRow>,
    /// The version of the order from this change on.
    pub version: i64,
    /// Where the order stands now.
    pub status: Option<StatusOrder>,
    /// What speaks against the master who was chosen: «Рустам: другой город (Самара)»; or empty.
    pub about_master: String,
    /// Sums were changed, and the parts cost more than the client paid.
    pub is_loss: bool,
}

/// A change that was not written, to be shown with everything that was typed.
#[derive(Clone, Debug, Default)]
pub struct Refusal {
    /// What was sent.
    pub sent: Sent,
    /// The fields whose typed text is shown again.
    pub touched: Vec<Field>,
    /// What is wrong.
    pub errors: Errors,
    /// Fields that somebody else has changed too.
    pub conflicts: Vec<Field>,
    /// What others had changed since the sender saw the order.
    pub others: Vec<HistoryRow>,
    /// The slot of the visit is full: a reason for going over the limit can be given.
    pub is_full: bool,
    /// The status that was wanted.
    pub wanted: Option<StatusOrder>,
    /// What belongs to no field.
    pub warning: String,
}

/// Makes the change `sent`, again when somebody else was faster.
///
/// # Errors
/// [`AppError::NotFound`] of an order there is not; [`AppError::Conflict`] when others were faster every time.
pub async fn save(app: &App, id: OrderId, sent: Sent, editor: Editor) -> Result<Outcome, AppError> {
    let mut outcome = Err(overtaken());
    for _ in 0..ATTEMPTS {
        let sent = sent.clone();
        outcome = app.db.write(move |tx| attempt(tx, id, sent.clone(), editor)).await;
        if !matches!(outcome, Err(AppError::Conflict(_))) {
            break;
        }
    }
    outcome
}

fn overtaken() -> AppError {
    AppError::Conflict(
        "Этот заказ прямо сейчас меняют несколько человек. Введённое осталось на странице, сохраните ещё раз."
            .to_owned(),
    )
}

fn attempt(tx: &mut Tx, id: OrderId, mut sent: Sent, editor: Editor) -> Result<Outcome, AppError> {
    let order = one::order(tx.db, id)?.ok_or(AppError::NotFound)?;
    let lists = Lists::of_change(tx.db)?;
    let city = sent.typed(Field::City).unwrap_or(&order.city);
    sent.settle(zone::local(editor.by.at, zone_of(&lists.cities, city, editor.business)));
    let was = Target::of(&order);
    let others = others(tx.db, &order, &sent)?;
    let Merged { mine, conflicts } = merge::merge(&sent, &was, &others);
    let mut refusal = Refusal { sent, others, ..Refusal::default() };
    let all = mine.iter().map(|change| (change, false)).chain(conflicts.iter().map(|change| (change, true)));
    for ((field, _), is_conflict) in all {
        if !field.may_change(editor.role) {
            refusal.errors.insert(*field, field.refusal());
            continue;
        }
        refusal.touched.push(*field);
        if is_conflict {
            refusal.conflicts.push(*field);
        }
    }
    let mut after = was.clone();
    for (field, text) in &mine {
        if field.may_change(editor.role)
            && let Err(words) = after.set(*field, text, &lists)
        {
            refusal.errors.insert(*field, words);
        }
    }
    let reasons = match after.status.needs_reason() {
        true => catalogs::queries::refusal_reasons(tx.db, after.status.as_str())?,
        false => Vec::new(),
    };
    let is_touched = |field: Field| mine.iter().any(|(changed, _)| *changed == field);
    rules::obey(&was, &mut after, is_touched, editor.role, &reasons, &mut refusal.errors);
    refusal.wanted = refusal.sent.typed(Field::StatusOrder).and_then(StatusOrder::parse);
    if !refusal.errors.is_empty() || !refusal.conflicts.is_empty() {
        return Ok(Outcome::Refused(refusal));
    }
    let zone = crate::domain::city::zone_of(&lists.cities, &after.city, editor.business);
    let is_moved = was.local != after.local || was.city != after.city;
    if is_moved && let Err(words) = values::exists_in(after.local, zone) {
        refusal.errors.insert(Field::DateMeeting, words);
        return Ok(Outcome::Refused(refusal));
    }
    if let Err(words) = values::overbook_reason(&refusal.sent.overbook_reason) {
        refusal.errors.insert(Field::DateMeeting, words);
        refusal.is_full = true;
        return Ok(Outcome::Refused(refusal));
    }
    // Untouched, the visit keeps its moment to the second, even of an hour that the clock shows twice.
    let meeting = if !is_moved {
        Meeting { at: order.date_meeting, day: order.meeting_day, minute: order.meeting_minute }
    } else {
        after.meeting(&lists.cities, editor.business)
    };
    let mut overbooked = None;
    if wants_a_place(&was, &after) {
        match book(tx, id, &after, &meeting, &refusal.sent.overbook_reason, editor.by)? {
            Ok(reserved) => overbooked = reserved.overbooked,
            Err(full) => {
                refusal.errors.insert(Field::DateMeeting, full.words());
                refusal.is_full = true;
                return Ok(Outcome::Refused(refusal));
            }
        }
    }
    // Nobody may be told of half a change: whoever was overtaken begins again with a fresh look.
    let changed = edit::update(tx, &order, &after, &meeting, editor.by)?.ok_or_else(overtaken)?;
    if let Some(over) = overbooked {
        let words = format!("визит {} при лимите {}: {}", over.number, over.places, over.reason);
        booking::note(tx.db, id, editor.by, Happening::Overbook, &words)?;
    }
    let (own, key) = (editor.by.account_id, draft::key_of_order(id));
    drafts::settle(tx.db, own, &key, &refusal.sent.request_key, editor.by.at)?;
    let is_of_money = changed.iter().any(|field| matches!(field, Field::Result | Field::Expenditure));
    let about_master = match after.master_id.filter(|_| changed.contains(&Field::MasterId)) {
        Some(master) => said_of(master, id, &after, &meeting, tx.db)?,
        None => String::new(),
    };
    Ok(Outcome::Saved(Saved {
        about_master,
        version: order.version + i64::from(!changed.is_empty()),
        status: Some(after.status),
        is_loss: is_of_money && after.is_loss(),
        others: refusal.others,
        changed,
    }))
}

/// What happened since the version the sender saw.
fn others(db: &mut Db, order: &Order, sent: &Sent) -> Result<Vec<HistoryRow>, AppError> {
    match sent.version {
        Some(version) if version >= order.version => Ok(Vec::new()),
        Some(version) => Ok(history::since(db, order.id, Some(version))?),
        None => Ok(Vec::new()),
    }
}

/// An open order that moves, or that opens again, needs a place in the slot of its visit.
fn wants_a_place(was: &Target, after: &Target) -> bool {
    let place = |order: &Target| (order.city.clone(), order.local, order.type_equipment);
    after.status.is_open() && (!was.status.is_open() || place(was) != place(after))
}

/// Takes the place of the visit, or says why there is none.
fn book(
    tx: &mut Tx,
    id: OrderId,
    after: &Target,
    meeting: &Meeting,
    overbook_reason: &str,
    by: By,
) -> Refusable<Reserved, Full> {
    let slot = Slot {
        city: after.city.clone(),
        day: meeting.day,
        minute: meeting.minute,
        type_equipment: after.type_equipment,
    };
    let booking = Booking {
        slot,
        by: by.account_id,
        hold: None,
        overbook_reason: Some(overbook_reason),
        replacing_order: Some(id),
    };
    Ok(reserve(tx, &booking, by.at)?)
}

/// What speaks against giving the order to `master`: dispatchers know better than lists, so it is only said.
fn said_of(
    master: MasterId,
    id: OrderId,
    after: &Target,
    meeting: &Meeting,
    db: &mut Db,
) -> Result<String, AppError> {
    let need = Need {
        city: after.city.clone(),
        equipment: Some(after.type_equipment),
        day: Some(meeting.day),
        minute: Some(meeting.minute),
        order_id: Some(id),
        chosen: Some(master),
    };
    Ok(match may_take(db, master, &need)? {
        Verdict::Warned(words) => words,
        Verdict::Fits | Verdict::Refused(_) => String::new(),
    })
}

/// «Борис Орлов, сегодня в 14:05»: who last changed `field`, as `rows` (oldest first) tell it.
pub fn last_of(field: Field, rows: &[HistoryRow]) -> Option<(&str, NaiveDateTime)> {
    let row = rows.iter().rev().find(|row| row.told.field() == Some(field))?;
    Some((row.account.as_str(), row.at))
}
