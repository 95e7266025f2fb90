//! Letters we send (SMTP): over TLS from the first byte or after a greeting; without it to this very machine only.

use std::error::Error as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use lettre::message::{Mailbox, MultiPart, header};
use lettre::transport::smtp::authentication::Credentials;
use lettre::transport::smtp::client::{Certificate, CertificateStore, Tls, TlsParameters};
use lettre::transport::smtp::extension::ClientId;
use lettre::{Address, Message, SmtpTransport, Transport};
use secrecy::ExposeSecret;

use super::MailError;
use crate::platform::config::SmtpConfig;

/// Longest silence of the server.
const SILENCE: Duration = Duration::from_secs(20);

/// What carries letters away.
pub struct Post {
    config: SmtpConfig,
    extra_ca: Option<PathBuf>,
}

/// A letter.
pub struct Outgoing<'a> {
    /// To whom.
    pub to: &'a str,
    /// Subject.
    pub subject: &'a str,
    /// For those who read text.
    pub text: String,
    /// For those who read HTML.
    pub html: String,
    /// The same for every attempt: servers and readers drop a letter they have.
    pub key: &'a str,
}

/// Why a letter was not taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SendError {
    /// Letters are not set up.
    NotSetUp,
    /// The server will not take this letter however often it is sent; in words.
    Refused(String),
    /// It may pass, or an admin has to mend the connection; in words.
    Trouble(String),
}

impl SendError {
    /// What happened, for a person; a sentence without its full stop.
    pub fn words(&self) -> String {
        match self {
            Self::NotSetUp => "Почта уведомлений не настроена: укажите SMTP_URL и MAIL_FROM".to_owned(),
            Self::Refused(words) | Self::Trouble(words) => words.clone(),
        }
    }
}

impl From<MailError> for SendError {
    fn from(error: MailError) -> Self {
        Self::Trouble(error.words)
    }
}

/// Whether it can be the address of somebody.
pub fn is_address(text: &str) -> bool {
    text.parse::<Address>().is_ok()
}

impl Post {
    /// Sends by `config`; `extra_ca` names a file of further trusted authorities.
    pub fn new(config: &SmtpConfig, extra_ca: Option<&Path>) -> Self {
        Self { config: config.clone(), extra_ca: extra_ca.map(Path::to_owned) }
    }

    /// `smtp.example.org:465`, of a server that is set.
    pub fn place(&self) -> Option<String> {
        let url = self.url()?;
        Some(format!("{}:{}", url.host_str()?, port(&url)))
    }

    /// From whom letters come.
    pub fn from(&self) -> &str {
        self.config.from.as_deref().unwrap_or_default()
    }

    /// Where both are set.
    pub fn is_set_up(&self) -> bool {
        self.config.url.is_some() && self.config.from.is_some()
    }

    /// Connects, signs in and leaves. Blocks.
    ///
    /// # Errors
    /// In words.
    pub fn probe(&self) -> Result<(), SendError> {
        match self.transport()?.test_connection() {
            Ok(true) => Ok(()),
            Ok(false) => Err(SendError::Trouble("Почтовый сервер оборвал соединение".to_owned())),
            Err(error) => Err(judge(&error)),
        }
    }

    /// Sends a letter. Blocks.
    ///
    /// # Errors
    /// In words.
    pub fn send(&self, letter: &Outgoing<'_>) -> Result<(), SendError> {
        let transport = self.transport()?;
        let message = self.compose(letter)?;
        transport.send(&message).map(|_| ()).map_err(|error| judge(&error))
    }

    fn compose(&self, letter: &Outgoing<'_>) -> Result<Message, SendError> {
        let from: Mailbox =
            self.from().parse().map_err(|_| SendError::Trouble("MAIL_FROM — не адрес".to_owned()))?;
        let to: Address =
            letter.to.parse().map_err(|_| SendError::Refused("Это не адрес почты".to_owned()))?;
        let domain = from.email.domain().to_owned();
        Message::builder()
            .from(from)
            .to(Mailbox::new(None, to))
            .subject(letter.subject)
            .date_now()
            .message_id(Some(format!("<{}@{domain}>", letter.key)))
            // So that nobody's holiday answers.
            .header(AutoSubmitted)
            .multipart(MultiPart::alternative_plain_html(letter.text.clone(), letter.html.clone()))
            .map_err(|error| SendError::Trouble(format!("Письмо не собирается: {error}")))
    }

