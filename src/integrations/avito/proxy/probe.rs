//! Looks closely at a proxy that failed: speaks the first words of its language and reads what exactly it says. Goes to
//! the proxy and to nobody else.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::Duration;

use base64_of::basic;
use secrecy::ExposeSecret;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use super::guard::{Guard, is_private};
use super::{Fault, Proxy, ProxyType, Ways};

/// Longest time of the whole look.
const PATIENCE: Duration = Duration::from_secs(10);
/// Most of an answer that is read.
const MOST: usize = 4096;

/// What exactly is wrong with `proxy` when it is to reach `host`; `None` when it lets us through.
pub async fn diagnose(proxy: &Proxy, ways: &Ways, host: &str, port: u16) -> Option<Fault> {
    let looked = tokio::time::timeout(PATIENCE, look(proxy, ways, host, port)).await;
    looked.unwrap_or(Err(Fault::TimedOut)).err()
}

async fn look(proxy: &Proxy, ways: &Ways, host: &str, port: u16) -> Result<(), Fault> {
    let mut line = connect(proxy, ways).await?;
    match proxy.kind {
        ProxyType::Http => http(&mut line, proxy, host, port).await,
        ProxyType::Socks4 | ProxyType::Socks4a => socks4(&mut line, proxy, host, port).await,
        ProxyType::Socks5 | ProxyType::Socks5h => socks5(&mut line, proxy, host, port).await,
    }
}

async fn connect(proxy: &Proxy, ways: &Ways) -> Result<TcpStream, Fault> {
    let host = proxy.bare_host().to_owned();
    let addresses = match host.parse::<IpAddr>() {
        Ok(address) if !ways.allows_private && is_private(address) => return Err(Fault::Private),
        Ok(address) => vec![SocketAddr::new(address, proxy.port)],
        Err(_) => {
            let guard = Guard {
                proxy: Some(host.clone()),
                looks_up: None,
                checks_target: false,
                allows_private: ways.allows_private,
            };
            let found = tokio::task::spawn_blocking(move || guard.find(&host));
            found.await.map_err(|_| Fault::Unknown)??
        }
    };
    let mut fault = Fault::NameNotFound;
    for mut address in addresses {
        address.set_port(proxy.port);
        match TcpStream::connect(address).await {
            Ok(line) => return Ok(line),
            Err(error) => fault = Fault::of_kind(error.kind()).unwrap_or(Fault::Unknown),
        }
    }
    Err(fault)
}

async fn say(line: &mut TcpStream, words: &[u8]) -> Result<(), Fault> {
    line.write_all(words).await.map_err(|error| Fault::of_kind(error.kind()).unwrap_or(Fault::Closed))
}

/// Reads until `is_whole`, or until the other side ends.
async fn hear(line: &mut TcpStream, is_whole: impl Fn(&[u8]) -> bool) -> Result<Vec<u8>, Fault> {
    let mut heard = Vec::new();
    let mut piece = [0; 512];
    while !is_whole(&heard) && heard.len() < MOST {
        let read = line.read(&mut piece).await;
        match read.map_err(|error| Fault::of_kind(error.kind()).unwrap_or(Fault::Closed))? {
            0 if heard.is_empty() => return Err(Fault::Closed),
            0 => break,
            read => heard.extend_from_slice(&piece[..read]),
        }
    }
    Ok(heard)
}

async fn http(line: &mut TcpStream, proxy: &Proxy, host: &str, port: u16) -> Result<(), Fault> {
    let login = proxy.login.as_ref().map(|(login, password)| {
        format!("Proxy-Authorization: Basic {}\r\n", basic(login, password.expose_secret()))
    });
    let login = login.unwrap_or_default();
    let words = format!("CONNECT {host}:{port} HTTP/1.1\r\nHost: {host}:{port}\r\n{login}\r\n");
    say(line, words.as_bytes()).await?;
    let heard = hear(line, |heard| heard.contains(&b'\n')).await?;
    let first = String::from_utf8_lossy(&heard);
    let status = first.strip_prefix("HTTP/").and_then(|rest| rest.split_whitespace().nth(1)?.parse().ok());
    match status {
        Some(200..=299) => Ok(()),
        Some(407) => Err(Fault::LoginWanted),
        Some(status) => Err(Fault::HttpRefusal(status)),
        None => Err(Fault::OtherProtocol),
    }
}

