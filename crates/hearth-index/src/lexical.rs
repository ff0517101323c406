//! The lexical index: tantivy's postings, our own BM25.

use std::collections::{HashMap, HashSet};
use std::path::Path;
use std::sync::{Mutex, PoisonError};

use rayon::prelude::*;
use tantivy::directory::MmapDirectory;
use tantivy::indexer::{IndexWriterOptions, LogMergePolicy};
use tantivy::postings::Postings;
use tantivy::schema::{Field, IndexRecordOption, NumericOptions, Schema, TextFieldIndexing, TextOptions};
use tantivy::store::Compressor;
use tantivy::tokenizer::TokenizerManager;
use tantivy::{
    DocId, DocSet, Index, IndexReader, IndexSettings, IndexWriter, ReloadPolicy, Searcher, SegmentReader,
    TERMINATED, TantivyDocument, Term,
};

use crate::bm25::{
    Score, WeightedTerm, WeightedWord, add_term_scores, average_field_length, inverse_document_frequency,
};
use crate::split_tokenizer::{SplitTokenizer, TOKEN_SEPARATOR};

/// Extra weight of a word in the title or a heading; the body is indexed with both already.
const HEADING_WEIGHT: f32 = 0.2;

#[derive(Clone, Copy)]
struct Fields {
    key: Field,
    source: Field,
    body: Field,
    heading: Field,
}

/// Tokens of one passage.
pub(crate) struct LexicalEntry {
    pub(crate) key: i64,
    pub(crate) source: i64,
    pub(crate) body: Vec<String>,
    pub(crate) heading: Vec<String>,
}

/// Query of the lexical index.
pub(crate) struct LexicalQuery<'a> {
    /// Words of the query, each as its possible stems.
    pub(crate) words: &'a [Vec<String>],
    /// Phrases that the text must contain, each as alternative stem sequences by language.
    pub(crate) phrases: &'a [Vec<Vec<String>>],
    /// Stems that the text must not contain.
    pub(crate) excluded: &'a [String],
    pub(crate) sources: Option<&'a HashSet<i64>>,
    pub(crate) limit: usize,
}

/// A passage that the lexical index found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct LexicalHit {
    pub(crate) key: i64,
    pub(crate) source: i64,
    pub(crate) score: f32,
}

/// Lexical index of a library.
pub(crate) struct LexicalIndex {
    fields: Fields,
    index: Index,
    reader: IndexReader,
    /// `None` after a failure, until it is opened again: tantivy gives up a writer that could not write.
    writer: Mutex<Option<IndexWriter>>,
}

fn build_schema() -> (Schema, Fields) {
    let mut schema = Schema::builder();
    let text = || {
        TextOptions::default().set_indexing_options(
            TextFieldIndexing::default()
                .set_tokenizer("ready")
                .set_fieldnorms(true)
                .set_index_option(IndexRecordOption::WithFreqsAndPositions),
        )
    };
    let number = || NumericOptions::default().set_fast().set_indexed();
    let fields = Fields {
        key: schema.add_i64_field("key", number()),
        source: schema.add_i64_field("source", number()),
        body: schema.add_text_field("body", text()),
        heading: schema.add_text_field("heading", text()),
    };
    (schema.build(), fields)
}

