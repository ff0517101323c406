//! Benchmark of dictation: time from the released key to the text, and transcription against whisper.cpp's
//! own program.

use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, Instant};

use anyhow::{Context, bail};
use hearth_client::Client;
use hearth_domain::{ModelTask, Positioned, SPEECH_SAMPLE_RATE, TranscribeOptions, Transcriber};
use hearth_node::ShellEvents;
use hearth_speech::{GraphicsCard, SpeechWorker, WhisperSettings, WhisperTranscriber};
use hearth_tests::shell::{ScriptedShell, UNREACHABLE_ADDRESS, start_node};
use hearth_tests::whisper::{
    BASE_SIZE, TINY_SIZE, build_random_whisper, create_models_home, decode_wav, synthesise_speech,
};
use hearth_wire::operations::{AddModel, ChangeSettings, FinishDictation, StartDictation};
use hearth_wire::{DictationEvent, DictationNumber, NewModel, ShellEvent, StartDictationRequest};
use hearth_worker::Limits;
use tokio::sync::broadcast;

use crate::report::{clone_repository, hearth_program, percentiles, run_quietly};

/// Version of whisper.cpp, the same as in `whisper-rs-sys`.
const WHISPER_VERSION: &str = "v1.8.3";
/// Repository of whisper.cpp.
const WHISPER_URL: &str = "https://github.com/ggml-org/whisper.cpp";
/// Spoken sentence of at least five seconds without a pause; the clip is cut at that length.
const SPOKEN_SENTENCE: &str = "The burner of the heating is cleaned once a year before the season begins and \
    nobody but a technician who knows the house may open the door of it";
/// Length of the clip in seconds.
const CLIP_SECONDS: usize = 5;
/// Words of the transcript.
const WORD_COUNT: usize = 14;
/// Number of pairs of runs, and number of dictations.
const PAIR_COUNT: usize = 15;
const DICTATION_COUNT: usize = 40;
/// Milliseconds by which the speech of each dictation starts later than in its predecessor.
const SILENCE_STEP_MS: u64 = 37;
/// Timeout of one dictation's text.
const DICTATION_TIMEOUT: Duration = Duration::from_mins(1);

/// True if both sides are built for this processor; else Whisper's kernels are for any processor with AVX2.
fn is_native() -> bool {
    std::env::var("GGML_NATIVE").is_ok_and(|native| native == "ON")
}

/// Name of the report, by the kernels of the build.
pub(crate) fn report_name() -> &'static str {
    if is_native() { "voice-native" } else { "voice" }
}

/// Measures dictation and returns the report; `sources` is a folder with whisper.cpp's sources, downloaded
/// if `None`.
pub(crate) fn measure_dictation(sources: Option<&Path>) -> anyhow::Result<String> {
    let runtime = tokio::runtime::Runtime::new()?;
    let folder = tempfile::tempdir()?;
    let rival = WhisperCli::build(sources)?;
    let mut clip = decode_wav(&synthesise_speech(SPOKEN_SENTENCE));
    clip.truncate(SPEECH_SAMPLE_RATE as usize * CLIP_SECONDS);
    // Both sides get the same 16-bit samples.
    let pcm_samples: Vec<i16> = clip.iter().map(|sample| (sample * 32_767.0) as i16).collect();
    let clip: Vec<f32> = pcm_samples.iter().map(|sample| f32::from(*sample) / 32_768.0).collect();
    let wav = folder.path().join("clip.wav");
    fs::write(&wav, encode_wav(&pcm_samples))?;
    let mut report =
        format!("{} {REPORT_INTRODUCTION}", if is_native() { NATIVE_NOTE } else { PORTABLE_NOTE });
    for (name, shape) in [("tiny", TINY_SIZE), ("base", BASE_SIZE)] {
        let model = folder.path().join(format!("{name}.bin"));
        fs::write(&model, build_random_whisper(shape, WORD_COUNT))?;
        let (ratio, rival_ms) =
            runtime.block_on(compare_with_rival(&rival, &model, &wav, &clip, name, &mut report))?;
        let (times, added) = runtime.block_on(measure_release(&model, &clip))?;
        let ([p50, p95, _], [added_p50, added_p95, _]) = (percentiles(times), percentiles(added));
        writeln!(report, "| {name}: released key to text, p50 / p95 | {p50:.0} / {p95:.0} ms |")?;
        writeln!(report, "| {name}: of which Hearth adds, p50 / p95 | {added_p50:.0} / {added_p95:.0} ms |")?;
        println!(
            "{name}: ratio {ratio:.3}, whisper itself {rival_ms:.0} ms, release to text {p50:.0} ms, added {added_p50:.0} ms"
        );
    }
    Ok(report)
}

