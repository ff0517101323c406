//! Makes the window's configuration part of the program.

fn main() {
    tauri_build::build();
}
