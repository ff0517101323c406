//! Markdown as a tree that is ready to be shown, with numbers of citations and marked ranges in it.
//! Markup that is HTML stays text, pictures become links: nothing of a document or an answer runs or
//! is fetched.

use std::collections::HashMap;

use hearth_domain::{CharOffset, CharRange};
use pulldown_cmark::{
    Alignment, BrokenLink, CowStr, Event, HeadingLevel, Options, Parser, Tag as Markup, TagEnd,
};

use super::offsets::bytes_of;

/// A piece of what is shown.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    Text(String),
    Element(Tag, Vec<Node>),
    /// A block of code and its language.
    Code(String, String),
    /// TeX, and whether it stands by itself.
    Math(String, bool),
    Link(String, Vec<Node>),
    /// Numbers of citations, as positions in the list that was given.
    Cite(Vec<usize>),
    /// A part of a marked range, with its number.
    Mark(usize, String),
}

/// Elements without anything more to say of them.
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
    /// Starts at this number.
    Numbered(u64),
    Item,
    Table,
    Head,
    Row,
    Cell(Side),
    Rule,
    Break,
}

impl Tag {
    /// Whether no text stands in it but that of the blocks that it holds.
    fn holds_blocks(self) -> bool {
        matches!(
            self,
            Self::Quote | Self::List | Self::Numbered(_) | Self::Item | Self::Table | Self::Head | Self::Row
        )
    }
}

/// Where a table's cell puts its text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Side {
    Start,
    Middle,
    End,
}

/// What lies over a text: numbers at offsets, and ranges.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Overlay {
    pub cites: Vec<CharOffset>,
    /// Each with a number of its own.
    pub marks: Vec<(usize, CharRange)>,
}

pub(super) const OPTIONS: Options =
    Options::ENABLE_TABLES.union(Options::ENABLE_STRIKETHROUGH).union(Options::ENABLE_MATH);

/// Where `[a name]` of a text leads, when that is said in another piece of it; names in small letters.
pub type Links = HashMap<String, String>;

/// Reads Markdown.
pub fn markdown(text: &str, overlay: &Overlay) -> Vec<Node> {
    markdown_of(text, overlay, &Links::new())
}

/// Reads a piece of Markdown.
pub fn markdown_of(text: &str, overlay: &Overlay, links: &Links) -> Vec<Node> {
    let mut builder = Builder::new(text, overlay);
    let elsewhere = |link: BrokenLink<'_>| {
        let address = links.get(&link.reference.to_lowercase())?;
        Some((address.clone().into(), CowStr::Borrowed("")))
    };
    let parser = Parser::new_with_broken_link_callback(text, OPTIONS, Some(elsewhere));
    for (event, range) in parser.into_offset_iter() {
        builder.take(event, range.start, range.end);
    }
    builder.finish()
}

/// Reads plain text: a paragraph a blank line, its line breaks kept by whoever shows it.
pub fn plain(text: &str, overlay: &Overlay) -> Vec<Node> {
    let mut builder = Builder::new(text, overlay);
    let mut at = 0;
    for block in text.split_inclusive("\n\n") {
        let end = at + block.len();
        let shown = block.trim_end_matches('\n');
        if !shown.is_empty() {
            builder.open(Tag::Paragraph);
            builder.text(shown, at, at + shown.len());
            builder.close(end);
        }
        at = end;
    }
    builder.finish()
}

