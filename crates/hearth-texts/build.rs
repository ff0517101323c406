//! Makes code of the files of texts: `texts/LANGUAGE.ftl` becomes a value of the type `Strings`. A language that
//! lacks a text, a parameter or a plural form is an error of the build.

#[path = "build/code.rs"]
mod code;
#[path = "build/comparison.rs"]
mod comparison;
#[path = "build/language_file.rs"]
mod language_file;

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use comparison::compare_languages;
use language_file::{LanguageFile, parse_language_file};

/// Folder of the files of texts.
const TEXTS_FOLDER: &str = "texts";
/// Language with which the others are compared.
const REFERENCE_LANGUAGE: &str = "en";

fn main() -> ExitCode {
    println!("cargo::rerun-if-changed={TEXTS_FOLDER}");
    println!("cargo::rerun-if-changed=build");
    println!("cargo::rerun-if-changed=build.rs");
    match generate_code() {
        Ok(()) => ExitCode::SUCCESS,
        Err(complaints) => {
            for complaint in complaints {
                println!("cargo::error={complaint}");
            }
            ExitCode::FAILURE
        }
    }
}

fn generate_code() -> Result<(), Vec<String>> {
    let to_complaint = |error: io::Error| vec![error.to_string()];
    let files = read_files(Path::new(TEXTS_FOLDER)).map_err(to_complaint)?;
    let mut languages = parse_files(&files)?;
    // The reference comes first.
    languages.sort_by_key(|language| (language.tag != REFERENCE_LANGUAGE, language.tag.clone()));
    compare_languages(&languages)?;
    let out = env::var_os("OUT_DIR").map(PathBuf::from).unwrap_or_default();
    fs::write(out.join("strings.rs"), code::format_code(&languages)).map_err(to_complaint)
}

/// Tags and texts of all files.
fn read_files(folder: &Path) -> io::Result<Vec<(String, String)>> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        if path.extension().is_some_and(|extension| extension == "ftl") {
            let tag = path.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
            files.push((tag, fs::read_to_string(&path)?));
        }
    }
    Ok(files)
}

fn parse_files(files: &[(String, String)]) -> Result<Vec<LanguageFile>, Vec<String>> {
    let (mut languages, mut complaints) = (Vec::new(), Vec::new());
    for (tag, text) in files {
        match parse_language_file(tag, text) {
            Ok(language) => languages.push(language),
            Err(errors) => complaints.extend(errors),
        }
    }
    if complaints.is_empty() { Ok(languages) } else { Err(complaints) }
}
