//! `/messages` and `/messages/CHAT`: three panes, each of them a part of the page that can be asked for alone.

use std::collections::{HashMap, HashSet};

use actix_web::http::header::LOCATION;
use actix_web::web::{Data, Path};
use actix_web::{HttpRequest, HttpResponse, Responder};
use askama::Template;
use diesel::QueryResult;

use super::filter::{Filter, mark, place};
use super::view::{self, Bubble, ChatRow, EventLine, Line, RowFacts, Shows};
use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::calls::queries::live;
use crate::calls::words::CallWords;
use crate::catalogs;
use crate::chats::content::Piece;
use crate::chats::queries::list::{self, Quick};
use crate::chats::queries::thread::{self, Place};
use crate::chats::queries::{self, Chat, links, people, search};
use crate::chats::replies::{Known, fill};
use crate::clients::order_line::OrderLine;
use crate::clients::{WarningWords, queries as clients};
use crate::domain::chat::MAX_TEXT;
use crate::domain::id::{AccountId, AvitoId, CallId, ChatId, ClientId, LabelId, MessageId};
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::phone::pretty;
use crate::domain::{russian, zone};
use crate::orders::draft;
use crate::orders::queries::drafts;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::Choice;
use crate::web::page::{Fragment, Page, Show};
use crate::web::request::wanted_part;

/// Chats of a page of the list.
const CHATS: i64 = 40;
/// Messages of a page of the thread.
const MESSAGES: i64 = 50;
/// Lines of the log that a page of the thread shows.
const LOG: i64 = 200;
/// Calls and orders in the side.
const SIDE: i64 = 5;
/// Quick replies that are offered without opening the list.
const AT_HAND: usize = 3;

/// A filter that is one press.
pub struct Tab {
    label: &'static str,
    href: String,
    is_current: bool,
    count: i64,
}

/// The list of chats.
pub struct ListPane {
    /// The rows.
    pub rows: Vec<ChatRow>,
    /// Where it goes on, or empty.
    pub more: String,
}

/// An answer to choose from, filled in.
pub struct ReplyView {
    title: String,
    text: String,
    is_own: bool,
    /// Where its picture is, or empty.
    picture: String,
}

/// Labels to put on and take off.
pub struct LabelView {
    id: LabelId,
    name: String,
    is_on: bool,
}

/// Messages of a chat, a page of them.
pub struct ThreadPane {
    chat: ChatId,
    /// Lines, oldest first.
    lines: Vec<Line>,
    /// Where older ones are, or empty.
    older: String,
    /// «Клиент ждёт ответа 12 минут», or empty.
    waits: String,
    lateness: &'static str,
    /// The newest message.
    newest: i64,
}

/// What stands beside the dialogue.
pub struct SidePane {
    client: Option<ClientId>,
    client_name: String,
    warning: Option<WarningWords>,
    /// Digits and as they are read; whether the client card has it, or it was only written.
    numbers: Vec<(String, String)>,
    since: String,
    orders: Vec<OrderLine>,
    calls: Vec<CallWords>,
    notes: Vec<EventLine>,
    labels: Vec<LabelView>,
}

/// The open chat.
pub struct ChatPane {
    chat: Chat,
    name: String,
    initials: String,
    account: String,
    short_key: String,
    owner: String,
    is_mine: bool,
    is_taken: bool,
    may_release: bool,
    snoozed: String,
    colleagues: Vec<(AccountId, String)>,
    thread: ThreadPane,
    people: Vec<(String, bool)>,
    side: SidePane,
    /// A key for the next message.
    client_key: String,
    draft: String,
    draft_key: String,
    at_hand: Vec<ReplyView>,
    replies: Vec<ReplyView>,
}

/// The page.
#[derive(Template)]
#[template(path = "messages/index.html", blocks = ["list", "tabs", "rows", "pane"])]
pub struct MessagesPage {
    filter: Filter,
    /// The address of the page without its filters.
    path: String,
    tabs: Vec<Tab>,
    accounts: Vec<Choice>,
    labels: Vec<Choice>,
    list: ListPane,
    open: Option<ChatPane>,
    /// Nothing has ever come: there is no account to write to yet.
    is_without_accounts: bool,
}

