//! The filter of a reply's text: separates reasoning, and removes tool calls and special tokens.
//!
//! Servers with the right chat template do this themselves. Others pass on what the model writes:
//! `<think>…</think>` (also without its opening tag, which some templates put into the prompt), the channels of
//! the harmony format with or without their tokens, tool calls as text, and the tokens at the ends of turns.
//! Inside code all of these are text. Text is held back only while it may still become a tag.

mod tokens;

use hearth_domain::ChatEvent;

use tokens::{
    BARS, CHANNEL_ENDS, DROPPED_TOKENS, MAX_BARRED_CHARS, REASONING_TAGS, ROLE_TOKENS, ROLES, TOOL_CALL_TAGS,
};

/// Opening of a reply in the harmony format whose tokens were removed, and of its answer.
const BARE_CHANNELS: (&str, &str) = ("analysis", "assistantfinal");
/// Openings of a tool call that is the whole reply, as JSON.
const TOOL_CALL_JSON: &[&str] =
    &["{\"name\":", "[{\"name\":", "{\"function\":", "{\"type\":\"function\"", "[{\"function\":"];
/// Name of a tool call that gives none.
const UNNAMED_TOOL: &str = "unnamed";

/// Part of a reply that the filter is in.
#[derive(Debug, PartialEq, Eq)]
enum Part {
    Text,
    /// Reasoning up to one of these tags.
    Reasoning(&'static [&'static str]),
    ToolCall(&'static str),
    /// JSON that may be a tool call, up to the reply's end.
    Json,
}

/// Meaning of the text at a possible tag.
enum Tag {
    /// Opens a part and is dropped; bytes of the tag.
    Open(usize, Part),
    /// Dropped; bytes.
    Drop(usize),
    /// Closes reasoning that no tag opened; bytes.
    CloseUnopened(usize),
    Unfinished,
    None,
}

/// Filter of one reply; fed with [`ReplyFilter::push`], ended with [`ReplyFilter::finish`].
#[derive(Debug)]
pub(crate) struct ReplyFilter {
    held: String,
    part: Part,
    /// True once there was text other than white space.
    has_text: bool,
    /// True once there was reasoning in the text.
    has_reasoned: bool,
    code: CodeTracker,
}

impl Default for ReplyFilter {
    fn default() -> Self {
        let (held, part, code) = (String::new(), Part::Text, CodeTracker::default());
        Self { held, part, has_text: false, has_reasoned: false, code }
    }
}

impl ReplyFilter {
    /// Takes part of the reply's text, cut anywhere; returns what is certain.
    pub(crate) fn push(&mut self, text: &str) -> Vec<ChatEvent> {
        self.held.push_str(text);
        let mut events = Vec::new();
        while self.take_next(&mut events, false) {}
        events
    }

    /// Ends the reply.
    pub(crate) fn finish(&mut self) -> Vec<ChatEvent> {
        let mut events = Vec::new();
        while self.take_next(&mut events, true) {}
        events
    }

    /// Takes the next piece of the held text; false if more text is needed.
    fn take_next(&mut self, events: &mut Vec<ChatEvent>, ended: bool) -> bool {
        match self.part {
            Part::Text => self.take_text(events, ended),
            Part::Reasoning(closings) => self.take_reasoning(closings, events, ended),
            Part::ToolCall(closing) => self.take_tool_call(closing, events, ended),
            Part::Json => self.take_json(events, ended),
        }
    }

    fn take_text(&mut self, events: &mut Vec<ChatEvent>, ended: bool) -> bool {
        if !self.has_text {
            let trimmed = self.held.trim_start();
            self.held.drain(..self.held.len() - trimmed.len());
            match classify_opening(&self.held, ended) {
                Some(Tag::Open(length, part)) => return self.open_part(length, part),
                Some(_) => return false,
                None => {}
            }
        }
        let Some(at) = self.find_possible_tag() else {
            let text = std::mem::take(&mut self.held);
            self.emit_text(&text, events);
            return false;
        };
        if at > 0 {
            let text: String = self.held.drain(..at).collect();
            self.emit_text(&text, events);
        }
        match classify_tag(&self.held, ended) {
            Tag::Open(length, part) => self.open_part(length, part),
            Tag::Drop(length) => {
                self.held.drain(..length);
                true
            }
            Tag::CloseUnopened(length) if !self.has_reasoned => {
                self.held.drain(..length);
                if self.has_text {
                    events.push(ChatEvent::Retracted);
                }
                (self.has_text, self.has_reasoned) = (false, true);
                true
            }
            Tag::CloseUnopened(length) => {
                self.held.drain(..length);
                true
            }
            Tag::Unfinished => false,
            Tag::None => {
                let first = self.held.remove(0);
                self.emit_text(first.encode_utf8(&mut [0; 4]), events);
                true
            }
        }
    }

