//! What a source is about, without a language model: its headings and its first key sentences.

use hearth_documents::sentences;
use hearth_domain::{Guide, Revision};

/// Sentences of a summary.
const SENTENCES: usize = 3;
const TOPICS: usize = 8;

pub(super) fn guide(revision: &Revision) -> Guide {
    let head: String = revision.text.chars().take(20_000).collect();
    let summary: Vec<&str> = sentences(&head)
        .into_iter()
        .map(|range| &head[range])
        .filter(|sentence| {
            let words = sentence.split_whitespace().count();
            let prose = !sentence.starts_with(['#', '|', '-', '•', '*']);
            prose && (8..=60).contains(&words) && sentence.ends_with(['.', '!', '?', '。'])
        })
        .take(SENTENCES)
        .collect();
    let mut topics: Vec<String> = Vec::new();
    for section in revision.sections.iter().filter(|section| section.level <= 2) {
        let known = topics.iter().any(|topic| topic.eq_ignore_ascii_case(&section.title));
        if !known && section.title.chars().count() <= 80 {
            topics.push(section.title.clone());
        }
    }
    topics.truncate(TOPICS);
    Guide { summary: summary.join(" ").replace('\n', " "), topics, questions: Vec::new() }
}
