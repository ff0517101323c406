//! What someone sees who has no notebook yet.

use leptos::prelude::*;
use web_sys::File;

use crate::components::shared::Icon;
use crate::contexts::notebook::Incoming;
use crate::contexts::words::words;
use crate::pages::creator;

#[component]
pub fn FirstRun() -> impl IntoView {
    let words = words();
    let create = creator();
    let sample = create.clone();
    view! {
        <section class="first-run">
            <img src="/hearth.svg" alt="" width="56" height="56"/>
            <h2>{words.first_title}</h2>
            <ol>
                <li><Icon name="file-text"/>{words.first_one}</li>
                <li><Icon name="message-square"/>{words.first_two}</li>
                <li><Icon name="quote"/>{words.first_three}</li>
            </ol>
            <button class="btn primary" type="button" on:click=move |_| create(None)>
                <Icon name="plus"/>{words.new_notebook}
            </button>
            <p class="meta">{words.new_notebook_hint}</p>
            <button class="btn" type="button" on:click=move |_| sample(Some(Incoming::Files(files())))>
                <Icon name="book-open"/>{words.sample}
            </button>
        </section>
    }
}

/// Hearth's own documentation, to try it with. The notebook is called after the first.
const SAMPLE: [(&str, &str); 3] = [
    ("Hearth.md", include_str!("../../../../README.md")),
    ("What changed.md", include_str!("../../../../CHANGELOG.md")),
    ("How it is built.md", include_str!("../../../../crates/README.md")),
];

fn files() -> Vec<File> {
    let file = |(name, text): (&str, &str)| {
        let parts = js_sys::Array::of1(&text.into());
        File::new_with_str_sequence(&parts, name).ok()
    };
    SAMPLE.into_iter().filter_map(file).collect()
}
