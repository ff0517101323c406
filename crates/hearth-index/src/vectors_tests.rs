//! The vector index on real files.
#![allow(clippy::unwrap_used, reason = "tests")]

use std::collections::HashSet;

use super::*;

fn unit_vector(seed: u64, dimensions: usize) -> Vec<f32> {
    // A small linear congruential generator: the same vectors on every machine.
    let mut state = seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1);
    let mut vector: Vec<f32> = (0..dimensions)
        .map(|_| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 40) as f32 / (1 << 23) as f32 - 1.0
        })
        .collect();
    let norm = vector.iter().map(|v| v * v).sum::<f32>().sqrt();
    for value in &mut vector {
        *value /= norm;
    }
    vector
}

fn build_index(folder: &Path, sources: i64, each: i64, dimensions: usize) -> VectorIndex {
    let mut index = VectorIndex::open(folder, "e", dimensions).unwrap();
    for source in 0..sources {
        let vectors: Vec<_> = (source * each..(source + 1) * each)
            .map(|key| (key, unit_vector(key as u64, dimensions)))
            .collect();
        index.replace_source(source, &vectors).unwrap();
    }
    index.commit().unwrap();
    index
}

#[test]
fn the_scan_finds_what_an_exact_one_finds() {
    let (sources, each, dimensions) = (20, 1000, 64);
    let dir = tempfile::tempdir().unwrap();
    let index = build_index(dir.path(), sources, each, dimensions);
    for allowed in [None, Some(HashSet::from([3, 4, 11]))] {
        let (mut found_count, mut expected_count) = (0, 0);
        for seed in 0..20 {
            let query = unit_vector(1_000_000 + seed, dimensions);
            let exact = |key: &i64| dot(&query, unit_vector(*key as u64, dimensions).into_iter());
            let in_scope = |key: &i64| allowed.as_ref().is_none_or(|a| a.contains(&(key / each)));
            let mut best: Vec<i64> = (0..sources * each).filter(in_scope).collect();
            best.sort_by(|a, b| exact(b).total_cmp(&exact(a)));
            let found = index.search(&query, allowed.as_ref(), 10);
            for hit in &found {
                assert_eq!(hit.source, hit.key / each);
                assert!((hit.cosine - exact(&hit.key)).abs() < 1e-5);
                assert_eq!(index.cosine(&query, hit.source, hit.key), Some(hit.cosine));
            }
            expected_count += 10;
            found_count += best[..10].iter().filter(|key| found.iter().any(|hit| hit.key == **key)).count();
        }
        assert!(found_count * 1000 >= expected_count * 995, "{found_count} of {expected_count}");
    }
}

/// Vectors around centres, as real ones are; enough of them for the sketches.
#[test]
fn a_coarse_look_loses_hardly_anything() {
    let (sources, each, dimensions) = (45, 1000, 128);
    let dir = tempfile::tempdir().unwrap();
    let mut index = VectorIndex::open(dir.path(), "e", dimensions).unwrap();
    let clustered_vector = |seed: u64| -> Vec<f32> {
        let (centre, offset) =
            (unit_vector(seed % 300, dimensions), unit_vector(1_000_000 + seed, dimensions));
        let mixed: Vec<f32> = centre.iter().zip(&offset).map(|(a, b)| a + 0.8 * b).collect();
        let norm = mixed.iter().map(|value| value * value).sum::<f32>().sqrt();
        mixed.iter().map(|value| value / norm).collect()
    };
    let mut all = Vec::new();
    for source in 0..sources {
        let vectors: Vec<(i64, Vec<f32>)> =
            (source * each..(source + 1) * each).map(|key| (key, clustered_vector(key as u64))).collect();
        index.replace_source(source, &vectors).unwrap();
        all.extend(vectors);
    }
    index.commit().unwrap();
    assert!(all.len() >= SKETCH_MIN_ROWS);
    let mut found_count = 0;
    for seed in 0..20 {
        let query = clustered_vector(5_000_000 + seed * 17);
        let mut exact: Vec<(f32, i64)> =
            all.iter().map(|(key, vector)| (dot(&query, vector.iter().copied()), *key)).collect();
        exact.sort_by(|a, b| b.0.total_cmp(&a.0));
        let found = index.search(&query, None, 10);
        found_count += exact[..10].iter().filter(|(_, key)| found.iter().any(|hit| hit.key == *key)).count();
    }
    assert!(found_count >= 199, "{found_count} of 200");
}

