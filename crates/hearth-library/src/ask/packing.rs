//! Packing: the passages of a prompt and their order. As many as really fit the model's context, several
//! sources in play, neighbours joined.

use hearth_domain::{CharRange, RevisionId, SourceId, SourceKind};

use super::speakers::PassageSpeakers;
use crate::search::PassageHit;
use crate::{Library, LibraryError};

/// Minimum characters per token, over the alphabets and models that were examined: text packed by it fits.
const CHARS_PER_TOKEN: f32 = 3.0;
/// First character of the scripts whose characters take a token or more each (Chinese, Japanese, Korean,
/// emoji).
const FIRST_IDEOGRAPH: char = '\u{2e80}';
/// Maximum tokens of such a character.
const TOKENS_PER_IDEOGRAPH: f32 = 1.5;
/// Maximum share of the tokens for one source while others wait.
const MAX_SOURCE_SHARE: f32 = 0.6;
/// Number of best passages that are widened by their neighbours.
const WIDENED_PASSAGES: usize = 3;

/// A passage with its number in the prompt.
#[derive(Clone, Debug)]
pub(crate) struct PackedPassage {
    pub(crate) number: u32,
    pub(crate) source_id: SourceId,
    pub(crate) revision: RevisionId,
    pub(crate) source_title: String,
    pub(crate) section: Vec<String>,
    pub(crate) range: CharRange,
    pub(crate) text: String,
    /// Speakers of the text, in a recording.
    pub(crate) speakers: PassageSpeakers,
    pub(crate) hit: PassageHit,
}

impl PackedPassage {
    /// Title and headings.
    pub(crate) fn title_and_headings(&self) -> String {
        let mut heading = self.source_title.clone();
        for section in &self.section {
            heading.push_str(" › ");
            heading.push_str(section);
        }
        heading
    }

    /// Text of the passage in a prompt, with its speakers.
    pub(crate) fn prompt_text(&self) -> String {
        self.speakers.label_speakers(&self.text, self.range.start)
    }

    fn token_cost(&self) -> f32 {
        estimate_fractional_tokens(&self.prompt_text())
            + estimate_fractional_tokens(&self.title_and_headings())
            + 16.0
    }
}

/// Maximum tokens of a text.
pub fn estimate_tokens(text: &str) -> u32 {
    estimate_fractional_tokens(text).ceil() as u32
}

fn estimate_fractional_tokens(text: &str) -> f32 {
    let ideographs = text.chars().filter(|&c| c >= FIRST_IDEOGRAPH).count();
    let others = text.chars().count() - ideographs;
    others as f32 / CHARS_PER_TOKEN + ideographs as f32 * TOKENS_PER_IDEOGRAPH
}

/// Packed passages, and the number of found ones that did not fit.
pub(crate) struct PackedContext {
    pub(crate) passages: Vec<PackedPassage>,
    pub(crate) left_out: u32,
}

impl Library {
    /// Packs hits, best first, into `token_budget` tokens.
    pub(crate) async fn pack_passages(
        &self,
        hits: Vec<PassageHit>,
        token_budget: u32,
        max_passages: usize,
    ) -> Result<PackedContext, LibraryError> {
        let found = hits.len();
        let mut chosen: Vec<PackedPassage> = Vec::new();
        let mut used = 0.0;
        let mut deferred = Vec::new();
        let sources: std::collections::HashSet<SourceId> =
            hits.iter().map(|hit| hit.row.passage.source_id).collect();
        for (rank, hit) in hits.into_iter().enumerate() {
            let mut packed = pack_hit(hit);
            if rank < WIDENED_PASSAGES {
                self.widen_passage(&mut packed).await?;
            }
            // Once there is no place any more, no revision is loaded.
            if chosen.len() < max_passages && packed.hit.row.kind == SourceKind::Audio {
                let revision = self.load_revision(packed.source_id, packed.revision).await?;
                packed.speakers =
                    PassageSpeakers::from_layout(&packed.text, packed.range.start, &revision.layout);
            }
            let source_tokens: f32 = chosen
                .iter()
                .filter(|other| other.source_id == packed.source_id)
                .map(PackedPassage::token_cost)
                .sum();
            let is_over_share = sources.len() > 1
                && source_tokens + packed.token_cost() > MAX_SOURCE_SHARE * token_budget as f32;
            if is_over_share {
                deferred.push(packed);
            } else {
                push_if_fitting(&mut chosen, packed, &mut used, token_budget, max_passages);
            }
        }
        for packed in deferred {
            push_if_fitting(&mut chosen, packed, &mut used, token_budget, max_passages);
        }
        for (number, packed) in (1..).zip(chosen.iter_mut()) {
            packed.number = number;
        }
        Ok(PackedContext { left_out: found.saturating_sub(chosen.len()) as u32, passages: chosen })
    }

    /// Widens a good passage by its neighbours, as one range of text.
    async fn widen_passage(&self, packed: &mut PackedPassage) -> Result<(), LibraryError> {
        let ordinal = packed.hit.row.passage.ordinal;
        let neighbours = self
            .0
            .store
            .list_passages_by_ordinal(packed.revision, ordinal.saturating_sub(1)..=ordinal + 1)
            .await?;
        let same_section: Vec<CharRange> = neighbours
            .iter()
            .filter(|row| row.passage.section.first() == packed.section.first())
            .map(|row| row.passage.range)
            .collect();
        let start = same_section.iter().map(|range| range.start).min();
        let end = same_section.iter().map(|range| range.end).max();
        if let (Some(start), Some(end)) = (start, end) {
            let range = CharRange { start, end };
            let revision = self.load_revision(packed.source_id, packed.revision).await?;
            if let Some(text) = range.slice(&revision.text) {
                text.clone_into(&mut packed.text);
                packed.range = range;
            }
        }
        Ok(())
    }
}

pub(super) fn pack_hit(hit: PassageHit) -> PackedPassage {
    let passage = &hit.row.passage;
    PackedPassage {
        number: 0,
        source_id: passage.source_id,
        revision: passage.revision,
        source_title: hit.row.source_title.clone(),
        section: passage.section.clone(),
        range: passage.range,
        text: passage.text.clone(),
        speakers: PassageSpeakers::default(),
        hit,
    }
}

fn push_if_fitting(
    chosen: &mut Vec<PackedPassage>,
    packed: PackedPassage,
    used: &mut f32,
    token_budget: u32,
    max_passages: usize,
) {
    let is_covered = chosen
        .iter()
        .any(|other| other.revision == packed.revision && contains_range(other.range, packed.range));
    if is_covered || chosen.len() >= max_passages || *used + packed.token_cost() > token_budget as f32 {
        return;
    }
    *used += packed.token_cost();
    chosen.push(packed);
}

fn contains_range(outer: CharRange, inner: CharRange) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::estimate_tokens;

    #[test]
    fn a_character_of_chinese_is_no_third_of_a_token() {
        assert_eq!(estimate_tokens("abcdef"), 2);
        assert_eq!(estimate_tokens("锅炉压力"), 6);
        assert!(estimate_tokens("ボイラーの圧力は0.8 bar") >= 12);
    }
}
