//! Syntax of typed queries: words, "quoted phrases", -excluded words.

/// A parsed query.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParsedQuery {
    /// Words and phrases of the query as plain text, without excluded words.
    pub text: String,
    /// Phrases that the text must contain word for word.
    pub phrases: Vec<String>,
    /// Words that the text must not contain.
    pub excluded: Vec<String>,
}

impl ParsedQuery {
    /// Parses a query as typed; never fails.
    pub fn parse(query: &str) -> Self {
        let mut parsed = Self::default();
        let mut words: Vec<String> = Vec::new();
        let normalised = query.replace(['“', '”', '„'], "\"");
        for (number, part) in normalised.split('"').enumerate() {
            // Odd parts stand inside quotes; a quote that is never closed is just text.
            let quoted = number % 2 == 1 && normalised.matches('"').count() > number;
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
                        parsed.excluded.push(rest.to_owned());
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
        assert_eq!(parsed.excluded, ["surgery"]);
        assert_eq!(parsed.text, "pulley grade II x-ray -5 open");
    }

    #[test]
    fn quotes_of_other_languages_and_empty_ones_are_understood() {
        assert_eq!(ParsedQuery::parse("„Grad II“ Riss").phrases, ["Grad II"]);
        assert_eq!(ParsedQuery::parse("“grade II” tear").phrases, ["grade II"]);
        let empty = ParsedQuery::parse(" \"\" \" \" - ");
        assert_eq!((empty.phrases.len(), empty.excluded.len(), empty.text.as_str()), (0, 0, "-"));
    }
}