struct Builder<'a> {
    text: &'a str,
    /// Byte, and which citation; ascending.
    cites: Vec<(usize, usize)>,
    next_cite: usize,
    /// Bytes from and to, and which range.
    marks: Vec<(usize, usize, usize)>,
    open: Vec<(Frame, Vec<Node>)>,
    done: Vec<Node>,
    /// Of the tables that are open, and the column that comes next.
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
        let bytes = bytes_of(text, cites.iter().map(|(at, _)| *at));
        let cites = bytes.into_iter().zip(cites.into_iter().map(|(_, which)| which)).collect();
        let marks = overlay.marks.iter().map(|&(which, range)| {
            let bytes = bytes_of(text, [range.start, range.end]);
            (bytes[0], bytes[1], which)
        });
        let marks = marks.collect();
        Self {
            text,
            cites,
            next_cite: 0,
            marks,
            open: Vec::new(),
            done: Vec::new(),
            columns: (Vec::new(), 0),
        }
    }

    fn take(&mut self, event: Event<'_>, start: usize, end: usize) {
        match event {
            Event::Start(markup) => {
                self.cite_until(start);
                let frame = self.frame(markup);
                self.open.push((frame, Vec::new()));
            }
            Event::End(TagEnd::TableCell) => {
                self.columns.1 += 1;
                self.close(end);
            }
            Event::End(ended) => {
                // A number behind the last word of a bold or linked text stands outside of it.
                let inline = matches!(
                    ended,
                    TagEnd::Emphasis | TagEnd::Strong | TagEnd::Strikethrough | TagEnd::Link | TagEnd::Image
                );
                self.close(if inline { 0 } else { end });
            }
            Event::Text(text) | Event::Html(text) | Event::InlineHtml(text) => self.text(&text, start, end),
            Event::Code(text) => self.atom(Tag::InlineCode, &text, start, end),
            Event::InlineMath(tex) => self.push_at(start, Node::Math(tex.into_string(), false)),
            Event::DisplayMath(tex) => self.push_at(start, Node::Math(tex.into_string(), true)),
            Event::SoftBreak => self.text("\n", start, end),
            Event::HardBreak => self.push_at(start, Node::Element(Tag::Break, Vec::new())),
            Event::Rule => self.push_at(start, Node::Element(Tag::Rule, Vec::new())),
            Event::FootnoteReference(_) | Event::TaskListMarker(_) => {}
        }
    }

    fn frame(&mut self, markup: Markup<'_>) -> Frame {
        Frame::Element(match markup {
            Markup::Paragraph => Tag::Paragraph,
            Markup::Heading { level, .. } => Tag::Heading(depth(level)),
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
            Markup::Table(sides) => {
                self.columns = (sides, 0);
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
            Markup::TableCell => Tag::Cell(self.side()),
            Markup::Emphasis => Tag::Emphasis,
            Markup::Strong => Tag::Strong,
            Markup::Strikethrough => Tag::Struck,
            Markup::Link { dest_url, .. } | Markup::Image { dest_url, .. } if is_address(&dest_url) => {
                return Frame::Link(dest_url.into_string());
            }
            _ => return Frame::Nothing,
        })
    }

    fn side(&self) -> Side {
        match self.columns.0.get(self.columns.1) {
            Some(Alignment::Right) => Side::End,
            Some(Alignment::Center) => Side::Middle,
            _ => Side::Start,
        }
    }

    fn open(&mut self, tag: Tag) {
        self.open.push((Frame::Element(tag), Vec::new()));
    }

    /// Closes what was opened last; numbers up to `end` still belong to it.
    fn close(&mut self, end: usize) {
        self.cite_until(end);
        let Some((frame, children)) = self.open.pop() else { return };
        match frame {
            Frame::Element(tag) => self.push(Node::Element(tag, children)),
            Frame::Link(address) => self.push(Node::Link(address, children)),
            Frame::Code(language) => self.push(Node::Code(language, plain_text(&children))),
            Frame::Nothing => children.into_iter().for_each(|child| self.push(child)),
        }
    }

    fn push(&mut self, node: Node) {
        let siblings = self.open.last_mut().map_or(&mut self.done, |(_, children)| children);
        match (siblings.last_mut(), node) {
            (Some(Node::Text(before)), Node::Text(text)) => before.push_str(&text),
            (Some(Node::Mark(one, before)), Node::Mark(other, text)) if *one == other => {
                before.push_str(&text);
            }
            (_, node) => siblings.push(node),
        }
    }

    fn push_at(&mut self, start: usize, node: Node) {
        self.cite_until(start);
        self.push(node);
    }

    /// All numbers that belong before a byte of the text. Inside of code none stands.
    fn cite_until(&mut self, byte: usize) {
        let first = self.next_cite;
        while self.cites.get(self.next_cite).is_some_and(|(at, _)| *at <= byte) {
            self.next_cite += 1;
        }
        let which: Vec<usize> = self.cites[first..self.next_cite].iter().map(|(_, which)| *which).collect();
        if which.is_empty() {
            return;
        }
        match self.open.last_mut() {
            Some((Frame::Element(tag), children)) if tag.holds_blocks() => into_last(children, which),
            Some((_, children)) => children.push(Node::Cite(which)),
            None => into_last(&mut self.done, which),
        }
    }

    /// A run of text, cut where numbers stand and where marked ranges begin and end.
    fn text(&mut self, text: &str, start: usize, end: usize) {
        self.cite_until(start);
        if self.text.get(start..end) != Some(text) {
            // An entity or the like: it is marked or numbered as a whole.
            let node = self.piece(start, text);
            self.push(node);
            return;
        }
        let mut at = start;
        while at < end {
            let cite = self.cites.get(self.next_cite).map(|(byte, _)| *byte).filter(|byte| *byte > at);
            let edges = self.marks.iter().flat_map(|(from, to, _)| [*from, *to]).filter(|byte| *byte > at);
            let stop = edges.chain(cite).min().unwrap_or(end).min(end);
            let node = self.piece(at, &self.text[at..stop]);
            self.push(node);
            at = stop;
            // A number at the very end waits: what follows may belong to the same word.
            if at < end {
                self.cite_until(at);
            }
        }
    }

    fn piece(&self, at: usize, text: &str) -> Node {
        // Of marks that lie over each other the later one is seen.
        match self.marks.iter().rfind(|(from, to, _)| (*from..*to).contains(&at)) {
            Some((.., which)) => Node::Mark(*which, text.to_owned()),
            None => Node::Text(text.to_owned()),
        }
    }

    fn atom(&mut self, tag: Tag, text: &str, start: usize, end: usize) {
        self.cite_until(start);
        // Marked, where the range covers what stands between the signs of the markup.
        let node = self.piece(usize::midpoint(start, end), text);
        self.push(Node::Element(tag, vec![node]));
    }

    fn finish(mut self) -> Vec<Node> {
        while !self.open.is_empty() {
            self.close(usize::MAX);
        }
        self.cite_until(usize::MAX);
        self.done
    }
}