impl LexicalIndex {
    /// Opens the index in a folder, or creates one.
    pub(crate) fn open(folder: &Path) -> tantivy::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (schema, fields) = build_schema();
        let tokenizers = TokenizerManager::default();
        tokenizers.register("ready", SplitTokenizer);
        let index = Index::builder()
            .schema(schema)
            .tokenizers(tokenizers)
            .settings(IndexSettings {
                docstore_compression: Compressor::None,
                docstore_compress_dedicated_thread: false,
                ..IndexSettings::default()
            })
            .open_or_create(MmapDirectory::open(folder)?)?;
        let reader = index
            .reader_builder()
            .reload_policy(ReloadPolicy::Manual)
            .doc_store_cache_num_blocks(0)
            .try_into()?;
        let writer = Mutex::new(Some(open_writer(&index)?));
        Ok(Self { fields, index, reader, writer })
    }

    /// Replaces the passages of sources; durable and visible on return, unchanged after a failure. Searches
    /// go on meanwhile.
    pub(crate) fn replace_sources(&self, sources: &[(i64, Vec<LexicalEntry>)]) -> tantivy::Result<()> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => open_writer(&self.index)?,
        };
        for (source, entries) in sources {
            writer.delete_term(Term::from_field_i64(self.fields.source, *source));
            for entry in entries {
                writer.add_document(self.build_document(entry))?;
            }
        }
        writer.commit()?;
        *slot = Some(writer);
        self.reader.reload()
    }

    fn build_document(&self, entry: &LexicalEntry) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_i64(self.fields.key, entry.key);
        document.add_i64(self.fields.source, entry.source);
        let separator = TOKEN_SEPARATOR.to_string();
        document.add_text(self.fields.body, entry.body.join(&separator));
        document.add_text(self.fields.heading, entry.heading.join(&separator));
        document
    }

    /// Sources by key: number of passages, and sum of the passages' keys.
    pub(crate) fn summarise_sources(&self) -> tantivy::Result<HashMap<i64, (i64, i64)>> {
        let mut summaries: HashMap<i64, (i64, i64)> = HashMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let keys = segment.fast_fields().i64("key")?;
            let sources = segment.fast_fields().i64("source")?;
            for doc in segment.doc_ids_alive() {
                if let (Some(key), Some(source)) = (keys.first(doc), sources.first(doc)) {
                    let summary = summaries.entry(source).or_default();
                    summary.0 += 1;
                    summary.1 += key;
                }
            }
        }
        Ok(summaries)
    }

    /// The best passages, best first: BM25 times the share of the query that the passage covers, by the
    /// rarity of its words.
    pub(crate) fn search(&self, query: &LexicalQuery<'_>) -> tantivy::Result<Vec<LexicalHit>> {
        let searcher = self.reader.searcher();
        let documents: u64 = searcher.segment_readers().iter().map(|s| u64::from(s.max_doc())).sum();
        let words = self.weigh_terms(&searcher, documents, query.words)?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let total_rarity: f32 = words.iter().map(|word| word.rarity).sum();
        let segments = searcher.segment_readers().par_iter();
        let segment_hits: Vec<Vec<LexicalHit>> = segments
            .map(|segment| self.search_segment(segment, &words, total_rarity, query))
            .collect::<Result<_, _>>()?;
        let mut hits = segment_hits.concat();
        keep_best_hits(&mut hits, query.limit);
        hits.sort_unstable_by(compare_hits);
        Ok(hits)
    }

    /// Words that occur in the index, with the weights of their stems.
    fn weigh_terms(
        &self,
        searcher: &Searcher,
        documents: u64,
        words: &[Vec<String>],
    ) -> tantivy::Result<Vec<WeightedWord>> {
        let body = average_field_length(searcher, self.fields.body, documents)?;
        let heading = average_field_length(searcher, self.fields.heading, documents)?;
        let mut weighted_words = Vec::new();
        for forms in words {
            let mut terms = Vec::new();
            let mut max_frequency = 0.0_f32;
            for form in forms {
                for (field, weight, average) in
                    [(self.fields.body, 1.0, body), (self.fields.heading, HEADING_WEIGHT, heading)]
                {
                    let term = Term::from_field_text(field, form);
                    let frequency = searcher.doc_freq(&term)? as f32;
                    if frequency > 0.0 {
                        max_frequency = max_frequency.max(frequency);
                        terms.push(WeightedTerm {
                            term,
                            weight: weight * inverse_document_frequency(documents, frequency),
                            average,
                        });
                    }
                }
            }
            if max_frequency > 0.0 {
                weighted_words.push(WeightedWord {
                    terms,
                    rarity: inverse_document_frequency(documents, max_frequency),
                });
            }
        }
        Ok(weighted_words)
    }

    fn search_segment(
        &self,
        segment: &SegmentReader,
        words: &[WeightedWord],
        total_rarity: f32,
        query: &LexicalQuery<'_>,
    ) -> tantivy::Result<Vec<LexicalHit>> {
        let mut scores = vec![Score::default(); segment.max_doc() as usize];
        for (number, word) in (1..).zip(words) {
            for weighted in &word.terms {
                add_term_scores(segment, weighted, number, word.rarity, &mut scores)?;
            }
        }
        for word in query.excluded {
            let term = Term::from_field_text(self.fields.body, word);
            for doc in find_term_documents(segment, &term)? {
                scores[doc as usize] = Score::default();
            }
        }
        for alternatives in query.phrases {
            let mut matching = HashSet::new();
            for phrase in alternatives {
                matching.extend(self.find_phrase_documents(segment, phrase)?);
            }
            for (doc, score) in (0..).zip(scores.iter_mut()) {
                if !matching.contains(&doc) {
                    *score = Score::default();
                }
            }
        }
        let keys = segment.fast_fields().i64("key")?;
        let sources = segment.fast_fields().i64("source")?;
        let alive = segment.alive_bitset();
        let mut hits: Vec<LexicalHit> = Vec::new();
        let mut threshold = 0.0;
        for (doc, score) in (0..).zip(&scores) {
            let score = score.sum * score.covered / total_rarity;
            if score <= threshold || alive.is_some_and(|alive| alive.is_deleted(doc)) {
                continue;
            }
            let (Some(key), Some(source)) = (keys.first(doc), sources.first(doc)) else {
                continue;
            };
            if query.sources.is_none_or(|allowed| allowed.contains(&source)) {
                hits.push(LexicalHit { key, source, score });
            }
            if hits.len() >= 4 * query.limit {
                keep_best_hits(&mut hits, query.limit);
                threshold = hits.iter().map(|hit| hit.score).fold(f32::MAX, f32::min);
            }
        }
        Ok(hits)
    }

    fn find_phrase_documents(
        &self,
        segment: &SegmentReader,
        phrase: &[String],
    ) -> tantivy::Result<HashSet<DocId>> {
        let mut previous_ends: Option<HashMap<DocId, HashSet<u32>>> = None;
        let inverted = segment.inverted_index(self.fields.body)?;
        for word in phrase {
            let term = Term::from_field_text(self.fields.body, word);
            let mut current_ends: HashMap<DocId, HashSet<u32>> = HashMap::new();
            if let Some(mut postings) =
                inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?
            {
                let mut positions = Vec::new();
                while postings.doc() != TERMINATED {
                    let doc = postings.doc();
                    postings.positions(&mut positions);
                    let follows = |at: &u32| match &previous_ends {
                        None => true,
                        Some(previous_ends) => previous_ends.get(&doc).is_some_and(|positions_before| {
                            at.checked_sub(1).is_some_and(|at| positions_before.contains(&at))
                        }),
                    };
                    let matches: HashSet<u32> = positions.iter().copied().filter(follows).collect();
                    if !matches.is_empty() {
                        current_ends.insert(doc, matches);
                    }
                    postings.advance();
                }
            }
            previous_ends = Some(current_ends);
        }
        Ok(previous_ends.unwrap_or_default().into_keys().collect())
    }
}

