//! `hearth config`

use std::path::Path;

use crate::output;
use crate::session::installation;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(data_dir: Option<&Path>, arguments: &Arguments) -> anyhow::Result<()> {
    let (directories, effective) = installation(data_dir, &[])?;
    if arguments.json {
        return output::json(&effective.settings);
    }
    output::line(&format!("# your own settings go into {}", directories.settings_file.display()));
    for (key, (value, origin)) in &effective.values {
        let shown = if key.as_str() == "chat.key" && value.as_str().is_some_and(|v| !v.is_empty()) {
            "\"…\"".to_owned()
        } else {
            value.to_string()
        };
        output::line(&format!("{key} = {shown}    # {origin}"));
    }
    Ok(())
}
