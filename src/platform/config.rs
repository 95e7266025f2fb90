//! Settings from environment variables, read once at start. Every failure names the variable and what it wants.

use std::path::PathBuf;
use std::time::Duration;

use chrono_tz::Tz;
use secrecy::SecretString;

use crate::platform::secret::{self, Ring};
use crate::platform::storage::{S3Access, StorageUrl};

/// A setting that cannot be used: one line for the person who starts the program.
#[derive(Debug)]
pub struct ConfigError {
    /// Name of the variable.
    pub variable: &'static str,
    /// What is wrong with it.
    pub problem: String,
}

impl std::fmt::Display for ConfigError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.variable, self.problem)
    }
}

impl std::error::Error for ConfigError {}

/// How log lines are written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LogFormat {
    /// For eyes.
    Pretty,
    /// One JSON object a line, for collectors.
    Json,
}

/// All settings.
#[derive(Clone, Debug)]
pub struct Config {
    /// Database address and pool.
    pub database: DatabaseConfig,
    /// Where and how the server answers.
    pub server: ServerConfig,
    /// The telephony.
    pub mango: MangoConfig,
    /// Avito.
    pub avito: AvitoConfig,
    /// Telegram.
    pub telegram: TelegramConfig,
    /// Letters that are sent.
    pub smtp: SmtpConfig,
    /// Further trusted authorities (PEM), for servers with certificates of one's own.
    pub extra_ca_file: Option<PathBuf>,
    /// Folder for everything the program keeps in files.
    pub data_dir: PathBuf,
    /// Where uploaded and fetched content lies.
    pub storage: StorageUrl,
    /// How buckets of S3 are reached.
    pub s3: S3Access,
    /// The zone whose days and clock the business reports in.
    pub business_zone: Tz,
    /// The key from which all encryption keys come; `None` means: made once in `data_dir/secret.key`.
    pub app_secret: Option<SecretString>,
    /// The key before it, which still opens what it sealed.
    pub app_secret_former: Option<SecretString>,
    /// Creates the first admin when there is none.
    pub first_admin: Option<FirstAdmin>,
    /// How logs are written.
    pub log_format: LogFormat,
    /// Backups.
    pub backup: BackupConfig,
    /// Opens `/metrics` to those who are not on the machine.
    pub metrics_token: Option<SecretString>,
}

/// Backups.
#[derive(Clone, Debug, Default)]
pub struct BackupConfig {
    /// For whom they are encrypted (age); nobody means that they are not.
    pub recipients: Vec<String>,
    /// The file with the private key that opens an encrypted one.
    pub identity: Option<PathBuf>,
}

/// The database.
#[derive(Clone, Debug)]
pub struct DatabaseConfig {
    /// `sqlite://PATH` or `postgres://…`; may carry a password.
    pub url: SecretString,
    /// A copy for reports that follows it.
    pub read_url: Option<SecretString>,
    /// Connections in the pool.
    pub pool_size: u32,
}

/// The web server.
#[derive(Clone, Debug)]
pub struct ServerConfig {
    /// `HOST:PORT`; port 0 takes any free one.
    pub listen: String,
    /// How people reach the server, without a trailing slash; empty means: as the request says.
    pub public_url: String,
    /// Addresses of reverse proxies whose `X-Forwarded-*` headers are believed.
    pub trusted_proxies: Vec<std::net::IpAddr>,
    /// Cookies travel over TLS only.
    pub cookie_secure: bool,
    /// Wrong passwords allowed at once for one login; one more every 90 seconds.
    pub login_burst: u32,
}

/// Mango Office.
#[derive(Clone, Debug)]
pub struct MangoConfig {
    /// Key preset by the environment; what the settings page holds wins.
    pub key: Option<SecretString>,
    /// Salt preset by the environment; what the settings page holds wins.
    pub salt: Option<SecretString>,
    /// Base of the telephony's API, without the last slash or with it.
    pub api_url: String,
    /// A call all of whose legs ended is closed this long after the last event.
    pub close_after: Duration,
    /// A call with an open leg is closed when it has been silent this long.
    pub stale_after: Duration,
}

/// Avito.
#[derive(Clone, Debug)]
pub struct AvitoConfig {
    /// Base of its API, without the last slash.
    pub api_url: String,
    /// Hosts of pictures and voice, comma between them; `None` means Avito's own.
    pub media_hosts: Option<String>,
    /// Says the address from which it is asked: for checks of proxies.
    pub proxy_check_url: String,
    /// Proxies of private networks and of this machine are allowed.
    pub allow_private_proxies: bool,
}

