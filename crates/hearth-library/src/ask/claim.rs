//! Claims: the sentences of an answer that state something, and the sentences of the sources that support them.
//!
//! One claim may rest on several sentences ("The lease ends in March and the rent is 890 euros"): after the best
//! one, those are added that have the facts and words which the others lack.

use std::collections::{HashMap, HashSet};

use hearth_domain::{CharOffset, CharRange, TextRole};
use hearth_facts::Facts;
use hearth_index::Analyser;

use super::contradiction::is_consistent;
use super::denial::{has_opposite_denial, is_denied_completely, split_at_marks};
use super::evidence::{Evidence, Sentence, content_words, dot};
use super::measures::has_other_measure;
use super::speakers::strip_speaker_numbers;
use crate::{Library, LibraryError};

/// Weight of the cosine; the rest is the weight of shared words.
const COSINE_WEIGHT: f32 = 0.6;
/// Weight of the share of the claim's facts that a sentence has.
const FACT_WEIGHT: f32 = 0.15;
/// Threshold of support for a citation without a marker.
const UNMARKED_SUPPORT_THRESHOLD: f32 = 0.6;
/// Threshold of support for a passage that the model marked.
const MARKED_SUPPORT_THRESHOLD: f32 = 0.3;
/// Threshold for a claim whose facts the marked passage has.
const MARKED_FACT_THRESHOLD: f32 = 0.15;
/// Minimum content words of a clause that is compared by itself.
const MIN_CLAUSE_WORDS: usize = 3;
/// Maximum sentences that support one claim.
const MAX_SUPPORTS: usize = 4;
/// Minimum share of the claim's words that another sentence must add.
const MIN_ADDED_RATIO: f32 = 0.25;

/// A quote that supports a claim.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Support {
    pub(crate) passage: usize,
    pub(crate) range: CharRange,
}

/// A claim, ready for comparison.
struct Claim<'a> {
    text: &'a str,
    /// The claim as one clause with the lead-in of its list, for the comparison of denials.
    in_context: String,
    /// Content words, by the language of the text that they are compared with.
    words: HashMap<Option<String>, HashSet<String>>,
    facts: Facts,
    vector: Vec<f32>,
}

impl Claim<'_> {
    fn words_for(&self, evidence: &Evidence, sentence: &Sentence) -> &HashSet<String> {
        // Each language of the evidence has its words.
        &self.words[&evidence.contexts[sentence.passage].language]
    }

    /// Score of support from 0 to about 1: cosine, shared words and shared facts.
    fn score(&self, evidence: &Evidence, sentence: &Sentence) -> f32 {
        let words = self.words_for(evidence, sentence);
        let shared = words.intersection(&sentence.words).count() as f32 / words.len().max(1) as f32;
        let facts = match self.facts.len() {
            0 => 0.0,
            count => 1.0 - self.facts.missing_from(&sentence.facts).len() as f32 / count as f32,
        };
        COSINE_WEIGHT * dot(&self.vector, &sentence.vector).max(0.0)
            + (1.0 - COSINE_WEIGHT) * shared
            + FACT_WEIGHT * facts
    }
}

/// Content words of a text, each once, in order.
fn ordered_content_words(analyser: &Analyser, text: &str, language: Option<&str>) -> Vec<String> {
    let words = content_words(analyser, text, language);
    let mut found: Vec<String> = Vec::new();
    for token in analyser.tokenise_text(text, language.or(Some("en"))) {
        if words.contains(&token.text) && !found.contains(&token.text) {
            found.push(token.text);
        }
    }
    found
}

