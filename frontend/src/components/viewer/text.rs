//! A source as text, with the passage highlighted and in the middle, and a search in it.

use std::sync::Arc;

use hearth_domain::{CharOffset, CharRange, RevisionId, Source, SourceKind};
use hearth_wire::operations::{GetSourceText, GetTranscript};
use hearth_wire::{ApiError, RevisionQuery, SourceText, TranscriptLine, TranscriptLines};
use leptos::html;
use leptos::prelude::*;
use leptos::task::spawn_local;

use super::player::PlayerState;
use super::transcript::{Line, Speaker, group_paragraphs, new_speaker};
use crate::api::call_operation;
use crate::browser;
use crate::components::shared::{Failed, Icon, RenderOptions, Waiting, render_nodes};
use crate::contexts::localisation::{explain_error, use_strings};
use crate::contexts::notebook::{HighlightTarget, use_notebook};
use crate::text::find::find_matches;
use crate::text::markdown::{LinkTargets, MarkdownNode, Overlay, parse_markdown_piece, parse_plain_text};
use crate::text::offsets::byte_offsets;
use crate::text::pieces::{Piece, split_markdown, split_plain_text};

/// Text of a source.
#[component]
pub fn SourceTextView(
    source: Memo<Option<Source>>,
    target: Memo<Option<HighlightTarget>>,
    find: RwSignal<FindState>,
    /// `Some` for a recording.
    player: Option<PlayerState>,
) -> impl IntoView {
    let strings = use_strings();
    let text = RwSignal::new(None::<Result<(SourceText, TranscriptLines), ApiError>>);
    // A citation's revision may be older than the source's current one.
    let requested = Memo::new(move |_| {
        let revision = target.with(|target| target.as_ref().map(|target| target.revision));
        source.with(|source| source.as_ref().map(|source| (source.id, revision.or(source.revision))))
    });
    let load = move || {
        let Some((id, revision)) = requested.get_untracked() else { return };
        spawn_local(async move {
            let loaded = fetch_text(&id.to_string(), revision, player.is_some()).await;
            if requested.try_get_untracked() == Some(Some((id, revision))) {
                if let (Some(player), Ok((_, transcript))) = (player, &loaded) {
                    player.loudness.try_set(transcript.loudness.clone());
                }
                text.try_set(Some(loaded));
            }
        });
    };
    Effect::new(move |_| {
        requested.track();
        load();
    });
    let is_plain =
        source.with_untracked(|source| source.as_ref().is_some_and(|s| s.kind == SourceKind::Text));
    view! {
        {move || match text.get() {
            None => view! { <Waiting lines=6 /> }.into_any(),
            Some(Err(error)) => view! { <Failed why=explain_error(strings, &error) on_retry=load /> }.into_any(),
            Some(Ok((text, transcript))) => {
                view! {
                    <HighlightedText split_text=SplitText::new(text, is_plain, transcript.lines) target find player />
                }
                    .into_any()
            }
        }}
    }
}

/// Fetches a source's text and, for a recording, the lines of its transcript.
async fn fetch_text(
    id: &str,
    revision: Option<RevisionId>,
    is_recording: bool,
) -> Result<(SourceText, TranscriptLines), ApiError> {
    let text = call_operation::<GetSourceText>(&[id], &RevisionQuery { revision }, &()).await?;
    if !is_recording {
        let revision = text.revision;
        return Ok((text, TranscriptLines { revision, lines: Vec::new(), loudness: Vec::new() }));
    }
    let query = RevisionQuery { revision: Some(text.revision) };
    let transcript = call_operation::<GetTranscript>(&[id], &query, &()).await?;
    Ok((text, transcript))
}

/// Pieces that are added to the page in one frame.
const PIECES_PER_FRAME: usize = 3;

/// A text and its division into pieces.
struct SplitText {
    text: SourceText,
    pieces: Vec<Piece>,
    links: LinkTargets,
    is_plain: bool,
    /// Empty unless the source is a recording.
    lines: Vec<TranscriptLine>,
}

