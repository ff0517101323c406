//! Benchmark of a node as a process: time to ready, memory, speed of adding documents, and time from a
//! question to the model's prompt.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_domain::{Clock, Embedder, NotebookId, SourceStatus, TextRole};
use hearth_host::{Directories, evaluation_folder};
use hearth_models::{Catalogue, LocalEmbedder, ModelCache, Precision};
use hearth_tests::{NodeProcess, Script, ScriptedOllama};
use hearth_wire::NewQuestion;
use hearth_wire::operations::GetReadiness;
use serde::Deserialize;

use crate::library::fill_library;
use crate::memory;
use crate::report::{percentiles, workspace_root};

/// Passages of the synthetic library.
const PASSAGE_COUNT: usize = 100_000;
/// Real paragraphs whose text and vectors are copied.
const PARAGRAPH_COUNT: usize = 4000;
/// Questions that are measured.
const QUESTION_COUNT: usize = 100;
/// Questions before the measured ones.
const WARM_UP_COUNT: usize = 10;
/// Starts of the node with an empty library.
const START_COUNT: usize = 5;
/// Short texts that are added.
const TEXT_COUNT: usize = 500;
/// Copies of each PDF that are added.
const COPIES_PER_PDF: usize = 8;

/// Line of the SciFact collection.
#[derive(Deserialize)]
struct CorpusDocument {
    text: String,
}

/// Measures a node and returns the report.
pub(crate) fn measure_node() -> anyhow::Result<String> {
    let Some(eval) = evaluation_folder(&workspace_root().join("../shared/eval")) else {
        bail!("no evaluation data was found; set HEARTH_EVAL_DIR to its folder");
    };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build()?;
    let work = tempfile::tempdir()?;
    let mut report = String::from(
        "`hearth node` as a process, optimised. Memory is the proportional set size (PSS) of the node.\n\n\
         | what | figure |\n| --- | --- |\n",
    );
    runtime.block_on(async {
        measure_idle(work.path(), &mut report).await?;
        measure_ingest(work.path(), &eval, &mut report).await?;
        measure_short_texts(work.path(), &eval, &mut report).await?;
        measure_overhead(work.path(), &eval, &mut report).await
    })?;
    Ok(report)
}

