//! What hearth.exe must be able to do: take a folder in, answer from it with its sources, and lose
//! nothing that it accepted when it is killed.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::wine::Wine;

/// A name with more than ASCII, as users have them.
const HANDBOOK: &str = "boiler – Übersicht.md";
const PAPER: &str = "pulleys.pdf";
const NOTEBOOK: &str = "Check";
/// How often the node is killed, and how many documents it is working on meanwhile.
const KILLS: u32 = 4;
const DOCUMENTS: usize = 24;
const STEP: Duration = Duration::from_millis(700);

pub(super) async fn all(wine: &Wine) -> anyhow::Result<()> {
    println!("windows: adding and asking");
    answers(wine).await?;
    println!("windows: killing while documents are taken in");
    crashes(wine).await
}

async fn answers(wine: &Wine) -> anyhow::Result<()> {
    let folder = wine.folder("documents").join("home");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join(HANDBOOK),
        "# Boiler handbook\n\n## Pressure\n\nThe boiler runs at a pressure of 1.5 bar when it is cold. \
         Refill water when the pressure falls below 0.8 bar.\n\n## Cleaning\n\nClean the burner once a \
         year before the heating season.\n",
    )?;
    let mut questions = vec![(
        "When must water be refilled?",
        HANDBOOK,
        "Refill water when the pressure falls below 0.8 bar.",
    )];
    if wine.reads_pdf {
        fs::write(folder.join(PAPER), pdf("Taping in the H configuration reduced the distance."))?;
        questions.push((
            "What did taping in the H configuration reduce?",
            "pulleys.pdf, page 1",
            "Taping in the H configuration reduced the distance.",
        ));
    }
    wine.hearth(&["new", NOTEBOOK]).await?;
    let added = wine.hearth(&["add", NOTEBOOK, &wine.path("documents/home")]).await?;
    print!("{added}");
    ensure!(
        added.lines().filter(|line| line.starts_with("ready ")).count() == questions.len(),
        "not everything became ready: {added}"
    );
    for (question, source, quote) in questions {
        let answer = wine.hearth(&["ask", NOTEBOOK, question, "--extracts"]).await?;
        print!("{answer}");
        ensure!(
            answer.contains(&format!("] {source}")) && answer.contains(&format!("“{quote}”")),
            "the answer does not quote {source}: {answer}"
        );
    }
    Ok(())
}

async fn crashes(wine: &Wine) -> anyhow::Result<()> {
    let folder = wine.folder("documents").join("many");
    fs::create_dir_all(&folder)?;
    for number in 0..DOCUMENTS {
        fs::write(folder.join(format!("{number}.md")), long_document(number))?;
    }
    let many = wine.path("documents/many");
    let mut node = wine.node().await?;
    let accepted = sources(&wine.json(&["add", NOTEBOOK, &many, "--no-wait", "--json"]).await?, None)?;
    ensure!(accepted.len() == DOCUMENTS, "{} of {DOCUMENTS} documents were accepted", accepted.len());
    let mut interrupted = 0;
    for kill in 0..KILLS {
        // Each life is longer than the one before, and ends in another place.
        tokio::time::sleep(STEP * kill).await;
        let unfinished = unfinished(wine).await?;
        println!("    {unfinished} documents are not ready; killing the node");
        interrupted += u32::from(unfinished > 0);
        node.kill().await?;
        node = wine.node().await?;
    }
    ensure!(interrupted > 0, "everything was ready before the first kill: nothing was shown");
    // Adding the same files again waits for them, and must find them all.
    let again = wine.json(&["add", NOTEBOOK, &many, "--json"]).await?;
    let ready = sources(&again, Some("ready"))?;
    node.kill().await?;
    ensure!(ready == accepted, "accepted, but not ready: {again:#}");
    println!("    {} documents are ready after {interrupted} kills in the midst of the work", ready.len());
    for number in [0, DOCUMENTS - 1] {
        let word = format!("\"quartz{number}vein\"");
        let found = wine.json(&["search", &word, "--json"]).await?;
        let title = found["hits"][0]["source_title"].as_str().unwrap_or("nothing");
        ensure!(title == format!("{number}.md"), "{word} is found in {title}");
    }
    Ok(())
}

/// The ids of a report's sources, of those in one state where one is given.
fn sources(report: &Value, status: Option<&str>) -> anyhow::Result<BTreeSet<String>> {
    let list = report["sources"].as_array().context("a report without sources")?;
    list.iter()
        .filter(|source| status.is_none_or(|status| source["status"] == status))
        .map(|source| Ok(source["id"].as_str().context("a source without an id")?.to_owned()))
        .collect()
}

async fn unfinished(wine: &Wine) -> anyhow::Result<u64> {
    let status = wine.json(&["status", "--json"]).await?;
    let count = |state: &str| status["jobs"][state].as_u64().context("a status without jobs");
    if count("failed")? > 0 {
        bail!("a job failed: {status:#}");
    }
    Ok(count("queued")? + count("running")?)
}

/// Long enough that taking it in takes a moment.
fn long_document(number: usize) -> String {
    let mut text = format!("# Document {number}\n");
    for line in 0..60 {
        text.push_str(&format!(
            "\nLine {line} of document {number} tells of the quartz{number}vein and of its depth of {} metres.\n",
            line * (number + 1)
        ));
    }
    text
}

/// A PDF of one line. It lacks the table of its objects, which PDFium makes for itself.
fn pdf(line: &str) -> String {
    let content = format!("BT /F1 12 Tf 72 720 Td ({line}) Tj ET");
    format!(
        "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n\
         2 0 obj\n<< /Type /Pages /Kids [3 0 R] /Count 1 >>\nendobj\n\
         3 0 obj\n<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] /Contents 4 0 R \
         /Resources << /Font << /F1 5 0 R >> >> >>\nendobj\n\
         4 0 obj\n<< /Length {} >>\nstream\n{content}\nendstream\nendobj\n\
         5 0 obj\n<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>\nendobj\n\
         trailer\n<< /Root 1 0 R >>\n%%EOF\n",
        content.len()
    )
}
