//! Text with numbers and marks, as elements.

use std::sync::Arc;

use hearth_domain::Citation;
use leptos::ev::{FocusEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::IconButton;
use super::math::Math;
use crate::contexts::notices::notices;
use crate::contexts::words::words;
use crate::strings::fill;
use crate::text::markdown::{Node, Side, Tag};

/// A citation that the pointer or the keyboard is on, and where it stands in the window.
#[derive(Clone, Debug, PartialEq)]
pub struct Hovered {
    pub citation: Citation,
    pub left: f64,
    pub top: f64,
    pub bottom: f64,
}

/// How numbers and marks are shown, and what they do.
#[derive(Clone)]
pub struct Look {
    pub citations: Arc<[Citation]>,
    pub on_cite: Callback<Citation>,
    pub hovered: RwSignal<Option<Hovered>>,
    /// Of a mark: the class, and what it says when pointed at.
    pub mark: (&'static str, &'static str),
    /// So many marks are such; those after them were found by whoever reads.
    pub marks: usize,
}

/// The elements of a text.
pub fn nodes(all: &[Node], look: &Look) -> Vec<AnyView> {
    let mut out = Vec::new();
    let mut rest = all;
    while let [first, after @ ..] = rest {
        rest = after;
        let (Node::Text(text), [Node::Cite(which), behind @ ..]) = (first, after) else {
            out.push(one(first, look));
            continue;
        };
        // A number stays on the line of its word.
        rest = behind;
        let (before, word) = last_word(text);
        let numbers = which.iter().filter_map(|which| cite(*which, look)).collect_view();
        out.push(before.to_owned().into_any());
        out.push(view! { <span class="together">{word.to_owned()}{numbers}</span> }.into_any());
    }
    out
}

/// A text up to its last word, and that word.
fn last_word(text: &str) -> (&str, &str) {
    let space = text.char_indices().rev().find(|(_, letter)| letter.is_whitespace());
    text.split_at(space.map_or(0, |(at, letter)| at + letter.len_utf8()))
}

fn one(node: &Node, look: &Look) -> AnyView {
    match node {
        Node::Text(text) => text.clone().into_any(),
        Node::Element(tag, children) => element(*tag, nodes(children, look)),
        Node::Code(language, text) => code(language, text),
        Node::Math(tex, is_block) => view! { <Math tex=tex.clone() is_block=*is_block/> }.into_any(),
        Node::Link(address, children) => {
            let inside = nodes(children, look);
            view! { <a href=address.clone() target="_blank" rel="noopener noreferrer">{inside}</a> }
                .into_any()
        }
        Node::Cite(which) => which.iter().filter_map(|which| cite(*which, look)).collect_view().into_any(),
        Node::Mark(which, text) => {
            let (class, title) = if *which < look.marks { look.mark } else { ("found", "") };
            view! { <mark class=class title=title data-mark=which.to_string()>{text.clone()}</mark> }
                .into_any()
        }
    }
}

fn element(tag: Tag, inside: Vec<AnyView>) -> AnyView {
    match tag {
        Tag::Paragraph => view! { <p>{inside}</p> }.into_any(),
        Tag::Heading(1) => view! { <h3 class="h1">{inside}</h3> }.into_any(),
        Tag::Heading(2) => view! { <h4 class="h2">{inside}</h4> }.into_any(),
        Tag::Heading(_) => view! { <h5>{inside}</h5> }.into_any(),
        Tag::Strong => view! { <strong>{inside}</strong> }.into_any(),
        Tag::Emphasis => view! { <em>{inside}</em> }.into_any(),
        Tag::Struck => view! { <s>{inside}</s> }.into_any(),
        Tag::InlineCode => view! { <code>{inside}</code> }.into_any(),
        Tag::Quote => view! { <blockquote>{inside}</blockquote> }.into_any(),
        Tag::List => view! { <ul>{inside}</ul> }.into_any(),
        Tag::Numbered(first) => view! { <ol start=first.to_string()>{inside}</ol> }.into_any(),
        Tag::Item => view! { <li>{inside}</li> }.into_any(),
        Tag::Table => {
            view! { <div class="table" tabindex="0" role="group"><table>{inside}</table></div> }.into_any()
        }
        Tag::Head => view! { <thead><tr>{inside}</tr></thead> }.into_any(),
        Tag::Row => view! { <tr>{inside}</tr> }.into_any(),
        Tag::Cell(side) => {
            let class = match side {
                Side::Start => "",
                Side::Middle => "middle",
                Side::End => "end",
            };
            view! { <td class=class>{inside}</td> }.into_any()
        }
        Tag::Rule => view! { <hr/> }.into_any(),
        Tag::Break => view! { <br/> }.into_any(),
    }
}

/// A block of code, with a button that copies it.
fn code(language: &str, text: &str) -> AnyView {
    let words = words();
    let notices = notices();
    let copied = text.to_owned();
    let on_click = move || notices.copy(copied.clone(), words.code_copied);
    view! {
        <div class="code">
            <div class="code-head"><span>{language.to_owned()}</span><IconButton name="copy" label=words.copy on_click/></div>
            <pre tabindex="0"><code>{text.to_owned()}</code></pre>
        </div>
    }
    .into_any()
}

/// A number that opens its passage.
fn cite(which: usize, look: &Look) -> Option<AnyView> {
    let citation = look.citations.get(which)?.clone();
    let number = citation.number.to_string();
    let label = fill(words().citation_label, &[("n", &number), ("title", &citation.source_title)]);
    let (hovered, on_cite) = (look.hovered, look.on_cite);
    let shown = citation.clone();
    let show = move |target: Option<web_sys::EventTarget>| {
        let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(rect) = element.map(|element| element.get_bounding_client_rect()) else { return };
        let citation = shown.clone();
        hovered.set(Some(Hovered { citation, left: rect.left(), top: rect.top(), bottom: rect.bottom() }));
    };
    let show_too = show.clone();
    let hide = move || hovered.set(None);
    let id = citation.id.to_string();
    let is_on =
        move || hovered.with(|hovered| hovered.as_ref().is_some_and(|on| on.citation.id.to_string() == id));
    Some(
        view! {
            <button
                class="cite" class:on=is_on type="button" aria-label=label
                on:mouseenter=move |event: MouseEvent| show(event.current_target())
                on:mouseleave=move |_| hide()
                on:focus=move |event: FocusEvent| show_too(event.current_target())
                on:blur=move |_| hide()
                on:click=move |_| { hide(); on_cite.run(citation.clone()); }
            >
                {number}
            </button>
        }
        .into_any(),
    )
}
