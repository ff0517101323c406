//! The machine that Hearth runs on: its directories, the layered settings, logging and what the
//! process weighs.
//!
//! Invariant: no other crate reads the environment or the platform's directories.

mod directories;
mod logging;
mod memory;
mod settings;

pub use directories::{
    Directories, DirectoryError, downloads_folder, eval_dir, has_display, has_graphics_card, library_folder,
    machine_name, pdfium_library, python, python_folder, shared_data_folder, tools_folder,
};
pub use logging::start_logging;
pub use memory::{free_bytes, resident_bytes};
pub use settings::{
    Ask, Chat, ChatServer, Desktop, Effective, Embed, EmbedPrecision, Fetch, Ingest, Models, Node, Origin,
    ReadAloud, Settings, SettingsError, change_settings, described,
};
