//! Reading recordings of every kind, whole and broken.

use crate::{recordings, samples, seconds};

/// A WAV of 16-bit samples.
fn wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
    let data: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut file = Vec::from(*b"RIFF");
    file.extend((36 + data.len() as u32).to_le_bytes());
    file.extend(b"WAVEfmt \x10\0\0\0\x01\0");
    file.extend(channels.to_le_bytes());
    file.extend(rate.to_le_bytes());
    file.extend((rate * u32::from(channels) * 2).to_le_bytes());
    file.extend((channels * 2).to_le_bytes());
    file.extend(16_u16.to_le_bytes());
    file.extend(b"data");
    file.extend((data.len() as u32).to_le_bytes());
    file.extend(data);
    file
}

fn tone(rate: u32, seconds: f64) -> Vec<i16> {
    let count = (f64::from(rate) * seconds) as u32;
    (0..count).map(|n| (8000.0 * (f64::from(n) * 880.0 / f64::from(rate)).sin()) as i16).collect()
}

#[test]
fn any_rate_and_any_channels_become_one_stream() {
    for (rate, channels) in [(8_000, 1), (44_100, 2), (48_000, 1), (96_000, 2)] {
        let mono = tone(rate, 1.5);
        let all: Vec<i16> =
            mono.iter().flat_map(|sample| std::iter::repeat_n(*sample, usize::from(channels))).collect();
        let (heard, decoded) = samples(wav(rate, channels, &all)).unwrap();
        assert!((seconds(&heard) - 1.5).abs() < 0.001, "{rate}: {}", seconds(&heard));
        assert_eq!((decoded.samples, decoded.damaged, decoded.is_cut), (heard.len() as u64, 0, false));
        let peak = heard[4000..].iter().fold(0.0_f32, |most, sample| most.max(sample.abs()));
        assert!((peak - 8000.0 / 32768.0).abs() < 0.01, "{rate}: {peak}");
    }
}

#[test]
fn what_is_broken_says_so_and_what_can_be_read_is_read() {
    let whole = wav(16_000, 1, &tone(16_000, 2.0));
    // Cut off in the middle: what is there counts.
    let (heard, _) = samples(whole[..whole.len() / 2].to_vec()).unwrap();
    assert!((0.9..1.1).contains(&seconds(&heard)), "{}", seconds(&heard));
    // A header that promises more than there is, for ever.
    let mut endless = whole.clone();
    endless[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let (heard, _) = samples(endless).unwrap();
    assert!((1.9..2.1).contains(&seconds(&heard)), "{}", seconds(&heard));
    for (name, bytes) in [
        ("nothing", Vec::new()),
        ("no recording", b"This is a text, and no recording at all. ".repeat(50)),
        ("a header alone", wav(16_000, 1, &[])),
        ("no rate", wav(0, 1, &tone(16_000, 0.1))),
        ("a rate of nothing", wav(1, 1, &tone(16_000, 0.1))),
        ("no channels", wav(16_000, 0, &tone(16_000, 0.1))),
    ] {
        let error = samples(bytes).expect_err(name);
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn real_recordings_are_read_to_their_end() {
    let Some(folder) = recordings() else { return };
    for (name, wanted) in [
        ("whisper_cpp-jfk.wav", 11.0),
        ("whisper_cpp-jfk.mp3", 11.0),
        ("faster_whisper-jfk.flac", 11.0),
        ("faster_whisper-stereo_diarization.wav", 5.0),
        ("pyannote-src-pyannote-audio-sample-sample.wav", 30.0),
    ] {
        let (heard, decoded) = samples(std::fs::read(folder.join(name)).unwrap()).unwrap();
        assert!((seconds(&heard) - wanted).abs() < 0.2, "{name}: {}", seconds(&heard));
        assert_eq!(decoded.damaged, 0, "{name}");
    }
    for name in
        ["pocketsphinx-awful.wav", "pocketsphinx-bad.wav", "pocketsphinx-evil.wav", "pocketsphinx-null.wav"]
    {
        // Broken on purpose: an error or what there is, and never a crash.
        match samples(std::fs::read(folder.join(name)).unwrap()) {
            Ok((heard, _)) => println!("{name}: {:.2} s", seconds(&heard)),
            Err(error) => println!("{name}: {error}"),
        }
    }
}
