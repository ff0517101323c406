//! `hearth search`

use std::path::Path;

use clap::ValueEnum;
use hearth_wire::operations::Search;
use hearth_wire::{SearchMode, SearchQuery, SearchResult};

use crate::connection::NodeConnection;
use crate::output;

#[derive(Clone, Copy, ValueEnum)]
pub(crate) enum Mode {
    Hybrid,
    Lexical,
    Vector,
}

impl Mode {
    pub(crate) fn to_wire(self) -> SearchMode {
        match self {
            Self::Hybrid => SearchMode::Hybrid,
            Self::Lexical => SearchMode::Lexical,
            Self::Vector => SearchMode::Vector,
        }
    }
}

#[derive(clap::Args)]
pub(crate) struct Arguments {
    /// Search terms; "quoted phrases" must occur, -terms must not
    query: String,
    /// Search only this notebook: its id or title
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
    let connection = NodeConnection::open(data_dir).await?;
    let outcome = search_library(&connection, &arguments).await;
    connection.close().await;
    let result = outcome?;
    if arguments.json {
        return output::print_json(&result);
    }
    for hit in &result.hits {
        if let Some(note) = &hit.note {
            output::print_line(&format!("{:.2}  note: {}", hit.score, note.title));
            let text = note.body.split_whitespace().collect::<Vec<_>>().join(" ");
            output::print_line(&format!("      {}", text.chars().take(240).collect::<String>()));
        }
        let Some(passage) = &hit.passage else {
            continue;
        };
        let mut place = output::format_places(&passage.places);
        if place.is_empty() {
            place = passage.section.join(" › ");
        }
        let separator = if place.is_empty() { "" } else { ", " };
        output::print_line(&format!("{:.2}  {}{separator}{place}", hit.score, hit.source_title));
        let text: String = passage.text.split_whitespace().collect::<Vec<_>>().join(" ");
        let preview: String = text.chars().take(240).collect();
        output::print_line(&format!("      {preview}"));
    }
    output::print_message(&format!("{} hits in {} ms", result.hits.len(), result.took_ms));
    Ok(())
}

async fn search_library(connection: &NodeConnection, arguments: &Arguments) -> anyhow::Result<SearchResult> {
    let notebook_id = match &arguments.notebook {
        Some(notebook) => Some(connection.find_notebook(notebook).await?.id),
        None => None,
    };
    let query = SearchQuery {
        q: arguments.query.clone(),
        notebook_id,
        limit: Some(arguments.limit),
        mode: Some(arguments.mode.to_wire()),
    };
    Ok(connection.client.call::<Search>(&[], &query, &()).await?)
}
