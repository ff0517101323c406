//! The sentences of an answer, and which of them state something that a source could support.

use std::ops::Range;

use hearth_documents::split_sentences;

use super::list_items::is_list_item;
use super::refusal::is_refusal;

/// Characters at which a sentence may end.
pub(super) const SENTENCE_ENDS: &[char] = &['.', '!', '?', '\n', '。', '！', '？', '؟', '…', '|'];

/// Minimum words of a claim; a shorter sentence states nothing that could be supported.
const MIN_CLAIM_WORDS: usize = 4;

/// Maximum words of an exclamation that states nothing: "Sure, happy to help!"
const MAX_EXCLAMATION_WORDS: usize = 5;
/// Openings of sentences about the answer itself.
const TALK_OPENINGS: &[&str] = &[
    "i mean",
    "i meant",
    "by that i mean",
    "i was referring",
    "i am referring",
    "i'm referring",
    "let me know",
    "feel free",
    "damit meine ich",
    "damit meinte ich",
    "ich meine",
    "ich meinte",
    "gern geschehen",
    "sag mir",
    "it is the passage",
    "that is the passage",
    "this is the passage",
    "das ist die stelle",
    "das ist der abschnitt",
    "c'est le passage",
    "par là",
    "je veux dire",
    "je voulais dire",
    "n'hésitez pas",
    "dites-moi",
    "quiero decir",
    "me refiero",
    "no dudes",
    "intendo",
    "ik bedoel",
];

/// A sentence of an answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct AnswerSentence {
    /// Bytes of the answer.
    pub(super) range: Range<usize>,
    /// Bytes of the lead-in above a list whose item this is: "The following is not covered:".
    pub(super) lead_in: Option<Range<usize>>,
    /// True if the sentence states something: no heading, lead-in, question, code, table header or refusal.
    pub(super) is_claim: bool,
}

/// Sentences of an answer in Markdown.
pub(super) fn split_answer(answer: &str) -> Vec<AnswerSentence> {
    let code = find_code_blocks(answer);
    let is_in_code = |range: &Range<usize>| code.iter().any(|block| block.contains(&range.start));
    let mut lead_in: Option<Range<usize>> = None;
    let sentences = split_sentences(answer).into_iter().map(|range| {
        let text = &answer[range.clone()];
        let is_table_header = text.starts_with('|') && answer[range.end..].trim_start().starts_with("| ---");
        let is_claim = !is_in_code(&range) && !is_table_header && states_something(text);
        if text.trim_end().ends_with([':', '：']) {
            lead_in = Some(range.clone());
        } else if !is_list_item(text) {
            lead_in = None;
        }
        let lead_in = lead_in.clone().filter(|above| *above != range);
        AnswerSentence { range, lead_in, is_claim }
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
        && !is_talk(bare)
        && !is_refusal(sentence)
}

/// True for a courtesy or a remark about the answer itself: a short exclamation, "I mean …".
fn is_talk(sentence: &str) -> bool {
    let lower = sentence.to_lowercase().replace('’', "'");
    let words = lower.split_whitespace().count();
    let has_digit = lower.contains(|c: char| c.is_ascii_digit());
    let is_exclamation = lower.ends_with('!') && words <= MAX_EXCLAMATION_WORDS && !has_digit;
    is_exclamation || TALK_OPENINGS.iter().any(|opening| lower.starts_with(opening))
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
        assert!(claims("Sure, I am happy to!").is_empty());
        assert!(claims("Damit meine ich die Stelle über den Keller.").is_empty());
        assert!(claims("The tank must never, ever be filled with rainwater!").len() == 1);
        assert!(claims("I don't find that in your sources.").is_empty());
        assert!(claims("| Code | Meaning | What to do |\n| --- | --- | --- |\n").is_empty());
        assert!(claims("```\nlet pump = start the pump now;\n```\n").is_empty());
    }

    #[test]
    fn items_of_a_list_know_their_lead_in() {
        let answer =
            "Not covered:\n\n* damage by frost\n* damage by rodents\n\nThe rest is covered for two years.";
        let lead_ins: Vec<Option<&str>> =
            split_answer(answer).into_iter().map(|s| s.lead_in.map(|range| &answer[range])).collect();
        assert_eq!(lead_ins, [None, Some("Not covered:"), Some("Not covered:"), None]);
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
