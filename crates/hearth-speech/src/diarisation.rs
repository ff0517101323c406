//! Diarisation, who speaks when: voiceprints of short windows, clustered into speakers.
//!
//! Windows are clustered by average linkage, first within blocks and then across blocks, with a limit on the
//! clusters that are kept: neither memory nor time grows with the square of a recording's length. Thresholds
//! were chosen on conversations put together from LibriSpeech and hold for the voiceprints of
//! `hearth-models`.

mod clustering;

use std::ops::Range;

use hearth_domain::{SPEECH_SAMPLE_RATE, SpeakerSegment};

use self::clustering::{Cluster, dot, keep_largest, merge_similar};

/// Samples from a window to the next, and of the shortest usable speech span.
const WINDOW_STEP: usize = 6_400;
const MIN_SPAN_SAMPLES: usize = 4_800;
/// Limits of a group of windows that is encoded at once: windows, and samples.
const MAX_GROUP_WINDOWS: usize = 128;
const MAX_GROUP_SAMPLES: usize = 60 * SPEECH_SAMPLE_RATE as usize;
/// Windows of a block that is clustered at once.
const BLOCK_WINDOWS: usize = 400;
/// Lowest average similarity of the windows of two clusters that are merged.
const LINKAGE_THRESHOLD: f32 = 0.33;
/// Lowest similarity of the centroids of two clusters that are merged.
const CENTROID_THRESHOLD: f32 = 0.55;
/// Fewest windows of a speaker: all windows divided by the first, bounded by the other two.
const RARITY_DIVISOR: usize = 40;
const RARITY_MIN_WINDOWS: usize = 3;
const RARITY_MAX_WINDOWS: usize = 12;
/// Most clusters, of which the largest are kept (noise resembles nothing, not even itself); and most
/// speakers.
const MAX_CLUSTERS: usize = 1_000;
const MAX_SPEAKERS: usize = 32;
/// Rounds of reassigning each window to its nearest speaker.
const REASSIGNMENT_ROUNDS: usize = 2;
/// Samples of a frame, the resolution of speaker segments: 10 ms.
const FRAME_SAMPLES: usize = 160;

/// Selects the windows for voiceprints: each within a speech span, none longer than `max_samples`, in
/// groups of neighbours.
pub fn select_voiceprint_windows(speech: &[Range<usize>], max_samples: usize) -> Vec<Vec<Range<usize>>> {
    let mut groups: Vec<Vec<Range<usize>>> = Vec::new();
    let windows = speech.iter().filter(|span| span.len() >= MIN_SPAN_SAMPLES).flat_map(|span| {
        let slack = span.len().saturating_sub(max_samples);
        let steps = slack.div_ceil(WINDOW_STEP);
        let start = span.start;
        let length = span.len().min(max_samples);
        (0..=steps).map(move |step| {
            let window_start = start + step * slack / steps.max(1);
            window_start..window_start + length
        })
    });
    for window in windows {
        match groups.last_mut() {
            Some(group)
                if group.len() < MAX_GROUP_WINDOWS && window.end - group[0].start <= MAX_GROUP_SAMPLES =>
            {
                group.push(window);
            }
            _ => groups.push(vec![window]),
        }
    }
    groups
}

/// A voiceprint quantised to bytes: a day of speech has some hundred thousand of them.
type QuantisedVoiceprint = Box<[i8]>;

/// Scale of the quantisation: values of a voiceprint lie within ±0.5, except for a few.
const QUANTISATION_SCALE: f32 = 254.0;

/// Streaming diarisation of one recording.
#[derive(Debug, Default)]
pub struct Diariser {
    windows: Vec<Range<usize>>,
    voiceprints: Vec<QuantisedVoiceprint>,
    /// Clusters of the block that is not full yet.
    open_block: Vec<Cluster>,
    /// Clusters of all earlier blocks.
    clusters: Vec<Cluster>,
}