/// First sentence of the report about a portable build.
const PORTABLE_NOTE: &str = "Whisper's kernels use AVX2 on both sides, as in the released program.";
/// First sentence of the report about a native build.
const NATIVE_NOTE: &str = "`GGML_NATIVE=ON cargo xtask bench voice` in a target folder of its own (`CARGO_TARGET_DIR`): whisper's \
    kernels are for this very processor on both sides, with AVX-512 where it has that.";

/// Description of the measurement at the start of the report.
const REPORT_INTRODUCTION: &str = "Five seconds of speech (espeak-ng) on models of whisper's real sizes (English, half precision) whose \
    weights are random, and that output fourteen words; two threads. whisper.cpp's own program (`whisper-cli`) is built from the same \
    sources with the same flags and transcribes the same samples with the same settings (greedy, one candidate, context of the \
    encoder fitted to the clip, no flash attention); runs alternate, and the median of each side counts: the sum of mel, encoder, \
    decoder and sampling that the program prints, against all of Hearth's time, from the samples to the text, through the confined \
    process. Released key to text: a node with a scripted microphone that delivers samples at the speed of speech and goes on for \
    30 ms after it is stopped, as a real one does; forty dictations, whose speech starts a little later each time. The time is from \
    the request that finishes the dictation to its text; the key is released a tenth of a second after the last sound, so that \
    everything has to be transcribed once more. What Hearth adds is that time minus whisper's own time in the same call, from the \
    node's metrics (after seconds of idling whisper takes longer than in the runs above, which follow each other).\n\n\
    | what | figure |\n| --- | --- |\n";

/// Built program `whisper-cli` of whisper.cpp.
struct WhisperCli(PathBuf);

impl WhisperCli {
    /// Builds the program with the compiler flags of Hearth's own build.
    fn build(sources: Option<&Path>) -> anyhow::Result<Self> {
        let folder = hearth_program()?.with_file_name("whisper.cpp");
        let downloaded = folder.join("sources");
        let sources = sources.unwrap_or(&downloaded);
        clone_repository(WHISPER_URL, &["--branch", WHISPER_VERSION], sources)?;
        println!("building whisper.cpp's own program");
        let build = folder.join("build");
        // CMake refuses a cache from sources in another folder.
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
            // Flags of Rust's `cmake` crate in Hearth's own build.
            configure.args([format!("-DCMAKE_C_FLAGS={flags}"), format!("-DCMAKE_CXX_FLAGS={flags}")]);
        }
        run_quietly(&mut configure)?;
        run_quietly(Command::new("cmake").arg("--build").arg(&build).args([
            "--target",
            "whisper-cli",
            "-j2",
        ]))?;
        Ok(Self(build.join("bin").join("whisper-cli")))
    }

    /// Transcribes a recording; returns the text and Whisper's own computing time in milliseconds.
    fn transcribe(&self, model: &Path, wav: &Path, context: usize) -> anyhow::Result<(String, f64)> {
        let mut command = Command::new(&self.0);
        command.arg("--model").arg(model).arg("--file").arg(wav);
        command.args(["--language", "en", "--threads", "2", "--best-of", "1", "--beam-size", "1"]);
        command.args(["--no-flash-attn", "--suppress-nst", "--max-context", "0"]);
        let output = command.args(["--audio-ctx", &context.to_string()]).output()?;
        let printed = String::from_utf8_lossy(&output.stdout);
        let text: Vec<&str> =
            printed.lines().filter_map(|line| Some(line.split_once(']')?.1.trim())).collect();
        let log = String::from_utf8_lossy(&output.stderr);
        let phase_ms = |phase: &str| -> anyhow::Result<f64> {
            let line = log
                .lines()
                .find(|line| line.contains(&format!("{phase} time =")))
                .context("whisper-cli printed no times")?;
            let (_, rest) = line.split_once('=').context("whisper-cli printed no times")?;
            Ok(rest.trim().split(' ').next().context("whisper-cli printed no times")?.parse()?)
        };
        let phases = ["mel", "sample", "encode", "decode", "batchd", "prompt"];
        Ok((text.join(" "), phases.into_iter().map(phase_ms).sum::<anyhow::Result<f64>>()?))
    }
}

