//! What a source is about, and what did not go well while reading it.

use hearth_domain::Source;
use leptos::prelude::*;

use crate::components::chat::Suggestions;
use crate::components::shared::Icon;
use crate::contexts::words::words;
use crate::strings::{count, fill};

/// `is_first`: nothing particular is looked for, so the guide is unfolded.
#[component]
pub fn SourceGuide(source: Memo<Option<Source>>, is_first: bool) -> impl IntoView {
    let words = words();
    let problems =
        move || source.with(|source| source.as_ref().map(|s| s.problems.clone()).unwrap_or_default());
    // What stays the same is not made anew: it may be folded.
    let guide = Memo::new(move |_| {
        source
            .with(|source| source.as_ref().and_then(|s| s.guide.clone()))
            .filter(|guide| !guide.summary.is_empty())
    });
    let lines = move || {
        problems()
            .into_iter()
            .map(|problem| {
                let page = problem.page.map(|page| fill(words.page_short, &[("n", &page.to_string())]));
                view! { <li>{page.map(|page| format!("{page}: "))}{problem.message}</li> }
            })
            .collect_view()
    };
    view! {
        {move || guide.get().map(|guide| view! {
            <details class="guide" open=is_first>
                <summary>{words.about_source}</summary>
                <p>{guide.summary}</p>
                {(!guide.topics.is_empty()).then(|| view! { <p class="meta">{guide.topics.join(" · ")}</p> })}
                <Suggestions questions=Signal::derive(move || guide.questions.clone())/>
                {guide.model.map(|model| view! { <p class="meta">{fill(words.written_by, &[("model", &model)])}</p> })}
            </details>
        })}
        <Show when=move || !problems().is_empty()>
            <details class="problems">
                <summary><Icon name="triangle-alert"/>{move || count(words.problems, problems().len())}</summary>
                <ul>{lines}</ul>
            </details>
        </Show>
    }
}
