//! The doctor: checks of all that Hearth needs, each with a remedy.

use axum::Json;
use axum::extract::State;
use hearth_host::free_disk_bytes;
use hearth_wire::{DoctorReport, Finding, Health};

use super::machine::{chat_engine_status, load_counts, speech_engine_status};
use crate::app::App;
use crate::extractors::RouteResult;

/// Free disk space below which the finding is `Limited`, in bytes.
const MIN_FREE_BYTES: u64 = 2 << 30;

fn build_finding(about: &str, health: Health, found: String, remedy: &str) -> Finding {
    let remedy = if health == Health::Good { String::new() } else { remedy.to_owned() };
    Finding { about: about.to_owned(), health, found, remedy }
}

pub(crate) async fn get_doctor_report(State(app): State<App>) -> RouteResult<Json<DoctorReport>> {
    let findings = vec![
        check_library(&app).await,
        check_disk(&app),
        check_index(&app).await,
        check_embedder(&app),
        check_pdf(&app),
        check_chat(&app).await,
        check_speech(&app),
        check_jobs(&app).await,
        check_address(&app),
    ];
    Ok(Json(DoctorReport { findings }))
}

async fn check_library(app: &App) -> Finding {
    match app.library.check_integrity().await {
        Ok(()) => build_finding("library", Health::Good, "the database is intact".into(), ""),
        Err(error) => build_finding(
            "library",
            Health::Bad,
            error.to_string(),
            "Stop Hearth and restore a backup: `hearth backup list`, `hearth backup restore ID`.",
        ),
    }
}

fn check_disk(app: &App) -> Finding {
    let folder = app.library.folder();
    match free_disk_bytes(folder) {
        Some(free) => build_finding(
            "disk",
            if free < MIN_FREE_BYTES { Health::Limited } else { Health::Good },
            format!("{:.1} GB free on the library's disk", free as f64 / 1e9),
            "Free some space, or move the library to another disk with --data-dir.",
        ),
        None => build_finding(
            "disk",
            Health::Limited,
            "the free space could not be read".into(),
            "Check that the library's disk is still attached.",
        ),
    }
}

async fn check_index(app: &App) -> Finding {
    let remedy = "Restart Hearth: each start repairs the index from the stored texts and vectors.";
    match app.library.check_index().await {
        Ok(report) => build_finding(
            "index",
            if report.is_complete() { Health::Good } else { Health::Limited },
            format!(
                "{} of {} passages in the text index, {} of {} in the vector index",
                report.indexed_texts, report.stored_texts, report.indexed_vectors, report.stored_vectors
            ),
            remedy,
        ),
        Err(error) => build_finding("index", Health::Bad, error.to_string(), remedy),
    }
}

fn check_embedder(app: &App) -> Finding {
    let id = app.library.embedder().info().id.clone();
    let is_on_machine = app.machine.models().is_on_machine(&id);
    build_finding(
        "embedder",
        if is_on_machine { Health::Good } else { Health::Limited },
        if is_on_machine {
            format!("{id} is on this machine")
        } else {
            format!("{id} is not on this machine")
        },
        &format!(
            "Download it with `hearth models get {id}`; until then only words are searched, and new sources wait."
        ),
    )
}

fn check_pdf(app: &App) -> Finding {
    let can_read = app.library.can_read_pdf();
    build_finding(
        "PDF",
        if can_read { Health::Good } else { Health::Limited },
        if can_read { "PDFium is installed".into() } else { "PDFium is missing; PDFs cannot be read".into() },
        "Run `cargo xtask setup`, or set HEARTH_PDFIUM to the library.",
    )
}

async fn check_chat(app: &App) -> Finding {
    let engine = chat_engine_status(app).await;
    let health = if engine.chosen.is_some() && engine.reachable { Health::Good } else { Health::Limited };
    let found = match &engine.chosen {
        Some(model) if engine.reachable => format!("{model} at {}", engine.location),
        _ => engine.why,
    };
    build_finding(
        "language model",
        health,
        found,
        "Start Ollama and get a model (`ollama pull llama3.1:8b`), or set chat.address; without a language model, answers are extracts from the sources.",
    )
}

fn check_speech(app: &App) -> Finding {
    let engine = speech_engine_status(app);
    let id = engine.chosen.unwrap_or_default();
    build_finding(
        "speech model",
        if engine.reachable { Health::Good } else { Health::Limited },
        if engine.reachable {
            format!("{id} is on this machine")
        } else {
            format!("{id} is not on this machine")
        },
        &format!("Download it with `hearth models get {id}`; until then recordings wait for transcription."),
    )
}

async fn check_jobs(app: &App) -> Finding {
    match load_counts(app).await {
        Ok(counts) => build_finding(
            "jobs",
            if counts.jobs_failed == 0 { Health::Good } else { Health::Limited },
            format!(
                "{} waiting, {} running, {} failed",
                counts.jobs_queued, counts.jobs_running, counts.jobs_failed
            ),
            "Each failed source shows its error; retry it once the cause is fixed.",
        ),
        Err(error) => {
            build_finding("jobs", Health::Bad, error.to_string(), "See the finding for the library.")
        }
    }
}

fn check_address(app: &App) -> Finding {
    // The request itself shows that the address is reachable.
    build_finding("address", Health::Good, app.address.clone(), "")
}
