//! End-to-end test of hearth.exe: it adds a folder, answers from it with citations, and loses no accepted
//! document when it is killed.

use std::collections::BTreeSet;
use std::fs;
use std::time::Duration;

use anyhow::{Context, bail, ensure};
use serde_json::Value;

use super::wine::Wine;

/// File name with more than ASCII, as users have them.
const HANDBOOK_FILE: &str = "boiler – Übersicht.md";
const PAPER_FILE: &str = "pulleys.pdf";
const NOTEBOOK_TITLE: &str = "Check";
/// Times that the node is killed.
const KILL_COUNT: u32 = 4;
/// Documents being processed meanwhile.
const DOCUMENT_COUNT: usize = 24;
/// Additional delay before each kill.
const KILL_DELAY_STEP: Duration = Duration::from_millis(700);

pub(super) async fn run_journey(wine: &Wine) -> anyhow::Result<()> {
    println!("windows: adding and asking");
    check_answers(wine).await?;
    println!("windows: killing the node while it processes documents");
    check_crash_recovery(wine).await
}

async fn check_answers(wine: &Wine) -> anyhow::Result<()> {
    let folder = wine.folder_path("documents").join("home");
    fs::create_dir_all(&folder)?;
    fs::write(
        folder.join(HANDBOOK_FILE),
        "# Boiler handbook\n\n## Pressure\n\nThe boiler runs at a pressure of 1.5 bar when it is cold. \
         Refill water when the pressure falls below 0.8 bar.\n\n## Cleaning\n\nClean the burner once a \
         year before the heating season.\n",
    )?;
    let mut questions = vec![(
        "When must water be refilled?",
        HANDBOOK_FILE,
        "Refill water when the pressure falls below 0.8 bar.",
    )];
    if wine.reads_pdf {
        fs::write(
            folder.join(PAPER_FILE),
            format_pdf("Taping in the H configuration reduced the distance."),
        )?;
        questions.push((
            "What did taping in the H configuration reduce?",
            "pulleys.pdf, page 1",
            "Taping in the H configuration reduced the distance.",
        ));
    }
    wine.run_hearth(&["new", NOTEBOOK_TITLE]).await?;
    let added = wine.run_hearth(&["add", NOTEBOOK_TITLE, &wine.windows_path("documents/home")]).await?;
    print!("{added}");
    ensure!(
        added.lines().filter(|line| line.starts_with("ready ")).count() == questions.len(),
        "not all documents became ready: {added}"
    );
    for (question, source, quote) in questions {
        let answer = wine.run_hearth(&["ask", NOTEBOOK_TITLE, question, "--extracts"]).await?;
        print!("{answer}");
        ensure!(
            answer.contains(&format!("] {source}")) && answer.contains(&format!("“{quote}”")),
            "the answer does not quote {source}: {answer}"
        );
    }
    Ok(())
}

async fn check_crash_recovery(wine: &Wine) -> anyhow::Result<()> {
    let folder = wine.folder_path("documents").join("many");
    fs::create_dir_all(&folder)?;
    for number in 0..DOCUMENT_COUNT {
        fs::write(folder.join(format!("{number}.md")), format_long_document(number))?;
    }
    let folder_argument = wine.windows_path("documents/many");
    let mut node = wine.start_node().await?;
    let accepted = source_ids(
        &wine.run_hearth_for_json(&["add", NOTEBOOK_TITLE, &folder_argument, "--no-wait", "--json"]).await?,
        None,
    )?;
    ensure!(
        accepted.len() == DOCUMENT_COUNT,
        "{} of {DOCUMENT_COUNT} documents were accepted",
        accepted.len()
    );
    let mut interrupted = 0;
    for kill in 0..KILL_COUNT {
        // Each run is longer than the one before, and ends in another step.
        tokio::time::sleep(KILL_DELAY_STEP * kill).await;
        let unfinished = count_open_jobs(wine).await?;
        println!("    {unfinished} documents are not ready; killing the node");
        interrupted += u32::from(unfinished > 0);
        node.kill().await?;
        node = wine.start_node().await?;
    }
    ensure!(interrupted > 0, "all documents were ready before the first kill, so recovery was not tested");
    // Adding the same files again waits until all of them are ready.
    let second_report =
        wine.run_hearth_for_json(&["add", NOTEBOOK_TITLE, &folder_argument, "--json"]).await?;
    let ready = source_ids(&second_report, Some("ready"))?;
    node.kill().await?;
    ensure!(ready == accepted, "not all accepted documents became ready: {second_report:#}");
    println!("    {} documents are ready after {interrupted} kills during processing", ready.len());
    for number in [0, DOCUMENT_COUNT - 1] {
        let query = format!("\"quartz{number}vein\"");
        let result = wine.run_hearth_for_json(&["search", &query, "--json"]).await?;
        let title = result["hits"][0]["source_title"].as_str().unwrap_or("nothing");
        ensure!(title == format!("{number}.md"), "{query} was found in {title} instead of {number}.md");
    }
    Ok(())
}

/// Ids of a report's sources, of one status if one is given.
fn source_ids(report: &Value, status: Option<&str>) -> anyhow::Result<BTreeSet<String>> {
    let list = report["sources"].as_array().context("a report without sources")?;
    list.iter()
        .filter(|source| status.is_none_or(|status| source["status"] == status))
        .map(|source| Ok(source["id"].as_str().context("a source without an id")?.to_owned()))
        .collect()
}

async fn count_open_jobs(wine: &Wine) -> anyhow::Result<u64> {
    let status = wine.run_hearth_for_json(&["status", "--json"]).await?;
    let count = |state: &str| status["jobs"][state].as_u64().context("a status without jobs");
    if count("failed")? > 0 {
        bail!("a job failed: {status:#}");
    }
    Ok(count("queued")? + count("running")?)
}

/// Document long enough that processing it takes a moment.
fn format_long_document(number: usize) -> String {
    let mut text = format!("# Document {number}\n");
    for line in 0..60 {
        text.push_str(&format!(
            "\nLine {line} of document {number} tells of the quartz{number}vein and of its depth of {} metres.\n",
            line * (number + 1)
        ));
    }
    text
}

/// PDF of one line, without a cross-reference table, which PDFium rebuilds by itself.
fn format_pdf(line: &str) -> String {
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
