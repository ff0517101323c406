//! BM25 (Robertson & Zaragoza 2009) with k1 0.9 and b 0.4 as in Anserini's baselines: tantivy's
//! parameters are fixed, and they matter.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, SegmentReader, Term};

/// Saturation of term frequencies.
const BM25_K1: f32 = 0.9;
/// Share of length normalisation.
const BM25_B: f32 = 0.4;

/// Average length of a field in tokens.
pub(crate) fn average_field_length(
    searcher: &Searcher,
    field: Field,
    documents: u64,
) -> tantivy::Result<f32> {
    let mut tokens = 0;
    for segment in searcher.segment_readers() {
        tokens += segment.inverted_index(field)?.total_num_tokens();
    }
    Ok((tokens as f32 / documents.max(1) as f32).max(1e-3))
}

/// Inverse document frequency of a word (Robertson and Spärck Jones): its rarity.
pub fn inverse_document_frequency(documents: u64, frequency: f32) -> f32 {
    (1.0 + (documents as f32 - frequency + 0.5) / (frequency + 0.5)).ln()
}

/// A stem of a query word in one field, with its weight.
pub(crate) struct WeightedTerm {
    pub(crate) term: Term,
    pub(crate) weight: f32,
    /// Average length of the field in tokens.
    pub(crate) average: f32,
}

/// A query word: its stems, and its rarity (inverse document frequency).
pub(crate) struct WeightedWord {
    pub(crate) terms: Vec<WeightedTerm>,
    pub(crate) rarity: f32,
}

/// Score of a passage while it is summed up.
#[derive(Clone, Copy, Default)]
pub(crate) struct Score {
    pub(crate) sum: f32,
    /// Sum of the rarities of the query words that the passage contains.
    pub(crate) covered: f32,
    /// Number of the query word counted last, so that none is counted twice in `covered`.
    pub(crate) last_word: u32,
}

/// Adds the BM25 score of a term to all passages of a segment that contain it.
pub(crate) fn add_term_scores(
    segment: &SegmentReader,
    weighted: &WeightedTerm,
    number: u32,
    rarity: f32,
    scores: &mut [Score],
) -> tantivy::Result<()> {
    let inverted = segment.inverted_index(weighted.term.field())?;
    let Some(mut blocks) = inverted.read_block_postings(&weighted.term, IndexRecordOption::WithFreqs)? else {
        return Ok(());
    };
    let lengths = segment.get_fieldnorms_reader(weighted.term.field())?;
    let norms: [f32; 256] = std::array::from_fn(|id| {
        let length = FieldNormReader::id_to_fieldnorm(id as u8) as f32;
        BM25_K1 * (1.0 - BM25_B + BM25_B * length / weighted.average)
    });
    while blocks.block_len() > 0 {
        for (&doc, &frequency) in blocks.docs().iter().zip(blocks.freqs()) {
            let frequency = frequency as f32;
            let norm = norms[usize::from(lengths.fieldnorm_id(doc))];
            let score = &mut scores[doc as usize];
            score.sum += weighted.weight * frequency * (BM25_K1 + 1.0) / (frequency + norm);
            if score.last_word != number {
                score.last_word = number;
                score.covered += rarity;
            }
        }
        blocks.advance();
    }
    Ok(())
}
