//! From a recording's bytes to samples, whatever it came as.

use std::io::Cursor;

use hearth_domain::SPEECH_RATE;
use symphonia::core::codecs::audio::well_known::CODEC_ID_MP3;
use symphonia::core::codecs::audio::{AudioDecoder, AudioDecoderOptions};
use symphonia::core::codecs::registry::CodecRegistry;
use symphonia::core::errors::Error;
use symphonia::core::formats::probe::Hint;
use symphonia::core::formats::{FormatOptions, FormatReader, TrackType};
use symphonia::core::io::MediaSourceStream;
use symphonia::core::meta::MetadataOptions;
use symphonia::core::units::{TimeBase, Timestamp};

use crate::resample::{BadRate, Resampler};

/// Hours of a recording that are read at most.
const MOST_HOURS: u64 = 24;
/// A container's times are rounded, and jump a little: a piece that comes so many seconds late has a gap before it.
const GAP: f64 = 0.25;
/// Seconds of gaps that are filled at most, and how much more of them than of sound: a small file may say that it is as long as
/// a year.
const MOST_GAPS: f64 = 3600.0;
const GAPS_TO_SOUND: f64 = 20.0;
/// Samples that are handed on at once, a second.
const PIECE: usize = SPEECH_RATE as usize;

#[derive(Debug, thiserror::Error)]
pub enum DecodeError {
    #[error("it is no recording that can be read (WAV, FLAC, MP3, M4A, AAC, Ogg, Opus, WebM): {0}")]
    Unknown(String),
    #[error("the recording has no sound in it")]
    Silent,
    #[error("its sound is coded in a way that cannot be read: {0}")]
    Codec(String),
    #[error("the recording is damaged: {0}")]
    Damaged(String),
    #[error(transparent)]
    Rate(#[from] BadRate),
    #[error("what was read could not be handed on: {0}")]
    Sink(std::io::Error),
}

/// What was read.
#[derive(Clone, Debug, Default, PartialEq, serde::Serialize, serde::Deserialize)]
pub struct Decoded {
    /// Samples of [`SPEECH_RATE`].
    pub samples: u64,
    /// Pieces that were damaged and left out.
    pub damaged: u32,
    /// The recording is longer than what is read of one.
    pub is_cut: bool,
}

/// Reads a recording; `sink` is given its samples, of one channel at [`SPEECH_RATE`], a second at a time.
pub fn decode(
    mut bytes: Vec<u8>,
    sink: &mut dyn FnMut(&[f32]) -> std::io::Result<()>,
) -> Result<Decoded, DecodeError> {
    // Recorders that were cut off leave lengths that do not fit each other; what is there counts.
    if bytes.starts_with(b"RIFF") && bytes.len() > 8 {
        bytes[4..8].copy_from_slice(&u32::MAX.to_le_bytes());
    }
    let stream = MediaSourceStream::new(
        Box::new(Cursor::new(bytes)),
        symphonia::core::io::MediaSourceStreamOptions::default(),
    );
    let mut format = symphonia::default::get_probe()
        .probe(&Hint::new(), stream, FormatOptions::default(), MetadataOptions::default())
        .map_err(|error| DecodeError::Unknown(error.to_string()))?;
    let (mut track, mut decoder) = decoder_of(format.as_ref())?;
    let mut times = Times::new(format.as_ref(), track);
    let mut out = Output::new(sink);
    let mut done = Decoded::default();
    // Rate, channels and samples of the last piece.
    let mut last = (SPEECH_RATE, 1, 0);
    loop {
        let packet = match format.next_packet() {
            Ok(Some(packet)) => packet,
            Ok(None) => break,
            // Another recording behind the first, as radio streams have them.
            Err(Error::ResetRequired) => {
                (track, decoder) = decoder_of(format.as_ref())?;
                times = Times::new(format.as_ref(), track);
                continue;
            }
            // Cut off: what came before it counts.
            Err(Error::IoError(_)) => break,
            Err(error) if out.given == 0 && out.ready.is_empty() => {
                return Err(DecodeError::Damaged(error.to_string()));
            }
            Err(_) => {
                done.damaged += 1;
                break;
            }
        };
        if packet.track_id != track {
            continue;
        }
        // Where a recorder paused, or pieces were lost, there is silence: what comes later stays at its time.
        let gap = times.gap(packet.pts);
        done.damaged += u32::from(!out.skip(gap, last.0)?);
        match decoder.decode(&packet) {
            Ok(sound) => {
                let (rate, channels) = (sound.spec().rate(), sound.num_planes());
                let mut interleaved: Vec<f32> = Vec::new();
                sound.copy_to_vec_interleaved(&mut interleaved);
                last = (rate, channels, interleaved.len());
                times.given(&last);
                out.take(rate, channels, &interleaved)?;
            }
            Err(Error::DecodeError(_) | Error::IoError(_)) => {
                done.damaged += 1;
                // As long as the one before it, so that what comes later stays at its time.
                times.given(&last);
                out.take(last.0, last.1, &vec![0.0; last.2])?;
            }
            Err(error) => return Err(DecodeError::Codec(error.to_string())),
        }
        if out.given > MOST_HOURS * 3600 * u64::from(SPEECH_RATE) {
            done.is_cut = true;
            break;
        }
    }
    done.samples = out.finish()?;
    if done.samples == 0 {
        return Err(DecodeError::Silent);
    }
    Ok(done)
}

fn decoder_of(format: &dyn FormatReader) -> Result<(u32, Box<dyn AudioDecoder>), DecodeError> {
    let track = format.default_track(TrackType::Audio).ok_or(DecodeError::Silent)?;
    let parameters = track.codec_params.as_ref().and_then(|parameters| parameters.audio());
    let parameters = parameters.ok_or(DecodeError::Silent)?;
    let mut codecs = CodecRegistry::new();
    symphonia::default::register_enabled_codecs(&mut codecs);
    codecs.register_audio_decoder::<symphonia_adapter_libopus::OpusDecoder>();
    // An MP3 tells the length of its first part alone where others were put behind it, as podcasts are put together: what
    // comes after that length would be cut.
    let options = AudioDecoderOptions::default().gapless(parameters.codec != CODEC_ID_MP3);
    let decoder = codecs
        .make_audio_decoder(parameters, &options)
        .map_err(|error| DecodeError::Codec(error.to_string()))?;
    Ok((track.id, decoder))
}

/// When the pieces of a track are to be heard, beside what was given of it.
struct Times {
    base: Option<TimeBase>,
    first: Option<f64>,
    /// Seconds that were given since the first.
    given: f64,
}

impl Times {
    fn new(format: &dyn FormatReader, track: u32) -> Self {
        let track = format.tracks().iter().find(|known| known.id == track);
        Self { base: track.and_then(|track| track.time_base), first: None, given: 0.0 }
    }

