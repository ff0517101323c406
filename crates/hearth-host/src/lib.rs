//! The machine that Hearth runs on: its directories, the layered settings, logging, memory and disk
//! space.
//!
//! Invariant: no other crate reads the environment or the platform's directories.

mod directories;
mod logging;
mod memory;
mod settings;

pub use directories::{
    Directories, DirectoryError, downloads_folder, evaluation_folder, has_display, has_graphics_card,
    machine_name, native_library_folder, pdfium_library, python_executable, python_folder,
    shared_data_folder, tools_folder,
};
pub use logging::start_logging;
pub use memory::{free_disk_bytes, resident_bytes};
pub use settings::{
    AnswerSettings, ChatServer, ChatSettings, DesktopSettings, EffectiveSettings, EmbedPrecision,
    EmbedSettings, FetchSettings, IngestSettings, ModelSettings, NodeSettings, ReadAloudPolicy,
    SettingOrigin, Settings, SettingsError, change_settings, describe_settings,
};
