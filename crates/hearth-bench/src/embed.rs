//! Benchmark of the embedder against ONNX Runtime: same model, same texts, one run.
//!
//! Hearth is measured before and after the rival, so that a machine that slows down meanwhile favours
//! neither.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_domain::{Embedder, TextRole};
use hearth_host::{Directories, evaluation_folder};
use hearth_models::{Catalogue, CatalogueEntry, LocalEmbedder, ModelCache, Precision};
use serde::Deserialize;
use serde_json::Value;

use crate::report::{run_rival, workspace_root};

/// Catalogue id of the model.
const MODEL_ID: &str = "all-MiniLM-L6-v2";
/// Number of texts.
const TEXT_COUNT: usize = 256;
/// Words of a text.
const WORDS_PER_TEXT: std::ops::RangeInclusive<usize> = 40..=170;
/// Number of passes over all texts before the rival, and again after it; the median counts.
const PASS_COUNT: usize = 5;
/// Seconds of each measurement of the rival.
const RIVAL_SECONDS: &str = "6";
/// Python packages of the rival.
const RIVAL_PACKAGES: [&str; 5] =
    ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.31.1", "safetensors==0.8.0", "tokenizers==0.23.3"];

#[derive(Deserialize)]
struct CorpusDocument {
    text: String,
}

/// Tokens per second of each pass: one text per call, and all texts in one call.
#[derive(Default)]
struct Speeds {
    single: Vec<f64>,
    bulk: Vec<f64>,
}

/// Measures both precisions and the rival, and returns the report.
pub(crate) fn measure_embedder() -> anyhow::Result<String> {
    let texts = load_texts()?;
    let catalogue = Catalogue::load_built_in()?;
    let entry = catalogue.find_model(MODEL_ID).context("the default embedder is not in the catalogue")?;
    let cache = ModelCache::new(Directories::from_environment(None)?.models);
    let files = cache
        .find_files(entry)
        .context("the files of the default embedder are missing; run `cargo xtask setup`")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let embedders =
        [Precision::Full, Precision::Int8].map(|precision| new_embedder(entry, &cache, precision));
    let tokens: usize = texts.iter().map(|text| embedders[0].count_tokens(text)).sum::<Result<_, _>>()?;
    println!("{} texts, {tokens} tokens: measuring Hearth", texts.len());
    let mut speeds: [Speeds; 2] = Default::default();
    let mut measure_hearth = || -> anyhow::Result<()> {
        for (embedder, speeds) in embedders.iter().zip(&mut speeds) {
            runtime.block_on(time_passes(embedder, &texts, tokens, speeds))?;
        }
        Ok(())
    };
    measure_hearth()?;
    println!("measuring ONNX Runtime");
    let rival_results = run_onnxruntime(&texts, &files.folder)?;
    println!("measuring Hearth again");
    measure_hearth()?;
    let similarity = runtime.block_on(compare_precisions(&embedders, &texts))?;
    format_table(&texts, tokens, speeds, &rival_results, similarity)
}

fn new_embedder(entry: &CatalogueEntry, cache: &ModelCache, precision: Precision) -> LocalEmbedder {
    LocalEmbedder::new(entry, cache, 0, precision).expect("the default model is an embedder")
}

/// Loads real paragraphs (SciFact) of about a passage's length.
fn load_texts() -> anyhow::Result<Vec<String>> {
    let Some(dir) = evaluation_folder(&workspace_root().join("../shared/eval")) else {
        bail!("no evaluation data was found; set HEARTH_EVAL_DIR to its folder");
    };
    let corpus = fs::read_to_string(dir.join("scifact/corpus.jsonl"))?;
    let mut texts = Vec::new();
    for (index, line) in corpus.lines().enumerate() {
        let document: CorpusDocument = serde_json::from_str(line)?;
        let words: Vec<&str> = document.text.split_whitespace().collect();
        let word_count =
            WORDS_PER_TEXT.start() + index * 37 % (WORDS_PER_TEXT.end() - WORDS_PER_TEXT.start() + 1);
        if words.len() >= word_count && texts.len() < TEXT_COUNT {
            texts.push(words[..word_count].join(" "));
        }
    }
    Ok(texts)
}

