//! `callcentre check`: what of the installation works, in words, without changing anything and without serving.

use std::path::Path;
use std::process::ExitCode;

use secrecy::ExposeSecret;

use crate::domain::clock::Clock;
use crate::integrations::mail::outgoing::Post;
use crate::integrations::mail::{Session, settings as mail_settings};
use crate::integrations::mango::client::ApiError;
use crate::integrations::mango::{Api, Keys};
use crate::integrations::telegram::{self, settings as telegram_settings};
use crate::platform::config::Config;
use crate::platform::db::connection::DatabaseUrl;
use crate::platform::db::{Database, migrate};
use crate::platform::error::AppError;
use crate::platform::secret::{Cipher, Ring};
use crate::platform::storage::Storage;

/// What came of looking at one part.
enum Finding {
    Good(String),
    /// Not there, and nothing is wrong with that.
    Absent(String),
    Bad(String),
}

/// Looks at every part, a line each; exit code 1 when one does not work.
pub async fn run(config: Config) -> ExitCode {
    let mut all_good = true;
    let mut tell = |part: &str, finding: &Finding| {
        let (mark, words) = match finding {
            Finding::Good(words) => ("ok    ", words),
            Finding::Absent(words) => ("-     ", words),
            Finding::Bad(words) => {
                all_good = false;
                ("FAILED", words)
            }
        };
        println!("{mark} {part:<10} {words}");
    };
    tell("settings", &Finding::Good(format!("data in {}", config.data_dir.display())));
    let (database, finding) = database(&config);
    tell("database", &finding);
    if let Some(finding) = reports(&config) {
        tell("reports", &finding);
    }
    tell("storage", &storage(&config));
    let keys = config.keys();
    tell("secret", &key(&keys));
    if let (Some(database), Ok(Some(keys))) = (database, keys) {
        tell("telephony", &telephony(&config, &database, &keys).await);
        tell("telegram", &telegram(&config, &database, &keys).await);
        let post = Post::new(&config.smtp, config.extra_ca_file.as_deref());
        let letters = tokio::task::spawn_blocking(move || letters(&post)).await;
        tell("letters", &letters.unwrap_or_else(|error| Finding::Bad(error.to_string())));
        let mail = tokio::task::spawn_blocking(move || mailbox(&config, &database, &keys)).await;
        tell("mail", &mail.unwrap_or_else(|error| Finding::Bad(error.to_string())));
    }
    if all_good { ExitCode::SUCCESS } else { ExitCode::FAILURE }
}

fn database(config: &Config) -> (Option<Database>, Finding) {
    let url = config.database.url.expose_secret();
    if let Ok(DatabaseUrl::Sqlite(path)) = DatabaseUrl::parse(url)
        && !path.exists()
    {
        return (None, Finding::Absent(format!("{} does not exist yet: serve makes it", path.display())));
    }
    let database = match Database::open(url, 1) {
        Ok(database) => database,
        Err(problem) => return (None, Finding::Bad(problem)),
    };
    let kind = database.kind();
    match database.read_now(|db| Ok(migrate::is_current(db))) {
        Ok(true) => (Some(database), Finding::Good(format!("{kind} answers, its schema is this program's"))),
        Ok(false) => {
            let words =
                format!("{kind} answers, its schema is not this program's: serve or migrate changes it");
            (None, Finding::Bad(words))
        }
        Err(error) => (None, Finding::Bad(error.to_string())),
    }
}

/// The copy for reports, where one is set.
fn reports(config: &Config) -> Option<Finding> {
    let url = config.database.read_url.as_ref()?.expose_secret();
    let answered = Database::open(url, 1)
        .and_then(|copy| copy.read_now(|db| Ok(migrate::is_current(db))).map_err(|error| error.to_string()));
    Some(match answered {
        Ok(true) => Finding::Good("the copy for reports answers".to_owned()),
        Ok(false) => Finding::Bad("the copy for reports has another schema: does it follow?".to_owned()),
        Err(problem) => Finding::Bad(problem.replace("DATABASE_URL", "DATABASE_READ_URL")),
    })
}

fn storage(config: &Config) -> Finding {
    match Storage::open(&config.storage, &config.s3)
        .and_then(|storage| storage.find_room().map_err(|e| e.to_string()))
    {
        Ok(()) => Finding::Good("takes files".to_owned()),
        Err(problem) => Finding::Bad(problem),
    }
}

fn key(keys: &Result<Option<Ring>, String>) -> Finding {
    match keys {
        Ok(Some(_)) => Finding::Good("the key of stored secrets is there".to_owned()),
        Ok(None) => Finding::Absent("no key yet: serve makes one in DATA_DIR".to_owned()),
        Err(problem) => Finding::Bad(problem.clone()),
    }
}

async fn telephony(config: &Config, database: &Database, keys: &Ring) -> Finding {
    let _ = rustls::crypto::ring::default_provider().install_default();
    let clock = Clock::default();
    let keys = Keys::new(database.clone(), Cipher::of_ring(keys), config.mango.clone());
    let api = Api::new(&config.mango, keys, clock);
    match api.ask("config/users/request", &serde_json::json!({})).await.and_then(|answer| answer.json()) {
        Ok(_) => Finding::Good("Mango Office answers, key and salt are right".to_owned()),
        Err(ApiError::NotSetUp) => Finding::Absent(ApiError::NotSetUp.words()),
        Err(error) => Finding::Bad(error.words()),
    }
}

async fn telegram(config: &Config, database: &Database, keys: &Ring) -> Finding {
    let cipher = Cipher::of_ring(keys);
    let read = database.read_now(|db| {
        Ok::<_, AppError>(telegram_settings::read(db, &cipher, config.telegram.token.as_ref())?)
    });
    let known = match read {
        Ok(known) => known,
        Err(error) => return Finding::Bad(error.to_string()),
    };
    if known.is_unreadable {
        return Finding::Bad("the token of the bot was sealed with another APP_SECRET".to_owned());
    }
    let Some(token) = known.token else {
        return Finding::Absent("no bot tells people outside".to_owned());
    };
    let api = telegram::Api::new(&config.telegram.api_url, config.extra_ca_file.as_deref());
    match api.me(&token).await {
        Ok(bot) => Finding::Good(format!("the bot @{} answers", bot.username)),
        Err(error) => Finding::Bad(error.words()),
    }
}

fn letters(post: &Post) -> Finding {
    let Some(place) = post.place() else {
        return Finding::Absent("no letters are sent: SMTP_URL is not set".to_owned());
    };
    match post.probe() {
        Ok(()) => Finding::Good(format!("{place} takes letters from {}", post.from())),
        Err(error) => Finding::Bad(error.words()),
    }
}

fn mailbox(config: &Config, database: &Database, keys: &Ring) -> Finding {
    let cipher = Cipher::of_ring(keys);
    let read = database
        .read_now(|db| Ok::<_, AppError>((mail_settings::read(db)?, mail_settings::password(db, &cipher)?)));
    let (mailbox, password) = match read {
        Ok(read) => read,
        Err(error) => return Finding::Bad(error.to_string()),
    };
    let Some(password) = password.filter(|_| mailbox.enabled) else {
        return Finding::Absent("the mailbox of recordings is not watched".to_owned());
    };
    let extra_ca: Option<&Path> = config.extra_ca_file.as_deref();
    match Session::connect(&mailbox, &password, extra_ca) {
        Ok(session) => {
            session.leave();
            Finding::Good(format!("{} lets {} in", mailbox.host, mailbox.user))
        }
        Err(error) => Finding::Bad(error.words),
    }
}
