//! Tests of the texts, and of the build script that makes code of them.
#![allow(clippy::unwrap_used, reason = "tests")]

#[path = "../../build/code.rs"]
mod code;
#[path = "../../build/comparison.rs"]
mod comparison;
#[path = "../../build/language_file.rs"]
mod language_file;

use code::format_code;
use comparison::compare_languages;
use hearth_texts::{Strings, find_language};
use language_file::parse_language_file;

const ENGLISH_FILE: &str = "name = Name\nfiles = { $n ->\n    [one] { $n } file of { $owner }\n   *[other] { $n } files of { $owner }\n}\n";

/// Complaints about a German file beside [`ENGLISH_FILE`].
fn compare_german(german: &str) -> Vec<String> {
    let languages = [("en", ENGLISH_FILE), ("de", german)].map(|(tag, text)| parse_language_file(tag, text));
    let languages: Result<Vec<_>, _> = languages.into_iter().collect();
    languages.and_then(|languages| compare_languages(&languages)).err().unwrap_or_default()
}

fn german_strings() -> &'static Strings {
    find_language("de").unwrap()
}

fn english_strings() -> &'static Strings {
    find_language("en").unwrap()
}

#[test]
fn a_language_lacks_nothing() {
    let files = "files = { $n ->\n    [one] { $n } Datei von { $owner }\n   *[other] { $n } Dateien von { $owner }\n}\n";
    assert_eq!(compare_german(&format!("name = Name\n{files}")), [""; 0]);
    assert_eq!(compare_german(files), ["de.ftl lacks name (“Name”)"]);
    let complaints =
        compare_german(&format!("name = Name\nnames = Namen\n{}", files.replace("$owner", "$of")));
    assert_eq!(
        complaints,
        [
            "de.ftl: files has the parameters [\"n\", \"of\"], not [\"n\", \"owner\"]",
            "de.ftl: names is not in en.ftl"
        ]
    );
}

#[test]
fn a_plural_has_the_forms_of_its_language() {
    let files = |forms: &str| format!("name = Name\nfiles = {{ $n ->\n{forms}\n}}\n");
    let complaints = compare_german(&files("   *[other] { $n } von { $owner }"));
    assert!(complaints[0].contains("the forms must be [\"other\", \"one\"]"), "{complaints:?}");
    let complaints =
        compare_german(&files("    [few] { $n } von { $owner }\n   *[other] { $n } von { $owner }"));
    assert_eq!(complaints.len(), 1, "{complaints:?}");
    let zero =
        "    [0] keine von { $owner }\n    [one] eine von { $owner }\n   *[other] { $n } von { $owner }";
    assert_eq!(compare_german(&files(zero)), [""; 0]);
}

#[test]
fn what_is_not_understood_is_refused() {
    let parse = |text: &str| parse_language_file("de", text).unwrap_err().join("\n");
    assert!(parse("name = Name\nfiles = { $n ->\n").starts_with("de.ftl:"));
    assert!(parse("-brand = Hearth\n").contains("terms"));
    assert!(parse("name = { NUMBER($n) }\n").contains("only parameters"));
    assert!(parse("name = { $m ->\n   *[other] a\n}\n").contains("only $n chooses forms"));
    assert!(parse_language_file("qq", "").unwrap_err()[0].contains("no plural rules"));
}

#[test]
fn a_third_language_has_its_own_plural_forms() {
    let few = "files = { $n ->\n    [one] a\n    [few] b\n   *[many] { $n } { $owner }\n}\n";
    let forms = |tag: &str| parse_language_file(tag, few).map(|language| language.plural_forms);
    assert_eq!(forms("pl"), Ok(vec!["many", "one", "few"]));
    assert_eq!(forms("ja"), Ok(vec!["other"]));
    let languages = ["en", "pl"].map(|tag| parse_language_file(tag, few).unwrap());
    assert!(compare_languages(&languages[1..]).is_ok());
    assert!(compare_languages(&languages).is_err(), "English has no [few]");
}

#[test]
fn counts_have_their_plural_form() {
    let pages = |strings: &Strings| [0, 1, 2, 5].map(|n| strings.pages(n));
    assert_eq!(pages(english_strings()), ["0 pages", "1 page", "2 pages", "5 pages"]);
    assert_eq!(pages(german_strings()), ["0 Seiten", "1 Seite", "2 Seiten", "5 Seiten"]);
}

#[test]
fn digits_of_counts_are_grouped() {
    assert_eq!(english_strings().words(4395), "4395 words");
    assert_eq!(english_strings().words(1_234_567), "1\u{202f}234\u{202f}567 words");
}

#[test]
fn parameters_are_filled_in_by_name() {
    assert_eq!(english_strings().deleted(&"A"), "“A” is in the trash");
    assert_eq!(german_strings().rows(&1, &2), "Zeilen 1–2");
}

#[test]
fn a_name_is_there_once_and_in_small_letters() {
    let complaints = |text: &str| compare_languages(&[parse_language_file("en", text).unwrap()]).err();
    assert_eq!(complaints("a_1 = A\nb = B\n"), None);
    assert_eq!(complaints("a = A\nb = B\na = C\n"), Some(vec!["en.ftl: a is there twice".to_owned()]));
    for name in ["openFile", "open-file"] {
        let expected = format!("en.ftl: {name}: names have small letters, digits and _ only");
        assert_eq!(complaints(&format!("{name} = A\n")), Some(vec![expected]));
    }
}

#[test]
fn a_complaint_names_the_line() {
    let error = parse_language_file("de", "a = A\n\nb = { $\n").unwrap_err();
    assert!(error[0].starts_with("de.ftl:3: "), "{error:?}");
}

#[test]
fn a_function_has_the_parameters_of_the_english_text_in_its_order() {
    let english =
        "moved = { $n ->\n    [one] { $title }: { $n } file\n   *[other] { $title }: { $n } files\n}\n";
    let german =
        "moved = { $n ->\n    [one] { $n } Datei: { $title }\n   *[other] { $n } Dateien: { $title }\n}\n";
    let languages =
        [("en", english), ("de", german)].map(|(tag, text)| parse_language_file(tag, text).unwrap());
    compare_languages(&languages).unwrap();
    let code = format_code(&languages);
    assert!(code.contains("pub fn moved(&self, n: usize, title: &dyn Display) -> String"), "{code}");
    assert_eq!(code.matches("pub fn ").count(), 1);
}

#[test]
fn a_text_is_code_as_it_stands() {
    // Quotation marks and backslashes must not end the string that they stand in.
    let language = parse_language_file("en", "# About it.\nquoted = A \"b\" \\n c\n").unwrap();
    let code = format_code(&[language]);
    assert!(code.contains(r#"quoted: "A \"b\" \\n c","#), "{code}");
    assert!(!code.contains("About it."), "{code}");
}
