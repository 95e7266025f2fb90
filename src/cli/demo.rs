//! `callcentre demo`: the product with made-up data and a telephone that rings by itself, on a database of its own.

use std::net::TcpListener;
use std::path::PathBuf;
use std::sync::Arc;

use clap::Args;
use secrecy::SecretString;

use crate::app::App;
use crate::cli::setup;
use crate::demo::folder::Folder;
use crate::demo::show::{self, Login, Stage};
use crate::demo::simulator;
use crate::demo::simulator::cloud::Cloud;
use crate::demo::{Extent, avito, chats, notices};
use crate::domain::clock::Clock;
use crate::integrations::avito::fake::Fake as AvitoFake;
use crate::integrations::mango::fake::Fake;
use crate::integrations::mango::fake::sender::Sender;
use crate::integrations::telegram::fake::Fake as TelegramFake;
use crate::platform::config::{Config, ConfigError};
use crate::{server, stats};

/// What a demonstration may be told.
#[derive(Args)]
pub struct DemoArguments {
    /// Nobody calls by himself: a still picture.
    #[arg(long)]
    quiet_simulators: bool,
}

const KEY: &str = "demokey0000000000000000000000001";
const SALT: &str = "demosalt000000000000000000000001";
/// Settings of the surroundings that a demonstration keeps; all others are its own or unset.
const KEPT: [&str; 5] = ["LISTEN", "BUSINESS_TZ", "LOG_FORMAT", "DB_POOL_SIZE", "TRUSTED_PROXIES"];
/// Addresses of outside services; nothing leaves the machine, so they lead to a port where nobody listens.
const OUTSIDE: [&str; 4] = ["MANGO_API_URL", "AVITO_API_URL", "TELEGRAM_API_URL", "PROXY_CHECK_URL"];
const NOWHERE: &str = "http://127.0.0.1:9/";

/// The settings of a demonstration.
///
/// # Errors
/// When a setting it keeps cannot be used.
pub fn config() -> Result<Config, ConfigError> {
    config_from(|name| std::env::var(name).ok())
}

fn config_from(lookup: impl Fn(&str) -> Option<String>) -> Result<Config, ConfigError> {
    let data_dir = lookup("DATA_DIR").filter(|v| !v.trim().is_empty()).unwrap_or_else(|| "data".to_owned());
    let own_dir = PathBuf::from(data_dir).join("demo").display().to_string();
    Config::from_lookup(|name| match name {
        "DATA_DIR" => Some(own_dir.clone()),
        "MANGO_API_KEY" => Some(KEY.to_owned()),
        "MANGO_API_SALT" => Some(SALT.to_owned()),
        _ if OUTSIDE.contains(&name) => Some(NOWHERE.to_owned()),
        _ if KEPT.contains(&name) => lookup(name),
        _ => None,
    })
}

/// Runs the command until the process is told to end.
///
/// # Errors
/// One line that says what could not be done.
pub async fn run(mut config: Config, arguments: DemoArguments) -> Result<(), String> {
    let folder = Folder::claim(&config.data_dir)?;
    let moved = if is_set("LISTEN") { None } else { free_port(&mut config) };
    println!("Готовим демонстрацию в {} …", folder.path().display());
    let cloud = Cloud::default();
    let telephony = Fake::start(KEY, SALT, cloud.for_api())?;
    config.mango.api_url = telephony.api_url();
    let market = Arc::new(AvitoFake::start()?);
    avito::lead(&mut config, &market);
    let telegram = TelegramFake::start(notices::TOKEN)?;
    notices::lead(&mut config, &telegram);
    let clock = Clock::set_to(show::opening(Clock::default().now(), config.business_zone));
    telephony.follow(clock.clone());
    market.follow(clock.clone());
    let app = App::build(config, clock)?;
    let for_stage = app.clone();
    let stage = tokio::task::spawn_blocking(move || show::set(&for_stage, Extent::DEMO))
        .await
        .map_err(|e| format!("cannot set the demonstration up: {e}"))?
        .map_err(|e| format!("cannot set the demonstration up: {e}"))?;
    setup::apply(&app, &avito::open(&app, &market)?)?;
    let (for_chats, writes_to) = (app.clone(), market.clone());
    let furnish = move || {
        avito::arrange(&for_chats, &writes_to)?;
        chats::furnish(&for_chats, &writes_to)
    };
    let personas = tokio::task::spawn_blocking(furnish)
        .await
        .map_err(|e| format!("cannot set the chats up: {e}"))?
        .map_err(|e| format!("cannot set the chats up: {e}"))?;
    let for_figures = app.clone();
    tokio::task::spawn_blocking(move || stats::keep::all(&for_figures))
        .await
        .map_err(|e| format!("cannot count the statistics: {e}"))?
        .map_err(|e| format!("cannot count the statistics: {e}"))?;
    let (for_notices, admin) = (app.clone(), stage.logins[0].login.clone());
    tokio::task::spawn_blocking(move || notices::arrange(&for_notices, &admin))
        .await
        .map_err(|e| format!("cannot arrange the notifications: {e}"))?
        .map_err(|e| format!("cannot arrange the notifications: {e}"))?;
    let running = server::start(app).await?;
    let _at_their_desks = stage.man(&running.app);
    if let Some(taken) = moved {
        println!("Порт {taken} занят, взяли свободный.");
    }
    let address = format!("http://{}", running.address);
    market.deliver_to(&address);
    avito::read(&running.app)?;
    tokio::spawn(arrange_bids(running.app.clone()));
    staff(&telephony, &address, &stage);
    welcome(&running, &stage.logins, arguments.quiet_simulators);
    if !arguments.quiet_simulators {
        tokio::spawn(chats::run(running.app.clone(), market.clone(), personas));
        let sender = Sender::new(&address, SecretString::from(KEY), SecretString::from(SALT))?;
        tokio::spawn(simulator::run(
            running.app.clone(),
            sender,
            (cloud, telephony.switchboard()),
            stage.neighbourhood,
        ));
    }
    server::stop_signal().await;
    running.stop().await;
    telephony.stop().await;
    telegram.stop().await;
    // Whoever still holds it ends with the process.
    if let Ok(market) = Arc::try_unwrap(market) {
        market.stop().await;
    }
    Ok(())
}

