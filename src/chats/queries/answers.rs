//! SQL of automatic answers: rules, one decision for each message of a client, and what was in the way.

use chrono::NaiveDateTime;
use diesel::dsl::{exists, max, not, sql};
use diesel::prelude::*;
use diesel::sql_types::Bool;

use super::put;
use crate::chats::answers::{Hours, Rule, RuleFields, SPAM, SWITCH, Standing, Verdict};
use crate::domain::chat::{Counts, SendState};
use crate::domain::id::{AccountId, AutoAnswerId, AutoRuleId, AvitoId, ChatId, MessageId};
use crate::platform::audit::{self, Entry};
use crate::platform::db::schema::{
    accounts, auto_answers, auto_rules, chat_label_links, chat_labels, chats, messages,
};
use crate::platform::db::{Db, Tx};
use crate::platform::error::AppError;
use crate::platform::live::Event;
use crate::platform::settings;

/// Whether rules may write at all.
pub fn is_on(db: &mut Db) -> QueryResult<bool> {
    Ok(settings::read(db, SWITCH)?.as_deref() == Some("on"))
}

/// Lets rules write, or stops them.
pub fn switch(tx: &mut Tx, is_on: bool, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    settings::put(tx.db, SWITCH, if is_on { "on" } else { "off" }, now)?;
    let detail = if is_on { "включён" } else { "выключен" };
    audit::record(tx, &Entry { by, action: "avito.answers", subject: "АвтоОтвет", detail }, now)?;
    tx.announce(Event::Avito(AvitoId(0)));
    Ok(())
}

type RuleColumns = (
    auto_rules::id,
    auto_rules::position,
    auto_rules::title,
    auto_rules::avito_id,
    auto_rules::is_active,
    auto_rules::days,
    auto_rules::hours,
    auto_rules::from_minute,
    auto_rules::to_minute,
    auto_rules::delay_seconds,
    auto_rules::once_hours,
    auto_rules::only_first,
    auto_rules::wants_phone,
    auto_rules::keywords,
    auto_rules::text,
);

const RULE: RuleColumns = (
    auto_rules::id,
    auto_rules::position,
    auto_rules::title,
    auto_rules::avito_id,
    auto_rules::is_active,
    auto_rules::days,
    auto_rules::hours,
    auto_rules::from_minute,
    auto_rules::to_minute,
    auto_rules::delay_seconds,
    auto_rules::once_hours,
    auto_rules::only_first,
    auto_rules::wants_phone,
    auto_rules::keywords,
    auto_rules::text,
);

/// What an admin wants of a rule, as columns.
#[derive(Insertable, AsChangeset)]
#[diesel(table_name = auto_rules, treat_none_as_null = true)]
struct RuleValues<'a> {
    title: &'a str,
    avito_id: Option<AvitoId>,
    days: i64,
    hours: Hours,
    from_minute: i64,
    to_minute: i64,
    delay_seconds: i64,
    once_hours: i64,
    only_first: bool,
    wants_phone: bool,
    keywords: &'a str,
    text: &'a str,
}

impl<'a> From<&'a RuleFields> for RuleValues<'a> {
    fn from(fields: &'a RuleFields) -> Self {
        Self {
            title: &fields.title,
            avito_id: fields.avito_id,
            days: fields.days,
            hours: fields.hours,
            from_minute: fields.from_minute,
            to_minute: fields.to_minute,
            delay_seconds: fields.delay_seconds,
            once_hours: fields.once_hours,
            only_first: fields.only_first,
            wants_phone: fields.wants_phone,
            keywords: &fields.keywords,
            text: &fields.text,
        }
    }
}

/// All rules, in their order.
pub fn rules(db: &mut Db) -> QueryResult<Vec<Rule>> {
    auto_rules::table.order((auto_rules::position, auto_rules::id)).select(RULE).load(db)
}

/// One rule.
pub fn rule(db: &mut Db, id: AutoRuleId) -> QueryResult<Option<Rule>> {
    auto_rules::table.find(id).select(RULE).first(db).optional()
}

fn told(tx: &mut Tx, title: &str, detail: &str, by: AccountId, now: NaiveDateTime) -> QueryResult<()> {
    audit::record(tx, &Entry { by, action: "avito.answer-rule", subject: title, detail }, now)?;
    tx.announce(Event::Avito(AvitoId(0)));
    Ok(())
}