/// Runs all passes with one embedder and adds their speeds.
async fn time_passes(
    embedder: &LocalEmbedder,
    texts: &[String],
    tokens: usize,
    speeds: &mut Speeds,
) -> anyhow::Result<()> {
    let embed = |texts: Vec<String>| embedder.embed(TextRole::Passage, texts);
    embed(texts[..8].to_vec()).await?;
    for _ in 0..PASS_COUNT {
        let mut elapsed = Duration::ZERO;
        for text in texts {
            let single_text = vec![text.clone()];
            let started = Instant::now();
            embed(single_text).await?;
            elapsed += started.elapsed();
        }
        speeds.single.push(tokens as f64 / elapsed.as_secs_f64());
        let all_texts = texts.to_vec();
        let started = Instant::now();
        embed(all_texts).await?;
        speeds.bulk.push(tokens as f64 / started.elapsed().as_secs_f64());
    }
    Ok(())
}

/// Runs the rival and returns its figures as JSON.
fn run_onnxruntime(texts: &[String], model: &Path) -> anyhow::Result<Value> {
    let work = std::env::temp_dir().join("hearth-bench-embed");
    fs::create_dir_all(&work)?;
    let path = |name: &str| work.join(name).to_string_lossy().into_owned();
    fs::write(work.join("texts.json"), serde_json::to_vec(texts)?)?;
    let (model, texts_file, graphs_folder) = (model.to_string_lossy(), path("texts.json"), path("graphs"));
    let arguments =
        ["--model", &model, "--texts", &texts_file, "--work", &graphs_folder, "--seconds", RIVAL_SECONDS];
    let results = run_rival("embed_rivals.py", &RIVAL_PACKAGES, &arguments);
    fs::remove_dir_all(&work)?;
    results
}

/// Mean and minimum of the cosines between the vectors of eight bits and those of full precision.
async fn compare_precisions(embedders: &[LocalEmbedder; 2], texts: &[String]) -> anyhow::Result<(f32, f32)> {
    let full = embedders[0].embed(TextRole::Passage, texts.to_vec()).await?;
    let int8 = embedders[1].embed(TextRole::Passage, texts.to_vec()).await?;
    let cosines: Vec<f32> =
        full.iter().zip(&int8).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum()).collect();
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    Ok((mean, cosines.into_iter().fold(1.0, f32::min)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

/// Formats the report.
fn format_table(
    texts: &[String],
    tokens: usize,
    speeds: [Speeds; 2],
    rival_results: &Value,
    (mean_cosine, min_cosine): (f32, f32),
) -> anyhow::Result<String> {
    let version = rival_results["versions"]["onnxruntime"].as_str().unwrap_or("?");
    let mut report = format!(
        "{MODEL_ID}, {} texts of {} to {} words ({tokens} tokens), tokens a second from text to vector, tokenising \
         included: one text a call, and all texts in one call. The rival is ONNX Runtime {version} in the quicker \
         of several graphs, batches sorted by length and of the best size.\n\n\
         | | one text a call | in bulk | minimum and mean cosine to full precision |\n| --- | --- | --- | --- |\n",
        texts.len(),
        WORDS_PER_TEXT.start(),
        WORDS_PER_TEXT.end(),
    );
    let rival_speed = |precision: &str, kind: &str| {
        rival_results[precision][kind]["with_tokenising"].as_f64().unwrap_or(f64::NAN)
    };
    for ((name, rival), own_speeds) in [("full", "fp32"), ("int8", "int8")].into_iter().zip(speeds) {
        let (single, bulk) = (median(own_speeds.single), median(own_speeds.bulk));
        let cosines =
            if name == "int8" { format!("{min_cosine:.4}, {mean_cosine:.4}") } else { String::new() };
        writeln!(report, "| Hearth, {name} | {single:.0} | {bulk:.0} | {cosines} |")?;
        let (rival_single, rival_bulk) = (rival_speed(rival, "single"), rival_speed(rival, "bulk"));
        let rival_cosines = &rival_results["cosine"]["bulk"];
        let cosines = if name == "int8" {
            format!(
                "{:.4}, {:.4}",
                rival_cosines["min"].as_f64().unwrap_or(f64::NAN),
                rival_cosines["mean"].as_f64().unwrap_or(f64::NAN)
            )
        } else {
            String::new()
        };
        writeln!(report, "| ONNX Runtime, {rival} | {rival_single:.0} | {rival_bulk:.0} | {cosines} |")?;
        writeln!(report, "| ratio | {:.2} | {:.2} | |", single / rival_single, bulk / rival_bulk)?;
    }
    Ok(report)
}
