//! A source as text, with the passage lit and in the middle, and what someone looks for in it.

use std::sync::Arc;

use hearth_domain::{CharOffset, CharRange, RevisionId, Source, SourceKind};
use hearth_wire::operations::{GetSourceText, GetTranscript};
use hearth_wire::{ApiError, RevisionQuery, SourceText, TranscriptLine, TranscriptLines};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::player::Playing;
use super::recording::{Line, Speaker, comes_to_speak, paragraphs};
use crate::api::call;
use crate::browser;
use crate::components::shared::{Failed, Icon, Look, Waiting, nodes};
use crate::contexts::notebook::{Target, open_notebook};
use crate::contexts::words::{said, words};
use crate::text::find::find;
use crate::text::markdown::{Links, Node, Overlay, markdown_of, plain};
use crate::text::offsets::bytes_of;
use crate::text::pieces::{Piece, of_markdown, of_plain};

#[component]
pub fn SourceTextView(
    source: Memo<Option<Source>>,
    target: Memo<Option<Target>>,
    sought: RwSignal<Sought>,
    /// Of a recording.
    playing: Option<Playing>,
) -> impl IntoView {
    let words = words();
    let text = RwSignal::new(None::<Result<(SourceText, TranscriptLines), ApiError>>);
    // The revision that a citation names may be an older one than the source's.
    let wanted = Memo::new(move |_| {
        let revision = target.with(|target| target.as_ref().map(|target| target.revision));
        source.with(|source| source.as_ref().map(|source| (source.id, revision.or(source.revision))))
    });
    let load = move || {
        let Some((id, revision)) = wanted.get_untracked() else { return };
        spawn_local(async move {
            let found = read(&id.to_string(), revision, playing.is_some()).await;
            if wanted.try_get_untracked() == Some(Some((id, revision))) {
                if let (Some(playing), Ok((_, transcript))) = (playing, &found) {
                    playing.loudness.try_set(transcript.loudness.clone());
                }
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
            Some(Ok((text, transcript))) => view! { <Lit whole=Whole::new(text, is_plain, transcript.lines) target sought playing/> }.into_any(),
        }}
    }
}

/// A source's text, and the lines of a recording's.
async fn read(
    id: &str,
    revision: Option<RevisionId>,
    is_recording: bool,
) -> Result<(SourceText, TranscriptLines), ApiError> {
    let text = call::<GetSourceText>(&[id], &RevisionQuery { revision }, &()).await?;
    if !is_recording {
        let revision = text.revision;
        return Ok((text, TranscriptLines { revision, lines: Vec::new(), loudness: Vec::new() }));
    }
    let query = RevisionQuery { revision: Some(text.revision) };
    let transcript = call::<GetTranscript>(&[id], &query, &()).await?;
    Ok((text, transcript))
}

/// Pieces that are put into the page in one frame.
const A_FRAME: usize = 3;

/// A text and how it is cut.
struct Whole {
    text: SourceText,
    pieces: Vec<Piece>,
    links: Links,
    is_plain: bool,
    /// Of a recording.
    lines: Vec<TranscriptLine>,
}

impl Whole {
    fn new(text: SourceText, is_plain: bool, lines: Vec<TranscriptLine>) -> Self {
        let is_plain = is_plain || !lines.is_empty();
        let (pieces, links) =
            if is_plain { (of_plain(&text.text), Links::new()) } else { of_markdown(&text.text) };
        Self { text, pieces, links, is_plain, lines }
    }

    /// The nodes of a piece, with what lies over it.
    fn nodes(&self, piece: usize, overlay: &Overlay) -> Vec<Node> {
        let text = &self.text.text[self.pieces[piece].bytes.clone()];
        if self.is_plain { plain(text, overlay) } else { markdown_of(text, overlay, &self.links) }
    }

    /// The nodes of a recording's line.
    fn line(&self, line: &TranscriptLine, marks: &[(usize, CharRange)]) -> Vec<Node> {
        let bytes = bytes_of(&self.text.text, [CharOffset(line.start), CharOffset(line.end)]);
        let chars = CharRange::new(line.start, line.end);
        let piece = Piece { bytes: bytes[0]..bytes[1], chars };
        match plain(&self.text.text[piece.bytes.clone()], &piece.overlay(marks)).pop() {
            Some(Node::Element(_, inside)) => inside,
            _ => Vec::new(),
        }
    }
}

#[component]
fn Lit(
    whole: Whole,
    target: Memo<Option<Target>>,
    sought: RwSignal<Sought>,
    playing: Option<Playing>,
) -> impl IntoView {
    let open = open_notebook();
    let node = NodeRef::<html::Div>::new();
    let is_plain = whole.is_plain;
    let whole = StoredValue::new(whole);
    let count = whole.with_value(|whole| whole.pieces.len());
    let typed = Memo::new(move |_| sought.with(|sought| sought.typed.clone()));
    let found = Memo::new(move |_| whole.with_value(|whole| find(&whole.text.text, &typed.read())));
    Effect::new(move |_| {
        let count = found.with(Vec::len);
        sought.update(|sought| sought.count = count);
    });
    let lit = Memo::new(move |_| usize::from(target.with(Option::is_some)));
    let marks = Memo::new(move |_| {
        let target = target.with(|target| target.as_ref().map(|target| target.range));
        found.with(|found| target.into_iter().chain(found.iter().copied()).enumerate().collect::<Vec<_>>())
    });
    // Of a long text the pieces come one after the other, below those that are there.
    let ready = RwSignal::new(A_FRAME.min(count));
    come(ready, count);
    // What is lit comes into sight; while something is looked for, that does.
    let wanted = Memo::new(move |_| {
        let which =
            found.with(|found| (!found.is_empty()).then(|| lit.get() + sought.read().at % found.len()));
        let which = which.or_else(|| (lit.get() > 0).then_some(0))?;
        let at = marks.with(|marks| marks.get(which).map(|(_, range)| range.start))?;
        let piece = whole.with_value(|whole| whole.pieces.iter().position(|piece| piece.holds(at)))?;
        Some((which, piece))
    });
    let there = Memo::new(move |_| wanted.get().filter(|(_, piece)| *piece < ready.get()));
    Effect::new(move |_| {
        open.shown.track();
        let (Some((which, _)), Some(view)) = (there.get(), node.get()) else { return };
        browser::next_frame(move || {
            if let Ok(Some(lit)) = view.query_selector(&format!("[data-mark='{which}']")) {
                browser::to_the_middle(&lit);
            }
        });
    });
    view! {
        <div class="viewer-text" class:plain=is_plain node_ref=node tabindex="0">
            <For each=move || 0..ready.get() key=|piece| *piece children=move |piece| view! { <OnePiece whole piece marks lit playing/> }/>
        </div>
    }
}

/// Lets more pieces come with every frame until all are there.
fn come(ready: RwSignal<usize>, count: usize) {
    if ready.try_get_untracked().is_none_or(|ready| ready >= count) {
        return;
    }
    browser::next_frame(move || {
        ready.try_update(|ready| *ready = (*ready + A_FRAME).min(count));
        come(ready, count);
    });
}

#[component]
fn OnePiece(
    whole: StoredValue<Whole>,
    piece: usize,
    marks: Memo<Vec<(usize, CharRange)>>,
    /// So many marks are lit; those after them were found.
    lit: Memo<usize>,
    playing: Option<Playing>,
) -> impl IntoView {
    let hovered = RwSignal::new(None);
    let overlay = Memo::new(move |_| whole.with_value(|whole| whole.pieces[piece].overlay(&marks.read())));
    let shown = move || {
        let look = Look {
            citations: Arc::new([]),
            on_cite: Callback::new(|_| ()),
            hovered,
            mark: ("lit", ""),
            marks: lit.get(),
        };
        whole.with_value(|whole| match playing {
            Some(playing) if !whole.lines.is_empty() => {
                let line = |line: TranscriptLine| {
                    let inside = nodes(&whole.line(&line, &marks.read()), &look);
                    view! { <Line line inside playing/>" " }
                };
                let paragraph = |lines: Vec<TranscriptLine>| {
                    let speaker = lines.first().and_then(|first| comes_to_speak(&whole.lines, first));
                    let speaker = speaker.map(|speaker| view! { <Speaker speaker/> });
                    view! { <p>{speaker}{lines.into_iter().map(line).collect_view()}</p> }
                };
                let paragraphs = paragraphs(&whole.lines, whole.pieces[piece].chars);
                paragraphs.into_iter().map(paragraph).collect_view().into_any()
            }
            _ => nodes(&whole.nodes(piece, &overlay.read()), &look).into_any(),
        })
    };
    view! { <div class="piece">{shown}</div> }
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
