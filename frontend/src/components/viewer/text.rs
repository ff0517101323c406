//! A source as text, with the passage lit and in the middle, and what someone looks for in it.

use std::sync::Arc;

use hearth_domain::{CharRange, Source, SourceKind};
use hearth_wire::operations::GetSourceText;
use hearth_wire::{ApiError, RevisionQuery, SourceText};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use crate::api::call;
use crate::browser;
use crate::components::shared::{Failed, Icon, Look, Waiting, nodes};
use crate::contexts::notebook::{Target, open_notebook};
use crate::contexts::words::{said, words};
use crate::text::find::find;
use crate::text::markdown::{Overlay, markdown, plain};

#[component]
pub fn SourceTextView(
    source: Memo<Option<Source>>,
    target: Memo<Option<Target>>,
    sought: RwSignal<Sought>,
) -> impl IntoView {
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
            Some(Ok(text)) => view! { <Lit text=Arc::new(text) target is_plain sought/> }.into_any(),
        }}
    }
}

#[component]
fn Lit(
    text: Arc<SourceText>,
    target: Memo<Option<Target>>,
    is_plain: bool,
    sought: RwSignal<Sought>,
) -> impl IntoView {
    let open = open_notebook();
    let node = NodeRef::<html::Div>::new();
    let hovered = RwSignal::new(None);
    let typed = Memo::new(move |_| sought.with(|sought| sought.typed.clone()));
    let whole = text.clone();
    let found = Memo::new(move |_| find(&whole.text, &typed.read()));
    Effect::new(move |_| {
        let count = found.with(Vec::len);
        sought.update(|sought| sought.count = count);
    });
    let shown = move || {
        let mut marks: Vec<CharRange> =
            target.with(|target| target.iter().map(|target| target.range).collect());
        let look = Look {
            citations: Arc::new([]),
            on_cite: Callback::new(|_| ()),
            hovered,
            mark: ("lit", ""),
            marks: marks.len(),
        };
        found.with(|found| marks.extend(found));
        let overlay = Overlay { cites: Vec::new(), marks };
        let tree = if is_plain { plain(&text.text, &overlay) } else { markdown(&text.text, &overlay) };
        nodes(&tree, &look)
    };
    // What is lit comes into sight; while something is looked for, that does.
    Effect::new(move |_| {
        open.shown.track();
        let lit = target.with(|target| usize::from(target.is_some()));
        let which = found.with(|found| (!found.is_empty()).then(|| lit + sought.read().at % found.len()));
        let Some(view) = node.get() else { return };
        let selector = which.map_or(".lit".to_owned(), |which| format!("[data-mark='{which}']"));
        browser::next_frame(move || {
            if let Ok(Some(lit)) = view.query_selector(&selector) {
                browser::to_the_middle(&lit);
            }
        });
    });
    view! { <div class="viewer-text" class:plain=is_plain node_ref=node tabindex="0">{shown}</div> }
}

/// What someone looks for in the open source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Sought {
    pub typed: String,
    /// Which of the places is in sight, from 0.
    pub at: usize,
    /// How many there are.
    pub count: usize,
}

#[component]
pub fn FindField(sought: RwSignal<Sought>) -> impl IntoView {
    let words = words();
    let counted = move || {
        sought.with(|sought| match (sought.typed.is_empty(), sought.count) {
            (true, _) => String::new(),
            (_, 0) => "0".to_owned(),
            (_, count) => format!("{} / {count}", sought.at % count + 1),
        })
    };
    let step = move |back: bool| {
        sought.update(|sought| {
            let count = sought.count.max(1);
            sought.at = if back { (sought.at % count + count - 1) % count } else { sought.at + 1 };
        });
    };
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => step(event.shift_key()),
        "Escape" => {
            event.stop_propagation();
            sought.set(Sought::default());
        }
        _ => {}
    };
    view! {
        <label class="find">
            <Icon name="search"/>
            <input
                type="search" placeholder=words.find aria-label=words.find prop:value=move || sought.with(|sought| sought.typed.clone())
                on:input:target=move |event| sought.set(Sought { typed: event.target().value(), at: 0, count: 0 }) on:keydown=on_key
            />
            <span class="meta" role="status">{counted}</span>
        </label>
    }
}
