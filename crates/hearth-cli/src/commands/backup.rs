//! `hearth backup`

use std::path::Path;

use clap::Subcommand;
use hearth_wire::operations::{CreateBackup, ListBackups, RestoreBackup, VerifyBackup};

use crate::output;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Subcommand)]
enum What {
    /// Write the whole library to one file; the node goes on working meanwhile
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
    /// Make a backup's library the present one at the next start; the present one is kept
    Restore { id: String },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let own = session.is_own();
    let outcome = work(&session, arguments.what, own).await;
    session.close().await;
    outcome
}

async fn work(session: &Session, what: What, own: bool) -> anyhow::Result<()> {
    match what {
        What::Create { json } => {
            let backup = session.client.call::<CreateBackup>(&[], &(), &()).await?;
            if json {
                return output::json(&backup);
            }
            output::line(&backup.path);
        }
        What::List { json } => {
            let list = session.client.call::<ListBackups>(&[], &(), &()).await?;
            if json {
                return output::json(&list);
            }
            for backup in list.backups {
                output::line(&format!(
                    "{}  {:>9.1} MB  {}",
                    backup.id,
                    backup.bytes as f64 / 1e6,
                    backup.path
                ));
            }
        }
        What::Verify { id } => {
            let check = session.client.call::<VerifyBackup>(&[&id], &(), &()).await?;
            output::line(&format!(
                "{id} is whole: {} notebooks, {} sources, {} originals",
                check.notebooks, check.sources, check.originals
            ));
        }
        What::Restore { id } => {
            let check = session.client.call::<RestoreBackup>(&[&id], &(), &()).await?;
            let what = format!("{} notebooks, {} sources", check.notebooks, check.sources);
            if own {
                // The node of this command ends with it: the next start is the next command.
                output::line(&format!("{id} was restored: {what}; the library before it is kept beside it"));
            } else {
                output::line(&format!("{id} is ready: {what}. {}", check.message));
            }
        }
    }
    Ok(())
}
