//! Where connections may go. A proxy's name is looked up here and nowhere else, what was found is checked, and the
//! connection goes to exactly that. While a proxy is set, no other name is looked up for a connection at all: what
//! would go past the proxy finds no address.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr, ToSocketAddrs};

use reqwest::dns::{Addrs, Name, Resolve, Resolving};

use super::Fault;

/// What may be looked up.
#[derive(Clone, Debug)]
pub(super) struct Guard {
    /// The proxy's name; `None` without a proxy.
    pub proxy: Option<String>,
    /// The proxy is told addresses, not names: whom we want to reach is looked up here.
    pub looks_up: Option<LookUp>,
    /// Whom we want to reach may not be of a private network either: for addresses that are only tried.
    pub checks_target: bool,
    /// Private addresses are allowed.
    pub allows_private: bool,
}

/// Which addresses a proxy without names understands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum LookUp {
    /// IPv4 only.
    V4,
    /// Both.
    Any,
}

impl Guard {
    /// The addresses behind `name`, checked.
    pub fn find(&self, name: &str) -> Result<Vec<SocketAddr>, Fault> {
        let is_proxy = self.proxy.as_deref().is_some_and(|proxy| proxy.eq_ignore_ascii_case(name));
        let may_be_asked = self.proxy.is_none() || is_proxy || self.looks_up.is_some();
        if !may_be_asked {
            return Err(Fault::NameNotFound);
        }
        let mut found: Vec<SocketAddr> =
            (name, 0).to_socket_addrs().map_err(|_| Fault::NameNotFound)?.collect();
        if !is_proxy && self.looks_up == Some(LookUp::V4) {
            found.retain(SocketAddr::is_ipv4);
        }
        // Whom the proxy reaches for us is not reached from this machine; and without a proxy the address of the
        // service is the operator's own setting.
        if (is_proxy || self.checks_target) && !self.allows_private {
            // One private address among public ones would be the one that is connected to.
            if found.iter().any(|address| is_private(address.ip())) {
                return Err(Fault::Private);
            }
        }
        if found.is_empty() { Err(Fault::NameNotFound) } else { Ok(found) }
    }
}

impl Resolve for Guard {
    fn resolve(&self, name: Name) -> Resolving {
        let guard = self.clone();
        Box::pin(async move {
            let asked = tokio::task::spawn_blocking(move || guard.find(name.as_str()));
            let found = asked.await.map_err(|_| Fault::Unknown)??;
            Ok(Box::new(found.into_iter()) as Addrs)
        })
    }
}

/// This machine, its neighbours, private networks, and what is nobody's.
pub(super) fn is_private(address: IpAddr) -> bool {
    match address.to_canonical() {
        IpAddr::V4(v4) => is_private_v4(v4),
        IpAddr::V6(v6) => is_private_v6(v6),
    }
}

fn is_private_v4(v4: Ipv4Addr) -> bool {
    let [a, b, ..] = v4.octets();
    v4.is_loopback()
        || v4.is_private()
        || v4.is_link_local()
        || v4.is_broadcast()
        || v4.is_documentation()
        || v4.is_multicast()
        || a == 0
        // Carrier-grade NAT; benchmarks; reserved.
        || (a == 100 && (64..128).contains(&b))
        || (a == 198 && (18..20).contains(&b))
        || (a == 192 && b == 0 && v4.octets()[2] == 0)
        || a >= 240
}

fn is_private_v6(v6: Ipv6Addr) -> bool {
    let first = v6.segments()[0];
    // An IPv4 address inside one of the ways to carry it.
    let carried = match v6.segments() {
        [0x64, 0xff9b, 0, 0, 0, 0, a, b] | [0x2002, a, b, ..] | [0, 0, 0, 0, 0, 0, a, b] => {
            Some(Ipv4Addr::from((u32::from(a) << 16) | u32::from(b)))
        }
        _ => None,
    };
    v6.is_loopback()
        || v6.is_unspecified()
        || v6.is_multicast()
        || v6.is_unique_local()
        || v6.is_unicast_link_local()
        || (first & 0xffc0) == 0xfec0
        || (first == 0x2001 && v6.segments()[1] == 0xdb8)
        || carried.is_some_and(is_private_v4)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_are_not_out_there_are_known() {
        for private in [
            "127.0.0.1",
            "127.8.8.8",
            "10.0.0.1",
            "172.16.5.5",
            "192.168.1.1",
            "169.254.169.254",
            "0.0.0.0",
            "100.64.0.1",
            "198.18.0.1",
            "224.0.0.1",
            "255.255.255.255",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:10.0.0.1",
            "64:ff9b::7f00:1",
            "2002:7f00:1::",
            "ff02::1",
        ] {
            assert!(is_private(private.parse().expect("an address")), "{private}");
        }
        for public in ["8.8.8.8", "172.32.0.1", "100.128.0.1", "2a00:1450::8a", "64:ff9b::808:808"] {
            assert!(!is_private(public.parse().expect("an address")), "{public}");
        }
    }

    #[test]
    fn with_a_proxy_no_other_name_has_an_address() {
        let guard = |looks_up| Guard {
            proxy: Some("proxy.test".to_owned()),
            looks_up,
            checks_target: false,
            allows_private: true,
        };
        assert_eq!(guard(None).find("localhost"), Err(Fault::NameNotFound));
        assert!(guard(Some(LookUp::Any)).find("localhost").is_ok(), "the proxy is told an address");
        let found = guard(Some(LookUp::V4)).find("localhost").expect("found");
        assert!(found.iter().all(SocketAddr::is_ipv4));
        let proxy = Some("localhost".to_owned());
        let own = Guard { proxy, looks_up: None, checks_target: false, allows_private: false };
        assert_eq!(own.find("LOCALHOST"), Err(Fault::Private));
        let echo = Guard { proxy: None, looks_up: None, checks_target: true, allows_private: false };
        assert_eq!(echo.find("localhost"), Err(Fault::Private));
    }
}