/// What stands beside the dialogue, alone.
#[derive(Template)]
#[template(path = "messages/side.html")]
struct SidePart<'a> {
    open: &'a ChatPane,
}

/// Whose chat it is, alone.
#[derive(Template)]
#[template(path = "messages/owner.html")]
struct OwnerPart<'a> {
    open: &'a ChatPane,
}

impl Page for MessagesPage {
    fn title(&self) -> String {
        match &self.open {
            Some(open) => format!("{} · Центр сообщений", open.name),
            None => "Центр сообщений".to_owned(),
        }
    }

    fn section(&self) -> &'static str {
        "messages"
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            "chat-list" => Some(self.as_list().render()),
            "chat-tabs" => Some(self.as_tabs().render()),
            "chats" | "chats-more" => Some(self.as_rows().render()),
            "chat-pane" => Some(self.as_pane().render()),
            "chat-side" => self.open.as_ref().map(|open| SidePart { open }.render()),
            "chat-owner" => self.open.as_ref().map(|open| OwnerPart { open }.render()),
            _ => None,
        }
    }
}

/// The list without an open chat.
pub async fn index(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    Query(query): Query,
) -> Result<Show<MessagesPage>, AppError> {
    load(&app, &person, query, None, Wants::of(&request)).await.map(Show::ok)
}

/// A chat beside the list.
pub async fn show(
    person: Signed<Anyone>,
    request: HttpRequest,
    app: Data<App>,
    id: Path<ChatId>,
    Query(query): Query,
) -> Result<Show<MessagesPage>, AppError> {
    load(&app, &person, query, Some(id.into_inner()), Wants::of(&request)).await.map(Show::ok)
}

/// Which panes are read: the others would not be shown.
#[derive(Clone, Copy)]
pub(super) struct Wants {
    rows: bool,
    tabs: bool,
    pane: bool,
}

impl Wants {
    fn of(request: &HttpRequest) -> Self {
        let (rows, tabs, pane) = match wanted_part(request) {
            Some("chats" | "chats-more") => (true, false, false),
            Some("chat-list") => (true, true, false),
            Some("chat-tabs") => (false, true, false),
            Some("chat-pane" | "chat-side" | "chat-owner") => (false, false, true),
            _ => (true, true, true),
        };
        Self { rows, tabs, pane }
    }
}

/// The chat with Avito's name of it, by which orders know it.
pub async fn by_key(_: Signed<Anyone>, app: Data<App>, key: Path<String>) -> Result<HttpResponse, AppError> {
    let key = key.into_inner();
    let found = app.db.read(move |db| Ok(queries::by_key(db, &key)?)).await?;
    let id = found.ok_or_else(|| {
        AppError::Absent(
            "Этого чата у нас нет: он был до того, как подключили аккаунт Авито, или в другом аккаунте."
                .to_owned(),
        )
    })?;
    Ok(HttpResponse::SeeOther().insert_header((LOCATION, format!("/messages/{id}"))).finish())
}

/// Reads the page.
pub(super) async fn load(
    app: &App,
    person: &Person,
    query: Fields,
    open: Option<ChatId>,
    wants: Wants,
) -> Result<MessagesPage, AppError> {
    let (person, now) = (person.clone(), app.now());
    app.db
        .read(move |db| {
            let filter = Filter::of(&query);
            let path = open.map_or_else(|| "/messages".to_owned(), |id| format!("/messages/{id}"));
            let accounts = queries::accounts(db)?;
            let list = if wants.rows {
                list_pane(db, &filter, &person, open, &accounts, now)?
            } else {
                ListPane { rows: Vec::new(), more: String::new() }
            };
            let tabs = if wants.tabs { tabs(db, &filter, &path, person.id, now)? } else { Vec::new() };
            let open = match open {
                Some(id) if wants.pane => {
                    let chat = queries::chat(db, id)?.ok_or(AppError::NotFound)?;
                    Some(chat_pane(db, chat, &person, &accounts, now)?)
                }
                _ => None,
            };
            Ok(MessagesPage {
                is_without_accounts: accounts.is_empty(),
                labels: Choice::ids(&people::labels(db)?),
                accounts: Choice::ids(&accounts),
                tabs,
                filter,
                path,
                list,
                open,
            })
        })
        .await
}

