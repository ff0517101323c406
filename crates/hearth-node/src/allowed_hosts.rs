//! Hosts that a node is addressed by, and clients that it accepts.
//!
//! A foreign page can make its own name point at this machine (DNS rebinding), but not an address: so
//! addresses are always accepted as hosts, and names only when they are known.

use std::net::{IpAddr, Ipv6Addr, SocketAddr};

use ipnet::IpNet;

/// Host names of a node, and the networks that it accepts requests from.
#[derive(Clone, Debug)]
pub(crate) struct AllowedHosts {
    port: u16,
    /// True if the node listens on loopback only.
    is_loopback_only: bool,
    scheme: &'static str,
    host_names: Vec<String>,
    allowed_networks: Vec<IpNet>,
}

/// Error of parsing an entry of `node.allow`.
#[derive(Debug, thiserror::Error)]
#[error("node.allow: {0:?} is not an address or a network; use the form 192.168.1.0/24")]
pub struct InvalidNetwork(String);

impl AllowedHosts {
    pub(crate) fn new(
        address: SocketAddr,
        tls: bool,
        machine: &str,
        extra_names: &[String],
        allow: &[String],
    ) -> Result<Self, InvalidNetwork> {
        let machine = machine.to_lowercase();
        let mut names = vec!["localhost".to_owned()];
        if !address.ip().is_loopback() {
            names.extend([format!("{machine}.local"), machine]);
            names.extend(extra_names.iter().map(|name| name.to_lowercase()));
        }
        let parse_network = |text: &String| {
            let single = text.parse::<IpAddr>().map(IpNet::from);
            single.or_else(|_| text.parse::<IpNet>()).map_err(|_| InvalidNetwork(text.clone()))
        };
        Ok(Self {
            port: address.port(),
            is_loopback_only: address.ip().is_loopback(),
            scheme: if tls { "https" } else { "http" },
            host_names: names,
            allowed_networks: allow.iter().map(parse_network).collect::<Result<_, _>>()?,
        })
    }

    pub(crate) fn port(&self) -> u16 {
        self.port
    }

    pub(crate) fn scheme(&self) -> &'static str {
        self.scheme
    }

    /// True if a `Host` header names this node.
    pub(crate) fn is_allowed_host(&self, host: &str) -> bool {
        let default = if self.scheme == "https" { 443 } else { 80 };
        let (name, port) = match host.rsplit_once(':') {
            Some((name, port)) if !port.ends_with(']') => (name, port.parse().ok()),
            _ => (host, Some(default)),
        };
        if port != Some(self.port) {
            return false;
        }
        let bare = name.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
        let address = match bare {
            Some(six) => six.parse::<Ipv6Addr>().ok().map(IpAddr::V6),
            None => name.parse::<IpAddr>().ok().filter(IpAddr::is_ipv4),
        };
        match address {
            Some(address) => !self.is_loopback_only || address.is_loopback(),
            None => self.host_names.iter().any(|host_name| host_name.eq_ignore_ascii_case(name)),
        }
    }

    /// True if requests from an address are accepted.
    pub(crate) fn is_allowed_client(&self, client: IpAddr) -> bool {
        let client = client.to_canonical();
        client.is_loopback()
            || self.allowed_networks.is_empty()
            || self.allowed_networks.iter().any(|net| net.contains(&client))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn test_hosts(address: &str, allow: &[&str]) -> AllowedHosts {
        let allow: Vec<String> = allow.iter().map(|&net| net.to_owned()).collect();
        AllowedHosts::new(address.parse().unwrap(), false, "Box", &["hearth.lan".into()], &allow).unwrap()
    }

    #[test]
    fn addresses_are_ours_and_names_only_when_known() {
        let check = |address: &str, host: &str, ours: bool| {
            assert_eq!(test_hosts(address, &[]).is_allowed_host(host), ours, "{host} at {address}");
        };
        check("127.0.0.1:4327", "127.0.0.1:4327", true);
        check("127.0.0.1:4327", "localhost:4327", true);
        check("127.0.0.1:4327", "[::1]:4327", true);
        check("127.0.0.1:4327", "127.0.0.1:80", false);
        check("127.0.0.1:4327", "127.0.0.1", false);
        check("127.0.0.1:4327", "192.168.1.7:4327", false);
        check("127.0.0.1:4327", "hearth.lan:4327", false);
        check("127.0.0.1:4327", "evil.example:4327", false);
        check("127.0.0.1:4327", "", false);
        check("0.0.0.0:4327", "192.168.1.7:4327", true);
        check("0.0.0.0:4327", "BOX.local:4327", true);
        check("0.0.0.0:4327", "hearth.lan:4327", true);
        check("0.0.0.0:80", "hearth.lan", true);
        check("0.0.0.0:4327", "evil.example:4327", false);
        check("0.0.0.0:4327", "127.0.0.1.evil.example:4327", false);
    }

    #[test]
    fn only_chosen_networks_may_ask() {
        let names = test_hosts("0.0.0.0:1", &["192.168.1.0/24", "10.0.0.9"]);
        for (client, may) in [
            ("192.168.1.44", true),
            ("::ffff:192.168.1.44", true),
            ("192.168.2.44", false),
            ("10.0.0.9", true),
            ("10.0.0.8", false),
            ("127.0.0.1", true),
        ] {
            assert_eq!(names.is_allowed_client(client.parse().unwrap()), may, "{client}");
        }
    }
}
