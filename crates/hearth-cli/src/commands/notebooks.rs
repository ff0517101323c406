//! `hearth new`, `hearth list`

use std::path::Path;

use hearth_wire::operations::{CreateNotebook, ListNotebooks};
use hearth_wire::{NewNotebook, PageQuery};

use crate::output;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct New {
    title: String,
    /// Print the notebook as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct List {
    #[arg(long)]
    json: bool,
}

pub(crate) async fn new(data_dir: Option<&Path>, arguments: New) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let wanted = NewNotebook { title: arguments.title, emoji: None };
    let made = session.client.call::<CreateNotebook>(&[], &(), &wanted).await;
    session.close().await;
    let notebook = made?;
    if arguments.json {
        return output::json(&notebook);
    }
    output::line(&notebook.id.to_string());
    Ok(())
}

pub(crate) async fn list(data_dir: Option<&Path>, arguments: List) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let query = PageQuery { limit: Some(1000), cursor: None };
    let list = session.client.call::<ListNotebooks>(&[], &query, &()).await;
    session.close().await;
    let list = list?;
    if arguments.json {
        return output::json(&list.notebooks);
    }
    for notebook in &list.notebooks {
        let sources = notebook.source_count;
        output::line(&format!("{}  {} {} ({sources} sources)", notebook.id, notebook.emoji, notebook.title));
    }
    if list.notebooks.is_empty() {
        output::message("There are no notebooks yet. Make one: hearth new \"My papers\"");
    }
    Ok(())
}
