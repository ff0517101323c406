//! Words: tantivy keeps the postings, BM25 is our own.

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

use crate::bm25::{Score, Weighted, WeightedWord, add_scores, average_length, rarity};
use crate::ready::{SEPARATOR, SplitTokenizer};

/// What a word in the title or a heading counts again; the text is indexed with them already.
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

/// What a search wants.
pub(crate) struct Wanted<'a> {
    /// The query's words, each as the stems under which it may stand.
    pub(crate) words: &'a [Vec<String>],
    /// Each must stand in the text in this order; alternatives by language.
    pub(crate) phrases: &'a [Vec<Vec<String>>],
    pub(crate) without: &'a [String],
    pub(crate) sources: Option<&'a HashSet<i64>>,
    pub(crate) limit: usize,
}

/// A passage that words found.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(crate) struct Worded {
    pub(crate) key: i64,
    pub(crate) source: i64,
    pub(crate) score: f32,
}

pub(crate) struct Lexical {
    fields: Fields,
    index: Index,
    reader: IndexReader,
    /// Gone after a failure until it is made anew: tantivy gives a writer up that could not write.
    writer: Mutex<Option<IndexWriter>>,
}

fn schema() -> (Schema, Fields) {
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

impl Lexical {
    /// Opens the index in a folder, making one where there is none.
    pub(crate) fn open(folder: &Path) -> tantivy::Result<Self> {
        std::fs::create_dir_all(folder)?;
        let (schema, fields) = schema();
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
        let writer = Mutex::new(Some(writer_of(&index)?));
        Ok(Self { fields, index, reader, writer })
    }

    /// Replaces what is known of sources by these passages, visibly and durably; after a failure
    /// it is as before. Searches go on meanwhile.
    pub(crate) fn replace(&self, sources: &[(i64, Vec<LexicalEntry>)]) -> tantivy::Result<()> {
        let mut slot = self.writer.lock().unwrap_or_else(PoisonError::into_inner);
        let mut writer = match slot.take() {
            Some(writer) => writer,
            None => writer_of(&self.index)?,
        };
        for (source, entries) in sources {
            writer.delete_term(Term::from_field_i64(self.fields.source, *source));
            for entry in entries {
                writer.add_document(self.document(entry))?;
            }
        }
        writer.commit()?;
        *slot = Some(writer);
        self.reader.reload()
    }

    fn document(&self, entry: &LexicalEntry) -> TantivyDocument {
        let mut document = TantivyDocument::new();
        document.add_i64(self.fields.key, entry.key);
        document.add_i64(self.fields.source, entry.source);
        let separator = SEPARATOR.to_string();
        document.add_text(self.fields.body, entry.body.join(&separator));
        document.add_text(self.fields.heading, entry.heading.join(&separator));
        document
    }

    /// How many passages of each source are in the index, and the sum of their numbers.
    pub(crate) fn sources(&self) -> tantivy::Result<HashMap<i64, (i64, i64)>> {
        let mut found: HashMap<i64, (i64, i64)> = HashMap::new();
        for segment in self.reader.searcher().segment_readers() {
            let keys = segment.fast_fields().i64("key")?;
            let sources = segment.fast_fields().i64("source")?;
            for doc in segment.doc_ids_alive() {
                if let (Some(key), Some(source)) = (keys.first(doc), sources.first(doc)) {
                    let slot = found.entry(source).or_default();
                    slot.0 += 1;
                    slot.1 += key;
                }
            }
        }
        Ok(found)
    }

    /// The best passages, best first: BM25 times the share of the query that the passage has, by
    /// the rarity of its words.
    pub(crate) fn search(&self, wanted: &Wanted<'_>) -> tantivy::Result<Vec<Worded>> {
        let searcher = self.reader.searcher();
        let documents: u64 = searcher.segment_readers().iter().map(|s| u64::from(s.max_doc())).sum();
        let words = self.weighted(&searcher, documents, wanted.words)?;
        if words.is_empty() {
            return Ok(Vec::new());
        }
        let total: f32 = words.iter().map(|word| word.rarity).sum();
        let segments = searcher.segment_readers().par_iter();
        let found: Vec<Vec<Worded>> = segments
            .map(|segment| self.search_segment(segment, &words, total, wanted))
            .collect::<Result<_, _>>()?;
        let mut hits = found.concat();
        keep_best_words(&mut hits, wanted.limit);
        hits.sort_unstable_by(better);
        Ok(hits)
    }

    /// Words with their rarity, by their commonest form.
    pub(crate) fn rarities(
        &self,
        words: Vec<Vec<String>>,
        at_least: u64,
    ) -> tantivy::Result<Vec<(Vec<String>, f32)>> {
        let searcher = self.reader.searcher();
        let documents: u64 = searcher.segment_readers().iter().map(|s| u64::from(s.max_doc())).sum();
        let documents = documents.max(at_least);
        words
            .into_iter()
            .map(|forms| {
                let mut commonest = 0;
                for form in &forms {
                    commonest =
                        commonest.max(searcher.doc_freq(&Term::from_field_text(self.fields.body, form))?);
                }
                Ok((forms, rarity(documents, commonest as f32)))
            })
            .collect()
    }

    /// The words that stand anywhere, with what they count.
    fn weighted(
        &self,
        searcher: &Searcher,
        documents: u64,
        words: &[Vec<String>],
    ) -> tantivy::Result<Vec<WeightedWord>> {
        let body = average_length(searcher, self.fields.body, documents)?;
        let heading = average_length(searcher, self.fields.heading, documents)?;
        let mut found = Vec::new();
        for forms in words {
            let mut terms = Vec::new();
            let mut commonest = 0.0_f32;
            for form in forms {
                for (field, weight, average) in
                    [(self.fields.body, 1.0, body), (self.fields.heading, HEADING_WEIGHT, heading)]
                {
                    let term = Term::from_field_text(field, form);
                    let frequency = searcher.doc_freq(&term)? as f32;
                    if frequency > 0.0 {
                        commonest = commonest.max(frequency);
                        terms.push(Weighted { term, weight: weight * rarity(documents, frequency), average });
                    }
                }
            }
            if commonest > 0.0 {
                found.push(WeightedWord { terms, rarity: rarity(documents, commonest) });
            }
        }
        Ok(found)
    }

    fn search_segment(
        &self,
        segment: &SegmentReader,
        words: &[WeightedWord],
        total: f32,
        wanted: &Wanted<'_>,
    ) -> tantivy::Result<Vec<Worded>> {
        let mut scores = vec![Score::default(); segment.max_doc() as usize];
        for (number, word) in (1..).zip(words) {
            for weighted in &word.terms {
                add_scores(segment, weighted, number, word.rarity, &mut scores)?;
            }
        }
        for word in wanted.without {
            let term = Term::from_field_text(self.fields.body, word);
            for doc in documents_with(segment, &term)? {
                scores[doc as usize] = Score::default();
            }
        }
        for alternatives in wanted.phrases {
            let mut holding = HashSet::new();
            for phrase in alternatives {
                holding.extend(self.documents_with_phrase(segment, phrase)?);
            }
            for (doc, score) in (0..).zip(scores.iter_mut()) {
                if !holding.contains(&doc) {
                    *score = Score::default();
                }
            }
        }
        let keys = segment.fast_fields().i64("key")?;
        let sources = segment.fast_fields().i64("source")?;
        let alive = segment.alive_bitset();
        let mut hits: Vec<Worded> = Vec::new();
        let mut least = 0.0;
        for (doc, score) in (0..).zip(&scores) {
            let score = score.sum * score.covered / total;
            if score <= least || alive.is_some_and(|alive| alive.is_deleted(doc)) {
                continue;
            }
            let (Some(key), Some(source)) = (keys.first(doc), sources.first(doc)) else {
                continue;
            };
            if wanted.sources.is_none_or(|allowed| allowed.contains(&source)) {
                hits.push(Worded { key, source, score });
            }
            if hits.len() >= 4 * wanted.limit {
                keep_best_words(&mut hits, wanted.limit);
                least = hits.iter().map(|hit| hit.score).fold(f32::MAX, f32::min);
            }
        }
        Ok(hits)
    }

    fn documents_with_phrase(
        &self,
        segment: &SegmentReader,
        phrase: &[String],
    ) -> tantivy::Result<HashSet<DocId>> {
        let mut open: Option<HashMap<DocId, HashSet<u32>>> = None;
        let inverted = segment.inverted_index(self.fields.body)?;
        for word in phrase {
            let term = Term::from_field_text(self.fields.body, word);
            let mut ends: HashMap<DocId, HashSet<u32>> = HashMap::new();
            if let Some(mut postings) =
                inverted.read_postings(&term, IndexRecordOption::WithFreqsAndPositions)?
            {
                let mut positions = Vec::new();
                while postings.doc() != TERMINATED {
                    let doc = postings.doc();
                    postings.positions(&mut positions);
                    let follows = |at: &u32| match &open {
                        None => true,
                        Some(open) => open
                            .get(&doc)
                            .is_some_and(|before| at.checked_sub(1).is_some_and(|at| before.contains(&at))),
                    };
                    let here: HashSet<u32> = positions.iter().copied().filter(follows).collect();
                    if !here.is_empty() {
                        ends.insert(doc, here);
                    }
                    postings.advance();
                }
            }
            open = Some(ends);
        }
        Ok(open.unwrap_or_default().into_keys().collect())
    }
}

fn writer_of(index: &Index) -> tantivy::Result<IndexWriter> {
    let writer: IndexWriter = index.writer_with_options(
        IndexWriterOptions::builder()
            .num_worker_threads(1)
            .memory_budget_per_thread(32_000_000)
            .num_merge_threads(1)
            .build(),
    )?;
    let mut merging = LogMergePolicy::default();
    merging.set_min_num_segments(4);
    merging.set_del_docs_ratio_before_merge(0.2);
    writer.set_merge_policy(Box::new(merging));
    Ok(writer)
}

fn better(a: &Worded, b: &Worded) -> std::cmp::Ordering {
    b.score.total_cmp(&a.score).then(a.key.cmp(&b.key))
}

fn keep_best_words(hits: &mut Vec<Worded>, limit: usize) {
    if hits.len() > limit {
        hits.select_nth_unstable_by(limit, better);
        hits.truncate(limit);
    }
}

fn documents_with(segment: &SegmentReader, term: &Term) -> tantivy::Result<Vec<DocId>> {
    let inverted = segment.inverted_index(term.field())?;
    let mut found = Vec::new();
    if let Some(mut blocks) = inverted.read_block_postings(term, IndexRecordOption::Basic)? {
        while blocks.block_len() > 0 {
            found.extend_from_slice(blocks.docs());
            blocks.advance();
        }
    }
    Ok(found)
}