impl Diariser {
    /// Takes the next window and its voiceprint (of length one).
    pub fn push(&mut self, window: Range<usize>, voiceprint: &[f32]) {
        self.open_block.push(Cluster { sum: voiceprint.to_vec(), count: 1 });
        self.windows.push(window);
        self.voiceprints
            .push(voiceprint.iter().map(|value| (value * QUANTISATION_SCALE).round() as i8).collect());
        if self.open_block.len() == BLOCK_WINDOWS {
            self.close_block();
        }
    }

    /// Clusters the open block, and merges its clusters into the others.
    fn close_block(&mut self) {
        self.clusters.extend(merge_similar(
            std::mem::take(&mut self.open_block),
            LINKAGE_THRESHOLD,
            Cluster::average_similarity,
        ));
        if self.clusters.len() > MAX_CLUSTERS {
            let merged = merge_similar(
                std::mem::take(&mut self.clusters),
                LINKAGE_THRESHOLD,
                Cluster::average_similarity,
            );
            self.clusters = keep_largest(merged, MAX_CLUSTERS / 2);
        }
    }

    /// Returns the speaker segments in order; none if there is one speaker only.
    pub fn finish(mut self) -> Vec<SpeakerSegment> {
        self.close_block();
        let clusters =
            merge_similar(std::mem::take(&mut self.clusters), LINKAGE_THRESHOLD, Cluster::average_similarity);
        let clusters =
            merge_similar(self.drop_rare(clusters), CENTROID_THRESHOLD, Cluster::centroid_similarity);
        let mut speakers = keep_largest(self.drop_rare(clusters), MAX_SPEAKERS);
        for _ in 0..REASSIGNMENT_ROUNDS {
            speakers = self.reassign_windows(&speakers);
        }
        let speakers = self.drop_rare(speakers);
        if speakers.len() < 2 {
            return Vec::new();
        }
        number_speakers(self.find_segments(&speakers))
    }

    /// Drops clusters of too few windows; the largest stays in any case.
    fn drop_rare(&self, mut clusters: Vec<Cluster>) -> Vec<Cluster> {
        let min_windows = (self.windows.len() / RARITY_DIVISOR).clamp(RARITY_MIN_WINDOWS, RARITY_MAX_WINDOWS);
        let largest = clusters.iter().map(|cluster| cluster.count).max().unwrap_or(0);
        clusters.retain(|cluster| cluster.count >= min_windows.min(largest));
        clusters
    }

    /// Reassigns each window to its nearest cluster.
    fn reassign_windows(&self, clusters: &[Cluster]) -> Vec<Cluster> {
        let centroids = compute_centroids(clusters);
        let mut reassigned: Vec<Cluster> =
            clusters.iter().map(|cluster| Cluster { sum: vec![0.0; cluster.sum.len()], count: 0 }).collect();
        for window in 0..self.windows.len() {
            let sum = self.window_voiceprint(window);
            reassigned[nearest_centroid(&centroids, &sum)].add_cluster(&Cluster { sum, count: 1 });
        }
        reassigned.retain(|cluster| cluster.count > 0);
        reassigned
    }

    /// The voiceprint of a window.
    fn window_voiceprint(&self, window: usize) -> Vec<f32> {
        self.voiceprints[window].iter().map(|value| f32::from(*value) / QUANTISATION_SCALE).collect()
    }

