//! `hearth search`

use std::path::Path;

use clap::ValueEnum;
use hearth_wire::operations::Search;
use hearth_wire::{SearchMode, SearchQuery, SearchResult};

use crate::output;
use crate::session::Session;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    Hybrid,
    Lexical,
    Vector,
}

impl Mode {
    pub(crate) fn wire(self) -> SearchMode {
        match self {
            Self::Hybrid => SearchMode::Hybrid,
            Self::Lexical => SearchMode::Lexical,
            Self::Vector => SearchMode::Vector,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Words; "quoted phrases" must stand there, -words must not
    query: String,
    /// Only in this notebook: an id or a title
    #[arg(long)]
    notebook: Option<String>,
    #[arg(long, default_value_t = 10)]
    limit: u32,
    #[arg(long, value_enum, default_value = "hybrid")]
    mode: Mode,
    #[arg(long)]
    json: bool,
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let outcome = search(&session, &arguments).await;
    session.close().await;
    let result = outcome?;
    if arguments.json {
        return output::json(&result);
    }
    for hit in &result.hits {
        if let Some(note) = &hit.note {
            output::line(&format!("{:.2}  note: {}", hit.score, note.title));
            let text = note.body.split_whitespace().collect::<Vec<_>>().join(" ");
            output::line(&format!("      {}", text.chars().take(240).collect::<String>()));
        }
        let Some(passage) = &hit.passage else {
            continue;
        };
        let mut place = output::place(&passage.places);
        if place.is_empty() {
            place = passage.section.join(" › ");
        }
        let separator = if place.is_empty() { "" } else { ", " };
        output::line(&format!("{:.2}  {}{separator}{place}", hit.score, hit.source_title));
        let text: String = passage.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let short: String = text.chars().take(240).collect();
        output::line(&format!("      {short}"));
    }
    output::message(&format!("{} hits in {} ms", result.hits.len(), result.took_ms));
    Ok(())
}

async fn search(session: &Session, arguments: &Arguments) -> anyhow::Result<SearchResult> {
    let notebook_id = match &arguments.notebook {
        Some(notebook) => Some(session.notebook(notebook).await?.id),
        None => None,
    };
    let query = SearchQuery {
        q: arguments.query.clone(),
        notebook_id,
        limit: Some(arguments.limit),
        mode: Some(arguments.mode.wire()),
    };
    Ok(session.client.call::<Search>(&[], &query, &()).await?)
}