/// Keeps a rule; a new one comes last and is switched off.
pub fn save(
    tx: &mut Tx,
    id: Option<AutoRuleId>,
    fields: &RuleFields,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<(), AppError> {
    match id {
        Some(id) => {
            let changed =
                diesel::update(auto_rules::table.find(id)).set(RuleValues::from(fields)).execute(tx.db)?;
            if changed == 0 {
                return Err(AppError::NotFound);
            }
        }
        None => add(tx.db, fields)?,
    }
    let detail = format!("{}: {}", if id.is_some() { "изменено" } else { "добавлено" }, fields.text);
    Ok(told(tx, &fields.title, &detail, by, now)?)
}

/// Adds a rule after the others, switched off.
pub fn add(db: &mut Db, fields: &RuleFields) -> QueryResult<()> {
    let last: Option<i64> = auto_rules::table.select(max(auto_rules::position)).first(db)?;
    diesel::insert_into(auto_rules::table)
        .values((RuleValues::from(fields), auto_rules::position.eq(last.unwrap_or_default() + 1)))
        .execute(db)
        .map(|_| ())
}

/// Switches a rule on or off.
pub fn switch_rule(
    tx: &mut Tx,
    id: AutoRuleId,
    is_active: bool,
    by: AccountId,
    now: NaiveDateTime,
) -> Result<(), AppError> {
    let rule = rule(tx.db, id)?.ok_or(AppError::NotFound)?;
    diesel::update(auto_rules::table.find(id)).set(auto_rules::is_active.eq(is_active)).execute(tx.db)?;
    Ok(told(tx, &rule.title, if is_active { "включено" } else { "выключено" }, by, now)?)
}

/// The rule changes places with the one above it.
pub fn lift(tx: &mut Tx, id: AutoRuleId, by: AccountId, now: NaiveDateTime) -> Result<(), AppError> {
    let all = rules(tx.db)?;
    let place = all.iter().position(|rule| rule.id == id).ok_or(AppError::NotFound)?;
    if place == 0 {
        return Ok(());
    }
    let mut order: Vec<AutoRuleId> = all.iter().map(|rule| rule.id).collect();
    order.swap(place - 1, place);
    for (position, id) in (1_i64..).zip(order) {
        diesel::update(auto_rules::table.find(id)).set(auto_rules::position.eq(position)).execute(tx.db)?;
    }
    Ok(told(tx, &all[place].title, "поднято выше", by, now)?)
}

/// Deletes a rule; what it has written stays.
pub fn delete(tx: &mut Tx, id: AutoRuleId, by: AccountId, now: NaiveDateTime) -> Result<(), AppError> {
    let rule = rule(tx.db, id)?.ok_or(AppError::NotFound)?;
    diesel::delete(auto_rules::table.find(id)).execute(tx.db)?;
    Ok(told(tx, &rule.title, "удалено", by, now)?)
}

/// How many messages each rule has answered since a moment.
pub fn answered_since(db: &mut Db, since: NaiveDateTime) -> QueryResult<Vec<(Option<AutoRuleId>, i64)>> {
    auto_answers::table
        .filter(auto_answers::state.eq(Verdict::Sent))
        .filter(auto_answers::decided_at.ge(since))
        .group_by(auto_answers::rule_id)
        .select((auto_answers::rule_id, diesel::dsl::count_star()))
        .load(db)
}

/// A message of a client with what rules look at.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration chats tells what the columns are")]
pub struct Candidate {
    pub message: MessageId,
    pub chat: ChatId,
    pub account: AvitoId,
    pub kind: String,
    pub text: String,
    pub sent_at: NaiveDateTime,
    pub client_name: String,
    pub city: String,
    pub item_title: String,
}

macro_rules! of_clients {
    ($since:expr) => {
        chats::table
            .inner_join(messages::table)
            // The newest message of the chat is not older: few chats are looked into.
            .filter(chats::list_time.ge($since))
            .filter(chats::kind.ne("a2u"))
            .filter(messages::counts.eq(Counts::Client))
            .filter(messages::is_out.eq(false))
            .filter(messages::sent_at.ge($since))
            .select((
                messages::id,
                chats::id,
                chats::avito_id,
                messages::kind,
                messages::text,
                messages::sent_at,
                chats::client_name,
                chats::city,
                chats::item_title,
            ))
    };
}

/// Messages of clients since a moment nobody has decided on, oldest first.
pub fn undecided(db: &mut Db, since: NaiveDateTime, limit: i64) -> QueryResult<Vec<Candidate>> {
    of_clients!(since)
        .filter(not(exists(auto_answers::table.filter(auto_answers::message_id.eq(messages::id)))))
        .order((messages::sent_at, messages::id))
        .limit(limit)
        .load(db)
}

/// Messages of clients of a period, oldest first.
pub fn between(
    db: &mut Db,
    since: NaiveDateTime,
    until: NaiveDateTime,
    limit: i64,
) -> QueryResult<Vec<Candidate>> {
    of_clients!(since)
        .filter(messages::sent_at.lt(until))
        .order((messages::sent_at, messages::id))
        .limit(limit)
        .load(db)
}

/// The client has written nothing before the message.
pub fn is_first(db: &mut Db, chat: ChatId, message: MessageId, sent_at: NaiveDateTime) -> QueryResult<bool> {
    let before = messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::counts.eq(Counts::Client))
        .filter(
            messages::sent_at.lt(sent_at).or(messages::sent_at.eq(sent_at).and(messages::id.lt(message))),
        );
    Ok(!diesel::select(exists(before)).get_result::<bool>(db)?)
}

