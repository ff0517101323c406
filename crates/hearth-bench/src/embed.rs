//! The encoder beside ONNX Runtime: the same model, the same texts, one run.
//!
//! Ours is measured before and after the rival, so that a machine that slows down meanwhile favours neither.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_domain::{Embedder, TextRole};
use hearth_host::{Directories, eval_dir};
use hearth_models::{Catalogue, CatalogueEntry, LocalEmbedder, ModelCache, Precision};
use serde::Deserialize;
use serde_json::Value;

use crate::report::{rival, root};

const MODEL: &str = "all-MiniLM-L6-v2";
const TEXTS: usize = 256;
const WORDS: std::ops::RangeInclusive<usize> = 40..=170;
/// Passes over all texts before the rival, and as many after it; the median of all counts.
const PASSES: usize = 5;
const SECONDS: &str = "6";
const PACKAGES: [&str; 5] =
    ["numpy==2.4.6", "onnx==1.23.2", "onnxruntime==1.31.1", "safetensors==0.8.0", "tokenizers==0.23.3"];

#[derive(Deserialize)]
struct Document {
    text: String,
}

/// Tokens a second, text by text and all at once.
#[derive(Default)]
struct Speeds {
    single: Vec<f64>,
    bulk: Vec<f64>,
}

pub(crate) fn measure() -> anyhow::Result<String> {
    let texts = texts()?;
    let catalogue = Catalogue::embedded()?;
    let entry = catalogue.find(MODEL).context("the default embedder is in the catalogue")?;
    let cache = ModelCache::new(Directories::find(None)?.models);
    let files = cache.find(entry).context("the embedder's files are missing; run `cargo xtask setup`")?;
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let embedders = [Precision::Full, Precision::Int8].map(|precision| new(entry, &cache, precision));
    let tokens: usize = texts.iter().map(|text| embedders[0].count_tokens(text)).sum::<Result<_, _>>()?;
    println!("{} texts, {tokens} tokens: ours", texts.len());
    let mut speeds: [Speeds; 2] = Default::default();
    let mut pass = || -> anyhow::Result<()> {
        for (embedder, speeds) in embedders.iter().zip(&mut speeds) {
            runtime.block_on(time(embedder, &texts, tokens, speeds))?;
        }
        Ok(())
    };
    pass()?;
    println!("the rival");
    let told = onnxruntime(&texts, &files.folder)?;
    println!("ours again");
    pass()?;
    let alike = runtime.block_on(alike(&embedders, &texts))?;
    table(&texts, tokens, speeds, &told, alike)
}

fn new(entry: &CatalogueEntry, cache: &ModelCache, precision: Precision) -> LocalEmbedder {
    LocalEmbedder::new(entry, cache, 0, precision).expect("the default embedder is one")
}

/// Real paragraphs of about a passage's length, spread over the collection.
fn texts() -> anyhow::Result<Vec<String>> {
    let Some(dir) = eval_dir(&root().join("../shared/eval")) else {
        bail!("there is no evaluation data; HEARTH_EVAL_DIR names its folder");
    };
    let corpus = fs::read_to_string(dir.join("scifact/corpus.jsonl"))?;
    let mut texts = Vec::new();
    for (at, line) in corpus.lines().enumerate() {
        let document: Document = serde_json::from_str(line)?;
        let words: Vec<&str> = document.text.split_whitespace().collect();
        let wanted = WORDS.start() + at * 37 % (WORDS.end() - WORDS.start() + 1);
        if words.len() >= wanted && texts.len() < TEXTS {
            texts.push(words[..wanted].join(" "));
        }
    }
    Ok(texts)
}

