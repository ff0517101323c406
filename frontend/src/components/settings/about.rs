//! What this program is.

use leptos::prelude::*;

use super::licences::Licences;
use crate::contexts::live::live;
use crate::contexts::words::words;

#[component]
pub fn AboutSection() -> impl IntoView {
    let words = words();
    let live = live();
    let version = move || live.status.with(|status| status.as_ref().map(|status| status.version.clone()));
    view! {
        <section>
            <h2>{words.about}</h2>
            <dl><dt>{words.version}</dt><dd>{version}</dd></dl>
            <p class="meta">{words.nothing_leaves}</p>
            <p><a href="/docs" rel="external">"API"</a></p>
            <Licences/>
        </section>
    }
}