/// Starts a node; returns it with the time until `/ready` reports success.
async fn start_node(data: &Path, settings: &[(&str, &str)]) -> anyhow::Result<(NodeProcess, Duration)> {
    let started = Instant::now();
    let node = NodeProcess::start(data, settings);
    loop {
        if node.client.call::<GetReadiness>(&[], &(), &()).await.is_ok_and(|report| report.ready) {
            return Ok((node, started.elapsed()));
        }
        if started.elapsed() > Duration::from_mins(5) {
            bail!("the node did not become ready in time");
        }
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}

/// Measures start and memory with an empty library.
async fn measure_idle(work: &Path, report: &mut String) -> anyhow::Result<()> {
    let data = work.join("empty");
    let mut times = Vec::new();
    let mut memory = 0;
    for _ in 0..START_COUNT {
        let (node, elapsed) = start_node(&data, &[]).await?;
        times.push(elapsed);
        tokio::time::sleep(Duration::from_secs(1)).await;
        memory = memory::process_megabytes(node.pid())?;
    }
    let [p50, _, worst] = percentiles(times);
    writeln!(
        report,
        "| start to ready, empty library | {p50:.0} ms (slowest of {START_COUNT}: {worst:.0}) |"
    )?;
    writeln!(report, "| idle memory, no model loaded | {memory} MB |")?;
    Ok(())
}

/// Measures the speed of adding the evaluation's PDFs, each several times with a comment that makes it a new
/// file.
async fn measure_ingest(work: &Path, eval: &Path, report: &mut String) -> anyhow::Result<()> {
    let (node, _) = start_node(&work.join("ingest"), &[]).await?;
    let notebook = node.create_notebook("PDFs").await;
    let mut files = Vec::new();
    for entry in fs::read_dir(eval.join("documents/pdf"))? {
        files.push(fs::read(entry?.path())?);
    }
    // The model is loaded before the measurement starts.
    node.add_file(notebook, "warm.md", b"# Warm\n\nA sentence so that the model is loaded.").await;
    node.wait_until_settled(notebook).await;
    let started = Instant::now();
    for copy in 0..COPIES_PER_PDF {
        for (number, file) in files.iter().enumerate() {
            let mut bytes = file.clone();
            bytes.extend(format!("\n% copy {copy}\n").bytes());
            node.add_file(notebook, &format!("{number}-{copy}.pdf"), &bytes).await;
        }
    }
    let sources = node.wait_until_settled(notebook).await;
    let seconds = started.elapsed().as_secs_f64();
    let ready = sources.iter().filter(|source| source.status == SourceStatus::Ready);
    let (mut pages, mut words) = (0, 0);
    for source in ready {
        pages += source.pages.unwrap_or(0);
        words += source.words;
    }
    writeln!(
        report,
        "| adding PDFs: read, cut, embedded, searchable | {:.1} pages a second, {:.0} words a second ({pages} \
         pages, {words} words) |",
        f64::from(pages) / seconds,
        f64::from(words) / seconds
    )?;
    writeln!(
        report,
        "| memory after adding them, embedder loaded | {} MB |",
        memory::process_megabytes(node.pid())?
    )?;
    Ok(())
}

/// Measures the speed of adding abstracts as single files: the overhead per document.
async fn measure_short_texts(work: &Path, eval: &Path, report: &mut String) -> anyhow::Result<()> {
    let (node, _) = start_node(&work.join("short"), &[]).await?;
    let notebook = node.create_notebook("Abstracts").await;
    node.add_file(notebook, "warm.md", b"# Warm\n\nA sentence so that the model is loaded.").await;
    node.wait_until_settled(notebook).await;
    let corpus = fs::read_to_string(eval.join("scifact/corpus.jsonl"))?;
    let started = Instant::now();
    for (number, line) in corpus.lines().take(TEXT_COUNT).enumerate() {
        let document: CorpusDocument = serde_json::from_str(line)?;
        node.add_file(notebook, &format!("{number}.txt"), document.text.as_bytes()).await;
    }
    let accepted_seconds = started.elapsed().as_secs_f64();
    let sources = node.wait_until_settled(notebook).await;
    let seconds = started.elapsed().as_secs_f64();
    let words: u32 = sources.iter().map(|source| source.words).sum();
    writeln!(
        report,
        "| adding {TEXT_COUNT} abstracts as files, one by one | {:.1} a second ({:.0} words a second); accepted \
         after {accepted_seconds:.1} s, all searchable after {seconds:.1} s |",
        TEXT_COUNT as f64 / seconds,
        f64::from(words) / seconds
    )?;
    Ok(())
}

/// System clock.
#[allow(clippy::disallowed_methods, reason = "the system clock enters the program here")]
fn system_clock() -> Clock {
    Clock::new(jiff::Timestamp::now)
}

/// Measures the time from a question to the prompt at the language model, over many passages.
async fn measure_overhead(work: &Path, eval: &Path, report: &mut String) -> anyhow::Result<()> {
    let data = work.join("many");
    println!("creating a library of {PASSAGE_COUNT} passages");
    let catalogue = Catalogue::load_built_in()?;
    let entry =
        catalogue.find_model("all-MiniLM-L6-v2").context("the default embedder is not in the catalogue")?;
    let cache = ModelCache::new(Directories::from_environment(None)?.models);
    let embedder = LocalEmbedder::new(entry, &cache, 0, Precision::Full)
        .context("the default model is not an embedder")?;
    let corpus = fs::read_to_string(eval.join("scifact/corpus.jsonl"))?;
    let paragraphs: Vec<String> = corpus
        .lines()
        .take(PARAGRAPH_COUNT)
        .map(|line| {
            let document: CorpusDocument = serde_json::from_str(line)?;
            Ok(document.text.split_whitespace().take(120).collect::<Vec<_>>().join(" "))
        })
        .collect::<anyhow::Result<_>>()?;
    embedder.embed(TextRole::Query, vec!["warm".into()]).await?;
    let notebook: NotebookId =
        fill_library(&data, &embedder, &paragraphs, PASSAGE_COUNT, system_clock()).await?;
    let ollama = ScriptedOllama::start(Script::answering(&["Yes [1]."])).await;
    let settings = [("HEARTH_CHAT__ADDRESS", ollama.address.as_str()), ("HEARTH_ASK__FOLLOW_UPS", "false")];
    let (node, first_start) = start_node(&data, &settings).await?;
    drop(node);
    let (node, second_start) = start_node(&data, &settings).await?;
    writeln!(
        report,
        "| start to ready, {PASSAGE_COUNT} passages, indexes built first | {:.1} s |",
        first_start.as_secs_f64()
    )?;
    writeln!(
        report,
        "| start to ready, {PASSAGE_COUNT} passages | {:.0} ms |",
        second_start.as_secs_f64() * 1e3
    )?;
    writeln!(
        report,
        "| memory, {PASSAGE_COUNT} passages, no model loaded | {} MB |",
        memory::process_megabytes(node.pid())?
    )?;
    let queries = fs::read_to_string(eval.join("scifact/queries.jsonl"))?;
    let (mut times, mut retrieval_times) = (Vec::new(), Vec::new());
    for (index, line) in queries.lines().take(QUESTION_COUNT + WARM_UP_COUNT).enumerate() {
        let document: CorpusDocument = serde_json::from_str(line)?;
        let started = Instant::now();
        let turn = node
            .start_turn(notebook, NewQuestion { question: document.text, ..NewQuestion::default() })
            .await;
        let turn = node.wait_for_turn(&turn).await;
        // Questions that no copy answers are refused without the model.
        let prompt_time = ollama.chat_arrivals().last().copied().filter(|prompt_time| *prompt_time > started);
        if let Some(prompt_time) = prompt_time.filter(|_| index >= WARM_UP_COUNT) {
            times.push(prompt_time - started);
            retrieval_times.push(Duration::from_millis(turn.timings.retrieve_ms.into()));
        }
    }
    let prompted = times.len();
    if prompted < QUESTION_COUNT / 2 {
        bail!("only {prompted} of {QUESTION_COUNT} questions reached the language model, too few to measure");
    }
    let [p50, p95, _] = percentiles(times);
    let [retrieval_p50, ..] = percentiles(retrieval_times);
    writeln!(
        report,
        "| question to prompt, {PASSAGE_COUNT} passages | p50 {p50:.1} ms (of which choosing the passages: \
         {retrieval_p50:.0}), p95 {p95:.1} ms ({prompted} of {QUESTION_COUNT} \
         questions, which the copies answer) |"
    )?;
    writeln!(
        report,
        "| memory, {PASSAGE_COUNT} passages, after the questions | {} MB |",
        memory::process_megabytes(node.pid())?
    )?;
    Ok(())
}
