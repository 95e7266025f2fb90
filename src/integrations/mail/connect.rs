//! A connection to the mailbox: name, socket, TLS, sign-in, each with its own words when it fails. Timeouts are ours:
//! the library has none.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use imap::Session;
use imap::extensions::idle::SetReadTimeout;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};
use secrecy::{ExposeSecret, SecretString};

use super::settings::{Mailbox, Secure};

/// Longest wait for a connection, and for an answer to anything but IDLE.
pub const PATIENCE: Duration = Duration::from_secs(20);
/// Letters are looked for in this folder.
pub const FOLDER: &str = "INBOX";

/// Why the mailbox cannot be read, for a person; a sentence without its full stop.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailError {
    /// What happened.
    pub words: String,
    /// Somebody has to change something; trying again alone will not help.
    pub is_lasting: bool,
}

impl MailError {
    pub(crate) fn lasting(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_lasting: true }
    }

    pub(crate) fn passing(words: impl Into<String>) -> Self {
        Self { words: words.into(), is_lasting: false }
    }
}

/// Plain or encrypted.
pub enum Stream {
    /// To this very machine.
    Plain(TcpStream),
    /// Everything else.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    fn socket(&self) -> &TcpStream {
        match self {
            Self::Plain(socket) => socket,
            Self::Tls(stream) => &stream.sock,
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.read(buffer),
            Self::Tls(stream) => stream.read(buffer),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match self {
            Self::Plain(socket) => socket.write(bytes),
            Self::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match self {
            Self::Plain(socket) => socket.flush(),
            Self::Tls(stream) => stream.flush(),
        }
    }
}

impl SetReadTimeout for Stream {
    fn set_read_timeout(&mut self, timeout: Option<Duration>) -> imap::error::Result<()> {
        // Never without an end: a server that has vanished must not hold the thread for ever.
        self.socket().set_read_timeout(timeout.or(Some(PATIENCE))).map_err(imap::Error::Io)
    }
}

/// Connects and signs in. `extra_ca` names a file of further trusted authorities.
///
/// # Errors
/// In words: which of name, connection, certificate, protocol or password it was.
pub fn connect(
    mailbox: &Mailbox,
    password: &SecretString,
    extra_ca: Option<&Path>,
) -> Result<Session<Stream>, MailError> {
    let socket = open(mailbox)?;
    let stream = match mailbox.secure() {
        Secure::None => Stream::Plain(socket),
        Secure::Tls => tls(socket, mailbox, extra_ca)?,
        Secure::StartTls => tls(start_tls(socket)?, mailbox, extra_ca)?,
    };
    let mut client = imap::Client::new(stream);
    if mailbox.secure() != Secure::StartTls {
        client.read_greeting().map_err(|error| said(&error))?;
    }
    client.login(&mailbox.user, password.expose_secret()).map_err(|(error, _)| match error {
        imap::Error::No(_) | imap::Error::Bad(_) => MailError::lasting("Логин или пароль не подошли"),
        other => said(&other),
    })
}

fn open(mailbox: &Mailbox) -> Result<TcpStream, MailError> {
    let host = mailbox.host.as_str();
    let found = (host, mailbox.port).to_socket_addrs();
    let addresses: Vec<SocketAddr> = match found {
        Ok(found) => found.filter(|address| may_go_to(address.ip())).collect(),
        Err(_) => return Err(MailError::passing(format!("Сервер {host} не находится: проверьте имя"))),
    };
    if mailbox.secure() == Secure::None
        && !addresses.iter().all(|address| address.ip().to_canonical().is_loopback())
    {
        return Err(MailError::lasting("Без шифрования можно подключиться только к этому же компьютеру"));
    }
    let mut last = None;
    for address in &addresses {
        match TcpStream::connect_timeout(address, PATIENCE) {
            Ok(socket) => {
                let limits = socket
                    .set_read_timeout(Some(PATIENCE))
                    .and_then(|()| socket.set_write_timeout(Some(PATIENCE)));
                limits.map_err(|_| MailError::passing("Соединение не настраивается"))?;
                return Ok(socket);
            }
            Err(error) => last = Some(error),
        }
    }
    Err(match last.map(|error| error.kind()) {
        Some(io::ErrorKind::ConnectionRefused) => {
            MailError::passing(format!("{host} не принимает соединение на порту {}", mailbox.port))
        }
        Some(io::ErrorKind::TimedOut) => {
            MailError::passing(format!("{host} не ответил за {} секунд", PATIENCE.as_secs()))
        }
        Some(_) => MailError::passing(format!("Нет связи с {host}")),
        None => MailError::lasting(format!("На {host} подключаться нельзя: это служебный адрес")),
    })
}

/// False for addresses nobody keeps a mailbox at, some of which answer with secrets of the machine; however they are
/// wrapped.
fn may_go_to(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => {
            !v4.is_link_local() && !v4.is_unspecified() && !v4.is_multicast() && !v4.is_broadcast()
        }
        IpAddr::V6(v6) => {
            // Amazon's machines tell their secrets at this one.
            const METADATA: Ipv6Addr = Ipv6Addr::new(0xfd00, 0xec2, 0, 0, 0, 0, 0, 0x254);
            let is_plain = !v6.is_unicast_link_local() && !v6.is_unspecified() && !v6.is_multicast();
            is_plain && v6 != METADATA && wrapped(v6).is_none_or(|v4| may_go_to(v4.into()))
        }
    }
}

