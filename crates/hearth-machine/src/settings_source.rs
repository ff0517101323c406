//! The origins of a machine's settings.

use std::path::PathBuf;

use hearth_host::Settings;

/// Origins of the settings of a running machine.
#[derive(Clone, Debug)]
pub struct SettingsSource {
    pub file: PathBuf,
    /// Settings of this run's command line: `section.key` and value.
    pub flags: Vec<(String, String)>,
    /// Settings at the start of the process.
    pub at_start: Settings,
}
