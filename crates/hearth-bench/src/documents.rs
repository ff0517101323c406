//! `cargo xtask eval documents`: quality of the readers, compared with the output of another converter.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use hearth_documents::{ConfinedReader, ReadFailure, ReadOptions, detect_format};
use hearth_host::{evaluation_folder, pdfium_library};
use hearth_worker::{Input, Limits};

use crate::report::{hearth_program, workspace_root};

/// Folders of files with an expected text.
const FORMAT_FOLDERS: [&str; 7] = ["pdf", "docx", "pptx", "xlsx", "html", "csv", "md"];

/// Files whose expected text is wrong, with the reason; they are shown but left out of the mean.
const UNCOUNTED_FILES: [(&str, &str); 1] =
    [("right_to_left_02.pdf", "the other converter wrote the Arabic text backwards, letter by letter")];

/// Similarity of two texts, as shares from 0 to 1.
#[derive(Clone, Copy, Default)]
struct Score {
    precision: f64,
    recall: f64,
    order: f64,
}

/// Reads the evaluation's documents and prints the tables.
pub(crate) fn evaluate_documents() -> anyhow::Result<()> {
    let Some(dir) = evaluation_folder(&workspace_root().join("../shared/eval")) else {
        bail!("no evaluation data was found; set HEARTH_EVAL_DIR to its folder");
    };
    let program = hearth_program()?;
    let limits = Limits { seconds: 60, ..Limits::default() };
    let reader = ConfinedReader::new(program, &["worker"], limits, pdfium_library());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let dir = dir.join("documents");
    runtime.block_on(async {
        evaluate_formats(&reader, &dir).await?;
        evaluate_articles(&reader, &dir).await?;
        evaluate_odd_pdfs(&reader, &dir).await
    })
}

/// Prints the scores of all files with an expected text, and their mean for each format.
async fn evaluate_formats(reader: &ConfinedReader, dir: &Path) -> anyhow::Result<()> {
    println!("{:<44} precision recall order", "file");
    for format in FORMAT_FOLDERS {
        let mut sum = Score::default();
        let mut count = 0.0;
        for path in list_entries(&dir.join(format), Path::is_file)? {
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            let expected = [format!("{name}.md"), format!("{stem}.md")]
                .into_iter()
                .find_map(|file| fs::read_to_string(dir.join("expected").join(file)).ok());
            let Some(expected) = expected else {
                continue;
            };
            let text =
                read_file(reader, &path, false).await.map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
            let score = compare_words(&split_words(&text), &split_words(&expected));
            let reason = UNCOUNTED_FILES.iter().find(|(file, _)| *file == name).map(|(_, reason)| *reason);
            println!(
                "  {name:<42} {:>8.3} {:>6.3} {:>5.3}{}",
                score.precision,
                score.recall,
                score.order,
                reason.map(|reason| format!("   not counted: {reason}")).unwrap_or_default()
            );
            if reason.is_some() {
                continue;
            }
            sum.precision += score.precision;
            sum.recall += score.recall;
            sum.order += score.order;
            count += 1.0;
        }
        if count > 0.0 {
            println!(
                "{format:<44} {:>8.3} {:>6.3} {:>5.3}   (mean of {count})",
                sum.precision / count,
                sum.recall / count,
                sum.order / count
            );
        }
    }
    Ok(())
}

/// Prints the shares of kept article words and removed other words of the web pages.
async fn evaluate_articles(reader: &ConfinedReader, dir: &Path) -> anyhow::Result<()> {
    let (mut kept, mut removed, mut count) = (0.0, 0.0, 0.0);
    for case in list_entries(&dir.join("readability"), Path::is_dir)? {
        let source = case.join("source.html");
        let expected = split_words(&read_file(reader, &case.join("expected.html"), false).await?);
        let page = split_words(&read_file(reader, &source, false).await?);
        let text = split_words(&read_file(reader, &source, true).await?);
        let score = compare_words(&text, &expected);
        let boilerplate = page.len().saturating_sub(expected.len()) as f64;
        let remaining = text.len() as f64 * (1.0 - score.precision);
        kept += score.recall;
        removed += if boilerplate > 0.0 { (1.0 - remaining / boilerplate).clamp(0.0, 1.0) } else { 1.0 };
        count += 1.0;
    }
    println!(
        "web pages: {:.3} of the article's words kept, {:.3} of the boilerplate removed (mean of {count})",
        kept / count,
        removed / count
    );
    Ok(())
}

