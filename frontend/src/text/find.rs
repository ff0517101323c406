//! Search in the open text.

use hearth_domain::CharRange;

/// Matches at most.
const MAX_MATCHES: usize = 500;

/// Finds the ranges of a text that match, ignoring case; none for less than two characters.
pub fn find_matches(text: &str, query: &str) -> Vec<CharRange> {
    // Letters with a lower case of several characters are compared by its first, so that offsets stay valid.
    let lower_case = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    let query: Vec<char> = query.trim().chars().map(lower_case).collect();
    if query.len() < 2 {
        return Vec::new();
    }
    let characters: Vec<char> = text.chars().map(lower_case).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + query.len() <= characters.len() && found.len() < MAX_MATCHES {
        if characters[at..at + query.len()] == query {
            found.push(CharRange::new(at as u32, (at + query.len()) as u32));
            at += query.len();
        } else {
            at += 1;
        }
    }
    found
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn case_does_not_matter_and_places_are_characters() {
        assert_eq!(find_matches("Äpfel, äpfel", " ÄPF"), [CharRange::new(0, 3), CharRange::new(7, 10)]);
        assert_eq!(find_matches("aaaa", "aa"), [CharRange::new(0, 2), CharRange::new(2, 4)]);
        // The lower case of the first letter is two characters.
        assert_eq!(
            find_matches("İstanbul, istanbul", "istanbul"),
            [CharRange::new(0, 8), CharRange::new(10, 18)]
        );
        assert!(find_matches("abc", "a").is_empty() && find_matches("", "ab").is_empty());
    }

    #[test]
    fn matches_of_a_long_text_are_limited_from_its_start() {
        let found = find_matches(&"ab ".repeat(MAX_MATCHES + 1), "ab");
        assert_eq!((found.len(), found.last()), (MAX_MATCHES, Some(&CharRange::new(1497, 1499))));
    }
}
