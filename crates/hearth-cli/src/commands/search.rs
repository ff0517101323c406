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
    #[arg(allow_hyphen_values = true)]
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

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use clap::Parser;

    use super::*;

    #[derive(Parser)]
    struct Line {
        #[command(flatten)]
        arguments: Arguments,
    }

    #[test]
    fn a_query_may_begin_with_what_must_not_occur() {
        for line in [["search", "-noise boiler", "--json"], ["search", "--json", "-hot -noise"]] {
            let arguments = Line::try_parse_from(line).unwrap().arguments;
            assert!(line.contains(&arguments.query.as_str()) && arguments.query.starts_with('-'), "{line:?}");
            assert!(arguments.json, "{line:?}");
        }
    }

    #[test]
    fn a_search_is_hybrid_with_ten_hits_unless_told_otherwise() {
        let parse = |line: &[&str]| Line::try_parse_from(line).unwrap().arguments;
        let arguments = parse(&["search", "boiler"]);
        assert_eq!((arguments.limit, arguments.mode.to_wire()), (10, SearchMode::Hybrid));
        let arguments = parse(&["search", "boiler", "--mode", "lexical", "--limit", "3"]);
        assert_eq!((arguments.limit, arguments.mode.to_wire()), (3, SearchMode::Lexical));
    }
}
