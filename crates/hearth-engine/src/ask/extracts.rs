//! Answers without a language model: the sentences that answer best, as they stand.
//!
//! The weights were chosen on XQuAD's English questions, the whole collection as one notebook
//! (`hearth eval extracts`).

use std::collections::{BTreeMap, HashMap, HashSet};
use std::time::Instant;

use hearth_domain::{CharRange, FoundBy, TextRole};

use super::RunningTurn;
use super::align::{Evidence, Sentence, Support, content_words};
use super::answer::Answer;
use super::expected::Expected;
use super::pack::Packed;
use super::turn::NOTHING;
use crate::{Engine, EngineError};

/// Cosine of the sentence alone, and under its title and headings.
const ALONE: f32 = 0.14;
const TITLED: f32 = 1.04;
/// BM25 among the sentences, and the share of the question's words by rarity.
const WORDS: f32 = 0.25;
const COVERED: f32 = 0.12;
/// Share of the question's pairs of neighbouring words.
const PAIRS: f32 = 0.49;
/// How good its passage is.
const PASSAGE: f32 = 1.06;
/// Whether it has the kind of thing that is asked for.
const EXPECTED: f32 = 0.11;
/// Share of the best sentence's score that the others of an answer must have.
const WORTH: f32 = 0.75;
/// Sentences of an answer.
const EXTRACTS: usize = 5;
/// Sentences that are read with what stands around them.
const CLOSELY: usize = 48;

/// What of a question is compared with sentences.
struct Asked {
    /// Each word's forms and rarity.
    words: Vec<(Vec<String>, f32)>,
    pairs: HashSet<(String, String)>,
}

impl Engine {
    /// Answers with the best sentences: grouped by where they stand, in reading order.
    pub(super) async fn extract(
        &self,
        running: &RunningTurn,
        packed: &[Packed],
        started: Instant,
    ) -> Result<(), EngineError> {
        let question = running.turn().question;
        let evidence = self.evidence(packed).await?;
        let mut best = self.extracts(&question, packed, &evidence).await?;
        let highest = best.first().map_or(0.0, |(_, score)| *score);
        best.truncate(EXTRACTS);
        best.retain(|(_, score)| *score > WORTH * highest);
        let mut answer = Answer::new(self, running, packed).await?;
        if best.is_empty() {
            answer.append(NOTHING);
            return Ok(());
        }
        // Best passage first; within one passage as its author ordered them.
        let rank_of = |at: usize| {
            let passage = evidence.sentences[at].passage;
            best.iter().position(|(other, _)| evidence.sentences[*other].passage == passage)
        };
        let mut order: Vec<usize> = best.iter().map(|(at, _)| *at).collect();
        // Rows of a table are no story: the one that answers comes first.
        let place = |at: usize| {
            if evidence.sentences[at].text.starts_with('|') {
                None
            } else {
                Some(evidence.sentences[at].range.start)
            }
        };
        order.sort_by_key(|at| (rank_of(*at), place(*at)));
        for (nth, at) in order.into_iter().enumerate() {
            let sentence = &evidence.sentences[at];
            let text = sentence.range.slice(answer.revision_text(sentence.passage)).unwrap_or(&sentence.text);
            let text = shown(text);
            if nth == 0 {
                let ms = started.elapsed().as_millis() as u32;
                running.change(|turn| turn.timings.first_token_ms = Some(ms));
            } else {
                answer.append("\n\n");
            }
            let start = answer.len();
            answer.append(&text);
            let support = Support { passage: sentence.passage, range: sentence.range, score: 1.0 };
            answer.cite(CharRange::new(start, answer.len()), support, FoundBy::Alignment);
        }
        Ok(())
    }

