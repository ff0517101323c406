//! `hearth eval extracts|refusal|alignment`: what answers are made of, measured part by part.

use std::collections::{HashMap, HashSet};
use std::path::Path;

use anyhow::Context;
use hearth_client::Client;
use hearth_domain::SourceId;
use hearth_node::{Engine, Scope};
use hearth_wire::NewNotebook;
use hearth_wire::operations::CreateNotebook;
use indicatif::{ProgressBar, ProgressStyle};
use serde::Deserialize;
use serde_json::Value;

use super::collection::{Document, Query, fill, judgements, lines, name_of, node, settled};
use crate::output;

fn bar(count: usize) -> anyhow::Result<ProgressBar> {
    let bar = ProgressBar::new(count as u64);
    bar.set_style(ProgressStyle::with_template("Asking {bar:30} {pos}/{len} {eta}")?);
    Ok(bar)
}

/// Question → the answers that count as right.
fn answers(dir: &Path) -> anyhow::Result<HashMap<String, Vec<String>>> {
    let path = dir.join("answers.json");
    let text = std::fs::read_to_string(&path).with_context(|| format!("{} is missing", path.display()))?;
    let squad: Value = serde_json::from_str(&text)?;
    let list = |value: &Value| value.as_array().cloned().unwrap_or_default();
    let mut found = HashMap::new();
    for article in list(&squad["data"]) {
        for paragraph in list(&article["paragraphs"]) {
            for asked in list(&paragraph["qas"]) {
                let right = list(&asked["answers"]);
                let right = right.iter().filter_map(|answer| Some(answer["text"].as_str()?.to_owned()));
                let question = asked["question"].as_str().unwrap_or_default().trim().to_owned();
                found.insert(question, right.collect());
            }
        }
    }
    Ok(found)
}

/// Sentences that are looked at.
const CUTS: [usize; 4] = [1, 3, 5, 10];

/// How often a right answer stands in the best 1, 3, 5 and 10 sentences, and how often in one of the very paragraph
/// that the question was written for.
pub(super) async fn extracts(data_dir: Option<&Path>, dir: &Path) -> anyhow::Result<()> {
    let documents: Vec<Document> = lines(&dir.join("corpus.jsonl"))?;
    let queries: Vec<Query> = lines(&dir.join("queries.jsonl"))?;
    let judgements = judgements(&dir.join("qrels.tsv"))?;
    let answers = answers(dir)?;
    let texts: HashMap<&str, &str> =
        documents.iter().map(|document| (document.id.as_str(), document.text.as_str())).collect();
    let (node, client) = node(data_dir, &name_of(dir)).await?;
    fill(&client, &documents).await?;
    let bar = bar(queries.len())?;
    let (mut right, mut there) = ([0_usize; 4], [0_usize; 4]);
    let mut asked = 0_usize;
    for query in &queries {
        bar.inc(1);
        let (Some(wanted), Some(relevant)) =
            (answers.get(query.text.trim()), judgements.relevant.get(&query.id))
        else {
            continue;
        };
        asked += 1;
        let best = node.engine().best_sentences(&query.text, Scope::Everything).await?;
        let has = |sentence: &String| wanted.iter().any(|answer| sentence.contains(answer.as_str()));
        let from_there = |sentence: &String| {
            relevant.keys().any(|id| texts.get(id.as_str()).is_some_and(|t| t.contains(sentence.as_str())))
        };
        let first = best.iter().position(has).unwrap_or(usize::MAX);
        let first_there = best.iter().position(|s| has(s) && from_there(s)).unwrap_or(usize::MAX);
        for (at, count) in CUTS.into_iter().enumerate() {
            right[at] += usize::from(first < count);
            there[at] += usize::from(first_there < count);
        }
    }
    bar.finish_and_clear();
    node.stop().await;
    let share = |count: usize| 100.0 * count as f64 / asked.max(1) as f64;
    let shown = |counts: [usize; 4]| counts.map(|count| format!("{:.1}", share(count))).join(", ");
    output::line(&format!(
        "the answer stands in the best 1, 3, 5, 10 sentences for {} % of {asked} questions; in the paragraph that the \
         question was written for: {} %",
        shown(right),
        shown(there)
    ));
    Ok(())
}

async fn refused(engine: &Engine, queries: &[Query]) -> anyhow::Result<f64> {
    let bar = bar(queries.len())?;
    let mut refused = 0;
    for query in queries {
        refused += usize::from(!engine.would_answer(&query.text, Scope::Everything).await?);
        bar.inc(1);
    }
    bar.finish_and_clear();
    Ok(100.0 * refused as f64 / queries.len().max(1) as f64)
}

