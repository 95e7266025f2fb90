//! What lasts until somebody puts it right: sources of news that are silent, failures, things that run out. Everything is
//! computed when it is asked for; each leads to the page where it is put right. A source that is added to the product is
//! added here.

use chrono::{Duration, Timelike};

use crate::admin::avito::queries::reviews as avito_reviews;
use crate::alerts::Lasting;
use crate::alerts::queries::outbox;
use crate::app::App;
use crate::auth::queries::work_time;
use crate::callbacks::queries as callbacks;
use crate::chats::queries::sync;
use crate::domain::notice::{NoticeKind, OutState};
use crate::domain::now::Now;
use crate::domain::{russian, zone};
use crate::health::{certificate, warnings};
use crate::integrations::mango::queries as inbox;
use crate::integrations::mango::queries::EventState;
use crate::integrations::mango::settings as mango;
use crate::platform::db::Db;
use crate::recordings::by_mail::queries::{self as mail, places};
use crate::recordings::queries as recordings;

/// Something that lasts.
pub struct State {
    /// What, and where it is put right.
    pub told: Lasting,
    /// It is a source that is silent: the header says so in words.
    pub is_silence: bool,
    /// It is told outside as well; others are work that waits and no alarm.
    pub is_alarm: bool,
}

impl State {
    fn alarm(key: &str, kind: NoticeKind, words: String, href: &str) -> Self {
        let told = Lasting { key: key.to_owned(), kind, words, href: href.to_owned(), is_for_all: false };
        Self { told, is_silence: false, is_alarm: true }
    }

    fn work(key: &str, kind: NoticeKind, words: String, href: &str) -> Self {
        Self { is_alarm: false, ..Self::alarm(key, kind, words, href) }
    }

    fn silence(key: &str, kind: NoticeKind, words: String, href: &str) -> Self {
        let mut state = Self::alarm(key, kind, words, href);
        state.is_silence = true;
        state.told.is_for_all = true;
        state
    }
}

/// The key of [`failing`].
pub const WORK: &str = "work";
/// Refused signatures count as long as this after the last one.
const REFUSED_FOR: Duration = Duration::hours(24);
/// Recordings that were given up, and letters that could not be read, are told of as long as this.
const LOST_FOR: Duration = Duration::days(7);
/// Bad reviews without an answer are told of as long as this.
const BAD_REVIEWS_FOR: Duration = Duration::days(14);
/// A promise to call that has not been kept for so long after its time is an admin's matter.
const UNKEPT_FOR: Duration = Duration::hours(1);
/// Messages to people outside that were refused are told of as long as this.
const UNSENT_FOR: Duration = Duration::hours(24);

/// Sources that are silent: everybody's matter.
pub fn silences(db: &mut Db, now: Now) -> diesel::QueryResult<Vec<State>> {
    let mut all = telephony(db, now)?;
    all.extend(mailbox(db, now)?);
    all.extend(avito(db, now)?);
    Ok(all)
}

/// Everything else, for admins; the worst last. `silent` are the sources that are told of already.
pub fn of_admins(app: &App, db: &mut Db, silent: &[State], now: Now) -> diesel::QueryResult<Vec<State>> {
    let counted = |n: i64, forms| format!("{n} {}", russian::plural(n.unsigned_abs(), forms));
    let mut all = Vec::new();
    if let Some((count, at)) = mango::refused(db)?
        && now.utc - at < REFUSED_FOR
    {
        let what = counted(count, ["событие", "события", "событий"]);
        let words = format!("Отвергнуто {what} телефонии: подпись не подошла. Проверьте ключ и соль");
        all.push(State::alarm("signatures", NoticeKind::Trouble, words, "/admin/mango"));
    }
    let unkept = callbacks::due_count(db, None, now.utc - UNKEPT_FOR)?;
    if unkept > 0 {
        let whom = counted(unkept, ["клиент", "клиента", "клиентов"]);
        let words = format!("Пора перезвонить: {whom}, обещали больше часа назад");
        all.push(State::alarm("promises", NoticeKind::Promise, words, "/telephony/callbacks"));
    }
    for over in work_time::long_breaks(db, now.utc)? {
        if over.limits.is_far_over(now.utc) {
            let age = crate::domain::now::age(over.since, now);
            let (who, reason, limit) = (russian::short_name(&over.name), over.reason, over.limit);
            let words = format!("{who}: перерыв «{reason}» {age}, положено {limit} мин");
            let key = format!("break {}", over.account_id);
            all.push(State::work(&key, NoticeKind::Shift, words, "/admin/wallboard"));
        }
    }
    let failed = inbox::count(db, EventState::Failed)?;
    if failed > 0 {
        let words = format!("Не обработано: {}", counted(failed, ["событие", "события", "событий"]));
        all.push(State::alarm("events", NoticeKind::Trouble, words, "/admin/mango"));
    }
    let lost = recordings::failed_since(db, now.utc - LOST_FOR)?;
    if lost > 0 {
        let words = format!("Не получено за неделю: {}", counted(lost, ["запись", "записи", "записей"]));
        let href = "/telephony?recording=failed&fold=off";
        all.push(State::alarm("recordings", NoticeKind::Trouble, words, href));
    }
    let letters = mail::failed_since(db, now.utc - LOST_FOR)?;
    if letters > 0 {
        let what = counted(letters, ["письмо", "письма", "писем"]);
        let words = format!("Не прочитано за неделю: {what} с записями");
        all.push(State::alarm("letters", NoticeKind::Link, words, "/admin/mail"));
    }
    let reviews = avito_reviews::bad_count(db, now.utc - BAD_REVIEWS_FOR)?;
    if reviews > 0 {
        let what = counted(reviews, ["плохой отзыв", "плохих отзыва", "плохих отзывов"]);
        let words = format!("Без ответа на Авито: {what}");
        all.push(State::work("reviews", NoticeKind::Review, words, "/admin/avito/reviews"));
    }
    let waiting = places::waiting_count(db)?;
    if waiting > 0 {
        let words = format!("Без звонка: {}", counted(waiting, ["запись", "записи", "записей"]));
        all.push(State::work("unmatched", NoticeKind::Link, words, "/admin/mail/unmatched"));
    }
    all.extend(proxies(db, silent)?);
    let unsent = outbox::count(db, OutState::Failed, now.utc - UNSENT_FOR)?;
    if unsent > 0 {
        let what = counted(unsent, ["сообщение", "сообщения", "сообщений"]);
        let words = format!("Не отправлено за сутки: {what} о происходящем");
        all.push(State::work("outbox", NoticeKind::Link, words, "/admin/notifications"));
    }
    let system = |key, kind, words| State::alarm(key, kind, words, "/admin/system");
    let disk = app.disk.read().and_then(warnings::of_disk);
    all.extend(disk.map(|words| system("disk", NoticeKind::Disk, words)));
    let seen = certificate::read(db)?;
    let certificate = seen.as_ref().and_then(|seen| warnings::of_certificate(seen, now.utc));
    all.extend(certificate.map(|words| system("certificate", NoticeKind::Certificate, words)));
    let backup = warnings::of_last_backup(db, now)?;
    all.extend(backup.map(|words| system("backup", NoticeKind::Backup, words)));
    Ok(all)
}

