//! Directories and files of this machine that Hearth uses.

use std::env;
use std::path::{Path, PathBuf};

/// A directory that could not be determined.
#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("this user has no home directory; set HEARTH_DATA_DIR and HF_HOME")]
    NoHome,
}

/// The directories of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    /// Data directory with the library; one directory is one tenant.
    pub data: PathBuf,
    /// Models, in the Hugging Face cache layout.
    pub models: PathBuf,
    /// The user's settings file; it need not exist.
    pub settings_file: PathBuf,
}

impl Directories {
    /// Determines the directories from a flag, the environment (`HEARTH_DATA_DIR`, `HF_HOME`), or the
    /// platform's convention.
    pub fn from_environment(data_dir: Option<&Path>) -> Result<Self, DirectoryError> {
        let data = data_dir
            .map(Path::to_owned)
            .or_else(|| path_variable("HEARTH_DATA_DIR"))
            .or_else(|| dirs::data_local_dir().map(|base| base.join("hearth")))
            .ok_or(DirectoryError::NoHome)?;
        let models = path_variable("HF_HOME")
            .map(|home| home.join("hub"))
            .or_else(|| dirs::cache_dir().map(|base| base.join("hearth").join("models")))
            .ok_or(DirectoryError::NoHome)?;
        let settings_file = data.join("hearth.toml");
        Ok(Self { data, models, settings_file })
    }
}

fn path_variable(name: &str) -> Option<PathBuf> {
    env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from)
}

/// The machine's name on the network, or `hearth`.
pub fn machine_name() -> String {
    let from_file = std::fs::read_to_string("/etc/hostname").ok();
    from_file
        .or_else(|| env::var("COMPUTERNAME").ok())
        .map(|name| name.trim().to_owned())
        .filter(|name| !name.is_empty())
        .unwrap_or_else(|| "hearth".to_owned())
}

/// The downloads folder of this user, else the home directory.
pub fn downloads_folder() -> Option<PathBuf> {
    dirs::download_dir().or_else(dirs::home_dir).filter(|folder| folder.is_dir())
}

/// The folder of this user's programs, icons and the like (Linux: XDG data directory).
pub fn shared_data_folder() -> Option<PathBuf> {
    dirs::data_dir()
}

/// True if a window can be shown: on Linux a display server must be named; other systems have one.
pub fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| path_variable(name).is_some())
}

/// True if this machine has a graphics card for drawing (checked on Linux only; true elsewhere).
pub fn has_graphics_card() -> bool {
    let Ok(devices) = std::fs::read_dir("/dev/dri") else { return !cfg!(target_os = "linux") };
    devices.flatten().any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
}

/// Folder of the evaluation data: `HEARTH_EVAL_DIR`, else the given default, if it exists.
pub fn evaluation_folder(default: &Path) -> Option<PathBuf> {
    let dir = path_variable("HEARTH_EVAL_DIR").unwrap_or_else(|| default.to_owned());
    dir.is_dir().then_some(dir)
}

/// The PDFium library: `HEARTH_PDFIUM`, else beside the program, else in [`native_library_folder`].
pub fn pdfium_library() -> Option<PathBuf> {
    let file = match env::consts::OS {
        "windows" => "pdfium.dll",
        "macos" => "libpdfium.dylib",
        _ => "libpdfium.so",
    };
    let beside_program = env::current_exe().ok().and_then(|exe| exe.parent().map(|dir| dir.join(file)));
    let installed = native_library_folder().map(|folder| folder.join(file));
    [path_variable("HEARTH_PDFIUM"), beside_program, installed]
        .into_iter()
        .flatten()
        .find(|path| path.is_file())
}

/// The Python interpreter with the client libraries that tests use, installed by `cargo xtask setup`.
pub fn python_executable() -> Option<PathBuf> {
    let relative_path = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    python_folder().map(|folder| folder.join(relative_path)).filter(|path| path.is_file())
}

/// The folder of that Python environment.
pub fn python_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|base| base.join("hearth").join("python"))
}

/// The folder of the programs and scripts for building and testing, installed by `cargo xtask setup`.
pub fn tools_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|base| base.join("hearth").join("tools"))
}

/// The folder of native libraries, installed by `cargo xtask setup`.
pub fn native_library_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|base| base.join("hearth").join("lib"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_given_data_folder_holds_the_settings_and_not_the_models() {
        // Models are shared by all libraries of a user, so that a fresh one downloads nothing.
        let data = Path::new("/srv/library");
        let directories = Directories::from_environment(Some(data)).expect("a home directory");
        assert_eq!(directories.data, data);
        assert_eq!(directories.settings_file, data.join("hearth.toml"));
        assert!(!directories.models.starts_with(data), "{directories:?}");
    }
}
