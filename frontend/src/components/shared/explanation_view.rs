//! What failed: in the reader's language, with the node's own words below if they say more.

use hearth_texts::Explanation;
use leptos::prelude::*;

use super::Icon;

/// Text of a failure or problem, with its details.
#[component]
pub fn ExplanationView(explanation: Explanation) -> impl IntoView {
    // Details are the node's message, which is English.
    let details = explanation.details.map(|details| {
        view! {
            <small class="cause" lang="en">
                {details}
            </small>
        }
    });
    view! { <span>{explanation.text} {details}</span> }
}

/// Line that says what failed.
#[component]
pub fn FailureLine(explanation: Explanation) -> impl IntoView {
    view! {
        <p class="failed" role="alert">
            <Icon name="circle-alert" />
            <ExplanationView explanation />
        </p>
    }
}