/// Telegram.
#[derive(Clone, Debug)]
pub struct TelegramConfig {
    /// Base of the bot API, without the last slash.
    pub api_url: String,
    /// Token of the bot preset by the environment; what the settings page holds wins.
    pub token: Option<SecretString>,
}

/// Letters that are sent.
#[derive(Clone, Debug, Default)]
pub struct SmtpConfig {
    /// `smtps://login:password@host:465` or `smtp://…` with STARTTLS.
    pub url: Option<SecretString>,
    /// From whom they come: an address, perhaps with a name.
    pub from: Option<String>,
}

/// Login and password of the admin to create at the first start.
#[derive(Clone, Debug)]
pub struct FirstAdmin {
    /// Login.
    pub login: String,
    /// Password.
    pub password: SecretString,
}

impl Config {
    /// The keys the surroundings give; `None` when they are in `data_dir/secret.key`.
    pub fn own_keys(&self) -> Option<Ring> {
        Some(Ring::new(self.app_secret.clone()?, self.app_secret_former.clone()))
    }

    /// The keys there are, wherever they come from; `None` when none was made yet.
    ///
    /// # Errors
    /// A sentence that names the file.
    pub fn keys(&self) -> Result<Option<Ring>, String> {
        match self.own_keys() {
            Some(ring) => Ok(Some(ring)),
            None => secret::load_ring(&self.data_dir),
        }
    }

    /// Reads the settings of this process.
    pub fn from_env() -> Result<Self, ConfigError> {
        Self::from_lookup(|name| std::env::var(name).ok())
    }