    /// Segments, in samples, each with the number of its cluster from 0: a frame belongs to the cluster that
    /// is most similar to the windows over it, those in whose middle it lies weighted most.
    fn find_segments(&self, clusters: &[Cluster]) -> Vec<(Range<usize>, usize)> {
        let centroids = compute_centroids(clusters);
        let mut segments: Vec<(Range<usize>, usize)> = Vec::new();
        let (mut first, mut covered_until) = (0, 0);
        while first < self.windows.len() {
            // A run of overlapping windows; not all of a day at once.
            let pairs = self.windows[first..].windows(2).take(BLOCK_WINDOWS);
            let end = first + 1 + pairs.take_while(|pair| pair[1].start < pair[0].end).count();
            let start = self.windows[first].start / FRAME_SAMPLES * FRAME_SAMPLES;
            let frames = (self.windows[end - 1].end - start) / FRAME_SAMPLES;
            let mut scores = vec![0.0; frames * clusters.len()];
            for window in first..end {
                let voiceprint = self.window_voiceprint(window);
                let similarities: Vec<f32> =
                    centroids.iter().map(|centroid| dot(centroid, &voiceprint)).collect();
                let Range { start: from, end: to } = self.windows[window];
                let (from, to) = ((from - start) / FRAME_SAMPLES, (to - start) / FRAME_SAMPLES);
                for (index, scores) in scores.chunks_mut(clusters.len()).enumerate().take(to).skip(from) {
                    let offset = ((index - from) as f32 + 0.5) / (to - from) as f32 * 2.0 - 1.0;
                    let weight = 1.0 - 0.95 * offset.abs();
                    scores
                        .iter_mut()
                        .zip(&similarities)
                        .for_each(|(score, similarity)| *score += weight * similarity);
                }
            }
            for (index, scores) in scores.chunks(clusters.len()).enumerate() {
                let cluster = index_of_max(scores.iter().copied());
                let frame = start + index * FRAME_SAMPLES..start + (index + 1) * FRAME_SAMPLES;
                if frame.start < covered_until {
                    continue;
                }
                covered_until = frame.end;
                match segments.last_mut() {
                    Some((range, last)) if *last == cluster && range.end == frame.start => {
                        range.end = frame.end;
                    }
                    _ => segments.push((frame, cluster)),
                }
            }
            first = end;
        }
        segments
    }
}

/// The centroid of each cluster, normalised.
fn compute_centroids(clusters: &[Cluster]) -> Vec<Vec<f32>> {
    let centroid = |cluster: &Cluster| {
        let length = dot(&cluster.sum, &cluster.sum).sqrt().max(f32::MIN_POSITIVE);
        cluster.sum.iter().map(|value| value / length).collect()
    };
    clusters.iter().map(centroid).collect()
}

/// Index of the centroid that is nearest to a voiceprint.
fn nearest_centroid(centroids: &[Vec<f32>], voiceprint: &[f32]) -> usize {
    index_of_max(centroids.iter().map(|centroid| dot(centroid, voiceprint)))
}

/// Index of the largest value.
fn index_of_max(values: impl Iterator<Item = f32>) -> usize {
    values.enumerate().max_by(|a, b| a.1.total_cmp(&b.1)).map_or(0, |(index, _)| index)
}