/// WAV file of 16-bit mono samples at 16 kHz.
fn encode_wav(samples: &[i16]) -> Vec<u8> {
    let bytes: Vec<u8> = samples.iter().flat_map(|sample| sample.to_le_bytes()).collect();
    let mut wav = b"RIFF".to_vec();
    wav.extend((36 + bytes.len() as u32).to_le_bytes());
    wav.extend(b"WAVEfmt \x10\0\0\0\x01\0\x01\0");
    wav.extend(SPEECH_SAMPLE_RATE.to_le_bytes());
    wav.extend((SPEECH_SAMPLE_RATE * 2).to_le_bytes());
    wav.extend(b"\x02\0\x10\0data");
    wav.extend((bytes.len() as u32).to_le_bytes());
    wav.extend(bytes);
    wav
}

/// Transcribes with Hearth and the rival in turn; returns the ratio of the medians, and the rival's median in
/// milliseconds.
async fn compare_with_rival(
    rival: &WhisperCli,
    model: &Path,
    wav: &Path,
    clip: &[f32],
    name: &str,
    report: &mut String,
) -> anyhow::Result<(f64, f64)> {
    let limits = Limits { memory_bytes: 12 << 30, ..Limits::default() };
    let worker = SpeechWorker::new(hearth_program()?, &["worker", "speech"], limits);
    let idle_timeout = Duration::from_mins(10);
    let settings = WhisperSettings { threads: 2, idle_timeout, graphics: GraphicsCard::new(false) };
    let whisper = WhisperTranscriber::new(name, model.to_owned(), worker, settings);
    whisper.load().await?;
    let options = TranscribeOptions { is_speech: true, ..TranscribeOptions::default() };
    // Audio context as in hearth-speech: steps of 20 ms, plus 128.
    let context = CLIP_SECONDS * 50 + 128;
    let (mut hearth_times, mut rival_times, mut same_count) = (Vec::new(), Vec::new(), 0);
    for _ in 0..PAIR_COUNT {
        let started = Instant::now();
        let hearth_text = whisper.transcribe(clip, &options).await?.text();
        hearth_times.push(started.elapsed());
        let (rival_text, took_ms) = rival.transcribe(model, wav, context)?;
        rival_times.push(Duration::from_secs_f64(took_ms / 1000.0));
        same_count += usize::from(hearth_text == rival_text && hearth_text.split(' ').count() == WORD_COUNT);
    }
    let ([hearth_ms, ..], [rival_ms, ..]) = (percentiles(hearth_times), percentiles(rival_times));
    writeln!(
        report,
        "| {name}: Hearth / whisper.cpp's own program | {hearth_ms:.0} / {rival_ms:.0} ms, {:.3} |",
        hearth_ms / rival_ms
    )?;
    writeln!(report, "| {name}: the same tokens | {same_count} of {PAIR_COUNT} runs |")?;
    Ok((hearth_ms / rival_ms, rival_ms))
}

