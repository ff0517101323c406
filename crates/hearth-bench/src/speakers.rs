//! Evaluation of diarisation on conversations assembled from recordings of single speakers, so that the
//! speaker of each segment is known.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_domain::SPEECH_SAMPLE_RATE;
use hearth_tests::random::Random;
use hearth_tests::speakers::{
    SpeakerLabel, decode_samples, find_speaker_segments, load_voice_encoder, measure_errors,
};
use walkdir::WalkDir;

use crate::report::{clone_repository, hearth_program};

/// Repository with recordings of LibriSpeech's `test-other` (CC BY 4.0): ten speakers, ten sentences each.
const RECORDINGS_URL: &str = "https://github.com/resemble-ai/Resemblyzer";
/// Folder of the recordings in the repository.
const RECORDINGS_FOLDER: &str = "audio_data/librispeech_test-other";
/// Number of conversations.
const CONVERSATION_COUNT: u64 = 40;
/// Numbers of speakers, lengths, segment lengths and pauses (all in seconds) of the conversations, used in
/// turn.
const SPEAKER_COUNTS: [usize; 5] = [1, 2, 2, 3, 4];
const CONVERSATION_SECONDS: [f64; 4] = [30.0, 60.0, 120.0, 200.0];
const SEGMENT_SECONDS: [&[f64]; 2] = [&[1.0, 2.0, 3.0, 5.0], &[3.0, 6.0, 10.0]];
const PAUSE_SECONDS: [f64; 4] = [0.05, 0.2, 0.4, 0.8];

/// Measures diarisation and returns the report.
pub(crate) fn measure_speakers(sources: Option<&Path>) -> anyhow::Result<String> {
    let speakers = load_speakers(sources)?;
    let encoder = load_voice_encoder(1);
    let (mut error_rates, mut confusion_rates) = (Vec::new(), Vec::new());
    let (mut exact, mut too_many, mut too_few) = (0, 0, 0);
    let (mut windows, mut computing_time, mut audio_seconds) = (0, Duration::ZERO, 0.0);
    for nth in 0..CONVERSATION_COUNT {
        let (samples, labels, count) = build_conversation(&speakers, nth);
        let started = Instant::now();
        let (segments, window_count) = find_speaker_segments(&encoder, &samples);
        computing_time += started.elapsed();
        windows += window_count;
        audio_seconds += samples.len() as f64 / f64::from(SPEECH_SAMPLE_RATE);
        let found_count = segments.iter().map(|segment| segment.speaker as usize).max().unwrap_or(1);
        match found_count.cmp(&count) {
            std::cmp::Ordering::Equal => exact += 1,
            std::cmp::Ordering::Greater => too_many += 1,
            std::cmp::Ordering::Less => too_few += 1,
        }
        let shares = measure_errors(&labels, &segments);
        confusion_rates.push(shares.confused);
        error_rates.push(shares.error_rate());
    }
    let format_rates = |mut rates: Vec<f64>| {
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        rates.sort_by(f64::total_cmp);
        let (median, worst) = (rates[rates.len() / 2], rates[rates.len() - 1]);
        format!("{:.1} / {:.1} / {:.1} %", 100.0 * mean, 100.0 * median, 100.0 * worst)
    };
    let mut report = format!(
        "{CONVERSATION_COUNT} conversations of one to four of {} readers of LibriSpeech (test-other), 30 to 200 s long, assembled \
         from their recordings: segments of one to ten seconds, pauses of 0.05 to 0.8 s, loudness up to 5 dB apart. The thresholds were \
         chosen on conversations of the same readers. One thread.\n\n| what | figure |\n| --- | --- |\n",
        speakers.len()
    );
    writeln!(
        report,
        "| speech assigned to a wrong speaker, of all speech, mean / median / worst | {} |",
        format_rates(confusion_rates)
    )?;
    writeln!(
        report,
        "| with pauses within a segment, which count as missed (diarisation error rate, no collar) | {} |",
        format_rates(error_rates)
    )?;
    writeln!(report, "| number of speakers exact / too high / too low | {exact} / {too_many} / {too_few} |")?;
    let voiceprint_ms = computing_time.as_secs_f64() * 1000.0 / windows as f64;
    writeln!(
        report,
        "| time of a voiceprint (1.5 s), with speech detection and clustering | {voiceprint_ms:.1} ms |"
    )?;
    writeln!(
        report,
        "| time relative to the length of the recording | {:.1} % |",
        100.0 * computing_time.as_secs_f64() / audio_seconds
    )?;
    Ok(report)
}

