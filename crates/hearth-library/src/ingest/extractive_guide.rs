//! Guide without a language model: headings as topics, the first key sentences as summary.

use hearth_documents::split_sentences;
use hearth_domain::{Guide, Revision};

/// Sentences of a summary.
const SUMMARY_SENTENCES: usize = 3;
const MAX_TOPICS: usize = 8;

/// Guide of a revision.
pub(super) fn extract_guide(revision: &Revision) -> Guide {
    let head: String = revision.text.chars().take(20_000).collect();
    let summary: Vec<&str> = split_sentences(&head)
        .into_iter()
        .map(|range| &head[range])
        .filter(|sentence| is_prose(sentence))
        .take(SUMMARY_SENTENCES)
        .collect();
    let mut topics: Vec<String> = Vec::new();
    for section in revision.sections.iter().filter(|section| section.level <= 2) {
        let known = topics.iter().any(|topic| topic.eq_ignore_ascii_case(&section.title));
        if !known && section.title.chars().count() <= 80 {
            topics.push(section.title.clone());
        }
    }
    topics.truncate(MAX_TOPICS);
    Guide { summary: summary.join(" ").replace('\n', " "), topics, ..Guide::default() }
}

/// True for a sentence of prose, not of a list, a table or a table of contents.
fn is_prose(sentence: &str) -> bool {
    let words = sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphabetic)).count();
    let is_line_of_dots = sentence.contains(". . .") || sentence.contains("....");
    !sentence.starts_with(['#', '|', '-', '•', '*'])
        && !is_line_of_dots
        && (8..=60).contains(&words)
        && sentence.ends_with(['.', '!', '?', '。'])
}

#[cfg(test)]
mod tests {
    use super::is_prose;

    #[test]
    fn a_table_of_contents_is_no_prose() {
        assert!(is_prose("Grade II injuries were managed conservatively in all of the series."));
        assert!(!is_prose(
            "Securing and protecting IBM DB2 data . . . . . . . . 1 1.1 Security fundamentals of the system."
        ));
        assert!(!is_prose("| code | meaning of the code | and what is to be done about it. |"));
        assert!(!is_prose("12 14 16 18 20 22 24 26 28 30."));
    }
}
