//! Benchmark of search over many passages: hybrid search, and vectors alone against rivals.
//!
//! The passages are synthetic: words with Zipf's frequencies, vectors around a thousand centres. They measure
//! the speed of search, not its quality; `hearth eval retrieval` measures that.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use hearth_host::resident_bytes;
use hearth_index::{KeyedVectors, PassageEntry, SearchIndex, SearchRequest, fuse_scores};

use crate::report::{percentiles, run_rival};
use hearth_tests::random::Random;

/// Length of the vectors.
const VECTOR_DIMENSIONS: usize = 384;
/// Searches that are measured.
const QUERY_COUNT: usize = 200;
/// Searches before the measured ones.
const WARM_UP_COUNT: usize = 10;
/// Results of a search by vectors alone.
const MAX_RESULTS: usize = 10;
/// Candidates from words and from vectors each, and the weight of the vectors in the fusion, as in the
/// library.
const MAX_CANDIDATES: usize = 120;
const VECTOR_WEIGHT: f32 = 0.6;
/// Passages per source, and sources per write to the index.
const PASSAGES_PER_SOURCE: usize = 20;
const SOURCES_PER_BATCH: usize = 500;
/// Number of different words.
const VOCABULARY_SIZE: usize = 60_000;
/// Words of a passage.
const PASSAGE_WORDS: usize = 120;
/// Words of a question.
const QUESTION_WORDS: usize = 9;
/// Number of centres of the vectors.
const CENTRE_COUNT: u64 = 1000;
/// Vector stores of the rivals.
const RIVAL_STORES: &str = "lancedb-flat,lancedb-ivfpq,chroma";
/// Python packages of the rivals.
const RIVAL_PACKAGES: [&str; 3] = ["numpy==2.4.6", "lancedb==0.40.0", "chromadb==1.5.9"];

/// Random number of a word, with Zipf's frequencies.
fn random_word(random: &mut Random) -> usize {
    let max_exponent = (VOCABULARY_SIZE as f32).ln();
    ((random.next_unit() * max_exponent).exp() as usize).min(VOCABULARY_SIZE - 1)
}

/// Random text of so many words.
fn random_text(random: &mut Random, words: usize) -> String {
    (0..words).map(|_| format!("w{} ", random_word(random))).collect()
}

/// Random unit vector around one of the centres.
fn random_vector(random: &mut Random) -> Vec<f32> {
    let mut centre = Random(random.next_bits() % CENTRE_COUNT + 7_777);
    let mut vector: Vec<f32> =
        (0..VECTOR_DIMENSIONS).map(|_| centre.next_normal() + 0.9 * random.next_normal()).collect();
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut vector {
        *value /= norm;
    }
    vector
}

/// Measures single searches: p50, p95 and p99 in milliseconds, as cells of a table.
fn time_searches(mut search: impl FnMut(usize)) -> String {
    (0..WARM_UP_COUNT).for_each(&mut search);
    let timed = |query| {
        let started = Instant::now();
        search(query);
        started.elapsed()
    };
    let [p50, p95, p99] = percentiles((0..QUERY_COUNT).map(timed).collect());
    format!("{p50:.2} | {p95:.2} | {p99:.2}")
}

/// Measures search over each number of thousand passages and returns the report.
pub(crate) fn measure_search(thousands: &[usize], with_rivals: bool) -> anyhow::Result<String> {
    let work = std::env::temp_dir().join("hearth-bench-search");
    let mut report = String::from(
        "Synthetic passages of 120 words and 384 dimensions, 20 a source; 200 searches one by one, in \
         milliseconds. \"Hybrid\" includes all work of the index: words, vectors, exact cosines, fusion; embedding the \
         question and reading the passages' text are not included.\n\n\
         | what | passages | p50 | p95 | p99 | recall@10 | build | memory |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for size in thousands {
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&work)?;
        measure_size(&work, size * 1000, with_rivals, &mut report)?;
    }
    fs::remove_dir_all(&work)?;
    Ok(report)
}

/// Builds an index of `count` passages and measures it.
fn measure_size(work: &Path, count: usize, with_rivals: bool, report: &mut String) -> anyhow::Result<()> {
    println!("{count} passages: building the index");
    let before = resident_bytes();
    let started = Instant::now();
    let index = SearchIndex::open(&work.join("index"), "bench", VECTOR_DIMENSIONS)?;
    let mut vectors = BufWriter::new(File::create(work.join("vectors.f32"))?);
    let mut random = Random(1);
    let sources = count / PASSAGES_PER_SOURCE;
    for first_source in (0..sources).step_by(SOURCES_PER_BATCH) {
        index_sources(
            &index,
            first_source..(first_source + SOURCES_PER_BATCH).min(sources),
            &mut random,
            &mut vectors,
        )?;
    }
    vectors.flush()?;
    let build = started.elapsed();
    let questions: Vec<(String, Vec<f32>)> = (0..QUERY_COUNT)
        .map(|_| (random_text(&mut random, QUESTION_WORDS), random_vector(&mut random)))
        .collect();
    let mut file = BufWriter::new(File::create(work.join("queries.f32"))?);
    for (_, vector) in &questions {
        write_vector(&mut file, vector)?;
    }
    file.flush()?;

    println!("{count} passages: measuring searches");
    let tenth: HashSet<i64> = (0..sources as i64).filter(|source| source % 10 == 3).collect();
    let search = |query: usize, scope: Option<&HashSet<i64>>| {
        let (text, vector) = &questions[query];
        let candidates = index.search(&SearchRequest {
            query: text,
            vector: Some(vector),
            embedder: "bench",
            by_words: true,
            sources: scope,
            languages: &[],
            limit: MAX_CANDIDATES,
        });
        std::hint::black_box(fuse_scores(&candidates.unwrap_or_default(), VECTOR_WEIGHT));
    };
    let hybrid = time_searches(|query| search(query, None));
    let filtered = time_searches(|query| search(query, Some(&tenth)));
    let vectors_alone = time_searches(|query| {
        std::hint::black_box(index.find_nearest(&questions[query].1, None, MAX_RESULTS));
    });
    let memory = resident_bytes().saturating_sub(before) >> 20;
    let recall = measure_recall(&work.join("vectors.f32"), &questions, |vector| {
        index.find_nearest(vector, None, MAX_RESULTS).into_iter().map(|near| near.cosine).collect()
    })?;
    let build = build.as_secs_f32();
    writeln!(report, "| Hearth, hybrid | {count} | {hybrid} | | {build:.1} s | {memory} MB |")?;
    writeln!(report, "| Hearth, hybrid, a tenth of the sources | {count} | {filtered} | | | |")?;
    writeln!(report, "| Hearth, vectors alone | {count} | {vectors_alone} | {recall:.3} | | |")?;
    drop(index);
    if with_rivals {
        println!("{count} passages: measuring the rivals");
        measure_rivals(work, count, report)?;
    }
    Ok(())
}

