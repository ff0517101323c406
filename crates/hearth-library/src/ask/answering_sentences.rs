//! Which sentences may answer: no running heads, no repetitions, and what follows on a question in its place.

use std::collections::{BTreeMap, HashSet};

use super::evidence::{Evidence, Sentence};
use super::letter_frame::is_closing;

/// A text up to its last letter or mark: without closing quotation marks and brackets.
fn trim_closing_marks(text: &str) -> &str {
    text.trim_end_matches(['"', '”', '’', '»', '」', ')', '）', '*'])
}

fn is_question(sentence: &Sentence) -> bool {
    trim_closing_marks(&sentence.text).ends_with(['?', '？'])
}

/// True for the closing of a letter and for what stands below it.
pub(super) fn is_signature(evidence: &Evidence, at: usize) -> bool {
    let sentence = &evidence.sentences[at];
    let is_below = |before: &Sentence| before.passage == sentence.passage && is_closing(&before.text);
    is_closing(&sentence.text)
        || at.checked_sub(1).is_some_and(|before| is_below(&evidence.sentences[before]))
}

/// True if a text is no sentence and has only words of the question: a running head, an entry of a table of
/// contents.
pub(super) fn is_running_head(sentence: &Sentence, question_words: &HashSet<String>) -> bool {
    let is_complete = trim_closing_marks(&sentence.text).ends_with(['.', '!', '?', '…', '。', '！', '？']);
    !is_complete && sentence.words.is_subset(question_words)
}

/// Replaces questions by the sentences that follow them. A question in a source is as near to the one asked
/// as can be, and answers nothing: the text after it does, in an interview as in a list of questions.
/// Questions stay only if there is nothing else.
pub(super) fn replace_questions(
    scored: Vec<(usize, f32)>,
    sentences: &[Sentence],
    question_words: &HashSet<String>,
) -> Vec<(usize, f32)> {
    let mut answers: BTreeMap<usize, f32> =
        scored.iter().filter(|(at, _)| !is_question(&sentences[*at])).copied().collect();
    for (at, score) in scored.iter().filter(|(at, _)| is_question(&sentences[*at])) {
        let passage = sentences[*at].passage;
        let mut following = (at + 1..sentences.len()).take_while(|next| sentences[*next].passage == passage);
        let may_answer = |next: &usize| {
            let next = &sentences[*next];
            !is_question(next)
                && !next.is_label
                && !next.words.is_empty()
                && !is_running_head(next, question_words)
        };
        if let Some(next) = following.find(may_answer) {
            let best_score = answers.entry(next).or_insert(*score);
            *best_score = best_score.max(*score);
        }
    }
    if answers.is_empty() { scored } else { answers.into_iter().collect() }
}

/// Removes sentences that repeat a better one.
pub(super) fn drop_duplicates(scored: Vec<(usize, f32)>, evidence: &Evidence) -> Vec<(usize, f32)> {
    let mut distinct: Vec<(usize, f32)> = Vec::new();
    for (at, score) in scored {
        let words = &evidence.sentences[at].words;
        let is_duplicate = distinct.iter().any(|(better, _)| {
            let better = &evidence.sentences[*better].words;
            words.intersection(better).count() * 10 > 8 * words.len().max(better.len())
        });
        if !is_duplicate {
            distinct.push((at, score));
        }
    }
    distinct
}

#[cfg(test)]
mod tests {
    use hearth_domain::CharRange;
    use hearth_facts::Facts;

    use super::*;

    fn make_sentence(passage: usize, text: &str) -> Sentence {
        Sentence {
            passage,
            range: CharRange::new(0, 0),
            text: text.to_owned(),
            labelled_row: None,
            words: text.split_whitespace().map(|word| word.trim_matches('.').to_lowercase()).collect(),
            vector: Vec::new(),
            facts: Facts::default(),
            speaker: None,
            is_label: text.starts_with('#'),
        }
    }

    #[test]
    fn a_running_head_answers_nothing() {
        let asked = ["burner", "care"].map(str::to_owned).into();
        assert!(is_running_head(&make_sentence(0, "Burner care"), &asked));
        assert!(!is_running_head(&make_sentence(0, "Burner care."), &asked), "it may say yes");
        assert!(!is_running_head(&make_sentence(0, "Burner care 12 EUR"), &asked));
    }

    #[test]
    fn what_follows_on_a_question_answers_it() {
        let all = [
            make_sentence(0, "(How often is it cleaned?)"),
            make_sentence(0, "Burner care"),
            make_sentence(0, "Once a year."),
            make_sentence(0, "By whom?"),
            make_sentence(1, "# Care"),
            make_sentence(1, "Use a brush."),
        ];
        let asked = ["burner", "care"].map(str::to_owned).into();
        let mut found = replace_questions(vec![(0, 2.0), (3, 1.5), (5, 1.0)], &all, &asked);
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert_eq!(found, [(2, 2.0), (5, 1.0)]);
        assert_eq!(replace_questions(vec![(3, 1.5)], &all, &asked), [(3, 1.5)], "there is nothing else");
        assert_eq!(replace_questions(Vec::new(), &all, &asked), []);
    }
}
