//! Packing: the passages of a prompt and their order. As many as really fit the model's context, several
//! sources in play, neighbours joined.

use hearth_domain::{CharRange, RevisionId, SourceId, SourceKind};

use super::speakers::PassageSpeakers;
use super::token_estimate::estimate_fractional_tokens;
use crate::search::PassageHit;
use crate::{Library, LibraryError};

/// Maximum share of the budget for one source while others wait.
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

/// Packed passages, and the number of found ones that did not fit.
pub(crate) struct PackedContext {
    pub(crate) passages: Vec<PackedPassage>,
    pub(crate) left_out: u32,
}

/// Maximum size of the passages of an answer, with their titles and headings.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) enum PassageBudget {
    /// Tokens of a language model's prompt.
    Tokens(f32),
    /// Characters that are searched for sentences.
    Characters(f32),
}

impl PassageBudget {
    fn limit(self) -> f32 {
        match self {
            Self::Tokens(limit) | Self::Characters(limit) => limit,
        }
    }

    /// Part of the budget that a passage takes.
    fn cost(self, passage: &PackedPassage) -> f32 {
        match self {
            Self::Tokens(_) => passage.token_cost(),
            Self::Characters(_) => {
                let heading = passage.title_and_headings();
                (passage.prompt_text().chars().count() + heading.chars().count()) as f32
            }
        }
    }

    /// Half of what passages take.
    pub(crate) fn halve(self, passages: &[PackedPassage]) -> Self {
        let half = passages.iter().map(|passage| self.cost(passage)).sum::<f32>() / 2.0;
        match self {
            Self::Tokens(_) => Self::Tokens(half),
            Self::Characters(_) => Self::Characters(half),
        }
    }
}

impl Library {
    /// Packs hits, best first, into a budget.
    pub(crate) async fn pack_passages(
        &self,
        hits: Vec<PassageHit>,
        budget: PassageBudget,
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
            let source_cost: f32 = chosen
                .iter()
                .filter(|other| other.source_id == packed.source_id)
                .map(|other| budget.cost(other))
                .sum();
            let is_over_share =
                sources.len() > 1 && source_cost + budget.cost(&packed) > MAX_SOURCE_SHARE * budget.limit();
            if is_over_share {
                deferred.push(packed);
            } else {
                push_if_fitting(&mut chosen, packed, &mut used, budget, max_passages);
            }
        }
        for packed in deferred {
            push_if_fitting(&mut chosen, packed, &mut used, budget, max_passages);
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
    budget: PassageBudget,
    max_passages: usize,
) {
    let is_covered = chosen
        .iter()
        .any(|other| other.revision == packed.revision && contains_range(other.range, packed.range));
    if is_covered || chosen.len() >= max_passages || *used + budget.cost(&packed) > budget.limit() {
        return;
    }
    *used += budget.cost(&packed);
    chosen.push(packed);
}

fn contains_range(outer: CharRange, inner: CharRange) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}
