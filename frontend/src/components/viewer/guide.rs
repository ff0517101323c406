//! A source's guide, and the problems of reading it.

use hearth_domain::Source;
use leptos::prelude::*;

use crate::components::chat::Suggestions;
use crate::components::shared::{ExplanationView, Icon};
use crate::contexts::localisation::use_strings;

/// Guide and problems of a source. `is_unfolded`: no passage is to be shown.
#[component]
pub fn SourceGuide(source: Memo<Option<Source>>, is_unfolded: bool) -> impl IntoView {
    let strings = use_strings();
    let problems =
        move || source.with(|source| source.as_ref().map(|s| s.problems.clone()).unwrap_or_default());
    // An unchanged guide is not rendered again: the reader may have folded it.
    let guide = Memo::new(move |_| {
        source
            .with(|source| source.as_ref().and_then(|s| s.guide.clone()))
            .filter(|guide| !guide.summary.is_empty())
    });
    let lines = move || {
        problems()
            .into_iter()
            .map(|problem| {
                let page = problem.page.map(|page| strings.page_short(&page));
                view! {
                    <li>
                        {page.map(|page| format!("{page}: "))}
                        <ExplanationView explanation=strings.explain_problem(&problem) />
                    </li>
                }
            })
            .collect_view()
    };
    view! {
        {move || {
            guide
                .get()
                .map(|guide| {
                    view! {
                        <details class="guide" open=is_unfolded>
                            <summary>{strings.about_source}</summary>
                            <p>{guide.summary}</p>
                            {(!guide.topics.is_empty())
                                .then(|| view! { <p class="meta">{guide.topics.join(" · ")}</p> })}
                            <Suggestions questions=Signal::derive(move || guide.questions.clone()) />
                            {guide
                                .model
                                .map(|model| {
                                    view! { <p class="meta">{strings.written_by(&model)}</p> }
                                })}
                        </details>
                    }
                })
        }}
        <Show when=move || !problems().is_empty()>
            <details class="problems">
                <summary>
                    <Icon name="triangle-alert" />
                    {move || strings.problems(problems().len())}
                </summary>
                <ul>{lines}</ul>
            </details>
        </Show>
    }
}