impl Library {
    /// Finds the sentences that support a claim, best first: within the passages that the model marked, or anywhere
    /// and only if it is certain. `language` is that of the claim.
    pub(crate) async fn find_supports(
        &self,
        text: &str,
        lead_in: Option<&str>,
        language: Option<&str>,
        evidence: &Evidence,
        marked: Option<&[usize]>,
    ) -> Result<Vec<Support>, LibraryError> {
        let analyser = self.0.index.analyser();
        let mut words = HashMap::new();
        for context in &evidence.contexts {
            let language = context.language.as_deref();
            words.entry(context.language.clone()).or_insert_with(|| content_words(analyser, text, language));
        }
        let texts = vec![text.to_owned()];
        let vector = self.0.embedder().embed(TextRole::Passage, texts).await?.pop().unwrap_or_default();
        let in_context = match lead_in {
            Some(lead_in) => format!("{} {text}", lead_in.trim_end_matches([':', '：', ' '])),
            None => text.to_owned(),
        };
        let claim = Claim { text, in_context, words, facts: Facts::from_claim(text, language), vector };
        let chosen = choose_sentences(&claim, evidence, marked);
        let Some(best) = chosen.first() else {
            return Ok(Vec::new());
        };
        let score = claim.score(evidence, &evidence.sentences[*best]);
        if self.is_contradicted(&claim, language, evidence, &chosen) {
            return Ok(Vec::new());
        }
        let is_supported = match marked {
            Some(_) => is_supported_by_marked(&claim, language, evidence, &chosen, score),
            None => {
                let best = &evidence.sentences[*best];
                let language = evidence.contexts[best.passage].language.as_deref();
                let stems = |text: &str| ordered_content_words(analyser, text, language);
                score >= UNMARKED_SUPPORT_THRESHOLD
                    && missing_facts(&claim, language, evidence, &chosen).is_empty()
                    && is_consistent(text, &best.text, &stems(text), &stems(&best.text))
            }
        };
        Ok(if is_supported { join_neighbours(evidence, &chosen) } else { Vec::new() })
    }

    /// Finds the sentences that support the clauses of a claim without a marker, each by itself; nothing unless all of
    /// them are supported.
    pub(crate) async fn find_clause_supports(
        &self,
        text: &str,
        language: Option<&str>,
        evidence: &Evidence,
    ) -> Result<Vec<Support>, LibraryError> {
        let analyser = self.0.index.analyser();
        let clauses = split_at_marks(text);
        let is_clause = |clause: &String| content_words(analyser, clause, language).len() >= MIN_CLAUSE_WORDS;
        if clauses.len() < 2 || !clauses.iter().all(is_clause) {
            return Ok(Vec::new());
        }
        let mut supports: Vec<Support> = Vec::new();
        for clause in clauses {
            let found = self.find_supports(&clause, None, language, evidence, None).await?;
            if found.is_empty() {
                return Ok(Vec::new());
            }
            supports
                .extend(found.into_iter().filter(|support| !supports.contains(support)).collect::<Vec<_>>());
        }
        Ok(supports)
    }

    /// True if one of the chosen sentences denies what a claim affirms, or the other way round, or has its numbers with
    /// other units.
    fn is_contradicted(
        &self,
        claim: &Claim<'_>,
        claim_language: Option<&str>,
        evidence: &Evidence,
        chosen: &[usize],
    ) -> bool {
        let analyser = self.0.index.analyser();
        let texts: Vec<&str> = chosen.iter().map(|at| evidence.sentences[*at].text.as_str()).collect();
        has_other_measure(claim.text, &texts.join("\n"))
            || chosen.iter().any(|at| {
                let sentence = &evidence.sentences[*at];
                let language = evidence.contexts[sentence.passage].language.as_deref();
                let stems = |text: &str| content_words(analyser, text, language);
                let is_foreign = claim_language.is_some() && language.is_some() && claim_language != language;
                has_opposite_denial(&claim.in_context, &sentence.text, &stems)
                    || (is_foreign
                        && chosen.len() == 1
                        && is_denied_completely(&claim.in_context, &sentence.text))
            })
    }
}

/// True if a passage that the model marked supports a claim. A marker is a claim of the model, not a proof: the
/// passage must treat the same things, have the claim's facts, and not deny it.
fn is_supported_by_marked(
    claim: &Claim<'_>,
    language: Option<&str>,
    evidence: &Evidence,
    chosen: &[usize],
    score: f32,
) -> bool {
    let threshold = if claim.facts.is_empty() { MARKED_SUPPORT_THRESHOLD } else { MARKED_FACT_THRESHOLD };
    score >= threshold && missing_facts(claim, language, evidence, chosen).is_empty()
}

