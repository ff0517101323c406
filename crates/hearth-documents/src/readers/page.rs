//! A web page as a whole: its encoding, its title, and which part of it is the article.

use dom_smoothie::{Config, Readability};
use scraper::Html;

use super::text::decode;
use crate::document::squeezed;

/// A page names its encoding in itself, where the bytes alone do not tell.
pub(super) fn decode_page(bytes: &[u8]) -> (String, bool) {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).to_lowercase();
    let named = head.split_once("charset=").and_then(|(_, rest)| {
        let name: String = rest
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        encoding_rs::Encoding::for_label(name.as_bytes())
    });
    match named {
        Some(encoding) if std::str::from_utf8(bytes).is_err() => {
            let (text, _, had_errors) = encoding.decode(bytes);
            (text.into_owned(), had_errors)
        }
        _ => decode(bytes),
    }
}

pub(super) fn page_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let fragment = Html::parse_fragment(&text[start..end]);
    Some(squeezed(&fragment.root_element().text().collect::<String>()))
}

/// Title and HTML of the article that a page is about.
pub(super) fn article(text: &str, address: Option<&str>) -> Option<(String, String)> {
    let config = Config::default();
    let mut readability = Readability::new(text, address, Some(config)).ok()?;
    let found = readability.parse().ok()?;
    (found.length > 200).then(|| (found.title.clone(), found.content.to_string()))
}
