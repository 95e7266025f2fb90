//! What is wrong with the way: a proxy's refusals and failures, told apart and said in words.

use std::error::Error;
use std::io;

/// Why there was no connection. Whether a proxy stands in between changes whose fault it is, not what happened.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Fault {
    /// Nobody listens there.
    Refused,
    /// No answer in time.
    TimedOut,
    /// The name is not known.
    NameNotFound,
    /// The name or address is of this machine or of a private network.
    Private,
    /// The network says that there is no way to it.
    NoRoute,
    /// HTTP 407: login and password are missing or wrong.
    LoginWanted,
    /// SOCKS: the proxy does not take login and password.
    LoginNotTaken,
    /// SOCKS: login or password is wrong.
    LoginRefused,
    /// The certificate is not the one of the other side.
    Certificate,
    /// The encrypted connection could not be made.
    Tls,
    /// Another protocol is spoken on that port.
    OtherProtocol,
    /// The connection was closed without a word.
    Closed,
    /// HTTP proxy: it refused to connect, with this status.
    HttpRefusal(u16),
    /// SOCKS4: it refused, with this code.
    Socks4(u8),
    /// SOCKS5: it refused, with this code.
    Socks5(u8),
    /// Something in between answered instead of the other side.
    Mangled,
    /// This machine has no certificates of authorities, or the settings make no client.
    Ours,
    /// No connection, nobody knows why.
    Unknown,
}

impl Fault {
    /// What happened, for a person; a sentence without its full stop.
    pub fn words(self) -> String {
        match self {
            Self::Refused => "Не принимает соединение: адрес или порт неверны либо сервер выключен",
            Self::TimedOut => "Не отвечает: время ожидания вышло",
            Self::NameNotFound => "Имя сервера не находится",
            Self::Private => "Адрес из частной сети: такие прокси не разрешены",
            Self::NoRoute => "До сервера нет пути по сети",
            Self::LoginWanted => "Прокси просит логин и пароль: их нет или они неверны (407)",
            Self::LoginNotTaken => "Прокси не принимает вход по логину и паролю: проверьте тип и логин",
            Self::LoginRefused => "Прокси не принял логин или пароль",
            Self::Certificate => "Сертификат не прошёл проверку: соединение подменяют",
            Self::Tls => "Не удалось установить шифрованное соединение",
            Self::OtherProtocol => "На этом порту другой протокол: проверьте тип прокси",
            Self::Closed => "Соединение закрыто без ответа: проверьте тип прокси и порт",
            Self::HttpRefusal(403) => "Прокси запрещает это соединение (403)",
            Self::HttpRefusal(status) => {
                return format!("Прокси не смог соединиться с сервером (код {status})");
            }
            Self::Socks4(code) => return format!("{} (SOCKS4, код {code})", socks4(code)),
            Self::Socks5(code) => return format!("{} (SOCKS5, код {code})", socks5(code)),
            Self::Mangled => "Вместо ответа пришла чужая страница: проверьте прокси",
            Self::Ours => {
                "Соединение не настраивается: на сервере нет корневых сертификатов (ca-certificates)"
            }
            Self::Unknown => "Нет связи",
        }
        .to_owned()
    }

    /// It may be gone by itself another time.
    pub fn is_passing(self) -> bool {
        matches!(
            self,
            Self::Refused
                | Self::TimedOut
                | Self::NoRoute
                | Self::Closed
                | Self::HttpRefusal(500..=599)
                | Self::Socks4(91)
                | Self::Socks5(1 | 3..=6)
                | Self::Unknown
        )
    }

    /// What a failed request says. Looks for causes, not for words, where there are any.
    pub(crate) fn of(error: &reqwest::Error) -> Self {
        let mut chain = String::new();
        let mut cause: Option<&(dyn Error + 'static)> = Some(error);
        while let Some(inner) = cause {
            if let Some(known) = Self::of_cause(inner) {
                return known;
            }
            chain.push_str(&inner.to_string().to_lowercase());
            chain.push('\n');
            cause = inner.source();
        }
        let said = |words: &str| chain.contains(words);
        if let Some(place) = SAID_BY_SOCKS5.iter().position(|words| said(words)) {
            return Self::Socks5(u8::try_from(place + 1).unwrap_or(1));
        }
        match () {
            () if error.is_timeout() => Self::TimedOut,
            () if said("proxy authorization required") => Self::LoginWanted,
            () if said("does not support user/pass") => Self::LoginNotTaken,
            () if said("credentials not accepted") => Self::LoginRefused,
            () if said("implements authentication incorrectly") => Self::OtherProtocol,
            () if said("server failed to execute command") => Self::Socks4(91),
            () if said("failed to lookup") || said("dns") => Self::NameNotFound,
            () if said("parsing") || said("invalid http") => Self::OtherProtocol,
            () if said("eof") || said("end of file") || said("connection closed") => Self::Closed,
            () => Self::Unknown,
        }
    }

    fn of_cause(cause: &(dyn Error + 'static)) -> Option<Self> {
        if let Some(own) = cause.downcast_ref::<Self>() {
            return Some(*own);
        }
        if let Some(error) = cause.downcast_ref::<rustls::Error>() {
            return Some(Self::of_tls(error));
        }
        let error = cause.downcast_ref::<io::Error>()?;
        // What an io::Error was made of is not among its sources when it is another io::Error's.
        let inner = error.get_ref().and_then(|inner| Self::of_cause(inner));
        inner.or_else(|| Self::of_kind(error.kind()))
    }

    fn of_tls(error: &rustls::Error) -> Self {
        match error {
            rustls::Error::InvalidCertificate(_) => Self::Certificate,
            _ => Self::Tls,
        }
    }

    /// What the system says of a connection.
    pub(super) fn of_kind(kind: io::ErrorKind) -> Option<Self> {
        Some(match kind {
            io::ErrorKind::ConnectionRefused => Self::Refused,
            io::ErrorKind::TimedOut => Self::TimedOut,
            io::ErrorKind::HostUnreachable | io::ErrorKind::NetworkUnreachable => Self::NoRoute,
            io::ErrorKind::ConnectionReset
            | io::ErrorKind::ConnectionAborted
            | io::ErrorKind::BrokenPipe
            | io::ErrorKind::UnexpectedEof => Self::Closed,
            _ => return None,
        })
    }
}

/// How the library calls the refusals of SOCKS5, from code 1 on.
const SAID_BY_SOCKS5: [&str; 8] = [
    "general server failure",
    "socks error: connection not allowed",
    "socks error: network unreachable",
    "socks error: host unreachable",
    "socks error: connection refused",
    "socks error: ttl expired",
    "socks error: command not supported",
    "socks error: address type not supported",
];

fn socks4(code: u8) -> &'static str {
    match code {
        91 => "Прокси отказал или не смог соединиться",
        92 => "Прокси не смог узнать, кто спрашивает",
        93 => "Прокси отказал: имя пользователя не подошло",
        _ => "Прокси отказал",
    }
}

fn socks5(code: u8) -> &'static str {
    match code {
        1 => "Сбой самого прокси",
        2 => "Прокси запрещает это соединение",
        3 => "Сеть недоступна для прокси",
        4 => "Сервер недоступен для прокси",
        5 => "Сервер не принял соединение прокси",
        6 => "Время ожидания прокси вышло",
        7 => "Прокси не умеет соединяться",
        8 => "Прокси не понимает такие адреса: выберите другой тип",
        _ => "Прокси отказал",
    }
}

impl std::fmt::Display for Fault {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(&self.words())
    }
}

impl Error for Fault {}
