//! The addresses by which people reach the workbench.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};

/// Where the workbench is found, as seen from this computer and from others.
#[derive(Debug, PartialEq, Eq)]
pub struct Addresses {
    /// For a browser on this computer.
    pub here: SocketAddr,
    /// For browsers on other computers; none where only this computer gets in.
    pub elsewhere: Vec<SocketAddr>,
}

impl Addresses {
    /// Those of a server that listens at an address.
    pub fn of(listening: SocketAddr) -> Addresses {
        let interfaces =
            if listening.ip().is_unspecified() { if_addrs::get_if_addrs().unwrap_or_default() } else { Vec::new() };
        let ips: Vec<IpAddr> = interfaces.iter().filter(|it| it.is_oper_up()).map(if_addrs::Interface::ip).collect();
        Addresses::among(listening, &ips)
    }

    fn among(listening: SocketAddr, interfaces: &[IpAddr]) -> Addresses {
        let at = |ip: IpAddr| SocketAddr::new(ip, listening.port());
        let elsewhere = match listening.ip() {
            ip if ip.is_loopback() => Vec::new(),
            ip if !ip.is_unspecified() => vec![at(ip)],
            any => {
                let mut ips: Vec<IpAddr> = interfaces.iter().copied().filter(|&ip| leads_here(ip, any)).collect();
                ips.sort_by_key(|ip| (ip.is_ipv6(), *ip));
                ips.dedup();
                ips.into_iter().map(at).collect()
            }
        };
        // An address that means every network of this computer leads nowhere in a browser.
        let here = match listening.ip() {
            IpAddr::V4(ip) if ip.is_unspecified() => at(Ipv4Addr::LOCALHOST.into()),
            IpAddr::V6(ip) if ip.is_unspecified() => at(Ipv6Addr::LOCALHOST.into()),
            _ => listening,
        };
        Addresses { here, elsewhere }
    }
}

/// Whether a browser elsewhere can use the address of an interface.
fn leads_here(ip: IpAddr, listening: IpAddr) -> bool {
    if ip.is_loopback() || ip.is_unspecified() || ip.is_multicast() {
        return false;
    }
    match ip {
        // Windows keeps a server of IPv6 to IPv6; elsewhere it answers both.
        IpAddr::V4(ip) => !ip.is_link_local() && (listening.is_ipv4() || cfg!(not(windows))),
        // A link-local address needs the name of an interface, which browsers do not take.
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
            let text: Vec<String> = found.elsewhere.iter().map(ToString::to_string).collect();
            (found.here.to_string(), text.join(" "))
        };
        let told = |here: &str, elsewhere: &str| (here.to_owned(), elsewhere.to_owned());
        assert_eq!(of("0.0.0.0:7474"), told("127.0.0.1:7474", "10.0.0.9:7474 192.0.2.7:7474"));
        let both = if cfg!(windows) { "[2001:db8::5]:80" } else { "10.0.0.9:80 192.0.2.7:80 [2001:db8::5]:80" };
        assert_eq!(of("[::]:80"), told("[::1]:80", both));
        assert_eq!(of("192.0.2.7:7474"), told("192.0.2.7:7474", "192.0.2.7:7474"));
        for own in ["127.0.0.1:7474", "127.0.0.2:7474", "[::1]:7474"] {
            assert_eq!(of(own), told(own, ""));
        }
    }
}
