//! Localisation: the interface's texts in the chosen language.

use hearth_texts::{Explanation, Strings, english_strings, find_strings};
use hearth_wire::{ApiError, ErrorCode};
use leptos::prelude::*;

use crate::browser;
use crate::contexts::appearance::AppearanceContext;

/// Details of an error whose message is in the language of the interface.
const LOCALISED_MARK: &str = "localised";

/// The interface's texts; English without [`provide_strings_context`].
pub fn use_strings() -> &'static Strings {
    use_context::<&'static Strings>().unwrap_or_else(english_strings)
}

/// Provides the texts of the chosen language; another choice reloads the page.
pub fn provide_strings_context(appearance: &AppearanceContext) {
    let chosen = appearance.language.get_untracked();
    let of_browser = browser::preferred_languages();
    let strings = find_strings(chosen.into_iter().chain(of_browser.iter().map(String::as_str)));
    if let Some(root) = browser::document().document_element() {
        // Fails only for invalid attribute names.
        let _ = root.set_attribute("lang", strings.language_tag);
    }
    provide_context(strings);
}

/// Explains an error to the user.
pub fn explain_error(strings: &'static Strings, error: &ApiError) -> Explanation {
    if error.code == ErrorCode::UpstreamUnavailable && error.message.is_empty() {
        return Explanation::of_text(strings.node_unreachable);
    }
    if is_localised(error) {
        return Explanation::of_text(error.message.as_str());
    }
    strings.explain_error(error.code, &error.message)
}

/// Explains to the user why a source was not added.
pub fn explain_refusal(strings: &'static Strings, error: &ApiError) -> Explanation {
    if error.code == ErrorCode::InvalidRequest && !is_localised(error) {
        return strings.explain_source_error(error.code, &error.message);
    }
    explain_error(strings, error)
}

/// Error of the page itself, with a text in the language of the interface.
pub fn localised_error(code: ErrorCode, text: impl Into<String>) -> ApiError {
    ApiError { details: LOCALISED_MARK.into(), ..ApiError::new(code, text) }
}

fn is_localised(error: &ApiError) -> bool {
    error.details == LOCALISED_MARK
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_of_the_page_stay_as_they_are() {
        let german = find_strings(["de"]);
        let own = localised_error(ErrorCode::InvalidRequest, german.microphone_none);
        assert_eq!(explain_error(german, &own), Explanation::of_text(german.microphone_none));
        let unreachable = ApiError::new(ErrorCode::UpstreamUnavailable, "");
        assert_eq!(explain_error(german, &unreachable), Explanation::of_text(german.node_unreachable));
    }

    #[test]
    fn errors_of_the_node_are_explained_in_german() {
        let german = find_strings(["de"]);
        let damaged = ApiError::new(ErrorCode::InvalidRequest, "it is damaged");
        assert_eq!(explain_error(german, &damaged).text, german.error_invalid_request);
        assert_eq!(explain_refusal(german, &damaged).text, german.source_unreadable);
        assert_eq!(explain_refusal(german, &damaged).details.as_deref(), Some("it is damaged"));
        assert_eq!(explain_refusal(english_strings(), &damaged), Explanation::of_text("it is damaged"));
    }
}