/// The IPv4 address that a gateway of the network makes of it: NAT64, 6to4, and the compatible ones of old.
fn wrapped(v6: Ipv6Addr) -> Option<Ipv4Addr> {
    let v4 = |high: u16, low: u16| Some(Ipv4Addr::from(u32::from(high) << 16 | u32::from(low)));
    match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] | [0x2002, high, low, ..] => v4(high, low),
        [0, 0, 0, 0, 0, 0, high, low] if high != 0 => v4(high, low),
        _ => None,
    }
}

/// The few lines before encryption begins; nothing secret is among them.
fn start_tls(mut socket: TcpStream) -> Result<TcpStream, MailError> {
    let broken = |_| MailError::passing("Сервер оборвал соединение");
    let greeting = line(&mut socket).map_err(broken)?;
    if !greeting.starts_with("* OK") {
        return Err(not_imap());
    }
    socket.write_all(b"s1 STARTTLS\r\n").map_err(broken)?;
    loop {
        let answer = line(&mut socket).map_err(broken)?;
        if answer.starts_with("s1 OK") {
            return Ok(socket);
        }
        if answer.starts_with("s1 ") {
            return Err(MailError::lasting("Сервер не умеет STARTTLS: выберите TLS и порт 993"));
        }
    }
}

fn line(socket: &mut TcpStream) -> io::Result<String> {
    const LONGEST: usize = 4096;
    let (mut bytes, mut byte) = (Vec::new(), [0]);
    while bytes.len() < LONGEST {
        socket.read_exact(&mut byte)?;
        if byte[0] == b'\n' {
            break;
        }
        bytes.push(byte[0]);
    }
    Ok(String::from_utf8_lossy(&bytes).trim_end().to_owned())
}

fn tls(socket: TcpStream, mailbox: &Mailbox, extra_ca: Option<&Path>) -> Result<Stream, MailError> {
    let mut roots = RootCertStore::empty();
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    if let Some(path) = extra_ca {
        let unreadable =
            |_| MailError::lasting(format!("Файл EXTRA_CA_FILE не читается: {}", path.display()));
        for certificate in CertificateDer::pem_file_iter(path).map_err(unreadable)? {
            let certificate = certificate.map_err(unreadable)?;
            roots.add(certificate).map_err(|_| MailError::lasting("В EXTRA_CA_FILE не сертификат"))?;
        }
    }
    let config = ClientConfig::builder().with_root_certificates(roots).with_no_client_auth();
    let name =
        ServerName::try_from(mailbox.host.clone()).map_err(|_| MailError::lasting("Это не имя сервера"))?;
    let connection = ClientConnection::new(Arc::new(config), name)
        .map_err(|_| MailError::lasting("Соединение TLS не настраивается"))?;
    let mut stream = StreamOwned::new(connection, socket);
    while stream.conn.is_handshaking() {
        stream.conn.complete_io(&mut stream.sock).map_err(|error| untrusted(&error))?;
    }
    Ok(Stream::Tls(Box::new(stream)))
}

/// Why a handshake failed.
fn untrusted(error: &io::Error) -> MailError {
    let inner = error.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>());
    match inner {
        Some(rustls::Error::InvalidCertificate(problem)) => MailError::lasting(match problem {
            CertificateError::UnknownIssuer => {
                "Сертификат сервера выдан неизвестным центром: добавьте его в EXTRA_CA_FILE"
            }
            CertificateError::Expired | CertificateError::ExpiredContext { .. } => {
                "Срок сертификата сервера истёк"
            }
            CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => {
                "Сертификат сервера ещё не действует: проверьте часы"
            }
            CertificateError::NotValidForName | CertificateError::NotValidForNameContext { .. } => {
                "Сертификат выдан на другое имя: укажите сервер так, как он назван в сертификате"
            }
            _ => "Сертификат сервера не прошёл проверку",
        }),
        Some(_) => MailError::lasting("На этом порту нет TLS: проверьте порт и вид шифрования"),
        None if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) => {
            MailError::passing("Сервер молчит: проверьте порт и вид шифрования")
        }
        None => MailError::passing("Сервер оборвал соединение"),
    }
}

fn not_imap() -> MailError {
    MailError::lasting("На этом порту отвечает не почтовый сервер IMAP")
}

/// An error of the conversation in words.
pub fn said(error: &imap::Error) -> MailError {
    match error {
        imap::Error::Io(error)
            if matches!(error.kind(), io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut) =>
        {
            MailError::passing("Почтовый сервер перестал отвечать")
        }
        imap::Error::Io(error) if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => {
            untrusted(error)
        }
        imap::Error::Io(_) | imap::Error::ConnectionLost => {
            MailError::passing("Почтовый сервер оборвал соединение")
        }
        imap::Error::Parse(_) => not_imap(),
        imap::Error::No(_) | imap::Error::Bad(_) => MailError::passing("Почтовый сервер отказал"),
        _ => MailError::passing("Непонятный ответ почтового сервера"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_tell_secrets_are_seen_through_every_wrapping() {
        for secret in [
            "169.254.169.254",
            "::ffff:169.254.169.254",
            "::169.254.169.254",
            "64:ff9b::169.254.169.254",
            "2002:a9fe:a9fe::1",
            "fe80::1",
            "fd00:ec2::254",
            "0.0.0.0",
            "::",
            "::ffff:0.0.0.0",
            "::ffff:255.255.255.255",
            "::ffff:224.0.0.1",
            "ff02::1",
        ] {
            assert!(!may_go_to(secret.parse().expect("an address")), "{secret}");
        }
        for usual in [
            "93.158.134.10",
            "::ffff:93.158.134.10",
            "64:ff9b::93.158.134.10",
            "2a02:6b8::1",
            "127.0.0.1",
            "::1",
            "10.0.0.5",
        ] {
            assert!(may_go_to(usual.parse().expect("an address")), "{usual}");
        }
    }
}
