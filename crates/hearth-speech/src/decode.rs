//! Decoding of a recording's bytes, of any supported format, into samples.

use std::io::Cursor;

use hearth_domain::SPEECH_SAMPLE_RATE;
use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{TimeBase, Timestamp};

use crate::resample::{Resampler, UnsupportedSampleRate};

/// Longest part of a recording that is decoded, in hours.
const MAX_HOURS: u64 = 24;
/// Shortest gap before a packet, in seconds: the times of a container are rounded and jump a little.
const MIN_GAP_SECONDS: f64 = 0.25;
/// Most silence that fills gaps, in seconds, and its highest ratio to sound: a small file may claim to be as
/// long as a year.
const MAX_GAP_SECONDS: f64 = 3600.0;
const MAX_GAP_RATIO: f64 = 20.0;
/// Samples of one output block: a second.
const BLOCK_SAMPLES: usize = SPEECH_SAMPLE_RATE as usize;

/// Error of decoding a recording.
#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("the file is not a supported recording (WAV, FLAC, MP3, M4A, AAC, Ogg, Opus, WebM): {0}")]
    Unknown(String),
    #[error("the recording contains no audio")]
    Silent,
    #[error("the audio codec of the recording is not supported: {0}")]
    Codec(String),
    #[error("the recording is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Rate(#[from] UnsupportedSampleRate),
    #[error("the decoded samples could not be written: {0}")]
    Sink(std::io::Error),
}

/// Summary of a decoded recording.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct DecodeSummary {
    /// Number of samples, at [`SPEECH_SAMPLE_RATE`].
    pub samples: u64,
    /// Number of damaged packets that were left out.
    pub damaged: u32,
    /// True if the recording is longer than what is decoded of one.
    pub is_cut: bool,
}

/// Decodes a recording; `sink` takes its samples, of one channel at [`SPEECH_SAMPLE_RATE`], a second at a time.
///
/// Damaged packets are no error: the summary counts them.
pub fn decode_recording(
    mut bytes: Vec<u8>,
    sink: &mut dyn FnMut(&[f32]) -> std::io::Result<()>,
) -> Result<DecodeSummary, DecodeError> {
    repair_wav_lengths(&mut bytes);
    let stream = MediaSourceStream::new(
        Box::new(Cursor::new(bytes)),
        symphonia::core::io::MediaSourceStreamOptions::default(),
    );
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| DecodeError::Unknown(error.to_string()))?;
    let (mut track, mut decoder) = open_decoder(format.as_ref())?;
    let mut clock = TrackClock::new(format.as_ref(), track);
    let mut output = SampleOutput::new(sink);
    let mut summary = DecodeSummary::default();
    // Rate, channels and samples of the last packet.
    let mut last_packet = (SPEECH_SAMPLE_RATE, 1, 0);
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // Another recording after the first, as in radio streams.
            Err(Error::ResetRequired) => {
                (track, decoder) = open_decoder(format.as_ref())?;
                clock = TrackClock::new(format.as_ref(), track);
                continue;
            }
            // The file is cut off: all before the cut counts.
            Err(Error::IoError(_)) => break,
            Err(error) if output.written_samples == 0 && output.pending.is_empty() => {
                return Err(DecodeError::Damaged(error.to_string()));
            }
            Err(_) => {
                summary.damaged += 1;
                break;
            }
        };
        if packet.track_id != track {
            continue;
        }
        // A recorder's pause, or lost packets, become silence, so that later samples stay at their time.
        let gap = clock.take_gap(packet.pts);
        summary.damaged += u32::from(!output.write_silence(gap, last_packet.0)?);
        match decoder.decode(&packet) {
            Ok(audio) => {
                let (rate, channels) = (audio.spec().rate(), audio.num_planes());
                let mut interleaved: Vec<f32> = Vec::new();
                audio.copy_to_vec_interleaved(&mut interleaved);
                last_packet = (rate, channels, interleaved.len());
                clock.count_packet(&last_packet);
                output.write_packet(rate, channels, &interleaved)?;
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => {
                summary.damaged += 1;
                // Silence as long as the packet before, so that later samples stay at their time.
                clock.count_packet(&last_packet);
                output.write_packet(last_packet.0, last_packet.1, &vec![0.0; last_packet.2])?;
            }
            Err(error) => return Err(DecodeError::Codec(error.to_string())),
        }
        if output.written_samples > MAX_HOURS * 3600 * u64::from(SPEECH_SAMPLE_RATE) {
            summary.is_cut = true;
            break;
        }
    }
    summary.samples = output.finish()?;
    if summary.samples == 0 {
        return Err(DecodeError::Silent);
    }
    Ok(summary)
}

/// Repairs the lengths in a WAV file: an interrupted recorder leaves contradictory ones, or none. The bytes that
/// are present count.
fn repair_wav_lengths(bytes: &mut [u8]) {
    if !bytes.starts_with(b"RIFF") || bytes.len() < 12 {
        return;
    }
    let read_length = |bytes: &[u8], at: usize| {
        let length = bytes.get(at..at + 4)?;
        Some(u32::from_le_bytes([length[0], length[1], length[2], length[3]]))
    };
    let is_interrupted = read_length(bytes, 4) != u32::try_from(bytes.len() - 8).ok();
    // The decoder reads lengths with all bits set as unknown.
    bytes[4..8].fill(0xff);
    let mut chunk = 12;
    while let Some(length) = read_length(bytes, chunk + 4) {
        if bytes[chunk..chunk + 4] == *b"data" {
            if is_interrupted && length == 0 {
                bytes[chunk + 4..chunk + 8].fill(0xff);
            }
            return;
        }
        // A chunk of an odd length is padded.
        chunk += 8 + length as usize + length as usize % 2;
    }
}

