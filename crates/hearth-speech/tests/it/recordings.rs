//! Decoding of recordings of every format, intact and damaged.

use crate::{decode_samples, duration_seconds, recordings_folder};

/// A WAV file of 16-bit samples.
fn encode_wav(rate: u32, channels: u16, samples: &[i16]) -> Vec<u8> {
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

fn make_tone(rate: u32, seconds: f64) -> Vec<i16> {
    let count = (f64::from(rate) * seconds) as u32;
    (0..count).map(|n| (8000.0 * (f64::from(n) * 880.0 / f64::from(rate)).sin()) as i16).collect()
}

#[test]
fn any_rate_and_any_channels_become_one_stream() {
    for (rate, channels) in [(8_000, 1), (44_100, 2), (48_000, 1), (96_000, 2)] {
        let mono = make_tone(rate, 1.5);
        let interleaved: Vec<i16> =
            mono.iter().flat_map(|sample| std::iter::repeat_n(*sample, usize::from(channels))).collect();
        let (samples, summary) = decode_samples(encode_wav(rate, channels, &interleaved)).unwrap();
        assert!((duration_seconds(&samples) - 1.5).abs() < 0.001, "{rate}: {}", duration_seconds(&samples));
        assert_eq!((summary.samples, summary.damaged, summary.is_cut), (samples.len() as u64, 0, false));
        let peak = samples[4000..].iter().fold(0.0_f32, |peak, sample| peak.max(sample.abs()));
        assert!((peak - 8000.0 / 32768.0).abs() < 0.01, "{rate}: {peak}");
    }
}

/// An EBML element of Matroska.
fn encode_element(id: &[u8], content: &[u8]) -> Vec<u8> {
    let size = (content.len() as u64 | 1 << 56).to_be_bytes();
    [id, &size, content].concat()
}

/// A Matroska recording with packets at these milliseconds, each half a second of a tone at 16 kHz.
fn encode_matroska(times: &[u32]) -> Vec<u8> {
    let text = |id: &[u8], text: &str| encode_element(id, text.as_bytes());
    let audio = [
        encode_element(&[0xb5], &16_000_f64.to_be_bytes()),
        encode_element(&[0x9f], &[1]),
        encode_element(&[0x62, 0x64], &[16]),
    ];
    let track = [
        encode_element(&[0xd7], &[1]),
        encode_element(&[0x73, 0xc5], &[1]),
        encode_element(&[0x83], &[2]),
        text(&[0x86], "A_PCM/INT/LIT"),
        encode_element(&[0xe1], &audio.concat()),
    ];
    let samples: Vec<u8> = make_tone(16_000, 0.5).iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let info = [
        encode_element(&[0x2a, 0xd7, 0xb1], &1_000_000_u32.to_be_bytes()),
        text(&[0x4d, 0x80], "test"),
        text(&[0x57, 0x41], "test"),
    ];
    let mut segment = encode_element(&[0x15, 0x49, 0xa9, 0x66], &info.concat());
    segment.extend(encode_element(&[0x16, 0x54, 0xae, 0x6b], &encode_element(&[0xae], &track.concat())));
    for time in times {
        let block = [&[0x81, 0, 0, 0x80][..], &samples].concat();
        let cluster =
            [encode_element(&[0xe7], &time.to_be_bytes()), encode_element(&[0xa3], &block)].concat();
        segment.extend(encode_element(&[0x1f, 0x43, 0xb6, 0x75], &cluster));
    }
    let head = [
        text(&[0x42, 0x82], "matroska"),
        encode_element(&[0x42, 0x87], &[4]),
        encode_element(&[0x42, 0x85], &[2]),
    ];
    [
        encode_element(&[0x1a, 0x45, 0xdf, 0xa3], &head.concat()),
        encode_element(&[0x18, 0x53, 0x80, 0x67], &segment),
    ]
    .concat()
}

#[test]
fn what_is_said_after_a_gap_stays_at_its_time() {
    let (samples, summary) = decode_samples(encode_matroska(&[0, 500, 4000, 4500])).unwrap();
    assert!((duration_seconds(&samples) - 5.0).abs() < 0.01, "{}", duration_seconds(&samples));
    assert_eq!(summary.damaged, 0);
    let is_loud = |second: f64| {
        let start = (second * 16_000.0) as usize;
        samples[start..start + 160].iter().any(|sample| sample.abs() > 0.1)
    };
    assert!(is_loud(0.9) && !is_loud(1.1) && !is_loud(3.9) && is_loud(4.05));
    // Times are rounded to a millisecond and more: that is no gap.
    assert!(
        (duration_seconds(&decode_samples(encode_matroska(&[0, 510, 1090])).unwrap().0) - 1.5).abs() < 0.01
    );
    // A few bytes that claim to be a month long must not fill the disk.
    let (samples, summary) = decode_samples(encode_matroska(&[0, 500, u32::MAX, u32::MAX])).unwrap();
    assert!(
        duration_seconds(&samples) < 10.0 && summary.damaged > 0,
        "{} {}",
        duration_seconds(&samples),
        summary.damaged
    );
}

#[test]
fn what_is_broken_says_so_and_what_can_be_read_is_read() {
    let complete = encode_wav(16_000, 1, &make_tone(16_000, 2.0));
    // A file that is cut off in the middle: the samples that are there count.
    let (samples, _) = decode_samples(complete[..complete.len() / 2].to_vec()).unwrap();
    assert!((0.9..1.1).contains(&duration_seconds(&samples)), "{}", duration_seconds(&samples));
    // A header that claims more data than the file has.
    let mut endless = complete.clone();
    endless[40..44].copy_from_slice(&u32::MAX.to_le_bytes());
    let (samples, _) = decode_samples(endless).unwrap();
    assert!((1.9..2.1).contains(&duration_seconds(&samples)), "{}", duration_seconds(&samples));
    for (name, bytes) in [
        ("nothing", Vec::new()),
        ("no recording", b"This is a text, and no recording at all. ".repeat(50)),
        ("a header alone", encode_wav(16_000, 1, &[])),
        ("no rate", encode_wav(0, 1, &make_tone(16_000, 0.1))),
        ("a rate of nothing", encode_wav(1, 1, &make_tone(16_000, 0.1))),
        ("no channels", encode_wav(16_000, 0, &make_tone(16_000, 0.1))),
    ] {
        let error = decode_samples(bytes).expect_err(name);
        assert!(!error.to_string().is_empty());
    }
}

#[test]
fn the_header_of_an_interrupted_recorder_does_not_hide_its_samples() {
    let complete = encode_wav(16_000, 1, &make_tone(16_000, 2.0));
    // Recorders write the lengths at the end; until then they are those of no samples, or all bits are set.
    let file_length = complete.len() as u32 - 8;
    for (file, data) in
        [(0, 0), (36, 0), (u32::MAX, u32::MAX), (u32::MAX, 0), (0, 64_000), (file_length, u32::MAX)]
    {
        let mut recording = complete.clone();
        recording[4..8].copy_from_slice(&file.to_le_bytes());
        recording[40..44].copy_from_slice(&data.to_le_bytes());
        let (samples, _) = decode_samples(recording).unwrap();
        assert_eq!(samples.len(), 32_000, "{file} and {data}");
    }
}

#[test]
fn other_parts_of_a_file_before_its_samples_are_skipped() {
    let complete = encode_wav(16_000, 1, &make_tone(16_000, 1.0));
    // A part of an odd length, which a zero byte pads to an even one.
    let part = b"junk\x05\0\0\0abcde\0";
    let recording = [&complete[..36], part, &complete[36..]].concat();
    let (samples, summary) = decode_samples(recording).unwrap();
    assert_eq!((samples.len(), summary.damaged), (16_000, 0));
    // A partial sample at the end is left out.
    let (samples, _) = decode_samples(complete[..complete.len() - 1].to_vec()).unwrap();
    assert_eq!(samples.len(), 15_999);
}

#[test]
fn numbers_that_are_none_are_silence() {
    let mut recording = encode_wav(16_000, 1, &[0; 8]);
    // The same bytes as four samples of 32-bit floats.
    recording[20..22].copy_from_slice(&3_u16.to_le_bytes());
    recording[28..32].copy_from_slice(&64_000_u32.to_le_bytes());
    recording[32..34].copy_from_slice(&4_u16.to_le_bytes());
    recording[34..36].copy_from_slice(&32_u16.to_le_bytes());
    let values = [f32::NAN, f32::INFINITY, 0.5, f32::NEG_INFINITY];
    for (bytes, value) in recording[44..].chunks_mut(4).zip(values) {
        bytes.copy_from_slice(&value.to_le_bytes());
    }
    assert_eq!(decode_samples(recording).unwrap().0, [0.0, 0.0, 0.5, 0.0]);
}

#[test]
fn real_recordings_are_read_to_their_end() {
    let Some(folder) = recordings_folder() else { return };
    for (name, expected_seconds) in [
        ("whisper_cpp-jfk.wav", 11.0),
        ("whisper_cpp-jfk.mp3", 11.0),
        ("faster_whisper-jfk.flac", 11.0),
        ("faster_whisper-stereo_diarization.wav", 5.0),
        ("pyannote-src-pyannote-audio-sample-sample.wav", 30.0),
    ] {
        let (samples, summary) = decode_samples(std::fs::read(folder.join(name)).unwrap()).unwrap();
        assert!(
            (duration_seconds(&samples) - expected_seconds).abs() < 0.2,
            "{name}: {}",
            duration_seconds(&samples)
        );
        assert_eq!(summary.damaged, 0, "{name}");
    }
    // Two files appended, as in podcasts: the first declares the length of itself alone.
    let recording = std::fs::read(folder.join("whisper_cpp-jfk.mp3")).unwrap();
    let (samples, _) = decode_samples(recording.repeat(2)).unwrap();
    assert!((duration_seconds(&samples) - 22.0).abs() < 0.4, "{}", duration_seconds(&samples));
    for name in
        ["pocketsphinx-awful.wav", "pocketsphinx-bad.wav", "pocketsphinx-evil.wav", "pocketsphinx-null.wav"]
    {
        // Damaged on purpose: an error or the readable samples, and never a crash.
        match decode_samples(std::fs::read(folder.join(name)).unwrap()) {
            Ok((samples, _)) => println!("{name}: {:.2} s", duration_seconds(&samples)),
            Err(error) => println!("{name}: {error}"),
        }
    }
}
