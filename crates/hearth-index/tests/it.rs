//! The index on a real folder.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use hearth_index::{Entry, Index, Search};

fn entry(key: i64, source: i64, text: &'static str, language: &'static str) -> Entry<'static> {
    Entry { key, source, title: "Handbook", section: &[], text, language: Some(language) }
}

/// As the engine does: vectors first, then words.
fn put(index: &Index, source: i64, entries: &[Entry<'_>], vectors: &[(i64, Vec<f32>)]) {
    index.put_vectors("e", &[(source, vectors)]).unwrap();
    index.put_words(&[(source, entries)]).unwrap();
}

fn words(index: &Index, query: &str, sources: Option<&HashSet<i64>>) -> Vec<i64> {
    let languages = ["en".to_owned(), "de".to_owned()];
    let search =
        Search { query, by_words: true, sources, languages: &languages, limit: 10, ..Search::default() };
    let mut found = index.search(&search).unwrap();
    found.sort_by_key(|candidate| candidate.lexical_rank);
    found.into_iter().map(|candidate| candidate.key).collect()
}

#[test]
fn words_are_found_in_their_language_and_stay_found() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path(), "e", 4).unwrap();
    let first = [
        entry(1, 10, "Return to full climbing was advised after six weeks.", "en"),
        entry(2, 10, "Taping reduced the distance between tendon and bone.", "en"),
    ];
    put(&index, 10, &first, &[(1, vec![1.0, 0.0, 0.0, 0.0]), (2, vec![0.0, 1.0, 0.0, 0.0])]);
    put(&index, 20, &[entry(3, 20, "Die Häuser wurden verkauft.", "de")], &[]);
    assert_eq!(words(&index, "climbs advising", None), [1]);
    assert_eq!(words(&index, "Haus", None), [3]);
    assert_eq!(words(&index, "\"tendon and bone\"", None), [2]);
    assert!(words(&index, "\"bone and tendon\"", None).is_empty());
    assert_eq!(words(&index, "handbook -tendons -häuser", None), [1]);
    assert_eq!(words(&index, "handbook", Some(&[20].into())), [3]);
    let near = index
        .search(&Search {
            query: "x",
            embedder: "e",
            vector: Some(&[0.9, 0.1, 0.0, 0.0]),
            limit: 1,
            ..Search::default()
        })
        .unwrap();
    assert_eq!((near[0].key, near[0].vector_rank), (1, Some(1)));
    assert!((near[0].cosine.unwrap() - 0.9).abs() < 1e-6);

    // Written again, a source replaces itself.
    put(&index, 10, &first[..1], &[]);
    assert!(words(&index, "taping", None).is_empty());
    drop(index);
    let index = Index::open(dir.path(), "e", 4).unwrap();
    assert_eq!(index.worded_sources().unwrap(), [(10, (1, 1)), (20, (1, 3))].into());
    index.remove_source(20).unwrap();
    assert!(words(&index, "Haus", None).is_empty());
}

#[test]
fn a_damaged_index_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let index = Index::open(dir.path(), "e", 4).unwrap();
    put(&index, 10, &[entry(1, 10, "climbing", "en")], &[]);
    drop(index);
    std::fs::write(dir.path().join("words/meta.json"), b"{ not json").unwrap();
    let index = Index::open(dir.path(), "e", 4).unwrap();
    assert!(index.worded_sources().unwrap().is_empty());
}
