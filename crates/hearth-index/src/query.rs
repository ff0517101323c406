//! What people type into a search: words, "quoted phrases", -words that must not be there.

/// A query's parts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    /// All that is asked for, phrases included, as plain text.
    pub text: String,
    /// Must stand there word for word.
    pub phrases: Vec<String>,
    /// Must not be there.
    pub without: Vec<String>,
}

impl ParsedQuery {
    pub fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        let mut words: Vec<String> = Vec::new();
        let straight = query.replace(['“', '”', '„'], "\"");
        for (number, part) in straight.split('"').enumerate() {
            // Odd parts stand inside quotes; one that is never closed is just text.
            let quoted = number % 2 == 1 && straight.matches('"').count() > number;
            if quoted {
                let phrase = part.trim();
                if !phrase.is_empty() {
                    parsed.phrases.push(phrase.to_owned());
                    words.push(phrase.to_owned());
                }
                continue;
            }
            for word in part.split_whitespace() {
                match word.strip_prefix('-') {
                    Some(rest) if rest.starts_with(char::is_alphabetic) => {
                        parsed.without.push(rest.to_owned());
                    }
                    _ => words.push(word.to_owned()),
                }
            }
        }
        parsed.text = words.join(" ");
        parsed
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn phrases_and_exclusions_are_told_apart() {
        let parsed = ParsedQuery::parse("pulley \"grade II\" -surgery x-ray -5 \"open");
        assert_eq!(parsed.phrases, ["grade II"]);
        assert_eq!(parsed.without, ["surgery"]);
        assert_eq!(parsed.text, "pulley grade II x-ray -5 open");
    }
}