    /// The sentences that answer a question best: indexes into the evidence, best first, with a
    /// score that is comparable within one result.
    pub(crate) async fn extracts(
        &self,
        question: &str,
        packed: &[Packed],
        evidence: &Evidence,
    ) -> Result<Vec<(usize, f32)>, EngineError> {
        let texts = vec![question.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Query, texts).await?.pop().unwrap_or_default();
        let languages = self.0.store.languages().await?;
        let asked = Asked {
            words: self.0.index.rarities(question, &languages, 0)?,
            pairs: pairs(&self.stems(question, languages.first().map(String::as_str))).collect(),
        };
        let stems: Vec<Vec<String>> = evidence
            .sentences
            .iter()
            .map(|sentence| self.stems(&sentence.text, packed[sentence.passage].hit.row.language.as_deref()))
            .collect();
        let (lexical, covered) = by_words(&asked, &stems);
        let highest = lexical.iter().copied().fold(1e-6, f32::max);
        let expected = Expected::of(question);
        let named = content_words(self.0.index.analyser(), question, languages.first().map(String::as_str));
        let cosine = |other: &[f32]| -> f32 { vector.iter().zip(other).map(|(a, b)| a * b).sum() };
        let mut scored: Vec<(usize, f32)> = evidence
            .sentences
            .iter()
            .enumerate()
            .filter(|(_, sentence)| !sentence.is_label && sentence.words.len() > 1)
            .filter(|(_, sentence)| !only_names(sentence, &named))
            .map(|(at, sentence)| {
                let paired = pairs(&stems[at]).collect::<HashSet<_>>();
                let shared = asked.pairs.intersection(&paired).count() as f32;
                let score = ALONE * cosine(&sentence.vector)
                    + WORDS * lexical[at] / highest
                    + COVERED * covered[at]
                    + PAIRS * shared / asked.pairs.len().max(1) as f32
                    + PASSAGE * packed[sentence.passage].hit.score
                    + if expected.stands_in(&sentence.text, question) { EXPECTED } else { 0.0 };
                (at, score)
            })
            .collect();
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        scored.truncate(CLOSELY);
        let closely: Vec<usize> = scored.iter().map(|(at, _)| *at).collect();
        for ((_, score), titled) in scored.iter_mut().zip(self.titled(packed, evidence, &closely).await?) {
            *score += TITLED * cosine(&titled);
        }
        let mut scored = answering(scored, &evidence.sentences, &named);
        scored.sort_by(|a, b| b.1.total_cmp(&a.1));
        Ok(distinct(scored, evidence))
    }

    fn stems(&self, text: &str, language: Option<&str>) -> Vec<String> {
        self.0.index.analyser().tokens(text, language).into_iter().map(|token| token.text).collect()
    }

    /// The vectors of sentences under the title and the headings that they stand under.
    async fn titled(
        &self,
        packed: &[Packed],
        evidence: &Evidence,
        sentences: &[usize],
    ) -> Result<Vec<Vec<f32>>, EngineError> {
        let texts = sentences.iter().map(|at| {
            let own = &evidence.sentences[*at];
            format!("{}: {}", packed[own.passage].heading().replace('_', " "), own.text)
        });
        Ok(self.0.embedder().embed(TextRole::Passage, texts.collect()).await?)
    }
}

fn pairs(stems: &[String]) -> impl Iterator<Item = (String, String)> + '_ {
    stems.windows(2).map(|pair| (pair[0].clone(), pair[1].clone()))
}

