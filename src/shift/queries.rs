//! SQL of handing over.

use chrono::NaiveDateTime;
use diesel::prelude::*;

use super::{HandoverState, ItemKind};
use crate::callbacks::CallbackState;
use crate::domain::id::{AccountId, CallbackId, ChatId, HandoverId, HoldId};
use crate::domain::order::TypeEquipment;
use crate::domain::person::{AccountStatus, Role, WorkStatus};
use crate::platform::db::schema::{
    accounts, avito, callbacks, callcentre_operator, chats, drafts, handover_items, handovers, slot_holds,
};
use crate::platform::db::{Db, Tx};
use crate::platform::live::Event;

/// What somebody has under way.
#[derive(Clone, Debug, Default)]
pub struct Open {
    /// Number, when, what about.
    pub promises: Vec<(CallbackId, String, NaiveDateTime, String)>,
    /// The client, the Avito account, since when an answer is waited for.
    pub chats: Vec<(ChatId, String, String, Option<NaiveDateTime>)>,
    /// Key and when it was typed.
    pub drafts: Vec<(String, NaiveDateTime)>,
    /// City, day, minute, equipment, until when.
    pub holds: Vec<Hold>,
}

/// A time that is held.
pub type Hold = (HoldId, String, String, i32, TypeEquipment, NaiveDateTime);

impl Open {
    /// Nothing at all.
    pub fn is_empty(&self) -> bool {
        self.promises.is_empty() && self.chats.is_empty() && self.drafts.is_empty() && self.holds.is_empty()
    }

    /// Only what belongs to `items`.
    pub fn only(mut self, items: &[(ItemKind, String)]) -> Self {
        let has = |kind: ItemKind, subject: &str| items.iter().any(|(k, s)| *k == kind && s == subject);
        self.promises.retain(|(id, ..)| has(ItemKind::Promise, &id.to_string()));
        self.chats.retain(|(id, ..)| has(ItemKind::Chat, &id.to_string()));
        self.drafts.retain(|(key, _)| has(ItemKind::Draft, key));
        self.holds.retain(|(id, ..)| has(ItemKind::Hold, &id.to_string()));
        self
    }

    /// Only what does not belong to `items`.
    pub fn without(mut self, items: &[(ItemKind, String)]) -> Self {
        let theirs: Vec<(ItemKind, String)> = self.clone().only(items).items();
        let is_left = |kind: ItemKind, subject: &str| !theirs.iter().any(|(k, s)| *k == kind && s == subject);
        self.promises.retain(|(id, ..)| is_left(ItemKind::Promise, &id.to_string()));
        self.chats.retain(|(id, ..)| is_left(ItemKind::Chat, &id.to_string()));
        self.drafts.retain(|(key, _)| is_left(ItemKind::Draft, key));
        self.holds.retain(|(id, ..)| is_left(ItemKind::Hold, &id.to_string()));
        self
    }

    /// What belongs to it, by kind.
    pub fn items(&self) -> Vec<(ItemKind, String)> {
        let mut items = Vec::new();
        items.extend(self.promises.iter().map(|(id, ..)| (ItemKind::Promise, id.to_string())));
        items.extend(self.chats.iter().map(|(id, ..)| (ItemKind::Chat, id.to_string())));
        items.extend(self.drafts.iter().map(|(key, _)| (ItemKind::Draft, key.clone())));
        items.extend(self.holds.iter().map(|(id, ..)| (ItemKind::Hold, id.to_string())));
        items
    }
}

/// What `account_id` has under way: what was promised, chats that wait or were put off, forms, held times.
pub fn open(db: &mut Db, account_id: AccountId, now: NaiveDateTime) -> QueryResult<Open> {
    Ok(Open {
        promises: callbacks::table
            .filter(callbacks::owner_id.eq(account_id))
            .filter(callbacks::state.eq(CallbackState::Waiting))
            .order((callbacks::due_at, callbacks::id))
            .select((callbacks::id, callbacks::number, callbacks::due_at, callbacks::note))
            .load(db)?,
        chats: chats::table
            .inner_join(avito::table.on(chats::avito_id.eq(avito::id)))
            .filter(chats::owner_id.eq(account_id))
            .filter(chats::awaits_since.is_not_null().or(chats::snoozed_until.is_not_null()))
            .order((chats::awaits_since, chats::id))
            .select((chats::id, chats::client_name, avito::name, chats::awaits_since))
            .load(db)?,
        drafts: drafts::table
            .filter(drafts::account_id.eq(account_id))
            .filter(drafts::draft_key.not_like("saved-%"))
            .filter(drafts::fields.ne("{}"))
            .order((drafts::updated_at.desc(), drafts::id))
            .select((drafts::draft_key, drafts::updated_at))
            .load(db)?,
        holds: slot_holds::table
            .filter(slot_holds::account_id.eq(account_id))
            .filter(slot_holds::expires_at.gt(now))
            .order((slot_holds::expires_at, slot_holds::id))
            .select((
                slot_holds::id,
                slot_holds::city,
                slot_holds::day,
                slot_holds::minute,
                slot_holds::type_equipment,
                slot_holds::expires_at,
            ))
            .load(db)?,
    })
}

