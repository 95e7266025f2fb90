//! Who signs in, who repairs, the lines, the Avito accounts, the mailbox: some dozens of rows each, taken one by one.

use std::collections::HashMap;

use super::former::{Admin, Avito, DayOff, Line, Mailbox, Master, Operator};
use super::queries::former::Row;
use super::queries::ours::{self, Kind, NewTaken};
use super::queries::write::{self, Access, NewLine, NewMaster, NewPerson, Proxy};
use super::report::Notes;
use super::{Desk, PAGE, reading};
use crate::auth::password;
use crate::domain::id::{AccountId, MasterId};
use crate::domain::person::{AccountStatus, Role};
use crate::domain::phone::Phone;
use crate::integrations::avito::proxy::ProxyType;
use crate::integrations::mail::settings as mail;
use crate::platform::db::{Db, Tx};

/// What stands for an id in a dry run, where nobody gets one.
pub(super) const NOBODY: i64 = 0;
const ADMINS: &str = "Администраторы";
const OPERATORS: &str = "Операторы";
const MASTERS: &str = "Мастера";
const DAYS_OFF: &str = "Выходные мастеров";
const LINES: &str = "Линии";
const ACCOUNTS: &str = "Аккаунты Авито";
const MAILBOX: &str = "Почта";

/// What a small table's row becomes: its id here, or nothing when it is left.
type Became = Option<i64>;

