//! The text of an answer while it streams: only blocks that change are rendered again.

use std::sync::Arc;

use leptos::prelude::*;

use crate::components::shared::{HoveredCitation, RenderOptions, render_nodes};
use crate::contexts::localisation::use_strings;
use crate::contexts::notebook::use_notebook;
use crate::text::answer::answer_nodes;
use crate::text::markdown::MarkdownNode;
use crate::text::turn_projection::TurnProjection;

/// A block with its key: position and content (by pointer).
type KeyedBlock = (usize, Arc<(Vec<MarkdownNode>, RenderOptions)>);

/// Text of an answer.
#[component]
pub fn AnswerText(
    projection: RwSignal<TurnProjection>,
    hovered: RwSignal<Option<HoveredCitation>>,
) -> impl IntoView {
    let strings = use_strings();
    let notebook = use_notebook();
    let on_cite = Callback::new(move |citation| notebook.show_citation(&citation));
    let blocks = Memo::new_with_compare(
        move |before: Option<&Vec<KeyedBlock>>| {
            projection.with(|projection| {
                let options = RenderOptions {
                    citations: projection.turn.citations.clone().into(),
                    on_cite,
                    hovered,
                    mark: ("unsupported", strings.unsupported),
                    marks: usize::MAX,
                };
                let nodes = answer_nodes(&projection.turn).into_iter().enumerate();
                nodes
                    .map(|(index, node)| reuse_block(index, node, &options, before))
                    .collect::<Vec<KeyedBlock>>()
            })
        },
        |before, after| before.map(|blocks| block_keys(blocks)) != after.map(|blocks| block_keys(blocks)),
    );
    // A model's own words for a refusal are in the language of the question.
    let is_refused_without_words =
        Memo::new(move |_| projection.with(TurnProjection::is_refused_without_words));
    let refusal = move || {
        projection.with(|projection| {
            projection.turn.refused.as_ref().map(|refused| strings.describe_refusal(refused))
        })
    };
    let render_block = |(_, block): KeyedBlock| render_nodes(&block.0, &block.1);
    let text = move || view! { <For each=move || blocks.get() key=block_key children=render_block /> };
    view! {
        <div class="answer" aria-label=strings.answer_label aria-live="polite">
            <Show when=move || is_refused_without_words.get() fallback=text>
                <p class="refusal">{refusal}</p>
            </Show>
        </div>
    }
}

fn block_key(block: &KeyedBlock) -> (usize, usize) {
    (block.0, Arc::as_ptr(&block.1) as usize)
}

fn block_keys(blocks: &[KeyedBlock]) -> Vec<(usize, usize)> {
    blocks.iter().map(block_key).collect()
}

/// Block of the last rendering if it is unchanged, else a new one.
fn reuse_block(
    index: usize,
    node: MarkdownNode,
    options: &RenderOptions,
    before: Option<&Vec<KeyedBlock>>,
) -> KeyedBlock {
    let nodes = vec![node];
    let unchanged = before
        .and_then(|before| before.get(index))
        .filter(|(_, old)| old.0 == nodes && has_same_citations(&nodes, options, old));
    match unchanged {
        Some((_, old)) => (index, old.clone()),
        None => (index, Arc::new((nodes, options.clone()))),
    }
}

/// True if the block's markers stand for the same citations as before.
fn has_same_citations(
    nodes: &[MarkdownNode],
    options: &RenderOptions,
    old: &(Vec<MarkdownNode>, RenderOptions),
) -> bool {
    nodes.iter().all(|node| match node {
        MarkdownNode::Cite(indices) => {
            indices.iter().all(|index| options.citations.get(*index) == old.1.citations.get(*index))
        }
        MarkdownNode::Element(_, children) | MarkdownNode::Link(_, children) => {
            has_same_citations(children, options, old)
        }
        _ => true,
    })
}
