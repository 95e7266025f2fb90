//! Where a request comes from: the other end of the connection, or what a trusted proxy says.

use std::net::{IpAddr, Ipv6Addr};

use actix_web::HttpRequest;
use actix_web::http::header::HeaderMap;

/// The address of whoever sent `request`; `None` where there is no network (tests of the framework).
pub fn of(request: &HttpRequest, trusted: &[IpAddr]) -> Option<IpAddr> {
    let peer = request.peer_addr()?.ip().to_canonical();
    Some(if trusted.contains(&peer) { forwarded(request.headers(), trusted).unwrap_or(peer) } else { peer })
}

/// [`of`] as text, for the journal.
pub fn shown(request: &HttpRequest, trusted: &[IpAddr]) -> String {
    of(request, trusted).map(|address| address.to_string()).unwrap_or_default()
}

/// What one household or office has: an IPv4 address, or the 64 bits an IPv6 customer is given.
pub fn network(address: IpAddr) -> String {
    match address.to_canonical() {
        IpAddr::V4(address) => address.to_string(),
        IpAddr::V6(address) => {
            let [a, b, c, d, ..] = address.segments();
            format!("{}/64", Ipv6Addr::new(a, b, c, d, 0, 0, 0, 0))
        }
    }
}

/// A proxy appends the address it saw; everything before the last stranger is the sender's own words.
fn forwarded(headers: &HeaderMap, trusted: &[IpAddr]) -> Option<IpAddr> {
    let lines: Vec<&str> = headers.get_all("x-forwarded-for").filter_map(|v| v.to_str().ok()).collect();
    for hop in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let address = parse(hop.trim())?;
        if !trusted.contains(&address) {
            return Some(address);
        }
    }
    None
}

/// `1.2.3.4`, `1.2.3.4:567`, `2001:db8::1`, `[2001:db8::1]:567`.
fn parse(hop: &str) -> Option<IpAddr> {
    let bare = hop.strip_prefix('[').and_then(|rest| rest.split(']').next()).unwrap_or(hop);
    let address: Option<IpAddr> = bare.parse().ok();
    address.or_else(|| Some(hop.parse::<std::net::SocketAddr>().ok()?.ip())).map(|ip| ip.to_canonical())
}

#[cfg(test)]
mod tests {
    use actix_web::http::header::{HeaderName, HeaderValue};

    use super::*;

    fn headers(lines: &[&'static str]) -> HeaderMap {
        let mut map = HeaderMap::new();
        for line in lines {
            map.append(HeaderName::from_static("x-forwarded-for"), HeaderValue::from_static(line));
        }
        map
    }

    #[test]
    fn only_what_trusted_proxies_have_seen_is_believed() {
        let trusted: Vec<IpAddr> = vec!["10.0.0.1".parse().expect("ip"), "10.0.0.2".parse().expect("ip")];
        let seen = |lines: &[&'static str]| forwarded(&headers(lines), &trusted).map(|ip| ip.to_string());
        assert_eq!(seen(&["6.6.6.6, 203.0.113.7"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(
            seen(&["6.6.6.6", "203.0.113.7, 10.0.0.2"]).as_deref(),
            Some("203.0.113.7"),
            "a chain of two"
        );
        assert_eq!(seen(&["[2001:db8::1]:443"]).as_deref(), Some("2001:db8::1"));
        assert_eq!(seen(&["203.0.113.7:5000"]).as_deref(), Some("203.0.113.7"));
        assert_eq!(seen(&["nonsense"]), None);
    }

    #[test]
    fn one_customer_of_ipv6_is_one_network() {
        let net = |text: &str| network(text.parse().expect("an address"));
        assert_eq!(net("2001:db8:1:2:3::4"), net("2001:db8:1:2:ffff::9"));
        assert_ne!(net("2001:db8:1:2::4"), net("2001:db8:1:3::4"));
        assert_eq!(net("::ffff:203.0.113.7"), "203.0.113.7");
    }
}
