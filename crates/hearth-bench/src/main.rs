//! Benchmarks of Hearth; `cargo xtask bench` and `cargo xtask eval documents` run them.
#![allow(clippy::print_stdout, reason = "a program for terminals")]

mod desktop;
mod dictation;
mod documents;
mod embed;
mod interface;
mod library;
mod memory;
mod node;
mod report;
mod search;
mod speakers;

use std::path::PathBuf;

use clap::Parser;

#[derive(Parser)]
#[command(name = "hearth-bench")]
enum Bench {
    /// Desktop program: time to a usable window, and memory
    Desktop,
    /// Quality of the readers: words kept, words added, word order
    Documents,
    /// Embedder against ONNX Runtime, on the same texts
    Embed,
    /// Interface in a browser: opening passages, scrolling sources, a long text
    Interface,
    /// Node as a process: start, memory, adding documents, time from a question to the prompt
    Node,
    /// Search over many passages, and vectors alone against `LanceDB` and Chroma
    Search {
        /// Numbers of passages in thousands, measured one after the other
        #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
        thousands: Vec<usize>,
        /// Skip the rivals, which takes much less time
        #[arg(long)]
        alone: bool,
    },
    /// Diarisation of conversations assembled from recordings of single speakers
    Speakers {
        /// Folder of `SPEAKER-….flac` files; by default, recordings of LibriSpeech are downloaded
        #[arg(long)]
        sources: Option<PathBuf>,
    },
    /// Dictation: time from the released key to the text, and whisper against whisper.cpp's own program
    Voice {
        /// Folder with whisper.cpp's sources of the built-in version; downloaded by default
        #[arg(long)]
        sources: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    match Bench::parse() {
        Bench::Desktop => report::save_report("desktop", &desktop::measure_desktop()?),
        Bench::Documents => documents::evaluate_documents(),
        Bench::Embed => report::save_report("embed", &embed::measure_embedder()?),
        Bench::Interface => report::save_report("interface", &interface::measure_interface()?),
        Bench::Node => report::save_report("node", &node::measure_node()?),
        Bench::Search { thousands, alone } => {
            report::save_report("search", &search::measure_search(&thousands, !alone)?)
        }
        Bench::Speakers { sources } => {
            report::save_report("speakers", &speakers::measure_speakers(sources.as_deref())?)
        }
        Bench::Voice { sources } => {
            report::save_report(dictation::report_name(), &dictation::measure_dictation(sources.as_deref())?)
        }
    }
}
