//! Choice of the language.

use crate::{LANGUAGES, Strings};

/// The texts for readers of unknown languages.
pub fn english_strings() -> &'static Strings {
    // The build script puts English first.
    &LANGUAGES[0]
}

/// The texts of the language with a tag (`de`, `de-AT`), or `None` if Hearth has no such language.
pub fn find_language(tag: &str) -> Option<&'static Strings> {
    let is_same = |strings: &&Strings| strings.language_tag.eq_ignore_ascii_case(tag);
    let language = tag.split(['-', '_', '.']).next().unwrap_or(tag);
    let is_close = |strings: &&Strings| strings.language_tag.eq_ignore_ascii_case(language);
    LANGUAGES.iter().find(is_same).or_else(|| LANGUAGES.iter().find(is_close))
}

/// The texts of the first known language among those that a reader prefers; English if none is known.
pub fn find_strings<'a>(preferred_tags: impl IntoIterator<Item = &'a str>) -> &'static Strings {
    preferred_tags.into_iter().find_map(find_language).unwrap_or_else(english_strings)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_first_known_language_is_chosen() {
        assert_eq!(find_strings(["de-AT", "en"]).language_tag, "de");
        assert_eq!(find_strings(["xx", "de_DE.UTF-8"]).language_tag, "de");
        assert_eq!(find_strings(["xx"]).language_tag, "en");
        assert_eq!(english_strings().language_tag, "en");
        assert!(find_language("dex").is_none());
    }

    #[test]
    fn regions_scripts_and_encodings_do_not_hide_a_language() {
        let tag = |name: &str| find_language(name).map(|strings| strings.language_tag);
        for name in ["de", "DE", "de-CH-1996", "de-Latn-AT", "de_AT", "de_DE.UTF-8", "de.utf8"] {
            assert_eq!(tag(name), Some("de"), "{name}");
        }
        for name in ["", "C", "C.UTF-8", "POSIX", "*", "d", "fr-DE"] {
            assert_eq!(tag(name), None, "{name:?}");
        }
    }
}
