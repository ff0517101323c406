//! Build script: compiles the window's configuration into the program.

fn main() {
    tauri_build::build();
}
