//! Voice: from the key that is let go to the text, and whisper itself beside whisper.cpp's own program.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_client::Client;
use hearth_domain::{SPEECH_RATE, TranscribeOptions, Transcriber};
use hearth_node::ShellEvents;
use hearth_speech::{Graphics, SpeechWorker, Whisper, WhisperSettings};
use hearth_tests::shell::{NOBODY, Scripted, start};
use hearth_tests::whisper::{BASE, TINY, models_home, random_whisper, samples, spoken};
use hearth_wire::operations::{AddModel, ChangeSettings, StartListening, StopListening};
use hearth_wire::{ListenRequest, NewModel, ShellEvent, Voice, WhichListening};
use hearth_worker::Limits;
use tokio::sync::broadcast;

use crate::report::{cloned, percentiles, program, quietly};

/// Of the same sources as `whisper-rs-sys` brings along.
const VERSION: &str = "v1.8.3";
const SOURCES: &str = "https://github.com/ggml-org/whisper.cpp";
/// Some five seconds without a pause; the rest of it is cut.
const SENTENCE: &str = "The burner of the heating is cleaned once a year before the season begins and \
    nobody but a technician who knows the house may open the door of it";
const SECONDS: usize = 5;
/// Words that are said in five seconds.
const WORDS: usize = 14;
/// Pairs of runs, and questions that are spoken.
const PAIRS: usize = 15;
const SPOKEN: usize = 40;
/// Milliseconds that each begins to speak later than the one before.
const BEFORE: u64 = 37;
const PATIENCE: Duration = Duration::from_mins(1);

/// Whisper's kernels are for every processor with AVX2, unless both sides were built for this very one.
fn is_native() -> bool {
    std::env::var("GGML_NATIVE").is_ok_and(|native| native == "ON")
}

pub(crate) fn report_name() -> &'static str {
    if is_native() { "voice-native" } else { "voice" }
}

pub(crate) fn measure(sources: Option<&Path>) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let rival = Rival::build(sources)?;
    let mut clip = samples(&spoken(SENTENCE));
    clip.truncate(SPEECH_RATE as usize * SECONDS);
    // Both hear the very same sixteen bits.
    let bits: Vec<i16> = clip.iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let clip: Vec<f32> = bits.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let wav = folder.path().join("clip.wav");
    fs::write(&wav, wav_of(&bits))?;
    let mut report = format!("{} {INTRODUCTION}", if is_native() { NATIVE } else { PORTABLE });
    for (name, shape) in [("tiny", TINY), ("base", BASE)] {
        let model = folder.path().join(format!("{name}.bin"));
        fs::write(&model, random_whisper(shape, WORDS))?;
        let (ratio, own) = runtime.block_on(beside(&rival, &model, &wav, &clip, name, &mut report))?;
        let (times, added) = runtime.block_on(released(&model, &clip))?;
        let ([p50, p95, _], [added, most, _]) = (percentiles(times), percentiles(added));
        writeln!(report, "| {name}: key let go to text, p50 / p95 | {p50:.0} / {p95:.0} ms |")?;
        writeln!(report, "| {name}: of which Hearth adds, p50 / p95 | {added:.0} / {most:.0} ms |")?;
        println!(
            "{name}: ratio {ratio:.3}, whisper itself {own:.0} ms, release to text {p50:.0} ms, added {added:.0} ms"
        );
    }
    Ok(report)
}

const PORTABLE: &str = "Whisper's kernels use AVX2 on both sides, as in the program that people get.";
const NATIVE: &str = "`GGML_NATIVE=ON cargo xtask bench voice` in a target folder of its own (`CARGO_TARGET_DIR`): whisper's \
    kernels are for this very processor on both sides, with AVX-512 where it has that.";

const INTRODUCTION: &str = "Five seconds of speech (espeak-ng) on models of whisper's real sizes (English, half precision) whose \
    weights are random, and that say fourteen words; two threads. whisper.cpp's own program (`whisper-cli`) is built from the same \
    sources with the same flags and hears the same samples with the same settings (greedy, one candidate, context of the \
    encoder fitted to the clip, no flash attention); runs alternate, and each side's median counts: its own sum of mel, encoder, \
    decoder and sampling, against all of ours, from the samples to the text, through the confined process. Key let go to text: a \
    node with a scripted microphone that hears at the speed of speech, which goes on for 30 ms after it was told to end, as the real one does; forty times, each a little later after the beginning; and the time \
    from the request that ends it to the text; the key is let go a tenth of a second after the last sound, so that all has to be \
    heard once more. What Hearth adds is that time minus whisper's own in the very same call, as the node's metrics tell it (after seconds of rest it takes longer than in the runs \
    above, which follow each other).\n\n\
    | what | figure |\n| --- | --- |\n";

