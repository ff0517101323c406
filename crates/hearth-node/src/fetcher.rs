//! Fetching web pages as sources. The node must not give access to the private network (SSRF): private
//! addresses are refused unless allowed, whatever name, redirect or notation leads there.

use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, SocketAddr};
use std::sync::Arc;
use std::time::Duration;

use futures::StreamExt;
use hearth_host::FetchSettings;
use hearth_library::StagedBlob;
use hearth_wire::ErrorCode;
use reqwest::dns::{Addrs, Name, Resolve, Resolving};
use reqwest::header::{CONTENT_TYPE, LOCATION};
use reqwest::redirect::Policy;
use reqwest::{Client, Response};
use url::{Host, Url};

use crate::route_error::RouteError;

/// Redirects followed for one page.
const MAX_REDIRECTS: usize = 5;

/// DNS resolver that returns public addresses only, at the moment of connecting: a name cannot change its
/// address between check and use.
struct PublicAddressResolver;

impl Resolve for PublicAddressResolver {
    fn resolve(&self, name: Name) -> Resolving {
        Box::pin(async move {
            let found = tokio::net::lookup_host((name.as_str(), 0)).await?;
            let public: Vec<SocketAddr> = found.filter(|address| is_public(address.ip())).collect();
            if public.is_empty() {
                return Err("the name resolves to a private address".into());
            }
            Ok(Box::new(public.into_iter()) as Addrs)
        })
    }
}

/// HTTP client for web pages, with a size limit.
pub(crate) struct Fetcher {
    client: Option<Client>,
    allow_private: bool,
    max_bytes: u64,
}

impl Fetcher {
    pub(crate) fn new(settings: &FetchSettings) -> Self {
        let mut builder = Client::builder()
            .user_agent(concat!("Hearth/", env!("CARGO_PKG_VERSION")))
            .timeout(Duration::from_secs(settings.seconds))
            .connect_timeout(Duration::from_secs(10))
            .redirect(Policy::none())
            .no_proxy();
        if !settings.allow_private {
            builder = builder.dns_resolver(Arc::new(PublicAddressResolver));
        }
        Self {
            client: builder.build().ok(),
            allow_private: settings.allow_private,
            max_bytes: settings.max_mb << 20,
        }
    }

    /// Fetches a page into a staged file; returns a file name made from its URL, and the file.
    pub(crate) async fn fetch_page(
        &self,
        address: &str,
        mut blob: StagedBlob,
    ) -> Result<(String, StagedBlob), RouteError> {
        let response = self.follow_redirects(address).await?;
        let status = response.status();
        if !status.is_success() {
            return Err(fetch_error(address, &format!("the server answered {status}")));
        }
        let is_page = response
            .headers()
            .get(CONTENT_TYPE)
            .and_then(|kind| kind.to_str().ok())
            .is_some_and(|kind| kind.contains("html"));
        let name = page_file_name(response.url(), is_page);
        let mut body = response.bytes_stream();
        while let Some(chunk) = body.next().await {
            let chunk = chunk.map_err(|error| fetch_error(address, &error.to_string()))?;
            if blob.len() + chunk.len() as u64 > self.max_bytes {
                let message =
                    format!("{address} is larger than {} MB, the limit for pages", self.max_bytes >> 20);
                return Err(RouteError::new(ErrorCode::TooLarge, message));
            }
            blob.write(&chunk).await?;
        }
        Ok((name, blob))
    }

    async fn follow_redirects(&self, address: &str) -> Result<Response, RouteError> {
        let client = self
            .client
            .as_ref()
            .ok_or_else(|| fetch_error(address, "the HTTP client could not be created"))?;
        let mut url = Url::parse(address).map_err(|error| fetch_error(address, &error.to_string()))?;
        for _ in 0..=MAX_REDIRECTS {
            self.check_url(&url)?;
            let response = client
                .get(url.clone())
                .send()
                .await
                .map_err(|error| fetch_error(address, &root_cause(&error)))?;
            if !response.status().is_redirection() {
                return Ok(response);
            }
            let next = response.headers().get(LOCATION).and_then(|next| next.to_str().ok());
            let next = next.ok_or_else(|| fetch_error(address, "the redirect has no address"))?;
            url = url.join(next).map_err(|error| fetch_error(address, &error.to_string()))?;
        }
        Err(fetch_error(address, "it has too many redirects"))
    }

    fn check_url(&self, url: &Url) -> Result<(), RouteError> {
        if !matches!(url.scheme(), "http" | "https") {
            return Err(fetch_error(url.as_str(), "only http and https addresses are supported"));
        }
        let literal = match url.host() {
            Some(Host::Ipv4(ip)) => Some(IpAddr::V4(ip)),
            Some(Host::Ipv6(ip)) => Some(IpAddr::V6(ip)),
            _ => None,
        };
        if !self.allow_private && literal.is_some_and(|ip| !is_public(ip)) {
            return Err(fetch_error(
                url.as_str(),
                "it is a private address; set fetch.allow_private to allow private addresses",
            ));
        }
        Ok(())
    }
}

/// Innermost cause of an error: the message of the resolver or the system.
fn root_cause(error: &reqwest::Error) -> String {
    let mut cause: &dyn std::error::Error = error;
    while let Some(inner) = cause.source() {
        cause = inner;
    }
    cause.to_string()
}

fn fetch_error(address: &str, reason: &str) -> RouteError {
    RouteError::invalid_request(format!("{address} could not be fetched: {reason}"))
}

fn page_file_name(url: &Url, is_page: bool) -> String {
    let last = url.path_segments().and_then(|mut parts| parts.next_back()).unwrap_or("");
    let host = url.host_str().unwrap_or("page");
    match (last, is_page) {
        ("", _) => format!("{host}.html"),
        (last, true) if !last.contains('.') => format!("{host} {last}.html"),
        // `README.md` on a code host is a page about the file, not the file itself.
        (last, true) if !has_html_extension(last) => format!("{last}.html"),
        (last, _) => last.to_owned(),
    }
}

fn has_html_extension(name: &str) -> bool {
    let ending = name.rsplit_once('.').map(|(_, ending)| ending.to_lowercase());
    matches!(ending.as_deref(), Some("html" | "htm" | "xhtml"))
}

/// True if an address belongs to the public internet (RFC 6890, and addresses that embed others).
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
        // NAT64 and 6to4 embed an IPv4 address.
        [0x64, 0xff9b, 0, 0, 0, 0, high, low] => embedded(high, low),
        [0x2002, high, low, ..] => embedded(high, low),
        // Teredo, documentation, ORCHID.
        [0x2001, 0 | 0xdb8 | 0x10..=0x2f, ..] => false,
        // Only 2000::/3 is allocated to the public internet.
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
        let fetcher = Fetcher::new(&FetchSettings { allow_private: false, max_mb: 1, seconds: 5 });
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
            let refused = fetcher.follow_redirects(address).await.expect_err(address).0;
            assert_eq!(refused.code, ErrorCode::InvalidRequest, "{address}: {refused}");
        }
    }
}