/// When one of us first wrote in the chat at or after a moment: an answer, or one that is on its way.
pub fn answered_at(db: &mut Db, chat: ChatId, since: NaiveDateTime) -> QueryResult<Option<NaiveDateTime>> {
    let on_its_way = [SendState::Queued, SendState::Sending, SendState::Doubtful].map(Some);
    messages::table
        .filter(messages::chat_id.eq(chat))
        .filter(messages::is_out.eq(true))
        .filter(messages::is_auto.eq(false))
        .filter(messages::sent_at.ge(since))
        .filter(messages::counts.eq(Counts::Answer).or(messages::state.eq_any(on_its_way)))
        .select(diesel::dsl::min(messages::sent_at))
        .first(db)
}

/// When a rule last wrote in the chat, or is about to.
fn written_at(db: &mut Db, chat: ChatId, but: MessageId) -> QueryResult<Option<NaiveDateTime>> {
    auto_answers::table
        .filter(auto_answers::chat_id.eq(chat))
        .filter(auto_answers::message_id.ne(but))
        .filter(auto_answers::state.eq_any([Verdict::Sent, Verdict::Waiting]))
        .select(max(auto_answers::due_at))
        .first(db)
}

/// How the chat of a message stands.
pub fn standing(
    db: &mut Db,
    chat: ChatId,
    message: MessageId,
    sent_at: NaiveDateTime,
) -> QueryResult<Standing> {
    let (owner, gone): (Option<AccountId>, String) =
        chats::table.find(chat).select((chats::owner_id, chats::gone)).first(db)?;
    let owner: Option<String> = match owner {
        Some(owner) => accounts::table.find(owner).select(accounts::name).first(db).optional()?,
        None => None,
    };
    let deleted: Option<Option<NaiveDateTime>> =
        messages::table.find(message).select(messages::deleted_at).first(db).optional()?;
    let spam = chat_label_links::table
        .inner_join(chat_labels::table.on(chat_labels::id.eq(chat_label_links::label_id)))
        .filter(chat_label_links::chat_id.eq(chat))
        .filter(chat_labels::name.eq(SPAM));
    Ok(Standing {
        owner,
        is_answered: answered_at(db, chat, sent_at)?.is_some(),
        is_deleted: deleted.is_none_or(|at| at.is_some()),
        is_gone: !gone.is_empty(),
        is_spam: diesel::select(exists(spam)).get_result(db)?,
        written_at: written_at(db, chat, message)?,
    })
}

/// What was decided on a message.
#[derive(Clone, Debug)]
pub struct Decision<'a> {
    /// The message.
    pub message: MessageId,
    /// Its chat.
    pub chat: ChatId,
    /// The rule that is meant for it.
    pub rule: Option<&'a Rule>,
    /// What follows.
    pub verdict: Verdict,
    /// Why not, in words.
    pub reason: String,
    /// When the rule answers.
    pub due_at: NaiveDateTime,
}

/// Writes a decision down; `false` when there is one already, whoever made it.
pub fn decide(tx: &mut Tx, decision: &Decision<'_>, now: NaiveDateTime) -> QueryResult<bool> {
    let row = (
        auto_answers::message_id.eq(decision.message),
        auto_answers::chat_id.eq(decision.chat),
        auto_answers::rule_id.eq(decision.rule.map(|rule| rule.id)),
        auto_answers::rule_title.eq(decision.rule.map(|rule| rule.title.clone()).unwrap_or_default()),
        auto_answers::state.eq(decision.verdict),
        auto_answers::reason.eq(decision.reason.clone()),
        auto_answers::decided_at.eq(now),
        auto_answers::due_at.eq(decision.due_at),
    );
    crate::insert_new!(&mut *tx.db, auto_answers::table, row, auto_answers::message_id)
}

/// An answer whose time has come.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration auto_answers tells what the columns are")]
pub struct Due {
    pub id: AutoAnswerId,
    pub message: MessageId,
    pub chat: ChatId,
    pub rule: Option<AutoRuleId>,
    pub sent_at: NaiveDateTime,
}

