//! Answers without a language model: the sentences that answer best, verbatim.
//!
//! The weights were chosen on XQuAD's English questions, the whole collection as one notebook
//! (`hearth eval extracts`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use async_trait::async_trait;
use hearth_domain::{CharRange, CitationMethod, RefusalReason, TextRole, TurnMode, TurnRefusal};

use super::answer::Answer;
use super::answer_strategy::{AnswerStrategy, AnswerTask};
use super::claim::Support;
use super::evidence::{Evidence, Sentence, content_words};
use super::expected_answer::ExpectedAnswer;
use super::follow_ups::AnsweredPrompt;
use super::overview_answers::{choose_list, choose_one_per_source};
use super::packing::PackedPassage;
use super::question_kind::QuestionKind;
use super::refusal::refuse_turn;
use super::{Exchange, RunningTurn};
use crate::{Library, LibraryError};

/// Weight of the cosine of the sentence under its title and headings.
const TITLED_COSINE_WEIGHT: f32 = 1.04;
/// Weight of BM25 among the sentences.
const BM25_WEIGHT: f32 = 0.25;
/// Weight of the share of the question's words, by rarity.
const COVERAGE_WEIGHT: f32 = 0.12;
/// Weight of the share of the question's pairs of neighbouring words.
const WORD_PAIR_WEIGHT: f32 = 0.49;
/// Weight of the passage's score.
const PASSAGE_WEIGHT: f32 = 1.06;
/// Weight of the expected kind of answer.
const EXPECTED_ANSWER_WEIGHT: f32 = 0.11;
/// Minimum share of the best sentence's score for the others of an answer.
const MIN_SCORE_RATIO: f32 = 0.75;
/// Maximum sentences of an answer.
const MAX_EXTRACTS: usize = 5;
/// Sentences that are embedded, under their title and headings.
const COMPARED_SENTENCES: usize = 48;

/// Maximum tokens of the passages whose sentences are compared.
const SEARCHED_TOKENS: u32 = 4000;

/// Terms of a question that are compared with sentences.
struct QuestionTerms {
    /// Forms and rarity of each word.
    words: Vec<(Vec<String>, f32)>,
    pairs: HashSet<(String, String)>,
}

/// Answer by the sentences of the sources.
pub(super) struct ExtractsStrategy {
    pub(super) kind: QuestionKind,
}

#[async_trait]
impl AnswerStrategy for ExtractsStrategy {
    fn mode(&self) -> TurnMode {
        TurnMode::Extracts
    }

    fn trim_history<'a>(
        &self,
        _library: &Library,
        _question: &str,
        history: &'a [Exchange],
    ) -> &'a [Exchange] {
        history
    }

    fn passage_token_budget(&self, _library: &Library, _question: &str, _history: &[Exchange]) -> u32 {
        SEARCHED_TOKENS
    }

    async fn answer(
        &self,
        library: &Library,
        task: AnswerTask<'_>,
    ) -> Result<Option<AnsweredPrompt>, LibraryError> {
        task.publishing.await?;
        library.answer_with_extracts(&self.kind, task.running, task.passages, task.started).await?;
        Ok(None)
    }
}

impl Library {
    /// Answers with the best sentences, the best first.
    async fn answer_with_extracts(
        &self,
        kind: &QuestionKind,
        running: &RunningTurn,
        packed: &[PackedPassage],
        started: Instant,
    ) -> Result<(), LibraryError> {
        let turn = running.current_turn();
        let question = turn.searched_for.unwrap_or(turn.question);
        let evidence = self.collect_evidence(packed);
        let best = self.choose_extracts(kind, &question, packed, &evidence).await?;
        if best.is_empty() {
            refuse_turn(running, TurnRefusal::new(RefusalReason::NotFound));
            return Ok(());
        }
        let mut answer = Answer::new(self, running, packed, false).await?;
        for (nth, at) in best.into_iter().enumerate() {
            let sentence = &evidence.sentences[at];
            if nth == 0 {
                answer.note_first_token(started);
            } else {
                answer.append_text("\n\n");
            }
            let start = answer.len();
            answer.append_text(&format_extract(sentence));
            let support = Support { passage: sentence.passage, range: sentence.range };
            answer.add_citation(CharRange::new(start, answer.len()), support, CitationMethod::Alignment);
        }
        Ok(())
    }

