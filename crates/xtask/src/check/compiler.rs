//! The C and C++ compilers of the Windows check: whisper is C++, and wants some persuasion.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// The variants with POSIX threads, which C++'s own threads need.
pub(super) const COMPILER: &str = "x86_64-w64-mingw32-gcc-posix";
pub(super) const CPLUSPLUS: &str = "x86_64-w64-mingw32-g++-posix";
pub(super) const ARCHIVER: &str = "x86_64-w64-mingw32-ar";
/// Debian's headers lack what later Windows has, and whisper would use.
const WINDOWS_7: &str = "-D_WIN32_WINNT=0x0601";
/// When it is built for another system, ggml leaves out all of a processor's vectors unless it is told.
const VECTORS: [&str; 6] = ["GGML_AVX", "GGML_AVX2", "GGML_FMA", "GGML_F16C", "GGML_BMI2", "GGML_SSE42"];
/// What is linked last: Opus guards its stack, by a library of this compiler's, and that one needs the others.
const LIBRARIES: [&str; 5] = [":libssp.a", "mingwex", "msvcrt", "advapi32", "kernel32"];

/// Tells a build of this workspace for Windows which compilers to take.
pub(super) fn choose(build: &mut Command, root: &Path, target: &Path) -> anyhow::Result<()> {
    // Only the archive, so that the program needs no library of C++ beside it.
    let folder = target.join("static-c++");
    fs::create_dir_all(&folder)?;
    fs::copy(own("libstdc++.a")?, folder.join("libstdc++.a"))?;
    // What reads whisper's headers is clang, which does not know where this compiler has its own.
    let headers = [own("include")?, own("../../../../x86_64-w64-mingw32/include")?];
    let headers = headers.map(|folder| format!("-isystem {folder}")).join(" ");
    let libraries = LIBRARIES.map(|library| format!("-C link-arg=-l{library}")).join(" ");
    let flags = format!("-C target-feature=+crt-static {libraries} -L native={}", folder.display());
    build
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", CPLUSPLUS)
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", flags)
        .env("CC_x86_64_pc_windows_gnu", COMPILER)
        .env("CXX_x86_64_pc_windows_gnu", CPLUSPLUS)
        .env("AR_x86_64_pc_windows_gnu", ARCHIVER)
        .env("CFLAGS_x86_64_pc_windows_gnu", WINDOWS_7)
        .env("CXXFLAGS_x86_64_pc_windows_gnu", WINDOWS_7)
        .env("BINDGEN_EXTRA_CLANG_ARGS_x86_64_pc_windows_gnu", headers)
        .env("CMAKE_PROJECT_INCLUDE", root.join("crates/xtask/windows/ggml.cmake"));
    for vectors in VECTORS {
        build.env(vectors, "ON");
    }
    Ok(())
}

/// Where the compiler has something of its own.
fn own(name: &str) -> anyhow::Result<String> {
    let found = Command::new(CPLUSPLUS).arg(format!("-print-file-name={name}")).output();
    let found = found.with_context(|| format!("{CPLUSPLUS} could not be started"))?;
    let path = String::from_utf8_lossy(&found.stdout).trim().to_owned();
    if !Path::new(&path).exists() {
        bail!("{CPLUSPLUS} has no {name}");
    }
    Ok(path)
}
