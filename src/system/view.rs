//! What the page of the system says of each part.

use std::fmt::Write;
use std::time::Duration;

use chrono::{DateTime, NaiveDateTime};

use crate::app::App;
use crate::domain::now::{Now, age};
use crate::domain::russian;
use crate::health::facts::{Facts, Process};
use crate::health::warnings;
use crate::platform::jobs::{Failure, Periodic};
use crate::platform::machine::Disk;
use crate::platform::metrics::Slow;

/// A part of the installation.
pub struct Card {
    pub title: &'static str,
    pub icon: &'static str,
    pub state: State,
    /// Beside the title.
    pub chip: String,
    pub words: String,
    /// Smaller, below.
    pub more: String,
    /// What one does about it; empty when nothing has to be done here.
    pub href: &'static str,
    pub verb: &'static str,
}

/// Whether a person is wanted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// It works.
    Good,
    /// Switched off, or nothing to look at.
    Off,
    /// Somebody has to look.
    Bad,
}

impl Card {
    /// Whether it wants a person.
    pub fn is_bad(&self) -> bool {
        self.state == State::Bad
    }

    /// The class of the chip.
    pub fn chip_kind(&self) -> &'static str {
        match self.state {
            State::Good => "ok",
            State::Off => "",
            State::Bad => "warn",
        }
    }

    /// The icon of the chip.
    pub fn chip_icon(&self) -> &'static str {
        match self.state {
            State::Good => "check",
            State::Off => "power",
            State::Bad => "alert-triangle",
        }
    }
}

/// All of them.
pub fn cards(app: &App, facts: &Facts, disk: Option<Disk>, mango_is_set: bool, now: Now) -> Vec<Card> {
    vec![
        telephony(facts, mango_is_set, now),
        avito(facts, now),
        mail(facts, now),
        database(app, facts),
        backup(facts, now),
        space(app, disk),
        certificate(app, facts, now),
    ]
}

fn telephony(facts: &Facts, mango_is_set: bool, now: Now) -> Card {
    /// By then the worker has taken what came.
    const WAITS: chrono::Duration = chrono::Duration::minutes(1);
    let is_behind = facts.inbox_oldest.is_some_and(|at| now.utc - at > WAITS);
    let (state, chip) = match () {
        () if !mango_is_set => (State::Bad, "нет ключа"),
        () if is_behind => (State::Bad, "не успевает"),
        () if facts.inbox_failed > 0 => (State::Bad, "не разобрано"),
        () => (State::Good, "работает"),
    };
    let last = facts.telephony_at.map_or_else(
        || "Событий ещё не было".to_owned(),
        |at| format!("Последнее событие {}", now.moment_in_words(at)),
    );
    Card {
        title: "Mango Office",
        icon: "headset",
        state,
        chip: chip.to_owned(),
        words: last,
        more: format!("ждут разбора {}, не разобрано {}", facts.inbox_waiting, facts.inbox_failed),
        href: "/admin/mango",
        verb: "Открыть",
    }
}

fn avito(facts: &Facts, now: Now) -> Card {
    let glance = &facts.avito;
    let last = glance.good_at.map_or_else(
        || "Avito ещё не отвечал".to_owned(),
        |at| format!("Последний успешный запрос {}", now.moment_in_words(at)),
    );
    let (state, chip, words) = match glance.failing.first() {
        _ if glance.accounts == 0 => {
            (State::Off, "не подключён", "Нет включённых аккаунтов с ключами".to_owned())
        }
        Some((name, error)) => (State::Bad, "есть ошибки", format!("{name}: {error}")),
        None => (State::Good, "работает", last.clone()),
    };
    let many = |n: usize, forms| format!("{n} {}", russian::plural(n as u64, forms));
    let accounts = many(glance.accounts, ["аккаунт", "аккаунта", "аккаунтов"]);
    let more = match (glance.accounts, glance.failing.len()) {
        (0, _) => String::new(),
        (_, 0) => accounts,
        (_, failing) => format!("{last}; {accounts}, с ошибкой {failing}"),
    };
    Card {
        title: "Avito",
        icon: "messages",
        state,
        chip: chip.to_owned(),
        words,
        more,
        href: "/admin/avito",
        verb: "Открыть",
    }
}