    /// Byte position of the next character that may begin a tag, outside code.
    fn find_possible_tag(&self) -> Option<usize> {
        let mut code = self.code.clone();
        for (at, c) in self.held.char_indices() {
            if matches!(c, '<' | '[' | '◁') && !code.is_code() {
                return Some(at);
            }
            code.push_char(c);
        }
        None
    }

    fn open_part(&mut self, length: usize, part: Part) -> bool {
        self.held.drain(..length);
        self.has_reasoned |= matches!(part, Part::Reasoning(_));
        self.part = part;
        true
    }

    fn emit_text(&mut self, text: &str, events: &mut Vec<ChatEvent>) {
        if text.is_empty() {
            return;
        }
        text.chars().for_each(|c| self.code.push_char(c));
        self.has_text |= !text.trim().is_empty();
        match events.last_mut() {
            Some(ChatEvent::Text(last)) => last.push_str(text),
            _ => events.push(ChatEvent::Text(text.to_owned())),
        }
    }

    fn take_reasoning(
        &mut self,
        closings: &'static [&'static str],
        events: &mut Vec<ChatEvent>,
        ended: bool,
    ) -> bool {
        let found = closings.iter().filter_map(|tag| Some((self.held.find(tag)?, *tag))).min();
        let (end, is_closed) = match found {
            Some((at, _)) => (at, true),
            None if ended => (self.held.len(), false),
            None => (self.held.len() - longest_prefix_at_end(&self.held, closings), false),
        };
        let reasoning: String = self.held.drain(..end).collect();
        if !reasoning.is_empty() {
            events.push(ChatEvent::Reasoning(reasoning));
        }
        if is_closed {
            self.part = Part::Text;
            self.has_text = false;
            // A channel's end is read again, as it may open the next one.
            if let Some((_, tag)) = found.filter(|(_, tag)| !CHANNEL_ENDS.contains(tag)) {
                self.held.drain(..tag.len());
            }
        }
        is_closed
    }

    fn take_tool_call(&mut self, closing: &'static str, events: &mut Vec<ChatEvent>, ended: bool) -> bool {
        let (body, rest) = match self.held.split_once(closing) {
            Some((body, rest)) => (body.to_owned(), rest.to_owned()),
            None if ended => (self.held.clone(), String::new()),
            None => return false,
        };
        events
            .push(ChatEvent::ToolCall { name: tool_name(&body).unwrap_or_else(|| UNNAMED_TOOL.to_owned()) });
        self.held = rest;
        self.part = Part::Text;
        !self.held.is_empty()
    }

    fn take_json(&mut self, events: &mut Vec<ChatEvent>, ended: bool) -> bool {
        if !ended {
            return false;
        }
        let text = std::mem::take(&mut self.held);
        match tool_name(&text) {
            Some(name) => events.push(ChatEvent::ToolCall { name }),
            None => self.emit_text(&text, events),
        }
        self.part = Part::Text;
        false
    }
}

/// Classifies the beginning of a reply; `None` if it is ordinary text.
fn classify_opening(held: &str, ended: bool) -> Option<Tag> {
    let compact: String = held.chars().filter(|c| !c.is_whitespace()).take(20).collect();
    for opening in TOOL_CALL_JSON {
        if compact.starts_with(opening) {
            return Some(Tag::Open(0, Part::Json));
        }
    }
    let may_be_json = TOOL_CALL_JSON.iter().any(|opening| opening.starts_with(&compact));
    let (channel, _) = BARE_CHANNELS;
    if let Some(rest) = held.strip_prefix(channel)
        && rest.chars().next().is_some_and(|c| c.is_uppercase() || c.is_ascii_digit())
    {
        return Some(Tag::Open(channel.len(), Part::Reasoning(&[BARE_CHANNELS.1])));
    }
    let may_be_channel = channel.starts_with(held);
    (!ended && (may_be_json || may_be_channel)).then_some(Tag::Unfinished)
}

/// Classifies text that begins with `<`, `[` or `◁`.
fn classify_tag(held: &str, ended: bool) -> Tag {
    if let Some((tag, closing)) = REASONING_TAGS.iter().find(|(tag, _)| held.starts_with(tag)) {
        return Tag::Open(tag.len(), Part::Reasoning(std::slice::from_ref(closing)));
    }
    if let Some((_, closing)) = REASONING_TAGS.iter().find(|(_, closing)| held.starts_with(closing)) {
        return Tag::CloseUnopened(closing.len());
    }
    if let Some((tag, closing)) = TOOL_CALL_TAGS.iter().find(|(tag, _)| held.starts_with(tag)) {
        return Tag::Open(tag.len(), Part::ToolCall(closing));
    }
    if let Some(token) = DROPPED_TOKENS.iter().find(|token| held.starts_with(**token)) {
        return Tag::Drop(token.len());
    }
    if let Some((open, close)) = BARS.iter().find(|(open, _)| held.starts_with(open)) {
        return classify_barred(held, open, close, ended);
    }
    let known = REASONING_TAGS.iter().chain(TOOL_CALL_TAGS).flat_map(|(open, close)| [open, close]);
    let bars = BARS.iter().map(|(open, _)| open);
    let mut all = known.chain(DROPPED_TOKENS).chain(bars);
    if !ended && all.any(|tag| tag.starts_with(held)) { Tag::Unfinished } else { Tag::None }
}

