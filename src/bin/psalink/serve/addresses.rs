//! The addresses by which people reach the workbench.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where the workbench is reachable, from this computer and from others.
#[derive(Debug, PartialEq, Eq)]
pub struct Addresses {
    /// For a browser on this computer.
    pub local: SocketAddr,
    /// For browsers on other computers; empty if only this computer has access.
    pub remote: Vec<SocketAddr>,
}

impl Addresses {
    /// The addresses of a server that listens at an address.
    pub fn of(listening: SocketAddr) -> Addresses {
        let interfaces =
            if listening.ip().is_unspecified() { if_addrs::get_if_addrs().unwrap_or_default() } else { Vec::new() };
        let ips: Vec<IpAddr> =
            interfaces.iter().filter(|interface| interface.is_oper_up()).map(if_addrs::Interface::ip).collect();
        Addresses::among(listening, &ips)
    }

    fn among(listening: SocketAddr, interfaces: &[IpAddr]) -> Addresses {
        let at = |ip: IpAddr| SocketAddr::new(ip, listening.port());
        let remote = match listening.ip() {
            ip if ip.is_loopback() => Vec::new(),
            ip if !ip.is_unspecified() => vec![at(ip)],
            any => {
                let mut ips: Vec<IpAddr> = interfaces.iter().copied().filter(|&ip| leads_here(ip, any)).collect();
                ips.sort_by_key(|ip| (ip.is_ipv6(), *ip));
                ips.dedup();
                ips.into_iter().map(at).collect()
            }
        };
        // An address that stands for all networks of this computer leads nowhere in a browser.
        let local = match listening.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => at(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => at(Ipv6Addr::LOCALHOST.into()),
            _ => listening,
        };
        Addresses { local, remote }
    }
}

/// Whether a browser on another computer can use an interface's address.
fn leads_here(ip: IpAddr, listening: IpAddr) -> bool {
    if ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() {
        return false;
    }
    match ip {
        // Windows limits an IPv6 server to IPv6; elsewhere it also accepts IPv4.
        IpAddr::V4(ip) => !ip.is_link_local() && (listening.is_ipv4() || cfg!(not(windows))),
        // A link-local address needs an interface name, which browsers do not accept.
        IpAddr::V6(ip) => !ip.is_unicast_link_local() && listening.is_ipv6(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn other_computers_are_given_addresses_that_lead_here() {
        let interfaces: Vec<IpAddr> =
            ["127.0.0.1", "::1", "fe80::1", "2001:db8::5", "192.0.2.7", "169.254.3.4", "10.0.0.9", "192.0.2.7"]
                .map(|ip| ip.parse().unwrap())
                .into();
        let of = |listening: &str| {
            let found = Addresses::among(listening.parse().unwrap(), &interfaces);
            let text: Vec<String> = found.remote.iter().map(ToString::to_string).collect();
            (found.local.to_string(), text.join(" "))
        };
        let expected = |local: &str, remote: &str| (local.to_owned(), remote.to_owned());
        assert_eq!(of("0.0.0.0:7474"), expected("127.0.0.1:7474", "10.0.0.9:7474 192.0.2.7:7474"));
        let both = if cfg!(windows) { "[2001:db8::5]:80" } else { "10.0.0.9:80 192.0.2.7:80 [2001:db8::5]:80" };
        assert_eq!(of("[::]:80"), expected("[::1]:80", both));
        assert_eq!(of("192.0.2.7:7474"), expected("192.0.2.7:7474", "192.0.2.7:7474"));
        for address in ["127.0.0.1:7474", "127.0.0.2:7474", "[::1]:7474"] {
            assert_eq!(of(address), expected(address, ""));
        }
    }
}
