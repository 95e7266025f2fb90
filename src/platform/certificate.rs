//! When the certificate of an https address ends. The address is greeted and left, nothing is asked of it; whether the
//! certificate is to be believed is for browsers to say.

use std::io::Write;
use std::net::{TcpStream, ToSocketAddrs};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use chrono::{NaiveDate, NaiveDateTime};
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{ClientConfig, ClientConnection, DigitallySignedStruct, SignatureScheme};

/// How long each step of the greeting may take.
const PATIENCE: Duration = Duration::from_secs(5);

/// When the certificate of `host` ends (UTC). Blocks.
///
/// # Errors
/// In Russian: why it could not be seen.
pub fn ends_at(host: &str, port: u16) -> Result<NaiveDateTime, String> {
    let unreachable = |error: std::io::Error| format!("{host} не отвечает: {error}");
    let address = (host, port)
        .to_socket_addrs()
        .map_err(unreachable)?
        .next()
        .ok_or_else(|| format!("имя {host} не найдено"))?;
    let mut socket = TcpStream::connect_timeout(&address, PATIENCE).map_err(unreachable)?;
    socket.set_read_timeout(Some(PATIENCE)).map_err(unreachable)?;
    socket.set_write_timeout(Some(PATIENCE)).map_err(unreachable)?;
    let name = ServerName::try_from(host.to_owned()).map_err(|_| format!("{host}: не имя сервера"))?;
    let _ = rustls::crypto::ring::default_provider().install_default();
    let seen = Arc::new(Onlooker::default());
    let config = ClientConfig::builder()
        .dangerous()
        .with_custom_certificate_verifier(seen.clone())
        .with_no_client_auth();
    let broken = |error: &dyn std::fmt::Display| format!("{host} отвечает не по TLS: {error}");
    let mut connection = ClientConnection::new(Arc::new(config), name).map_err(|e| broken(&e))?;
    while connection.is_handshaking() {
        if let Err(error) = connection.complete_io(&mut socket) {
            return Err(broken(&error));
        }
    }
    connection.send_close_notify();
    let _ = connection.write_tls(&mut socket).and_then(|_| socket.flush());
    let certificate = seen.0.lock().unwrap_or_else(PoisonError::into_inner).take();
    let certificate = certificate.ok_or_else(|| format!("{host} не показал сертификата"))?;
    not_after(&certificate).ok_or_else(|| format!("срок сертификата {host} не прочитать"))
}

/// Believes everybody and remembers the certificate: nothing is told to whoever shows it.
#[derive(Debug, Default)]
struct Onlooker(Mutex<Option<Vec<u8>>>);

impl ServerCertVerifier for Onlooker {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = Some(end_entity.to_vec());
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn verify_tls13_signature(
        &self,
        _: &[u8],
        _: &CertificateDer<'_>,
        _: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        Ok(HandshakeSignatureValid::assertion())
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        rustls::crypto::ring::default_provider().signature_verification_algorithms.supported_schemes()
    }
}