/// Classifies a token between bars: of the harmony format, of a role, or any other, which is dropped.
fn classify_barred(held: &str, open: &str, close: &str, ended: bool) -> Tag {
    let Some(end) = held.find(close).map(|at| at + close.len()) else {
        let is_possible = held.chars().count() <= MAX_BARRED_CHARS && !held.contains('\n');
        return if is_possible && !ended { Tag::Unfinished } else { Tag::None };
    };
    let name = &held[open.len()..end - close.len()];
    if name.chars().count() > MAX_BARRED_CHARS
        || !name.chars().all(|c| c.is_alphanumeric() || "_▁-/ ".contains(c))
    {
        return Tag::None;
    }
    let token = &held[..end];
    if token == "<|channel|>" || token == "<|message|>" {
        return classify_channel(held, end, ended);
    }
    let Some((_, role_end)) = ROLE_TOKENS.iter().find(|(role_token, _)| token == *role_token) else {
        return Tag::Drop(end);
    };
    let rest = &held[end..];
    let role: String = rest.chars().take_while(|c| c.is_alphabetic()).collect();
    let after_role = &rest[role.len()..];
    let is_cut =
        after_role.is_empty() || (!after_role.starts_with(role_end) && role_end.starts_with(after_role));
    if is_cut && !ended {
        return Tag::Unfinished;
    }
    let role_bytes = if ROLES.contains(&role.as_str()) { role.len() } else { 0 };
    let end_bytes = if after_role.starts_with(role_end) { role_end.len() } else { 0 };
    Tag::Drop(end + role_bytes + end_bytes)
}

/// Classifies `<|channel|>NAME<|message|>`: the channel `final` is the answer, all others are reasoning or tool
/// calls.
fn classify_channel(held: &str, name_start: usize, ended: bool) -> Tag {
    let message = "<|message|>";
    if held.starts_with(message) {
        return Tag::Drop(message.len());
    }
    let Some(name_end) = held.find(message) else {
        return if ended { Tag::Drop(held.len()) } else { Tag::Unfinished };
    };
    let (name, length) = (&held[name_start..name_end], name_end + message.len());
    if name.starts_with("final") {
        Tag::Drop(length)
    } else if name.contains("to=") {
        Tag::Open(length, Part::ToolCall("<|call|>"))
    } else {
        Tag::Open(length, Part::Reasoning(CHANNEL_ENDS))
    }
}

/// Name of the tool in a call's JSON.
fn tool_name(body: &str) -> Option<String> {
    let json: serde_json::Value = serde_json::from_str(body.trim()).ok()?;
    let call = if json.is_array() { &json[0] } else { &json };
    let call = if call["function"].is_object() { &call["function"] } else { call };
    let has_arguments = call.get("arguments").is_some() || call.get("parameters").is_some();
    call["name"].as_str().filter(|_| has_arguments).map(str::to_owned)
}

/// Length of the longest end of a text that begins one of the tags.
fn longest_prefix_at_end(text: &str, tags: &[&str]) -> usize {
    let longest = tags.iter().map(|tag| tag.len()).max().unwrap_or(0);
    let starts = text.char_indices().map(|(at, _)| at).filter(|at| text.len() - at < longest);
    starts.map(|at| &text[at..]).find(|end| tags.iter().any(|tag| tag.starts_with(end))).map_or(0, str::len)
}

/// Position in or outside Markdown code, a character at a time.
#[derive(Clone, Debug, Default)]
struct CodeTracker {
    /// Length of the run of back-ticks that opened the present code.
    open: Option<usize>,
    ticks: usize,
}

impl CodeTracker {
    fn push_char(&mut self, c: char) {
        if c == '`' {
            self.ticks += 1;
            return;
        }
        if self.ticks > 0 {
            let run = std::mem::take(&mut self.ticks);
            self.open = match self.open {
                None => Some(run),
                Some(open) if run >= open => None,
                open => open,
            };
        }
        // A single back-tick that is never closed must not turn all that follows into code.
        if c == '\n' && self.open.is_some_and(|open| open < 3) {
            self.open = None;
        }
    }

    fn is_code(&self) -> bool {
        // A run of back-ticks that has just ended opens code, or closes it.
        self.open.is_some() != (self.ticks > 0)
    }
}

#[cfg(test)]
#[path = "reply/tests.rs"]
mod tests;
