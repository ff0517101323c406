//! espeak-ng: one process for each sentence, which takes its text from a pipe and is killed to stop it.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::contract::{SynthesisError, SynthesisOptions, SynthesisVoice};

pub(super) const VOICE_PREFIX: &str = "espeak-ng/";
const PROGRAM_NAME: &str = "espeak-ng";
/// Words a minute of espeak-ng at rate 1.
const DEFAULT_WORDS_PER_MINUTE: f64 = 175.0;

fn synthesis_error(error: &std::io::Error) -> SynthesisError {
    match error.kind() {
        std::io::ErrorKind::NotFound => SynthesisError::NoVoice,
        _ => SynthesisError::Failed(error.to_string()),
    }
}

pub(super) async fn list_voices() -> Vec<SynthesisVoice> {
    let output = Command::new(PROGRAM_NAME).arg("--voices").stdin(Stdio::null()).kill_on_drop(true).output();
    let Ok(output) = output.await else { return Vec::new() };
    String::from_utf8_lossy(&output.stdout).lines().skip(1).filter_map(parse_voice).collect()
}

/// Parses a line of the list: ` 5  de              --/M      German             gmw/de`.
fn parse_voice(line: &str) -> Option<SynthesisVoice> {
    let mut columns = line.split_whitespace().skip(1);
    let (language, _, name) = (columns.next()?, columns.next()?, columns.next()?);
    Some(SynthesisVoice {
        id: format!("{VOICE_PREFIX}{language}"),
        name: format!("{} (espeak-ng)", name.replace('_', " ")),
        language: language.to_lowercase(),
    })
}

pub(super) async fn read_aloud(
    text: &str,
    options: &SynthesisOptions,
    stop: &CancellationToken,
) -> Result<(), SynthesisError> {
    let mut command = Command::new(PROGRAM_NAME);
    let voice = options
        .voice
        .strip_prefix(VOICE_PREFIX)
        .or(options.language.as_deref())
        .filter(|voice| is_voice_name(voice));
    if let Some(voice) = voice {
        command.args(["-v", voice]);
    }
    let rate = format!("{:.0}", DEFAULT_WORDS_PER_MINUTE * options.clamped_rate());
    command.args(["-s", &rate, "--stdin"]).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|error| synthesis_error(&error))?;
    let pipe = process.stdin.take();
    let write_text = async {
        if let Some(mut pipe) = pipe {
            // espeak-ng may end before it has read all; then its status shows the reason.
            let _ = pipe.write_all(text.as_bytes()).await;
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        (output, ()) = async { tokio::join!(process.wait_with_output(), write_text) } => {
            let output = output.map_err(|error| synthesis_error(&error))?;
            if output.status.success() {
                return Ok(());
            }
            let stderr = String::from_utf8_lossy(&output.stderr);
            Err(match voice.filter(|_| !options.voice.is_empty()) {
                Some(voice) if stderr.contains("voice") => SynthesisError::VoiceMissing(voice.to_owned()),
                _ => SynthesisError::Failed(stderr.lines().next().unwrap_or("espeak-ng failed").to_owned()),
            })
        }
    }
}

/// True for the name of a voice, and nothing else (no option, no path).
fn is_voice_name(voice: &str) -> bool {
    !voice.is_empty()
        && voice.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_+".contains(letter))
        && !voice.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_read_from_the_list() {
        let voice =
            parse_voice(" 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)");
        let voice = voice.expect("a voice");
        assert_eq!(voice.id, "espeak-ng/en-gb");
        assert_eq!(voice.name, "English (Great Britain) (espeak-ng)");
        assert_eq!(voice.language, "en-gb");
        assert!(parse_voice("").is_none());
    }

    #[test]
    fn a_voice_is_no_option() {
        assert!(is_voice_name("en-us") && is_voice_name("de+f2"));
        assert!(!is_voice_name("--version") && !is_voice_name("../x") && !is_voice_name(""));
    }
}