/// Puts numbers behind the last words of some blocks: what stands behind a block belongs to it.
fn into_last(blocks: &mut Vec<Node>, which: Vec<usize>) {
    match blocks.last_mut() {
        Some(Node::Element(tag, children)) if tag.holds_blocks() => into_last(children, which),
        Some(Node::Element(Tag::Paragraph | Tag::Heading(_) | Tag::Cell(_), children)) => {
            children.push(Node::Cite(which));
        }
        _ => blocks.push(Node::Cite(which)),
    }
}

fn depth(level: HeadingLevel) -> u8 {
    match level {
        HeadingLevel::H1 => 1,
        HeadingLevel::H2 => 2,
        HeadingLevel::H3 => 3,
        HeadingLevel::H4 => 4,
        HeadingLevel::H5 => 5,
        HeadingLevel::H6 => 6,
    }
}

/// What may be followed by a click.
fn is_address(address: &str) -> bool {
    ["https://", "http://", "mailto:"].iter().any(|scheme| address.starts_with(scheme))
}

/// The characters alone.
pub fn plain_text(nodes: &[Node]) -> String {
    let mut out = String::new();
    for node in nodes {
        match node {
            Node::Text(text) | Node::Mark(_, text) | Node::Code(_, text) | Node::Math(text, _) => {
                out.push_str(text);
            }
            Node::Element(_, children) | Node::Link(_, children) => out.push_str(&plain_text(children)),
            Node::Cite(_) => {}
        }
    }
    out
}

#[cfg(test)]
mod tests;