fn mail(facts: &Facts, now: Now) -> Card {
    let good_at = facts.mail.good_at.map_or_else(
        || "Связи с ящиком ещё не было".to_owned(),
        |at| format!("Последняя связь {}", now.moment_in_words(at)),
    );
    let (state, chip, words) = match facts.mail.trouble_since {
        _ if !facts.mail_enabled => (State::Off, "выключена", "Записи приходят только от Mango".to_owned()),
        Some(since) => (
            State::Bad,
            "не отвечает",
            format!(
                "{}, с {}. Письма не потеряются: положение в ящике сохранено",
                russian::sentence(&facts.mail.trouble),
                now.moment(since)
            ),
        ),
        None => (State::Good, "работает", good_at),
    };
    Card {
        title: "Почта с записями",
        icon: "mail",
        state,
        chip: chip.to_owned(),
        words,
        more: String::new(),
        href: "/admin/mail",
        verb: "Открыть",
    }
}

fn database(app: &App, facts: &Facts) -> Card {
    let pool = app.db.pool();
    let is_full = pool.open == pool.most && pool.idle == 0;
    Card {
        title: "База",
        icon: "database",
        state: if is_full { State::Bad } else { State::Good },
        chip: if is_full { "все соединения заняты" } else { "работает" }.to_owned(),
        words: format!(
            "{} {}, {}",
            app.db.kind(),
            facts.database.version,
            russian::size(facts.database.bytes.unsigned_abs())
        ),
        more: format!("соединений {} из {}, свободно {}", pool.open, pool.most, pool.idle),
        href: "",
        verb: "",
    }
}

fn backup(facts: &Facts, now: Now) -> Card {
    let warning = warnings::of_backup(facts.backup.as_ref(), facts.backup_failed.as_ref(), now);
    let (state, chip) = match (&warning, &facts.backup) {
        (_, None) if facts.backup_failed.is_none() => (State::Bad, "не снималась".to_owned()),
        (Some(_), _) => (State::Bad, "нужен человек".to_owned()),
        (None, Some(last)) => (State::Good, now.moment_in_words(last.at)),
        (None, None) => (State::Bad, "не снималась".to_owned()),
    };
    let words = match (warning, &facts.backup_failed, &facts.backup) {
        (Some(words), Some(failed), _) => format!("{words}: {}", failed.words),
        (Some(words), None, _) => words,
        (None, _, None) => "Её снимает команда callcentre backup, по таймеру раз в сутки".to_owned(),
        (None, _, Some(last)) => {
            format!(
                "Снята за {} с, {}, {} {}",
                last.took_seconds,
                russian::size(last.bytes),
                last.files,
                russian::plural(last.files as u64, ["файл", "файла", "файлов"])
            )
        }
    };
    let more = facts.backup.as_ref().map_or("", |last| match last.is_encrypted {
        true => "зашифрована",
        false => "не зашифрована: хранить как сам сервер",
    });
    Card {
        title: "Резервная копия",
        icon: "shield-check",
        state,
        chip,
        words,
        more: more.to_owned(),
        href: "",
        verb: "",
    }
}

fn space(app: &App, disk: Option<Disk>) -> Card {
    let (state, chip, words) = match disk {
        None => (State::Off, "не узнать".to_owned(), "Система не говорит, сколько осталось".to_owned()),
        Some(disk) => (
            if warnings::of_disk(disk).is_some() { State::Bad } else { State::Good },
            format!("занято {}\u{a0}%", disk.used_percent()),
            format!("Свободно {} из {}", russian::size(disk.free), russian::size(disk.total)),
        ),
    };
    Card {
        title: "Диск",
        icon: "server",
        state,
        chip,
        words,
        more: app.config.data_dir.display().to_string(),
        href: "",
        verb: "",
    }
}