    /// Seconds that are missing before a piece.
    fn gap(&mut self, at: Timestamp) -> f64 {
        let Some(at) = self.base.and_then(|base| base.calc_time(at)) else { return 0.0 };
        let at = at.as_secs_f64();
        let missing = at - *self.first.get_or_insert(at) - self.given;
        if missing < GAP {
            return 0.0;
        }
        self.given += missing;
        missing
    }

    /// A piece was given: its rate, channels and samples.
    fn given(&mut self, (rate, channels, samples): &(u32, usize, usize)) {
        self.given += *samples as f64 / (*channels).max(1) as f64 / f64::from((*rate).max(1));
    }
}

/// Mixes, resamples and hands on.
struct Output<'a> {
    sink: &'a mut dyn FnMut(&[f32]) -> std::io::Result<()>,
    /// Made anew where a stream changes its rate.
    resampler: Option<(u32, Resampler)>,
    ready: Vec<f32>,
    given: u64,
    /// Seconds of silence that were put where nothing was.
    skipped: f64,
}

impl<'a> Output<'a> {
    fn new(sink: &'a mut dyn FnMut(&[f32]) -> std::io::Result<()>) -> Self {
        Self { sink, resampler: None, ready: Vec::new(), given: 0, skipped: 0.0 }
    }

    /// Silence for so many seconds; false where it is more than anyone pauses for.
    fn skip(&mut self, seconds: f64, rate: u32) -> Result<bool, DecodeError> {
        self.skipped += seconds;
        let sound = self.given as f64 / f64::from(SPEECH_RATE) - (self.skipped - seconds);
        if self.skipped > MOST_GAPS.max(sound * GAPS_TO_SOUND) {
            self.skipped -= seconds;
            return Ok(false);
        }
        let mut left = (seconds * f64::from(rate)) as usize;
        while left > 0 {
            let piece = left.min(rate as usize);
            self.take(rate, 1, &vec![0.0; piece])?;
            left -= piece;
        }
        Ok(true)
    }

    fn take(&mut self, rate: u32, channels: usize, interleaved: &[f32]) -> Result<(), DecodeError> {
        if channels == 0 {
            return Ok(());
        }
        if self.resampler.as_ref().is_none_or(|(known, _)| *known != rate) {
            if let Some((_, before)) = &mut self.resampler {
                before.finish(&mut self.ready);
            }
            self.resampler = Some((rate, Resampler::new(rate)?));
        }
        let mono: Vec<f32> = interleaved
            .chunks_exact(channels)
            .map(|frame| {
                let mean = frame.iter().sum::<f32>() / channels as f32;
                // Damaged floats are silence.
                if mean.is_finite() { mean } else { 0.0 }
            })
            .collect();
        if let Some((_, resampler)) = &mut self.resampler {
            resampler.push(&mono, &mut self.ready);
        }
        while self.ready.len() >= PIECE {
            self.give(PIECE)?;
        }
        Ok(())
    }

    fn give(&mut self, count: usize) -> Result<(), DecodeError> {
        (self.sink)(&self.ready[..count]).map_err(DecodeError::Sink)?;
        self.ready.drain(..count);
        self.given += count as u64;
        Ok(())
    }

    fn finish(mut self) -> Result<u64, DecodeError> {
        if let Some((_, mut resampler)) = self.resampler.take() {
            resampler.finish(&mut self.ready);
        }
        while !self.ready.is_empty() {
            self.give(self.ready.len().min(PIECE))?;
        }
        Ok(self.given)
    }
}
