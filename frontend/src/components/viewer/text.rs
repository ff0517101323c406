//! A source as text, with the passage lit and in the middle.

use std::sync::Arc;

use hearth_domain::{Source, SourceKind};
use hearth_wire::operations::GetSourceText;
use hearth_wire::{ApiError, RevisionQuery, SourceText};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::browser;
use crate::components::shared::{Failed, Look, Waiting, nodes};
use crate::contexts::notebook::Target;
use crate::contexts::words::{said, words};
use crate::text::markdown::{Overlay, markdown, plain};

#[component]
pub fn SourceTextView(source: Memo<Option<Source>>, target: Memo<Option<Target>>) -> impl IntoView {
    let words = words();
    let text = RwSignal::new(None::<Result<SourceText, ApiError>>);
    // The revision that a citation names may be an older one than the source's.
    let wanted = Memo::new(move |_| {
        let revision = target.with(|target| target.as_ref().map(|target| target.revision));
        source.with(|source| source.as_ref().map(|source| (source.id, revision.or(source.revision))))
    });
    let load = move || {
        let Some((id, revision)) = wanted.get_untracked() else { return };
        spawn_local(async move {
            let found = call::<GetSourceText>(&[&id.to_string()], &RevisionQuery { revision }, &()).await;
            if wanted.try_get_untracked() == Some(Some((id, revision))) {
                text.try_set(Some(found));
            }
        });
    };
    Effect::new(move |_| {
        wanted.track();
        load();
    });
    let is_plain =
        source.with_untracked(|source| source.as_ref().is_some_and(|s| s.kind == SourceKind::Text));
    view! {
        {move || match text.get() {
            None => view! { <Waiting lines=6/> }.into_any(),
            Some(Err(error)) => view! { <Failed why=said(words, &error) on_retry=load/> }.into_any(),
            Some(Ok(text)) => view! { <Lit text=Arc::new(text) target is_plain/> }.into_any(),
        }}
    }
}

#[component]
fn Lit(text: Arc<SourceText>, target: Memo<Option<Target>>, is_plain: bool) -> impl IntoView {
    let node = NodeRef::<html::Div>::new();
    let look = Look {
        citations: Arc::new([]),
        on_cite: Callback::new(|_| ()),
        hovered: RwSignal::new(None),
        mark: ("lit", ""),
    };
    let shown = move || {
        let marks = target.with(|target| target.iter().map(|target| target.range).collect());
        let overlay = Overlay { cites: Vec::new(), marks };
        let tree = if is_plain { plain(&text.text, &overlay) } else { markdown(&text.text, &overlay) };
        nodes(&tree, &look)
    };
    Effect::new(move |_| {
        target.track();
        let Some(view) = node.get() else { return };
        browser::next_frame(move || {
            if let Ok(Some(lit)) = view.query_selector(".lit") {
                browser::to_the_middle(&lit);
            }
        });
    });
    view! { <div class="viewer-text" class:plain=is_plain node_ref=node tabindex="0">{shown}</div> }
}
