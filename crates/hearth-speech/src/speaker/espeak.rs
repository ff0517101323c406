//! espeak-ng: a process a sentence, which reads from its pipe and is killed when it is to be silent.

use std::process::Stdio;

use tokio::io::AsyncWriteExt;
use tokio::process::Command;
use tokio_util::sync::CancellationToken;

use super::{Manner, SpeakerError, SpeakerVoice};

pub(super) const PREFIX: &str = "espeak-ng/";
const PROGRAM: &str = "espeak-ng";
/// Words a minute that it speaks by itself.
const NORMAL: f64 = 175.0;

fn failed(error: &std::io::Error) -> SpeakerError {
    match error.kind() {
        std::io::ErrorKind::NotFound => SpeakerError::None,
        _ => SpeakerError::Failed(error.to_string()),
    }
}

pub(super) async fn voices() -> Vec<SpeakerVoice> {
    let listed = Command::new(PROGRAM).arg("--voices").stdin(Stdio::null()).kill_on_drop(true).output();
    let Ok(listed) = listed.await else { return Vec::new() };
    String::from_utf8_lossy(&listed.stdout).lines().skip(1).filter_map(voice).collect()
}

/// ` 5  de              --/M      German             gmw/de`
fn voice(line: &str) -> Option<SpeakerVoice> {
    let mut columns = line.split_whitespace().skip(1);
    let (language, _, name) = (columns.next()?, columns.next()?, columns.next()?);
    Some(SpeakerVoice {
        id: format!("{PREFIX}{language}"),
        name: format!("{} (espeak-ng)", name.replace('_', " ")),
        language: language.to_lowercase(),
    })
}

pub(super) async fn say(text: &str, how: &Manner, stop: &CancellationToken) -> Result<(), SpeakerError> {
    let mut command = Command::new(PROGRAM);
    let voice = how.voice.strip_prefix(PREFIX).or(how.language.as_deref()).filter(|voice| is_name(voice));
    if let Some(voice) = voice {
        command.args(["-v", voice]);
    }
    let rate = format!("{:.0}", NORMAL * how.rate());
    command.args(["-s", &rate, "--stdin"]).kill_on_drop(true);
    command.stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::piped());
    let mut process = command.spawn().map_err(|error| failed(&error))?;
    let pipe = process.stdin.take();
    let written = async {
        if let Some(mut pipe) = pipe {
            // It may end before it has read all; then its status says why.
            let _ = pipe.write_all(text.as_bytes()).await;
        }
    };
    tokio::select! {
        biased;
        () = stop.cancelled() => Ok(()),
        (ended, ()) = async { tokio::join!(process.wait_with_output(), written) } => {
            let ended = ended.map_err(|error| failed(&error))?;
            if ended.status.success() {
                return Ok(());
            }
            let why = String::from_utf8_lossy(&ended.stderr);
            Err(match voice.filter(|_| !how.voice.is_empty()) {
                Some(voice) if why.contains("voice") => SpeakerError::Gone(voice.to_owned()),
                _ => SpeakerError::Failed(why.lines().next().unwrap_or("espeak-ng ended").to_owned()),
            })
        }
    }
}

/// Whether it is the name of a voice, and nothing else.
fn is_name(voice: &str) -> bool {
    !voice.is_empty()
        && voice.chars().all(|letter| letter.is_ascii_alphanumeric() || "-_+".contains(letter))
        && !voice.starts_with('-')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn voices_are_read_from_the_list() {
        let found =
            voice(" 2  en-gb           --/M      English_(Great_Britain) gmw/en               (en 2)");
        let found = found.expect("a voice");
        assert_eq!(found.id, "espeak-ng/en-gb");
        assert_eq!(found.name, "English (Great Britain) (espeak-ng)");
        assert_eq!(found.language, "en-gb");
        assert!(voice("").is_none());
    }

    #[test]
    fn a_voice_is_no_option() {
        assert!(is_name("en-us") && is_name("de+f2"));
        assert!(!is_name("--version") && !is_name("../x") && !is_name(""));
    }
}
