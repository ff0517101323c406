//! Answers without a language model: the sentences that answer best, verbatim.
//!
//! The weights were chosen on everyday questions and on XQuAD's English questions together; each is the simplest of many
//! that do as well (`hearth eval everyday`, `hearth eval extracts`). The cosine weighs 1.

use std::collections::hash_map::Entry;
use std::collections::{HashMap, HashSet};
use std::time::Instant;

use async_trait::async_trait;
use hearth_domain::{CharRange, CitationMethod, RefusalReason, RevisionId, TextRole, TurnMode, TurnRefusal};

use super::answer::Answer;
use super::answer_strategy::{AnswerStrategy, AnswerTask};
use super::answering_sentences::{drop_duplicates, is_running_head, is_signature, replace_questions};
use super::claim::Support;
use super::comparison::Comparison;
use super::evidence::{Evidence, Sentence, content_words, dot};
use super::expected_answer::ExpectedAnswer;
use super::follow_ups::AnsweredPrompt;
use super::letter_frame::is_letter_frame;
use super::newest_first::{DocumentDate, find_document_date, put_newest_first};
use super::overview_answers::{choose_list, choose_one_per_source};
use super::packing::{PackedPassage, PassageBudget};
use super::question_kind::QuestionKind;
use super::question_terms::{QuestionTerms, WordCredits, collect_hit_tokens};
use super::refusal::refuse_turn;
use super::{Exchange, RunningTurn};
use crate::{Library, LibraryError};

/// Weight of the share of the question's words that the sentence has together with its title and headings.
const CONTEXT_SHARE_WEIGHT: f32 = 0.45;
/// Weight of the share that the sentence has by itself.
const OWN_SHARE_WEIGHT: f32 = 0.1;
/// Weight of the share of the question's pairs of neighbouring words.
const WORD_PAIR_WEIGHT: f32 = 0.22;
/// Weight of the passage's score.
const PASSAGE_WEIGHT: f32 = 0.15;
/// Weight of a value of the quantity that is asked for.
const QUANTITY_WEIGHT: f32 = 0.4;
/// Weight of a date or a time that is asked for.
const TIME_WEIGHT: f32 = 0.1;
/// Weight of the closing of a letter, if the one who signed it is asked for.
const SIGNATURE_WEIGHT: f32 = 0.4;
/// Weight of the share of the question's codes.
const CODE_WEIGHT: f32 = 0.2;
/// Weight against the frame of a letter.
const LETTER_FRAME_WEIGHT: f32 = 0.3;
/// Minimum share of the best sentence's score for the others of an answer.
const MIN_SCORE_RATIO: f32 = 0.65;
/// Maximum sentences of an answer.
const MAX_EXTRACTS: usize = 5;
/// Sentences about each side of a comparison.
const EXTRACTS_PER_SIDE: usize = 2;
/// Sentences that are embedded, under their title and headings.
const COMPARED_SENTENCES: usize = 48;

/// Maximum characters of the passages whose sentences are compared.
const SEARCHED_CHARS: f32 = 12_000.0;

/// Answer by the sentences of the sources.
pub(super) struct ExtractsStrategy {
    pub(super) kind: QuestionKind,
}

#[async_trait]
impl AnswerStrategy for ExtractsStrategy {
    fn mode(&self) -> TurnMode {
        TurnMode::Extracts
    }

