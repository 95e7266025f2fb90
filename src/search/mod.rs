//! `/search`: one field over orders, clients, calls, chats, people and pages, by the same forgiving rules as each list
//! has. Over any page with Ctrl+K (static/js/find.js), a page of its own without scripts.

mod queries;

use actix_web::web::{Data, ServiceConfig, get, resource};
use askama::Template;

use crate::app::App;
use crate::auth::signed::{Anyone, Signed};
use crate::calls::filter::Filter;
use crate::calls::queries::condition::Condition;
use crate::calls::queries::{facts, list as call_list};
use crate::calls::words::CallWords;
use crate::chats::queries::{list as chat_list, search as chat_search};
use crate::clients::queries::search as client_search;
use crate::domain::now::Now;
use crate::domain::person::Person;
use crate::domain::{phone, russian, search_words, zone};
use crate::orders::list::filter::OrderFilter;
use crate::orders::queries::list as order_list;
use crate::platform::db::Db;
use crate::platform::error::AppError;
use crate::web::form::{Fields, Query};
use crate::web::list::Slice;
use crate::web::page::{Page, Show};
use crate::{help, reference};

/// Of each kind as many are shown; the rest is behind «Все».
const SHOWN: usize = 5;
/// The longest search.
const MOST_LETTERS: usize = 100;

/// The address for everybody.
pub fn routes(config: &mut ServiceConfig) {
    config.service(resource("/search").route(get().to(index)));
}

/// Something that was found.
struct Hit {
    href: String,
    title: String,
    about: String,
    /// At the end of the line.
    mark: String,
}

/// What was found of one kind.
struct Group {
    label: &'static str,
    icon: &'static str,
    hits: Vec<Hit>,
    /// The whole list; empty when all of it is here.
    all: String,
}

#[derive(Template)]
#[template(path = "search/index.html", blocks = ["dialog", "found"])]
struct SearchPage {
    q: String,
    groups: Vec<Group>,
}

impl Page for SearchPage {
    fn title(&self) -> String {
        "Поиск".to_owned()
    }

    fn section(&self) -> &'static str {
        ""
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        match target {
            "dialog" => Some(self.as_dialog().render()),
            "search-found" => Some(self.as_found().render()),
            _ => None,
        }
    }
}

async fn index(
    person: Signed<Anyone>,
    app: Data<App>,
    Query(fields): Query,
) -> Result<Show<SearchPage>, AppError> {
    let now = Now { utc: app.clock.now(), zone: app.config.business_zone };
    let q: String = fields.text("q").chars().take(MOST_LETTERS).collect();
    let (wanted, person) = (q.clone(), Person::clone(&person));
    let groups = app.db.read(move |db| Ok(find(db, &wanted, &person, now)?)).await?;
    Ok(Show::ok(SearchPage { q, groups }))
}

fn find(db: &mut Db, q: &str, person: &Person, now: Now) -> diesel::QueryResult<Vec<Group>> {
    let mut groups = Vec::new();
    // One letter is in everything.
    let is_enough = q.chars().count() > 1;
    if is_enough {
        groups.push(clients(db, q)?);
        groups.push(orders(db, q, now)?);
        groups.push(calls(db, q, now)?);
        groups.push(chats(db, q, person, now)?);
    }
    groups.push(pages(q, person));
    if is_enough {
        if person.is_admin() {
            groups.push(people(db, q)?);
        }
        groups.push(reference(db, q)?);
        groups.push(help(q, person));
    }
    groups.retain(|group| !group.hits.is_empty());
    Ok(groups)
}

fn with_query(path: &str, q: &str) -> String {
    format!("{path}?{}", Fields::from([("q", q)]).encode())
}

/// The first of what was found, and the way to the rest.
fn cut(mut hits: Vec<Hit>, all: String) -> (Vec<Hit>, String) {
    let all = if hits.len() > SHOWN { all } else { String::new() };
    hits.truncate(SHOWN);
    (hits, all)
}

fn clients(db: &mut Db, q: &str) -> diesel::QueryResult<Group> {
    let hit = |found: client_search::FoundClient| {
        let numbers: Vec<String> = found.numbers.iter().take(3).map(|n| phone::pretty(&n.digits)).collect();
        let numbers = numbers.join(", ");
        let words = russian::plural(found.orders.unsigned_abs(), ["заказ", "заказа", "заказов"]);
        Hit {
            href: format!("/clients/{}", found.id),
            about: [if found.name.is_empty() { "" } else { numbers.as_str() }, found.city.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty())
                .collect::<Vec<_>>()
                .join(" · "),
            title: if found.name.is_empty() { numbers } else { found.name },
            mark: if found.orders == 0 { String::new() } else { format!("{} {words}", found.orders) },
        }
    };
    let found = client_search::find(db, q)?;
    let (hits, all) = cut(found.into_iter().map(hit).collect(), with_query("/clients", q));
    Ok(Group { label: "Клиенты", icon: "user", hits, all })
}