/// Converts segments to milliseconds, and numbers the speakers in order of appearance.
fn number_speakers(segments: Vec<(Range<usize>, usize)>) -> Vec<SpeakerSegment> {
    let mut order: Vec<usize> = Vec::new();
    let ms = |samples: usize| samples as u64 * 1000 / u64::from(SPEECH_SAMPLE_RATE);
    segments
        .into_iter()
        .map(|(range, cluster)| {
            let position = order.iter().position(|numbered| *numbered == cluster);
            let index = position.unwrap_or_else(|| {
                order.push(cluster);
                order.len() - 1
            });
            SpeakerSegment { start_ms: ms(range.start), end_ms: ms(range.end), speaker: index as u32 + 1 }
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize;

    #[test]
    fn windows_lie_within_what_is_said() {
        let speech = [
            0..SECOND_SAMPLES / 10,
            SECOND_SAMPLES..2 * SECOND_SAMPLES,
            10 * SECOND_SAMPLES..14 * SECOND_SAMPLES,
            500 * SECOND_SAMPLES..501 * SECOND_SAMPLES,
        ];
        let groups = select_voiceprint_windows(&speech, 24_000);
        // A click has no window; a distant span is not in one group with the rest.
        assert_eq!(groups.len(), 2);
        assert_eq!((groups[0][0].clone(), groups[1].clone()), (speech[1].clone(), vec![speech[3].clone()]));
        let long = &groups[0][1..];
        assert_eq!((long[0].start, long.last().unwrap().end), (speech[2].start, speech[2].end));
        assert!(long.iter().all(|window| window.len() == 24_000));
        assert!(long.windows(2).all(|pair| pair[1].start - pair[0].start <= WINDOW_STEP), "{long:?}");
        assert!(select_voiceprint_windows(&[], 24_000).is_empty());
    }

    /// Generator of voiceprints with noise around orthogonal directions, one a speaker.
    struct VoiceprintGenerator(u32);

    impl VoiceprintGenerator {
        fn next_voiceprint(&mut self, speaker: usize) -> Vec<f32> {
            let mut noise = || {
                self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
                (self.0 >> 8) as f32 / (1 << 23) as f32 - 1.0
            };
            let mut voiceprint: Vec<f32> = (0..192).map(|_| 0.1 * noise()).collect();
            voiceprint[speaker] += 1.0;
            let length = dot(&voiceprint, &voiceprint).sqrt();
            voiceprint.into_iter().map(|value| value / length).collect()
        }
    }

    /// Diarises speech of these speakers, three seconds each, with a second of silence in between.
    fn diarise_speakers(order: &[usize]) -> Vec<SpeakerSegment> {
        let (mut diariser, mut generator) = (Diariser::default(), VoiceprintGenerator(7));
        // Speech spans have a resolution of 16 ms: no whole frames.
        let speech: Vec<_> = (0..order.len())
            .map(|index| 4 * index * SECOND_SAMPLES..4 * index * SECOND_SAMPLES + 187 * 256)
            .collect();
        for window in select_voiceprint_windows(&speech, 24_000).into_iter().flatten() {
            let voiceprint = generator.next_voiceprint(order[window.start / (4 * SECOND_SAMPLES)]);
            diariser.push(window, &voiceprint);
        }
        diariser.finish()
    }

    #[test]
    fn voices_are_told_apart_and_numbered_as_they_come() {
        let segments = diarise_speakers(&[5, 3, 5, 9, 3]);
        let speakers: Vec<_> = segments.iter().map(|segment| segment.speaker).collect();
        assert_eq!(speakers, [1, 2, 1, 3, 2]);
        assert_eq!((segments[1].start_ms, segments[1].end_ms), (4000, 6990));
        // A single speaker gets no segments.
        assert!(diarise_speakers(&[5, 5, 5]).is_empty());
        assert!(Diariser::default().finish().is_empty());
    }

    #[test]
    fn a_long_recording_has_the_same_voices_in_all_its_blocks() {
        let order: Vec<usize> = (0..400).map(|index| [5, 3, 3, 9][index % 4]).collect();
        let segments = diarise_speakers(&order);
        let speakers: Vec<_> = segments.iter().map(|segment| segment.speaker).collect();
        assert_eq!(speakers, [1, 2, 2, 3].repeat(100));
    }

    #[test]
    fn noise_that_is_like_nothing_ends_in_time() {
        let (mut diariser, mut generator) = (Diariser::default(), VoiceprintGenerator(11));
        for index in 0..3000_usize {
            // No two are similar, except for two speakers now and then.
            let speaker = if index % 10 == 0 { index / 10 % 2 } else { 2 + index * 7 % 190 };
            let mut voiceprint = generator.next_voiceprint(speaker);
            if speaker > 1 {
                voiceprint.rotate_left(index % 97);
            }
            diariser.push(index * 6_400..index * 6_400 + 24_000, &voiceprint);
        }
        let segments = diariser.finish();
        assert!(!segments.is_empty(), "two speakers speak now and then");
        assert!(
            segments
                .iter()
                .all(|segment| segment.start_ms < segment.end_ms && segment.speaker as usize <= MAX_SPEAKERS)
        );
        assert!(
            segments.windows(2).all(|pair| pair[0].end_ms <= pair[1].start_ms),
            "in order, without overlap"
        );
    }

    #[test]
    fn who_is_hardly_heard_is_no_voice() {
        let (mut diariser, mut generator) = (Diariser::default(), VoiceprintGenerator(3));
        for index in 0..60 {
            let speaker = if index == 30 { 7 } else { usize::from(index > 40) };
            diariser.push(index * 24_000..(index + 1) * 24_000, &generator.next_voiceprint(speaker));
        }
        let speakers: Vec<_> = diariser.finish().iter().map(|segment| segment.speaker).collect();
        assert_eq!(speakers.iter().max(), Some(&2));
    }
}
