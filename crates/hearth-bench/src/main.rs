//! Measures Hearth: `cargo xtask bench` and `cargo xtask eval documents` start it.
#![allow(clippy::print_stdout, reason = "a program for terminals")]

mod desktop;
mod documents;
mod embed;
mod interface;
mod library;
mod memory;
mod node;
mod report;
mod search;
mod speakers;
mod voice;

use std::path::PathBuf;

use clap::Parser;

#[derive(Parser)]
#[command(name = "hearth-bench")]
enum Bench {
    /// The desktop program: how soon its window can be used, and what it weighs
    Desktop,
    /// How well files are read: words kept, words added, their order
    Documents,
    /// The encoder beside ONNX Runtime, on the same texts
    Embed,
    /// The interface in a browser: opening passages, scrolling sources, a long text
    Interface,
    /// A whole node: start, memory, taking in documents, from a question to the prompt
    Node,
    /// Searching many passages, and vectors alone beside `LanceDB` and Chroma
    Search {
        /// Passages, in thousands; several are measured one after the other
        #[arg(long, value_delimiter = ',', default_values_t = [10, 100, 1000])]
        thousands: Vec<usize>,
        /// Without the rivals, which takes much less time
        #[arg(long)]
        alone: bool,
    },
    /// Who speaks when, in conversations put together from what people read
    Speakers {
        /// A folder of `SPEAKER-….flac`; some of LibriSpeech are fetched where none is given
        #[arg(long)]
        sources: Option<PathBuf>,
    },
    /// From the key that is let go to the text, and whisper beside whisper.cpp's own program
    Voice {
        /// whisper.cpp's sources of the version that is built in; fetched where none are given
        #[arg(long)]
        sources: Option<PathBuf>,
    },
}

fn main() -> anyhow::Result<()> {
    match Bench::parse() {
        Bench::Desktop => report::keep("desktop", &desktop::measure()?),
        Bench::Documents => documents::measure(),
        Bench::Embed => report::keep("embed", &embed::measure()?),
        Bench::Interface => report::keep("interface", &interface::measure()?),
        Bench::Node => report::keep("node", &node::measure()?),
        Bench::Search { thousands, alone } => report::keep("search", &search::measure(&thousands, !alone)?),
        Bench::Speakers { sources } => report::keep("speakers", &speakers::measure(sources.as_deref())?),
        Bench::Voice { sources } => report::keep(voice::report_name(), &voice::measure(sources.as_deref())?),
    }
}