fn open_writer(index: &Index) -> tantivy::Result<IndexWriter> {
    let writer: IndexWriter = index.writer_with_options(
        IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(32_000_000)
            .num_merge_threads(1)
            .build(),
    )?;
    let mut merge_policy = LogMergePolicy::default();
    merge_policy.set_min_num_segments(4);
    merge_policy.set_del_docs_ratio_before_merge(0.2);
    writer.set_merge_policy(Box::new(merge_policy));
    Ok(writer)
}

fn compare_hits(a: &LexicalHit, b: &LexicalHit) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.key.cmp(&b.key))
}

fn keep_best_hits(hits: &mut Vec<LexicalHit>, limit: usize) {
    if hits.len() > limit {
        hits.select_nth_unstable_by(limit, compare_hits);
        hits.truncate(limit);
    }
}

fn find_term_documents(segment: &SegmentReader, term: &Term) -> tantivy::Result<Vec<DocId>> {
    let inverted = segment.inverted_index(term.field())?;
    let mut documents = Vec::new();
    if let Some(mut blocks) = inverted.read_block_postings(term, IndexRecordOption::Basic)? {
        while blocks.block_len() > 0 {
            documents.extend_from_slice(blocks.docs());
            blocks.advance();
        }
    }
    Ok(documents)
}
