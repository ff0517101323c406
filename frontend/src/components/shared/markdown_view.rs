//! Rendering of Markdown nodes, with citation markers and marks.

use std::sync::Arc;

use hearth_domain::Citation;
use leptos::ev::{FocusEvent, MouseEvent};
use leptos::prelude::*;
use wasm_bindgen::JsCast;

use super::IconButton;
use super::math::Math;
use crate::contexts::localisation::use_strings;
use crate::contexts::notices::use_notices;
use crate::text::markdown::{CellAlignment, MarkdownNode, Tag};

/// A citation whose marker has the pointer or the focus, and the marker's place in the window (pixels).
#[derive(Clone, Debug, PartialEq)]
pub struct HoveredCitation {
    pub citation: Citation,
    pub left: f64,
    pub top: f64,
    pub bottom: f64,
}

/// Rendering of citation markers and marks, and their behaviour.
#[derive(Clone)]
pub struct RenderOptions {
    pub citations: Arc<[Citation]>,
    pub on_cite: Callback<Citation>,
    pub hovered: RwSignal<Option<HoveredCitation>>,
    /// CSS class and tooltip of a mark.
    pub mark: (&'static str, &'static str),
    /// Number of marks of that class; later ones are matches of the reader's search.
    pub marks: usize,
}

/// Renders nodes as elements.
pub fn render_nodes(all: &[MarkdownNode], options: &RenderOptions) -> Vec<AnyView> {
    let mut out = Vec::new();
    let mut rest = all;
    while let [first, after @ ..] = rest {
        rest = after;
        let (MarkdownNode::Text(text), [MarkdownNode::Cite(indices), remaining @ ..]) = (first, after) else {
            out.push(render_node(first, options));
            continue;
        };
        // A marker stays on the line of its word.
        rest = remaining;
        let (before, word) = split_last_word(text);
        let numbers = indices.iter().filter_map(|index| render_marker(*index, options)).collect_view();
        out.push(before.to_owned().into_any());
        out.push(view! { <span class="together">{word.to_owned()}{numbers}</span> }.into_any());
    }
    out
}

/// Splits a text before its last word.
fn split_last_word(text: &str) -> (&str, &str) {
    let space = text.char_indices().rev().find(|(_, letter)| letter.is_whitespace());
    text.split_at(space.map_or(0, |(at, letter)| at + letter.len_utf8()))
}

fn render_node(node: &MarkdownNode, options: &RenderOptions) -> AnyView {
    match node {
        MarkdownNode::Text(text) => text.clone().into_any(),
        MarkdownNode::Element(tag, children) => render_element(*tag, render_nodes(children, options)),
        MarkdownNode::Code(language, text) => render_code_block(language, text),
        MarkdownNode::Math(tex, is_block) => view! { <Math tex=tex.clone() is_block=*is_block /> }.into_any(),
        MarkdownNode::Link(address, children) => {
            let children = render_nodes(children, options);
            view! {
                <a href=address.clone() target="_blank" rel="noopener noreferrer">
                    {children}
                </a>
            }
            .into_any()
        }
        MarkdownNode::Cite(indices) => {
            indices.iter().filter_map(|index| render_marker(*index, options)).collect_view().into_any()
        }
        MarkdownNode::Mark(number, text) => {
            let (class, title) = if *number < options.marks { options.mark } else { ("found", "") };
            view! {
                <mark class=class title=title data-mark=number.to_string()>
                    {text.clone()}
                </mark>
            }
            .into_any()
        }
    }
}

fn render_element(tag: Tag, children: Vec<AnyView>) -> AnyView {
    match tag {
        Tag::Paragraph => view! { <p>{children}</p> }.into_any(),
        Tag::Heading(1) => view! { <h3 class="h1">{children}</h3> }.into_any(),
        Tag::Heading(2) => view! { <h4 class="h2">{children}</h4> }.into_any(),
        Tag::Heading(_) => view! { <h5>{children}</h5> }.into_any(),
        Tag::Strong => view! { <strong>{children}</strong> }.into_any(),
        Tag::Emphasis => view! { <em>{children}</em> }.into_any(),
        Tag::Struck => view! { <s>{children}</s> }.into_any(),
        Tag::InlineCode => view! { <code>{children}</code> }.into_any(),
        Tag::Quote => view! { <blockquote>{children}</blockquote> }.into_any(),
        Tag::List => view! { <ul>{children}</ul> }.into_any(),
        Tag::Numbered(first) => view! { <ol start=first.to_string()>{children}</ol> }.into_any(),
        Tag::Item => view! { <li>{children}</li> }.into_any(),
        Tag::Table => view! {
            <div class="table" tabindex="0" role="group">
                <table>{children}</table>
            </div>
        }
        .into_any(),
        Tag::Head => view! {
            <thead>
                <tr>{children}</tr>
            </thead>
        }
        .into_any(),
        Tag::Row => view! { <tr>{children}</tr> }.into_any(),
        Tag::Cell(alignment) => {
            let class = match alignment {
                CellAlignment::Start => "",
                CellAlignment::Middle => "middle",
                CellAlignment::End => "end",
            };
            view! { <td class=class>{children}</td> }.into_any()
        }
        Tag::Rule => view! { <hr /> }.into_any(),
        Tag::Break => view! { <br /> }.into_any(),
    }
}

/// Renders a code block, with a button that copies it.
fn render_code_block(language: &str, text: &str) -> AnyView {
    let strings = use_strings();
    let notices = use_notices();
    let copied = text.to_owned();
    let on_click = move || notices.copy_text(copied.clone(), strings.code_copied);
    view! {
        <div class="code">
            <div class="code-head">
                <span>{language.to_owned()}</span>
                <IconButton name="copy" label=strings.copy on_click />
            </div>
            <pre tabindex="0">
                <code>{text.to_owned()}</code>
            </pre>
        </div>
    }
    .into_any()
}

/// Renders a citation marker that opens its passage.
fn render_marker(index: usize, options: &RenderOptions) -> Option<AnyView> {
    let citation = options.citations.get(index)?.clone();
    let number = citation.number.to_string();
    let label = use_strings().citation_label(&number, &citation.source_title);
    let (hovered, on_cite) = (options.hovered, options.on_cite);
    let shown = citation.clone();
    let show = move |target: Option<web_sys::EventTarget>| {
        let element = target.and_then(|target| target.dyn_into::<web_sys::Element>().ok());
        let Some(rect) = element.map(|element| element.get_bounding_client_rect()) else { return };
        let citation = shown.clone();
        hovered.set(Some(HoveredCitation {
            citation,
            left: rect.left(),
            top: rect.top(),
            bottom: rect.bottom(),
        }));
    };
    let show_on_focus = show.clone();
    let hide = move || hovered.set(None);
    let id = citation.id.to_string();
    let is_on = move || {
        hovered.with(|hovered| hovered.as_ref().is_some_and(|hovered| hovered.citation.id.to_string() == id))
    };
    Some(
        view! {
            <button
                class="cite"
                class:on=is_on
                type="button"
                aria-label=label
                on:mouseenter=move |event: MouseEvent| show(event.current_target())
                on:mouseleave=move |_| hide()
                on:focus=move |event: FocusEvent| show_on_focus(event.current_target())
                on:blur=move |_| hide()
                on:click=move |_| {
                    hide();
                    on_cite.run(citation.clone());
                }
            >
                {number}
            </button>
        }
        .into_any(),
    )
}