/// Of that, what `account_id` has not left to anybody yet.
pub fn unhanded(db: &mut Db, account_id: AccountId, now: NaiveDateTime) -> QueryResult<Open> {
    let open = open(db, account_id, now)?;
    if open.is_empty() {
        return Ok(open);
    }
    let mut left = Vec::new();
    for handover in left_by(db, account_id)? {
        left.extend(items(db, handover.id)?);
    }
    Ok(open.without(&left))
}

/// What somebody has left behind.
#[derive(Clone, Debug, Queryable)]
pub struct Handover {
    /// The row.
    pub id: HandoverId,
    /// Whose it is until it is taken.
    pub from_id: AccountId,
    /// The name of whoever left it.
    pub from: String,
    /// Who is asked; nobody for everybody.
    pub to_id: Option<AccountId>,
    /// Where it is.
    pub state: HandoverState,
    /// When it was left.
    pub created_at: NaiveDateTime,
    /// Until when the colleague may take it.
    pub accept_until: NaiveDateTime,
}

/// Everything [`Handover`] needs.
macro_rules! handovers {
    () => {
        handovers::table
            .inner_join(accounts::table.on(handovers::from_id.eq(accounts::id)))
            .order((handovers::created_at, handovers::id))
            .select((
                handovers::id,
                handovers::from_id,
                accounts::name,
                handovers::to_id,
                handovers::state,
                handovers::created_at,
                handovers::accept_until,
            ))
    };
}

/// What is offered to `account_id`, and what is everybody's; not what one has left oneself.
pub fn offered_to(db: &mut Db, account_id: AccountId) -> QueryResult<Vec<Handover>> {
    let all: Vec<Handover> = handovers!()
        .filter(handovers::state.ne(HandoverState::Taken))
        .filter(handovers::from_id.ne(account_id))
        .load(db)?;
    let is_mine = |one: &Handover| one.state == HandoverState::Pooled || one.to_id == Some(account_id);
    Ok(all.into_iter().filter(is_mine).collect())
}

/// What `account_id` has left and nobody has taken.
pub fn left_by(db: &mut Db, account_id: AccountId) -> QueryResult<Vec<Handover>> {
    handovers!()
        .filter(handovers::from_id.eq(account_id))
        .filter(handovers::state.ne(HandoverState::Taken))
        .load(db)
}

/// What nobody has taken in time.
pub fn late(db: &mut Db, now: NaiveDateTime) -> QueryResult<Vec<Handover>> {
    handovers!()
        .filter(handovers::state.eq(HandoverState::Offered))
        .filter(handovers::accept_until.le(now))
        .load(db)
}

/// One that nobody has taken.
pub fn by_id(db: &mut Db, id: HandoverId) -> QueryResult<Option<Handover>> {
    handovers!()
        .filter(handovers::id.eq(id))
        .filter(handovers::state.ne(HandoverState::Taken))
        .first(db)
        .optional()
}

/// Whether there is or was one; what its giver has gone on with is gone.
pub fn exists(db: &mut Db, id: HandoverId) -> QueryResult<bool> {
    diesel::select(diesel::dsl::exists(handovers::table.find(id))).get_result(db)
}

/// What belongs to it.
pub fn items(db: &mut Db, id: HandoverId) -> QueryResult<Vec<(ItemKind, String)>> {
    handover_items::table
        .filter(handover_items::handover_id.eq(id))
        .select((handover_items::kind, handover_items::subject))
        .load(db)
}