/// Prints crashes, hangs and refusals of malformed PDFs.
async fn evaluate_odd_pdfs(reader: &ConfinedReader, dir: &Path) -> anyhow::Result<()> {
    let (mut crashes, mut hangs, mut with_text, mut refused, mut count) = (0, 0, 0, 0, 0);
    let mut slowest = (0.0, String::new());
    for path in list_entries(&dir.join("pdf-odd"), Path::is_file)? {
        let started = Instant::now();
        let name = path.display().to_string();
        count += 1;
        match read_file(reader, &path, false).await {
            Ok(text) if !text.trim().is_empty() => with_text += 1,
            Ok(_) => {}
            Err(ReadFailure::Refused { .. }) => refused += 1,
            Err(ReadFailure::Limit(_)) => {
                println!("  hangs: {name}");
                hangs += 1;
            }
            Err(error) => {
                println!("  crashes: {name}: {error}");
                crashes += 1;
            }
        }
        let seconds = started.elapsed().as_secs_f64();
        if seconds > slowest.0 {
            slowest = (seconds, name);
        }
    }
    println!(
        "odd PDFs: {count} files, {crashes} crashes, {hangs} hangs, text from {with_text}, {refused} refused with a reason; slowest {:.1} s",
        slowest.0
    );
    Ok(())
}

/// Text of a file; with `article` only the article of a web page.
async fn read_file(reader: &ConfinedReader, path: &Path, article: bool) -> Result<String, ReadFailure> {
    let refuse =
        |message: String| ReadFailure::Refused { code: hearth_domain::ErrorCode::UnsupportedMedia, message };
    let bytes = fs::read(path).map_err(|error| refuse(error.to_string()))?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let detected = detect_format(&name, &mut std::io::Cursor::new(&bytes));
    let Some(detected) = detected else {
        return Err(refuse(format!("{name} has no supported format")));
    };
    let address = article.then(|| "https://example.org/page".to_owned());
    let options = ReadOptions { article, address, ..ReadOptions::default() };
    Ok(reader.read(detected.kind, Input::Bytes(&bytes), options).await?.revision.text)
}

/// Entries of a folder for which `is_wanted` is true, sorted by name.
fn list_entries(dir: &Path, is_wanted: fn(&Path) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("{} is missing", dir.display()))? {
        let path = entry?.path();
        if is_wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Words of a text in lower case, without markup and without the other converter's `GLYPH<…>` placeholders
/// for unreadable characters.
fn split_words(text: &str) -> Vec<String> {
    let plain =
        text.replace("<!-- image -->", " ").replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">");
    let mut parts = plain.split("GLYPH<");
    let first = parts.next().unwrap_or_default().to_owned();
    let plain = parts.fold(first, |text, part| text + part.split_once('>').map_or(part, |(_, rest)| rest));
    plain
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_lowercase)
        .collect()
}

/// Compares words as multisets; `order` is the share of the matched words in the same order (longest common
/// subsequence).
fn compare_words(actual: &[String], expected: &[String]) -> Score {
    let mut remaining: HashMap<&str, usize> = HashMap::new();
    for word in actual {
        *remaining.entry(word).or_default() += 1;
    }
    let matched = expected
        .iter()
        .filter(|word| match remaining.get_mut(word.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .count();
    // Dynamic programming row by row; `row[at]` is the length up to the word at `at - 1`.
    let mut row = vec![0_u32; expected.len() + 1];
    for word in actual {
        let mut diagonal = 0;
        for (at, expected_word) in expected.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == expected_word { diagonal + 1 } else { above.max(row[at]) };
            diagonal = above;
        }
    }
    let ordered = row[expected.len()] as usize;
    let share = |part: usize, total: usize| if total == 0 { 1.0 } else { part as f64 / total as f64 };
    Score {
        precision: share(matched, actual.len()),
        recall: share(matched, expected.len()),
        order: share(ordered, matched),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_order_are_compared() {
        let score = compare_words(&split_words("b a c x"), &split_words("A, b; c. d"));
        assert!((score.precision - 0.75).abs() < 1e-9 && (score.recall - 0.75).abs() < 1e-9);
        assert!((score.order - 2.0 / 3.0).abs() < 1e-9);
    }
}
