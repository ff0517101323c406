//! `hearth eval extracts|refusal|alignment`: evaluation of the parts of answering.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context;
use hearth_client::Client;
use hearth_domain::SourceId;
use hearth_node::{Library, SearchScope};
use hearth_wire::NewNotebook;
use hearth_wire::operations::CreateNotebook;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::Value;

use super::collection::{
    Document, Query, add_documents, folder_name, read_json_lines, read_judgements, start_eval_node,
    wait_for_jobs,
};
use crate::output;

pub(super) fn create_progress_bar(count: usize) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(count as u64);
    bar.set_style(ProgressStyle::with_template("Asking {bar:30} {pos}/{len} {eta}")?);
    Ok(bar)
}

/// Loads the right answers of each question, from a file in SQuAD format.
fn load_answers(dir: &Path) -> anyhow::Result<HashMap<String, Vec<String>>> {
    let path = dir.join("answers.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let squad: Value = serde_json::from_str(&text)?;
    let to_array = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = HashMap::new();
    for article in to_array(&squad["data"]) {
        for paragraph in to_array(&article["paragraphs"]) {
            for entry in to_array(&paragraph["qas"]) {
                let answers = to_array(&entry["answers"]);
                let answers = answers.iter().filter_map(|answer| Some(answer["text"].as_str()?.to_owned()));
                let question = entry["question"].as_str().unwrap_or_default().trim().to_owned();
                found.insert(question, answers.collect());
            }
        }
    }
    Ok(found)
}

/// Numbers of best sentences that are evaluated.
const SENTENCE_COUNTS: [usize; 4] = [1, 3, 5, 10];

/// Evaluates extracts: share of questions with a right answer in the best 1, 3, 5 and 10 sentences, and in
/// one of the paragraph that the question was written for.
pub(super) async fn evaluate_extracts(data_dir: Option<&Path>, dir: &Path) -> anyhow::Result<()> {
    let documents: Vec<Document> = read_json_lines(&dir.join("corpus.jsonl"))?;
    let queries: Vec<Query> = read_json_lines(&dir.join("queries.jsonl"))?;
    let judgements = read_judgements(&dir.join("qrels.tsv"))?;
    let answers = load_answers(dir)?;
    let texts: HashMap<&str, &str> =
        documents.iter().map(|document| (document.id.as_str(), document.text.as_str())).collect();
    let (node, client) = start_eval_node(data_dir, &folder_name(dir)).await?;
    add_documents(&client, &documents).await?;
    let bar = create_progress_bar(queries.len())?;
    let (mut in_sentences, mut in_paragraph) = ([0_usize; 4], [0_usize; 4]);
    let mut question_count = 0_usize;
    for query in &queries {
        bar.inc(1);
        let (Some(expected), Some(relevant)) =
            (answers.get(query.text.trim()), judgements.relevant.get(&query.id))
        else {
            continue;
        };
        question_count += 1;
        let sentences = node.library().find_best_sentences(&query.text, SearchScope::Everything).await?;
        let contains_answer =
            |sentence: &String| expected.iter().any(|answer| sentence.contains(answer.as_str()));
        let is_from_paragraph = |sentence: &String| {
            relevant.keys().any(|id| texts.get(id.as_str()).is_some_and(|t| t.contains(sentence.as_str())))
        };
        let first_rank = sentences.iter().position(contains_answer).unwrap_or(usize::MAX);
        let first_paragraph_rank =
            sentences.iter().position(|s| contains_answer(s) && is_from_paragraph(s)).unwrap_or(usize::MAX);
        for (index, count) in SENTENCE_COUNTS.into_iter().enumerate() {
            in_sentences[index] += usize::from(first_rank < count);
            in_paragraph[index] += usize::from(first_paragraph_rank < count);
        }
    }
    bar.finish_and_clear();
    node.stop().await;
    let to_percent = |count: usize| 100.0 * count as f64 / question_count.max(1) as f64;
    let format_percents =
        |counts: [usize; 4]| counts.map(|count| format!("{:.1}", to_percent(count))).join(", ");
    output::print_line(&format!(
        "the best 1, 3, 5, 10 sentences contain the answer for {} % of {question_count} questions; within the paragraph that \
         the question was written for: {} %",
        format_percents(in_sentences),
        format_percents(in_paragraph)
    ));
    Ok(())
}

/// Percentage of queries that are not answered.
async fn measure_refusals(library: &Library, queries: &[Query]) -> anyhow::Result<f64> {
    let bar = create_progress_bar(queries.len())?;
    let mut refused = 0;
    for query in queries {
        refused += usize::from(!library.can_answer_question(&query.text, SearchScope::Everything).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(100.0 * refused as f64 / queries.len().max(1) as f64)
}

/// Evaluates refusal: of questions of another collection, and of a collection's own.
pub(super) async fn evaluate_refusal(
    data_dir: Option<&Path>,
    questions: &Path,
    collection: &Path,
) -> anyhow::Result<()> {
    let load_queries = |dir: &Path| -> anyhow::Result<Vec<Query>> {
        let judgements = read_judgements(&dir.join("qrels.tsv"))?;
        let queries: Vec<Query> = read_json_lines(&dir.join("queries.jsonl"))?;
        Ok(queries.into_iter().filter(|query| judgements.relevant.contains_key(&query.id)).collect())
    };
    let documents: Vec<Document> = read_json_lines(&collection.join("corpus.jsonl"))?;
    let (node, client) = start_eval_node(data_dir, &folder_name(collection)).await?;
    add_documents(&client, &documents).await?;
    let foreign_percent = measure_refusals(node.library(), &load_queries(questions)?).await?;
    let own_percent = measure_refusals(node.library(), &load_queries(collection)?).await?;
    node.stop().await;
    output::print_line(&format!(
        "{} refuses {foreign_percent:.1} % of the questions of {}, and {own_percent:.1} % of its own",
        folder_name(collection),
        folder_name(questions)
    ));
    Ok(())
}

#[derive(Deserialize)]
struct Claim {
    /// Path below the folder of documents, or `collection/corpus.jsonl#id`.
    file: String,
    #[serde(rename = "claim")]
    text: String,
    supports: Vec<String>,
    kind: String,
}

fn load_document(folder: &Path, file: &str) -> anyhow::Result<String> {
    if let Some((collection, id)) = file.split_once('#') {
        let documents: Vec<Document> = read_json_lines(&folder.join(collection))?;
        let found = documents.into_iter().find(|document| document.id == id);
        return Ok(found.with_context(|| format!("{file} is missing"))?.text);
    }
    std::fs::read_to_string(folder.join(file)).with_context(|| format!("{file} could not be read"))
}

/// Reduces a text to its letters and digits, for comparing quotes.
fn normalize_text(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

/// Evaluates alignment: precision and recall of citing claims that have no marker.
pub(super) async fn evaluate_alignment(
    data_dir: Option<&Path>,
    labels: &Path,
    folder: &Path,
) -> anyhow::Result<()> {
    let claims: Vec<Claim> = read_json_lines(labels)?;
    let (node, client) = start_eval_node(data_dir, "alignment").await?;
    let sources = add_claim_documents(&client, folder, &claims).await?;
    let bar = create_progress_bar(claims.len())?;
    let (mut correct, mut incorrect, mut supported) = (0, 0, 0);
    let mut counts_by_kind: Vec<(String, [usize; 3])> = Vec::new();
    for claim in &claims {
        bar.inc(1);
        supported += usize::from(!claim.supports.is_empty());
        let scope = SearchScope::Sources(vec![sources[&claim.file]]);
        let quote = node
            .library()
            .find_supporting_quote(&claim.text, scope)
            .await?
            .map(|quote| normalize_text(&quote));
        let is_correct = quote.as_ref().map(|quote| {
            claim
                .supports
                .iter()
                .map(|support| normalize_text(support))
                .any(|s| quote.contains(&s) || s.contains(quote))
        });
        let index = counts_by_kind.iter().position(|(kind, _)| *kind == claim.kind).unwrap_or_else(|| {
            counts_by_kind.push((claim.kind.clone(), [0; 3]));
            counts_by_kind.len() - 1
        });
        let column = match is_correct {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        counts_by_kind[index].1[column] += 1;
        correct += usize::from(is_correct == Some(true));
        incorrect += usize::from(is_correct == Some(false));
    }
    bar.finish_and_clear();
    node.stop().await;
    for (kind, [correct, incorrect, uncited]) in counts_by_kind {
        output::print_line(&format!(
            "{kind:<18} {correct:>3} correct, {incorrect:>3} incorrect, {uncited:>3} not cited"
        ));
    }
    output::print_line(&format!(
        "precision {:.3} ({correct} of {}), recall {:.3} (of {supported} supported claims)",
        f64::from(correct as u32) / f64::from((correct + incorrect).max(1) as u32),
        correct + incorrect,
        f64::from(correct as u32) / f64::from(supported.max(1) as u32)
    ));
    Ok(())
}

/// Adds the documents of all claims; returns file → source.
async fn add_claim_documents(
    client: &Client,
    folder: &Path,
    claims: &[Claim],
) -> anyhow::Result<HashMap<String, SourceId>> {
    let new_notebook = NewNotebook { title: "alignment".into(), emoji: None };
    let notebook = client.call::<CreateNotebook>(&[], &(), &new_notebook).await?.id;
    let files: HashSet<&String> = claims.iter().map(|claim| &claim.file).collect();
    let mut sources = HashMap::new();
    for file in files {
        let added = client.add_text(notebook, file, &load_document(folder, file)?).await?;
        let source = added.sources.first().with_context(|| format!("{file} was refused"))?;
        sources.insert(file.clone(), source.id);
    }
    wait_for_jobs(client, |_| {}).await?;
    Ok(sources)
}
