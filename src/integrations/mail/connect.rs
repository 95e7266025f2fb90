//! A connection to the mailbox: name, socket, TLS, each with its own words when it fails. Limits of time and of bytes
//! are ours: the library has none.

use std::io::{self, Read, Write};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, TcpStream, ToSocketAddrs};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{CertificateError, ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use super::settings::{Mailbox, Secure};

/// Longest wait for a connection, and for an answer to anything but IDLE.
const PATIENCE: Duration = Duration::from_secs(20);
/// Longest time of an answer that comes on and on.
const ANSWER_TIME: Duration = Duration::from_secs(15 * 60);
/// Lines a server may say before encryption begins.
const MOST_LINES: usize = 100;

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

/// What the server may still say: the library reads whatever comes.
#[derive(Debug)]
pub(super) struct Allowance(Mutex<(u64, Instant)>);

impl Allowance {
    fn none() -> Self {
        Self(Mutex::new((0, Instant::now())))
    }

    /// Allows an answer of so many bytes.
    pub(super) fn grant(&self, bytes: u64) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = (bytes, Instant::now() + ANSWER_TIME);
    }

    fn take(&self, read: usize) -> io::Result<usize> {
        let mut left = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if Instant::now() > left.1 {
            return Err(io::ErrorKind::TimedOut.into());
        }
        left.0 = left.0.checked_sub(read as u64).ok_or(io::ErrorKind::FileTooLarge)?;
        Ok(read)
    }
}

/// A connection, plain or encrypted, that gives as many bytes as are allowed.
pub(super) struct Stream {
    line: Line,
    allowance: Arc<Allowance>,
}

enum Line {
    /// To this very machine.
    Plain(TcpStream),
    /// Everything else.
    Tls(Box<StreamOwned<ClientConnection, TcpStream>>),
}

impl Stream {
    /// By which it is allowed more.
    pub(super) fn allowance(&self) -> Arc<Allowance> {
        self.allowance.clone()
    }

    /// Waits so long for what is read next; never without an end: a server that has vanished must not hold the thread
    /// for ever.
    pub(super) fn wait_for(&self, time: Option<Duration>) -> io::Result<()> {
        let socket = match &self.line {
            Line::Plain(socket) => socket,
            Line::Tls(stream) => &stream.sock,
        };
        socket.set_read_timeout(time.or(Some(PATIENCE)))
    }
}

impl Read for Stream {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let read = match &mut self.line {
            Line::Plain(socket) => socket.read(buffer),
            Line::Tls(stream) => stream.read(buffer),
        };
        self.allowance.take(read?)
    }
}

impl Write for Stream {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        match &mut self.line {
            Line::Plain(socket) => socket.write(bytes),
            Line::Tls(stream) => stream.write(bytes),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        match &mut self.line {
            Line::Plain(socket) => socket.flush(),
            Line::Tls(stream) => stream.flush(),
        }
    }
}

/// Connects, up to where the two begin to talk, or with STARTTLS to behind the greeting. `extra_ca` names a file of
/// further trusted authorities.
///
/// # Errors
/// In words: which of name, connection or certificate it was.
pub(super) fn open(mailbox: &Mailbox, extra_ca: Option<&Path>) -> Result<Stream, MailError> {
    let socket = socket(mailbox)?;
    let line = match mailbox.secure() {
        Secure::None => Line::Plain(socket),
        Secure::Tls => tls(socket, mailbox, extra_ca)?,
        Secure::StartTls => tls(start_tls(socket)?, mailbox, extra_ca)?,
    };
    Ok(Stream { line, allowance: Arc::new(Allowance::none()) })
}

fn socket(mailbox: &Mailbox) -> Result<TcpStream, MailError> {
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
    for _ in 0..MOST_LINES {
        let answer = line(&mut socket).map_err(broken)?;
        if answer.starts_with("s1 OK") {
            return Ok(socket);
        }
        if answer.starts_with("s1 ") {
            return Err(MailError::lasting("Сервер не умеет STARTTLS: выберите TLS и порт 993"));
        }
    }
    Err(not_imap())
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

fn tls(socket: TcpStream, mailbox: &Mailbox, extra_ca: Option<&Path>) -> Result<Line, MailError> {
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
    Ok(Line::Tls(Box::new(stream)))
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

pub(super) fn not_imap() -> MailError {
    MailError::lasting("На этом порту отвечает не почтовый сервер IMAP")
}

/// Why a conversation ended.
pub(super) fn broken(error: &io::Error) -> MailError {
    match error.kind() {
        io::ErrorKind::WouldBlock | io::ErrorKind::TimedOut => {
            MailError::passing("Почтовый сервер перестал отвечать")
        }
        io::ErrorKind::FileTooLarge => MailError::passing("Ответ почтового сервера слишком длинный"),
        _ if error.get_ref().is_some_and(|inner| inner.is::<rustls::Error>()) => untrusted(error),
        _ => MailError::passing("Почтовый сервер оборвал соединение"),
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