fn orders(db: &mut Db, q: &str, now: Now) -> diesel::QueryResult<Group> {
    let filter = OrderFilter { search: q.to_owned(), ..OrderFilter::default() };
    let slice = Slice { page: 1, per_page: SHOWN as i64 + 1 };
    let found = order_list::page(db, &filter, slice, now.zone)?;
    let hit = |row: order_list::OrderRow| Hit {
        href: format!("/orders/{}", row.id),
        title: format!("№ {} · {}", row.id, row.client_name),
        about: format!("{} · {}, {} · {}", row.type_equipment, row.city, row.address, row.problem),
        mark: format!(
            "{} · {}",
            row.status_order,
            russian::day(zone::local(row.date_meeting, now.zone).date(), now.today())
        ),
    };
    let (hits, all) = cut(found.rows.into_iter().map(hit).collect(), with_query("/orders", q));
    Ok(Group { label: "Заказы", icon: "clipboard-list", hits, all })
}

fn calls(db: &mut Db, q: &str, now: Now) -> diesel::QueryResult<Group> {
    let fields = Fields::from([("q", q), ("per_page", "6")]);
    let filter = Filter::of(&fields, now.utc, now.zone);
    let condition = Condition::of(db, &filter)?;
    let listed = call_list::page(db, &filter, &condition)?;
    let ids: Vec<_> = listed.iter().map(|call| call.id).collect();
    let found = facts::calls(db, &ids)?;
    let hit = |call: &facts::Call| {
        let words = CallWords::of(call, now);
        Hit {
            href: format!("/calls/{}", call.id),
            title: format!("{} · {}", words.time_in_words, words.number),
            about: [words.client_name.as_str(), words.city.as_str(), words.operator.as_str()]
                .into_iter()
                .filter(|part| !part.is_empty() && *part != "—")
                .collect::<Vec<_>>()
                .join(" · "),
            mark: words.status.to_string(),
        }
    };
    let hits = ids.iter().filter_map(|id| found.get(id)).map(hit).collect();
    let (hits, all) = cut(hits, with_query("/telephony", q));
    Ok(Group { label: "Звонки", icon: "phone", hits, all })
}

fn chats(db: &mut Db, q: &str, person: &Person, now: Now) -> diesel::QueryResult<Group> {
    let wanted = chat_list::Wanted {
        account: None,
        quick: chat_list::Quick::All,
        label: None,
        found: Some(chat_search::find(db, q)?),
        after: None,
        viewer: person.id,
        now: now.utc,
    };
    let found = chat_list::page(db, &wanted, SHOWN as i64 + 1)?;
    let hits = found.into_iter().map(|chat| Hit {
        href: format!("/messages/{}", chat.id),
        title: format!("{} · {}", chat.called(), chat.item_title),
        about: chat.city.clone(),
        mark: now.moment(chat.list_time),
    });
    let (hits, all) = cut(hits.collect(), with_query("/messages", q));
    Ok(Group { label: "Чаты", icon: "messages", hits, all })
}

fn people(db: &mut Db, q: &str) -> diesel::QueryResult<Group> {
    let meant = readings(q);
    let hits = queries::people(db)?
        .into_iter()
        .filter(|one| is_meant(&format!("{} {} {}", one.name, one.login, one.extension), &meant))
        .map(|one| Hit {
            href: format!("/admin/employees/{}", one.account),
            about: if one.extension.is_empty() {
                one.login
            } else {
                format!("{}, внутренний {}", one.login, one.extension)
            },
            title: one.name,
            mark: one.role.label().to_owned(),
        });
    let (hits, all) = cut(hits.collect(), with_query("/admin/employees", q));
    Ok(Group { label: "Сотрудники", icon: "users", hits, all })
}

fn reference(db: &mut Db, q: &str) -> diesel::QueryResult<Group> {
    let hits = reference::find(db, q)?.into_iter().map(line);
    let (hits, all) = cut(hits.collect(), with_query("/reference", q));
    Ok(Group { label: "Справочник", icon: "file-text", hits, all })
}

