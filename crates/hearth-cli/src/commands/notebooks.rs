//! `hearth new`, `hearth list`

use std::path::Path;

use hearth_wire::operations::{CreateNotebook, ListNotebooks};
use hearth_wire::{NewNotebook, PageQuery};

use crate::connection::NodeConnection;
use crate::output;

#[derive(clap::Args)]
pub(crate) struct NewArguments {
    title: String,
    /// Print the notebook as JSON
    #[arg(long)]
    json: bool,
}

#[derive(clap::Args)]
pub(crate) struct ListArguments {
    #[arg(long)]
    json: bool,
}

pub(crate) async fn create_notebook(data_dir: Option<&Path>, arguments: NewArguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let new_notebook = NewNotebook { title: arguments.title, emoji: None };
    let created = connection.client.call::<CreateNotebook>(&[], &(), &new_notebook).await;
    connection.close().await;
    let notebook = created?;
    if arguments.json {
        return output::print_json(&notebook);
    }
    output::print_line(&notebook.id.to_string());
    Ok(())
}

pub(crate) async fn list_notebooks(data_dir: Option<&Path>, arguments: ListArguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let query = PageQuery { limit: Some(1000), cursor: None };
    let list = connection.client.call::<ListNotebooks>(&[], &query, &()).await;
    connection.close().await;
    let list = list?;
    if arguments.json {
        return output::print_json(&list.notebooks);
    }
    for notebook in &list.notebooks {
        let sources = notebook.source_count;
        output::print_line(&format!(
            "{}  {} {} ({sources} sources)",
            notebook.id, notebook.emoji, notebook.title
        ));
    }
    if list.notebooks.is_empty() {
        output::print_message("There are no notebooks yet. Create one: hearth new \"My papers\"");
    }
    Ok(())
}
