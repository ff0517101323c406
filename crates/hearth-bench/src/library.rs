//! A library of many passages, without a day of embedding: real paragraphs and their real vectors,
//! copied with words exchanged and vectors moved a little.

use std::path::Path;

use anyhow::Context;
use hearth_documents::passage_id;
use hearth_domain::{
    CharRange, Clock, Cutting, Embedder, JobId, NotebookId, Origin, OriginKind, Passage, Revision,
    RevisionId, SourceId, SourceKind, TextRole,
};
use hearth_models::LocalEmbedder;
use hearth_store::{NewJob, NewSource, RevisionFacts, Store};
use uuid::Uuid;

use hearth_tests::random::Random;

/// Passages of a source.
const EACH: usize = 500;
/// How far a copy's vector is moved: the cosine to its model is about 0.8.
const MOVED: f32 = 0.75;
/// One word of so many is exchanged for one of another paragraph.
const EXCHANGED: u64 = 4;

/// Fills a fresh data directory with one notebook of `count` passages.
pub(crate) async fn fill(
    data: &Path,
    embedder: &LocalEmbedder,
    paragraphs: &[String],
    count: usize,
    clock: Clock,
) -> anyhow::Result<NotebookId> {
    let vectors = embedder.embed(TextRole::Passage, paragraphs.to_vec()).await?;
    let store = Store::open(data, clock).await?;
    let model = &embedder.info().id;
    store.set_meta("embedder", model).await?;
    let notebook = NotebookId(Uuid::now_v7());
    store.create_notebook(notebook, "Many passages", "📚").await?;
    let mut random = Random(11);
    for source in 0..count.div_ceil(EACH) {
        let texts: Vec<String> = (0..EACH)
            .map(|at| {
                exchanged(&paragraphs[(source * EACH + at) % paragraphs.len()], paragraphs, &mut random)
            })
            .collect();
        let id = put(&store, notebook, source, &texts).await?;
        let keyed: Vec<(i64, Vec<f32>)> = store
            .passages_of(id)
            .await?
            .iter()
            .enumerate()
            .map(|(at, row)| (row.key, moved(&vectors[(source * EACH + at) % vectors.len()], &mut random)))
            .collect();
        store.put_vectors(model, &keyed).await?;
        let job = store.claim_job().await?.context("the source's job")?;
        store.finish_job(job.id).await?;
    }
    store.close().await;
    Ok(notebook)
}

async fn put(
    store: &Store,
    notebook: NotebookId,
    number: usize,
    texts: &[String],
) -> anyhow::Result<SourceId> {
    let (id, revision_id) = (SourceId(Uuid::now_v7()), RevisionId(Uuid::now_v7()));
    let new = NewSource {
        id,
        title: format!("Collection {number}"),
        kind: SourceKind::Text,
        media_type: "text/plain".into(),
        bytes: 0,
        sha256: format!("{number:064x}"),
        origin: Origin { kind: OriginKind::Text, value: None },
    };
    store.add_source(notebook, &new, NewJob { id: JobId(Uuid::now_v7()) }).await?;
    let text = texts.join("\n\n");
    let facts = RevisionFacts {
        title: None,
        seconds: None,
        loudness: &[],
        pages: None,
        words: text.split_whitespace().count() as u32,
        language: Some("en"),
        problems: &[],
        guide: None,
    };
    let revision = Revision { text, ..Revision::default() };
    store.put_revision(id, revision_id, &revision, &facts).await?;
    let cutting = Cutting { version: 1, target_tokens: 200, max_tokens: 224, overlap_tokens: 24 };
    let mut start = 0;
    let passages: Vec<Passage> = (0..)
        .zip(texts)
        .map(|(ordinal, text)| {
            let range = CharRange::new(start, start + text.chars().count() as u32);
            start = range.end.0 + 2;
            Passage {
                id: passage_id(id, revision_id, cutting, range),
                source_id: id,
                revision: revision_id,
                ordinal,
                text: text.clone(),
                range,
                section: Vec::new(),
                places: Vec::new(),
            }
        })
        .collect();
    store.put_passages(&passages).await?;
    Ok(id)
}

/// The paragraph with some of its words exchanged for other paragraphs'.
fn exchanged(paragraph: &str, paragraphs: &[String], random: &mut Random) -> String {
    let mut words = Vec::new();
    for word in paragraph.split_whitespace() {
        if random.bits().is_multiple_of(EXCHANGED) {
            let other = &paragraphs[(random.bits() % paragraphs.len() as u64) as usize];
            let skipped = (random.bits() % 40) as usize;
            words.push(other.split_whitespace().nth(skipped).unwrap_or(word));
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}

fn moved(vector: &[f32], random: &mut Random) -> Vec<f32> {
    let spread = MOVED / (vector.len() as f32).sqrt();
    let mut vector: Vec<f32> = vector.iter().map(|value| value + spread * random.normal()).collect();
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut vector {
        *value /= norm;
    }
    vector
}
