//! What Hearth needs, whether it is there, and how to mend what is not.

use axum::Json;
use axum::extract::State;
use hearth_host::free_bytes;
use hearth_wire::{DoctorReport, Finding, Health};

use super::machine::{chat_engine, speech_engine};
use crate::app::App;
use crate::extract::Answer;

/// Free space below which trouble is near.
const LITTLE_SPACE: u64 = 2 << 30;

fn finding(about: &str, health: Health, found: String, remedy: &str) -> Finding {
    let remedy = if health == Health::Good { String::new() } else { remedy.to_owned() };
    Finding { about: about.to_owned(), health, found, remedy }
}

pub(crate) async fn report(State(app): State<App>) -> Answer<Json<DoctorReport>> {
    let findings = vec![
        library(&app).await,
        disk(&app),
        index(&app).await,
        embedder(&app),
        pdf(&app),
        chat(&app).await,
        speech(&app),
        jobs(&app).await,
        door(&app),
    ];
    Ok(Json(DoctorReport { findings }))
}

async fn library(app: &App) -> Finding {
    match app.engine.store().check().await {
        Ok(()) => finding("library", Health::Good, "the database is whole".into(), ""),
        Err(error) => finding(
            "library",
            Health::Bad,
            error.to_string(),
            "Stop Hearth and restore a backup: `hearth backup list`, `hearth backup restore ID`.",
        ),
    }
}

fn disk(app: &App) -> Finding {
    let folder = app.engine.store().folder();
    match free_bytes(folder) {
        Some(free) => finding(
            "disk",
            if free < LITTLE_SPACE { Health::Limited } else { Health::Good },
            format!("{:.1} GB free where the library is", free as f64 / 1e9),
            "Free some space, or move the library to another disk with --data-dir.",
        ),
        None => finding(
            "disk",
            Health::Limited,
            "the free space is unknown".into(),
            "Look whether the disk of the library is still attached.",
        ),
    }
}

async fn index(app: &App) -> Finding {
    let remedy =
        "Restart Hearth: the index is brought in line at each start, without computing vectors anew.";
    let counted = async {
        let (words, vectors) = app.engine.index_counts()?;
        let embedder = app.engine.embedder().info().id.clone();
        let sources = app.engine.store().indexed_sources(&embedder).await?;
        let wanted: i64 = sources.iter().map(|source| source.passages).sum();
        let wanted_vectors: i64 = sources.iter().map(|source| source.vectors).sum();
        Ok::<_, hearth_engine::EngineError>((words as i64, vectors as i64, wanted, wanted_vectors))
    };
    match counted.await {
        Ok((words, vectors, wanted, wanted_vectors)) => finding(
            "index",
            if (words, vectors) == (wanted, wanted_vectors) { Health::Good } else { Health::Limited },
            format!("{words} of {wanted} passages by words, {vectors} of {wanted_vectors} by meaning"),
            remedy,
        ),
        Err(error) => finding("index", Health::Bad, error.to_string(), remedy),
    }
}

fn embedder(app: &App) -> Finding {
    let id = app.engine.embedder().info().id.clone();
    let here = app.models.is_here(&id);
    finding(
        "embedder",
        if here { Health::Good } else { Health::Limited },
        if here { format!("{id} is on this machine") } else { format!("{id} is not on this machine") },
        &format!(
            "Get it with `hearth models get {id}`; until then words alone are searched, and adding waits."
        ),
    )
}

fn pdf(app: &App) -> Finding {
    let reads = app.engine.reader().reads_pdf();
    finding(
        "PDF",
        if reads { Health::Good } else { Health::Limited },
        if reads { "PDFium is there".into() } else { "PDFium is missing; PDFs cannot be read".into() },
        "Run `cargo xtask setup`, or set HEARTH_PDFIUM to the library.",
    )
}

async fn chat(app: &App) -> Finding {
    let engine = chat_engine(app).await;
    let health = if engine.chosen.is_some() && engine.reachable { Health::Good } else { Health::Limited };
    let found = match &engine.chosen {
        Some(model) if engine.reachable => format!("{model} at {}", engine.location),
        _ => engine.why,
    };
    finding(
        "language model",
        health,
        found,
        "Start Ollama and get a model (`ollama pull llama3.1:8b`), or set chat.address; without one, answers are extracts.",
    )
}

fn speech(app: &App) -> Finding {
    let engine = speech_engine(app);
    let id = engine.chosen.unwrap_or_default();
    finding(
        "speech model",
        if engine.reachable { Health::Good } else { Health::Limited },
        if engine.reachable {
            format!("{id} is on this machine")
        } else {
            format!("{id} is not on this machine")
        },
        &format!("Get it with `hearth models get {id}`; until then recordings wait."),
    )
}

async fn jobs(app: &App) -> Finding {
    match app.engine.store().counts().await {
        Ok(counts) => finding(
            "jobs",
            if counts.jobs_failed == 0 { Health::Good } else { Health::Limited },
            format!(
                "{} waiting, {} running, {} failed",
                counts.jobs_queued, counts.jobs_running, counts.jobs_failed
            ),
            "Each failed source says why; retry it when that is mended.",
        ),
        Err(error) => finding("jobs", Health::Bad, error.to_string(), "See the library above."),
    }
}

fn door(app: &App) -> Finding {
    // That this is answered shows that the address can be reached.
    finding("address", Health::Good, app.address.clone(), "")
}