fn tabs(db: &mut Db, filter: &Filter, path: &str, viewer: AccountId, now: Now) -> QueryResult<Vec<Tab>> {
    let awaiting = list::awaiting(db, viewer, now.utc)?.count;
    let unread = list::unread(db)?;
    Ok(Quick::ALL
        .iter()
        .map(|quick| Tab {
            label: quick.label(),
            href: filter.href(path, "quick", if *quick == Quick::All { "" } else { quick.as_str() }),
            is_current: filter.quick == *quick,
            count: match quick {
                Quick::Waiting => awaiting,
                Quick::Unread => unread,
                _ => 0,
            },
        })
        .collect())
}

fn list_pane(
    db: &mut Db,
    filter: &Filter,
    person: &Person,
    open: Option<ChatId>,
    accounts: &[(AvitoId, String)],
    now: Now,
) -> QueryResult<ListPane> {
    let found = if filter.q.is_empty() { None } else { Some(search::find(db, &filter.q)?) };
    let mut chats = list::page(db, &filter.wanted(found, person.id, now.utc), CHATS + 1)?;
    let has_more = chats.len() > usize::try_from(CHATS).unwrap_or_default();
    chats.truncate(usize::try_from(CHATS).unwrap_or_default());
    let ids: Vec<ChatId> = chats.iter().map(|chat| chat.id).collect();
    let newest: Vec<MessageId> = chats.iter().filter_map(|chat| chat.last_message_id).collect();
    let messages = thread::messages_by_id(db, &newest)?;
    let with_orders = links::with_orders(db, &ids)?;
    let drafts = drafts::dialogs_left(db, person.id)?;
    let mut labels: HashMap<ChatId, Vec<String>> = HashMap::new();
    for (chat, _, name) in people::labels_of(db, &ids)? {
        labels.entry(chat).or_default().push(name);
    }
    let names: HashMap<AccountId, String> = catalogs::queries::employees(db)?.into_iter().collect();
    let account_of: HashMap<AvitoId, &str> = accounts.iter().map(|(id, name)| (*id, name.as_str())).collect();
    let more = match (chats.last(), has_more) {
        (Some(last), true) => {
            let at = if filter.quick == Quick::Waiting { last.awaits_since } else { Some(last.list_time) };
            let path = open.map_or_else(|| "/messages".to_owned(), |id| format!("/messages/{id}"));
            at.map(|at| filter.href(&path, "after", &mark(at, last.id))).unwrap_or_default()
        }
        _ => String::new(),
    };
    let rows = chats
        .iter()
        .map(|chat| {
            let facts = RowFacts {
                last: chat.last_message_id.and_then(|id| messages.get(&id)),
                account: account_of.get(&chat.avito_id).copied().unwrap_or_default(),
                has_order: with_orders.contains(&chat.id),
                has_draft: drafts.contains(&chat.id),
                labels: labels.remove(&chat.id).unwrap_or_default(),
                owner: chat.owner_id.and_then(|id| names.get(&id)).map(String::as_str),
                viewer: person.id,
                href: filter.at(&format!("/messages/{}", chat.id)),
                is_open: open == Some(chat.id),
            };
            ChatRow::of(chat, facts, now)
        })
        .collect();
    Ok(ListPane { rows, more })
}