    /// Reads the settings through `lookup`, so that tests need no environment. Empty means unset.
    pub fn from_lookup(lookup: impl Fn(&str) -> Option<String>) -> Result<Self, ConfigError> {
        let get = |name: &'static str| lookup(name).filter(|v| !v.trim().is_empty());
        let data_dir = PathBuf::from(get("DATA_DIR").unwrap_or_else(|| "data".to_owned()));
        let url = get("DATABASE_URL")
            .unwrap_or_else(|| format!("sqlite://{}", data_dir.join("callcentre.db").display()));
        crate::platform::db::connection::DatabaseUrl::parse(&url)
            .map_err(|problem| ConfigError { variable: "DATABASE_URL", problem })?;
        let listen = get("LISTEN").unwrap_or_else(|| "127.0.0.1:8080".to_owned());
        if !listen
            .rsplit_once(':')
            .is_some_and(|(host, port)| !host.is_empty() && port.parse::<u16>().is_ok())
        {
            return Err(wrong("LISTEN", &listen, "HOST:PORT, for example 127.0.0.1:8080"));
        }
        let public_url = get("PUBLIC_URL").unwrap_or_default().trim_end_matches('/').to_owned();
        if !public_url.is_empty() && !public_url.starts_with("http://") && !public_url.starts_with("https://")
        {
            return Err(wrong("PUBLIC_URL", &public_url, "an address that starts with https:// or http://"));
        }
        let first_admin = match (get("ADMIN_LOGIN"), get("ADMIN_PASSWORD")) {
            (Some(login), Some(password)) => Some(FirstAdmin { login, password: password.into() }),
            (None, None) => None,
            (Some(_), None) => return Err(missing("ADMIN_PASSWORD", "ADMIN_LOGIN is set")),
            (None, Some(_)) => return Err(missing("ADMIN_LOGIN", "ADMIN_PASSWORD is set")),
        };
        let extra_ca_file = get("EXTRA_CA_FILE").map(PathBuf::from);
        if let Some(path) = extra_ca_file.as_ref().filter(|path| !path.is_file()) {
            return Err(wrong("EXTRA_CA_FILE", &path.display().to_string(), "a file of PEM certificates"));
        }
        Ok(Self {
            database: DatabaseConfig {
                url: url.into(),
                read_url: parsed(
                    get("DATABASE_READ_URL"),
                    "DATABASE_READ_URL",
                    "postgres://… of a copy that follows DATABASE_URL",
                    |v| v.starts_with("postgres").then(|| SecretString::from(v)),
                )
                .map_err(|e| ConfigError { problem: "wants postgres://…".to_owned(), ..e })?,
                pool_size: parsed(get("DB_POOL_SIZE"), "DB_POOL_SIZE", "a number from 1 to 200", |v| {
                    v.parse().ok().filter(|n| (1..=200).contains(n))
                })?
                .unwrap_or(10),
            },
            server: ServerConfig {
                cookie_secure: parsed(get("COOKIE_SECURE"), "COOKIE_SECURE", "true or false", flag)?
                    .unwrap_or_else(|| public_url.starts_with("https://")),
                listen,
                public_url,
                trusted_proxies: parsed(
                    get("TRUSTED_PROXIES"),
                    "TRUSTED_PROXIES",
                    "IP addresses separated by commas",
                    |v| v.split(',').map(|a| a.trim().parse().ok()).collect(),
                )?
                .unwrap_or_default(),
                login_burst: 10,
            },
            mango: MangoConfig {
                key: get("MANGO_API_KEY").map(Into::into),
                salt: get("MANGO_API_SALT").map(Into::into),
                api_url: parsed(
                    get("MANGO_API_URL"),
                    "MANGO_API_URL",
                    "an address such as https://app.mango-office.ru/vpbx/",
                    web_address,
                )?
                .unwrap_or_else(|| "https://app.mango-office.ru/vpbx/".to_owned()),
                close_after: parsed(
                    get("MANGO_CLOSE_AFTER"),
                    "MANGO_CLOSE_AFTER",
                    "a time such as 60s",
                    time,
                )?
                .unwrap_or(Duration::from_secs(60)),
                stale_after: parsed(
                    get("MANGO_STALE_AFTER"),
                    "MANGO_STALE_AFTER",
                    "a time such as 4h",
                    time,
                )?
                .unwrap_or(Duration::from_secs(4 * 3600)),
            },
            avito: AvitoConfig {
                api_url: parsed(
                    get("AVITO_API_URL"),
                    "AVITO_API_URL",
                    "an address such as https://api.avito.ru",
                    web_address,
                )?
                .unwrap_or_else(|| "https://api.avito.ru".to_owned())
                .trim_end_matches('/')
                .to_owned(),
                media_hosts: parsed(
                    get("AVITO_MEDIA_HOSTS"),
                    "AVITO_MEDIA_HOSTS",
                    "names of hosts separated by commas",
                    host_names,
                )?,
                proxy_check_url: parsed(
                    get("PROXY_CHECK_URL"),
                    "PROXY_CHECK_URL",
                    "an address such as https://api.ipify.org",
                    web_address,
                )?
                .unwrap_or_else(|| "https://api.ipify.org".to_owned()),
                allow_private_proxies: parsed(
                    get("AVITO_ALLOW_PRIVATE_PROXIES"),
                    "AVITO_ALLOW_PRIVATE_PROXIES",
                    "true or false",
                    flag,
                )?
                .unwrap_or(false),
            },
            telegram: TelegramConfig {
                api_url: parsed(
                    get("TELEGRAM_API_URL"),
                    "TELEGRAM_API_URL",
                    "an address such as https://api.telegram.org",
                    web_address,
                )?
                .unwrap_or_else(|| "https://api.telegram.org".to_owned())
                .trim_end_matches('/')
                .to_owned(),
                token: get("TELEGRAM_BOT_TOKEN").map(Into::into),
            },
            smtp: smtp(get("SMTP_URL"), get("MAIL_FROM"))?,
            s3: S3Access {
                key_id: get("AWS_ACCESS_KEY_ID"),
                secret: get("AWS_SECRET_ACCESS_KEY").map(Into::into),
                token: get("AWS_SESSION_TOKEN").map(Into::into),
                region: get("AWS_REGION").or_else(|| get("AWS_DEFAULT_REGION")),
                endpoint: parsed(
                    get("AWS_ENDPOINT_URL"),
                    "AWS_ENDPOINT_URL",
                    "an address such as https://storage.yandexcloud.net",
                    web_address,
                )?,
                is_virtual_hosted: parsed(
                    get("AWS_VIRTUAL_HOSTED_STYLE_REQUEST"),
                    "AWS_VIRTUAL_HOSTED_STYLE_REQUEST",
                    "true or false",
                    flag,
                )?
                .unwrap_or(false),
                extra_ca_file: extra_ca_file.clone(),
            },
            extra_ca_file,
            storage: match get("STORAGE_URL") {
                Some(url) => StorageUrl::parse(url.trim())
                    .map_err(|problem| ConfigError { variable: "STORAGE_URL", problem })?,
                None => StorageUrl::in_folder(&data_dir),
            },
            data_dir,
            business_zone: parsed(
                get("BUSINESS_TZ"),
                "BUSINESS_TZ",
                "an IANA time zone such as Europe/Moscow",
                |v| v.parse().ok(),
            )?
            .unwrap_or(chrono_tz::Europe::Moscow),
            app_secret: application_secret(get("APP_SECRET"), "APP_SECRET")?,
            app_secret_former: application_secret(get("APP_SECRET_FORMER"), "APP_SECRET_FORMER")?,
            first_admin,
            metrics_token: parsed(
                get("METRICS_TOKEN"),
                "METRICS_TOKEN",
                "at least 16 characters of randomness",
                |v| (v.len() >= 16).then(|| SecretString::from(v)),
            )
            .map_err(|e| ConfigError {
                problem: "must be at least 16 characters of randomness".to_owned(),
                ..e
            })?,
            backup: BackupConfig {
                recipients: parsed(
                    get("BACKUP_RECIPIENT"),
                    "BACKUP_RECIPIENT",
                    "public keys of age (age1… or ssh-…) separated by commas",
                    |v| v.split(',').map(|key| recipient(key.trim())).collect(),
                )?
                .unwrap_or_default(),
                identity: get("BACKUP_IDENTITY").map(PathBuf::from),
            },
            log_format: parsed(get("LOG_FORMAT"), "LOG_FORMAT", "pretty or json", |v| match v {
                "pretty" => Some(LogFormat::Pretty),
                "json" => Some(LogFormat::Json),
                _ => None,
            })?
            .unwrap_or(LogFormat::Pretty),
        })
    }
}

