//! `hearth backup`

use std::path::Path;

use clap::Subcommand;
use hearth_wire::operations::{CreateBackup, ListBackups, RestoreBackup, VerifyBackup};

use crate::connection::NodeConnection;
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: BackupCommand,
}

#[derive(Subcommand)]
enum BackupCommand {
    /// Write the whole library to one file, while the node keeps working
    Create {
        #[arg(long)]
        json: bool,
    },
    /// List the backups, latest first
    List {
        #[arg(long)]
        json: bool,
    },
    /// Read a backup from end to end and check every part of it
    Verify { id: String },
    /// Restore a backup at the next start; the present library is kept beside it
    Restore { id: String },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let has_own_node = connection.has_own_node();
    let outcome = run_backup_command(&connection, arguments.command, has_own_node).await;
    connection.close().await;
    outcome
}

async fn run_backup_command(
    connection: &NodeConnection,
    command: BackupCommand,
    has_own_node: bool,
) -> anyhow::Result<()> {
    match command {
        BackupCommand::Create { json } => {
            let backup = connection.client.call::<CreateBackup>(&[], &(), &()).await?;
            if json {
                return output::print_json(&backup);
            }
            output::print_line(&backup.path);
        }
        BackupCommand::List { json } => {
            let list = connection.client.call::<ListBackups>(&[], &(), &()).await?;
            if json {
                return output::print_json(&list);
            }
            for backup in list.backups {
                output::print_line(&format!(
                    "{}  {:>9.1} MB  {}",
                    backup.id,
                    backup.bytes as f64 / 1e6,
                    backup.path
                ));
            }
        }
        BackupCommand::Verify { id } => {
            let check = connection.client.call::<VerifyBackup>(&[&id], &(), &()).await?;
            output::print_line(&format!(
                "{id} is complete and undamaged: {} notebooks, {} sources, {} originals",
                check.notebooks, check.sources, check.originals
            ));
        }
        BackupCommand::Restore { id } => {
            let check = connection.client.call::<RestoreBackup>(&[&id], &(), &()).await?;
            let contents = format!("{} notebooks, {} sources", check.notebooks, check.sources);
            if has_own_node {
                // The node that this command started ends with it: the next command is the next start.
                output::print_line(&format!(
                    "{id} was restored: {contents}; the previous library is kept beside it"
                ));
            } else {
                output::print_line(&format!("{id} is ready: {contents}. {}", check.message));
            }
        }
    }
    Ok(())
}
