//! `hearth eval`: evaluation on judged collections.

mod answers;
mod collection;
mod embedding;
mod everyday;
mod retrieval;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::search::Mode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: EvalCommand,
}

#[derive(Subcommand)]
enum EvalCommand {
    /// Measure search: nDCG@10, recall@100 and MRR on a folder in BEIR layout
    Retrieval {
        dir: PathBuf,
        #[arg(long, value_enum, default_value = "hybrid")]
        mode: Mode,
        #[arg(long)]
        json: bool,
    },
    /// Measure the vectors of a search model, in both precisions, on the STS benchmark and SciFact; the
    /// folder contains sts/ and scifact/
    Embedding {
        dir: PathBuf,
        #[arg(long, default_value = "all-MiniLM-L6-v2")]
        model: String,
    },
    /// Measure how often the best sentences contain the answer; the folder has a SQuAD file answers.json
    Extracts { dir: PathBuf },
    /// Measure how many questions of another folder a collection refuses, and how many of its own
    Refusal { questions: PathBuf, collection: PathBuf },
    /// Measure the citation of claims without a marker: a file of labelled claims, and the folder of the
    /// documents that they name
    Alignment { labels: PathBuf, documents: PathBuf },
    /// Measure answers on everyday documents, without a model and with a scripted one; the folder has docs/,
    /// questions.jsonl and streams.jsonl
    Everyday(everyday::Arguments),
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    match arguments.command {
        EvalCommand::Retrieval { dir, mode, json } => retrieval::run(data_dir, &dir, mode, json).await,
        EvalCommand::Embedding { dir, model } => embedding::run(data_dir, &dir, &model).await,
        EvalCommand::Extracts { dir } => answers::evaluate_extracts(data_dir, &dir).await,
        EvalCommand::Refusal { questions, collection } => {
            answers::evaluate_refusal(data_dir, &questions, &collection).await
        }
        EvalCommand::Alignment { labels, documents } => {
            answers::evaluate_alignment(data_dir, &labels, &documents).await
        }
        EvalCommand::Everyday(arguments) => everyday::run(data_dir, &arguments).await,
    }
}
