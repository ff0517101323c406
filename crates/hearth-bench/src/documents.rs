//! `cargo xtask eval documents`: how well files are read, held against what another converter made
//! of them.

use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Instant;

use anyhow::{Context, bail};
use hearth_documents::{ReadFailure, ReadOptions, Reader, detect};
use hearth_host::{eval_dir, pdfium_library};
use hearth_worker::{Input, Limits};

use crate::report::{program, root};

/// Folders of files that have an expected text.
const FORMATS: [&str; 7] = ["pdf", "docx", "pptx", "xlsx", "html", "csv", "md"];

/// Files whose expected text is no measure, with the reason; they are shown and left out of the mean.
const NO_MEASURE: [(&str, &str); 1] =
    [("right_to_left_02.pdf", "the other converter wrote its Arabic backwards, letter by letter")];

/// Shares from 0 to 1.
#[derive(Clone, Copy, Default)]
struct Score {
    precision: f64,
    recall: f64,
    order: f64,
}

/// Reads the evaluation's documents and prints the tables.
pub(crate) fn measure() -> anyhow::Result<()> {
    let Some(dir) = eval_dir(&root().join("../shared/eval")) else {
        bail!("there is no evaluation data; HEARTH_EVAL_DIR names its folder");
    };
    let program = program()?;
    let limits = Limits { seconds: 60, ..Limits::default() };
    let reader = Reader::new(program, &["worker"], limits, pdfium_library());
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let dir = dir.join("documents");
    runtime.block_on(async {
        formats(&reader, &dir).await?;
        articles(&reader, &dir).await?;
        odd(&reader, &dir).await
    })
}

async fn formats(reader: &Reader, dir: &Path) -> anyhow::Result<()> {
    println!("{:<44} precision recall order", "file");
    for format in FORMATS {
        let mut sum = Score::default();
        let mut count = 0.0;
        for path in entries(&dir.join(format), Path::is_file)? {
            let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
            let stem = name.rsplit_once('.').map_or(name.as_str(), |(stem, _)| stem);
            let expected = [format!("{name}.md"), format!("{stem}.md")]
                .into_iter()
                .find_map(|file| fs::read_to_string(dir.join("expected").join(file)).ok());
            let Some(expected) = expected else {
                continue;
            };
            let ours =
                read(reader, &path, false).await.map_err(|error| anyhow::anyhow!("{name}: {error}"))?;
            let score = compare(&words(&ours), &words(&expected));
            let reason = NO_MEASURE.iter().find(|(file, _)| *file == name).map(|(_, reason)| *reason);
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

async fn articles(reader: &Reader, dir: &Path) -> anyhow::Result<()> {
    let (mut kept, mut dropped, mut count) = (0.0, 0.0, 0.0);
    for case in entries(&dir.join("readability"), Path::is_dir)? {
        let source = case.join("source.html");
        let expected = words(&read(reader, &case.join("expected.html"), false).await?);
        let page = words(&read(reader, &source, false).await?);
        let ours = words(&read(reader, &source, true).await?);
        let score = compare(&ours, &expected);
        let furniture = page.len().saturating_sub(expected.len()) as f64;
        let left = ours.len() as f64 * (1.0 - score.precision);
        kept += score.recall;
        dropped += if furniture > 0.0 { (1.0 - left / furniture).clamp(0.0, 1.0) } else { 1.0 };
        count += 1.0;
    }
    println!(
        "web pages: {:.3} of the article's words kept, {:.3} of the furniture dropped (mean of {count})",
        kept / count,
        dropped / count
    );
    Ok(())
}

async fn odd(reader: &Reader, dir: &Path) -> anyhow::Result<()> {
    let (mut crashes, mut hangs, mut with_text, mut refused, mut count) = (0, 0, 0, 0, 0);
    let mut slowest = (0.0, String::new());
    for path in entries(&dir.join("pdf-odd"), Path::is_file)? {
        let started = Instant::now();
        let name = path.display().to_string();
        count += 1;
        match read(reader, &path, false).await {
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

async fn read(reader: &Reader, path: &Path, article: bool) -> Result<String, ReadFailure> {
    let unreadable = |what: String| ReadFailure::Refused { code: "UNSUPPORTED_MEDIA".into(), message: what };
    let bytes = fs::read(path).map_err(|error| unreadable(error.to_string()))?;
    let name = path.file_name().map_or_else(String::new, |name| name.to_string_lossy().into_owned());
    let detected = detect(&name, &mut std::io::Cursor::new(&bytes));
    let Some(detected) = detected else {
        return Err(unreadable(format!("{name} is of no kind that is read")));
    };
    let address = article.then(|| "https://example.org/page".to_owned());
    let options = ReadOptions { article, address, ..ReadOptions::default() };
    Ok(reader.read(detected.kind, Input::Bytes(&bytes), options).await?.revision.text)
}

/// What of a folder is wanted, in order of the names.
fn entries(dir: &Path, wanted: fn(&Path) -> bool) -> anyhow::Result<Vec<PathBuf>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(dir).with_context(|| format!("{} is missing", dir.display()))? {
        let path = entry?.path();
        if wanted(&path) {
            found.push(path);
        }
    }
    found.sort();
    Ok(found)
}

/// Words in lower case; markup, which is no word, falls away, and so do the other converter's
/// `GLYPH<…>`, which stand for characters that it could not read.
fn words(text: &str) -> Vec<String> {
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

/// Words as multisets; order is the share of the matched words that stand in the same order (their longest common
/// subsequence).
fn compare(ours: &[String], expected: &[String]) -> Score {
    let mut left: HashMap<&str, usize> = HashMap::new();
    for word in ours {
        *left.entry(word).or_default() += 1;
    }
    let matched = expected
        .iter()
        .filter(|word| match left.get_mut(word.as_str()) {
            Some(count) if *count > 0 => {
                *count -= 1;
                true
            }
            _ => false,
        })
        .count();
    // One row of the table after the other; `row[at]` is the length up to the word at `at - 1`.
    let mut row = vec![0_u32; expected.len() + 1];
    for word in ours {
        let mut before = 0;
        for (at, other) in expected.iter().enumerate() {
            let above = row[at + 1];
            row[at + 1] = if word == other { before + 1 } else { above.max(row[at]) };
            before = above;
        }
    }
    let ordered = row[expected.len()] as usize;
    let share = |part: usize, whole: usize| if whole == 0 { 1.0 } else { part as f64 / whole as f64 };
    Score {
        precision: share(matched, ours.len()),
        recall: share(matched, expected.len()),
        order: share(ordered, matched),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_and_their_order_are_compared() {
        let score = compare(&words("b a c x"), &words("A, b; c. d"));
        assert!((score.precision - 0.75).abs() < 1e-9 && (score.recall - 0.75).abs() < 1e-9);
        assert!((score.order - 2.0 / 3.0).abs() < 1e-9);
    }
}
