//! Comparison of the languages: each has all texts, all parameters and all plural forms, and no others.

use crate::language_file::{LanguageFile, Message};

/// Compares all languages with the first one.
pub(crate) fn compare_languages(languages: &[LanguageFile]) -> Result<(), Vec<String>> {
    let Some((reference, others)) = languages.split_first() else {
        return Err(vec!["there is no file of texts".to_owned()]);
    };
    let mut complaints = Vec::new();
    for language in others {
        compare_language(reference, language, &mut complaints);
    }
    for language in languages {
        check_language(language, &mut complaints);
    }
    if complaints.is_empty() { Ok(()) } else { Err(complaints) }
}

fn compare_language(reference: &LanguageFile, language: &LanguageFile, complaints: &mut Vec<String>) {
    let tag = &language.tag;
    for expected in &reference.messages {
        let Some(message) = find_message(language, &expected.name) else {
            complaints.push(format!("{tag}.ftl lacks {} (“{}”)", expected.name, expected.sample));
            continue;
        };
        let (mut expected_names, mut names) = (expected.parameters.clone(), message.parameters.clone());
        expected_names.sort_unstable();
        names.sort_unstable();
        if names != expected_names {
            let name = &expected.name;
            complaints
                .push(format!("{tag}.ftl: {name} has the parameters {names:?}, not {expected_names:?}"));
        }
    }
    for message in &language.messages {
        if find_message(reference, &message.name).is_none() {
            complaints.push(format!("{tag}.ftl: {} is not in {}.ftl", message.name, reference.tag));
        }
    }
}

fn find_message<'a>(language: &'a LanguageFile, name: &str) -> Option<&'a Message> {
    language.messages.iter().find(|message| message.name == name)
}

/// Checks the names and plural forms of a language.
fn check_language(language: &LanguageFile, complaints: &mut Vec<String>) {
    let tag = &language.tag;
    for (at, message) in language.messages.iter().enumerate() {
        let name = &message.name;
        if !name.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || c == '_') {
            complaints.push(format!("{tag}.ftl: {name}: names have small letters, digits and _ only"));
        }
        if language.messages[..at].iter().any(|earlier| earlier.name == *name) {
            complaints.push(format!("{tag}.ftl: {name} is there twice"));
        }
        for forms in &message.plurals {
            let is_missing = |form: &&&str| !forms.iter().any(|own| own == **form);
            let is_foreign = |form: &String| !language.plural_forms.contains(&form.as_str());
            // The default stands for one form.
            if language.plural_forms.iter().filter(is_missing).count() != 1 || forms.iter().any(is_foreign) {
                complaints.push(format!(
                    "{tag}.ftl: {name}: the forms must be {:?}, one of them as the default",
                    language.plural_forms
                ));
            }
        }
    }
}