async fn socks4(line: &mut TcpStream, proxy: &Proxy, host: &str, port: u16) -> Result<(), Fault> {
    let mut words = vec![4, 1];
    words.extend(port.to_be_bytes());
    match (proxy.kind, target(host, true).await) {
        (ProxyType::Socks4, None) => return Err(Fault::NameNotFound),
        (ProxyType::Socks4, Some(IpAddr::V4(address))) => {
            words.extend(address.octets());
            words.push(0);
        }
        _ => {
            words.extend(Ipv4Addr::new(0, 0, 0, 1).octets());
            words.push(0);
            words.extend(host.as_bytes());
            words.push(0);
        }
    }
    say(line, &words).await?;
    match hear(line, |heard| heard.len() >= 8).await?.as_slice() {
        [0, 90, ..] => Ok(()),
        [0, code, ..] => Err(Fault::Socks4(*code)),
        _ => Err(Fault::OtherProtocol),
    }
}

async fn socks5(line: &mut TcpStream, proxy: &Proxy, host: &str, port: u16) -> Result<(), Fault> {
    let method = if proxy.login.is_some() { 2 } else { 0 };
    say(line, &[5, 1, method]).await?;
    match hear(line, |heard| heard.len() >= 2).await?.as_slice() {
        [5, chosen, ..] if *chosen == method => {}
        [5, 0xff, ..] if method == 2 => return Err(Fault::LoginNotTaken),
        [5, ..] => return Err(Fault::LoginWanted),
        _ => return Err(Fault::OtherProtocol),
    }
    if let Some((login, password)) = &proxy.login {
        let short = |text: &str| text.bytes().take(255).collect::<Vec<u8>>();
        let (login, password) = (short(login), short(password.expose_secret()));
        let length = |bytes: &[u8]| u8::try_from(bytes.len()).unwrap_or(u8::MAX);
        let words = [&[1, length(&login)], &login[..], &[length(&password)], &password[..]].concat();
        say(line, &words).await?;
        match hear(line, |heard| heard.len() >= 2).await?.as_slice() {
            [_, 0, ..] => {}
            _ => return Err(Fault::LoginRefused),
        }
    }
    let mut words = vec![5, 1, 0];
    let address = if proxy.kind == ProxyType::Socks5 { target(host, false).await } else { None };
    match (proxy.kind, address) {
        (ProxyType::Socks5, None) => return Err(Fault::NameNotFound),
        (_, Some(IpAddr::V4(address))) => {
            words.push(1);
            words.extend(address.octets());
        }
        (_, Some(IpAddr::V6(address))) => {
            words.push(4);
            words.extend(address.octets());
        }
        _ => {
            words.extend([3, u8::try_from(host.len()).map_err(|_| Fault::NameNotFound)?]);
            words.extend(host.as_bytes());
        }
    }
    words.extend(port.to_be_bytes());
    say(line, &words).await?;
    match hear(line, |heard| heard.len() >= 2).await?.as_slice() {
        [5, 0, ..] => Ok(()),
        [5, code, ..] => Err(Fault::Socks5(*code)),
        _ => Err(Fault::OtherProtocol),
    }
}

/// The address a proxy that knows no names is told.
async fn target(host: &str, is_v4: bool) -> Option<IpAddr> {
    let host = host.trim_start_matches('[').trim_end_matches(']');
    if let Ok(address) = host.parse() {
        return Some(address);
    }
    let found = tokio::net::lookup_host((host, 0)).await.ok()?;
    found.map(|address| address.ip()).find(|address| !is_v4 || address.is_ipv4())
}

/// The one word of base64 a proxy wants.
mod base64_of {
    const LETTERS: &[u8; 64] = b"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";

    /// `login:password` as basic authorization writes it.
    pub(super) fn basic(login: &str, password: &str) -> String {
        let plain = format!("{login}:{password}");
        let mut written = String::new();
        for three in plain.as_bytes().chunks(3) {
            let bits = three.iter().fold(0, |bits, byte| (bits << 8) | u32::from(*byte));
            let bits = bits << (8 * (3 - three.len()));
            for place in 0..4 {
                let letter = LETTERS[(bits >> (18 - 6 * place)) as usize & 63];
                written.push(if place <= three.len() { char::from(letter) } else { '=' });
            }
        }
        written
    }

    #[cfg(test)]
    mod tests {
        #[test]
        fn a_login_is_written_as_the_standard_says() {
            assert_eq!(super::basic("Aladdin", "open sesame"), "QWxhZGRpbjpvcGVuIHNlc2FtZQ==");
            assert_eq!(super::basic("a", "b"), "YTpi");
            assert_eq!(super::basic("a", "bc"), "YTpiYw==");
        }
    }
}