/// For each sentence BM25, and the share of the question's words that it has.
fn by_words(asked: &Asked, sentences: &[Vec<String>]) -> (Vec<f32>, Vec<f32>) {
    let total: f32 = asked.words.iter().map(|(_, rarity)| rarity).sum();
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
        for (forms, rarity) in &asked.words {
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

/// A text up to its last letter or mark: without what closes a quotation or a bracket.
fn unclosed(text: &str) -> &str {
    text.trim_end_matches(['"', '”', '’', '»', '」', ')', '）', '*'])
}

fn is_question(sentence: &Sentence) -> bool {
    unclosed(&sentence.text).ends_with(['?', '？'])
}

/// Whether it is no sentence, and names only what was asked about: a running head, an entry of the contents.
fn only_names(sentence: &Sentence, asked: &HashSet<String>) -> bool {
    let is_whole = unclosed(&sentence.text).ends_with(['.', '!', '?', '…', '。', '！', '？']);
    !is_whole && sentence.words.is_subset(asked)
}

/// A question in a source is as near to the one that is asked as can be, and answers nothing: what follows on it does, in an
/// interview as in a list of questions. Questions stay only where there is nothing else.
fn answering(
    scored: Vec<(usize, f32)>,
    sentences: &[Sentence],
    asked: &HashSet<String>,
) -> Vec<(usize, f32)> {
    let mut answers: BTreeMap<usize, f32> =
        scored.iter().filter(|(at, _)| !is_question(&sentences[*at])).copied().collect();
    for (at, score) in scored.iter().filter(|(at, _)| is_question(&sentences[*at])) {
        let passage = sentences[*at].passage;
        let mut follow = (at + 1..sentences.len()).take_while(|next| sentences[*next].passage == passage);
        let may_answer = |next: &usize| {
            let next = &sentences[*next];
            !is_question(next) && !next.is_label && !next.words.is_empty() && !only_names(next, asked)
        };
        if let Some(next) = follow.find(may_answer) {
            let own = answers.entry(next).or_insert(*score);
            *own = own.max(*score);
        }
    }
    if answers.is_empty() { scored } else { answers.into_iter().collect() }
}

/// Without sentences that say what a better one says.
fn distinct(scored: Vec<(usize, f32)>, evidence: &Evidence) -> Vec<(usize, f32)> {
    let mut kept: Vec<(usize, f32)> = Vec::new();
    for (at, score) in scored {
        let own = &evidence.sentences[at].words;
        let said = kept.iter().any(|(other, _)| {
            let other = &evidence.sentences[*other].words;
            own.intersection(other).count() * 10 > 8 * own.len().max(other.len())
        });
        if !said {
            kept.push((at, score));
        }
    }
    kept
}

/// A sentence as part of an answer: on one line, without its list's bullet or its table's bars.
fn shown(text: &str) -> String {
    let flat = text.split_whitespace().collect::<Vec<_>>().join(" ");
    if let Some(row) = flat.strip_prefix('|') {
        let cells = row.trim_end_matches('|').split('|').map(str::trim);
        return cells.filter(|cell| !cell.is_empty()).collect::<Vec<_>>().join(" · ");
    }
    match flat.strip_prefix("- ") {
        Some(rest) => rest.to_owned(),
        None => flat,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sentence(passage: usize, text: &str) -> Sentence {
        Sentence {
            passage,
            range: CharRange::new(0, 0),
            text: text.to_owned(),
            words: text.split_whitespace().map(|word| word.trim_matches('.').to_lowercase()).collect(),
            vector: Vec::new(),
            speaker: None,
            is_label: text.starts_with('#'),
        }
    }

    #[test]
    fn a_running_head_answers_nothing() {
        let asked = ["burner", "care"].map(str::to_owned).into();
        assert!(only_names(&sentence(0, "Burner care"), &asked));
        assert!(!only_names(&sentence(0, "Burner care."), &asked), "it may say yes");
        assert!(!only_names(&sentence(0, "Burner care 12 EUR"), &asked));
    }

    #[test]
    fn what_follows_on_a_question_answers_it() {
        let all = [
            sentence(0, "(How often is it cleaned?)"),
            sentence(0, "Burner care"),
            sentence(0, "Once a year."),
            sentence(0, "By whom?"),
            sentence(1, "# Care"),
            sentence(1, "Use a brush."),
        ];
        let asked = ["burner", "care"].map(str::to_owned).into();
        let mut found = answering(vec![(0, 2.0), (3, 1.5), (5, 1.0)], &all, &asked);
        found.sort_by(|a, b| b.1.total_cmp(&a.1));
        assert_eq!(found, [(2, 2.0), (5, 1.0)]);
        assert_eq!(answering(vec![(3, 1.5)], &all, &asked), [(3, 1.5)], "there is nothing else");
        assert_eq!(answering(Vec::new(), &all, &asked), []);
    }
}
