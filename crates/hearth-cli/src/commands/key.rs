//! `hearth key`

use std::path::Path;

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use hearth_wire::operations::{CreateKey, ListKeys, RevokeKey};
use hearth_wire::{KeyScope, NewKey};

use crate::connection::NodeConnection;
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    command: KeyCommand,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    Read,
    Write,
    Models,
    Admin,
}

#[derive(Subcommand)]
enum KeyCommand {
    /// Create a key and print it; it cannot be shown again
    Add {
        /// Name of the key, such as the program that uses it
        name: String,
        /// Permission of the key; can be repeated [default: read and write]
        #[arg(long, value_enum)]
        scope: Vec<Scope>,
        /// Maximum number of requests per minute [default: 600]
        #[arg(long)]
        per_minute: Option<u32>,
    },
    /// List the keys with their scopes, without the secrets
    List {
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key by its id or name
    Revoke { key: String },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let connection = NodeConnection::open(data_dir).await?;
    let outcome = run_key_command(&connection, arguments.command).await;
    connection.close().await;
    outcome
}

async fn run_key_command(connection: &NodeConnection, command: KeyCommand) -> anyhow::Result<()> {
    match command {
        KeyCommand::Add { name, scope, per_minute } => {
            let scopes: Vec<KeyScope> = scope
                .into_iter()
                .map(|scope| match scope {
                    Scope::Read => KeyScope::Read,
                    Scope::Write => KeyScope::Write,
                    Scope::Models => KeyScope::Models,
                    Scope::Admin => KeyScope::Admin,
                })
                .collect();
            let scopes = Some(scopes).filter(|scopes| !scopes.is_empty());
            let new_key = NewKey { name, scopes, per_minute };
            let created = connection.client.call::<CreateKey>(&[], &(), &new_key).await?;
            output::print_line(&created.secret);
            output::print_message("Store this key now; it cannot be shown again.");
        }
        KeyCommand::List { json } => {
            let list = connection.client.call::<ListKeys>(&[], &(), &()).await?;
            if json {
                return output::print_json(&list);
            }
            for key in list.keys {
                let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                let last_use =
                    key.last_used_at.map_or("never used".into(), |at| format!("last used {at:.0}"));
                output::print_line(&format!(
                    "{}  {:<20} {:<12} {last_use}",
                    key.id,
                    key.name,
                    scopes.join(",")
                ));
            }
        }
        KeyCommand::Revoke { key } => {
            let list = connection.client.call::<ListKeys>(&[], &(), &()).await?;
            let matching: Vec<_> =
                list.keys.iter().filter(|known| known.id.to_string() == key || known.name == key).collect();
            match matching.as_slice() {
                [only] => {
                    connection.client.call::<RevokeKey>(&[&only.id.to_string()], &(), &()).await?;
                    output::print_line(&format!("{} was revoked", only.name));
                }
                [] => bail!("there is no key {key:?}; list the keys with `hearth key list`"),
                _ => bail!("several keys are named {key:?}; use an id instead"),
            }
        }
    }
    Ok(())
}