    fn trim_history<'a>(&self, _question: &str, history: &'a [Exchange]) -> &'a [Exchange] {
        history
    }

    fn passage_budget(&self, _question: &str, _history: &[Exchange]) -> PassageBudget {
        PassageBudget::Characters(SEARCHED_CHARS)
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
        if let QuestionKind::Comparison(comparison) = kind {
            return self.choose_sides(comparison, packed, evidence).await;
        }
        let mut ranked = self.rank_extracts(question, packed, evidence).await?;
        let dates = self.list_document_dates(packed).await?;
        put_newest_first(&mut ranked, evidence, packed, &dates);
        let highest = ranked.iter().map(|(_, score)| *score).fold(0.0, f32::max);
        let best = ranked.into_iter().filter(|(_, score)| *score > MIN_SCORE_RATIO * highest);
        let best: Vec<usize> = best.map(|(at, _)| at).take(MAX_EXTRACTS).collect();
        if *kind == QuestionKind::List {
            let words = content_words(self.0.index.analyser(), question, None);
            return Ok(choose_list(best, evidence, &words));
        }
        Ok(best)
    }

    /// Dates of the documents of packed passages.
    async fn list_document_dates(
        &self,
        packed: &[PackedPassage],
    ) -> Result<Vec<Option<DocumentDate>>, LibraryError> {
        let mut dates: HashMap<RevisionId, Option<DocumentDate>> = HashMap::new();
        for passage in packed {
            if let Entry::Vacant(unknown) = dates.entry(passage.revision) {
                let revision = self.load_revision(passage.source_id, passage.revision).await?;
                let language = passage.hit.row.language.as_deref();
                unknown.insert(find_document_date(&passage.source_title, &revision.text, language));
            }
        }
        Ok(packed.iter().map(|passage| dates[&passage.revision]).collect())
    }

    /// Sentences about both sides of a comparison, in turns.
    async fn choose_sides(
        &self,
        comparison: &Comparison,
        packed: &[PackedPassage],
        evidence: &Evidence,
    ) -> Result<Vec<usize>, LibraryError> {
        let [left, right] = &comparison.sides;
        let left = self.rank_extracts(left, packed, evidence).await?;
        let right = self.rank_extracts(right, packed, evidence).await?;
        let mut chosen: Vec<usize> = Vec::new();
        for (at, _) in
            left.into_iter().zip(right).take(EXTRACTS_PER_SIDE).flat_map(|(left, right)| [left, right])
        {
            if !chosen.contains(&at) {
                chosen.push(at);
            }
        }
        Ok(chosen)
    }

    /// Ranks the sentences that answer a question: indexes into the evidence, best first, with a score that
    /// is comparable within one result.
    pub(crate) async fn rank_extracts(
        &self,
        question: &str,
        packed: &[PackedPassage],
        evidence: &Evidence,
    ) -> Result<Vec<(usize, f32)>, LibraryError> {
        let analyser = self.0.index.analyser();
        let texts = vec![question.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Query, texts).await?.pop().unwrap_or_default();
        let languages = self.list_question_languages(question).await?;
        let passages: Vec<HashSet<String>> =
            packed.iter().map(|passage| collect_hit_tokens(analyser, &passage.hit)).collect();
        let terms = QuestionTerms::from_question(question, &languages, analyser, &passages);
        let pairs: HashSet<(String, String)> =
            word_pairs(&self.stem_words(question, languages.first().map(String::as_str))).collect();
        let contexts: Vec<WordCredits> = packed
            .iter()
            .map(|passage| {
                let language = passage.hit.row.language.as_deref();
                let tokens = self.stem_words(&passage.title_and_headings(), language);
                terms.credit_words(&tokens.into_iter().collect())
            })
            .collect();
        let expected = ExpectedAnswer::from_question(question);
        let question_words = content_words(analyser, question, languages.first().map(String::as_str));
        let score_sentence = |sentence: &Sentence| -> f32 {
            let language = packed[sentence.passage].hit.row.language.as_deref();
            let stems = self.stem_words(sentence.standalone_text(), language);
            let shared_pairs = word_pairs(&stems).filter(|pair| pairs.contains(pair)).collect::<HashSet<_>>();
            let own = terms.credit_words(&stems.into_iter().collect());
            let weigh = |weight: f32, holds: bool| if holds { weight } else { 0.0 };
            CONTEXT_SHARE_WEIGHT * terms.measure_share(&own.join_credits(&contexts[sentence.passage]))
                + OWN_SHARE_WEIGHT * terms.measure_share(&own)
                + WORD_PAIR_WEIGHT * shared_pairs.len() as f32 / pairs.len().max(1) as f32
                + PASSAGE_WEIGHT * packed[sentence.passage].hit.score
                + weigh(QUANTITY_WEIGHT, expected.has_quantity(sentence, language))
                + weigh(TIME_WEIGHT, expected.has_time(sentence))
                + CODE_WEIGHT * expected.code_share(sentence)
        };
        let mut scored: Vec<(usize, f32)> = evidence
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| !sentence.is_label && sentence.words.len() > 1)
            .filter(|(_, sentence)| !is_running_head(sentence, &question_words))
            .map(|(at, sentence)| {
                let score = if expected.is_signature() && is_signature(evidence, at) {
                    SIGNATURE_WEIGHT
                } else if is_letter_frame(&sentence.text) {
                    -LETTER_FRAME_WEIGHT
                } else {
                    0.0
                };
                (at, score + score_sentence(sentence))
            })
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        // Only the best by words and passages are compared by meaning: vectors take most of the time.
        scored.truncate(COMPARED_SENTENCES);
        let candidates: Vec<usize> = scored.iter().map(|(at, _)| *at).collect();
        for ((_, score), titled) in
            scored.iter_mut().zip(self.embed_with_headings(packed, evidence, &candidates).await?)
        {
            *score += dot(&vector, &titled);
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
        self.embed_sentences(texts.collect()).await
    }
}

fn word_pairs(stems: &[String]) -> impl Iterator<Item = (String, String)> + '_ {
    stems.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()))
}

/// A sentence as part of an answer: on one line, without a list's bullet; a table row with its column names.
fn format_extract(sentence: &Sentence) -> String {
    let flat = sentence.standalone_text().split_whitespace().collect::<Vec<_>>().join(" ");
    match flat.strip_prefix("- ") {
        Some(rest) => rest.to_owned(),
        None => flat,
    }
}
