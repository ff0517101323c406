//! Who speaks when: conversations put together from what some people read aloud, so that it is known who speaks.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_domain::SPEECH_RATE;
use hearth_tests::random::Random;
use hearth_tests::speakers::{Label, errors, samples_of, turns, voice_encoder};
use walkdir::WalkDir;

use crate::report::{cloned, program};

/// Ten readers of LibriSpeech's `test-other` (CC BY 4.0), ten sentences of each.
const SOURCES: &str = "https://github.com/resemble-ai/Resemblyzer";
const FOLDER: &str = "audio_data/librispeech_test-other";
const CONVERSATIONS: u64 = 40;
/// Who takes part in each, how long it is, how long one speaks, and the pauses between, in turn.
const PEOPLE: [usize; 5] = [1, 2, 2, 3, 4];
const SECONDS: [f64; 4] = [30.0, 60.0, 120.0, 200.0];
const SPOKEN: [&[f64]; 2] = [&[1.0, 2.0, 3.0, 5.0], &[3.0, 6.0, 10.0]];
const PAUSES: [f64; 4] = [0.05, 0.2, 0.4, 0.8];

pub(crate) fn measure(sources: Option<&Path>) -> anyhow::Result<String> {
    let people = people(sources)?;
    let encoder = voice_encoder(1);
    let (mut rates, mut confused, mut right, mut more, mut fewer) = (Vec::new(), Vec::new(), 0, 0, 0);
    let (mut windows, mut busy, mut length) = (0, Duration::ZERO, 0.0);
    for nth in 0..CONVERSATIONS {
        let (samples, labels, count) = conversation(&people, nth);
        let begun = Instant::now();
        let (turns, made) = turns(&encoder, &samples);
        busy += begun.elapsed();
        windows += made;
        length += samples.len() as f64 / f64::from(SPEECH_RATE);
        let found = turns.iter().map(|turn| turn.speaker as usize).max().unwrap_or(1);
        match found.cmp(&count) {
            std::cmp::Ordering::Equal => right += 1,
            std::cmp::Ordering::Greater => more += 1,
            std::cmp::Ordering::Less => fewer += 1,
        }
        let errors = errors(&labels, &turns);
        confused.push(errors.confused);
        rates.push(errors.rate());
    }
    let of = |mut rates: Vec<f64>| {
        let mean = rates.iter().sum::<f64>() / rates.len() as f64;
        rates.sort_by(f64::total_cmp);
        let (middle, worst) = (rates[rates.len() / 2], rates[rates.len() - 1]);
        format!("{:.1} / {:.1} / {:.1} %", 100.0 * mean, 100.0 * middle, 100.0 * worst)
    };
    let mut report = format!(
        "{CONVERSATIONS} conversations of one to four of {} readers of LibriSpeech (test-other), 30 to 200 s long, put together \
         from what they read: turns of one to ten seconds, pauses of 0.05 to 0.8 s, loudness up to 5 dB apart. The thresholds were \
         chosen on conversations of the same readers. One thread.\n\n| what | figure |\n| --- | --- |\n",
        people.len()
    );
    writeln!(report, "| the wrong one heard, of all speech, mean / median / worst | {} |", of(confused))?;
    writeln!(
        report,
        "| with pauses within a turn, which count as missed (diarisation error rate, no collar) | {} |",
        of(rates)
    )?;
    writeln!(report, "| as many voices as there are / more / fewer | {right} / {more} / {fewer} |")?;
    let each = busy.as_secs_f64() * 1000.0 / windows as f64;
    writeln!(report, "| time of a voiceprint (1.5 s), speech found and voices gathered | {each:.1} ms |")?;
    writeln!(
        report,
        "| time by the length of the recording | {:.1} % |",
        100.0 * busy.as_secs_f64() / length
    )?;
    Ok(report)
}

/// What each reads, sentence by sentence, without the silence around it.
fn people(sources: Option<&Path>) -> anyhow::Result<Vec<(String, Vec<Vec<f32>>)>> {
    let fetched = program()?.with_file_name("librispeech");
    let folder = match sources {
        Some(folder) => folder.to_owned(),
        None => {
            cloned(SOURCES, &[], &fetched)?;
            fetched.join(FOLDER)
        }
    };
    let mut people: BTreeMap<String, Vec<Vec<f32>>> = BTreeMap::new();
    let files = WalkDir::new(&folder).sort_by_file_name().into_iter();
    let files = files.collect::<Result<Vec<_>, _>>().with_context(|| folder.display().to_string())?;
    for file in files
        .iter()
        .map(walkdir::DirEntry::path)
        .filter(|file| file.extension().is_some_and(|kind| kind == "flac"))
    {
        let name = file.file_name().unwrap_or_default().to_string_lossy();
        let samples = samples_of(fs::read(file)?);
        let speech = hearth_speech::speech(&samples);
        if let (Some(first), Some(last)) = (speech.first(), speech.last()) {
            let said = samples[first.start..last.end.min(samples.len())].to_vec();
            people.entry(name.split('-').next().unwrap_or_default().to_owned()).or_default().push(said);
        }
    }
    if people.len() < 4 {
        bail!("{} has no files of four speakers (SPEAKER-….flac)", folder.display());
    }
    Ok(people.into_iter().collect())
}

/// A conversation, who speaks when in it, and how many do.
fn conversation(people: &[(String, Vec<Vec<f32>>)], nth: u64) -> (Vec<f32>, Vec<Label>, usize) {
    let mut random = Random(nth);
    let mut pick = |count: usize| (random.unit() * count as f32) as usize % count.max(1);
    let count = PEOPLE[nth as usize % PEOPLE.len()];
    let mut who: Vec<usize> = Vec::new();
    while who.len() < count {
        let one = pick(people.len());
        if !who.contains(&one) {
            who.push(one);
        }
    }
    let loud: Vec<f32> = who.iter().map(|_| 10_f32.powf((pick(100) as f32 / 10.0 - 5.0) / 20.0)).collect();
    let length = SECONDS[nth as usize % SECONDS.len()];
    let spoken = SPOKEN[nth as usize % SPOKEN.len()];
    let (mut samples, mut labels, mut last) = (Vec::new(), Vec::new(), usize::MAX);
    let seconds = |samples: &[f32]| samples.len() as f64 / f64::from(SPEECH_RATE);
    while seconds(&samples) < length {
        let at = pick(count);
        if at == last && count > 1 {
            continue;
        }
        last = at;
        let (name, sentences) = &people[who[at]];
        let sentence = &sentences[pick(sentences.len())];
        let wanted = (spoken[pick(spoken.len())] * f64::from(SPEECH_RATE)) as usize;
        let wanted = wanted.min(sentence.len());
        let from = pick(sentence.len() - wanted + 1);
        let start = seconds(&samples);
        samples.extend(sentence[from..from + wanted].iter().map(|sample| 0.7 * loud[at] * sample));
        labels.push((start, seconds(&samples), name.clone()));
        let pause = (PAUSES[pick(PAUSES.len())] * f64::from(SPEECH_RATE)) as usize;
        samples.extend((0..pause).map(|_| 2e-4 * (pick(1000) as f32 / 500.0 - 1.0)));
    }
    // Not all that were chosen come to speak in a short one.
    let mut names: Vec<&str> = labels.iter().map(|(.., name): &Label| name.as_str()).collect();
    names.sort_unstable();
    names.dedup();
    let count = names.len();
    (samples, labels, count)
}