/// whisper.cpp's own program.
struct Rival(PathBuf);

impl Rival {
    /// Builds it as our own is built.
    fn build(sources: Option<&Path>) -> anyhow::Result<Self> {
        let folder = program()?.with_file_name("whisper.cpp");
        let fetched = folder.join("sources");
        let sources = sources.unwrap_or(&fetched);
        cloned(SOURCES, &["--branch", VERSION], sources)?;
        println!("building whisper.cpp's own program");
        let build = folder.join("build");
        // What was built of sources that were elsewhere is of no use to CMake.
        let cache = build.join("CMakeCache.txt");
        if cache.exists() {
            fs::remove_file(cache)?;
        }
        let flags = "-ffunction-sections -fdata-sections -fPIC -m64 -march=x86-64 -w";
        let native = if is_native() { "ON" } else { "OFF" };
        let mut configure = Command::new("cmake");
        configure.arg("-S").arg(sources).arg("-B").arg(&build).args([
            "-DCMAKE_BUILD_TYPE=Release",
            "-DBUILD_SHARED_LIBS=OFF",
            "-DGGML_OPENMP=OFF",
            &format!("-DGGML_NATIVE={native}"),
            "-DWHISPER_BUILD_TESTS=OFF",
            "-DWHISPER_BUILD_SERVER=OFF",
        ]);
        if cfg!(target_arch = "x86_64") {
            // As Rust's `cmake` crate gives them to our own.
            configure.args([format!("-DCMAKE_C_FLAGS={flags}"), format!("-DCMAKE_CXX_FLAGS={flags}")]);
        }
        quietly(&mut configure)?;
        quietly(Command::new("cmake").arg("--build").arg(&build).args(["--target", "whisper-cli", "-j2"]))?;
        Ok(Self(build.join("bin").join("whisper-cli")))
    }

    /// What it hears, and how long whisper itself takes for that, in milliseconds.
    fn hear(&self, model: &Path, wav: &Path, context: usize) -> anyhow::Result<(String, f64)> {
        let mut command = Command::new(&self.0);
        command.arg("--model").arg(model).arg("--file").arg(wav);
        command.args(["--language", "en", "--threads", "2", "--best-of", "1", "--beam-size", "1"]);
        command.args(["--no-flash-attn", "--suppress-nst", "--max-context", "0"]);
        let output = command.args(["--audio-ctx", &context.to_string()]).output()?;
        let said = String::from_utf8_lossy(&output.stdout);
        let text: Vec<&str> = said.lines().filter_map(|line| Some(line.split_once(']')?.1.trim())).collect();
        let told = String::from_utf8_lossy(&output.stderr);
        let time = |what: &str| -> anyhow::Result<f64> {
            let line =
                told.lines().find(|line| line.contains(&format!("{what} time ="))).context("its times")?;
            let (_, rest) = line.split_once('=').context("its times")?;
            Ok(rest.trim().split(' ').next().context("its times")?.parse()?)
        };
        let parts = ["mel", "sample", "encode", "decode", "batchd", "prompt"];
        Ok((text.join(" "), parts.into_iter().map(time).sum::<anyhow::Result<f64>>()?))
    }
}

