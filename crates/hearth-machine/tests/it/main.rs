//! The machine's use cases with scripted engines.
#![allow(clippy::unwrap_used, reason = "tests")]

mod access;
mod dictation;
mod downloads;
mod router;
mod settings;
mod watched_server;

use std::path::Path;
use std::sync::Arc;

use hearth_domain::{ChatModel, Clock};
use hearth_host::EffectiveSettings;
use hearth_machine::{ChatServers, LocalModels, LocalSpeech, Machine, MachineParts, SettingsSource};
use hearth_testkit::ScriptedSpeech;
use jiff::Timestamp;

/// Starts a machine in a folder, whose clock stands still. `chat` stands in for the server of the settings; `flags`
/// are settings of the command line.
async fn start_machine(folder: &Path, chat: Option<Arc<dyn ChatModel>>, flags: &[(&str, &str)]) -> Machine {
    start_machine_with_speech(folder, chat, flags, Arc::new(ScriptedSpeech::new(&[]))).await
}

async fn start_machine_with_speech(
    folder: &Path,
    chat: Option<Arc<dyn ChatModel>>,
    flags: &[(&str, &str)],
    engines: Arc<ScriptedSpeech>,
) -> Machine {
    let flags: Vec<(&str, String)> = flags.iter().map(|(key, value)| (*key, (*value).to_owned())).collect();
    let file = folder.join("hearth.toml");
    let settings = EffectiveSettings::load(&file, &flags).unwrap().settings;
    let models = LocalModels::new(&folder.join("models"), "http://127.0.0.1:9", &settings.embed).unwrap();
    let models = Arc::new(models);
    let speech = LocalSpeech::new(&settings, Path::new("/nonexistent"), false, &models);
    let parts = MachineParts {
        models,
        speech: Arc::new(speech),
        engines,
        chat: chat.map_or_else(
            || ChatServers::from_settings(&settings).unwrap(),
            |chat| ChatServers::new(chat, Vec::new()),
        ),
        clock: Clock::fixed_at(Timestamp::UNIX_EPOCH),
        settings: SettingsSource {
            file,
            flags: flags.into_iter().map(|(key, value)| (key.to_owned(), value)).collect(),
            at_start: settings,
        },
        folder: folder.to_owned(),
    };
    Machine::start(parts).await.unwrap()
}
