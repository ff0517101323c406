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

/// Entry without a title, in no language.
fn make_plain_entry(key: i64, source: i64, text: &'static str) -> PassageEntry<'static> {
    PassageEntry { key, source, title: "", section: &[], text, language: None }
}

/// Lexical scores of a query without languages, by ascending key.
fn lexical_scores(index: &SearchIndex, query: &str) -> Vec<(i64, f32)> {
    let search = SearchRequest { query, by_words: true, limit: 10, ..SearchRequest::default() };
    let found = index.search(&search).unwrap();
    let mut scores: Vec<_> = found.iter().map(|found| (found.key, found.lexical.unwrap())).collect();
    scores.sort_by_key(|(key, _)| *key);
    scores
}

#[track_caller]
fn check_scores(found: &[(i64, f32)], expect: &[(i64, f32)]) {
    assert_eq!(found.len(), expect.len(), "{found:?}");
    for ((key, score), (expect_key, expect_score)) in found.iter().zip(expect) {
        assert!(key == expect_key && (score - expect_score).abs() < 1e-4, "{found:?}, not {expect:?}");
    }
}

/// Two passages: each word is in one of them, so that its rarity is ln(1 + 1.5 / 1.5) = ln 2; 2 tokens on average.
#[test]
fn bm25_scores_are_those_worked_out_by_hand() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    index_source(&index, 1, &[make_plain_entry(1, 1, "apple apple banana")], &[]);
    index_source(&index, 2, &[make_plain_entry(2, 2, "cherry")], &[]);
    let rarity = 2.0_f32.ln();
    // k1 (1 - b + b · length / average): 0.9 (0.6 + 0.4 · 3 / 2) = 1.08, and 0.9 (0.6 + 0.4 / 2) = 0.72.
    let (apple, cherry) = (rarity * 2.0 * 1.9 / (2.0 + 1.08), rarity * 1.9 / (1.0 + 0.72));
    check_scores(&lexical_scores(&index, "apple"), &[(1, apple)]);
    check_scores(&lexical_scores(&index, "Apple, APPLE!"), &[(1, apple)]);
    // A word that no passage has does not count; one that only the other has halves the score.
    check_scores(&lexical_scores(&index, "apple durian"), &[(1, apple)]);
    check_scores(&lexical_scores(&index, "apple cherry"), &[(1, apple / 2.0), (2, cherry / 2.0)]);
    check_scores(&lexical_scores(&index, "durian"), &[]);
    check_scores(&lexical_scores(&index, ""), &[]);
}

#[test]
fn a_word_of_the_heading_counts_in_the_body_and_a_fifth_more() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    let section = ["Burner".to_owned()];
    let titled = PassageEntry { section: &section, ..make_plain_entry(1, 1, "clean yearly") };
    index_source(&index, 1, &[titled], &[]);
    index_source(&index, 2, &[make_plain_entry(2, 2, "water")], &[]);
    // Body: 3 tokens, 2 on average. Heading: 1 token, 0.5 on average.
    let body = 1.9 / (1.0 + 0.9 * (0.6 + 0.4 * 3.0 / 2.0));
    let heading = 0.2 * 1.9 / (1.0 + 0.9 * (0.6 + 0.4 * 1.0 / 0.5));
    check_scores(&lexical_scores(&index, "burner"), &[(1, 2.0_f32.ln() * (body + heading))]);
}

#[test]
fn umlauts_that_are_written_out_are_found() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 4).unwrap();
    index_source(&index, 1, &[make_plain_entry(1, 1, "Bäckerei Müller-Lüdenscheidt")], &[]);
    index_source(&index, 2, &[make_plain_entry(2, 2, "Duell der Poeten")], &[]);
    assert_eq!(lexical_scores(&index, "mueller luedenscheidt").len(), 1);
    assert_eq!(lexical_scores(&index, "duell poeten").len(), 1);
}

