//! Markdown as a tree that is ready to be rendered, with citation markers and marked ranges in it. HTML stays
//! text, pictures become links: nothing of a document or an answer runs or is fetched.

use std::collections::HashMap;

use hearth_domain::{CharOffset, CharRange};
use pulldown_cmark::{Alignment, BrokenLink, CowStr, Event, Options, Parser, Tag as Markup, TagEnd};

use super::offsets::byte_offsets;

/// Node of the rendered tree.
#[derive(Clone, Debug, PartialEq)]
pub enum MarkdownNode {
    Text(String),
    Element(Tag, Vec<MarkdownNode>),
    /// A code block: language and text.
    Code(String, String),
    /// TeX, and true for a block formula.
    Math(String, bool),
    Link(String, Vec<MarkdownNode>),
    /// Citation markers, as positions in the given list.
    Cite(Vec<usize>),
    /// A part of a marked range, with the mark's number.
    Mark(usize, String),
}

/// Elements without a payload beyond their children.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    Paragraph,
    Heading(u8),
    Strong,
    Emphasis,
    Struck,
    InlineCode,
    Quote,
    List,
    /// Numbered list, with its first number.
    Numbered(u64),
    Item,
    Table,
    Head,
    Row,
    Cell(CellAlignment),
    Rule,
    Break,
}

impl Tag {
    /// True if the element contains blocks only, and no text of its own.
    fn is_block_container(self) -> bool {
        matches!(
            self,
            Self::Quote | Self::List | Self::Numbered(_) | Self::Item | Self::Table | Self::Head | Self::Row
        )
    }
}

/// Alignment of a table's cell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum CellAlignment {
    Start,
    Middle,
    End,
}

/// Overlay on a text: citation markers at offsets, and marked ranges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    pub cites: Vec<CharOffset>,
    /// Number and range of each mark.
    pub marks: Vec<(usize, CharRange)>,
}

/// Markdown extensions: tables, strikethrough, formulas.
pub(super) const PARSER_OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_MATH);

/// Depth of the tree; what is nested deeper is shown without markup. Rendering walks the tree recursively.
const MAX_DEPTH: usize = 100;

/// Targets of reference links (`[name]`) defined in any piece of a text, by lower-case name.
pub type LinkTargets = HashMap<String, String>;

/// Parses Markdown.
pub fn parse_markdown(text: &str, overlay: &Overlay) -> Vec<MarkdownNode> {
    parse_markdown_piece(text, overlay, &LinkTargets::new())
}

/// Parses a piece of Markdown.
pub fn parse_markdown_piece(text: &str, overlay: &Overlay, links: &LinkTargets) -> Vec<MarkdownNode> {
    let mut builder = Builder::new(text, overlay);
    let resolve_link = |link: BrokenLink<'_>| {
        let address = links.get(&link.reference.to_lowercase())?;
        Some((address.clone().into(), CowStr::Borrowed("")))
    };
    let parser = Parser::new_with_broken_link_callback(text, PARSER_OPTIONS, Some(resolve_link));
    for (event, range) in parser.into_offset_iter() {
        builder.handle_event(event, range.start, range.end);
    }
    builder.finish()
}

/// Parses plain text: blank lines separate paragraphs; line breaks are kept for CSS to show.
pub fn parse_plain_text(text: &str, overlay: &Overlay) -> Vec<MarkdownNode> {
    let mut builder = Builder::new(text, overlay);
    let mut at = 0;
    for block in text.split_inclusive("\n\n") {
        let end = at + block.len();
        let shown = block.trim_end_matches('\n');
        if !shown.is_empty() {
            builder.open_element(Tag::Paragraph);
            builder.push_text(shown, at, at + shown.len());
            builder.close_frame(end);
        }
        at = end;
    }
    builder.finish()
}

struct Builder<'a> {
    text: &'a str,
    /// Byte, and position in the citations; ascending.
    cites: Vec<(usize, usize)>,
    next_cite: usize,
    /// First byte, end byte, and number of the mark.
    marks: Vec<(usize, usize, usize)>,
    open_frames: Vec<(Frame, Vec<MarkdownNode>)>,
    nodes: Vec<MarkdownNode>,
    /// Alignments of the open table, and the next column.
    columns: (Vec<Alignment>, usize),
}

enum Frame {
    Element(Tag),
    Code(String),
    Link(String),
    /// Shows its children only.
    Nothing,
}

