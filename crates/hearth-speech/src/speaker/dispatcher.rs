//! speech-dispatcher: the voices that somebody set up for this desktop, over its socket (SSIP).

use std::process::Stdio;
use std::time::Duration;

use ssip_client_async::constants::{
    OK_LANGUAGE_SET, OK_MSG_CANCELED, OK_NOTIFICATION_SET, OK_OUTPUT_MODULE_SET, OK_OUTPUT_MODULES_LIST_SENT,
    OK_PRIORITY_SET, OK_RATE_SET, OK_VOICE_SET,
};
use ssip_client_async::fifo::asynchronous_tokio::Builder;
use ssip_client_async::tokio::AsyncClient;
use ssip_client_async::{
    ClientError, ClientName, ClientScope, EventType, MessageScope, NotificationType, Priority,
};
use tokio::io::{BufReader, BufWriter};
use tokio::net::unix::{OwnedReadHalf, OwnedWriteHalf};
use tokio::process::Command;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use super::{Manner, SpeakerError, SpeakerVoice};

const PREFIX: &str = "speech-dispatcher/";
const PROGRAM: &str = "speech-dispatcher";
/// How long it may take to start, and to answer; some modules take long to tell their voices.
const PATIENCE: Duration = Duration::from_secs(5);
/// How long a letter is read at the slowest.
const LETTER: Duration = Duration::from_millis(300);
/// What it speaks with where there is nothing to speak with: it says that something is wrong, in a recording.
const DUMMY: &str = "dummy";

type Client = AsyncClient<BufReader<OwnedReadHalf>, BufWriter<OwnedWriteHalf>>;

fn failed(error: &ClientError) -> SpeakerError {
    SpeakerError::Failed(format!("speech-dispatcher: {error}"))
}

fn late<E>(_: E) -> SpeakerError {
    SpeakerError::Failed("speech-dispatcher does not answer".into())
}