async fn time(
    embedder: &LocalEmbedder,
    texts: &[String],
    tokens: usize,
    speeds: &mut Speeds,
) -> anyhow::Result<()> {
    let embed = |texts: Vec<String>| embedder.embed(TextRole::Passage, texts);
    embed(texts[..8].to_vec()).await?;
    for _ in 0..PASSES {
        let mut took = Duration::ZERO;
        for text in texts {
            let own = vec![text.clone()];
            let started = Instant::now();
            embed(own).await?;
            took += started.elapsed();
        }
        speeds.single.push(tokens as f64 / took.as_secs_f64());
        let all = texts.to_vec();
        let started = Instant::now();
        embed(all).await?;
        speeds.bulk.push(tokens as f64 / started.elapsed().as_secs_f64());
    }
    Ok(())
}

fn onnxruntime(texts: &[String], model: &Path) -> anyhow::Result<Value> {
    let work = std::env::temp_dir().join("hearth-bench-embed");
    fs::create_dir_all(&work)?;
    let path = |name: &str| work.join(name).to_string_lossy().into_owned();
    fs::write(work.join("texts.json"), serde_json::to_vec(texts)?)?;
    let (model, list, folder) = (model.to_string_lossy(), path("texts.json"), path("graphs"));
    let arguments = ["--model", &model, "--texts", &list, "--work", &folder, "--seconds", SECONDS];
    let told = rival("embed_rivals.py", &PACKAGES, &arguments);
    fs::remove_dir_all(&work)?;
    told
}

/// How near the vectors of eight bits are to those of full precision: mean and least cosine.
async fn alike(embedders: &[LocalEmbedder; 2], texts: &[String]) -> anyhow::Result<(f32, f32)> {
    let full = embedders[0].embed(TextRole::Passage, texts.to_vec()).await?;
    let bytes = embedders[1].embed(TextRole::Passage, texts.to_vec()).await?;
    let cosines: Vec<f32> =
        full.iter().zip(&bytes).map(|(a, b)| a.iter().zip(b).map(|(a, b)| a * b).sum()).collect();
    let mean = cosines.iter().sum::<f32>() / cosines.len() as f32;
    Ok((mean, cosines.into_iter().fold(1.0, f32::min)))
}

fn median(mut values: Vec<f64>) -> f64 {
    values.sort_by(f64::total_cmp);
    values[values.len() / 2]
}

fn table(
    texts: &[String],
    tokens: usize,
    speeds: [Speeds; 2],
    told: &Value,
    (mean, least): (f32, f32),
) -> anyhow::Result<String> {
    let version = told["versions"]["onnxruntime"].as_str().unwrap_or("?");
    let mut report = format!(
        "{MODEL}, {} texts of {} to {} words ({tokens} tokens), tokens a second from text to vector, tokenising \
         included: one text a call, and all texts in one call. The rival is ONNX Runtime {version} in the quicker \
         of several graphs, batches sorted by length and of the best size.\n\n\
         | | one text a call | in bulk | least and mean cosine to full precision |\n| --- | --- | --- | --- |\n",
        texts.len(),
        WORDS.start(),
        WORDS.end(),
    );
    let of =
        |precision: &str, kind: &str| told[precision][kind]["with_tokenising"].as_f64().unwrap_or(f64::NAN);
    for ((name, rival), own) in [("full", "fp32"), ("int8", "int8")].into_iter().zip(speeds) {
        let (single, bulk) = (median(own.single), median(own.bulk));
        let cosines = if name == "int8" { format!("{least:.4}, {mean:.4}") } else { String::new() };
        writeln!(report, "| Hearth, {name} | {single:.0} | {bulk:.0} | {cosines} |")?;
        let (other, others) = (of(rival, "single"), of(rival, "bulk"));
        let cosine = &told["cosine"]["bulk"];
        let cosines = if name == "int8" {
            format!(
                "{:.4}, {:.4}",
                cosine["min"].as_f64().unwrap_or(f64::NAN),
                cosine["mean"].as_f64().unwrap_or(f64::NAN)
            )
        } else {
            String::new()
        };
        writeln!(report, "| ONNX Runtime, {rival} | {other:.0} | {others:.0} | {cosines} |")?;
        writeln!(report, "| ratio | {:.2} | {:.2} | |", single / other, bulk / others)?;
    }
    Ok(report)
}