/// Writes a vector as little-endian single-precision values.
fn write_vector(file: &mut impl std::io::Write, vector: &[f32]) -> std::io::Result<()> {
    vector.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
}

/// Adds synthetic sources to the index, and their vectors to the file for the rivals.
fn index_sources(
    index: &SearchIndex,
    sources: std::ops::Range<usize>,
    random: &mut Random,
    file: &mut impl std::io::Write,
) -> anyhow::Result<()> {
    let mut texts = Vec::new();
    let mut vectors: Vec<(i64, KeyedVectors)> = Vec::new();
    for source in sources.clone() {
        let mut source_vectors = KeyedVectors::new();
        for position in 0..PASSAGES_PER_SOURCE {
            texts.push(random_text(random, PASSAGE_WORDS));
            let vector = random_vector(random);
            write_vector(file, &vector)?;
            source_vectors.push(((source * PASSAGES_PER_SOURCE + position + 1) as i64, vector));
        }
        vectors.push((source as i64, source_vectors));
    }
    let entries: Vec<(i64, Vec<PassageEntry<'_>>)> = sources
        .clone()
        .map(|source| {
            let build_entry = |position: usize| PassageEntry {
                key: (source * PASSAGES_PER_SOURCE + position + 1) as i64,
                source: source as i64,
                title: "Synthetic",
                section: &[],
                text: &texts[(source - sources.start) * PASSAGES_PER_SOURCE + position],
                language: None,
            };
            (source as i64, (0..PASSAGES_PER_SOURCE).map(build_entry).collect())
        })
        .collect();
    index.index_vectors("bench", &vectors)?;
    index.index_text(&entries)?;
    Ok(())
}

/// Recall at ten: share of the exact ten best that are found; a cosine within a millionth of the tenth
/// counts.
fn measure_recall(
    vectors: &Path,
    questions: &[(String, Vec<f32>)],
    search: impl Fn(&[f32]) -> Vec<f32>,
) -> anyhow::Result<f32> {
    let bytes = fs::read(vectors)?;
    let rows: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let (mut hits, mut expected) = (0, 0);
    for (_, question) in questions.iter().take(50) {
        let mut exact: Vec<f32> = rows
            .chunks_exact(VECTOR_DIMENSIONS)
            .map(|row| row.iter().zip(question).map(|(a, b)| a * b).sum())
            .collect();
        let tenth_index = exact.len() - MAX_RESULTS;
        let (_, tenth, _) = exact.select_nth_unstable_by(tenth_index, f32::total_cmp);
        let tenth = *tenth;
        hits += search(question).into_iter().filter(|cosine| *cosine >= tenth - 1e-6).count();
        expected += MAX_RESULTS;
    }
    Ok(hits as f32 / expected as f32)
}

/// Measures the rivals' vector stores on the same vectors.
fn measure_rivals(work: &Path, count: usize, report: &mut String) -> anyhow::Result<()> {
    let path = |name: &str| work.join(name).to_string_lossy().into_owned();
    let results = run_rival(
        "search_rivals.py",
        &RIVAL_PACKAGES,
        &[
            "--vectors",
            &path("vectors.f32"),
            "--queries",
            &path("queries.f32"),
            "--work",
            &path("rivals"),
            "--dimensions",
            &VECTOR_DIMENSIONS.to_string(),
            "--top",
            &MAX_RESULTS.to_string(),
            "--stores",
            RIVAL_STORES,
        ],
    )?;
    let number = |value: &serde_json::Value, name: &str| value[name].as_f64().unwrap_or(f64::NAN);
    for store in results["stores"].as_array().into_iter().flatten() {
        let name = store["name"].as_str().unwrap_or("?");
        let version = &results["versions"][if name == "chroma" { "chromadb" } else { "lancedb" }];
        writeln!(
            report,
            "| {name} {} | {count} | {:.2} | {:.2} | {:.2} | {:.3} | {:.1} s | {:.0} MB |",
            version.as_str().unwrap_or(""),
            number(store, "p50_ms"),
            number(store, "p95_ms"),
            number(store, "p99_ms"),
            number(store, "recall_at_10"),
            number(store, "build_seconds"),
            number(store, "memory_mb"),
        )?;
    }
    Ok(())
}
