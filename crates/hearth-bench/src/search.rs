//! Searching many passages: words and vectors together, and vectors alone beside rivals.
//!
//! The passages are synthetic: words drawn as rare as in real text (Zipf), vectors around a
//! thousand centres. They say how fast a search is, not how good; for that there is
//! `hearth eval retrieval`.

use std::collections::HashSet;
use std::fmt::Write as _;
use std::fs::{self, File};
use std::io::{BufWriter, Write as _};
use std::path::Path;
use std::time::Instant;

use hearth_host::resident_bytes;
use hearth_index::{Entry, Index, Keyed, Search, fuse};

use crate::report::{percentiles, rival};
use hearth_tests::random::Random;

const DIMENSIONS: usize = 384;
const QUERIES: usize = 200;
const WARM_UP: usize = 10;
const TOP: usize = 10;
/// Candidates from each side and what meaning counts, as the engine has them.
const CANDIDATES: usize = 120;
const MEANING: f32 = 0.6;
/// Passages of a source, and sources that are put in at a time.
const EACH: usize = 20;
const AT_ONCE: usize = 500;
const VOCABULARY: usize = 60_000;
const PASSAGE_WORDS: usize = 120;
const QUESTION_WORDS: usize = 9;
const CENTRES: u64 = 1000;
const STORES: &str = "lancedb-flat,lancedb-ivfpq,chroma";
const PACKAGES: [&str; 3] = ["numpy==2.4.6", "lancedb==0.40.0", "chromadb==1.5.9"];

/// A word's number, with Zipf's frequencies.
fn word(random: &mut Random) -> usize {
    let most = (VOCABULARY as f32).ln();
    ((random.unit() * most).exp() as usize).min(VOCABULARY - 1)
}

fn text(random: &mut Random, words: usize) -> String {
    (0..words).map(|_| format!("w{} ", word(random))).collect()
}

/// A unit vector around one of the centres.
fn vector(random: &mut Random) -> Vec<f32> {
    let mut centre = Random(random.bits() % CENTRES + 7_777);
    let mut vector: Vec<f32> = (0..DIMENSIONS).map(|_| centre.normal() + 0.9 * random.normal()).collect();
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut vector {
        *value /= norm;
    }
    vector
}

/// Times of single searches: p50, p95 and p99 in milliseconds.
fn times(mut search: impl FnMut(usize)) -> String {
    (0..WARM_UP).for_each(&mut search);
    let timed = |query| {
        let started = Instant::now();
        search(query);
        started.elapsed()
    };
    let [p50, p95, p99] = percentiles((0..QUERIES).map(timed).collect());
    format!("{p50:.2} | {p95:.2} | {p99:.2}")
}

pub(crate) fn measure(thousands: &[usize], with_rivals: bool) -> anyhow::Result<String> {
    let work = std::env::temp_dir().join("hearth-bench-search");
    let mut report = String::from(
        "Synthetic passages of 120 words and 384 dimensions, 20 a source; 200 searches one by one, in \
         milliseconds. \"Hybrid\" is the index's whole work: words, vectors, exact cosines, fusion; embedding the \
         question and reading the passages' text come on top.\n\n\
         | what | passages | p50 | p95 | p99 | recall@10 | build | memory |\n| --- | --- | --- | --- | --- | --- | --- | --- |\n",
    );
    for size in thousands {
        if work.exists() {
            fs::remove_dir_all(&work)?;
        }
        fs::create_dir_all(&work)?;
        one_size(&work, size * 1000, with_rivals, &mut report)?;
    }
    fs::remove_dir_all(&work)?;
    Ok(report)
}

