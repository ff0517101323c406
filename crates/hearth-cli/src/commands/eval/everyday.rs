//! `hearth eval everyday`: answers on everyday documents, compared with what must come out.
//!
//! Two parts, each with an empty library of its own: `questions.jsonl` is asked in extracts mode, and for
//! `streams.jsonl` a scripted language model server sends the answers. Documents are in `docs/`, others in
//! `../documents`.

mod comparison;
mod documents;
mod questions;
mod report;
mod scripted_ollama;
mod stream_check;
mod stream_expectation;
mod streams;

use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::Context;
use clap::ValueEnum;
use serde_json::{Map, Value, json};

use self::report::PartReport;
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    dir: PathBuf,
    /// Evaluate only this part
    #[arg(long, value_enum)]
    only: Option<Part>,
    /// Print the figures as JSON
    #[arg(long)]
    json: bool,
    /// Write what was expected and what came of each failure to this file, as JSON
    #[arg(long, value_name = "FILE")]
    out: Option<PathBuf>,
}

#[derive(Clone, Copy, PartialEq, Eq, ValueEnum)]
enum Part {
    Questions,
    Streams,
}

impl Part {
    fn as_str(self) -> &'static str {
        match self {
            Self::Questions => "questions",
            Self::Streams => "streams",
        }
    }
}

pub(super) async fn run(data_dir: Option<&Path>, arguments: &Arguments) -> anyhow::Result<()> {
    let (mut all_figures, mut all_failures) = (Map::new(), Map::new());
    for part in [Part::Questions, Part::Streams] {
        if arguments.only.is_some_and(|only| only != part) {
            continue;
        }
        let started = Instant::now();
        let mut report = match part {
            Part::Questions => questions::evaluate_questions(data_dir, &arguments.dir).await?,
            Part::Streams => streams::evaluate_streams(data_dir, &arguments.dir).await?,
        };
        let seconds = (started.elapsed().as_secs_f64() * 10.0).round() / 10.0;
        if !arguments.json {
            print_report(part, &report, seconds);
        }
        report.figures["kinds"] = json!(report.kinds);
        report.figures["seconds"] = json!(seconds);
        all_figures.insert(part.as_str().to_owned(), report.figures);
        all_failures.insert(part.as_str().to_owned(), Value::Array(report.failures));
    }
    if let Some(path) = &arguments.out {
        std::fs::write(path, serde_json::to_string_pretty(&all_failures)?)
            .with_context(|| format!("{} could not be written", path.display()))?;
    }
    if arguments.json {
        return output::print_json(&all_figures);
    }
    Ok(())
}

fn print_report(part: Part, report: &PartReport, seconds: f64) {
    let figures = report.figures.as_object().into_iter().flatten();
    let figures: Vec<String> = figures.map(|(name, value)| format!("{name} {value}")).collect();
    let kinds: Vec<String> =
        report.kinds.0.iter().map(|(kind, [right, all])| format!("{kind} {right}/{all}")).collect();
    output::print_line(&format!("== {}", part.as_str()));
    output::print_line(&format!("  {}, seconds {seconds}", figures.join(", ")));
    output::print_line(&format!("  {}", report.summary));
    output::print_line(&format!("  by kind: {}", kinds.join(", ")));
}