#[test]
fn phrases_and_excluded_words_hold_for_vectors_too() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 2).unwrap();
    let entries = [make_plain_entry(1, 1, "grade two pulley"), make_plain_entry(2, 1, "two grade pulley")];
    index_source(&index, 1, &entries, &[(1, vec![1.0, 0.0]), (2, vec![0.0, 1.0])]);
    let search = |query| {
        let request = SearchRequest {
            query,
            vector: Some(&[1.0, 0.0]),
            embedder: "e",
            by_words: true,
            limit: 10,
            ..SearchRequest::default()
        };
        let mut found: Vec<_> =
            index.search(&request).unwrap().iter().map(|found| (found.key, found.cosine)).collect();
        found.sort_by_key(|(key, _)| *key);
        found
    };
    assert_eq!(search("pulley"), [(1, Some(1.0)), (2, Some(0.0))]);
    assert_eq!(search("\"two grade\""), [(2, Some(0.0))]);
    assert_eq!(search("„two grade“"), [(2, Some(0.0))]);
    // All passages have the word: the nearest ones are not found instead.
    assert_eq!(search("grade -pulley"), []);
}

#[test]
fn vectors_of_another_embedder_are_neither_stored_nor_searched() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "old", 2).unwrap();
    index.index_vectors("old", &[(1, vec![(1, vec![1.0, 0.0])])]).unwrap();
    index.index_vectors("new", &[(2, vec![(2, vec![1.0, 0.0])])]).unwrap();
    assert_eq!(index.vector_indexed_sources(), [(1, (1, 1))].into());
    let search = |embedder| {
        let request = SearchRequest {
            query: "x",
            vector: Some(&[1.0, 0.0]),
            embedder,
            limit: 5,
            ..SearchRequest::default()
        };
        index.search(&request).unwrap().iter().map(|found| found.key).collect::<Vec<_>>()
    };
    assert_eq!((search("old"), search("new")), (vec![1], vec![]));
    let mut prepared = index.prepare_vector_index("new", 2).unwrap();
    prepared.replace_source(7, &[(70, vec![0.0, 1.0])]).unwrap();
    prepared.commit().unwrap();
    assert_eq!(search("old"), [1], "in use until it is replaced");
    index.replace_vector_index(prepared);
    assert_eq!((search("old"), search("new")), (vec![], vec![70]));
    drop(index);
    assert_eq!(SearchIndex::open(dir.path(), "old", 2).unwrap().count_vectors(), 0, "its files are gone");
}

#[test]
fn relevance_feedback_moves_the_query_towards_the_best_passage() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 2).unwrap();
    index.index_vectors("e", &[(1, vec![(1, vec![0.0, 1.0]), (2, vec![1.0, 0.0])])]).unwrap();
    let request = SearchRequest {
        query: "x",
        vector: Some(&[1.0, 0.0]),
        embedder: "e",
        limit: 5,
        ..SearchRequest::default()
    };
    let mut candidates = index.search(&request).unwrap();
    candidates.sort_by_key(|candidate| candidate.key);
    let best = candidates[0];
    index.apply_relevance_feedback(&[1.0, 0.0], "other", &best, &mut candidates);
    assert_eq!(candidates[0].feedback_cosine, None, "of another embedder");
    index.apply_relevance_feedback(&[1.0, 0.0], "e", &best, &mut candidates);
    // The query (1, 0) and a fifth of (0, 1), as a unit vector: (1, 0.2) / √1.04.
    let norm = 1.04_f32.sqrt();
    let cosines = [candidates[0], candidates[1]].map(|candidate| candidate.feedback_cosine.unwrap());
    assert!((cosines[0] - 0.2 / norm).abs() < 1e-6 && (cosines[1] - 1.0 / norm).abs() < 1e-6, "{cosines:?}");
}

#[test]
fn a_removed_source_stays_removed_and_its_key_can_be_used_again() {
    let dir = tempfile::tempdir().unwrap();
    let index = SearchIndex::open(dir.path(), "e", 2).unwrap();
    for source in [1, 2] {
        let entries = [make_plain_entry(source * 10, source, "water")];
        index_source(&index, source, &entries, &[(source * 10, vec![1.0, 0.0])]);
    }
    index.remove_source(1).unwrap();
    index.remove_source(99).unwrap();
    drop(index);
    let index = SearchIndex::open(dir.path(), "e", 2).unwrap();
    assert_eq!(index.text_indexed_sources().unwrap(), [(2, (1, 20))].into());
    assert_eq!(index.vector_indexed_sources(), [(2, (1, 20))].into());
    assert_eq!(index.find_nearest(&[1.0, 0.0], Some(&[1].into()), 5), []);
    index_source(&index, 1, &[make_plain_entry(11, 1, "water")], &[(11, vec![0.0, 1.0])]);
    assert_eq!(search_words(&index, "water", Some(&[1].into())), [11]);
    assert_eq!(index.find_nearest(&[0.0, 1.0], None, 1)[0].key, 11);
}
