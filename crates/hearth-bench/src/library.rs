//! Synthetic library of many passages, without a day of embedding: copies of real paragraphs and vectors,
//! with exchanged words and perturbed vectors.

use std::path::Path;

use anyhow::Context;
use hearth_documents::passage_id;
use hearth_domain::{
    CharRange, Clock, Cutting, Embedder, JobId, Lane, NotebookId, Origin, OriginKind, Passage, Revision,
    RevisionId, SourceId, SourceKind, TextRole,
};
use hearth_models::LocalEmbedder;
use hearth_store::{NewJob, NewSource, RevisionMetadata, Store};
use uuid::Uuid;

use hearth_tests::random::Random;

/// Number of passages per source.
const PASSAGES_PER_SOURCE: usize = 500;
/// Norm of the noise on a copy's vector; the cosine to the original is about 0.8.
const VECTOR_NOISE: f32 = 0.75;
/// One in this many words is replaced by a word of another paragraph.
const WORDS_PER_EXCHANGE: u64 = 4;

/// Fills an empty data directory with one notebook of about `count` passages.
pub(crate) async fn fill_library(
    data: &Path,
    embedder: &LocalEmbedder,
    paragraphs: &[String],
    count: usize,
    clock: Clock,
) -> anyhow::Result<NotebookId> {
    let vectors = embedder.embed(TextRole::Passage, paragraphs.to_vec()).await?;
    let store = Store::open(data, clock).await?;
    let model = &embedder.info().id;
    store.set_metadata("embedder", model).await?;
    let notebook = NotebookId(Uuid::now_v7());
    store.create_notebook(notebook, "Many passages", "📚").await?;
    let mut random = Random(11);
    for source in 0..count.div_ceil(PASSAGES_PER_SOURCE) {
        let texts: Vec<String> = (0..PASSAGES_PER_SOURCE)
            .map(|index| {
                exchange_words(
                    &paragraphs[(source * PASSAGES_PER_SOURCE + index) % paragraphs.len()],
                    paragraphs,
                    &mut random,
                )
            })
            .collect();
        let id = save_source(&store, notebook, source, &texts).await?;
        let keyed_vectors: Vec<(i64, Vec<f32>)> = store
            .list_passages(id)
            .await?
            .iter()
            .enumerate()
            .map(|(index, row)| {
                (
                    row.key,
                    perturb_vector(
                        &vectors[(source * PASSAGES_PER_SOURCE + index) % vectors.len()],
                        &mut random,
                    ),
                )
            })
            .collect();
        store.save_vectors(model, &keyed_vectors).await?;
        let job = store.claim_job(&[(Lane::Reading, 1)]).await?.context("the source has no job")?;
        store.finish_job(job.id).await?;
    }
    store.close().await;
    Ok(notebook)
}

/// Saves a source with its revision and its passages.
async fn save_source(
    store: &Store,
    notebook: NotebookId,
    number: usize,
    texts: &[String],
) -> anyhow::Result<SourceId> {
    let (id, revision_id) = (SourceId(Uuid::now_v7()), RevisionId(Uuid::now_v7()));
    let new_source = NewSource {
        id,
        title: format!("Collection {number}"),
        kind: SourceKind::Text,
        media_type: "text/plain".into(),
        bytes: 0,
        sha256: format!("{number:064x}"),
        origin: Origin { kind: OriginKind::Text, value: None },
    };
    let job = JobId(Uuid::now_v7());
    store.add_source(notebook, &new_source, NewJob { id: job }).await?;
    let text = texts.join("\n\n");
    let metadata = RevisionMetadata {
        words: text.split_whitespace().count() as u32,
        language: Some("en".into()),
        ..RevisionMetadata::default()
    };
    let revision = Revision { text, ..Revision::default() };
    store.save_revision(id, job, revision_id, &revision, &metadata).await?;
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
    store.save_passages(revision_id, &passages).await?;
    store.finish_revision(id, revision_id).await?;
    Ok(id)
}

/// Paragraph with some of its words replaced by words of other paragraphs.
fn exchange_words(paragraph: &str, paragraphs: &[String], random: &mut Random) -> String {
    let mut words = Vec::new();
    for word in paragraph.split_whitespace() {
        if random.next_bits().is_multiple_of(WORDS_PER_EXCHANGE) {
            let other_paragraph = &paragraphs[(random.next_bits() % paragraphs.len() as u64) as usize];
            let word_index = (random.next_bits() % 40) as usize;
            words.push(other_paragraph.split_whitespace().nth(word_index).unwrap_or(word));
        } else {
            words.push(word);
        }
    }
    words.join(" ")
}

/// Unit vector with normal noise added.
fn perturb_vector(vector: &[f32], random: &mut Random) -> Vec<f32> {
    let spread = VECTOR_NOISE / (vector.len() as f32).sqrt();
    let mut vector: Vec<f32> = vector.iter().map(|value| value + spread * random.next_normal()).collect();
    let norm = vector.iter().map(|value| value * value).sum::<f32>().sqrt();
    for value in &mut vector {
        *value /= norm;
    }
    vector
}