impl SplitText {
    fn new(text: SourceText, is_plain: bool, lines: Vec<TranscriptLine>) -> Self {
        let is_plain = is_plain || !lines.is_empty();
        let (pieces, links) = if is_plain {
            (split_plain_text(&text.text), LinkTargets::new())
        } else {
            split_markdown(&text.text)
        };
        Self { text, pieces, links, is_plain, lines }
    }

    /// Nodes of a piece, with its overlay.
    fn piece_nodes(&self, piece: usize, overlay: &Overlay) -> Vec<MarkdownNode> {
        let text = &self.text.text[self.pieces[piece].bytes.clone()];
        if self.is_plain {
            parse_plain_text(text, overlay)
        } else {
            parse_markdown_piece(text, overlay, &self.links)
        }
    }

    /// Nodes of a line of a transcript.
    fn line_nodes(&self, line: &TranscriptLine, marks: &[(usize, CharRange)]) -> Vec<MarkdownNode> {
        let bytes = byte_offsets(&self.text.text, [CharOffset(line.start), CharOffset(line.end)]);
        let chars = CharRange::new(line.start, line.end);
        let piece = Piece { bytes: bytes[0]..bytes[1], chars };
        match parse_plain_text(&self.text.text[piece.bytes.clone()], &piece.clip_marks(marks)).pop() {
            Some(MarkdownNode::Element(_, inside)) => inside,
            _ => Vec::new(),
        }
    }
}

#[component]
fn HighlightedText(
    split_text: SplitText,
    target: Memo<Option<HighlightTarget>>,
    find: RwSignal<FindState>,
    player: Option<PlayerState>,
) -> impl IntoView {
    let notebook = use_notebook();
    let text_ref = NodeRef::<html::Div>::new();
    let is_plain = split_text.is_plain;
    let split_text = StoredValue::new(split_text);
    let count = split_text.with_value(|split_text| split_text.pieces.len());
    let query = Memo::new(move |_| find.with(|find| find.typed.clone()));
    let matches = Memo::new(move |_| {
        split_text.with_value(|split_text| find_matches(&split_text.text.text, &query.read()))
    });
    Effect::new(move |_| {
        let count = matches.with(Vec::len);
        find.update(|find| find.count = count);
    });
    let highlight_count = Memo::new(move |_| usize::from(target.with(Option::is_some)));
    let marks = Memo::new(move |_| {
        let target = target.with(|target| target.as_ref().map(|target| target.range));
        matches
            .with(|matches| target.into_iter().chain(matches.iter().copied()).enumerate().collect::<Vec<_>>())
    });
    // A long text is rendered piece by piece, each below the last.
    let rendered_pieces = RwSignal::new(PIECES_PER_FRAME.min(count));
    show_more_pieces(rendered_pieces, count);
    // The highlighted passage is scrolled into view or, while searching, the current match.
    let current_mark = Memo::new(move |_| {
        let mark_index = matches.with(|matches| {
            (!matches.is_empty()).then(|| highlight_count.get() + find.read().at % matches.len())
        });
        let mark_index = mark_index.or_else(|| (highlight_count.get() > 0).then_some(0))?;
        let at = marks.with(|marks| marks.get(mark_index).map(|(_, range)| range.start))?;
        let piece = split_text
            .with_value(|split_text| split_text.pieces.iter().position(|piece| piece.contains_offset(at)))?;
        Some((mark_index, piece))
    });
    let rendered_mark =
        Memo::new(move |_| current_mark.get().filter(|(_, piece)| *piece < rendered_pieces.get()));
    Effect::new(move |_| {
        notebook.target_requested.track();
        let (Some((mark_index, _)), Some(view)) = (rendered_mark.get(), text_ref.get()) else { return };
        browser::run_on_next_frame(move || {
            if let Ok(Some(highlight)) = view.query_selector(&format!("[data-mark='{mark_index}']")) {
                browser::scroll_to_center(&highlight);
            }
        });
    });
    view! {
        <div class="viewer-text" class:plain=is_plain node_ref=text_ref tabindex="0">
            <For
                each=move || 0..rendered_pieces.get()
                key=|piece| *piece
                children=move |piece| view! { <PieceView split_text piece marks highlight_count player /> }
            />
        </div>
    }
}