    /// Chooses the sentences of an answer: indexes into the evidence, in the order of the answer.
    async fn choose_extracts(
        &self,
        kind: &QuestionKind,
        question: &str,
        packed: &[PackedPassage],
        evidence: &Evidence,
    ) -> Result<Vec<usize>, LibraryError> {
        if *kind == QuestionKind::Overview {
            return self.choose_overview(packed, evidence).await;
        }
        if let QuestionKind::Mentions { words, .. } = kind {
            let ranked = self.rank_extracts(&words.join(" "), packed, evidence).await?;
            let ranked: Vec<usize> = ranked.into_iter().map(|(at, _)| at).collect();
            return Ok(choose_one_per_source(&ranked, packed, evidence));
        }
        let ranked = self.rank_extracts(question, packed, evidence).await?;
        let highest = ranked.first().map_or(0.0, |(_, score)| *score);
        let best = ranked.into_iter().filter(|(_, score)| *score > MIN_SCORE_RATIO * highest);
        let best: Vec<usize> = best.map(|(at, _)| at).take(MAX_EXTRACTS).collect();
        if *kind == QuestionKind::List {
            let words = content_words(self.0.index.analyser(), question, None);
            return Ok(choose_list(best, evidence, &words));
        }
        Ok(best)
    }

    /// Ranks the sentences that answer a question: indexes into the evidence, best first, with a score that
    /// is comparable within one result.
    pub(crate) async fn rank_extracts(
        &self,
        question: &str,
        packed: &[PackedPassage],
        evidence: &Evidence,
    ) -> Result<Vec<(usize, f32)>, LibraryError> {
        let texts = vec![question.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Query, texts).await?.pop().unwrap_or_default();
        let languages = self.0.store.list_languages().await?;
        let question_terms = QuestionTerms {
            words: self.0.index.weigh_words(question, &languages, 0)?,
            pairs: word_pairs(&self.stem_words(question, languages.first().map(String::as_str))).collect(),
        };
        let stems: Vec<Vec<String>> = evidence
            .sentences
            .iter()
            .map(|sentence| {
                self.stem_words(
                    sentence.standalone_text(),
                    packed[sentence.passage].hit.row.language.as_deref(),
                )
            })
            .collect();
        let (lexical, covered) = score_words(&question_terms, &stems);
        let highest = lexical.iter().copied().fold(1e-6, f32::max);
        let expected = ExpectedAnswer::from_question(question);
        let question_words =
            content_words(self.0.index.analyser(), question, languages.first().map(String::as_str));
        let cosine = |other: &[f32]| -> f32 { vector.iter().zip(other).map(|(a, b)| a * b).sum() };
        let mut scored: Vec<(usize, f32)> = evidence
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| !sentence.is_label && sentence.words.len() > 1)
            .filter(|(_, sentence)| !is_running_head(sentence, &question_words))
            .map(|(at, sentence)| {
                let sentence_pairs = word_pairs(&stems[at]).collect::<HashSet<_>>();
                let shared = question_terms.pairs.intersection(&sentence_pairs).count() as f32;
                let score = BM25_WEIGHT * lexical[at] / highest
                    + COVERAGE_WEIGHT * covered[at]
                    + WORD_PAIR_WEIGHT * shared / question_terms.pairs.len().max(1) as f32
                    + PASSAGE_WEIGHT * packed[sentence.passage].hit.score
                    + if expected.is_in_sentence(&sentence.text, question) {
                        EXPECTED_ANSWER_WEIGHT
                    } else {
                        0.0
                    };
                (at, score)
            })
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        // Only the best by words and passages are compared by meaning: vectors take most of the time.
        scored.truncate(COMPARED_SENTENCES);
        let candidates: Vec<usize> = scored.iter().map(|(at, _)| *at).collect();
        for ((_, score), titled) in
            scored.iter_mut().zip(self.embed_with_headings(packed, evidence, &candidates).await?)
        {
            *score += TITLED_COSINE_WEIGHT * cosine(&titled);
        }
        let mut scored = replace_questions(scored, &evidence.sentences, &question_words);
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(drop_duplicates(scored, evidence))
    }

    fn stem_words(&self, text: &str, language: Option<&str>) -> Vec<String> {
        self.0.index.analyser().tokenise_text(text, language).into_iter().map(|token| token.text).collect()
    }

    /// Vectors of sentences under their title and headings.
    async fn embed_with_headings(
        &self,
        packed: &[PackedPassage],
        evidence: &Evidence,
        sentences: &[usize],
    ) -> Result<Vec<Vec<f32>>, LibraryError> {
        let texts = sentences.iter().map(|at| {
            let sentence = &evidence.sentences[*at];
            format!(
                "{}: {}",
                packed[sentence.passage].title_and_headings().replace('_', " "),
                sentence.standalone_text()
            )
        });
        Ok(self.0.embedder().embed(TextRole::Passage, texts.collect()).await?)
    }
}

