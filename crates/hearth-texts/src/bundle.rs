//! Texts with parameters, formatted by Fluent.

use fluent_bundle::concurrent::FluentBundle;
use fluent_bundle::types::FluentNumber;
use fluent_bundle::{FluentArgs, FluentResource, FluentValue};
use unic_langid::LanguageIdentifier;

/// Texts with parameters of one language.
pub(crate) type Bundle = FluentBundle<FluentResource>;

/// Makes the bundle of a language; the build script has parsed tag and source already.
pub(crate) fn make_bundle(language_tag: &str, source: &str) -> Bundle {
    let language: LanguageIdentifier = language_tag.parse().unwrap_or_default();
    let mut bundle = Bundle::new_concurrent(vec![language]);
    // All languages so far are written from left to right: the marks around parameters would only be copied.
    bundle.set_use_isolating(false);
    bundle.set_formatter(Some(|value, _| match value {
        FluentValue::Number(number) => Some(group_digits(number)),
        _ => None,
    }));
    let (Ok(resource) | Err((resource, _))) = FluentResource::try_new(source.to_owned());
    bundle.add_resource_overriding(resource);
    bundle
}

/// Formats a text; its name, if the bundle lacks it.
pub(crate) fn format_message<const COUNT: usize>(
    bundle: &Bundle,
    name: &str,
    parameters: [(&'static str, FluentValue<'static>); COUNT],
) -> String {
    let Some(pattern) = bundle.get_message(name).and_then(|message| message.value()) else {
        return name.to_owned();
    };
    let parameters: FluentArgs = parameters.into_iter().collect();
    // An unknown parameter would be shown by its name.
    bundle.format_pattern(pattern, Some(&parameters), &mut Vec::new()).into_owned()
}

/// Formats a whole number with narrow spaces between thousands from five digits on, as most languages may.
fn group_digits(number: &FluentNumber) -> String {
    let digits = number.as_string();
    if digits.len() < 5 || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return digits.into_owned();
    }
    let mut out = String::new();
    for (at, digit) in digits.chars().enumerate() {
        if at > 0 && (digits.len() - at).is_multiple_of(3) {
            out.push('\u{202f}');
        }
        out.push(digit);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{LANGUAGES, english_strings, find_strings};

    #[test]
    fn thousands_are_apart_from_five_digits_on() {
        let words = |n| english_strings().words(n).replace('\u{202f}', "_");
        assert_eq!(words(0), "0 words");
        assert_eq!(words(9_999), "9999 words");
        assert_eq!(words(10_000), "10_000 words");
        assert_eq!(words(999_999), "999_999 words");
        assert_eq!(words(1_000_000), "1_000_000 words");
        assert_eq!(words(12_345_678), "12_345_678 words");
    }

    #[test]
    fn digits_of_other_parameters_stay_as_they_are() {
        // A row, a year or a version is no count.
        assert_eq!(english_strings().rows(&12345, &12346), "rows 12345–12346");
        assert_eq!(english_strings().page(&"2026"), "page 2026");
    }

    #[test]
    fn a_parameter_is_text_and_never_syntax() {
        let title = "{ $n } *[other] \"-brand\" \u{202e}{\"x\"}";
        for strings in &LANGUAGES {
            let text = strings.reading_again(&title);
            assert!(text.contains(title), "{text}");
            // No marks around it: they would be copied with the text.
            assert!(!text.contains(['\u{2068}', '\u{2069}']), "{text:?}");
        }
    }

    #[test]
    fn a_count_of_twenty_one_is_plural_in_english_and_german() {
        // CLDR: in both languages only 1 itself is "one".
        assert_eq!([1, 21, 101].map(|n| english_strings().pages(n)), ["1 page", "21 pages", "101 pages"]);
        let german = find_strings(["de"]);
        assert_eq!([1, 21, 101].map(|n| german.pages(n)), ["1 Seite", "21 Seiten", "101 Seiten"]);
    }

    #[test]
    fn a_language_with_more_forms_uses_them() {
        let source = "files = { $n ->\n    [one] plik\n    [few] pliki\n   *[many] plików\n}\n";
        let polish = make_bundle("pl", source);
        let files = |n: usize| format_message(&polish, "files", [("n", FluentValue::from(n))]);
        assert_eq!([1, 3, 5, 13, 22].map(files), ["plik", "pliki", "plików", "plików", "pliki"]);
    }

    #[test]
    fn a_text_that_a_language_lacks_is_shown_by_its_name() {
        assert_eq!(format_message(&make_bundle("en", "a = A\n"), "gone", []), "gone");
    }
}
