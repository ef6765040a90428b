//! Where a request came from, when proxies stand in front of the service.
//!
//! Each proxy writes down who connected to it, behind what was there before. Whatever a stranger sends stands further left. So the
//! list is read from the right, through proxies that are known, to the first address that is none of them.

use core::net::{IpAddr, Ipv6Addr};
use core::str::FromStr;

/// A network of addresses: `10.0.0.0/8`, `2001:db8::/32`, or one address.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Network {
    /// The first address, IPv4 as IPv6 maps it.
    first: u128,
    /// Bits that all addresses of it share, of 128.
    bits: u32,
}

/// Longest list of addresses that is looked at: nobody stands behind more proxies.
const HOPS_MAX: usize = 32;

fn mapped(address: IpAddr) -> u128 {
    match address {
        IpAddr::V4(v4) => v4.to_ipv6_mapped(),
        IpAddr::V6(v6) => v6,
    }
    .to_bits()
}

fn mask(bits: u32) -> u128 {
    u128::MAX.checked_shl(128 - bits).unwrap_or(0)
}

impl Network {
    /// Whether an address is in it.
    pub fn contains(&self, address: IpAddr) -> bool {
        (mapped(address) ^ self.first) & mask(self.bits) == 0
    }
}

impl FromStr for Network {
    type Err = ();

    fn from_str(text: &str) -> Result<Self, ()> {
        let (address, bits) = text.split_once('/').map_or((text, None), |(address, bits)| (address, Some(bits)));
        let address: IpAddr = address.parse().map_err(|_| ())?;
        let most: u32 = if address.is_ipv4() { 32 } else { 128 };
        let bits = match bits {
            None => most,
            Some(bits) => bits.parse().ok().filter(|bits| *bits <= most).ok_or(())?,
        };
        let bits = bits + 128 - most;
        Ok(Self { first: mapped(address) & mask(bits), bits })
    }
}

/// The header in which proxies say who connected to them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum ForwardedHeader {
    /// `X-Forwarded-For`.
    #[default]
    XForwardedFor,
    /// `Forwarded` (RFC 7239).
    Forwarded,
}

impl ForwardedHeader {
    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::XForwardedFor => "x-forwarded-for",
            Self::Forwarded => "forwarded",
        }
    }
}

/// The proxies whose word is taken: none unless an operator names them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Proxies {
    /// Their networks.
    pub networks: Vec<Network>,
    /// Where they say it. Only one header is read: a proxy that sets one lets the other pass as a stranger wrote it.
    pub header: ForwardedHeader,
}

impl Proxies {
    /// Whether an address is one of them.
    pub fn trusts(&self, address: IpAddr) -> bool {
        self.networks.iter().any(|network| network.contains(address))
    }

    /// The address a request came from: `peer` is connected to the service, `lines` are the header's, in their order. What a
    /// proxy does not say legibly is not guessed: then it is the proxy itself.
    pub fn origin<'l>(&self, peer: IpAddr, lines: impl DoubleEndedIterator<Item = &'l str>) -> IpAddr {
        let mut origin = canonical(peer);
        let hops = lines.rev().flat_map(|line| line.rsplit(',')).take(HOPS_MAX);
        for hop in hops {
            if !self.trusts(origin) {
                break;
            }
            match self.address(hop) {
                Some(address) => origin = canonical(address),
                None => break,
            }
        }
        origin
    }

    fn address(&self, hop: &str) -> Option<IpAddr> {
        match self.header {
            ForwardedHeader::XForwardedFor => node(hop.trim()),
            ForwardedHeader::Forwarded => {
                let pairs = hop.split(';').filter_map(|pair| pair.trim().split_once('='));
                let mut of = pairs.filter(|(name, _)| name.trim().eq_ignore_ascii_case("for"));
                let (_, node_text) = of.next()?;
                if of.next().is_some() {
                    return None;
                }
                node(node_text.trim().trim_matches('"'))
            }
        }
    }
}

/// An address as proxies write it: with a port or without, IPv6 in brackets or bare.
fn node(text: &str) -> Option<IpAddr> {
    if let Some(rest) = text.strip_prefix('[') {
        let (address, port) = rest.split_once(']')?;
        let fits = port.is_empty() || port.strip_prefix(':').is_some_and(is_port);
        return address.parse::<Ipv6Addr>().ok().filter(|_| fits).map(IpAddr::V6);
    }
    text.parse().ok().or_else(|| {
        let (address, port) = text.rsplit_once(':')?;
        address.parse().ok().filter(|address: &IpAddr| address.is_ipv4() && is_port(port))
    })
}

fn is_port(text: &str) -> bool {
    text.parse::<u16>().is_ok()
}

