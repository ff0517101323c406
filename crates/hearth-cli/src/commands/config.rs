//! `hearth config`

use std::path::Path;

use hearth_host::Settings;

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
        return output::print_json(&hide_secrets(effective.settings));
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

/// The settings without the key of the language model server: output is copied into reports.
fn hide_secrets(mut settings: Settings) -> Settings {
    if !settings.chat.key.is_empty() {
        "…".clone_into(&mut settings.chat.key);
    }
    settings
}

#[cfg(test)]
mod tests {
    #![allow(clippy::unwrap_used, reason = "tests")]

    use hearth_host::EffectiveSettings;

    use super::*;

    #[test]
    fn the_key_of_a_server_is_never_printed() {
        let folder = tempfile::tempdir().unwrap();
        let load = |key: &str| {
            let flags = [("chat.key", key.to_owned())];
            EffectiveSettings::load(&folder.path().join("hearth.toml"), &flags).unwrap().settings
        };
        assert_eq!(hide_secrets(load("sk-123")).chat.key, "…");
        // An empty one tells that there is none.
        assert_eq!(hide_secrets(load("")).chat.key, "");
    }
}