/// Adds pieces with every frame until all are rendered.
fn show_more_pieces(rendered_pieces: RwSignal<usize>, count: usize) {
    if rendered_pieces.try_get_untracked().is_none_or(|rendered_pieces| rendered_pieces >= count) {
        return;
    }
    browser::run_on_next_frame(move || {
        rendered_pieces.try_update(|rendered_pieces| {
            *rendered_pieces = (*rendered_pieces + PIECES_PER_FRAME).min(count);
        });
        show_more_pieces(rendered_pieces, count);
    });
}

#[component]
fn PieceView(
    split_text: StoredValue<SplitText>,
    piece: usize,
    marks: Memo<Vec<(usize, CharRange)>>,
    /// Number of highlighted marks; later ones are matches of the search.
    highlight_count: Memo<usize>,
    player: Option<PlayerState>,
) -> impl IntoView {
    let hovered = RwSignal::new(None);
    let overlay = Memo::new(move |_| {
        split_text.with_value(|split_text| split_text.pieces[piece].clip_marks(&marks.read()))
    });
    let render_piece = move || {
        let options = RenderOptions {
            citations: Arc::new([]),
            on_cite: Callback::new(|_| ()),
            hovered,
            mark: ("lit", ""),
            marks: highlight_count.get(),
        };
        split_text.with_value(|split_text| match player {
            Some(player) if !split_text.lines.is_empty() => {
                let line = |line: TranscriptLine| {
                    let content = render_nodes(&split_text.line_nodes(&line, &marks.read()), &options);
                    view! {
                        <Line line content player />
                        " "
                    }
                };
                let paragraph = |lines: Vec<TranscriptLine>| {
                    let speaker = lines.first().and_then(|first| new_speaker(&split_text.lines, first));
                    let speaker = speaker.map(|speaker| view! { <Speaker speaker /> });
                    view! { <p>{speaker}{lines.into_iter().map(line).collect_view()}</p> }
                };
                let paragraphs = group_paragraphs(&split_text.lines, split_text.pieces[piece].chars);
                paragraphs.into_iter().map(paragraph).collect_view().into_any()
            }
            _ => render_nodes(&split_text.piece_nodes(piece, &overlay.read()), &options).into_any(),
        })
    };
    view! { <div class="piece">{render_piece}</div> }
}

/// State of the search in the open source.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct FindState {
    pub typed: String,
    /// Index of the current match, from 0.
    pub at: usize,
    /// Number of matches.
    pub count: usize,
}

/// Search field for the open source.
#[component]
pub fn FindField(find: RwSignal<FindState>) -> impl IntoView {
    let strings = use_strings();
    let match_text = move || {
        find.with(|find| match (find.typed.is_empty(), find.count) {
            (true, _) => String::new(),
            (_, 0) => "0".to_owned(),
            (_, count) => format!("{} / {count}", find.at % count + 1),
        })
    };
    let step = move |back: bool| {
        find.update(|find| {
            let count = find.count.max(1);
            find.at = if back { (find.at % count + count - 1) % count } else { find.at + 1 };
        });
    };
    let start_search = move |typed: String| find.set(FindState { typed, at: 0, count: 0 });
    let on_key = move |event: leptos::ev::KeyboardEvent| match event.key().as_str() {
        "Enter" => step(event.shift_key()),
        "Escape" => {
            event.stop_propagation();
            find.set(FindState::default());
        }
        _ => {}
    };
    view! {
        <label class="find">
            <Icon name="search" />
            <input
                type="search"
                placeholder=strings.find
                aria-label=strings.find
                prop:value=move || find.with(|find| find.typed.clone())
                on:input:target=move |event| start_search(event.target().value())
                on:keydown=on_key
            />
            <span class="meta" role="status">
                {match_text}
            </span>
        </label>
    }
}
