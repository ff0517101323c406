//! Which passages a model gets, and in which order: as many as really fit its context, several
//! sources in play, neighbours joined.

use hearth_domain::{CharRange, RevisionId, SourceId, SourceKind};

use super::speakers::Speakers;
use crate::find::Hit;
use crate::{Engine, EngineError};

/// Characters a token has at least, over the alphabets and models that were looked at: what is
/// packed by it fits.
const CHARS_PER_TOKEN: f32 = 3.0;
/// From here on, scripts whose characters are tokens of their own, or more than one (Chinese, Japanese, Korean,
/// emoji).
const IDEOGRAPHS: char = '\u{2e80}';
/// Tokens that such a character may take.
const TOKENS_PER_IDEOGRAPH: f32 = 1.5;
/// No source takes more than this share of the room while others wait.
const ONE_SOURCE: f32 = 0.6;
/// Passages so good that what stands beside them is taken in.
const WITH_NEIGHBOURS: usize = 3;

/// A passage with its number in the prompt.
#[derive(Clone, Debug)]
pub(crate) struct Packed {
    pub(crate) number: u32,
    pub(crate) source_id: SourceId,
    pub(crate) revision: RevisionId,
    pub(crate) source_title: String,
    pub(crate) section: Vec<String>,
    pub(crate) range: CharRange,
    pub(crate) text: String,
    /// Who says it, of a recording.
    pub(crate) speakers: Speakers,
    pub(crate) hit: Hit,
}

impl Packed {
    /// Title and headings.
    pub(crate) fn heading(&self) -> String {
        let mut heading = self.source_title.clone();
        for section in &self.section {
            heading.push_str(" › ");
            heading.push_str(section);
        }
        heading
    }

    /// The text as a model is told it.
    pub(crate) fn told(&self) -> String {
        self.speakers.named_in(&self.text, self.range.start)
    }

    fn tokens(&self) -> f32 {
        estimated(&self.told()) + estimated(&self.heading()) + 16.0
    }
}

/// Tokens that a text takes at most.
pub(crate) fn tokens_of(text: &str) -> u32 {
    estimated(text).ceil() as u32
}

fn estimated(text: &str) -> f32 {
    let ideographs = text.chars().filter(|&c| c >= IDEOGRAPHS).count();
    let others = text.chars().count() - ideographs;
    others as f32 / CHARS_PER_TOKEN + ideographs as f32 * TOKENS_PER_IDEOGRAPH
}

/// What was packed, and how many found passages did not fit.
pub(crate) struct Package {
    pub(crate) passages: Vec<Packed>,
    pub(crate) left_out: u32,
}

impl Engine {
    /// Packs hits, best first, into `room` tokens.
    pub(crate) async fn pack(&self, hits: Vec<Hit>, room: u32, most: usize) -> Result<Package, EngineError> {
        let found = hits.len();
        let mut chosen: Vec<Packed> = Vec::new();
        let mut used = 0.0;
        let mut put_off = Vec::new();
        let sources: std::collections::HashSet<SourceId> =
            hits.iter().map(|hit| hit.row.passage.source_id).collect();
        for (rank, hit) in hits.into_iter().enumerate() {
            let mut packed = single(hit);
            if rank < WITH_NEIGHBOURS {
                self.widen(&mut packed).await?;
            }
            // Of those that have no place any more nothing is looked up.
            if chosen.len() < most && packed.hit.row.kind == SourceKind::Audio {
                let revision = self.revision(packed.source_id, packed.revision).await?;
                packed.speakers = Speakers::of(&packed.text, packed.range.start, &revision.layout);
            }
            let of_source: f32 =
                chosen.iter().filter(|other| other.source_id == packed.source_id).map(Packed::tokens).sum();
            let crowding = sources.len() > 1 && of_source + packed.tokens() > ONE_SOURCE * room as f32;
            if crowding {
                put_off.push(packed);
            } else {
                take(&mut chosen, packed, &mut used, room, most);
            }
        }
        for packed in put_off {
            take(&mut chosen, packed, &mut used, room, most);
        }
        for (number, packed) in (1..).zip(chosen.iter_mut()) {
            packed.number = number;
        }
        Ok(Package { left_out: found.saturating_sub(chosen.len()) as u32, passages: chosen })
    }

    /// Takes in the passages beside a good one, as one stretch of text.
    async fn widen(&self, packed: &mut Packed) -> Result<(), EngineError> {
        let ordinal = packed.hit.row.passage.ordinal;
        let beside =
            self.0.store.passages_at(packed.revision, ordinal.saturating_sub(1)..=ordinal + 1).await?;
        let same_section: Vec<CharRange> = beside
            .iter()
            .filter(|row| row.passage.section.first() == packed.section.first())
            .map(|row| row.passage.range)
            .collect();
        let start = same_section.iter().map(|range| range.start).min();
        let end = same_section.iter().map(|range| range.end).max();
        if let (Some(start), Some(end)) = (start, end) {
            let range = CharRange { start, end };
            let revision = self.revision(packed.source_id, packed.revision).await?;
            if let Some(text) = range.slice(&revision.text) {
                text.clone_into(&mut packed.text);
                packed.range = range;
            }
        }
        Ok(())
    }
}

fn single(hit: Hit) -> Packed {
    let passage = &hit.row.passage;
    Packed {
        number: 0,
        source_id: passage.source_id,
        revision: passage.revision,
        source_title: hit.row.source_title.clone(),
        section: passage.section.clone(),
        range: passage.range,
        text: passage.text.clone(),
        speakers: Speakers::default(),
        hit,
    }
}

fn take(chosen: &mut Vec<Packed>, packed: Packed, used: &mut f32, room: u32, most: usize) {
    let said =
        chosen.iter().any(|other| other.revision == packed.revision && contains(other.range, packed.range));
    if said || chosen.len() >= most || *used + packed.tokens() > room as f32 {
        return;
    }
    *used += packed.tokens();
    chosen.push(packed);
}

fn contains(outer: CharRange, inner: CharRange) -> bool {
    outer.start <= inner.start && inner.end <= outer.end
}

#[cfg(test)]
mod tests {
    use super::tokens_of;

    #[test]
    fn a_character_of_chinese_is_no_third_of_a_token() {
        assert_eq!(tokens_of("abcdef"), 2);
        assert_eq!(tokens_of("锅炉压力"), 6);
        assert!(tokens_of("ボイラーの圧力は0.8 bar") >= 12);
    }
}
