//! Questions to everyday documents, answered without a language model.

use std::collections::{BTreeSet, HashMap};
use std::path::Path;
use std::time::Duration;

use anyhow::Context;
use futures::{StreamExt, TryStreamExt};
use hearth_domain::TurnMode;
use hearth_wire::NewQuestion;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};

use super::comparison::{
    OneOrMore, contains_all, contains_text, file_stem, has_content, join_quotes, opens_with_number,
    read_list, read_range, read_text, slice_chars,
};
use super::documents::EverydayNode;
use super::report::{KindCounts, PartReport, to_percent};
use crate::commands::eval::answers::create_progress_bar;
use crate::commands::eval::collection::read_json_lines;

const QUESTION_TIMEOUT: Duration = Duration::from_secs(90);
const CONCURRENT_QUESTIONS: usize = 2;
/// Address at which no language model server listens.
const NO_SERVER: &str = "http://127.0.0.1:9";

/// A line of `questions.jsonl`.
#[derive(Deserialize)]
struct ExpectedAnswer {
    id: String,
    kind: String,
    question: String,
    /// One of these is enough; `None`: the documents do not answer the question.
    expect: Option<Vec<OneOrMore>>,
    /// Documents of which a quote must be.
    source: Option<OneOrMore>,
    /// A file below `../documents` that the question is about.
    document: Option<String>,
    /// `answer`: all of the answer counts, not the rank of a quote.
    r#where: Option<String>,
    /// How many of `expect` must be in the answer.
    #[serde(default = "default_min")]
    min: usize,
    #[serde(default)]
    not: Vec<OneOrMore>,
    /// True if the answer must open with the number that is expected.
    #[serde(default)]
    number: bool,
    only: Option<Vec<String>>,
    /// Question in whose conversation this one is asked.
    follows: Option<String>,
}

fn default_min() -> usize {
    1
}

#[derive(Default, Serialize)]
struct Figures {
    answerable: usize,
    first: usize,
    in_three: usize,
    in_five: usize,
    absent: usize,
    wrongly_refused: usize,
    unanswerable: usize,
    unanswerable_refused: usize,
    /// Answers about complete documents or the collection.
    whole: usize,
    whole_right: usize,
}

/// What an answer quotes, and from which document, in the order of the answer.
struct SourceQuote {
    text: String,
    source: String,
}

pub(super) async fn evaluate_questions(data_dir: Option<&Path>, set: &Path) -> anyhow::Result<PartReport> {
    let rows: Vec<ExpectedAnswer> = read_json_lines(&set.join("questions.jsonl"))?;
    let mut documents = list_documents(set)?;
    documents.extend(rows.iter().filter_map(|row| row.document.clone()).collect::<BTreeSet<_>>());
    let settings = [
        ("chat.address", NO_SERVER.to_owned()),
        ("chat.fallbacks", String::new()),
        ("ask.guides", "false".to_owned()),
    ];
    let node = EverydayNode::start(data_dir, "questions", &settings, set, &documents).await?;
    let turns = ask_questions(&node, &rows).await;
    let (mut figures, mut kinds, mut failures) = (Figures::default(), KindCounts::default(), Vec::new());
    for (row, turn) in rows.iter().zip(turns?) {
        if row.document.as_ref().is_some_and(|document| !node.has_source(file_stem(document))) {
            continue;
        }
        let fault = check_answer(row, &turn, &mut figures);
        kinds.count_result(&row.kind, fault.is_none());
        if let Some(fault) = fault {
            let answer: String = read_text(&turn, "answer").chars().take(400).collect();
            failures.push(json!({
                "id": row.id, "kind": row.kind, "question": row.question, "fault": fault, "expect": row.expect,
                "answer": answer, "error": turn["error"],
            }));
        }
    }
    node.stop().await;
    let summary = summarize_figures(&figures);
    Ok(PartReport { figures: serde_json::to_value(&figures)?, summary, kinds, failures })
}

