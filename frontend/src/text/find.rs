//! Finding what someone types in the text that is open.

use hearth_domain::CharRange;

/// Places that are shown at most.
const MOST: usize = 500;

/// Where a text has what was typed, whatever the case; nothing for less than two characters.
pub fn find(text: &str, typed: &str) -> Vec<CharRange> {
    // Letters whose small form is several are compared by the first of it, so that places stay places.
    let small = |letter: char| letter.to_lowercase().next().unwrap_or(letter);
    let typed: Vec<char> = typed.trim().chars().map(small).collect();
    if typed.len() < 2 {
        return Vec::new();
    }
    let letters: Vec<char> = text.chars().map(small).collect();
    let mut found = Vec::new();
    let mut at = 0;
    while at + typed.len() <= letters.len() && found.len() < MOST {
        if letters[at..at + typed.len()] == typed {
            found.push(CharRange::new(at as u32, (at + typed.len()) as u32));
            at += typed.len();
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
        assert_eq!(find("Äpfel, äpfel", " ÄPF"), [CharRange::new(0, 3), CharRange::new(7, 10)]);
        assert_eq!(find("aaaa", "aa"), [CharRange::new(0, 2), CharRange::new(2, 4)]);
        assert!(find("abc", "a").is_empty() && find("", "ab").is_empty());
    }
}