pub(super) async fn refusal(
    data_dir: Option<&Path>,
    questions: &Path,
    collection: &Path,
) -> anyhow::Result<()> {
    let asked = |dir: &Path| -> anyhow::Result<Vec<Query>> {
        let judged = judgements(&dir.join("qrels.tsv"))?;
        let all: Vec<Query> = lines(&dir.join("queries.jsonl"))?;
        Ok(all.into_iter().filter(|query| judged.relevant.contains_key(&query.id)).collect())
    };
    let documents: Vec<Document> = lines(&collection.join("corpus.jsonl"))?;
    let (node, client) = node(data_dir, &name_of(collection)).await?;
    fill(&client, &documents).await?;
    let foreign = refused(node.engine(), &asked(questions)?).await?;
    let own = refused(node.engine(), &asked(collection)?).await?;
    node.stop().await;
    output::line(&format!(
        "{} refuses {foreign:.1} % of the questions of {}, and {own:.1} % of its own",
        name_of(collection),
        name_of(questions)
    ));
    Ok(())
}

#[derive(Deserialize)]
struct Claim {
    /// A path below the folder of documents, or `collection/corpus.jsonl#id`.
    file: String,
    #[serde(rename = "claim")]
    text: String,
    supports: Vec<String>,
    kind: String,
}

fn document(folder: &Path, file: &str) -> anyhow::Result<String> {
    if let Some((collection, id)) = file.split_once('#') {
        let documents: Vec<Document> = lines(&folder.join(collection))?;
        let found = documents.into_iter().find(|document| document.id == id);
        return Ok(found.with_context(|| format!("{file} is missing"))?.text);
    }
    std::fs::read_to_string(folder.join(file)).with_context(|| format!("{file} could not be read"))
}

/// Letters and digits alone: quotes are compared by what they say.
fn plain(text: &str) -> String {
    let words = text.split(|c: char| !c.is_alphanumeric()).filter(|word| !word.is_empty());
    words.collect::<Vec<_>>().join(" ").to_lowercase()
}

pub(super) async fn alignment(data_dir: Option<&Path>, labels: &Path, folder: &Path) -> anyhow::Result<()> {
    let claims: Vec<Claim> = lines(labels)?;
    let (node, client) = node(data_dir, "alignment").await?;
    let sources = taken_in(&client, folder, &claims).await?;
    let bar = bar(claims.len())?;
    let (mut right, mut wrong, mut supported) = (0, 0, 0);
    let mut by_kind: Vec<(String, [usize; 3])> = Vec::new();
    for claim in &claims {
        bar.inc(1);
        supported += usize::from(!claim.supports.is_empty());
        let scope = Scope::Sources(vec![sources[&claim.file]]);
        let quote = node.engine().aligned(&claim.text, scope).await?.map(|quote| plain(&quote));
        let good = quote.as_ref().map(|quote| {
            claim
                .supports
                .iter()
                .map(|support| plain(support))
                .any(|s| quote.contains(&s) || s.contains(quote))
        });
        let at = by_kind.iter().position(|(kind, _)| *kind == claim.kind).unwrap_or_else(|| {
            by_kind.push((claim.kind.clone(), [0; 3]));
            by_kind.len() - 1
        });
        let slot = match good {
            Some(true) => 0,
            Some(false) => 1,
            None => 2,
        };
        by_kind[at].1[slot] += 1;
        right += usize::from(good == Some(true));
        wrong += usize::from(good == Some(false));
    }
    bar.finish_and_clear();
    node.stop().await;
    for (kind, [right, wrong, none]) in by_kind {
        output::line(&format!("{kind:<18} {right:>3} rightly, {wrong:>3} wrongly, {none:>3} not cited"));
    }
    output::line(&format!(
        "precision {:.3} ({right} of {}), recall {:.3} (of {supported} supported claims)",
        f64::from(right as u32) / f64::from((right + wrong).max(1) as u32),
        right + wrong,
        f64::from(right as u32) / f64::from(supported.max(1) as u32)
    ));
    Ok(())
}

/// Puts the documents of all claims in; gives file → source.
async fn taken_in(
    client: &Client,
    folder: &Path,
    claims: &[Claim],
) -> anyhow::Result<HashMap<String, SourceId>> {
    let new = NewNotebook { title: "alignment".into(), emoji: None };
    let notebook = client.call::<CreateNotebook>(&[], &(), &new).await?.id;
    let files: HashSet<&String> = claims.iter().map(|claim| &claim.file).collect();
    let mut sources = HashMap::new();
    for file in files {
        let added = client.add_text(notebook, file, &document(folder, file)?).await?;
        let source = added.sources.first().with_context(|| format!("{file} was refused"))?;
        sources.insert(file.clone(), source.id);
    }
    settled(client, |_| {}).await?;
    Ok(sources)
}
