//! `hearth config`

use std::path::Path;

use crate::connection::load_installation;
use crate::output;

#[derive(clap::Args)]
pub(crate) struct Arguments {
    #[arg(long)]
    json: bool,
}

pub(crate) fn run(data_dir: Option<&Path>, arguments: &Arguments) -> anyhow::Result<()> {
    let (directories, effective) = load_installation(data_dir, &[])?;
    if arguments.json {
        return output::print_json(&effective.settings);
    }
    output::print_line(&format!("# settings file: {}", directories.settings_file.display()));
    for (key, (value, origin)) in &effective.values {
        let displayed = if key.as_str() == "chat.key" && value.as_str().is_some_and(|v| !v.is_empty()) {
            "\"…\"".to_owned()
        } else {
            value.to_string()
        };
        output::print_line(&format!("{key} = {displayed}    # {origin}"));
    }
    Ok(())
}
