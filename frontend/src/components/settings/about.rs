//! About this program.

use leptos::prelude::*;

use super::licences::Licences;
use crate::contexts::localisation::use_strings;
use crate::contexts::node::use_node;

/// Section of version and licences.
#[component]
pub fn AboutSection() -> impl IntoView {
    let strings = use_strings();
    let node = use_node();
    let version = move || node.status.with(|status| status.as_ref().map(|status| status.version.clone()));
    view! {
        <section>
            <h2>{strings.about}</h2>
            <dl>
                <dt>{strings.version}</dt>
                <dd>{version}</dd>
            </dl>
            <p class="meta">{strings.nothing_leaves}</p>
            <p>
                <a href="/docs" rel="external">
                    "API"
                </a>
            </p>
            <Licences />
        </section>
    }
}
