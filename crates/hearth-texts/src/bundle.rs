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