/// Work that fails, by its labels: only whoever has the list of it knows them.
pub fn failing(labels: &[&str]) -> Option<State> {
    let words = format!("Не удаётся: {}", labels.join(", "));
    (!labels.is_empty()).then(|| State::alarm(WORK, NoticeKind::Trouble, words, "/admin/system"))
}

/// Proxies that do not work, of accounts that are not said to be silent because of that.
fn proxies(db: &mut Db, silent: &[State]) -> diesel::QueryResult<Vec<State>> {
    let names = super::queries::broken_proxies(db)?;
    let is_told = |name: &String| silent.iter().any(|state| state.told.words.contains(&format!("«{name}»")));
    let names: Vec<String> = names.into_iter().filter(|name| !is_told(name)).collect();
    if names.len() > NAMED {
        let words = format!("Не работают прокси {} аккаунтов Авито", names.len());
        return Ok(vec![State::alarm("proxies", NoticeKind::Link, words, "/admin/avito/proxies")]);
    }
    let state = |name: String| {
        let words = format!("Не работает прокси аккаунта «{name}»");
        State::alarm(&format!("proxy {name}"), NoticeKind::Link, words, "/admin/avito/proxies")
    };
    Ok(names.into_iter().map(state).collect())
}

/// By day no call centre is silent so long.
const TELEPHONY: Duration = Duration::minutes(45);
/// Hours of the business day, in which silence means something.
const DAY: std::ops::Range<u32> = 9..21;
/// A mailbox may be out of reach so long before it is said.
const MAILBOX: Duration = Duration::minutes(5);
/// So may an account of Avito.
const AVITO: Duration = Duration::minutes(5);
/// Accounts that are named; when more are silent, it is no matter of single ones.
const NAMED: usize = 3;

fn telephony(db: &mut Db, now: Now) -> diesel::QueryResult<Vec<State>> {
    if !DAY.contains(&zone::local(now.utc, now.zone).hour()) {
        return Ok(Vec::new());
    }
    let last = inbox::last_received_at(db)?;
    Ok(last
        .filter(|at| now.utc - *at > TELEPHONY)
        .map(|at| format!("Телефония молчит {}", crate::domain::now::age(at, now)))
        .map(|words| State::silence("telephony", NoticeKind::Source, words, "/admin/mango"))
        .into_iter()
        .collect())
}

fn mailbox(db: &mut Db, now: Now) -> diesel::QueryResult<Vec<State>> {
    if !crate::integrations::mail::settings::read(db)?.enabled {
        return Ok(Vec::new());
    }
    let health = mail::health(db)?;
    let since = health.trouble_since.filter(|since| now.utc - *since > MAILBOX);
    Ok(since
        .map(|since| format!("Почта с записями: {}, с {}", health.trouble.to_lowercase(), now.moment(since)))
        .map(|words| State::silence("mailbox", NoticeKind::Link, words, "/admin/mail"))
        .into_iter()
        .collect())
}

fn avito(db: &mut Db, now: Now) -> diesel::QueryResult<Vec<State>> {
    let silent = sync::in_trouble(db, now.utc - AVITO)?;
    let since = |at: Option<chrono::NaiveDateTime>| at.map(|at| now.moment(at)).unwrap_or_default();
    if silent.len() > NAMED {
        let earliest = silent.iter().filter_map(|(_, _, since)| *since).min();
        let words = format!("Авито: нет связи с {} аккаунтами, с {}", silent.len(), since(earliest));
        return Ok(vec![State::silence("avito", NoticeKind::Source, words, "/admin/avito")]);
    }
    let states = silent.into_iter().map(|(name, why, at)| {
        let why = why.trim_end_matches('.');
        let words = format!("Авито «{name}»: {}, с {}", lower_first(why), since(at));
        State::silence(&format!("avito {name}"), NoticeKind::Source, words, "/admin/avito")
    });
    Ok(states.collect())
}

/// The words as the middle of a sentence.
fn lower_first(words: &str) -> String {
    let mut letters = words.chars();
    match letters.next() {
        Some(first) => first.to_lowercase().chain(letters).collect(),
        None => String::new(),
    }
}