fn certificate(app: &App, facts: &Facts, now: Now) -> Card {
    let day = |at: NaiveDateTime| russian::day(crate::domain::zone::local(at, now.zone).date(), now.today());
    let (state, chip, words) = match &facts.certificate {
        None if app.config.server.public_url.starts_with("https://") => (
            State::Off,
            "ещё не смотрели".to_owned(),
            "Проверяется при запуске и раз в шесть часов".to_owned(),
        ),
        None => (State::Off, "нет".to_owned(), "Адрес сайта (PUBLIC_URL) без https".to_owned()),
        Some(seen) => match seen.ends_at {
            None => (State::Off, "не узнать".to_owned(), russian::sentence(&seen.trouble)),
            Some(at) => match warnings::of_certificate(seen, now.utc) {
                Some(words) => (State::Bad, "продлите".to_owned(), words),
                None => {
                    let left = russian::days((at - now.utc).num_days().unsigned_abs());
                    (State::Good, format!("ещё {left}"), format!("{}: до {}", seen.host, day(at)))
                }
            },
        },
    };
    Card {
        title: "Сертификат", icon: "lock", state, chip, words, more: String::new(), href: "", verb: ""
    }
}

/// The sentence on top.
pub struct Summary {
    pub is_good: bool,
    pub title: String,
    pub text: String,
}

impl Summary {
    pub fn of(cards: &[Card], jobs: &[Job]) -> Self {
        let bad: Vec<&Card> = cards.iter().filter(|card| card.is_bad()).collect();
        let failing: Vec<&str> = jobs.iter().filter(|job| job.is_failing).map(|job| job.label).collect();
        let mut wanted: Vec<String> = bad.iter().map(|card| card.title.to_owned()).collect();
        if !failing.is_empty() {
            wanted.push(format!("задания ({})", failing.join(", ")));
        }
        match wanted.is_empty() {
            true => Self {
                is_good: true,
                title: "Всё работает".to_owned(),
                text: "Ничего делать не нужно.".to_owned(),
            },
            false => Self {
                is_good: false,
                title: format!("Нужен человек: {}", wanted.join(", ")),
                text: bad.first().map_or_else(
                    || "Задание повторится само в свой черёд.".to_owned(),
                    |card| format!("{}.", card.words.trim_end_matches('.')),
                ),
            },
        }
    }
}

/// Periodic work.
pub struct Job {
    pub name: &'static str,
    pub label: &'static str,
    /// «раз в 10 мин».
    pub every: String,
    pub last: String,
    pub next: String,
    /// Empty when another process did it last, or nobody yet.
    pub took: String,
    pub is_failing: bool,
    /// Why it failed last, and when; empty when it has not of late.
    pub error: String,
}

impl Job {
    pub fn of(
        work: &Periodic<App>,
        last: Option<NaiveDateTime>,
        failure: Option<&Failure>,
        took: Option<Duration>,
        now: Now,
    ) -> Self {
        let seconds = work.every.as_secs().max(1);
        let next = (now.utc.and_utc().timestamp() / seconds as i64 + 1) * seconds as i64;
        let next = DateTime::from_timestamp(next, 0).map(|at| now.moment(at.naive_utc()));
        Self {
            name: work.name,
            label: work.label,
            every: every(seconds),
            last: last.map_or_else(|| "ещё нет".to_owned(), |at| now.moment(at)),
            next: next.unwrap_or_default(),
            took: took.map(short).unwrap_or_default(),
            // A later turn that went well is over it.
            is_failing: failure.is_some_and(|failure| last.is_none_or(|last| failure.at >= last)),
            error: failure.map(|f| format!("{}: {}", now.moment(f.at), f.error)).unwrap_or_default(),
        }
    }
}

