//! `hearth key`

use std::path::Path;

use anyhow::bail;
use clap::{Subcommand, ValueEnum};
use hearth_wire::operations::{CreateKey, ListKeys, RevokeKey};
use hearth_wire::{KeyScope, NewKey};

use crate::output;
use crate::session::Session;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    what: What,
}

#[derive(Clone, Copy, ValueEnum)]
enum Scope {
    Read,
    Write,
    Models,
    Admin,
}

#[derive(Subcommand)]
enum What {
    /// Make a key; it is printed this once
    Add {
        /// What it is for
        name: String,
        /// What it may do [default: read and write]
        #[arg(long, value_enum)]
        scope: Vec<Scope>,
        /// Requests that it may make in a minute [default: 600]
        #[arg(long)]
        per_minute: Option<u32>,
    },
    /// List the keys, without the keys themselves
    List {
        #[arg(long)]
        json: bool,
    },
    /// Revoke a key by its id or its name
    Revoke { key: String },
}

pub(crate) async fn run(data_dir: Option<&Path>, arguments: Arguments) -> anyhow::Result<()> {
    let session = Session::open(data_dir).await?;
    let outcome = work(&session, arguments.what).await;
    session.close().await;
    outcome
}

async fn work(session: &Session, what: What) -> anyhow::Result<()> {
    match what {
        What::Add { name, scope, per_minute } => {
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
            let new = NewKey { name, scopes, per_minute };
            let made = session.client.call::<CreateKey>(&[], &(), &new).await?;
            output::line(&made.secret);
            output::message("This is the only time that the key is shown.");
        }
        What::List { json } => {
            let list = session.client.call::<ListKeys>(&[], &(), &()).await?;
            if json {
                return output::json(&list);
            }
            for key in list.keys {
                let scopes: Vec<&str> = key.scopes.iter().map(|scope| scope.as_str()).collect();
                let used = key.last_used_at.map_or("never used".into(), |at| format!("last used {at:.0}"));
                output::line(&format!("{}  {:<20} {:<12} {used}", key.id, key.name, scopes.join(",")));
            }
        }
        What::Revoke { key } => {
            let list = session.client.call::<ListKeys>(&[], &(), &()).await?;
            let found: Vec<_> =
                list.keys.iter().filter(|known| known.id.to_string() == key || known.name == key).collect();
            match found.as_slice() {
                [only] => {
                    session.client.call::<RevokeKey>(&[&only.id.to_string()], &(), &()).await?;
                    output::line(&format!("{} opens nothing any more", only.name));
                }
                [] => bail!("there is no key {key:?}; `hearth key list` shows them"),
                _ => bail!("several keys are called {key:?}; use an id"),
            }
        }
    }
    Ok(())
}