impl Desk {
    /// Takes the rows of a small table that were not taken before, each in a transaction of its own, and gives where all of
    /// them are.
    fn each<T: serde::de::DeserializeOwned>(
        &mut self,
        table: &str,
        (kind, shown): (Kind, &'static str),
        told: impl Fn(&T) -> String,
        mut take: impl FnMut(&mut Tx, &mut Notes, i64, &T) -> diesel::QueryResult<Became>,
    ) -> Result<HashMap<i64, i64>, String> {
        let (mut after, mut all) = (0, HashMap::new());
        loop {
            let rows: Vec<Row<T>> = self.former.page(table, after, PAGE).map_err(|e| e.to_string())?;
            let Some(last) = rows.last() else { return Ok(all) };
            after = last.key;
            for row in rows {
                let now = self.app.clock.now();
                let is_dry = self.is_dry;
                let became = self.step(|tx, notes| {
                    let key = row.key.to_string();
                    if let Some(there) = ours::taken(tx.db, kind, vec![key.clone()])?.remove(&key) {
                        notes.there(shown);
                        if let Ok(said) = &row.said
                            && told(said) != there.told
                        {
                            notes.look(
                                shown,
                                row.key,
                                "изменено там после переноса, здесь осталось прежним",
                                "",
                            );
                        }
                        return Ok(Some(there.ours));
                    }
                    let said = match &row.said {
                        Ok(said) => said,
                        Err(why) => {
                            notes.left(shown, row.key, "строка не читается", why);
                            return Ok(None);
                        }
                    };
                    let became = take(tx, notes, row.key, said)?;
                    if let Some(ours) = became {
                        notes.taken(shown);
                        if !is_dry {
                            let new = NewTaken {
                                kind,
                                former_key: key,
                                our_key: ours,
                                told: told(said),
                                taken_at: now,
                            };
                            ours::remember(tx.db, &[new])?;
                        }
                    }
                    Ok(became)
                })?;
                all.extend(became.map(|ours| (row.key, ours)));
            }
        }
    }
}

/// Takes all of them.
pub(super) fn take(desk: &mut Desk) -> Result<(), String> {
    let mut logins = Logins::default();
    admins(desk, &mut logins)?;
    desk.operators = operators(desk, &mut logins)?;
    desk.masters = masters(desk)?;
    days_off(desk)?;
    lines(desk)?;
    avito(desk)?;
    mailbox(desk)
}

fn admins(desk: &mut Desk, logins: &mut Logins) -> Result<(), String> {
    let (is_dry, now) = (desk.is_dry, desk.app.clock.now());
    desk.each(
        "callcentre_admin",
        (Kind::Admin, ADMINS),
        |row: &Admin| row.updated_at.0.clone(),
        |tx, notes, key, row| {
            let new = NewPerson {
                role: Role::Admin,
                login: row.login.0.clone(),
                password: hash(row.password.expose(), ADMINS, key, notes),
                name: row.login.0.clone(),
                status: AccountStatus::Active,
                note: row.note.0.clone(),
                sip: None,
                cities: Vec::new(),
                since: row.created_at.0.unwrap_or(now),
            };
            logins.person(tx.db, notes, (ADMINS, key), new, is_dry)
        },
    )?;
    Ok(())
}

fn operators(desk: &mut Desk, logins: &mut Logins) -> Result<HashMap<i64, AccountId>, String> {
    let (is_dry, now) = (desk.is_dry, desk.app.clock.now());
    let known = std::mem::take(&mut desk.cities);
    let taken = desk.each(
        "callcentre_operator",
        (Kind::Operator, OPERATORS),
        |row: &Operator| row.updated_at.0.clone(),
        |tx, notes, key, row| {
            let mut cities = Vec::new();
            for said in row.city.split([',', ';', '/']).map(str::trim).filter(|said| !said.is_empty()) {
                match known.of(said).filter(|city| city != super::names::NOWHERE) {
                    Some(city) if !cities.contains(&city) => cities.push(city),
                    Some(_) => {}
                    None if said == super::names::NOWHERE => {}
                    None => notes.look(OPERATORS, key, "города нет среди заказов, линий и мастеров", said),
                }
            }
            let mut sip = Some(row.sip_address.0.clone()).filter(|sip| !sip.is_empty());
            if let Some(address) = sip.clone()
                && (*logins.sips.entry(address.clone()).or_insert(key) != key
                    || ours::has_sip(tx.db, &address)?)
            {
                notes.changed(OPERATORS, key, "SIP-адрес уже у другого, не взят", address);
                sip = None;
            }
            let status = match &*row.status {
                "active" | "" => AccountStatus::Active,
                _ => AccountStatus::Inactive,
            };
            let name = if row.name.is_empty() { row.login.0.clone() } else { row.name.0.clone() };
            if row.name.is_empty() {
                notes.changed(OPERATORS, key, "имя пустое, взят логин", &name);
            }
            let new = NewPerson {
                role: Role::Operator,
                login: row.login.0.clone(),
                password: hash(row.password.expose(), OPERATORS, key, notes),
                name,
                status,
                note: row.note.0.clone(),
                sip,
                cities,
                since: row.date_create.0.unwrap_or(now),
            };
            logins.person(tx.db, notes, (OPERATORS, key), new, is_dry)
        },
    );
    desk.cities = known;
    Ok(taken?.into_iter().map(|(key, ours)| (key, AccountId(ours))).collect())
}

/// A stored password that is compared at the first sign-in; without one an admin has to set another.
fn hash(stored: &str, table: &'static str, key: i64, notes: &mut Notes) -> Option<String> {
    if password::is_bcrypt(stored) {
        return Some(stored.to_owned());
    }
    notes.look(table, key, "пароль не читается: задайте новый", "");
    None
}

/// Logins and addresses this run has given out: in a dry run the database does not know them.
#[derive(Default)]
struct Logins {
    given: HashMap<String, (&'static str, i64)>,
    sips: HashMap<String, i64>,
}

impl Logins {
    /// Makes somebody, under another login when his own is somebody else's.
    fn person(
        &mut self,
        db: &mut Db,
        notes: &mut Notes,
        (table, key): (&'static str, i64),
        mut new: NewPerson,
        is_dry: bool,
    ) -> diesel::QueryResult<Became> {
        let wanted = match new.login.trim() {
            "" => format!("user{key}"),
            login => login.to_lowercase(),
        };
        let is_given =
            |given: &HashMap<_, _>, login: &String| given.get(login).is_some_and(|by| *by != (table, key));
        // Whoever was made here by hand before, in the same role, is the same person.
        if !is_given(&self.given, &wanted)
            && let Some((id, role)) = ours::account(db, &wanted)?
            && role == new.role
            && !ours::all_taken(db, if role == Role::Admin { Kind::Admin } else { Kind::Operator })?
                .values()
                .any(|ours| *ours == id.0)
        {
            notes.look(
                table,
                key,
                "такой логин здесь есть: взят за того же человека, пароль здешний",
                wanted,
            );
            return Ok(Some(id.0));
        }
        let mut login = wanted.clone();
        for n in 2.. {
            if !is_given(&self.given, &login) && ours::account(db, &login)?.is_none() {
                break;
            }
            login = format!("{wanted}-{n}");
        }
        if login != new.login {
            notes.changed(table, key, "логин стал другим", format!("«{}» → «{login}»", new.login));
        }
        self.given.insert(login.clone(), (table, key));
        new.login = login;
        if is_dry {
            return Ok(Some(NOBODY));
        }
        write::person(db, &new).map(|id| Some(id.0))
    }
}

fn masters(desk: &mut Desk) -> Result<HashMap<i64, MasterId>, String> {
    let is_dry = desk.is_dry;
    let known = std::mem::take(&mut desk.cities);
    let taken = desk.each(
        "master",
        (Kind::Master, MASTERS),
        |row: &Master| row.updated_at.0.clone(),
        |tx, notes, key, row| {
            let mut note: Vec<String> =
                Some(row.note.0.clone()).filter(|note| !note.is_empty()).into_iter().collect();
            let status = match row.status_work.to_lowercase().as_str() {
                "" | "работает" | "active" => "active",
                "отпуск" | "больничный" => {
                    note.push(format!("В прежней системе: {}", row.status_work.0));
                    notes.look(MASTERS, key, "не работал: поставьте выходные", &row.status_work.0);
                    "active"
                }
                "уволен" | "inactive" => "inactive",
                other => {
                    notes.look(MASTERS, key, "состояние не известно, взят как работающий", other);
                    "active"
                }
            };
            for (name, value) in [("Telegram", &row.tg_id), ("чат Telegram", &row.chat_id)] {
                if !value.is_empty() {
                    note.push(format!("{name}: {}", value.0));
                }
            }
            let mut cities: Vec<String> = row.cities.0.iter().filter_map(|said| known.of(said)).collect();
            cities.sort_unstable();
            cities.dedup();
            let name = if row.name.is_empty() { format!("Мастер {key}") } else { row.name.0.clone() };
            if row.name.is_empty() {
                notes.changed(MASTERS, key, "имя пустое", &name);
            }
            if let Some(id) = ours::master_named(tx.db, &name)?
                && !ours::all_taken(tx.db, Kind::Master)?.values().any(|ours| *ours == id.0)
            {
                notes.look(MASTERS, key, "мастер с таким именем здесь есть: взят за того же", &name);
                return Ok(Some(id.0));
            }
            if is_dry {
                return Ok(Some(NOBODY));
            }
            let new = NewMaster { name, status, note: note.join("\n"), cities };
            write::master(tx.db, &new).map(|id| Some(id.0))
        },
    );
    desk.cities = known;
    Ok(taken?.into_iter().map(|(key, ours)| (key, MasterId(ours))).collect())
}

fn days_off(desk: &mut Desk) -> Result<(), String> {
    let (is_dry, masters) = (desk.is_dry, desk.masters.clone());
    desk.each(
        "master_schedule",
        (Kind::DayOff, DAYS_OFF),
        |row: &DayOff| format!("{} {:?}", row.date.0, row.is_work_day),
        |tx, notes, key, row| {
            if row.is_work_day != Some(false) {
                return Ok(None);
            }
            let day = row.date.get(..10).filter(|day| day.parse::<chrono::NaiveDate>().is_ok());
            let master = row.master_id.whole().and_then(|master| masters.get(&master));
            let (Some(day), Some(master)) = (day, master) else {
                notes.left(DAYS_OFF, key, "нет такого мастера или дня", &row.date.0);
                return Ok(None);
            };
            if is_dry { Ok(Some(NOBODY)) } else { write::day_off(tx.db, *master, day).map(Some) }
        },
    )?;
    Ok(())
}

fn lines(desk: &mut Desk) -> Result<(), String> {
    let (is_dry, now) = (desk.is_dry, desk.app.clock.now());
    let (cities, campaigns) = (std::mem::take(&mut desk.cities), std::mem::take(&mut desk.campaigns));
    let avito = std::mem::take(&mut desk.avito);
    let mut seen: HashMap<String, i64> = HashMap::new();
    let taken = desk.each(
        "phones",
        (Kind::Line, LINES),
        |row: &Line| row.updated_at.0.clone(),
        |tx, notes, key, row| {
            let Some(number) = reading::phone(&row.number) else {
                notes.left(LINES, key, "номер не читается", &row.number.0);
                return Ok(None);
            };
            if number != row.number.0 {
                notes.changed(LINES, key, "номер записан иначе", format!("«{}» → {number}", row.number.0));
            }
            if let Some(other) = seen.insert(number.clone(), key).filter(|other| *other != key) {
                notes.left(
                    LINES,
                    key,
                    "тот же номер, что у другой линии",
                    format!("{number}, строка {other}"),
                );
                return Ok(None);
            }
            let there = ours::line(tx.db, &number)?.filter(|(_, is_known)| *is_known);
            if let Some((id, _)) = there
                && let Some((other, _)) =
                    ours::all_taken(tx.db, Kind::Line)?.into_iter().find(|(_, ours)| *ours == id)
            {
                notes.left(
                    LINES,
                    key,
                    "тот же номер, что у другой линии",
                    format!("{number}, строка {other}"),
                );
                return Ok(None);
            }
            if let Some((id, _)) = there {
                notes.look(LINES, key, "линия здесь есть: осталась как была", &number);
                return Ok(Some(id));
            }
            let new = NewLine {
                number,
                rk: campaigns.of(&row.rk),
                city: cities.of(&row.city),
                avito_name: avito.of(&row.avito_name),
                since: row.created_at.0.unwrap_or(now),
            };
            if is_dry { Ok(Some(NOBODY)) } else { write::line(tx, &new).map(Some) }
        },
    );
    (desk.cities, desk.campaigns, desk.avito) = (cities, campaigns, avito);
    taken.map(|_| ())
}

fn avito(desk: &mut Desk) -> Result<(), String> {
    let (is_dry, cipher) = (desk.is_dry, desk.app.cipher.clone());
    let names = std::mem::take(&mut desk.avito);
    let taken = desk.each(
        "avito",
        (Kind::Avito, ACCOUNTS),
        |row: &Avito| row.updated_at.0.clone(),
        |tx, notes, key, row| {
            let Some(name) = names.of(&row.name) else {
                notes.left(ACCOUNTS, key, "имя пустое", "");
                return Ok(None);
            };
            if row.eternal_online_enabled.0 {
                notes.look(
                    ACCOUNTS,
                    key,
                    "«Вечный онлайн» был включён: включите, когда прежняя система остановлена",
                    &name,
                );
            }
            let mut user = row.user_id.parse::<i64>().ok().filter(|user| *user > 0);
            if let Some(number) = user
                && ours::has_avito_user(tx.db, number)?
            {
                notes.changed(ACCOUNTS, key, "такой номер профиля уже у другого аккаунта, не взят", number);
                user = None;
            }
            let proxy = match (
                ProxyType::parse(&row.proxy_type),
                row.proxy_host.is_empty(),
                row.proxy_port.whole(),
            ) {
                (Some(kind), false, Some(port @ 1..=65535)) => Some(Proxy {
                    kind,
                    host: &row.proxy_host,
                    port: i32::try_from(port).unwrap_or_default(),
                    login: &row.proxy_login,
                    password: row.proxy_password.expose(),
                }),
                (None, true, None) => None,
                _ => {
                    // Without its proxy the account would go out straight, which it never may.
                    notes.look(
                        ACCOUNTS,
                        key,
                        "прокси описан не целиком: ключи не взяты, введите их вместе с прокси",
                        &name,
                    );
                    return Ok(Some(ours::avito_named(tx.db, &name)?.map_or(NOBODY, |(id, _)| id.0)));
                }
            };
            let Some((id, has_keys)) = ours::avito_named(tx.db, &name)? else { return Ok(Some(NOBODY)) };
            if has_keys {
                notes.look(ACCOUNTS, key, "у аккаунта здесь есть ключи: остались здешние", &name);
            } else if !is_dry {
                let access = Access {
                    client_id: &row.client_id,
                    client_secret: row.client_secret.expose(),
                    user,
                    proxy,
                };
                write::access(tx.db, &cipher, id, &access)?;
            }
            Ok(Some(id.0))
        },
    );
    desk.avito = names;
    taken.map(|_| ())
}

/// The newest row; the watch stays off, for two programs that read one mailbox take each other's letters.
fn mailbox(desk: &mut Desk) -> Result<(), String> {
    let rows: Vec<Row<Mailbox>> = desk.former.page("email_settings", 0, PAGE).map_err(|e| e.to_string())?;
    let newest = rows.into_iter().filter_map(|row| Some((row.key, row.said.ok()?)));
    let Some((key, row)) = newest.max_by(|a, b| a.1.created_at.0.cmp(&b.1.created_at.0)) else {
        return Ok(());
    };
    let (is_dry, cipher, now) = (desk.is_dry, desk.app.cipher.clone(), desk.app.clock.now());
    desk.step(|tx, notes| {
        if !mail::read(tx.db)?.host.is_empty() {
            notes.there(MAILBOX);
            return Ok(());
        }
        if row.host.is_empty() {
            notes.left(MAILBOX, key, "сервер не назван", "");
            return Ok(());
        }
        let mut mailbox =
            mail::Mailbox { host: row.host.0.clone(), user: row.user.0.clone(), ..Default::default() };
        mailbox.port = row.port.whole().and_then(|port| u16::try_from(port).ok()).unwrap_or(mailbox.port);
        if row.secure == Some(false) {
            mailbox.secure = mail::Secure::StartTls.as_str().to_owned();
            notes.changed(MAILBOX, key, "была без шифрования, взята со STARTTLS", "");
        }
        if !row.mango_email.is_empty() {
            mailbox.senders = vec![row.mango_email.to_lowercase()];
        }
        if let Some(minutes) =
            row.check_interval.whole().and_then(|n| u32::try_from(n).ok()).filter(|n| *n > 0)
        {
            mailbox.check_interval = minutes;
        }
        if row.enabled.0 {
            notes.look(
                MAILBOX,
                key,
                "чтение писем выключено: включите, когда прежняя система остановлена",
                "",
            );
        }
        notes.taken(MAILBOX);
        if is_dry {
            return Ok(());
        }
        let password = Some(row.password.expose()).filter(|password| !password.is_empty());
        mail::save(tx, &cipher, &mailbox, password, now)
    })
}

/// A line a call came through, as lines are kept.
pub(super) fn line_number(said: &str) -> Option<String> {
    Phone::parse(said).map(|phone| phone.digits().to_owned()).or_else(|| reading::phone(said))
}
