//! `/shift`: what one has under way, what others have left, and to whom one's own goes.

use askama::Template;

use super::queries::{self, Handover, Open};
use super::work::{icon_of, place_of_draft, words};
use super::{HandoverState, ItemKind};
use crate::domain::id::{AccountId, HandoverId};
use crate::domain::now::Now;
use crate::domain::person::{Person, WorkStatus};
use crate::domain::phone::pretty;
use crate::domain::russian;
use crate::platform::db::Db;
use crate::slots::clock;
use crate::web::page::Page;

/// The page.
#[derive(Template)]
#[template(path = "shift/index.html", blocks = ["work"])]
pub struct ShiftPage {
    /// What one has under way.
    lines: Vec<Line>,
    /// In words.
    what: String,
    /// What others have left.
    offers: Vec<Offer>,
    /// What one has left and nobody has taken.
    left: Vec<Offer>,
    colleagues: Vec<Colleague>,
    is_offline: bool,
}

struct Line {
    icon: &'static str,
    title: String,
    about: String,
    /// Empty when there is nowhere to go.
    href: String,
}

struct Offer {
    id: HandoverId,
    from: String,
    what: String,
    at: String,
    is_for_all: bool,
    lines: Vec<Line>,
}

struct Colleague {
    id: AccountId,
    name: String,
    status: WorkStatus,
}

impl Page for ShiftPage {
    fn title(&self) -> String {
        "Смена".to_owned()
    }

    fn section(&self) -> &'static str {
        ""
    }

    fn part(&self, target: &str) -> Option<askama::Result<String>> {
        (target == "shift").then(|| self.as_work().render())
    }
}

impl ShiftPage {
    /// Loads what `person` sees.
    pub fn load(db: &mut Db, person: &Person, now: Now) -> diesel::QueryResult<Self> {
        let open = queries::unhanded(db, person.id, now.utc)?;
        let mut offers = Vec::new();
        for handover in queries::offered_to(db, person.id)? {
            offers.push(Offer::load(db, &handover, now)?);
        }
        let mut left = Vec::new();
        for handover in queries::left_by(db, person.id)? {
            left.push(Offer::load(db, &handover, now)?);
        }
        let colleagues = queries::colleagues(db, person.id)?;
        Ok(Self {
            what: words(&open),
            lines: lines(&open, now),
            offers: offers.into_iter().filter(|offer| !offer.lines.is_empty()).collect(),
            left: left.into_iter().filter(|offer| !offer.lines.is_empty()).collect(),
            colleagues: colleagues
                .into_iter()
                .map(|(id, name, status)| Colleague { id, name, status })
                .collect(),
            is_offline: person.work_status.as_ref().is_none_or(|work| work.status.is_offline()),
        })
    }
}

impl Offer {
    fn load(db: &mut Db, handover: &Handover, now: Now) -> diesel::QueryResult<Self> {
        let items = queries::items(db, handover.id)?;
        let open = queries::open(db, handover.from_id, now.utc)?.only(&items);
        let is_for_all = handover.state == HandoverState::Pooled;
        let at = match is_for_all {
            true => now.moment_in_words(handover.created_at),
            false => format!("до {} — потом всем", now.moment(handover.accept_until)),
        };
        Ok(Self {
            id: handover.id,
            from: russian::short_name(&handover.from),
            what: words(&open),
            at,
            is_for_all,
            lines: lines(&open, now),
        })
    }
}

/// «завтра»; a day that cannot be read stays as it is written.
fn day_words(day: &str, now: Now) -> String {
    day.parse().map_or_else(|_| day.to_owned(), |date| russian::day_near(date, now.today()))
}

fn lines(open: &Open, now: Now) -> Vec<Line> {
    let mut lines = Vec::new();
    for (_, number, due_at, note) in &open.promises {
        lines.push(Line {
            icon: icon_of(ItemKind::Promise),
            title: format!("Перезвонить {}", pretty(number)),
            about: match note.as_str() {
                "" => now.moment_in_words(*due_at),
                note => format!("{}: {note}", now.moment_in_words(*due_at)),
            },
            href: "/telephony/callbacks".to_owned(),
        });
    }
    for (id, client, account, since) in &open.chats {
        let client = if client.is_empty() { "Клиент" } else { client };
        lines.push(Line {
            icon: icon_of(ItemKind::Chat),
            title: format!("Чат: {client}"),
            about: match since {
                Some(since) => format!("«{account}», ждёт ответа с {}", now.moment(*since)),
                None => format!("«{account}», отложен"),
            },
            href: format!("/messages/{id}"),
        });
    }
    for (key, at) in &open.drafts {
        let (href, title) = place_of_draft(key);
        lines.push(Line {
            icon: icon_of(ItemKind::Draft),
            title: format!("Черновик: {}", title.to_lowercase()),
            about: format!("набран {}", now.moment_in_words(*at)),
            href,
        });
    }
    for (_, city, day, minute, equipment, until) in &open.holds {
        lines.push(Line {
            icon: icon_of(ItemKind::Hold),
            title: format!("Занято время: {city}, {equipment}, {} в {}", day_words(day, now), clock(*minute)),
            about: format!("держится до {}", now.moment(*until)),
            href: String::new(),
        });
    }
    lines
}