/// Chooses the sentences that support a claim together: indexes into the evidence, best first.
fn choose_sentences(claim: &Claim<'_>, evidence: &Evidence, marked: Option<&[usize]>) -> Vec<usize> {
    let is_candidate = |sentence: &Sentence| {
        !sentence.is_label && marked.is_none_or(|marked| marked.contains(&sentence.passage))
    };
    let candidates: Vec<(usize, f32)> = evidence
        .sentences
        .iter()
        .enumerate()
        .filter(|(_, sentence)| is_candidate(sentence))
        .map(|(at, sentence)| (at, claim.score(evidence, sentence)))
        .collect();
    let Some((best, _)) = candidates.iter().max_by(|a, b| a.1.total_cmp(&b.1)) else {
        return Vec::new();
    };
    let mut chosen = vec![*best];
    while chosen.len() < MAX_SUPPORTS {
        let Some(next) = choose_addition(claim, evidence, &candidates, &chosen) else {
            break;
        };
        chosen.push(next);
    }
    chosen
}

/// The sentence that adds most of what the chosen ones lack, if it is enough.
fn choose_addition(
    claim: &Claim<'_>,
    evidence: &Evidence,
    candidates: &[(usize, f32)],
    chosen: &[usize],
) -> Option<usize> {
    let facts = union_facts(evidence, chosen);
    let missing_facts = claim.facts.missing_from(&facts);
    let covered: HashSet<&String> = chosen.iter().flat_map(|at| &evidence.sentences[*at].words).collect();
    let additions = candidates.iter().filter(|(at, _)| !chosen.contains(at)).filter_map(|(at, score)| {
        let sentence = &evidence.sentences[*at];
        let words = claim.words_for(evidence, sentence);
        let added_words =
            words.iter().filter(|word| !covered.contains(word) && sentence.words.contains(*word)).count();
        let added_facts = missing_facts.len() - missing_facts.missing_from(&sentence.facts).len();
        // Words of another language are no measure.
        let threshold = if words.is_disjoint(&sentence.words) && covered.is_disjoint(&words.iter().collect())
        {
            MARKED_FACT_THRESHOLD
        } else {
            MARKED_SUPPORT_THRESHOLD
        };
        let shares_subject = added_words > 0 || *score >= threshold;
        let adds_words = added_words >= 2 && added_words as f32 >= MIN_ADDED_RATIO * words.len() as f32;
        let is_enough = (added_facts > 0 && shares_subject) || adds_words;
        is_enough.then_some((*at, (2 * added_facts + added_words) as f32 + score))
    });
    additions.max_by(|a, b| a.1.total_cmp(&b.1)).map(|(at, _)| at)
}

fn union_facts(evidence: &Evidence, chosen: &[usize]) -> Facts {
    let mut facts = Facts::default();
    for at in chosen {
        facts.merge(&evidence.sentences[*at].facts);
    }
    facts
}

/// Facts of a claim that neither the chosen sentences nor their contexts have. Numbers of the cited speakers are no
/// numbers of the claim; any other speaker's number is.
fn missing_facts(claim: &Claim<'_>, language: Option<&str>, evidence: &Evidence, chosen: &[usize]) -> Facts {
    let mut known = union_facts(evidence, chosen);
    for at in chosen {
        known.merge(&evidence.contexts[evidence.sentences[*at].passage].facts);
    }
    let speakers: Vec<&str> =
        chosen.iter().filter_map(|at| evidence.sentences[*at].speaker.as_deref()).collect();
    if speakers.is_empty() {
        return claim.facts.missing_from(&known);
    }
    let text = strip_speaker_numbers(claim.text, &speakers);
    Facts::from_claim(&text, language).missing_from(&known)
}

/// Ranges of sentences, of which neighbours are one quote.
fn join_neighbours(evidence: &Evidence, chosen: &[usize]) -> Vec<Support> {
    let mut supports: Vec<(Support, usize, usize)> = Vec::new();
    for &at in chosen {
        let sentence = &evidence.sentences[at];
        let beside = supports.iter_mut().find(|(support, first, last)| {
            support.passage == sentence.passage && (at + 1 == *first || at == *last + 1)
        });
        match beside {
            Some((support, first, last)) => {
                support.range = join_ranges(support.range, sentence.range);
                (*first, *last) = ((*first).min(at), (*last).max(at));
            }
            None => {
                supports.push((Support { passage: sentence.passage, range: sentence.range }, at, at));
            }
        }
    }
    supports.into_iter().map(|(support, ..)| support).collect()
}

fn join_ranges(a: CharRange, b: CharRange) -> CharRange {
    CharRange { start: CharOffset(a.start.0.min(b.start.0)), end: CharOffset(a.end.0.max(b.end.0)) }
}
