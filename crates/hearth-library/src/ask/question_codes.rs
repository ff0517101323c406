//! Codes in a question, such as part numbers, error codes, identifiers and options of programs: a source has them as they
//! are written, or not at all.

/// Codes of a text, without the marks around them.
pub(super) fn list_codes(text: &str) -> Vec<&str> {
    text.split_whitespace().map(trim_word).filter(|word| is_code(word)).collect()
}

/// A word without the marks around it and without a possessive ending; the hyphens of an option stay.
pub(super) fn trim_word(word: &str) -> &str {
    let start = word.find(|c: char| c.is_alphanumeric()).unwrap_or(word.len());
    let is_option = word[..start].ends_with("--");
    let word = if is_option { &word[start - 2..] } else { &word[start..] };
    let word = word.trim_end_matches(|c: char| !c.is_alphanumeric());
    word.strip_suffix("'s").or_else(|| word.strip_suffix("’s")).unwrap_or(word)
}

/// True for a word of letters and digits, an identifier, or an option.
pub(super) fn is_code(word: &str) -> bool {
    let has_letter = word.chars().any(char::is_alphabetic);
    let has_digit = word.chars().any(|c| c.is_ascii_digit());
    let starts_with_letter = word.starts_with(char::is_alphabetic);
    let is_identifier =
        word.contains('_') && word.chars().all(|c| c.is_alphanumeric() || matches!(c, '_' | '.'));
    let has_leading_zero =
        word.len() > 2 && word.starts_with('0') && word.bytes().all(|b| b.is_ascii_digit());
    let is_ordinal =
        word.starts_with(|c: char| c.is_ascii_digit()) && word.ends_with(|c: char| c.is_lowercase());
    (has_letter && has_digit && !is_ordinal && (starts_with_letter || word.len() > 3))
        || (has_letter && (is_identifier || is_dotted_name(word) || word.starts_with("--")))
        || has_leading_zero
}

/// True for an identifier with points, such as a setting: "copy.threads"; no abbreviation.
fn is_dotted_name(word: &str) -> bool {
    let is_part = |part: &str| part.chars().count() > 1 && part.chars().all(char::is_alphabetic);
    word.contains('.') && word.split('.').all(is_part)
}

/// True if a code stands in a text, however its parts are joined, and not as a part of a longer word or number; both in
/// lower case.
pub(super) fn contains_code(text: &str, code: &str) -> bool {
    let runs = split_runs(code);
    !runs.is_empty() && split_runs(text).windows(runs.len()).any(|window| window == runs)
}

/// Runs of letters and runs of digits of a text.
pub(super) fn split_runs(text: &str) -> Vec<String> {
    let mut runs: Vec<String> = Vec::new();
    let mut before = None;
    for c in text.chars() {
        let kind = (c.is_alphabetic(), c.is_ascii_digit());
        if kind == (false, false) {
            before = None;
            continue;
        }
        match runs.last_mut() {
            Some(run) if before == Some(kind) => run.push(c),
            _ => runs.push(c.to_string()),
        }
        before = Some(kind);
    }
    runs
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_are_words_of_letters_and_digits() {
        for code in [
            "F99",
            "AX-9999-Z",
            "BR-77/9",
            "JP-9",
            "GB-172-50",
            "IPX4",
            "QUILL_REGION",
            "load_config",
            "--dry-run",
            "copy.threads",
            "sync.max_retries",
            "00238",
        ] {
            assert!(is_code(code), "{code}");
        }
        for word in ["pump", "2019", "11th", "3rd", "12", "12kg", "Wi-Fi", "1.5", "e.g", "100"] {
            assert!(!is_code(word), "{word}");
        }
        assert_eq!(
            list_codes("What do (--dry-run) and the GB-172's F29 do?"),
            ["--dry-run", "GB-172", "F29"]
        );
    }

    #[test]
    fn a_code_is_found_however_its_parts_are_joined() {
        assert!(contains_code("the gb 172/24 weighs", "gb-172-24"));
        assert!(contains_code("`--dry-run`: shows", "--dry-run"));
        assert!(!contains_code("part tr-40, 47 pieces", "tr-47"));
        assert!(!contains_code("error e27: sensor", "e2") && !contains_code("the f16a", "6a"));
        assert!(!contains_code("", "f1"));
    }
}
