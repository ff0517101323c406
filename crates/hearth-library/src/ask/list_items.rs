//! Items of lists in Markdown and plain text.

/// Maximum digits of an item's number.
const MAX_NUMBER_CHARS: usize = 3;

/// True for an item of a list: behind a bullet, a hyphen or a number.
pub(super) fn is_list_item(text: &str) -> bool {
    let text = text.trim_start();
    let is_numbered = text.split_once(['.', ')']).is_some_and(|(number, rest)| {
        (1..=MAX_NUMBER_CHARS).contains(&number.len())
            && number.bytes().all(|b| b.is_ascii_digit())
            && rest.starts_with(' ')
    });
    is_numbered || text.starts_with('•') || ["- ", "* ", "– "].iter().any(|mark| text.starts_with(mark))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn items_have_a_mark_and_a_space() {
        for text in ["- tea", "* tea", "• tea", "  3. tea", "12) tea", "– tea"] {
            assert!(is_list_item(text), "{text}");
        }
        for text in ["**Tea**", "-5 °C", "3.5 kg", "2026. A year.", "tea", ""] {
            assert!(!is_list_item(text), "{text}");
        }
    }
}
