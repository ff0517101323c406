//! C and C++ compilers of the Windows check, with the flags that whisper (C++) needs.

use std::fs;
use std::path::Path;
use std::process::Command;

use anyhow::{Context, bail};

/// C compiler: the variant with POSIX threads, which the threads of C++ need.
pub(super) const C_COMPILER: &str = "x86_64-w64-mingw32-gcc-posix";
/// C++ compiler, with POSIX threads.
pub(super) const CXX_COMPILER: &str = "x86_64-w64-mingw32-g++-posix";
/// Archiver of static libraries.
pub(super) const ARCHIVE_PROGRAM: &str = "x86_64-w64-mingw32-ar";
/// Flag for Windows 7: Debian's headers lack the newer functions that whisper would use.
const WINDOWS_VERSION_FLAG: &str = "-D_WIN32_WINNT=0x0601";
/// Options of vector instructions, which ggml leaves out in a cross build unless they are named.
const VECTOR_OPTIONS: [&str; 6] =
    ["GGML_AVX", "GGML_AVX2", "GGML_FMA", "GGML_F16C", "GGML_BMI2", "GGML_SSE42"];
/// Libraries linked last: the compiler's stack protector, which Opus uses, and those that it needs.
const LINKED_LIBRARIES: [&str; 5] = [":libssp.a", "mingwex", "msvcrt", "advapi32", "kernel32"];

/// Sets the compilers and flags of a Windows build, by environment variables.
pub(super) fn set_compilers(build: &mut Command, root: &Path, target: &Path) -> anyhow::Result<()> {
    // Only the static archive, so that the program needs no C++ library beside it.
    let folder = target.join("static-c++");
    fs::create_dir_all(&folder)?;
    fs::copy(compiler_path("libstdc++.a")?, folder.join("libstdc++.a"))?;
    // Whisper's headers are read by clang, which does not know the folders of this compiler's headers.
    let headers = [compiler_path("include")?, compiler_path("../../../../x86_64-w64-mingw32/include")?];
    let headers = headers.map(|folder| format!("-isystem {folder}")).join(" ");
    let libraries = LINKED_LIBRARIES.map(|library| format!("-C link-arg=-l{library}")).join(" ");
    let flags = format!("-C target-feature=+crt-static {libraries} -L native={}", folder.display());
    build
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_LINKER", CXX_COMPILER)
        .env("CARGO_TARGET_X86_64_PC_WINDOWS_GNU_RUSTFLAGS", flags)
        .env("CC_x86_64_pc_windows_gnu", C_COMPILER)
        .env("CXX_x86_64_pc_windows_gnu", CXX_COMPILER)
        .env("AR_x86_64_pc_windows_gnu", ARCHIVE_PROGRAM)
        .env("CFLAGS_x86_64_pc_windows_gnu", WINDOWS_VERSION_FLAG)
        .env("CXXFLAGS_x86_64_pc_windows_gnu", WINDOWS_VERSION_FLAG)
        .env("BINDGEN_EXTRA_CLANG_ARGS_x86_64_pc_windows_gnu", headers)
        .env("CMAKE_PROJECT_INCLUDE", root.join("crates/xtask/windows/ggml.cmake"));
    for option in VECTOR_OPTIONS {
        build.env(option, "ON");
    }
    Ok(())
}

/// Path of a file or folder of the compiler.
fn compiler_path(name: &str) -> anyhow::Result<String> {
    let output = Command::new(CXX_COMPILER).arg(format!("-print-file-name={name}")).output();
    let output = output.with_context(|| format!("{CXX_COMPILER} could not be started"))?;
    let path = String::from_utf8_lossy(&output.stdout).trim().to_owned();
    if !Path::new(&path).exists() {
        bail!("{CXX_COMPILER} has no {name}");
    }
    Ok(path)
}