/// Names of the files in `docs`, sorted.
pub(super) fn list_documents(set: &Path) -> anyhow::Result<Vec<String>> {
    let folder = set.join("docs");
    let entries =
        std::fs::read_dir(&folder).with_context(|| format!("{} could not be read", folder.display()))?;
    let mut names = Vec::new();
    for entry in entries {
        names.push(entry?.file_name().to_string_lossy().into_owned());
    }
    names.sort();
    Ok(names)
}

/// Asks all questions, those that follow another one last; returns the turns in the order of the questions.
async fn ask_questions(node: &EverydayNode, rows: &[ExpectedAnswer]) -> anyhow::Result<Vec<Value>> {
    let bar = create_progress_bar(rows.len())?;
    let first_questions = rows.iter().filter(|row| row.follows.is_none());
    let asked = first_questions.map(|row| async {
        let turn = ask_row(node, row, None).await?;
        bar.inc(1);
        anyhow::Ok((row.id.as_str(), turn))
    });
    let mut turns: HashMap<&str, Value> =
        futures::stream::iter(asked).buffered(CONCURRENT_QUESTIONS).try_collect().await?;
    for row in rows {
        if let Some(earlier) = &row.follows {
            let turn = ask_row(node, row, turns.get(earlier.as_str())).await?;
            turns.insert(&row.id, turn);
            bar.inc(1);
        }
    }
    bar.finish_and_clear();
    Ok(rows.iter().map(|row| turns.remove(row.id.as_str()).unwrap_or_default()).collect())
}

async fn ask_row(
    node: &EverydayNode,
    row: &ExpectedAnswer,
    earlier: Option<&Value>,
) -> anyhow::Result<Value> {
    let question = NewQuestion {
        question: row.question.clone(),
        mode: Some(TurnMode::Extracts),
        source_ids: row.only.as_ref().map(|names| node.find_sources(names)),
        conversation_id: earlier.and_then(|turn| turn["conversation_id"].as_str()?.parse().ok()),
        ..NewQuestion::default()
    };
    node.ask_question(&question, QUESTION_TIMEOUT).await
}

/// True if the turn says that the documents do not answer the question.
fn is_refused(turn: &Value) -> bool {
    has_content(&turn["refused"]) || (read_list(turn, "citations").is_empty() && turn["state"] == "done")
}

/// Quotes of a turn with the text that they support, in the order of the answer.
fn list_quotes(turn: &Value) -> Vec<SourceQuote> {
    let mut citations: Vec<&Value> = read_list(turn, "citations").iter().collect();
    citations.sort_by_key(|citation| (citation["at"].as_u64(), citation["number"].as_u64()));
    let to_quote = |citation: &Value| {
        let supported = slice_chars(read_text(turn, "answer"), &read_range(&citation["covers"]));
        SourceQuote {
            text: format!("{} \n {supported}", join_quotes(citation)),
            source: file_stem(read_text(citation, "source_title")).to_owned(),
        }
    };
    citations.into_iter().map(to_quote).collect()
}

/// Compares a turn with what is expected and counts it; returns what is wrong with it.
fn check_answer(row: &ExpectedAnswer, turn: &Value, figures: &mut Figures) -> Option<String> {
    let is_refused = is_refused(turn);
    let quotes = list_quotes(turn);
    let Some(expected) = &row.expect else {
        figures.unanswerable += 1;
        figures.unanswerable_refused += usize::from(is_refused);
        return (!is_refused).then(|| "answered".to_owned());
    };
    if row.r#where.as_deref() == Some("answer") {
        return check_complete_answer(row, expected, turn, &quotes, figures);
    }
    figures.answerable += 1;
    let sources = row.source.as_ref().map_or(&[][..], OneOrMore::as_slice);
    match find_rank(expected, sources, &quotes) {
        _ if is_refused => {
            figures.wrongly_refused += 1;
            Some("refused".to_owned())
        }
        Some(rank @ 1..=5) => {
            figures.first += usize::from(rank == 1);
            figures.in_three += usize::from(rank <= 3);
            figures.in_five += 1;
            (rank > 1).then(|| format!("rank {rank}"))
        }
        _ => {
            figures.absent += 1;
            Some("absent".to_owned())
        }
    }
}