    fn url(&self) -> Option<reqwest::Url> {
        self.config.url.as_ref().and_then(|url| reqwest::Url::parse(url.expose_secret()).ok())
    }

    fn transport(&self) -> Result<SmtpTransport, SendError> {
        let url = self.url().filter(|_| self.is_set_up()).ok_or(SendError::NotSetUp)?;
        let host = url.host_str().ok_or(SendError::NotSetUp)?.trim_matches(['[', ']']).to_owned();
        let tls = match url.scheme() {
            "smtps" => Tls::Wrapper(self.trust(&host)?),
            _ if is_here(&host) && !url.query_pairs().any(|(k, v)| k == "tls" && v == "required") => {
                Tls::None
            }
            _ => Tls::Required(self.trust(&host)?),
        };
        let domain = self.from().rsplit_once('@').map_or("localhost", |(_, domain)| domain);
        let hello = ClientId::Domain(domain.trim_end_matches('>').to_owned());
        let mut builder = SmtpTransport::builder_dangerous(host)
            .port(port(&url))
            .tls(tls)
            .hello_name(hello)
            .timeout(Some(SILENCE));
        if let Some(password) = url.password() {
            let plain = |text: &str| {
                percent_decoded(text)
                    .ok_or_else(|| SendError::Trouble("Пароль в SMTP_URL не читается".to_owned()))
            };
            builder = builder.credentials(Credentials::new(plain(url.username())?, plain(password)?));
        }
        Ok(builder.build())
    }

    fn trust(&self, host: &str) -> Result<TlsParameters, SendError> {
        let mut builder =
            TlsParameters::builder(host.to_owned()).certificate_store(CertificateStore::Default);
        if let Some(path) = &self.extra_ca {
            let unreadable =
                || SendError::Trouble(format!("Файл EXTRA_CA_FILE не читается: {}", path.display()));
            let pem = std::fs::read(path).map_err(|_| unreadable())?;
            builder = builder.add_root_certificate(Certificate::from_pem(&pem).map_err(|_| unreadable())?);
        }
        builder.build().map_err(|_| SendError::Trouble("Соединение TLS не настраивается".to_owned()))
    }
}

/// Where a password may travel in the clear: it does not leave the machine.
fn is_here(host: &str) -> bool {
    host == "localhost" || host.parse::<std::net::IpAddr>().is_ok_and(|address| address.is_loopback())
}

fn port(url: &reqwest::Url) -> u16 {
    let usual = match url.scheme() {
        "smtps" => 465,
        _ if url.host_str().is_some_and(is_here) => 25,
        _ => 587,
    };
    url.port().unwrap_or(usual)
}

/// The plain text of a part of an address; in it a plus is a plus.
fn percent_decoded(text: &str) -> Option<String> {
    let mut plain = Vec::new();
    let mut bytes = text.bytes();
    while let Some(byte) = bytes.next() {
        let digit = |byte: Option<u8>| byte.and_then(|b| char::from(b).to_digit(16));
        match byte {
            b'%' => plain.push(u8::try_from(digit(bytes.next())? * 16 + digit(bytes.next())?).ok()?),
            byte => plain.push(byte),
        }
    }
    String::from_utf8(plain).ok()
}

