//! BM25 (Robertson & Zaragoza 2009) with k1 0.9 and b 0.4 as in Anserini's baselines: tantivy's
//! parameters are fixed, and they matter.

use tantivy::fieldnorm::FieldNormReader;
use tantivy::schema::{Field, IndexRecordOption};
use tantivy::{Searcher, SegmentReader, Term};

const K1: f32 = 0.9;
const B: f32 = 0.4;

/// Average length of a field in tokens.
pub(crate) fn average_length(searcher: &Searcher, field: Field, documents: u64) -> tantivy::Result<f32> {
    let mut tokens = 0;
    for segment in searcher.segment_readers() {
        tokens += segment.inverted_index(field)?.total_num_tokens();
    }
    Ok((tokens as f32 / documents.max(1) as f32).max(1e-3))
}

/// Robertson and Spärck Jones' weight of a word.
pub(crate) fn rarity(documents: u64, frequency: f32) -> f32 {
    (1.0 + (documents as f32 - frequency + 0.5) / (frequency + 0.5)).ln()
}

/// A form of a word, with what it counts.
pub(crate) struct Weighted {
    pub(crate) term: Term,
    pub(crate) weight: f32,
    /// Average length of the field in tokens.
    pub(crate) average: f32,
}

/// A word of a query.
pub(crate) struct WeightedWord {
    pub(crate) terms: Vec<Weighted>,
    pub(crate) rarity: f32,
}

/// A passage's score while it is made.
#[derive(Clone, Copy, Default)]
pub(crate) struct Score {
    pub(crate) sum: f32,
    /// Rarities of the query's words that it has.
    pub(crate) covered: f32,
    /// The word that was counted last, so that none is counted twice.
    pub(crate) last: u32,
}

/// Adds what a word counts to all passages that have it.
pub(crate) fn add_scores(
    segment: &SegmentReader,
    weighted: &Weighted,
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
        K1 * (1.0 - B + B * length / weighted.average)
    });
    while blocks.block_len() > 0 {
        for (&doc, &frequency) in blocks.docs().iter().zip(blocks.freqs()) {
            let frequency = frequency as f32;
            let norm = norms[usize::from(lengths.fieldnorm_id(doc))];
            let score = &mut scores[doc as usize];
            score.sum += weighted.weight * frequency * (K1 + 1.0) / (frequency + norm);
            if score.last != number {
                score.last = number;
                score.covered += rarity;
            }
        }
        blocks.advance();
    }
    Ok(())
}