fn help(q: &str, person: &Person) -> Group {
    let hits = help::find(q, person.is_admin()).into_iter().map(line);
    let (hits, all) = cut(hits.collect(), with_query("/help", q));
    Group { label: "Помощь", icon: "help-circle", hits, all }
}

/// A line of a text.
fn line(found: reference::search::Hit) -> Hit {
    let title: String = found.pieces.iter().map(|piece| piece.text.as_str()).collect();
    Hit {
        about: [found.title, found.heading.as_str()]
            .into_iter()
            .filter(|part| !part.is_empty() && *part != title)
            .collect::<Vec<_>>()
            .join(" · "),
        title,
        href: found.href,
        mark: String::new(),
    }
}

/// Title, address, further words, whether only an admin goes there.
const PAGES: &[(&str, &str, &str, bool)] = &[
    ("Телефония", "/telephony", "звонки", false),
    ("Не перезвонили", "/telephony/debts", "долги пропущенные", false),
    ("Обещания перезвонить", "/telephony/callbacks", "перезвонить", false),
    ("Центр сообщений", "/messages", "чаты авито", false),
    ("Заказы", "/orders", "заявки", false),
    ("Новый заказ", "/orders/new", "создать добавить заявка", false),
    ("Клиенты", "/clients", "", false),
    ("Статистика", "/stats", "показатели графики", false),
    ("Зарплата", "/salary", "деньги начислено премия штраф", false),
    ("Профиль", "/profile", "пароль сеансы тема", false),
    ("Помощь", "/help", "руководство как", false),
    ("Обзор", "/admin", "управление", true),
    ("Табло", "/admin/wallboard", "сейчас", true),
    ("Отчёты", "/admin/stats", "города мастера деньги статистика", true),
    ("Сотрудники", "/admin/employees", "операторы", true),
    ("Табель", "/admin/time-sheet", "смены часы", true),
    ("Ведомость зарплаты", "/admin/salary", "деньги закрыть месяц премия штраф", true),
    ("Схемы зарплаты", "/admin/salary/schemes", "ставки оплата", true),
    ("Мастера", "/admin/masters", "", true),
    ("Номера и линии", "/admin/phones", "телефония", true),
    ("Списки", "/admin/lists", "города рк причины аккаунты", true),
    ("Слоты", "/admin/slots", "лимиты места", true),
    ("Аккаунты Авито", "/admin/avito", "прокси", true),
    ("Отзывы", "/admin/avito/reviews", "авито", true),
    ("Mango Office", "/admin/mango", "телефония ключ", true),
    ("Почта", "/admin/mail", "записи ящик", true),
    ("Уведомления", "/admin/notifications", "telegram телеграм письма бот отчёт", true),
    ("Журнал действий", "/admin/audit", "кто", true),
    ("Состояние системы", "/admin/system", "задания копии", true),
];

fn pages(q: &str, person: &Person) -> Group {
    let meant = readings(q);
    let mut hits: Vec<Hit> = PAGES
        .iter()
        .filter(|(.., is_admins)| !is_admins || person.is_admin())
        // Admins have no sheet of their own.
        .filter(|(_, href, ..)| *href != "/salary" || !person.is_admin())
        .filter(|(title, _, further, _)| q.is_empty() || is_meant(&format!("{title} {further}"), &meant))
        .map(|(title, href, ..)| Hit {
            href: (*href).to_owned(),
            title: (*title).to_owned(),
            about: String::new(),
            mark: String::new(),
        })
        .collect();
    // A number that was typed can be made an order of.
    if let Some(number) = phone::Phone::parse(q).filter(|number| number.digits().len() > 9) {
        let fields = Fields::from([("phone", number.digits())]);
        hits.push(Hit {
            href: format!("/orders/new?{}", fields.encode()),
            title: format!("Новый заказ для {}", number.pretty()),
            about: String::new(),
            mark: String::new(),
        });
    }
    Group { label: "Перейти", icon: "arrow-right", hits, all: String::new() }
}

/// The words as typed, and as the same keys write them in the other layout.
fn readings(q: &str) -> Vec<Vec<String>> {
    std::iter::once(search_words::words(q))
        .chain(search_words::other_layout(q).map(|other| search_words::words(&other)))
        .filter(|words| !words.is_empty())
        .collect()
}

fn is_meant(text: &str, readings: &[Vec<String>]) -> bool {
    let here = search_words::words(text);
    readings.iter().any(|typed| typed.iter().all(|t| here.iter().any(|word| word.starts_with(t))))
}
