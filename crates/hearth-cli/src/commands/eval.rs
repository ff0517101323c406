//! `hearth eval`: judged collections, asked as questions are.

mod answers;
mod collection;
mod embedding;
mod retrieval;

use std::path::{Path, PathBuf};

use clap::Subcommand;

use super::search::Mode;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// nDCG@10, recall@100 and MRR over a folder in BEIR layout
    Retrieval {
        dir: PathBuf,
        #[arg(long, value_enum, default_value = "hybrid")]
        mode: Mode,
        #[arg(long)]
        json: bool,
    },
    /// The embedder's vectors by themselves, in both precisions: STS benchmark and SciFact; the folder
    /// has sts/ and scifact/
    Embedding {
        dir: PathBuf,
        #[arg(long, default_value = "all-MiniLM-L6-v2")]
        model: String,
    },
    /// How often the answer stands in the best sentences; the folder has an answers.json in SQuAD's form
    Extracts { dir: PathBuf },
    /// How many questions of one folder another folder's sources refuse, and how many of their own
    Refusal { questions: PathBuf, collection: PathBuf },
    /// Whether claims without a marker are cited rightly: a file of labelled claims, and the folder of
    /// the documents that they name
    Alignment { labels: PathBuf, documents: PathBuf },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    match arguments.what {
        What::Retrieval { dir, mode, json } => retrieval::run(data_dir, &dir, mode, json).await,
        What::Embedding { dir, model } => embedding::run(data_dir, &dir, &model).await,
        What::Extracts { dir } => answers::extracts(data_dir, &dir).await,
        What::Refusal { questions, collection } => answers::refusal(data_dir, &questions, &collection).await,
        What::Alignment { labels, documents } => answers::alignment(data_dir, &labels, &documents).await,
    }
}
