//! Parts of recordings that were transcribed before the process ended.

use hearth_domain::{Segment, SourceKind, Transcript, Word};

use crate::{add_source_of_kind, new_id, open_store};

fn make_transcript(text: &str) -> Transcript {
    let word = Word { start_ms: 10, end_ms: 20, text: text.into(), probability: 0.25 };
    let segment = Segment {
        start_ms: 0,
        end_ms: 30,
        text: text.into(),
        words: vec![word],
        no_speech: 0.5,
        log_probability: -0.125,
    };
    Transcript { language: Some("de".into()), segments: vec![segment] }
}

#[tokio::test]
async fn parts_are_those_of_the_model_that_made_them_and_the_last_of_a_start_counts() {
    let dir = tempfile::tempdir().unwrap();
    let store = open_store(dir.path()).await;
    let notebook = store.create_notebook(new_id(), "N", "📓").await.unwrap().id;
    let source = add_source_of_kind(&store, notebook, "speech", SourceKind::Audio).await.source.id;
    for (model, part, text) in [
        ("small", 0..100, "Guten"),
        ("small", 0..120, "Gute Nacht"),
        ("small", 120..200, "!"),
        ("large", 0..90, "x"),
    ] {
        store.save_transcript_part(source, model, &part, &make_transcript(text)).await.unwrap();
    }
    store.close().await;
    let store = open_store(dir.path()).await;
    let parts = store.list_transcript_parts(source, "small").await.unwrap();
    let expect = [(0..120, make_transcript("Gute Nacht")), (120..200, make_transcript("!"))];
    assert_eq!(parts, expect.into_iter().collect());
    store.delete_transcript_parts(source).await.unwrap();
    assert!(store.list_transcript_parts(source, "large").await.unwrap().is_empty());
}