/// IPv4 as itself where a socket of both kinds shows it as IPv6.
fn canonical(address: IpAddr) -> IpAddr {
    address.to_canonical()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ip(text: &str) -> IpAddr {
        text.parse().expect("an address")
    }

    fn origin(header: ForwardedHeader, peer: &str, lines: &[&str]) -> String {
        let networks = ["10.0.0.0/8", "2001:db8:1::/48", "127.0.0.1"];
        let networks = networks.iter().map(|text| text.parse().expect("a network")).collect();
        Proxies { networks, header }.origin(ip(peer), lines.iter().copied()).to_string()
    }

    fn forwarded_for(peer: &str, lines: &[&str]) -> String {
        origin(ForwardedHeader::XForwardedFor, peer, lines)
    }

    #[test]
    fn networks_hold_their_own_addresses_and_no_others() {
        let network = |text: &str| text.parse::<Network>();
        let ten = network("10.1.2.3/8").expect("a network");
        assert!(ten.contains(ip("10.255.0.1")) && ten.contains(ip("::ffff:10.0.0.1")) && !ten.contains(ip("11.0.0.1")));
        let one = network("2001:db8::7").expect("a network");
        assert!(one.contains(ip("2001:db8::7")) && !one.contains(ip("2001:db8::8")));
        let four = network("0.0.0.0/0").expect("a network");
        assert!(four.contains(ip("192.0.2.1")) && !four.contains(ip("2001:db8::1")));
        assert!(network("::/0").expect("a network").contains(ip("2001:db8::1")));
        for bad in ["", "10.0.0.0/33", "2001:db8::/129", "10.0.0/8", "10.0.0.0/-1", "10.0.0.0/", "proxy"] {
            assert_eq!(network(bad), Err(()), "{bad}");
        }
    }

    #[test]
    fn strangers_are_not_believed() {
        assert_eq!(forwarded_for("192.0.2.1", &["198.51.100.7"]), "192.0.2.1", "no proxy says so");
        assert_eq!(forwarded_for("10.0.0.1", &["198.51.100.7"]), "198.51.100.7");
        assert_eq!(forwarded_for("10.0.0.1", &["203.0.113.9, 198.51.100.7"]), "198.51.100.7", "the left is invented");
        assert_eq!(forwarded_for("10.0.0.1", &["10.9.9.9, 198.51.100.7"]), "198.51.100.7");
        assert_eq!(
            forwarded_for("10.0.0.1", &["203.0.113.9", "198.51.100.7"]),
            "198.51.100.7",
            "two lines are one list"
        );
    }

    #[test]
    fn chains_of_known_proxies_are_followed() {
        assert_eq!(forwarded_for("10.0.0.1", &["198.51.100.7, 10.0.0.3, 10.0.0.2"]), "198.51.100.7");
        assert_eq!(forwarded_for("2001:db8:1::1", &["2001:db8:2::5"]), "2001:db8:2::5");
        assert_eq!(forwarded_for("::ffff:10.0.0.1", &["198.51.100.7:4711"]), "198.51.100.7");
        assert_eq!(forwarded_for("10.0.0.1", &["[2001:db8:2::5]:4711"]), "2001:db8:2::5");
        assert_eq!(forwarded_for("10.0.0.1", &["10.0.0.5"]), "10.0.0.5", "the request is a proxy's own");
        assert_eq!(forwarded_for("10.0.0.1", &[]), "10.0.0.1");
    }

    #[test]
    fn what_is_not_legible_is_not_guessed() {
        for bad in ["unknown", "_hidden", "", "198.51.100.7:http", "1.2.3.4.5", "<script>", "198.51.100.7 evil", "[::1"]
        {
            assert_eq!(forwarded_for("10.0.0.1", &[bad]), "10.0.0.1", "{bad}");
            let list = format!("198.51.100.7, {bad}");
            assert_eq!(forwarded_for("10.0.0.1", &[&list]), "10.0.0.1", "{bad} hides what stands left of it");
        }
        let long = vec!["10.0.0.2"; 10_000].join(",");
        assert_eq!(forwarded_for("10.0.0.1", &[&format!("198.51.100.7,{long}")]), "10.0.0.2");
    }

    #[test]
    fn forwarded_of_rfc_7239_is_read_as_well() {
        let of = |line: &str| origin(ForwardedHeader::Forwarded, "10.0.0.1", &[line]);
        assert_eq!(of("for=198.51.100.7;proto=https;by=10.0.0.1"), "198.51.100.7");
        assert_eq!(of("For=\"[2001:db8:2::5]:4711\""), "2001:db8:2::5");
        assert_eq!(of("for=203.0.113.9, for=198.51.100.7"), "198.51.100.7");
        for bad in ["for=unknown", "by=198.51.100.7", "for=198.51.100.7;for=203.0.113.9", "198.51.100.7"] {
            assert_eq!(of(bad), "10.0.0.1", "{bad}");
        }
    }
}