#[test]
fn what_was_put_stays_and_what_was_removed_is_not_found_again() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = build_index(dir.path(), 2, 1500, 8);
    index.remove_source(1).unwrap();
    assert_eq!(index.len(), 1500);
    assert!(index.search(&unit_vector(3, 8), None, 3000).iter().all(|hit| hit.source == 0));
    index.replace_source(1, &[(5001, unit_vector(99_999, 8))]).unwrap();
    index.commit().unwrap();
    assert_eq!(index.search(&unit_vector(99_999, 8), None, 1)[0].key, 5001);
    drop(index);
    // Many rows were removed: opening drops them.
    let index = VectorIndex::open(dir.path(), "e", 8).unwrap();
    assert_eq!((index.len(), index.keys.len()), (1501, 1501));
    assert_eq!(index.search(&unit_vector(99_999, 8), None, 1)[0].key, 5001);
    assert_eq!(index.summarise_sources()[&1], (1, 5001));
}

#[test]
fn a_damaged_file_or_another_embedder_begins_anew() {
    let dir = tempfile::tempdir().unwrap();
    let fill = || drop(build_index(dir.path(), 1, 100, 8));
    let count = |embedder: &str| VectorIndex::open(dir.path(), embedder, 8).unwrap().len();
    fill();
    assert_eq!(count("e"), 100);
    assert_eq!(count("other"), 0);
    fill();
    let rows = dir.path().join("rows");
    let mut bytes = fs::read(&rows).unwrap();
    bytes[HEADER_BYTES + 30] ^= 1;
    fs::write(&rows, &bytes).unwrap();
    assert_eq!(count("e"), 0);
    fill();
    OpenOptions::new().write(true).open(dir.path().join("exact")).unwrap().set_len(100).unwrap();
    assert_eq!(count("e"), 0);
    fill();
    // A process that ended while it wrote a row loses that row only.
    let mut file = OpenOptions::new().append(true).open(&rows).unwrap();
    file.write_all(&[1, 2, 3]).unwrap();
    assert_eq!(count("e"), 100);
}

#[test]
fn vectors_of_another_length_are_left_out_and_queries_of_another_length_find_nothing() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = VectorIndex::open(dir.path(), "e", 2).unwrap();
    assert_eq!(index.search(&[1.0, 0.0], None, 5), []);
    index.replace_source(1, &[(10, vec![1.0]), (11, vec![0.0, 1.0]), (12, vec![1.0, 0.0, 0.0])]).unwrap();
    index.commit().unwrap();
    assert_eq!(index.summarise_sources(), [(1, (1, 11))].into());
    assert_eq!(index.search(&[1.0], None, 5), []);
    assert_eq!(index.search(&[1.0, 0.0], None, 0), []);
    assert_eq!(index.cosine(&[1.0], 1, 11), None);
    assert_eq!(index.search(&[0.0, 1.0], None, 5), [Neighbour { key: 11, source: 1, cosine: 1.0 }]);
}

#[test]
fn a_vector_is_searched_once_it_is_committed_and_its_values_are_exact() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = VectorIndex::open(dir.path(), "e", 3).unwrap();
    let vector = vec![0.123_456_79, -0.9, f32::MIN_POSITIVE];
    index.replace_source(1, &[(10, vector.clone()), (11, vec![0.0; 3])]).unwrap();
    assert_eq!(index.len(), 0);
    drop(index);
    let mut index = VectorIndex::open(dir.path(), "e", 3).unwrap();
    assert_eq!(index.len(), 0, "the process ended before");
    index.replace_source(1, &[(10, vector.clone()), (11, vec![0.0; 3])]).unwrap();
    index.commit().unwrap();
    drop(index);
    let index = VectorIndex::open(dir.path(), "e", 3).unwrap();
    assert_eq!(index.get_vector(1, 10), Some(vector));
    assert_eq!(index.get_vector(2, 10), None, "of another source");
    assert_eq!(index.cosine(&[1.0, 0.0, 0.0], 1, 11), Some(0.0));
}

#[test]
fn keys_of_a_source_need_no_order() {
    let dir = tempfile::tempdir().unwrap();
    let mut index = VectorIndex::open(dir.path(), "e", 2).unwrap();
    let vectors: Vec<KeyedVector> = [7, 3, 9, 1].map(|key| (key, vec![key as f32, 0.0])).to_vec();
    index.replace_source(1, &vectors).unwrap();
    index.commit().unwrap();
    for key in [7, 3, 9, 1] {
        assert_eq!(index.cosine(&[1.0, 0.0], 1, key), Some(key as f32));
    }
    assert_eq!(index.cosine(&[1.0, 0.0], 1, 4), None);
}
