//! The index on a real folder.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use hearth_index::{PassageEntry, SearchIndex, SearchRequest};

fn make_entry(key: i64, source: i64, text: &'static str, language: &'static str) -> PassageEntry<'static> {
    PassageEntry { key, source, title: "Handbook", section: &[], text, language: Some(language) }
}

/// Indexes a source as the library does: vectors first, then text.
fn index_source(index: &SearchIndex, source: i64, entries: &[PassageEntry<'_>], vectors: &[(i64, Vec<f32>)]) {
    index.index_vectors("e", &[(source, vectors)]).unwrap();
    index.index_text(&[(source, entries)]).unwrap();
}

fn search_words(index: &SearchIndex, query: &str, sources: Option<&HashSet<i64>>) -> Vec<i64> {
    let languages = ["en".to_owned(), "de".to_owned()];
    let search = SearchRequest {
        query,
        by_words: true,
        sources,
        languages: &languages,
        limit: 10,
        ..SearchRequest::default()
    };
    let mut found = index.search(&search).unwrap();
    found.sort_by_key(|candidate| candidate.lexical_rank);
    found.into_iter().map(|candidate| candidate.key).collect()
}

#[test]
fn words_are_found_in_their_language_and_stay_found() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    let first = [
        make_entry(1, 10, "Return to full climbing was advised after six weeks.", "en"),
        make_entry(2, 10, "Taping reduced the distance between tendon and bone.", "en"),
    ];
    index_source(&index, 10, &first, &[(1, vec![1.0, 0.0, 0.0, 0.0]), (2, vec![0.0, 1.0, 0.0, 0.0])]);
    index_source(&index, 20, &[make_entry(3, 20, "Die Häuser wurden verkauft.", "de")], &[]);
    assert_eq!(search_words(&index, "climbs advising", None), [1]);
    assert_eq!(search_words(&index, "Haus", None), [3]);
    assert_eq!(search_words(&index, "\"tendon and bone\"", None), [2]);
    assert!(search_words(&index, "\"bone and tendon\"", None).is_empty());
    assert_eq!(search_words(&index, "handbook -tendons -häuser", None), [1]);
    assert_eq!(search_words(&index, "handbook", Some(&[20].into())), [3]);
    let nearest = index
        .search(&SearchRequest {
            query: "x",
            embedder: "e",
            vector: Some(&[0.9, 0.1, 0.0, 0.0]),
            limit: 1,
            ..SearchRequest::default()
        })
        .unwrap();
    assert_eq!((nearest[0].key, nearest[0].vector_rank), (1, Some(1)));
    assert!((nearest[0].cosine.unwrap() - 0.9).abs() < 1e-6);

    // Indexed again, a source replaces itself.
    index_source(&index, 10, &first[..1], &[]);
    assert!(search_words(&index, "taping", None).is_empty());
    drop(index);
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    assert_eq!(index.text_indexed_sources().unwrap(), [(10, (1, 1)), (20, (1, 3))].into());
    index.remove_source(20).unwrap();
    assert!(search_words(&index, "Haus", None).is_empty());
}

#[test]
fn a_damaged_index_is_made_anew() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    index_source(&index, 10, &[make_entry(1, 10, "climbing", "en")], &[]);
    drop(index);
    std::fs::write(dir.path().join("words/meta.json"), b"{ not json").unwrap();
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    assert!(index.text_indexed_sources().unwrap().is_empty());
}
