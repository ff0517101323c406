//! Fetching a page for a notebook. The node must not become a way into the house's network:
//! private addresses are refused unless allowed, whatever name, redirect or notation leads there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use hearth_host::Fetch;
use hearth_store::{Blobs, StagedBlob};
use hearth_wire::ErrorCode;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::{Host, Url};
use uuid::Uuid;

use crate::failure::Failure;

const REDIRECTS: usize = 5;

/// Resolves names to public addresses only, at the moment of connecting: a name cannot change its
/// mind between a check and its use.
struct PublicOnly;

impl Resolve for PublicOnly {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name leads to a private address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

pub(crate) struct Fetcher {
    client: Option<Client>,
    allow_private: bool,
    max_bytes: u64,
}

impl Fetcher {
    pub(crate) fn new(settings: &Fetch) -> Self {
        let mut builder = Client::builder()
            .user_agent(concat!("Hearth/", env!("CARGO_PKG_VERSION")))
            .timeout(Duration::from_secs(settings.seconds))
            .connect_timeout(Duration::from_secs(10))
            .redirect(Policy::none())
            .no_proxy();
        if !settings.allow_private {
            builder = builder.dns_resolver(Arc::new(PublicOnly));
        }
        Self {
            client: builder.build().ok(),
            allow_private: settings.allow_private,
            max_bytes: settings.max_mb << 20,
        }
    }

    /// Fetches an address into a blob; gives its last part as a name.
    pub(crate) async fn fetch(&self, address: &str, blobs: &Blobs) -> Result<(String, StagedBlob), Failure> {
        let response = self.follow(address).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(refused(address, &format!("it answered {status}")));
        }
        let is_page = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.contains("html"));
        let name = name_of(response.url(), is_page);
        let mut blob = blobs.stage(&Uuid::now_v7().to_string()).await?;
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| refused(address, &error.to_string()))?;
            if blob.len() + chunk.len() as u64 > self.max_bytes {
                let message =
                    format!("{address} is larger than {} MB, the limit for pages", self.max_bytes >> 20);
                return Err(Failure::new(ErrorCode::TooLarge, message));
            }
            blob.write(&chunk).await?;
        }
        Ok((name, blob))
    }

    async fn follow(&self, address: &str) -> Result<Response, Failure> {
        let client = self.client.as_ref().ok_or_else(|| refused(address, "no connection can be made"))?;
        let mut url = Url::parse(address).map_err(|error| refused(address, &error.to_string()))?;
        for _ in 0..=REDIRECTS {
            self.check(&url)?;
            let response =
                client.get(url.clone()).send().await.map_err(|error| refused(address, &cause(&error)))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
            let next = next.ok_or_else(|| refused(address, "it redirects to nowhere"))?;
            url = url.join(next).map_err(|error| refused(address, &error.to_string()))?;
        }
        Err(refused(address, "it redirects without end"))
    }

    fn check(&self, url: &Url) -> Result<(), Failure> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(refused(url.as_str(), "only http and https addresses are fetched"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        if !self.allow_private && literal.is_some_and(|ip| !is_public(ip)) {
            return Err(refused(
                url.as_str(),
                "it is a private address; set fetch.allow_private to allow those",
            ));
        }
        Ok(())
    }
}

/// The innermost cause: what the resolver or the system said.
fn cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn refused(address: &str, reason: &str) -> Failure {
    Failure::invalid(format!("{address} could not be fetched: {reason}"))
}

fn name_of(url: &Url, is_page: bool) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("");
    let host = url.host_str().unwrap_or("page");
    match (last, is_page) {
        ("", _) => format!("{host}.html"),
        (last, true) if !last.contains('.') => format!("{host} {last}.html"),
        // "README.md" of a code host is a page about it, not the file.
        (last, true) if !is_named_page(last) => format!("{last}.html"),
        (last, _) => last.to_owned(),
    }
}

fn is_named_page(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    matches!(ending.as_deref(), Some("html" | "htm" | "xhtml"))
}

/// Whether an address belongs to the open internet (RFC 6890 and what embeds other addresses).
pub(crate) fn is_public(ip: IpAddr) -> bool {
    match ip {
        IpAddr::V4(ip) => is_public_v4(ip),
        IpAddr::V6(ip) => is_public_v6(ip),
    }
}

fn is_public_v4(ip: Ipv4Addr) -> bool {
    let [a, b, c, _] = ip.octets();
    let special = ip.is_private()
        || ip.is_loopback()
        || ip.is_link_local()
        || ip.is_broadcast()
        || ip.is_documentation()
        || ip.is_multicast()
        || ip.is_unspecified();
    let shared = a == 100 && (64..128).contains(&b);
    let reserved = a == 0 || a >= 240 || (a, b, c) == (192, 0, 0) || (a == 198 && (b == 18 || b == 19));
    !(special || shared || reserved)
}

fn is_public_v6(ip: Ipv6Addr) -> bool {
    let parts = ip.segments();
    let embedded = |high: u16, low: u16| {
        let [a, b] = high.to_be_bytes();
        let [c, d] = low.to_be_bytes();
        is_public_v4(Ipv4Addr::new(a, b, c, d))
    };
    if let Some(mapped) = ip.to_ipv4_mapped() {
        return is_public_v4(mapped);
    }
    match parts {
        // NAT64, 6to4: another address inside.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, documentation, ORCHID.
        [0x2001, 0 | 0xdb8 | 0x10..=0x2f, ..] => false,
        // Only 2000::/3 is given out to the internet.
        [first, ..] => (0x2000..0x4000).contains(&first),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_the_open_internet_is_public() {
        let private = [
            "127.0.0.1",
            "10.1.2.3",
            "172.16.0.1",
            "192.168.1.1",
            "169.254.169.254",
            "100.64.0.1",
            "0.0.0.0",
            "224.0.0.1",
            "255.255.255.255",
            "198.18.0.1",
            "192.0.0.8",
            "::1",
            "::",
            "fe80::1",
            "fc00::1",
            "fd12::1",
            "::ffff:127.0.0.1",
            "::ffff:192.168.0.1",
            "64:ff9b::a00:1",
            "2002:c0a8:101::1",
            "2001:0:1::1",
            "2001:db8::1",
            "ff02::1",
            "fec0::1",
            "::127.0.0.1",
        ];
        for ip in private {
            assert!(!is_public(ip.parse().unwrap()), "{ip}");
        }
        for ip in ["1.1.1.1", "93.184.216.34", "2606:4700::1111", "2002:101:101::1", "::ffff:8.8.8.8"] {
            assert!(is_public(ip.parse().unwrap()), "{ip}");
        }
    }

    #[tokio::test]
    async fn private_addresses_are_refused_in_every_notation() {
        let fetcher = Fetcher::new(&Fetch { allow_private: false, max_mb: 1, seconds: 5 });
        for address in [
            "http://127.0.0.1/",
            "http://localhost:1/",
            "http://[::1]/",
            "http://2130706433/",
            "http://0x7f.1/",
            "http://[::ffff:127.0.0.1]/",
            "http://0177.0.0.1/",
            "file:///etc/passwd",
            "gopher://x/",
            "nonsense",
        ] {
            let refused = fetcher.follow(address).await.expect_err(address).0;
            assert_eq!(refused.code, ErrorCode::InvalidRequest, "{address}: {refused}");
        }
    }
}
