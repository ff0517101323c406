//! Where things are kept on this machine.

use std::env;
use std::path::{Path, PathBuf};

#[derive(Debug, thiserror::Error)]
pub enum DirectoryError {
    #[error("this user has no home directory; set HEARTH_DATA_DIR and HF_HOME")]
    NoHome,
}

/// The directories of one installation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directories {
    /// The library: one data directory is one tenant.
    pub data: PathBuf,
    /// Models, in the Hugging Face cache layout.
    pub models: PathBuf,
    /// The user's settings file; it need not exist.
    pub settings_file: PathBuf,
}

impl Directories {
    /// From a flag, the environment (`HEARTH_DATA_DIR`, `HF_HOME`), or the platform's habit.
    pub fn find(data_dir: Option<&Path>) -> Result<Self, DirectoryError> {
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

/// Where this user's downloads go.
pub fn downloads_folder() -> Option<PathBuf> {
    dirs::download_dir().or_else(dirs::home_dir).filter(|folder| folder.is_dir())
}

/// Where this user's programs, icons and the like are told to the system (Linux).
pub fn shared_data_folder() -> Option<PathBuf> {
    dirs::data_dir()
}

/// Whether a window can be shown: on Linux a display server must be named; other systems have one.
pub fn has_display() -> bool {
    !cfg!(target_os = "linux")
        || ["DISPLAY", "WAYLAND_DISPLAY"].iter().any(|name| path_variable(name).is_some())
}

/// Whether this machine has a graphics card that programs can draw with (Linux; elsewhere the system sees to it).
pub fn has_graphics_card() -> bool {
    let Ok(devices) = std::fs::read_dir("/dev/dri") else { return !cfg!(target_os = "linux") };
    devices.flatten().any(|device| device.file_name().to_string_lossy().starts_with("renderD"))
}

/// Where evaluation data is: `HEARTH_EVAL_DIR`, else the given default, when it exists.
pub fn eval_dir(default: &Path) -> Option<PathBuf> {
    let dir = path_variable("HEARTH_EVAL_DIR").unwrap_or_else(|| default.to_owned());
    dir.is_dir().then_some(dir)
}

/// The PDFium library: `HEARTH_PDFIUM`, else beside the program, else where `cargo xtask setup`
/// puts it.
pub fn pdfium_library() -> Option<PathBuf> {
    let file = match env::consts::OS {
        "windows" => "pdfium.dll",
        "macos" => "libpdfium.dylib",
        _ => "libpdfium.so",
    };
    let beside = env::current_exe().ok().and_then(|exe| exe.parent().map(|dir| dir.join(file)));
    let installed = library_folder().map(|folder| folder.join(file));
    [path_variable("HEARTH_PDFIUM"), beside, installed].into_iter().flatten().find(|path| path.is_file())
}

/// The Python with the clients that tests use, where `cargo xtask setup` puts it.
pub fn python() -> Option<PathBuf> {
    let inside = if cfg!(windows) { "Scripts/python.exe" } else { "bin/python" };
    python_folder().map(|folder| folder.join(inside)).filter(|path| path.is_file())
}

/// The folder of that Python.
pub fn python_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|base| base.join("hearth").join("python"))
}

/// Where `cargo xtask setup` puts programs and scripts that building and testing use.
pub fn tools_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|base| base.join("hearth").join("tools"))
}

/// Where `cargo xtask setup` puts native libraries.
pub fn library_folder() -> Option<PathBuf> {
    dirs::cache_dir().map(|base| base.join("hearth").join("lib"))
}
