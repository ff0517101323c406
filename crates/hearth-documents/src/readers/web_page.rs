//! Encoding, title and article of a web page.

use dom_smoothie::{Config, Readability};
use scraper::Html;

use super::text::decode_text;
use crate::document::collapse_whitespace;

/// Decodes a page, with the encoding that its `charset` names if the bytes are not UTF-8. The flag is true if
/// bytes had to be replaced.
pub(super) fn decode_page(bytes: &[u8]) -> (String, bool) {
    let head = String::from_utf8_lossy(&bytes[..bytes.len().min(4096)]).to_lowercase();
    let declared_encoding = head.split_once("charset=").and_then(|(_, rest)| {
        let name: String = rest
            .trim_start_matches(['"', '\''])
            .chars()
            .take_while(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_'))
            .collect();
        encoding_rs::Encoding::for_label(name.as_bytes())
    });
    match declared_encoding {
        Some(encoding) if std::str::from_utf8(bytes).is_err() => {
            let (text, _, had_errors) = encoding.decode(bytes);
            (text.into_owned(), had_errors)
        }
        _ => decode_text(bytes),
    }
}

/// Text of the page's `<title>` element, or `None` if it has none.
pub(super) fn page_title(text: &str) -> Option<String> {
    let lower = text.to_ascii_lowercase();
    let start = lower.find("<title")?;
    let start = start + lower[start..].find('>')? + 1;
    let end = start + lower[start..].find("</title")?;
    let fragment = Html::parse_fragment(&text[start..end]);
    Some(collapse_whitespace(&fragment.root_element().text().collect::<String>()))
}

/// Title and HTML of a page's article, by the Readability algorithm, or `None` if it has at most 200
/// characters.
pub(super) fn extract_article(text: &str, address: Option<&str>) -> Option<(String, String)> {
    let config = Config::default();
    let mut readability = Readability::new(text, address, Some(config)).ok()?;
    let article = readability.parse().ok()?;
    (article.length > 200).then(|| (article.title.clone(), article.content.to_string()))
}
