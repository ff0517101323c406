//! What becomes of the answers that a language model server sends as scripted.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use hearth_domain::ConversationId;
use hearth_wire::NewQuestion;
use serde::Deserialize;
use serde_json::{Value, json};

use super::comparison::{file_stem, read_list, read_range, read_text, slice_chars};
use super::documents::EverydayNode;
use super::questions::list_documents;
use super::report::{KindCounts, PartReport};
use super::scripted_ollama::ScriptedOllama;
use super::stream_check::StreamCheck;
use super::stream_expectation::{ExpectedOutcome, StreamFigures};
use crate::commands::eval::answers::create_progress_bar;
use crate::commands::eval::collection::read_json_lines;

const STREAM_TIMEOUT: Duration = Duration::from_mins(1);
/// Time between two pieces of a slow answer.
const SLOW_PAUSE: Duration = Duration::from_millis(500);

/// A line of `streams.jsonl`.
#[derive(Deserialize)]
pub(super) struct ExpectedStream {
    id: String,
    kind: String,
    question: String,
    documents: Vec<String>,
    /// Pieces of the answer, as `scripted_ollama` sends them.
    #[serde(rename = "chunks")]
    pieces: Vec<Value>,
    speed: Option<String>,
    /// Stream in whose conversation this question is asked.
    follows: Option<String>,
    #[serde(flatten)]
    pub(super) outcome: ExpectedOutcome,
}

pub(super) async fn evaluate_streams(data_dir: Option<&Path>, set: &Path) -> anyhow::Result<PartReport> {
    let rows: Vec<ExpectedStream> = read_json_lines(&set.join("streams.jsonl"))?;
    let server = ScriptedOllama::start().await?;
    let settings = [
        ("chat.server", "ollama".to_owned()),
        ("chat.address", server.address.clone()),
        ("chat.fallbacks", String::new()),
        ("chat.model", String::new()),
        ("ask.follow_ups", "false".to_owned()),
        ("ask.guides", "false".to_owned()),
    ];
    let documents = find_documents(set, &rows)?;
    let node = EverydayNode::start(data_dir, "streams", &settings, set, &documents).await?;
    let mut figures = StreamFigures { streams: rows.len(), ..StreamFigures::default() };
    let (mut kinds, mut failures) = (KindCounts::default(), Vec::new());
    let mut conversations: HashMap<&str, ConversationId> = HashMap::new();
    let bar = create_progress_bar(rows.len())?;
    for row in &rows {
        let pause = if row.speed.as_deref() == Some("slow") { SLOW_PAUSE } else { Duration::ZERO };
        server.set_script(row.pieces.clone(), pause);
        let earlier = row.follows.as_ref().and_then(|id| conversations.get(id.as_str()).copied());
        let turn = ask_row(&node, row, earlier).await?;
        if let Some(id) = turn["conversation_id"].as_str().and_then(|id| id.parse().ok()) {
            conversations.insert(&row.id, id);
        }
        let faults = StreamCheck::new(&row.outcome, &turn, &mut figures).run(&server.take_requests())?;
        kinds.count_result(&row.kind, faults.is_empty());
        figures.all_right += usize::from(faults.is_empty());
        if !faults.is_empty() {
            failures.push(describe_failure(row, &turn, &faults));
        }
        bar.inc(1);
    }
    bar.finish_and_clear();
    node.stop().await;
    let summary = summarize_figures(&figures);
    Ok(PartReport { figures: serde_json::to_value(&figures)?, summary, kinds, failures })
}

/// File names of the documents that the streams name without ending.
fn find_documents(set: &Path, rows: &[ExpectedStream]) -> anyhow::Result<Vec<String>> {
    let files = list_documents(set)?;
    let names: BTreeSet<&String> = rows.iter().flat_map(|row| &row.documents).collect();
    let find_file = |name: &String| files.iter().find(|file| file_stem(file) == name).unwrap_or(name).clone();
    Ok(names.into_iter().map(find_file).collect())
}

async fn ask_row(
    node: &EverydayNode,
    row: &ExpectedStream,
    earlier: Option<ConversationId>,
) -> anyhow::Result<Value> {
    let question = NewQuestion {
        question: row.question.clone(),
        source_ids: Some(node.find_sources(&row.documents)),
        conversation_id: earlier,
        ..NewQuestion::default()
    };
    node.ask_question(&question, STREAM_TIMEOUT).await
}

fn describe_failure(row: &ExpectedStream, turn: &Value, faults: &[String]) -> Value {
    let answer = read_text(turn, "answer");
    let describe_citation = |citation: &Value| {
        json!({
            "covers": slice_chars(answer, &read_range(&citation["covers"])), "quote": citation["quote"],
            "found_by": citation["found_by"],
        })
    };
    let citations: Vec<Value> = read_list(turn, "citations").iter().map(describe_citation).collect();
    let unsupported = read_list(turn, "unsupported").iter();
    let unsupported: Vec<String> = unsupported.map(|range| slice_chars(answer, &read_range(range))).collect();
    json!({
        "id": row.id, "kind": row.kind, "faults": faults, "chunks": row.pieces, "answer": turn["answer"],
        "state": turn["state"], "error": turn["error"], "citations": citations, "unsupported": unsupported,
    })
}

fn summarize_figures(figures: &StreamFigures) -> String {
    let shown = figures.kept + figures.wrong;
    format!(
        "text right {}/{}, citations kept {}/{}, precision {:.2}, unsupported right {}/{}",
        figures.text_right,
        figures.text_checked,
        figures.kept,
        figures.cited_expected,
        figures.kept as f64 / shown.max(1) as f64,
        figures.unsupported_right,
        figures.uncited_expected
    )
}