/// Checks an answer about complete documents or the collection: by all of its text, not by the rank of a quote.
fn check_complete_answer(
    row: &ExpectedAnswer,
    expected: &[OneOrMore],
    turn: &Value,
    quotes: &[SourceQuote],
    figures: &mut Figures,
) -> Option<String> {
    figures.whole += 1;
    let answer = read_text(turn, "answer");
    let texts: Vec<&str> = quotes.iter().map(|quote| quote.text.as_str()).collect();
    let titles: Vec<&str> = quotes.iter().map(|quote| quote.source.as_str()).collect();
    let text = format!("{answer} \n {} \n {}", texts.join(" \n "), titles.join(" "));
    let is_present = |part: &&OneOrMore| {
        if row.number {
            part.as_slice().iter().all(|number| opens_with_number(answer, number))
        } else {
            contains_all(&text, part)
        }
    };
    let count = expected.iter().filter(is_present).count();
    if count >= row.min && !row.not.iter().any(|part| contains_all(&text, part)) {
        figures.whole_right += 1;
        return None;
    }
    let is_refused = is_refused(turn);
    Some(if is_refused { "refused".into() } else { format!("{count} of {} expected things", row.min) })
}

/// Rank of the quote with which what is expected has been quoted from the right documents (all, if none are
/// named). The rank of a pair is that of its last quote less one.
fn find_rank(expected: &[OneOrMore], sources: &[String], quotes: &[SourceQuote]) -> Option<usize> {
    let is_quoted = |part: &String, quotes: &[SourceQuote]| {
        let mut right_quotes =
            quotes.iter().filter(|quote| sources.is_empty() || sources.contains(&quote.source));
        right_quotes.any(|quote| contains_text(&quote.text, part))
    };
    let count = (1..=quotes.len()).find(|&count| {
        let are_quoted =
            |parts: &OneOrMore| parts.as_slice().iter().all(|part| is_quoted(part, &quotes[..count]));
        expected.iter().any(are_quoted)
    })?;
    let group = expected.iter().filter_map(|parts| match parts {
        OneOrMore::One(_) => None,
        OneOrMore::More(parts) => Some(parts.len()),
    });
    Some((count + 1).saturating_sub(group.max().unwrap_or(1)).max(1))
}

fn summarize_figures(figures: &Figures) -> String {
    let all = figures.answerable;
    format!(
        "first {:.1}%, in three {:.1}%, in five {:.1}%, wrongly refused {:.1}%, unanswerable refused {:.1}%",
        to_percent(figures.first, all),
        to_percent(figures.in_three, all),
        to_percent(figures.in_five, all),
        to_percent(figures.wrongly_refused, all),
        to_percent(figures.unanswerable_refused, figures.unanswerable)
    )
}

#[cfg(test)]
mod tests {
    use super::*;

    fn quote(text: &str, source: &str) -> SourceQuote {
        SourceQuote { text: text.into(), source: source.into() }
    }

    #[test]
    fn a_rank_is_that_of_the_first_quote_of_the_right_document() {
        let quotes =
            [quote("The pressure is 9 bar.", "b"), quote("9 bar", "a"), quote("It costs 12.65.", "a")];
        let pressure = [OneOrMore::One("9 BAR".into())];
        assert_eq!(find_rank(&pressure, &[], &quotes), Some(1));
        assert_eq!(find_rank(&pressure, &["a".into()], &quotes), Some(2));
        assert_eq!(find_rank(&pressure, &["c".into()], &quotes), None);
        let pair = [OneOrMore::More(vec!["12.65".into(), "9 bar".into()])];
        assert_eq!(find_rank(&pair, &["a".into()], &quotes), Some(2));
    }
}
