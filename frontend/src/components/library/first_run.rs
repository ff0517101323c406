//! First run: the library without a notebook.

use leptos::prelude::*;
use web_sys::File;

use crate::components::shared::Icon;
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::IncomingFiles;
use crate::contexts::notebook_creation::use_notebook_creator;

/// Introduction for a library without notebooks.
#[component]
pub fn FirstRun() -> impl IntoView {
    let strings = use_strings();
    let create = use_notebook_creator();
    let create_sample = create.clone();
    view! {
        <section class="first-run">
            <img src="/hearth.svg" alt="" width="56" height="56" />
            <h2>{strings.first_run_title}</h2>
            <ol>
                <li>
                    <Icon name="file-text" />
                    {strings.first_run_add}
                </li>
                <li>
                    <Icon name="message-square" />
                    {strings.first_run_ask}
                </li>
                <li>
                    <Icon name="quote" />
                    {strings.first_run_cite}
                </li>
            </ol>
            <button class="btn primary" type="button" on:click=move |_| create(None)>
                <Icon name="plus" />
                {strings.new_notebook}
            </button>
            <p class="meta">{strings.new_notebook_hint}</p>
            <button
                class="btn"
                type="button"
                on:click=move |_| create_sample(Some(IncomingFiles::Files(sample_files())))
            >
                <Icon name="book-open" />
                {strings.sample}
            </button>
        </section>
    }
}

/// Hearth's own documentation as sample sources (name, text). The notebook is named after the first.
const SAMPLE_FILES: [(&str, &str); 3] = [
    ("Hearth.md", include_str!("../../../../README.md")),
    ("What changed.md", include_str!("../../../../CHANGELOG.md")),
    ("How it is built.md", include_str!("../../../../crates/README.md")),
];

fn sample_files() -> Vec<File> {
    let file = |(name, text): (&str, &str)| {
        let parts = js_sys::Array::of1(&text.into());
        File::new_with_str_sequence(&parts, name).ok()
    };
    SAMPLE_FILES.into_iter().filter_map(file).collect()
}