/// Arranges limits of bids as soon as these were read.
async fn arrange_bids(app: actix_web::web::Data<App>) {
    for _ in 0..60 {
        tokio::time::sleep(std::time::Duration::from_secs(1)).await;
        let progress = app.avito.rounds.progress(crate::admin::avito::work::Round::Bids.name());
        if progress.is_some() {
            continue;
        }
        let here = app.clone();
        let arranged = tokio::task::spawn_blocking(move || avito::arrange_bids(&here)).await;
        if matches!(arranged, Ok(Ok(true))) {
            return;
        }
    }
}

/// Tells the simulated telephony whom it serves.
fn staff(telephony: &Fake, address: &str, stage: &Stage) {
    telephony.notify(address);
    for (n, phone) in stage.neighbourhood.telephones.iter().enumerate() {
        let login = stage.logins.iter().find(|login| login.extension.as_ref() == Some(&phone.extension));
        let name = login.map_or_else(|| format!("Оператор {}", phone.extension), |login| login.name.clone());
        telephony.employ(&name, &phone.extension, &phone.sip, 300_000_100 + n as i64);
    }
    for line in &stage.neighbourhood.lines {
        telephony.add_line(line, "Линия");
    }
}

fn is_set(variable: &str) -> bool {
    std::env::var(variable).is_ok_and(|value| !value.trim().is_empty())
}

/// Takes any free port when the usual one is taken, and says which one that was.
fn free_port(config: &mut Config) -> Option<String> {
    let (host, port) = config.server.listen.rsplit_once(':')?;
    match TcpListener::bind(&config.server.listen) {
        Err(error) if error.kind() == std::io::ErrorKind::AddrInUse => {
            let (taken, free) = (port.to_owned(), format!("{host}:0"));
            config.server.listen = free;
            Some(taken)
        }
        // Anything else is told by the attempt to listen, with its own words.
        _ => None,
    }
}

fn welcome(running: &server::Running, logins: &[Login], is_quiet: bool) {
    println!("\nДемонстрация: люди, номера и заказы выдуманы, наружу ничего не уходит.\n");
    println!("  Откройте       http://{}\n", running.address);
    println!("  {:<14} {:<8} {:<12} имя", "", "логин", "пароль");
    for login in logins {
        let (role, extension) = match &login.extension {
            Some(extension) => ("Оператор", format!(", внутренний {extension}")),
            None => ("Администратор", String::new()),
        };
        println!("  {role:<14} {:<8} {:<12} {}{extension}", login.login, login.password, login.name);
    }
    let first = logins.iter().find(|login| login.extension.is_some());
    match first {
        Some(operator) if !is_quiet => {
            let extension = operator.extension.as_deref().unwrap_or_default();
            println!(
                "\nЧерез несколько секунд зазвонит телефон {extension} ({}), дальше звонки пойдут сами.",
                operator.name
            );
            println!("Войдите как {} и поставьте «Онлайн»: звонки придут к вам.", operator.login);
        }
        _ => println!("\nЗвонков не будет: включён тихий режим."),
    }
    println!("Остановить: Ctrl+C. При следующем запуске данные создаются заново.\n");
}

#[cfg(test)]
mod tests {
    use secrecy::ExposeSecret;

    use super::*;

    #[test]
    fn a_demonstration_never_touches_the_real_database() {
        let config = config_from(|name| match name {
            "DATABASE_URL" => Some("postgres://real@db/callcentre".to_owned()),
            "ADMIN_LOGIN" => Some("boss".to_owned()),
            "MANGO_API_KEY" => Some("a real key".to_owned()),
            "APP_SECRET" => Some("a real secret that must stay at home".to_owned()),
            "DATA_DIR" => Some("/var/lib/callcentre".to_owned()),
            "LISTEN" => Some("127.0.0.1:9999".to_owned()),
            _ => None,
        })
        .expect("settings");
        assert_eq!(config.database.url.expose_secret(), "sqlite:///var/lib/callcentre/demo/callcentre.db");
        assert_eq!(config.mango.key.as_ref().map(|key| key.expose_secret().to_owned()).as_deref(), Some(KEY));
        assert!(config.first_admin.is_none() && config.app_secret.is_none());
        assert_eq!(config.server.listen, "127.0.0.1:9999");
    }

    #[test]
    fn a_taken_port_is_no_obstacle() {
        let taken = TcpListener::bind("127.0.0.1:0").expect("a port");
        let address = taken.local_addr().expect("its number");
        let mut config =
            config_from(|name| (name == "LISTEN").then(|| address.to_string())).expect("settings");
        assert_eq!(free_port(&mut config), Some(address.port().to_string()));
        assert_eq!(config.server.listen, "127.0.0.1:0");
    }
}