fn chat_pane(
    db: &mut Db,
    chat: Chat,
    person: &Person,
    accounts: &[(AvitoId, String)],
    now: Now,
) -> QueryResult<ChatPane> {
    let account = accounts
        .iter()
        .find(|(id, _)| *id == chat.avito_id)
        .map(|(_, name)| name.clone())
        .unwrap_or_default();
    let names: HashMap<AccountId, String> = catalogs::queries::employees(db)?.into_iter().collect();
    let seen = people::seen(db, chat.id, person.id)?;
    let thread = thread_pane(db, &chat, None, seen, now)?;
    let known = Known {
        name: chat.client_name.clone(),
        city: chat.city.clone(),
        account: account.clone(),
        item: chat.item_title.clone(),
        operator: person.name.split_whitespace().nth(1).unwrap_or(&person.name).to_owned(),
    };
    let view = |reply: &queries::replies::Reply| ReplyView {
        title: reply.title.clone(),
        text: fill(&reply.text, &known),
        is_own: reply.owner_id.is_some(),
        picture: match reply.picture_hash {
            Some(_) => format!("/messages/replies/{}/picture", reply.id),
            None => String::new(),
        },
    };
    let all = queries::replies::of(db, person.id)?;
    let draft_key = draft::key_of_dialog(chat.id);
    let draft = drafts::load(db, person.id, &draft_key)?
        .and_then(|(mut fields, _)| fields.remove("text"))
        .unwrap_or_default();
    let is_mine = chat.owner_id == Some(person.id);
    let key: String = chat.chat_key.chars().take(12).collect();
    Ok(ChatPane {
        name: chat.called(),
        initials: russian::initials(&chat.called()),
        short_key: if key.len() < chat.chat_key.len() { format!("{key}…") } else { key },
        owner: chat
            .owner_id
            .and_then(|id| names.get(&id))
            .map(|name| russian::short_name(name))
            .unwrap_or_default(),
        is_mine,
        is_taken: chat.owner_id.is_some(),
        may_release: is_mine || person.is_admin() && chat.owner_id.is_some(),
        snoozed: chat
            .snoozed_until
            .filter(|until| *until > now.utc)
            .map(|until| now.moment(until))
            .unwrap_or_default(),
        colleagues: people::colleagues(db)?
            .into_iter()
            .filter(|(id, _)| Some(*id) != chat.owner_id)
            .collect(),
        people: people::others(db, chat.id, person.id, now.utc)?,
        side: side_pane(db, &chat, now)?,
        client_key: uuid::Uuid::new_v4().to_string(),
        draft,
        draft_key,
        at_hand: all.iter().take(AT_HAND).map(view).collect(),
        replies: all.iter().map(view).collect(),
        thread,
        account,
        chat,
    })
}

fn side_pane(db: &mut Db, chat: &Chat, now: Now) -> QueryResult<SidePane> {
    let mut numbers: Vec<(String, String)> = Vec::new();
    let mut side = SidePane {
        client: chat.client_id,
        client_name: chat.called(),
        warning: None,
        numbers: Vec::new(),
        since: String::new(),
        orders: Vec::new(),
        calls: Vec::new(),
        notes: Vec::new(),
        labels: Vec::new(),
    };
    if let Some(id) = chat.client_id
        && let Some(client) = clients::client(db, id)?
    {
        numbers
            .extend(clients::numbers(db, &[id])?.into_iter().map(|n| (n.digits.clone(), pretty(&n.digits))));
        side.since = russian::day_near(zone::local(client.created_at, now.zone).date(), now.today());
        side.warning = clients::warning(db, id)?.map(|warning| WarningWords::of(warning, now));
        side.calls =
            live::of_client(db, id, CallId(0), SIDE)?.iter().map(|call| CallWords::of(call, now)).collect();
        if !client.name.is_empty() {
            side.client_name = client.name;
        }
    }
    for number in links::numbers(db, chat.id)? {
        if !numbers.iter().any(|(digits, _)| *digits == number) {
            numbers.push((number.clone(), pretty(&number)));
        }
    }
    side.numbers = numbers;
    let ids = links::orders_of(db, chat.id)?;
    let mut orders: HashMap<_, _> =
        clients::orders_by_id(db, &ids)?.iter().map(|order| (order.id, OrderLine::of(order, now))).collect();
    side.orders = ids.iter().filter_map(|id| orders.remove(id)).collect();
    let notes = thread::log(db, chat.id, None, None, LOG)?;
    side.notes = notes
        .iter()
        .rev()
        .filter(|line| line.kind == "note")
        .take(10)
        .map(|line| EventLine::of(line, now))
        .collect();
    let on: HashSet<LabelId> = people::labels_of(db, &[chat.id])?.into_iter().map(|(_, id, _)| id).collect();
    side.labels = people::labels(db)?
        .into_iter()
        .map(|(id, name)| LabelView { is_on: on.contains(&id), id, name })
        .collect();
    Ok(side)
}