fn wrong(variable: &'static str, value: &str, wanted: &str) -> ConfigError {
    ConfigError { variable, problem: format!("wants {wanted}, got \"{value}\"") }
}

fn application_secret(
    value: Option<String>,
    variable: &'static str,
) -> Result<Option<SecretString>, ConfigError> {
    match value {
        Some(secret) if secret.len() < 32 => {
            Err(ConfigError { variable, problem: "must be at least 32 characters of randomness".to_owned() })
        }
        secret => Ok(secret.map(Into::into)),
    }
}

fn missing(variable: &'static str, because: &str) -> ConfigError {
    ConfigError { variable, problem: format!("is missing although {because}") }
}

fn parsed<T>(
    value: Option<String>,
    variable: &'static str,
    wanted: &str,
    parse: impl Fn(&str) -> Option<T>,
) -> Result<Option<T>, ConfigError> {
    value.map(|v| parse(v.trim()).ok_or_else(|| wrong(variable, &v, wanted))).transpose()
}

/// An address of an outside service.
fn web_address(value: &str) -> Option<String> {
    let url = reqwest::Url::parse(value).ok()?;
    (matches!(url.scheme(), "http" | "https") && url.has_host()).then(|| value.to_owned())
}

/// The server of letters and who sends them: both or neither.
fn smtp(url: Option<String>, from: Option<String>) -> Result<SmtpConfig, ConfigError> {
    let is_server = |url: &String| {
        reqwest::Url::parse(url.trim()).is_ok_and(|url| {
            matches!(url.scheme(), "smtp" | "smtps") && url.host_str().is_some_and(|host| !host.is_empty())
        })
    };
    let problem = "wants an address such as smtps://login:password@mail.example.org".to_owned();
    if url.as_ref().is_some_and(|url| !is_server(url)) {
        // It may carry a password.
        return Err(ConfigError { variable: "SMTP_URL", problem });
    }
    match (&url, &from) {
        (Some(_), None) => return Err(missing("MAIL_FROM", "SMTP_URL is set")),
        (_, Some(from)) if !from.contains('@') || from.contains(char::is_control) => {
            return Err(wrong("MAIL_FROM", from, "an address such as crm@example.org"));
        }
        _ => {}
    }
    Ok(SmtpConfig { url: url.map(|url| url.trim().to_owned().into()), from })
}

/// A public key of age; anything else on its command line could be an option.
fn recipient(key: &str) -> Option<String> {
    (key.starts_with("age1") || key.starts_with("ssh-")).then(|| key.to_owned())
}

