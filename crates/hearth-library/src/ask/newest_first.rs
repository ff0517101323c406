//! Of sentences that say the same thing at different times, the newest comes first: minutes, letters and price lists
//! replace what earlier ones said.

use hearth_facts::Facts;

use super::evidence::{Evidence, Sentence};
use super::packing::PackedPassage;

/// Minimum share of the best score for a sentence that may replace it.
const MIN_SCORE_RATIO: f32 = 0.8;
/// Minimum content words that two sentences about the same thing share.
const MIN_SHARED_WORDS: usize = 2;
/// Characters at the beginning of a source in which its date stands.
const DATE_CHARS: usize = 300;

/// Date of a document: year, month and day.
pub(super) type DocumentDate = (u16, u8, u8);

/// Date in the title or at the beginning of a document.
pub(super) fn find_document_date(title: &str, text: &str, language: Option<&str>) -> Option<DocumentDate> {
    let opening: String = text.chars().take(DATE_CHARS).collect();
    Facts::from_text(title, language)
        .first_date()
        .or_else(|| Facts::from_text(&opening, language).first_date())
}

/// Puts the newest of the best sentences first, if they are about the same thing and of documents with other dates.
/// `dates`: those of the packed passages' documents.
pub(super) fn put_newest_first(
    ranked: &mut [(usize, f32)],
    evidence: &Evidence,
    packed: &[PackedPassage],
    dates: &[Option<DocumentDate>],
) {
    let Some((first, highest)) = ranked.first().copied() else { return };
    let best = &evidence.sentences[first];
    let date = |sentence: &Sentence| dates[sentence.passage];
    let is_newer = |other: &Sentence| {
        packed[other.passage].source_id != packed[best.passage].source_id
            && date(best).is_some()
            && date(other) > date(best)
            && other.words.intersection(&best.words).count() >= MIN_SHARED_WORDS
    };
    let newer = ranked
        .iter()
        .enumerate()
        .filter(|(_, (at, score))| *score >= MIN_SCORE_RATIO * highest && is_newer(&evidence.sentences[*at]));
    if let Some((place, _)) = newer.max_by_key(|(_, (at, _))| date(&evidence.sentences[*at])) {
        ranked[..=place].rotate_right(1);
    }
}
