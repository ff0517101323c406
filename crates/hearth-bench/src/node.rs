//! A whole node as its users have it: how soon it is ready, what it weighs, how fast it takes in
//! documents, and how long it takes from a question to the model's prompt.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_domain::{Clock, Embedder, NotebookId, SourceStatus, TextRole};
use hearth_host::{Directories, eval_dir};
use hearth_models::{Catalogue, LocalEmbedder, ModelCache, Precision};
use hearth_tests::{NodeProcess, Script, ScriptedOllama};
use hearth_wire::Question;
use hearth_wire::operations::Ready;
use serde::Deserialize;

use crate::library::fill;
use crate::memory;
use crate::report::{percentiles, root};

const PASSAGES: usize = 100_000;
/// Paragraphs whose text and vectors are copied.
const MODELS: usize = 4000;
const QUESTIONS: usize = 100;
const WARM_UP: usize = 10;
const STARTS: usize = 5;
/// Short texts that are taken in.
const TEXTS: usize = 500;
/// Copies of each PDF that are taken in.
const COPIES: usize = 8;

#[derive(Deserialize)]
struct Document {
    text: String,
}

pub(crate) fn measure() -> anyhow::Result<String> {
    let Some(eval) = eval_dir(&root().join("../shared/eval")) else {
        bail!("there is no evaluation data; HEARTH_EVAL_DIR names its folder");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let work = tempfile::tempdir()?;
    let mut report = String::from(
        "`hearth node` as a process, optimised. Memory is the proportional set size (PSS) of the node.\n\n\
         | what | figure |\n| --- | --- |\n",
    );
    runtime.block_on(async {
        idle(work.path(), &mut report).await?;
        ingest(work.path(), &eval, &mut report).await?;
        short(work.path(), &eval, &mut report).await?;
        overhead(work.path(), &eval, &mut report).await
    })?;
    Ok(report)
}

/// From the start of the process until `/ready` says so.
async fn started(data: &Path, settings: &[(&str, &str)]) -> anyhow::Result<(NodeProcess, Duration)> {
    let begun = Instant::now();
    let node = NodeProcess::start(data, settings);
    loop {
        if node.client.call::<Ready>(&[], &(), &()).await.is_ok_and(|report| report.ready) {
            return Ok((node, begun.elapsed()));
        }
        if begun.elapsed() > Duration::from_mins(5) {
            bail!("the node does not get ready");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

async fn idle(work: &Path, report: &mut String) -> anyhow::Result<()> {
    let data = work.join("empty");
    let mut times = Vec::new();
    let mut memory = 0;
    for _ in 0..STARTS {
        let (node, took) = started(&data, &[]).await?;
        times.push(took);
        tokio::time::sleep(Duration::from_secs(1)).await;
        memory = memory::megabytes(node.pid())?;
    }
    let [p50, _, worst] = percentiles(times);
    writeln!(report, "| start to ready, empty library | {p50:.0} ms (slowest of {STARTS}: {worst:.0}) |")?;
    writeln!(report, "| idle memory, no model loaded | {memory} MB |")?;
    Ok(())
}

/// PDFs of the evaluation, each several times with a comment that makes it another file.
async fn ingest(work: &Path, eval: &Path, report: &mut String) -> anyhow::Result<()> {
    let (node, _) = started(&work.join("ingest"), &[]).await?;
    let notebook = node.notebook("PDFs").await;
    let mut files = Vec::new();
    for entry in fs::read_dir(eval.join("documents/pdf"))? {
        files.push(fs::read(entry?.path())?);
    }
    // The model is loaded before the clock runs.
    node.add(notebook, "warm.md", b"# Warm\n\nA sentence so that the model is loaded.").await;
    node.settled(notebook).await;
    let begun = Instant::now();
    for copy in 0..COPIES {
        for (number, file) in files.iter().enumerate() {
            let mut bytes = file.clone();
            bytes.extend(format!("\n% copy {copy}\n").bytes());
            node.add(notebook, &format!("{number}-{copy}.pdf"), &bytes).await;
        }
    }
    let sources = node.settled(notebook).await;
    let took = begun.elapsed().as_secs_f64();
    let ready = sources.iter().filter(|source| source.status == SourceStatus::Ready);
    let (mut pages, mut words) = (0, 0);
    for source in ready {
        pages += source.pages.unwrap_or(0);
        words += source.words;
    }
    writeln!(
        report,
        "| taking in PDFs: read, cut, embedded, findable | {:.1} pages a second, {:.0} words a second ({pages} \
         pages, {words} words) |",
        f64::from(pages) / took,
        f64::from(words) / took
    )?;
    writeln!(
        report,
        "| memory with the embedder loaded, after that | {} MB |",
        memory::megabytes(node.pid())?
    )?;
    Ok(())
}

/// Abstracts as files of their own: what many small documents cost beside their words.
async fn short(work: &Path, eval: &Path, report: &mut String) -> anyhow::Result<()> {
    let (node, _) = started(&work.join("short"), &[]).await?;
    let notebook = node.notebook("Abstracts").await;
    node.add(notebook, "warm.md", b"# Warm\n\nA sentence so that the model is loaded.").await;
    node.settled(notebook).await;
    let corpus = fs::read_to_string(eval.join("scifact/corpus.jsonl"))?;
    let begun = Instant::now();
    for (number, line) in corpus.lines().take(TEXTS).enumerate() {
        let document: Document = serde_json::from_str(line)?;
        node.add(notebook, &format!("{number}.txt"), document.text.as_bytes()).await;
    }
    let accepted = begun.elapsed().as_secs_f64();
    let sources = node.settled(notebook).await;
    let took = begun.elapsed().as_secs_f64();
    let words: u32 = sources.iter().map(|source| source.words).sum();
    writeln!(
        report,
        "| taking in {TEXTS} abstracts as files, one by one | {:.1} a second ({:.0} words a second); accepted \
         after {accepted:.1} s, all findable after {took:.1} s |",
        TEXTS as f64 / took,
        f64::from(words) / took
    )?;
    Ok(())
}

#[allow(clippy::disallowed_methods, reason = "a program's own clock begins here")]
fn clock() -> Clock {
    Clock::new(jiff::Timestamp::now)
}

/// From the request until the prompt arrives at the language model, over many passages.
async fn overhead(work: &Path, eval: &Path, report: &mut String) -> anyhow::Result<()> {
    let data = work.join("many");
    println!("filling a library with {PASSAGES} passages");
    let catalogue = Catalogue::embedded()?;
    let entry = catalogue.find("all-MiniLM-L6-v2").context("the default embedder")?;
    let cache = ModelCache::new(Directories::find(None)?.models);
    let embedder = LocalEmbedder::new(entry, &cache, 0, Precision::Full).context("an embedder")?;
    let corpus = fs::read_to_string(eval.join("scifact/corpus.jsonl"))?;
    let paragraphs: Vec<String> = corpus
        .lines()
        .take(MODELS)
        .map(|line| {
            let document: Document = serde_json::from_str(line)?;
            Ok(document.text.split_whitespace().take(120).collect::<Vec<_>>().join(" "))
        })
        .collect::<anyhow::Result<_>>()?;
    embedder.embed(TextRole::Query, vec!["warm".into()]).await?;
    let notebook: NotebookId = fill(&data, &embedder, &paragraphs, PASSAGES, clock()).await?;
    let ollama = ScriptedOllama::start(Script::says(&["Yes [1]."])).await;
    let settings = [("HEARTH_CHAT__ADDRESS", ollama.address.as_str()), ("HEARTH_ASK__FOLLOW_UPS", "false")];
    let (node, first) = started(&data, &settings).await?;
    drop(node);
    let (node, again) = started(&data, &settings).await?;
    writeln!(
        report,
        "| start to ready, {PASSAGES} passages, indexes to be made | {:.1} s |",
        first.as_secs_f64()
    )?;
    writeln!(report, "| start to ready, {PASSAGES} passages | {:.0} ms |", again.as_secs_f64() * 1e3)?;
    writeln!(
        report,
        "| memory, {PASSAGES} passages, no model loaded | {} MB |",
        memory::megabytes(node.pid())?
    )?;
    let queries = fs::read_to_string(eval.join("scifact/queries.jsonl"))?;
    let (mut times, mut retrieving) = (Vec::new(), Vec::new());
    for (at, line) in queries.lines().take(QUESTIONS + WARM_UP).enumerate() {
        let document: Document = serde_json::from_str(line)?;
        let asked = Instant::now();
        let turn = node.begin(notebook, Question { question: document.text, ..Question::default() }).await;
        let turn = node.ended(&turn).await;
        // What has nothing to do with the copies is refused without the model.
        let arrived = ollama.arrivals().last().copied().filter(|arrived| *arrived > asked);
        if let Some(arrived) = arrived.filter(|_| at >= WARM_UP) {
            times.push(arrived - asked);
            retrieving.push(Duration::from_millis(turn.timings.retrieve_ms.into()));
        }
    }
    let prompted = times.len();
    if prompted < QUESTIONS / 2 {
        bail!("of {QUESTIONS} questions the node refused all but {prompted}: that measures little");
    }
    let [p50, p95, _] = percentiles(times);
    let [until_packed, ..] = percentiles(retrieving);
    writeln!(
        report,
        "| question to prompt, {PASSAGES} passages | p50 {p50:.1} ms (of it until the passages are chosen: \
         {until_packed:.0}), p95 {p95:.1} ms ({prompted} questions that the \
         copies answer, of {QUESTIONS}) |"
    )?;
    writeln!(report, "| memory, {PASSAGES} passages, after that | {} MB |", memory::megabytes(node.pid())?)?;
    Ok(())
}