const SEQUENCE: u8 = 0x30;
const VERSION: u8 = 0xa0;
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The second time of a certificate's validity (RFC 5280, 4.1).
fn not_after(certificate: &[u8]) -> Option<NaiveDateTime> {
    let (_, certificate, _) = element(certificate)?;
    let (_, mut rest, _) = element(certificate)?;
    if *rest.first()? == VERSION {
        rest = element(rest)?.2;
    }
    // Serial number, algorithm, issuer.
    for _ in 0..3 {
        rest = element(rest)?.2;
    }
    let (tag, validity, _) = element(rest)?;
    let (_, _, after) = element(validity).filter(|_| tag == SEQUENCE)?;
    let (tag, time, _) = element(after)?;
    let text = std::str::from_utf8(time).ok()?.strip_suffix('Z')?;
    let (year, rest) = match tag {
        UTC_TIME => {
            let year: i32 = text.get(..2)?.parse().ok()?;
            (year + if year < 50 { 2000 } else { 1900 }, text.get(2..)?)
        }
        GENERALIZED_TIME => (text.get(..4)?.parse().ok()?, text.get(4..)?),
        _ => return None,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<u32>().ok();
    NaiveDate::from_ymd_opt(year, part(0)?, part(2)?)?.and_hms_opt(part(4)?, part(6)?, part(8)?)
}

/// Tag, content and what follows of the first element (DER).
fn element(bytes: &[u8]) -> Option<(u8, &[u8], &[u8])> {
    let (tag, rest) = bytes.split_first()?;
    let (first, rest) = rest.split_first()?;
    let (length, rest) = if *first < 0x80 {
        (usize::from(*first), rest)
    } else {
        let (digits, rest) =
            rest.split_at_checked(usize::from(*first & 0x7f)).filter(|(d, _)| d.len() <= 4)?;
        (digits.iter().fold(0, |length, digit| length << 8 | usize::from(*digit)), rest)
    };
    let (content, rest) = rest.split_at_checked(length)?;
    Some((*tag, content, rest))
}

/// Host and port of an https address; `None` for another one.
pub fn place(url: &str) -> Option<(String, u16)> {
    let url = reqwest::Url::parse(url).ok().filter(|url| url.scheme() == "https")?;
    Some((url.host_str()?.to_owned(), url.port().unwrap_or(443)))
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::TcpListener;

    use super::*;

    #[test]
    fn the_end_of_a_certificate_is_read_and_nonsense_is_none() {
        let name = [0x30, 0x00];
        let time = |tag: u8, text: &str| [&[tag, text.len() as u8], text.as_bytes()].concat();
        let of = |after: Vec<u8>| {
            let times = [time(UTC_TIME, "260101000000Z"), after].concat();
            let validity = [&[SEQUENCE, times.len() as u8][..], &times].concat();
            let inner = [&[VERSION, 3, 2, 1, 2][..], &[2, 1, 9], &name, &name, &validity, &name].concat();
            let inner = [&[SEQUENCE, inner.len() as u8][..], &inner].concat();
            [&[SEQUENCE, 0x81, inner.len() as u8][..], &inner].concat()
        };
        let day = NaiveDate::from_ymd_opt(2027, 2, 11).and_then(|d| d.and_hms_opt(23, 59, 58));
        assert_eq!(not_after(&of(time(UTC_TIME, "270211235958Z"))), day);
        assert_eq!(not_after(&of(time(GENERALIZED_TIME, "20270211235958Z"))), day);
        assert_eq!(not_after(&of(time(UTC_TIME, "271311235958Z"))), None);
        let whole = of(time(UTC_TIME, "270211235958Z"));
        for length in 0..whole.len() {
            assert_eq!(not_after(&whole[..length]), None, "cut at {length}");
        }
    }

    #[test]
    fn only_https_has_a_certificate() {
        assert_eq!(place("https://crm.example"), Some(("crm.example".to_owned(), 443)));
        assert_eq!(place("https://crm.example:8443/x"), Some(("crm.example".to_owned(), 8443)));
        assert_eq!(place("http://crm.example"), None);
        assert_eq!(place(""), None);
    }

    #[test]
    fn somebody_who_speaks_no_tls_is_told_in_words() {
        let listener = TcpListener::bind("127.0.0.1:0").expect("a port");
        let port = listener.local_addr().expect("its number").port();
        let server = std::thread::spawn(move || {
            let (mut socket, _) = listener.accept().expect("a guest");
            let _ = socket.read(&mut [0; 64]);
            let _ = socket.write_all(b"HTTP/1.0 400 Bad Request\r\n\r\n");
        });
        let told = ends_at("127.0.0.1", port).expect_err("no TLS");
        server.join().expect("no panic");
        assert!(told.starts_with("127.0.0.1 отвечает не по TLS"), "{told}");
    }
}