/// What the server's refusal means, in words. Its own words are shortened: they may name addresses.
fn judge(error: &lettre::transport::smtp::Error) -> SendError {
    let code = error.status().map(|code| code.to_string()).unwrap_or_default();
    let said: String = error
        .source()
        .map(ToString::to_string)
        .unwrap_or_default()
        .chars()
        .filter(|c| !c.is_control())
        .take(120)
        .collect();
    match code.as_str() {
        "530" | "534" | "535" | "538" => {
            return SendError::Trouble("Почтовый сервер не принял логин и пароль из SMTP_URL".to_owned());
        }
        "421" | "450" | "451" | "452" => {
            return SendError::Trouble(format!("Почтовый сервер просит повторить позже (код {code})"));
        }
        "550" | "551" | "553" => {
            return SendError::Refused(format!(
                "Сервер не принимает письма на этот адрес (код {code}): {said}"
            ));
        }
        "552" => return SendError::Refused("Ящик получателя переполнен (код 552)".to_owned()),
        "554" => return SendError::Refused(format!("Сервер отклонил письмо (код 554): {said}")),
        _ => {}
    }
    if error.is_permanent() {
        return SendError::Refused(format!("Сервер отклонил письмо (код {code}): {said}"));
    }
    let mut chain = String::new();
    let mut source = error.source();
    while let Some(inner) = source {
        chain.push_str(&inner.to_string().to_lowercase());
        source = inner.source();
    }
    SendError::Trouble(if error.is_transient() {
        format!("Почтовый сервер просит повторить позже (код {code})")
    } else if error.is_timeout() {
        "Почтовый сервер не отвечает: время ожидания вышло".to_owned()
    } else if chain.contains("certificate") || chain.contains("unknownissuer") {
        "Сертификат почтового сервера не прошёл проверку: если он свой, добавьте его в EXTRA_CA_FILE"
            .to_owned()
    } else if error.is_tls() || chain.contains("starttls") {
        "Почтовый сервер не умеет TLS на этом порту: проверьте SMTP_URL".to_owned()
    } else if chain.contains("refused") {
        "Почтовый сервер не принимает соединение: проверьте адрес и порт в SMTP_URL".to_owned()
    } else if chain.contains("lookup") || chain.contains("resolve") || chain.contains("not known") {
        "Адрес почтового сервера не находится: проверьте SMTP_URL".to_owned()
    } else if error.is_client() {
        "Почтовый сервер не умеет того, что нужно: TLS или вход по паролю".to_owned()
    } else {
        "Нет связи с почтовым сервером".to_owned()
    })
}

/// `Auto-Submitted: auto-generated` (RFC 3834).
#[derive(Clone)]
struct AutoSubmitted;

impl header::Header for AutoSubmitted {
    fn name() -> header::HeaderName {
        header::HeaderName::new_from_ascii_str("Auto-Submitted")
    }

    fn parse(_: &str) -> Result<Self, Box<dyn std::error::Error + Send + Sync>> {
        Ok(Self)
    }

    fn display(&self) -> header::HeaderValue {
        header::HeaderValue::new(Self::name(), "auto-generated".to_owned())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn post(url: &str) -> Post {
        let config =
            SmtpConfig { url: Some(url.to_owned().into()), from: Some("crm@example.org".to_owned()) };
        Post::new(&config, None)
    }

    #[test]
    fn ports_are_the_usual_ones() {
        for (url, place) in [
            ("smtps://u:p@mail.example.org", "mail.example.org:465"),
            ("smtp://mail.example.org", "mail.example.org:587"),
            ("smtp://127.0.0.1", "127.0.0.1:25"),
            ("smtp://mail.example.org:2525", "mail.example.org:2525"),
        ] {
            assert_eq!(post(url).place().as_deref(), Some(place));
        }
    }

    #[test]
    fn a_password_may_have_any_letter() {
        for (written, plain) in
            [("a%40b%3A%2F", "a@b:/"), ("1+1", "1+1"), ("a=b&c", "a=b&c"), ("%D1%8F", "я")]
        {
            assert_eq!(percent_decoded(written).as_deref(), Some(plain));
        }
        assert_eq!(percent_decoded("%FF"), None);
    }

    #[test]
    fn a_letter_has_both_faces_and_the_same_name_each_time() {
        let letter = Outgoing {
            to: "boss@example.org",
            subject: "Пропущенные звонки: 3",
            text: "раз".to_owned(),
            html: "<p>раз</p>".to_owned(),
            key: "n-1-2",
        };
        let message = post("smtps://mail.example.org").compose(&letter).expect("a letter");
        let raw = String::from_utf8(message.formatted()).expect("ascii");
        for part in [
            "Message-ID: <n-1-2@example.org>",
            "Auto-Submitted: auto-generated",
            "multipart/alternative",
            "text/plain; charset=utf-8",
            "text/html; charset=utf-8",
        ] {
            assert!(raw.contains(part), "{part} is not in {raw}");
        }
        let nobody = Outgoing { to: "boss@example.org\r\nBcc: x@y.z", ..letter };
        assert!(matches!(post("smtps://mail.example.org").compose(&nobody), Err(SendError::Refused(_))));
    }
}