/// Writes down what was left, and for whom.
pub fn insert(
    db: &mut Db,
    from: AccountId,
    to: Option<AccountId>,
    items: &[(ItemKind, String)],
    until: NaiveDateTime,
    now: NaiveDateTime,
) -> QueryResult<HandoverId> {
    let state = if to.is_some() { HandoverState::Offered } else { HandoverState::Pooled };
    let id: HandoverId = diesel::insert_into(handovers::table)
        .values((
            handovers::from_id.eq(from),
            handovers::to_id.eq(to),
            handovers::state.eq(state),
            handovers::created_at.eq(now),
            handovers::accept_until.eq(until),
        ))
        .returning(handovers::id)
        .get_result(db)?;
    for (kind, subject) in items {
        diesel::insert_into(handover_items::table)
            .values((
                handover_items::handover_id.eq(id),
                handover_items::kind.eq(kind),
                handover_items::subject.eq(subject),
            ))
            .execute(db)?;
    }
    Ok(id)
}

/// Marks one as somebody's; `false` when it is already.
pub fn take(db: &mut Db, id: HandoverId, by: Option<AccountId>, now: NaiveDateTime) -> QueryResult<bool> {
    let free = handovers::table.find(id).filter(handovers::state.ne(HandoverState::Taken));
    let set =
        (handovers::state.eq(HandoverState::Taken), handovers::taken_by.eq(by), handovers::taken_at.eq(now));
    Ok(diesel::update(free).set(set).execute(db)? == 1)
}

/// Marks one as everybody's; `false` when it is no offer any more.
pub fn pool(db: &mut Db, id: HandoverId) -> QueryResult<bool> {
    let offered = handovers::table.find(id).filter(handovers::state.eq(HandoverState::Offered));
    Ok(diesel::update(offered).set(handovers::state.eq(HandoverState::Pooled)).execute(db)? == 1)
}

/// Forgets what `account_id` has left and nobody has taken: who is back goes on with it, and who leaves again leaves
/// it anew.
pub fn withdraw(db: &mut Db, account_id: AccountId) -> QueryResult<usize> {
    let own = handovers::table
        .filter(handovers::from_id.eq(account_id))
        .filter(handovers::state.ne(HandoverState::Taken));
    diesel::delete(own).execute(db)
}

/// Gives a form to somebody who has none under that key; `false` when he has.
pub fn give_draft(
    db: &mut Db,
    key: &str,
    (from, to): (AccountId, AccountId),
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let own = drafts::table.filter(drafts::account_id.eq(to)).filter(drafts::draft_key.eq(key));
    if diesel::select(diesel::dsl::exists(own)).get_result(db)? {
        return Ok(false);
    }
    let theirs = drafts::table.filter(drafts::account_id.eq(from)).filter(drafts::draft_key.eq(key));
    let set = (drafts::account_id.eq(to), drafts::updated_at.eq(now));
    Ok(diesel::update(theirs).set(set).execute(db)? == 1)
}

/// Gives a held time to somebody; one he holds already ends with his own.
pub fn give_hold(tx: &mut Tx, id: HoldId, (from, to): (AccountId, AccountId)) -> QueryResult<()> {
    let theirs = slot_holds::table.filter(slot_holds::id.eq(id)).filter(slot_holds::account_id.eq(from));
    type Place = (String, String, i32, TypeEquipment);
    let place: Option<Place> = theirs
        .select((slot_holds::city, slot_holds::day, slot_holds::minute, slot_holds::type_equipment))
        .first(tx.db)
        .optional()?;
    let Some((city, day, minute, equipment)) = place else { return Ok(()) };
    let same = slot_holds::table
        .filter(slot_holds::account_id.eq(to))
        .filter(slot_holds::city.eq(city))
        .filter(slot_holds::day.eq(day))
        .filter(slot_holds::minute.eq(minute))
        .filter(slot_holds::type_equipment.eq(equipment));
    if !diesel::select(diesel::dsl::exists(same)).get_result::<bool>(tx.db)? {
        diesel::update(slot_holds::table.filter(slot_holds::id.eq(id)))
            .set(slot_holds::account_id.eq(to))
            .execute(tx.db)?;
    }
    tx.announce(Event::Slots);
    Ok(())
}

/// Colleagues who can be asked: who works here, those on the line first.
pub fn colleagues(db: &mut Db, but: AccountId) -> QueryResult<Vec<(AccountId, String, WorkStatus)>> {
    let mut all: Vec<(AccountId, String, WorkStatus)> = callcentre_operator::table
        .inner_join(accounts::table)
        .filter(accounts::status.eq(AccountStatus::Active))
        .filter(accounts::role.eq(Role::Operator))
        .filter(accounts::id.ne(but))
        .order((accounts::name, accounts::id))
        .select((accounts::id, accounts::name, callcentre_operator::status_work))
        .load(db)?;
    all.sort_by_key(|(.., status)| match status {
        WorkStatus::Online => 0,
        WorkStatus::Break => 1,
        WorkStatus::Offline => 2,
    });
    Ok(all)
}