/// Dictates the clip on a node with a scripted microphone; returns the times from the released key to the
/// text, and their parts without Whisper's own computing.
async fn measure_release(model: &Path, clip: &[f32]) -> anyhow::Result<(Vec<Duration>, Vec<Duration>)> {
    let folder = tempfile::tempdir()?;
    let (shell, events) = (Arc::new(ScriptedShell::default()), ShellEvents::default());
    let models = Path::new(&create_models_home(folder.path())).join("hub");
    let data = folder.path().join("data");
    let node = start_node(&data, &shell, &events, Some(models), UNREACHABLE_ADDRESS).await;
    let client = Client::new(&node.address(), node.token())?;
    let path = model.display().to_string();
    let new_model = NewModel { id: "measured".into(), path, task: Some(ModelTask::Transcribe) };
    client.call::<AddModel>(&[], &(), &new_model).await?;
    let changes = [("speech.model".to_owned(), "measured".into())];
    client.call::<ChangeSettings>(&[], &(), &changes.into()).await?;
    let mut receiver = events.subscribe();
    let (mut times, mut added) = (Vec::new(), Vec::new());
    let total_inference = async || whisper_seconds(&node.address(), node.token()).await;
    // The first dictation loads the model and is not counted.
    for round in 0..=DICTATION_COUNT {
        // The start of speech shifts against the intervals of partial transcripts; the release of the key
        // does not.
        let delay = Duration::from_millis(SILENCE_STEP_MS * round as u64);
        let silence = (delay.as_secs_f32() * SPEECH_SAMPLE_RATE as f32) as usize;
        *shell.microphone_samples.lock().expect("no lock holder panics") =
            [vec![0.0; silence], clip.to_vec()].concat();
        client.call::<StartDictation>(&[], &(), &StartDictationRequest::default()).await?;
        tokio::time::sleep(delay + Duration::from_millis(100 + 1000 * CLIP_SECONDS as u64)).await;
        let seconds_before = total_inference().await?;
        let started = Instant::now();
        let dictation = DictationNumber::default();
        let finish = client.call::<FinishDictation>(&[], &(), &dictation);
        let (finished, outcome) =
            tokio::join!(finish, tokio::time::timeout(DICTATION_TIMEOUT, wait_for_text(&mut receiver)));
        finished?;
        let (text, arrival) = outcome.context("the dictation gave no text in time")??;
        if text.is_empty() {
            bail!("the transcript is empty");
        }
        if round > 0 {
            let inference = Duration::from_secs_f64((total_inference().await? - seconds_before).max(0.0));
            times.push(arrival - started);
            added.push((arrival - started).saturating_sub(inference));
        }
    }
    node.stop().await;
    Ok((times, added))
}

/// Total computing time of Whisper in seconds, by the node's metrics; cancelled partial transcripts are not
/// included.
async fn whisper_seconds(address: &str, token: &str) -> anyhow::Result<f64> {
    let request = reqwest::Client::builder().no_proxy().build()?.get(format!("{address}/metrics"));
    let text = request.bearer_auth(token).send().await?.text().await?;
    let line = text.lines().find_map(|line| {
        line.strip_prefix("model_inference_duration_seconds_sum{model=\"measured\"} ")?.parse().ok()
    });
    Ok(line.unwrap_or(0.0))
}

/// Waits for the dictation's text; returns the text and the time of its arrival.
async fn wait_for_text(
    receiver: &mut broadcast::Receiver<Positioned<ShellEvent>>,
) -> anyhow::Result<(String, Instant)> {
    loop {
        match receiver.recv().await {
            Ok((_, ShellEvent::Dictation { event: DictationEvent::Finished { text, .. }, .. })) => {
                return Ok((text, Instant::now()));
            }
            Ok((_, ShellEvent::Dictation { event: DictationEvent::Failed { error, .. }, .. })) => {
                bail!("{}", error.message)
            }
            Ok(_) | Err(broadcast::error::RecvError::Lagged(_)) => {}
            Err(error) => return Err(error.into()),
        }
    }
}
