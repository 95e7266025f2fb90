//! `callcentre setup FILE.json`: makes what is missing from a file, for provisioning and tests. Running it again
//! changes nothing; what people have changed since stays as they left it.

mod file;
mod queries;

use std::path::PathBuf;

use chrono_tz::Tz;

use crate::admin::lines::form::NAME_MAX;
use crate::app::App;
use crate::auth::password;
use crate::calls::queries::write;
use crate::domain::clock::Clock;
use crate::domain::id::CallId;
use crate::domain::order::TypeEquipment;
use crate::domain::phone::Phone;
use crate::integrations::avito::proxy::ProxyType;
use crate::integrations::mango::settings;
use crate::platform::config::Config;
use crate::platform::db::Tx;
use crate::platform::error::AppError;
use crate::platform::live::Event;
use file::{City, Line, Master, Operator, SetupFile};

/// What a setup came to.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Report {
    /// What was made, one line each.
    pub made: Vec<String>,
    /// Keys of the file nobody here understands.
    pub ignored: Vec<String>,
}

/// Runs the command and prints what it made.
///
/// # Errors
/// One line that names the place in the file.
pub fn run(config: Config, path: &PathBuf) -> Result<(), String> {
    let text = std::fs::read_to_string(path).map_err(|e| format!("cannot read {}: {e}", path.display()))?;
    let app = App::build(config, Clock::default())?;
    let report = apply(&app, &text)?;
    for key in &report.ignored {
        println!("ignored: {key}");
    }
    for made in &report.made {
        println!("made: {made}");
    }
    if report.made.is_empty() {
        println!("nothing was missing");
    }
    Ok(())
}

/// Makes what is missing from the text of a setup file; all of it or nothing.
///
/// # Errors
/// One line that names the place in the file.
pub fn apply(app: &App, text: &str) -> Result<Report, String> {
    let mut report = Report::default();
    let file = SetupFile::read(text, &mut report.ignored)?;
    let plan = Plan::of(&file, app.config.business_zone)?;
    let made = app.db.write_now(|tx| plan.carry_out(app, tx)).map_err(|e| format!("cannot set up: {e}"))?;
    app.mango_keys.forget();
    report.made = made;
    Ok(report)
}