/// Names of hosts, perhaps with ports, separated by commas.
fn host_names(value: &str) -> Option<String> {
    let is_host = |host: &str| !host.is_empty() && !host.contains(['/', '@', ' ', '?', '#']);
    value.split(',').all(|host| is_host(host.trim())).then(|| value.to_owned())
}

fn flag(value: &str) -> Option<bool> {
    match value {
        "1" | "true" | "yes" | "on" => Some(true),
        "0" | "false" | "no" | "off" => Some(false),
        _ => None,
    }
}

/// `250ms`, `60s`, `5m`, `4h`; a bare number is seconds.
fn time(value: &str) -> Option<Duration> {
    let split = value.find(|c: char| !c.is_ascii_digit()).unwrap_or(value.len());
    let number: u64 = value[..split].parse().ok()?;
    Some(match &value[split..] {
        "ms" => Duration::from_millis(number),
        "" | "s" => Duration::from_secs(number),
        "m" => Duration::from_secs(number * 60),
        "h" => Duration::from_secs(number * 3600),
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(pairs: &[(&str, &str)]) -> Result<Config, ConfigError> {
        Config::from_lookup(|name| pairs.iter().find(|(k, _)| *k == name).map(|(_, v)| (*v).to_owned()))
    }

    #[test]
    fn nothing_set_is_a_working_configuration() {
        let config = read(&[]).expect("defaults");
        assert_eq!(config.server.listen, "127.0.0.1:8080");
        assert_eq!(config.mango.close_after, Duration::from_secs(60));
        assert_eq!(config.business_zone, chrono_tz::Europe::Moscow);
        assert!(!config.server.cookie_secure);
    }

    #[test]
    fn a_bad_setting_is_named() {
        for (variable, value) in [
            ("DATABASE_URL", "mysql://x"),
            ("STORAGE_URL", "s3://bucket/../prefix"),
            ("AWS_ENDPOINT_URL", "storage.yandexcloud.net"),
            ("AWS_VIRTUAL_HOSTED_STYLE_REQUEST", "perhaps"),
            ("STORAGE_URL", "/var/files"),
            ("DATABASE_URL", "callcentre.db"),
            ("DATABASE_READ_URL", "sqlite://copy.db"),
            ("LISTEN", "8080"),
            ("BUSINESS_TZ", "Moscow"),
            ("DB_POOL_SIZE", "many"),
            ("MANGO_CLOSE_AFTER", "soon"),
            ("MANGO_API_URL", "app.mango-office.ru"),
            ("EXTRA_CA_FILE", "/nowhere/ca.pem"),
            ("APP_SECRET", "short"),
            ("TRUSTED_PROXIES", "localhost"),
            ("LOG_FORMAT", "xml"),
            ("COOKIE_SECURE", "perhaps"),
            ("PUBLIC_URL", "crm.example"),
            ("BACKUP_RECIPIENT", "--output"),
            ("AVITO_API_URL", "api.avito.ru"),
            ("AVITO_MEDIA_HOSTS", "https://img.avito.st"),
            ("PROXY_CHECK_URL", "ftp://echo"),
            ("AVITO_ALLOW_PRIVATE_PROXIES", "sometimes"),
            ("METRICS_TOKEN", "short"),
            ("TELEGRAM_API_URL", "api.telegram.org"),
            ("SMTP_URL", "mail.example.org"),
            ("MAIL_FROM", "callcentre"),
        ] {
            let error = read(&[(variable, value)]).expect_err(value);
            assert_eq!(error.variable, variable);
        }
        assert_eq!(read(&[("ADMIN_LOGIN", "boss")]).expect_err("half").variable, "ADMIN_PASSWORD");
        assert_eq!(
            read(&[("SMTP_URL", "smtps://mail.example.org")]).expect_err("half").variable,
            "MAIL_FROM"
        );
        let shown = read(&[("SMTP_URL", "http://u:swordfish@h")]).expect_err("no server").to_string();
        assert!(!shown.contains("swordfish"), "{shown}");
    }

    #[test]
    fn secrets_do_not_print() {
        let config = read(&[
            ("MANGO_API_SALT", "swordfish-salt"),
            ("DATABASE_URL", "postgres://u:swordfish@h/d"),
            ("TELEGRAM_BOT_TOKEN", "1:swordfish"),
            ("SMTP_URL", "smtps://u:swordfish@h"),
            ("MAIL_FROM", "crm@example.org"),
        ]);
        assert!(!format!("{:?}", config.expect("config")).contains("swordfish"));
    }
}