/// A WAV of sixteen bits, one channel.
fn wav_of(samples: &[i16]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(SPEECH_RATE.to_le_bytes());
    wav.extend((SPEECH_RATE * 2).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((bytes.len() as u32).to_le_bytes());
    wav.extend(bytes);
    wav
}

/// Ours and the rival one after the other; gives the ratio of the medians, and the rival's.
async fn beside(
    rival: &Rival,
    model: &Path,
    wav: &Path,
    clip: &[f32],
    name: &str,
    report: &mut String,
) -> anyhow::Result<(f64, f64)> {
    let limits = Limits { memory_bytes: 12 << 30, ..Limits::default() };
    let worker = SpeechWorker::new(program()?, &["worker", "speech"], limits);
    let keep = Duration::from_mins(10);
    let settings = WhisperSettings { threads: 2, keep, graphics: Graphics::new(false) };
    let whisper = Whisper::new(name, model.to_owned(), worker, settings);
    whisper.load().await?;
    let options = TranscribeOptions { is_speech: true, ..TranscribeOptions::default() };
    // As hearth-speech fits it: steps of 20 ms, and 128 beyond.
    let context = SECONDS * 50 + 128;
    let (mut ours, mut theirs, mut same) = (Vec::new(), Vec::new(), 0);
    for _ in 0..PAIRS {
        let begun = Instant::now();
        let heard = whisper.transcribe(clip, &options).await?.text();
        ours.push(begun.elapsed());
        let (said, took) = rival.hear(model, wav, context)?;
        theirs.push(Duration::from_secs_f64(took / 1000.0));
        same += usize::from(heard == said && heard.split(' ').count() == WORDS);
    }
    let ([ours, ..], [theirs, ..]) = (percentiles(ours), percentiles(theirs));
    writeln!(
        report,
        "| {name}: ours / whisper.cpp's own program | {ours:.0} / {theirs:.0} ms, {:.3} |",
        ours / theirs
    )?;
    writeln!(report, "| {name}: the same tokens | {same} of {PAIRS} runs |")?;
    Ok((ours / theirs, theirs))
}

/// A node whose microphone hears the clip: how long it takes from the key that is let go to the text, and how much of that is
/// not whisper's.
async fn released(model: &Path, clip: &[f32]) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let folder = tempfile::tempdir()?;
    let (shell, events) = (Arc::new(Scripted::default()), ShellEvents::default());
    let models = Path::new(&models_home(folder.path())).join("hub");
    let data = folder.path().join("data");
    let node = start(&data, &shell, &events, Some(models), NOBODY).await;
    let client = Client::new(&node.address(), node.token())?;
    let path = model.display().to_string();
    let new = NewModel { id: "measured".into(), path, task: Some("transcribe".into()) };
    client.call::<AddModel>(&[], &(), &new).await?;
    let chosen = [("speech.model".to_owned(), "measured".into())];
    client.call::<ChangeSettings>(&[], &(), &chosen.into()).await?;
    let mut told = events.hear();
    let (mut times, mut added) = (Vec::new(), Vec::new());
    let heard = async || whisper_seconds(&node.address(), node.token()).await;
    // The first loads the model.
    for round in 0..=SPOKEN {
        // When a guess is made has to do with when somebody begins to speak, and when the key is let go has not.
        let before = Duration::from_millis(BEFORE * round as u64);
        let silence = (before.as_secs_f32() * SPEECH_RATE as f32) as usize;
        *shell.sound.lock().expect("nobody panics") = [vec![0.0; silence], clip.to_vec()].concat();
        client.call::<StartListening>(&[], &(), &ListenRequest::default()).await?;
        tokio::time::sleep(before + Duration::from_millis(100 + 1000 * SECONDS as u64)).await;
        let before = heard().await?;
        let begun = Instant::now();
        let which = WhichListening::default();
        let end = client.call::<StopListening>(&[], &(), &which);
        let (ended, said) = tokio::join!(end, tokio::time::timeout(PATIENCE, said(&mut told)));
        ended?;
        let (text, at) = said.context("nothing was said")??;
        if text.is_empty() {
            bail!("nothing was heard");
        }
        if round > 0 {
            let own = Duration::from_secs_f64((heard().await? - before).max(0.0));
            times.push(at - begun);
            added.push((at - begun).saturating_sub(own));
        }
    }
    node.stop().await;
    Ok((times, added))
}

/// Seconds that whisper has heard for so far; guesses that were stopped are not in it.
async fn whisper_seconds(address: &str, token: &str) -> anyhow::Result<f64> {
    let request = reqwest::Client::builder().no_proxy().build()?.get(format!("{address}/metrics"));
    let text = request.bearer_auth(token).send().await?.text().await?;
    let line = text.lines().find_map(|line| {
        line.strip_prefix("model_inference_duration_seconds_sum{model=\"measured\"} ")?.parse().ok()
    });
    Ok(line.unwrap_or(0.0))
}

/// Waits for the text, and says when it was there.
async fn said(told: &mut broadcast::Receiver<ShellEvent>) -> anyhow::Result<(String, Instant)> {
    loop {
        match told.recv().await {
            Ok(ShellEvent::Voice { voice: Voice::Said { text, .. }, .. }) => {
                return Ok((text, Instant::now()));
            }
            Ok(ShellEvent::Voice { voice: Voice::Failed { error, .. }, .. }) => bail!("{}", error.message),
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
