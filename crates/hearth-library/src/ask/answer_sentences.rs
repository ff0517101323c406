//! The sentences of an answer, and which of them state something that a source could support.

use std::ops::Range;

use hearth_documents::split_sentences;

use super::refusal::is_refusal;

/// Minimum words of a claim; a shorter sentence states nothing that could be supported.
const MIN_CLAIM_WORDS: usize = 4;

/// A sentence of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AnswerSentence {
    /// Bytes of the answer.
    pub(super) range: Range<usize>,
    /// True if the sentence states something: no heading, lead-in, question, code, table header or refusal.
    pub(super) is_claim: bool,
}

/// Sentences of an answer in Markdown.
pub(super) fn split_answer(answer: &str) -> Vec<AnswerSentence> {
    let code = find_code_blocks(answer);
    let is_in_code = |range: &Range<usize>| code.iter().any(|block| block.contains(&range.start));
    let sentences = split_sentences(answer).into_iter().map(|range| {
        let text = &answer[range.clone()];
        let is_table_header = text.starts_with('|') && answer[range.end..].trim_start().starts_with("| ---");
        let is_claim = !is_in_code(&range) && !is_table_header && states_something(text);
        AnswerSentence { range, is_claim }
    });
    sentences.collect()
}

/// Bytes of the fenced code blocks; one without an end reaches to the end of the text.
fn find_code_blocks(text: &str) -> Vec<Range<usize>> {
    let mut blocks = Vec::new();
    let mut open: Option<usize> = None;
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        if line.trim_start().starts_with("```") || line.trim_start().starts_with("~~~") {
            match open.take() {
                Some(start) => blocks.push(start..at + line.len()),
                None => open = Some(at),
            }
        }
        at += line.len();
    }
    blocks.extend(open.map(|start| start..text.len()));
    blocks
}

/// True if a sentence states something that a source could support.
fn states_something(sentence: &str) -> bool {
    let words = sentence.split_whitespace().filter(|word| word.chars().any(char::is_alphanumeric)).count();
    let bare = sentence.trim_end_matches(['*', '_', '"', '”', '»', ')', ' ']);
    let is_open = bare.ends_with([':', '?', '？', '؟', '：']);
    let is_heading = sentence.starts_with('#') || (sentence.starts_with("**") && sentence.ends_with("**"));
    let is_unspaced = sentence.chars().any(|c| ('\u{2e80}'..'\u{a000}').contains(&c));
    (words >= MIN_CLAIM_WORDS || (is_unspaced && sentence.chars().count() >= 2 * MIN_CLAIM_WORDS))
        && !is_open
        && !is_heading
        && !is_refusal(sentence)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The sentences that are claims.
    fn claims(answer: &str) -> Vec<&str> {
        split_answer(answer).into_iter().filter(|s| s.is_claim).map(|s| &answer[s.range]).collect()
    }

    #[test]
    fn what_states_nothing_is_no_claim() {
        assert!(claims("## Rules of the house\n\nHere is what it says:\n").is_empty());
        assert!(claims("Would you like to know more?").is_empty());
        assert!(claims("**The rules of the house**").is_empty());
        assert!(claims("Gladly!").is_empty());
        assert!(claims("I don't find that in your sources.").is_empty());
        assert!(claims("| Code | Meaning | What to do |\n| --- | --- | --- |\n").is_empty());
        assert!(claims("```\nlet pump = start the pump now;\n```\n").is_empty());
    }

    #[test]
    fn statements_in_lists_and_tables_are_claims() {
        let list = "- The pump weighs 12.4 kg\n- It lifts water from up to 8 m\n";
        assert_eq!(claims(list), ["- The pump weighs 12.4 kg", "- It lifts water from up to 8 m"]);
        let table = "| Code | Meaning |\n| --- | --- |\n| F62 | Gas valve does not close |\n";
        assert_eq!(claims(table), ["| F62 | Gas valve does not close |"]);
        assert_eq!(claims("水泵重十二公斤。"), ["水泵重十二公斤。"]);
    }
}