/// The file with everything checked that can be without the database.
struct Plan<'f> {
    file: &'f SetupFile,
    zone: Tz,
    cities: Vec<(&'f str, Tz)>,
    masters: Vec<(&'f Master, Vec<TypeEquipment>)>,
    lines: Vec<(Phone, &'f Line)>,
    /// With the hashed password.
    operators: Vec<(&'f Operator, Option<String>)>,
}

impl<'f> Plan<'f> {
    fn of(file: &'f SetupFile, business_zone: Tz) -> Result<Self, String> {
        let zone = file.time_zone.as_deref().map(|name| parse_zone("time_zone", name)).transpose()?;
        let zone = zone.unwrap_or(business_zone);
        let city = |city: &'f City| {
            let own = city.tz.as_deref().map(|name| parse_zone(&format!("cities: {}", city.name), name));
            Ok((city.name.as_str(), own.transpose()?.unwrap_or(zone)))
        };
        let master = |master: &'f Master| {
            let kind = |text: &String| {
                TypeEquipment::parse(text).ok_or_else(|| {
                    format!("masters: {}: \"{}\" is none of КП, БТ, МНЧ", master.name, text.escape_debug())
                })
            };
            let mut equipment =
                master.equipment.iter().map(kind).collect::<Result<Vec<TypeEquipment>, String>>()?;
            equipment.sort_unstable();
            equipment.dedup();
            Ok((master, equipment))
        };
        let line = |line: &'f Line| {
            let number = Phone::typed(&line.number);
            let number = number.map_err(|_| {
                format!("lines: \"{}\" is not a telephone number", line.number.escape_debug())
            })?;
            if line.name.chars().count() > NAME_MAX {
                return Err(format!("lines: the name of {number} is longer than {NAME_MAX} characters"));
            }
            Ok((number, line))
        };
        for account in &file.avito {
            let Some(proxy) = &account.proxy else { continue };
            let is_whole =
                ProxyType::parse(&proxy.kind).is_some() && !proxy.host.is_empty() && proxy.port > 0;
            if !is_whole {
                return Err(format!(
                    "avito: {}: a proxy wants proxy_type (http, socks4, socks4a, socks5, socks5h), proxy_host and proxy_port",
                    account.name
                ));
            }
        }
        let operator = |operator: &'f Operator| {
            let hash = operator.password.as_deref().map(|secret| {
                let login = operator.login().unwrap_or_default();
                password::check(secret, &login)
                    .map_err(|weakness| format!("operators: the password of {} {weakness}", operator.name))?;
                password::hash(secret).map_err(|e| e.to_string())
            });
            if operator.login().is_none() {
                return Err(format!("operators: {} has neither login nor extension", operator.name));
            }
            Ok((operator, hash.transpose()?))
        };
        Ok(Self {
            zone,
            cities: file.cities.iter().map(city).collect::<Result<_, String>>()?,
            masters: file.masters.iter().map(master).collect::<Result<_, String>>()?,
            lines: file.lines.iter().map(line).collect::<Result<_, _>>()?,
            operators: file.operators.iter().map(operator).collect::<Result<_, _>>()?,
            file,
        })
    }

    fn carry_out(&self, app: &App, tx: &mut Tx) -> Result<Vec<String>, AppError> {
        let now = app.clock.now();
        let mut made = Vec::new();
        for (name, zone) in &self.cities {
            note(&mut made, queries::city(tx.db, name, *zone)?, "city", name);
        }
        for name in &self.file.campaigns {
            note(&mut made, queries::campaign(tx.db, name)?, "campaign", name);
        }
        for account in &self.file.avito {
            note(&mut made, queries::avito(tx.db, &account.name)?, "avito account", &account.name);
            let has_keys = queries::avito_access(tx.db, &app.cipher, account)?;
            note(&mut made, has_keys, "keys of the avito account", &account.name);
        }
        for (master, equipment) in &self.masters {
            for city in &master.cities {
                note(&mut made, queries::city(tx.db, city, self.zone)?, "city", city);
            }
            let done = queries::master(tx.db, master, equipment)?;
            made.extend(done.map(|what| format!("{what} {}", master.name)));
        }
        for (number, line) in &self.lines {
            if let Some(rk) = &line.rk {
                note(&mut made, queries::campaign(tx.db, rk)?, "campaign", rk);
            }
            if let Some(city) = &line.city {
                note(&mut made, queries::city(tx.db, city, self.zone)?, "city", city);
            }
            if let Some(avito) = &line.avito_name {
                note(&mut made, queries::avito(tx.db, avito)?, "avito account", avito);
            }
            if queries::line(tx.db, number.digits(), line, now)? {
                made.push(format!("line {number}"));
                write::relabel_line(tx, number.digits())?;
            }
        }
        for (operator, hash) in &self.operators {
            for city in &operator.cities {
                note(&mut made, queries::city(tx.db, city, self.zone)?, "city", city);
            }
            if let Some((id, what)) = queries::operator(tx.db, operator, hash.clone(), now)? {
                made.push(format!("{what} {}", operator.name));
                write::relabel_operator(tx, id)?;
            }
        }
        self.credentials(app, tx, &mut made)?;
        if !made.is_empty() {
            tx.announce(Event::Lists);
            tx.announce(Event::Call(CallId(0)));
        }
        Ok(made)
    }

    fn credentials(&self, app: &App, tx: &mut Tx, made: &mut Vec<String>) -> Result<(), AppError> {
        use secrecy::ExposeSecret;
        let known = settings::read(tx.db, &app.cipher, &app.config.mango)?;
        let missing = |given: &'f Option<String>, known: Option<secrecy::SecretString>| {
            given.as_deref().filter(|given| known.is_none_or(|known| known.expose_secret() != *given))
        };
        let key = missing(&self.file.vpbx_api_key, known.key);
        let salt = missing(&self.file.vpbx_api_salt, known.salt);
        if key.is_some() || salt.is_some() {
            settings::save(tx, &app.cipher, key, salt, app.clock.now())?;
        }
        made.extend(key.map(|_| "telephony key".to_owned()));
        made.extend(salt.map(|_| "telephony salt".to_owned()));
        Ok(())
    }
}

fn note(made: &mut Vec<String>, is_new: bool, what: &str, name: &str) {
    if is_new {
        made.push(format!("{what} {name}"));
    }
}

fn parse_zone(place: &str, name: &str) -> Result<Tz, String> {
    name.parse().map_err(|_| format!("{place}: \"{name}\" is not an IANA time zone such as Europe/Moscow"))
}