fn thread_pane(
    db: &mut Db,
    chat: &Chat,
    before: Option<Place>,
    seen: Option<MessageId>,
    now: Now,
) -> QueryResult<ThreadPane> {
    let mut messages = thread::before(db, chat.id, before, MESSAGES + 1)?;
    let has_older = messages.len() > usize::try_from(MESSAGES).unwrap_or_default();
    if has_older {
        messages.remove(0);
    }
    let authors: HashMap<AccountId, String> = catalogs::queries::employees(db)?.into_iter().collect();
    // What was done between the page before and this one, or from the beginning of the chat.
    let since = messages.first().filter(|_| has_older).map(|first| first.sent_at);
    let log = thread::log(db, chat.id, since, before.map(|(at, _)| at), LOG)?;
    let mut events = log.iter().filter(|line| line.kind != "note").peekable();
    let mut lines = Vec::new();
    let mut day = None;
    let mut is_told = before.is_some();
    let turn_day = |lines: &mut Vec<Line>, day: &mut Option<chrono::NaiveDate>, at: chrono::NaiveDateTime| {
        let date = zone::local(at, now.zone).date();
        if *day != Some(date) {
            *day = Some(date);
            lines.push(Line::Day { id: date, words: russian::day_near(date, now.today()) });
        }
    };
    for message in &messages {
        while let Some(event) = events.next_if(|event| event.at <= message.sent_at) {
            turn_day(&mut lines, &mut day, event.at);
            lines.push(Line::Event(EventLine::of(event, now)));
        }
        turn_day(&mut lines, &mut day, message.sent_at);
        let is_new = !message.is_out && seen.is_some_and(|seen| message.id > seen);
        if is_new && !is_told {
            is_told = true;
            lines.push(Line::New);
        }
        lines.push(Line::Message(Box::new(Bubble::of(message, &authors, now))));
    }
    for event in events {
        turn_day(&mut lines, &mut day, event.at);
        lines.push(Line::Event(EventLine::of(event, now)));
    }
    let (waits, lateness) = if before.is_none() { view::waits(chat, now) } else { (String::new(), "") };
    Ok(ThreadPane {
        chat: chat.id,
        older: match (messages.first(), has_older) {
            (Some(first), true) => {
                format!("/messages/{}/thread?before={}", chat.id, mark(first.sent_at, first.id))
            }
            _ => String::new(),
        },
        newest: messages.iter().map(|message| message.id.0).max().unwrap_or_default(),
        lines,
        waits,
        lateness,
    })
}

/// Lines of a thread alone.
#[derive(Template)]
#[template(path = "messages/thread.html")]
pub struct ThreadAnswer {
    thread: ThreadPane,
}

/// A page of the thread: the newest, or the one before a place.
pub async fn thread(
    _: Signed<Anyone>,
    app: Data<App>,
    id: Path<ChatId>,
    Query(query): Query,
) -> Result<Fragment<ThreadAnswer>, AppError> {
    let (id, now) = (id.into_inner(), app.now());
    app.db
        .read(move |db| {
            let chat = queries::chat(db, id)?.ok_or(AppError::NotFound)?;
            let before = place::<MessageId>(query.text("before"));
            Ok(Fragment::ok(ThreadAnswer { thread: thread_pane(db, &chat, before, None, now)? }))
        })
        .await
}

/// Answers the part of the page that an action in the chat changed, or leads back to it.
pub(super) async fn again(
    app: &App,
    person: &Person,
    request: &HttpRequest,
    id: ChatId,
) -> Result<HttpResponse, AppError> {
    if wanted_part(request).is_none() {
        return Ok(HttpResponse::SeeOther().insert_header((LOCATION, format!("/messages/{id}"))).finish());
    }
    let page = load(app, person, Fields::default(), Some(id), Wants::of(request)).await?;
    Ok(Show::ok(page).respond_to(request))
}