/// The id of the default audio track, and a decoder for it.
fn open_decoder(format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), DecodeError> {
    let track = format.default_track(TrackType::Audio).ok_or(DecodeError::Silent)?;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or(DecodeError::Silent)?;
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    // An MP3 declares the length of its first part alone where others were appended, as in podcasts: all
    // after that length would be cut.
    let options = AudioDecoderOptions::default().gapless(parameters.codec != CODEC_ID_MP3);
    let decoder = codecs
        .make_audio_decoder(parameters, &options)
        .map_err(|error| DecodeError::Codec(error.to_string()))?;
    Ok((track.id, decoder))
}

/// Clock of a track: the times of its packets against the samples written so far.
struct TrackClock {
    base: Option<TimeBase>,
    /// Time of the first packet, in seconds.
    first_seconds: Option<f64>,
    /// Seconds written since the first packet.
    written_seconds: f64,
}

impl TrackClock {
    fn new(format: &dyn FormatReader, track: u32) -> Self {
        let track = format.tracks().iter().find(|candidate| candidate.id == track);
        Self { base: track.and_then(|track| track.time_base), first_seconds: None, written_seconds: 0.0 }
    }

    /// Takes the gap before a packet, in seconds; 0 if there is none.
    fn take_gap(&mut self, timestamp: Timestamp) -> f64 {
        let Some(time) = self.base.and_then(|base| base.calc_time(timestamp)) else { return 0.0 };
        let seconds = time.as_secs_f64();
        let missing = seconds - *self.first_seconds.get_or_insert(seconds) - self.written_seconds;
        if missing < MIN_GAP_SECONDS {
            return 0.0;
        }
        self.written_seconds += missing;
        missing
    }

    /// Counts a packet that was written: its rate, channels and samples.
    fn count_packet(&mut self, (rate, channels, samples): &(u32, usize, usize)) {
        self.written_seconds += *samples as f64 / (*channels).max(1) as f64 / f64::from((*rate).max(1));
    }
}

/// Output side: mixes to one channel, resamples, and writes blocks to the sink.
struct SampleOutput<'a> {
    sink: &'a mut dyn FnMut(&[f32]) -> std::io::Result<()>,
    /// Created anew where a stream changes its rate.
    resampler: Option<(u32, Resampler)>,
    pending: Vec<f32>,
    written_samples: u64,
    /// Seconds of silence that filled gaps.
    silence_seconds: f64,
}

impl<'a> SampleOutput<'a> {
    fn new(sink: &'a mut dyn FnMut(&[f32]) -> std::io::Result<()>) -> Self {
        Self { sink, resampler: None, pending: Vec::new(), written_samples: 0, silence_seconds: 0.0 }
    }

    /// Writes so many seconds of silence; false, and nothing is written, beyond the limits for gaps.
    fn write_silence(&mut self, seconds: f64, rate: u32) -> Result<bool, DecodeError> {
        self.silence_seconds += seconds;
        let audio_seconds =
            self.written_samples as f64 / f64::from(SPEECH_SAMPLE_RATE) - (self.silence_seconds - seconds);
        if self.silence_seconds > MAX_GAP_SECONDS.max(audio_seconds * MAX_GAP_RATIO) {
            self.silence_seconds -= seconds;
            return Ok(false);
        }
        let mut remaining = (seconds * f64::from(rate)) as usize;
        while remaining > 0 {
            let count = remaining.min(rate as usize);
            self.write_packet(rate, 1, &vec![0.0; count])?;
            remaining -= count;
        }
        Ok(true)
    }

    /// Writes interleaved samples of a packet, as their mean over the channels.
    fn write_packet(&mut self, rate: u32, channels: usize, interleaved: &[f32]) -> Result<(), DecodeError> {
        if channels == 0 {
            return Ok(());
        }
        if self.resampler.as_ref().is_none_or(|(current, _)| *current != rate) {
            if let Some((_, previous)) = &mut self.resampler {
                previous.finish(&mut self.pending);
            }
            self.resampler = Some((rate, Resampler::new(rate)?));
        }
        let mono: Vec<f32> = interleaved
            .chunks_exact(channels)
            .map(|frame| {
                let mean = frame.iter().sum::<f32>() / channels as f32;
                // NaN and infinity of damaged floats become silence.
                if mean.is_finite() { mean } else { 0.0 }
            })
            .collect();
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.push(&mono, &mut self.pending);
        }
        while self.pending.len() >= BLOCK_SAMPLES {
            self.flush_samples(BLOCK_SAMPLES)?;
        }
        Ok(())
    }

    /// Passes the first `count` pending samples to the sink.
    fn flush_samples(&mut self, count: usize) -> Result<(), DecodeError> {
        (self.sink)(&self.pending[..count]).map_err(DecodeError::Sink)?;
        self.pending.drain(..count);
        self.written_samples += count as u64;
        Ok(())
    }

    /// Writes the rest; returns the number of all samples.
    fn finish(mut self) -> Result<u64, DecodeError> {
        if let Some((_, mut resampler)) = self.resampler.take() {
            resampler.finish(&mut self.pending);
        }
        while !self.pending.is_empty() {
            self.flush_samples(self.pending.len().min(BLOCK_SAMPLES))?;
        }
        Ok(self.written_samples)
    }
}