fn every(seconds: u64) -> String {
    match seconds {
        86_400 => "раз в сутки".to_owned(),
        3600 => "раз в час".to_owned(),
        60 => "раз в минуту".to_owned(),
        s if s % 3600 == 0 => format!("раз в {} ч", s / 3600),
        s if s % 60 == 0 => format!("раз в {} мин", s / 60),
        s => format!("раз в {s} с"),
    }
}

/// «12 мс», «1,8 с», «41 с».
fn short(took: Duration) -> String {
    let ms = took.as_millis();
    match ms {
        0 => "меньше 1 мс".to_owned(),
        1..1000 => format!("{ms} мс"),
        1000..10_000 => format!("{},{} с", ms / 1000, ms % 1000 / 100),
        _ => format!("{} с", ms / 1000),
    }
}

/// An address that takes long.
pub struct SlowAddress {
    pub route: String,
    pub count: String,
    pub mean: String,
    pub longest: String,
}

impl SlowAddress {
    pub fn of(slow: &Slow) -> Self {
        Self {
            route: slow.route.clone(),
            count: russian::count(slow.count),
            mean: short(slow.mean),
            longest: short(slow.longest),
        }
    }
}

/// What there is to know of the process.
pub fn about(app: &App, process: &Process, facts: &Facts, now: Now) -> Vec<(&'static str, String)> {
    let started = now.utc - chrono::Duration::seconds(i64::try_from(process.uptime).unwrap_or_default());
    vec![
        ("Версия", env!("CARGO_PKG_VERSION").to_owned()),
        ("Запущена", format!("{}, работает {}", now.moment_in_words(started), age(started, now))),
        ("Процессов", facts.database.processes.to_string()),
        ("Память", process.memory.map_or_else(|| "не узнать".to_owned(), russian::size)),
        ("Браузеров на связи", process.streams.to_string()),
        ("Запросов к базе", russian::count(app.db.statements())),
        ("В очереди событий", facts.inbox_waiting.to_string()),
        ("Часы", format!("{}, {}", now.moment(now.utc), now.zone.name())),
    ]
}

/// The page as text.
pub fn report(summary: &Summary, cards: &[Card], jobs: &[Job], about: &[(&'static str, String)]) -> String {
    let mut text = format!("{}. {}\n", summary.title, summary.text);
    for (name, value) in about {
        let _ = writeln!(text, "{name}: {value}");
    }
    for card in cards {
        let _ = writeln!(text, "{} ({}): {}. {}", card.title, card.chip, card.words, card.more);
    }
    for job in jobs {
        let error =
            if job.error.is_empty() { String::new() } else { format!(", ошибка {}", job.error) };
        let _ = writeln!(text, "{}: {}, последний раз {}{error}", job.label, job.every, job.last);
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_told_in_the_unit_one_thinks_in() {
        let told = |ms: u64| short(Duration::from_millis(ms));
        assert_eq!([told(0), told(12), told(1830), told(41_200)], ["меньше 1 мс", "12 мс", "1,8 с", "41 с"]);
        assert_eq!(
            [every(5), every(60), every(600), every(3600), every(21_600), every(86_400)],
            ["раз в 5 с", "раз в минуту", "раз в 10 мин", "раз в час", "раз в 6 ч", "раз в сутки"]
        );
    }

    #[test]
    fn what_wants_a_person_is_named_in_the_first_sentence() {
        let card = |title, state| Card {
            title,
            icon: "mail",
            state,
            chip: String::new(),
            words: "ящик не отвечает".to_owned(),
            more: String::new(),
            href: "",
            verb: "",
        };
        let good = [card("Почта", State::Off), card("База", State::Good)];
        assert!(Summary::of(&good, &[]).is_good);
        let bad = Summary::of(&[card("Почта", State::Bad), card("База", State::Good)], &[]);
        assert_eq!(
            (bad.is_good, &*bad.title, &*bad.text),
            (false, "Нужен человек: Почта", "ящик не отвечает.")
        );
    }
}