/// Loads each speaker's name and sentences (samples at 16 kHz), without the silence around them.
fn load_speakers(sources: Option<&Path>) -> anyhow::Result<Vec<(String, Vec<Vec<f32>>)>> {
    let downloaded = hearth_program()?.with_file_name("librispeech");
    let folder = match sources {
        Some(folder) => folder.to_owned(),
        None => {
            clone_repository(RECORDINGS_URL, &[], &downloaded)?;
            downloaded.join(RECORDINGS_FOLDER)
        }
    };
    let mut speakers: BTreeMap<String, Vec<Vec<f32>>> = BTreeMap::new();
    let files = WalkDir::new(&folder).sort_by_file_name().into_iter();
    let files = files.collect::<Result<Vec<_>, _>>().with_context(|| folder.display().to_string())?;
    for file in files
        .iter()
        .map(walkdir::DirEntry::path)
        .filter(|file| file.extension().is_some_and(|kind| kind == "flac"))
    {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let samples = decode_samples(fs::read(file)?);
        let speech = hearth_speech::detect_speech(&samples);
        if let (Some(first), Some(last)) = (speech.first(), speech.last()) {
            let trimmed = samples[first.start..last.end.min(samples.len())].to_vec();
            speakers.entry(name.split('-').next().unwrap_or_default().to_owned()).or_default().push(trimmed);
        }
    }
    if speakers.len() < 4 {
        bail!("{} does not contain recordings of at least four speakers (SPEAKER-….flac)", folder.display());
    }
    Ok(speakers.into_iter().collect())
}

/// Assembles conversation `nth`: its samples, the true speaker segments and the number of speakers.
fn build_conversation(
    speakers: &[(String, Vec<Vec<f32>>)],
    nth: u64,
) -> (Vec<f32>, Vec<SpeakerLabel>, usize) {
    let mut random = Random(nth);
    let mut pick = |count: usize| (random.next_unit() * count as f32) as usize % count.max(1);
    let count = SPEAKER_COUNTS[nth as usize % SPEAKER_COUNTS.len()];
    let mut chosen: Vec<usize> = Vec::new();
    while chosen.len() < count {
        let candidate = pick(speakers.len());
        if !chosen.contains(&candidate) {
            chosen.push(candidate);
        }
    }
    let gains: Vec<f32> =
        chosen.iter().map(|_| 10_f32.powf((pick(100) as f32 / 10.0 - 5.0) / 20.0)).collect();
    let conversation_seconds = CONVERSATION_SECONDS[nth as usize % CONVERSATION_SECONDS.len()];
    let segment_seconds = SEGMENT_SECONDS[nth as usize % SEGMENT_SECONDS.len()];
    let (mut samples, mut labels, mut last_position) = (Vec::new(), Vec::new(), usize::MAX);
    let seconds = |samples: &[f32]| samples.len() as f64 / f64::from(SPEECH_SAMPLE_RATE);
    while seconds(&samples) < conversation_seconds {
        let position = pick(count);
        if position == last_position && count > 1 {
            continue;
        }
        last_position = position;
        let (name, sentences) = &speakers[chosen[position]];
        let sentence = &sentences[pick(sentences.len())];
        let sample_count =
            (segment_seconds[pick(segment_seconds.len())] * f64::from(SPEECH_SAMPLE_RATE)) as usize;
        let sample_count = sample_count.min(sentence.len());
        let from = pick(sentence.len() - sample_count + 1);
        let start = seconds(&samples);
        samples
            .extend(sentence[from..from + sample_count].iter().map(|sample| 0.7 * gains[position] * sample));
        labels.push((start, seconds(&samples), name.clone()));
        let pause = (PAUSE_SECONDS[pick(PAUSE_SECONDS.len())] * f64::from(SPEECH_SAMPLE_RATE)) as usize;
        samples.extend((0..pause).map(|_| 2e-4 * (pick(1000) as f32 / 500.0 - 1.0)));
    }
    // Not all chosen speakers speak in a short conversation.
    let mut names: Vec<&str> = labels.iter().map(|(.., name): &SpeakerLabel| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let count = names.len();
    (samples, labels, count)
}