/// Answers whose time has come, oldest first.
pub fn due(db: &mut Db, now: NaiveDateTime, limit: i64) -> QueryResult<Vec<Due>> {
    auto_answers::table
        .inner_join(messages::table.on(messages::id.eq(auto_answers::message_id)))
        // Literal, as in the partial index that answers it.
        .filter(sql::<Bool>("auto_answers.state = 'waiting'"))
        .filter(auto_answers::due_at.le(now))
        .order(auto_answers::id)
        .select((
            auto_answers::id,
            auto_answers::message_id,
            auto_answers::chat_id,
            auto_answers::rule_id,
            messages::sent_at,
        ))
        .limit(limit)
        .load(db)
}

/// Says what became of a waiting answer; `false` when somebody else has.
pub fn settle(
    tx: &mut Tx,
    id: AutoAnswerId,
    verdict: Verdict,
    reason: &str,
    now: NaiveDateTime,
) -> QueryResult<bool> {
    let waiting = auto_answers::table.find(id).filter(auto_answers::state.eq(Verdict::Waiting));
    let set =
        (auto_answers::state.eq(verdict), auto_answers::reason.eq(reason), auto_answers::decided_at.eq(now));
    let is_ours = diesel::update(waiting).set(set).execute(tx.db)? == 1;
    if is_ours {
        tx.announce(Event::Avito(AvitoId(0)));
    }
    Ok(is_ours)
}

/// Which message of ours the answer has become.
pub fn name_answer(tx: &mut Tx, id: AutoAnswerId, answer: MessageId) -> QueryResult<()> {
    diesel::update(auto_answers::table.find(id))
        .set(auto_answers::answer_id.eq(Some(answer)))
        .execute(tx.db)
        .map(|_| ())
}

/// An automatic answer that waits in the outbox is not to be when one of us has written meanwhile: `true` when it is
/// gone.
pub fn withdraw(tx: &mut Tx, answer: MessageId, now: NaiveDateTime) -> QueryResult<bool> {
    let found: Option<(ChatId, MessageId)> = auto_answers::table
        .filter(auto_answers::answer_id.eq(answer))
        .select((auto_answers::chat_id, auto_answers::message_id))
        .first(tx.db)
        .optional()?;
    let Some((chat, message)) = found else { return Ok(false) };
    let asked_at: NaiveDateTime = messages::table.find(message).select(messages::sent_at).first(tx.db)?;
    if answered_at(tx.db, chat, asked_at)?.is_none() {
        return Ok(false);
    }
    let queued = messages::table.find(answer).filter(messages::state.eq(SendState::Queued));
    if diesel::delete(queued).execute(tx.db)? == 0 {
        return Ok(false);
    }
    let set = (
        auto_answers::state.eq(Verdict::Skipped),
        auto_answers::reason.eq("оператор ответил раньше, чем ушло"),
        auto_answers::decided_at.eq(now),
        auto_answers::answer_id.eq(None::<MessageId>),
    );
    diesel::update(auto_answers::table.filter(auto_answers::message_id.eq(message)))
        .set(set)
        .execute(tx.db)?;
    put::settle(tx, chat)?;
    Ok(true)
}

/// A line of the log.
#[derive(Clone, Debug, Queryable)]
#[allow(missing_docs, reason = "migration auto_answers tells what the columns are")]
pub struct LogRow {
    pub chat: ChatId,
    pub client_name: String,
    pub account: AvitoId,
    pub asked: String,
    pub asked_at: NaiveDateTime,
    pub rule_title: String,
    pub state: Verdict,
    pub reason: String,
    pub decided_at: NaiveDateTime,
    pub due_at: NaiveDateTime,
    pub answer: Option<MessageId>,
}

/// The newest decisions in which a rule had a part.
pub fn log(db: &mut Db, limit: i64) -> QueryResult<Vec<LogRow>> {
    auto_answers::table
        .inner_join(chats::table)
        .inner_join(messages::table.on(messages::id.eq(auto_answers::message_id)))
        .filter(sql::<Bool>("auto_answers.state <> 'none'"))
        .order(auto_answers::id.desc())
        .select((
            auto_answers::chat_id,
            chats::client_name,
            chats::avito_id,
            messages::text,
            messages::sent_at,
            auto_answers::rule_title,
            auto_answers::state,
            auto_answers::reason,
            auto_answers::decided_at,
            auto_answers::due_at,
            auto_answers::answer_id,
        ))
        .limit(limit)
        .load(db)
}

/// Deletes decisions of long ago.
pub fn delete_old(db: &mut Db, before: NaiveDateTime) -> QueryResult<usize> {
    diesel::delete(auto_answers::table.filter(auto_answers::decided_at.lt(before))).execute(db)
}
