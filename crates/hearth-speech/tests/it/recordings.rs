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

/// An element of Matroska.
fn element(id: &[u8], inside: &[u8]) -> Vec<u8> {
    let size = (inside.len() as u64 | 1 << 56).to_be_bytes();
    [id, &size, inside].concat()
}

/// A recording in Matroska whose pieces stand at these milliseconds, each half a second of a tone at 16 kHz.
fn matroska(times: &[u32]) -> Vec<u8> {
    let text = |id: &[u8], text: &str| element(id, text.as_bytes());
    let audio =
        [element(&[0xb5], &16_000_f64.to_be_bytes()), element(&[0x9f], &[1]), element(&[0x62, 0x64], &[16])];
    let track = [
        element(&[0xd7], &[1]),
        element(&[0x73, 0xc5], &[1]),
        element(&[0x83], &[2]),
        text(&[0x86], "A_PCM/INT/LIT"),
        element(&[0xe1], &audio.concat()),
    ];
    let piece: Vec<u8> = tone(16_000, 0.5).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let info = [
        element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes()),
        text(&[0x4d, 0x80], "test"),
        text(&[0x57, 0x41], "test"),
    ];
    let mut segment = element(&[0x15, 0x49, 0xa9, 0x66], &info.concat());
    segment.extend(element(&[0x16, 0x54, 0xae, 0x6b], &element(&[0xae], &track.concat())));
    for at in times {
        let block = [&[0x81, 0, 0, 0x80][..], &piece].concat();
        let cluster = [element(&[0xe7], &at.to_be_bytes()), element(&[0xa3], &block)].concat();
        segment.extend(element(&[0x1f, 0x43, 0xb6, 0x75], &cluster));
    }
    let head = [text(&[0x42, 0x82], "matroska"), element(&[0x42, 0x87], &[4]), element(&[0x42, 0x85], &[2])];
    [element(&[0x1a, 0x45, 0xdf, 0xa3], &head.concat()), element(&[0x18, 0x53, 0x80, 0x67], &segment)]
        .concat()
}

#[test]
fn what_is_said_after_a_gap_stays_at_its_time() {
    let (heard, decoded) = samples(matroska(&[0, 500, 4000, 4500])).unwrap();
    assert!((seconds(&heard) - 5.0).abs() < 0.01, "{}", seconds(&heard));
    assert_eq!(decoded.damaged, 0);
    let is_loud = |second: f64| {
        let at = (second * 16_000.0) as usize;
        heard[at..at + 160].iter().any(|sample| sample.abs() > 0.1)
    };
    assert!(is_loud(0.9) && !is_loud(1.1) && !is_loud(3.9) && is_loud(4.05));
    // Times are rounded to a millisecond and more: that is no gap.
    assert!((seconds(&samples(matroska(&[0, 510, 1090])).unwrap().0) - 1.5).abs() < 0.01);
    // A few bytes that say they are a month long make nobody's disk full.
    let (heard, decoded) = samples(matroska(&[0, 500, u32::MAX, u32::MAX])).unwrap();
    assert!(seconds(&heard) < 10.0 && decoded.damaged > 0, "{} {}", seconds(&heard), decoded.damaged);
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
    // Two put together, as podcasts are: the first tells how long it was alone.
    let one = std::fs::read(folder.join("whisper_cpp-jfk.mp3")).unwrap();
    let (heard, _) = samples(one.repeat(2)).unwrap();
    assert!((seconds(&heard) - 22.0).abs() < 0.4, "{}", seconds(&heard));
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