fn one_size(work: &Path, count: usize, with_rivals: bool, report: &mut String) -> anyhow::Result<()> {
    println!("{count} passages: building");
    let before = resident_bytes();
    let started = Instant::now();
    let index = Index::open(&work.join("index"), "bench", DIMENSIONS)?;
    let mut vectors = BufWriter::new(File::create(work.join("vectors.f32"))?);
    let mut random = Random(1);
    let sources = count / EACH;
    for first in (0..sources).step_by(AT_ONCE) {
        put(&index, first..(first + AT_ONCE).min(sources), &mut random, &mut vectors)?;
    }
    vectors.flush()?;
    let build = started.elapsed();
    let questions: Vec<(String, Vec<f32>)> =
        (0..QUERIES).map(|_| (text(&mut random, QUESTION_WORDS), vector(&mut random))).collect();
    let mut file = BufWriter::new(File::create(work.join("queries.f32"))?);
    for (_, vector) in &questions {
        write_vector(&mut file, vector)?;
    }
    file.flush()?;

    println!("{count} passages: searching");
    let tenth: HashSet<i64> = (0..sources as i64).filter(|source| source % 10 == 3).collect();
    let search = |query: usize, scope: Option<&HashSet<i64>>| {
        let (text, vector) = &questions[query];
        let found = index.search(&Search {
            query: text,
            vector: Some(vector),
            embedder: "bench",
            by_words: true,
            sources: scope,
            languages: &[],
            limit: CANDIDATES,
        });
        std::hint::black_box(fuse(&found.unwrap_or_default(), MEANING));
    };
    let hybrid = times(|query| search(query, None));
    let filtered = times(|query| search(query, Some(&tenth)));
    let alone = times(|query| {
        std::hint::black_box(index.nearest(&questions[query].1, None, TOP));
    });
    let memory = resident_bytes().saturating_sub(before) >> 20;
    let recall = recall(&work.join("vectors.f32"), &questions, |vector| {
        index.nearest(vector, None, TOP).into_iter().map(|near| near.cosine).collect()
    })?;
    let build = build.as_secs_f32();
    writeln!(report, "| Hearth, hybrid | {count} | {hybrid} | | {build:.1} s | {memory} MB |")?;
    writeln!(report, "| Hearth, hybrid, a tenth of the sources | {count} | {filtered} | | | |")?;
    writeln!(report, "| Hearth, vectors alone | {count} | {alone} | {recall:.3} | | |")?;
    drop(index);
    if with_rivals {
        println!("{count} passages: the rivals");
        rivals(work, count, report)?;
    }
    Ok(())
}

fn write_vector(file: &mut impl std::io::Write, vector: &[f32]) -> std::io::Result<()> {
    vector.iter().try_for_each(|value| file.write_all(&value.to_le_bytes()))
}

fn put(
    index: &Index,
    sources: std::ops::Range<usize>,
    random: &mut Random,
    file: &mut impl std::io::Write,
) -> anyhow::Result<()> {
    let mut texts = Vec::new();
    let mut vectors: Vec<(i64, Keyed)> = Vec::new();
    for source in sources.clone() {
        let mut own = Keyed::new();
        for at in 0..EACH {
            texts.push(text(random, PASSAGE_WORDS));
            let vector = vector(random);
            write_vector(file, &vector)?;
            own.push(((source * EACH + at + 1) as i64, vector));
        }
        vectors.push((source as i64, own));
    }
    let entries: Vec<(i64, Vec<Entry<'_>>)> = sources
        .clone()
        .map(|source| {
            let of = |at: usize| Entry {
                key: (source * EACH + at + 1) as i64,
                source: source as i64,
                title: "Synthetic",
                section: &[],
                text: &texts[(source - sources.start) * EACH + at],
                language: None,
            };
            (source as i64, (0..EACH).map(of).collect())
        })
        .collect();
    index.put_vectors("bench", &vectors)?;
    index.put_words(&entries)?;
    Ok(())
}

/// Share of the true ten best that are found; a cosine within a millionth of the tenth counts.
fn recall(
    vectors: &Path,
    questions: &[(String, Vec<f32>)],
    found: impl Fn(&[f32]) -> Vec<f32>,
) -> anyhow::Result<f32> {
    let bytes = fs::read(vectors)?;
    let rows: Vec<f32> =
        bytes.chunks_exact(4).map(|b| f32::from_le_bytes([b[0], b[1], b[2], b[3]])).collect();
    let (mut right, mut all) = (0, 0);
    for (_, question) in questions.iter().take(50) {
        let mut exact: Vec<f32> = rows
            .chunks_exact(DIMENSIONS)
            .map(|row| row.iter().zip(question).map(|(a, b)| a * b).sum())
            .collect();
        let at = exact.len() - TOP;
        let (_, tenth, _) = exact.select_nth_unstable_by(at, f32::total_cmp);
        let tenth = *tenth;
        right += found(question).into_iter().filter(|cosine| *cosine >= tenth - 1e-6).count();
        all += TOP;
    }
    Ok(right as f32 / all as f32)
}

/// The stores of others on the same files, by their own Python packages.
fn rivals(work: &Path, count: usize, report: &mut String) -> anyhow::Result<()> {
    let path = |name: &str| work.join(name).to_string_lossy().into_owned();
    let told = rival(
        "search_rivals.py",
        &PACKAGES,
        &[
            "--vectors",
            &path("vectors.f32"),
            "--queries",
            &path("queries.f32"),
            "--work",
            &path("rivals"),
            "--dimensions",
            &DIMENSIONS.to_string(),
            "--top",
            &TOP.to_string(),
            "--stores",
            STORES,
        ],
    )?;
    let number = |value: &serde_json::Value, name: &str| value[name].as_f64().unwrap_or(f64::NAN);
    for store in told["stores"].as_array().into_iter().flatten() {
        let name = store["name"].as_str().unwrap_or("?");
        let version = &told["versions"][if name == "chroma" { "chromadb" } else { "lancedb" }];
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