/// Reaches it, and starts it where it does not run, as its own library does.
async fn connect() -> Result<Client, SpeakerError> {
    let none = |_| SpeakerError::None;
    let reached = Builder::default().build().await;
    let mut client = match reached {
        Ok(client) => client,
        Err(_) => {
            let mut command = Command::new(PROGRAM);
            command.arg("--spawn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let started = timeout(PATIENCE, command.kill_on_drop(true).status()).await.map_err(late)?;
            started.ok().filter(std::process::ExitStatus::success).ok_or(SpeakerError::None)?;
            Builder::default().build().await.map_err(none)?
        }
    };
    let name = ClientName::new("hearth", "answers");
    let named = async { client.set_client_name(name).await?.check_client_name_set().await.map(drop) };
    timeout(PATIENCE, named).await.map_err(late)?.map_err(|error| failed(&error))?;
    Ok(client)
}

/// What it can speak with.
async fn modules(client: &mut Client) -> Result<Vec<String>, ClientError> {
    let mut modules = client.list_output_modules().await?.receive_lines(OK_OUTPUT_MODULES_LIST_SENT).await?;
    modules.retain(|module| module != DUMMY);
    Ok(modules)
}

pub(super) async fn voices() -> Vec<SpeakerVoice> {
    let Ok(mut client) = connect().await else { return Vec::new() };
    let mut found = Vec::new();
    let asked = async {
        for module in modules(&mut client).await? {
            client.set_output_module(ClientScope::Current, &module).await?;
            client.check_status(OK_OUTPUT_MODULE_SET).await?;
            for voice in client.list_synthesis_voices().await?.receive_synthesis_voices().await? {
                found.push(SpeakerVoice {
                    id: format!("{PREFIX}{module}/{}", voice.name),
                    name: format!("{} ({module})", voice.name.replace('_', " ")),
                    language: voice.language.unwrap_or_default().to_lowercase(),
                });
            }
        }
        Ok::<_, ClientError>(())
    };
    // Those that were told until then are there.
    if let Ok(Err(error)) = timeout(PATIENCE, asked).await {
        tracing::debug!(%error, "not all voices of speech-dispatcher are known");
    }
    found
}

/// Sets the voice, or the language, and how fast it is.
async fn prepare(client: &mut Client, how: &Manner) -> Result<(), SpeakerError> {
    let ask = |error: ClientError| failed(&error);
    if let Some((module, voice)) = how.voice.strip_prefix(PREFIX).and_then(|voice| voice.split_once('/')) {
        let gone = |_| SpeakerError::Gone(how.voice.clone());
        let set = client.set_output_module(ClientScope::Current, module).await.map_err(ask)?;
        set.check_status(OK_OUTPUT_MODULE_SET).await.map_err(gone)?;
        let set = client.set_synthesis_voice(ClientScope::Current, voice).await.map_err(ask)?;
        set.check_status(OK_VOICE_SET).await.map_err(gone)?;
    } else if let Some(language) = &how.language {
        let set = client.set_language(ClientScope::Current, language).await.map_err(ask)?;
        set.check_status(OK_LANGUAGE_SET).await.map_err(ask)?;
    }
    let set = client.set_rate(ClientScope::Current, percent(how.rate())).await.map_err(ask)?;
    set.check_status(OK_RATE_SET).await.map_err(ask)?;
    let set = client.set_priority(Priority::Message).await.map_err(ask)?;
    set.check_status(OK_PRIORITY_SET).await.map_err(ask)?;
    for what in [NotificationType::End, NotificationType::Cancel] {
        let set = client.set_notification(what, true).await.map_err(ask)?;
        set.check_status(OK_NOTIFICATION_SET).await.map_err(ask)?;
    }
    Ok(())
}

/// A factor on its scale: from -100 over 0, the voice's own, to 100, some three times as fast.
fn percent(rate: f64) -> i8 {
    let scale = if rate < 1.0 { (rate - 1.0) * 200.0 } else { (rate - 1.0) * 50.0 };
    scale.round().clamp(-100.0, 100.0) as i8
}

pub(super) async fn say(text: &str, how: &Manner, stop: &CancellationToken) -> Result<(), SpeakerError> {
    let ask = |error: ClientError| failed(&error);
    let begun = async {
        let mut client = connect().await?;
        if modules(&mut client).await.map_err(ask)?.is_empty() {
            return Err(SpeakerError::None);
        }
        prepare(&mut client, how).await?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        client.speak().await.map_err(ask)?.check_receiving_data().await.map_err(ask)?;
        let message =
            client.send_lines(&lines).await.map_err(ask)?.receive_message_id().await.map_err(ask)?;
        Ok((client, message.to_string()))
    };
    let begun = stop.run_until_cancelled(timeout(PATIENCE * 2, begun)).await;
    let (mut client, message) = match begun.map(|begun| begun.map_err(late).flatten()) {
        None => return Ok(()),
        Some(Ok(begun)) => begun,
        // Whoever chose no voice is read to by another.
        Some(Err(_)) if how.voice.is_empty() => return Err(SpeakerError::None),
        Some(Err(error)) => return Err(error),
    };
    // A module that crashes says no end.
    let longest = PATIENCE * 2 + LETTER.mul_f64(text.chars().count() as f64 / how.rate());
    let over = tokio::time::sleep(longest);
    let mut over = std::pin::pin!(over);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                let cancelled = async {
                    client.cancel(MessageScope::Last).await?.check_status(OK_MSG_CANCELED).await.map(drop)
                };
                let _ = timeout(PATIENCE, cancelled).await;
                return Ok(());
            }
            () = &mut over => return Err(late(())),
            event = client.receive_event() => {
                let event = event.map_err(ask)?;
                let is_over = matches!(event.ntype, EventType::End | EventType::Cancel);
                if is_over && event.id.message == message {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::percent;

    #[test]
    fn a_rate_is_on_its_scale() {
        assert_eq!([0.5, 0.75, 1.0, 2.0, 3.0].map(percent), [-100, -50, 0, 50, 100]);
    }
}