fn word_pairs(stems: &[String]) -> impl Iterator<Item = (String, String)> + '_ {
    stems.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()))
}

/// BM25 of each sentence, and the share of the question's words that it has.
fn score_words(question_terms: &QuestionTerms, sentences: &[Vec<String>]) -> (Vec<f32>, Vec<f32>) {
    let total: f32 = question_terms.words.iter().map(|(_, rarity)| rarity).sum();
    let average = sentences.iter().map(Vec::len).sum::<usize>() as f32 / sentences.len().max(1) as f32;
    let mut scores = Vec::new();
    let mut covered = Vec::new();
    for sentence in sentences {
        let mut counts: HashMap<&str, f32> = HashMap::new();
        for stem in sentence {
            *counts.entry(stem).or_default() += 1.0;
        }
        let norm = 0.9 * (1.0 - 0.4 + 0.4 * sentence.len() as f32 / average.max(1.0));
        let (mut score, mut share) = (0.0, 0.0);
        for (forms, rarity) in &question_terms.words {
            let count: f32 = forms.iter().filter_map(|form| counts.get(form.as_str())).sum();
            if count > 0.0 {
                score += rarity * count * 1.9 / (count + norm);
                share += rarity;
            }
        }
        scores.push(score);
        covered.push(share / total.max(1e-6));
    }
    (scores, covered)
}

/// A text up to its last letter or mark: without closing quotation marks and brackets.
fn trim_closing_marks(text: &str) -> &str {
    text.trim_end_matches(['"', '”', '’', '»', '」', ')', '）', '*'])
}

fn is_question(sentence: &Sentence) -> bool {
    trim_closing_marks(&sentence.text).ends_with(['?', '？'])
}

/// True if a text is no sentence and has only words of the question: a running head, an entry of a table of
/// contents.
fn is_running_head(sentence: &Sentence, question_words: &HashSet<String>) -> bool {
    let is_complete = trim_closing_marks(&sentence.text).ends_with(['.', '!', '?', '…', '。', '！', '？']);
    !is_complete && sentence.words.is_subset(question_words)
}

/// Replaces questions by the sentences that follow them. A question in a source is as near to the one asked
/// as can be, and answers nothing: the text after it does, in an interview as in a list of questions.
/// Questions stay only if there is nothing else.
fn replace_questions(
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
fn drop_duplicates(scored: Vec<(usize, f32)>, evidence: &Evidence) -> Vec<(usize, f32)> {
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

/// A sentence as part of an answer: on one line, without a list's bullet; a table row with its column names.
fn format_extract(sentence: &Sentence) -> String {
    let flat = sentence.standalone_text().split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.strip_prefix("- ") {
        Some(rest) => rest.to_owned(),
        None => flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use hearth_facts::Facts;

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
