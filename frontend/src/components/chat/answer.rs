//! The text of an answer while it grows: only the block that changes is made anew.

use std::sync::Arc;

use leptos::prelude::*;

use crate::components::shared::{Hovered, Look, nodes};
use crate::contexts::notebook::open_notebook;
use crate::contexts::words::words;
use crate::text::answer::blocks;
use crate::text::markdown::Node;
use crate::text::said::Said;

/// A block and what it is known by: its place and what stands in it.
type Block = (usize, Arc<(Vec<Node>, Look)>);

#[component]
pub fn AnswerText(said: RwSignal<Said>, hovered: RwSignal<Option<Hovered>>) -> impl IntoView {
    let words = words();
    let open = open_notebook();
    let on_cite = Callback::new(move |citation| open.show(&citation));
    let all = Memo::new_with_compare(
        move |before: Option<&Vec<Block>>| {
            said.with(|said| {
                let look = Look {
                    citations: said.turn.citations.clone().into(),
                    on_cite,
                    hovered,
                    mark: ("unsupported", words.unsupported),
                    marks: usize::MAX,
                };
                let fresh = blocks(&said.turn).into_iter().enumerate();
                fresh.map(|(at, node)| block(at, node, &look, before)).collect::<Vec<Block>>()
            })
        },
        |before, after| before.map(|all| keys(all)) != after.map(|all| keys(all)),
    );
    view! {
        <div class="answer" aria-label=words.answer_label aria-live="polite">
            <For each=move || all.get() key=key children=|(_, block)| nodes(&block.0, &block.1)/>
        </div>
    }
}

fn key(block: &Block) -> (usize, usize) {
    (block.0, Arc::as_ptr(&block.1) as usize)
}

fn keys(blocks: &[Block]) -> Vec<(usize, usize)> {
    blocks.iter().map(key).collect()
}

/// The block as it was before, where nothing of it changed.
fn block(at: usize, node: Node, look: &Look, before: Option<&Vec<Block>>) -> Block {
    let fresh = vec![node];
    let same = before
        .and_then(|before| before.get(at))
        .filter(|(_, old)| old.0 == fresh && cited(&fresh, look, old));
    match same {
        Some((_, old)) => (at, old.clone()),
        None => (at, Arc::new((fresh, look.clone()))),
    }
}

/// Whether the numbers of a block mean what they meant.
fn cited(nodes: &[Node], look: &Look, old: &(Vec<Node>, Look)) -> bool {
    nodes.iter().all(|node| match node {
        Node::Cite(which) => {
            which.iter().all(|which| look.citations.get(*which) == old.1.citations.get(*which))
        }
        Node::Element(_, children) | Node::Link(_, children) => cited(children, look, old),
        _ => true,
    })
}