impl<'a> Builder<'a> {
    fn new(text: &'a str, overlay: &Overlay) -> Self {
        let mut cites: Vec<(CharOffset, usize)> = overlay.cites.iter().copied().zip(0..).collect();
        cites.sort_unstable();
        let bytes = byte_offsets(text, cites.iter().map(|(at, _)| *at));
        let cites = bytes.into_iter().zip(cites.into_iter().map(|(_, index)| index)).collect();
        let marks = overlay.marks.iter().map(|&(mark, range)| {
            let bytes = byte_offsets(text, [range.start, range.end]);
            (bytes[0], bytes[1], mark)
        });
        let marks = marks.collect();
        Self {
            text,
            cites,
            next_cite: 0,
            marks,
            open_frames: Vec::new(),
            nodes: Vec::new(),
            columns: (Vec::new(), 0),
        }
    }

    fn handle_event(&mut self, event: Event<'_>, start: usize, end: usize) {
        match event {
            Event::Start(markup) => {
                self.insert_markers_until(start);
                let is_too_deep = self.open_frames.len() >= MAX_DEPTH;
                let frame = if is_too_deep { Frame::Nothing } else { self.frame_for_tag(markup) };
                self.open_frames.push((frame, Vec::new()));
            }
            Event::End(TagEnd::TableCell) => {
                self.columns.1 += 1;
                self.close_frame(end);
            }
            Event::End(tag) => {
                // A marker after the last word of a bold or linked text stands outside of that.
                let is_inline = matches!(
                    tag,
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
                );
                self.close_frame(if is_inline { 0 } else { end });
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => {
                self.push_text(&text, start, end);
            }
            Event::Code(text) => self.push_inline(Tag::InlineCode, &text, start, end),
            Event::InlineMath(tex) => self.push_node_at(start, MarkdownNode::Math(tex.into_string(), false)),
            Event::DisplayMath(tex) => self.push_node_at(start, MarkdownNode::Math(tex.into_string(), true)),
            Event::SoftBreak => self.push_text("\n", start, end),
            Event::HardBreak => self.push_node_at(start, MarkdownNode::Element(Tag::Break, Vec::new())),
            Event::Rule => self.push_node_at(start, MarkdownNode::Element(Tag::Rule, Vec::new())),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn frame_for_tag(&mut self, markup: Markup<'_>) -> Frame {
        Frame::Element(match markup {
            Markup::Paragraph => Tag::Paragraph,
            Markup::Heading { level, .. } => Tag::Heading(level as u8),
            Markup::BlockQuote(_) => Tag::Quote,
            Markup::CodeBlock(kind) => {
                let language = match kind {
                    pulldown_cmark::CodeBlockKind::Fenced(language) => language.into_string(),
                    pulldown_cmark::CodeBlockKind::Indented => String::new(),
                };
                return Frame::Code(language);
            }
            Markup::List(None) => Tag::List,
            Markup::List(Some(first)) => Tag::Numbered(first),
            Markup::Item => Tag::Item,
            Markup::Table(alignments) => {
                self.columns = (alignments, 0);
                Tag::Table
            }
            Markup::TableHead => {
                self.columns.1 = 0;
                Tag::Head
            }
            Markup::TableRow => {
                self.columns.1 = 0;
                Tag::Row
            }
            Markup::TableCell => Tag::Cell(self.cell_alignment()),
            Markup::Emphasis => Tag::Emphasis,
            Markup::Strong => Tag::Strong,
            Markup::Strikethrough => Tag::Struck,
            Markup::Link { dest_url, .. } | Markup::Image { dest_url, .. } if is_link_address(&dest_url) => {
                return Frame::Link(dest_url.into_string());
            }
            _ => return Frame::Nothing,
        })
    }

    fn cell_alignment(&self) -> CellAlignment {
        match self.columns.0.get(self.columns.1) {
            Some(Alignment::Right) => CellAlignment::End,
            Some(Alignment::Center) => CellAlignment::Middle,
            _ => CellAlignment::Start,
        }
    }

    fn open_element(&mut self, tag: Tag) {
        self.open_frames.push((Frame::Element(tag), Vec::new()));
    }

    /// Closes the innermost open frame; markers up to `end` still belong to it.
    fn close_frame(&mut self, end: usize) {
        self.insert_markers_until(end);
        let Some((frame, children)) = self.open_frames.pop() else { return };
        match frame {
            Frame::Element(tag) => self.push_node(MarkdownNode::Element(tag, children)),
            Frame::Link(address) => self.push_node(MarkdownNode::Link(address, children)),
            Frame::Code(language) => self.push_node(MarkdownNode::Code(language, text_content(&children))),
            Frame::Nothing => children.into_iter().for_each(|child| self.push_node(child)),
        }
    }

    fn push_node(&mut self, node: MarkdownNode) {
        let siblings = self.open_frames.last_mut().map_or(&mut self.nodes, |(_, children)| children);
        match (siblings.last_mut(), node) {
            (Some(MarkdownNode::Text(before)), MarkdownNode::Text(text)) => before.push_str(&text),
            (Some(MarkdownNode::Mark(mark, before)), MarkdownNode::Mark(next_mark, text))
                if *mark == next_mark =>
            {
                before.push_str(&text);
            }
            (_, node) => siblings.push(node),
        }
    }

    fn push_node_at(&mut self, start: usize, node: MarkdownNode) {
        self.insert_markers_until(start);
        self.push_node(node);
    }

    /// Inserts all markers that stand before a byte of the text. None stands inside of code: they follow it.
    fn insert_markers_until(&mut self, byte: usize) {
        if let Some((Frame::Code(_), _)) = self.open_frames.last() {
            return;
        }
        let first = self.next_cite;
        while self.cites.get(self.next_cite).is_some_and(|(at, _)| *at <= byte) {
            self.next_cite += 1;
        }
        let indices: Vec<usize> = self.cites[first..self.next_cite].iter().map(|(_, index)| *index).collect();
        if indices.is_empty() {
            return;
        }
        match self.open_frames.last_mut() {
            Some((Frame::Element(tag), children)) if tag.is_block_container() => {
                append_to_last_block(children, indices);
            }
            Some((_, children)) => children.push(MarkdownNode::Cite(indices)),
            None => append_to_last_block(&mut self.nodes, indices),
        }
    }

    /// Adds a run of text, split at markers and at the ends of marked ranges.
    fn push_text(&mut self, text: &str, start: usize, end: usize) {
        self.insert_markers_until(start);
        if self.text.get(start..end) != Some(text) {
            // An entity or the like: it is marked or cited as a whole.
            let node = self.text_node(start, text);
            self.push_node(node);
            return;
        }
        let mut at = start;
        while at < end {
            let cite = self.cites.get(self.next_cite).map(|(byte, _)| *byte).filter(|byte| *byte > at);
            let edges = self.marks.iter().flat_map(|(from, to, _)| [*from, *to]).filter(|byte| *byte > at);
            let stop = edges.chain(cite).min().unwrap_or(end).min(end);
            let node = self.text_node(at, &self.text[at..stop]);
            self.push_node(node);
            at = stop;
            // A marker at the very end waits: the next event may continue the word.
            if at < end {
                self.insert_markers_until(at);
            }
        }
    }

    fn text_node(&self, at: usize, text: &str) -> MarkdownNode {
        // Of overlapping marks the later one is shown.
        match self.marks.iter().rfind(|(from, to, _)| (*from..*to).contains(&at)) {
            Some((.., mark)) => MarkdownNode::Mark(*mark, text.to_owned()),
            None => MarkdownNode::Text(text.to_owned()),
        }
    }

    fn push_inline(&mut self, tag: Tag, text: &str, start: usize, end: usize) {
        self.insert_markers_until(start);
        // Marked if the range covers the content between the markup's delimiters.
        let node = self.text_node(usize::midpoint(start, end), text);
        self.push_node(MarkdownNode::Element(tag, vec![node]));
    }

    fn finish(mut self) -> Vec<MarkdownNode> {
        while !self.open_frames.is_empty() {
            self.close_frame(usize::MAX);
        }
        self.insert_markers_until(usize::MAX);
        self.nodes
    }
}

/// Appends markers to the last block's text: a marker after a block belongs to that block.
fn append_to_last_block(blocks: &mut Vec<MarkdownNode>, indices: Vec<usize>) {
    match blocks.last_mut() {
        Some(MarkdownNode::Element(tag, children)) if tag.is_block_container() => {
            append_to_last_block(children, indices);
        }
        Some(MarkdownNode::Element(Tag::Paragraph | Tag::Heading(_) | Tag::Cell(_), children)) => {
            children.push(MarkdownNode::Cite(indices));
        }
        _ => blocks.push(MarkdownNode::Cite(indices)),
    }
}

/// True if an address may be a link.
fn is_link_address(address: &str) -> bool {
    ["https://", "http://", "mailto:"]
        .iter()
        .any(|scheme| address.get(..scheme.len()).is_some_and(|start| start.eq_ignore_ascii_case(scheme)))
}

/// Text of the nodes without markup.
pub fn text_content(nodes: &[MarkdownNode]) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            MarkdownNode::Text(text)
            | MarkdownNode::Mark(_, text)
            | MarkdownNode::Code(_, text)
            | MarkdownNode::Math(text, _) => {
                out.push_str(text);
            }
            MarkdownNode::Element(_, children) | MarkdownNode::Link(_, children) => {
                out.push_str(&text_content(children));
            }
            MarkdownNode::Cite(_) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests;
