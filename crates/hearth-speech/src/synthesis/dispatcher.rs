//! speech-dispatcher: the voices configured for this desktop, over its socket (SSIP).

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

use super::contract::{SynthesisError, SynthesisOptions, SynthesisVoice};

const VOICE_PREFIX: &str = "speech-dispatcher/";
const PROGRAM_NAME: &str = "speech-dispatcher";
/// Timeout of starting speech-dispatcher, and of its responses; some modules are slow to list their voices.
const RESPONSE_TIMEOUT: Duration = Duration::from_secs(5);
/// Longest time that reading one character takes.
const MAX_CHAR_DURATION: Duration = Duration::from_millis(300);
/// Output module without synthesis: it plays a recorded error message.
const DUMMY_MODULE: &str = "dummy";

type Client = AsyncClient<BufReader<OwnedReadHalf>, BufWriter<OwnedWriteHalf>>;

fn synthesis_error(error: &ClientError) -> SynthesisError {
    SynthesisError::Failed(format!("speech-dispatcher: {error}"))
}

fn timeout_error<E>(_: E) -> SynthesisError {
    SynthesisError::Failed("speech-dispatcher does not respond".into())
}

/// Connects to speech-dispatcher, and starts it if it does not run, as its own library does.
async fn open_client() -> Result<Client, SynthesisError> {
    let no_voice = |_| SynthesisError::NoVoice;
    let connection = Builder::default().build().await;
    let mut client = match connection {
        Ok(client) => client,
        Err(_) => {
            let mut command = Command::new(PROGRAM_NAME);
            command.arg("--spawn").stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null());
            let status = timeout(RESPONSE_TIMEOUT, command.kill_on_drop(true).status())
                .await
                .map_err(timeout_error)?;
            status.ok().filter(std::process::ExitStatus::success).ok_or(SynthesisError::NoVoice)?;
            Builder::default().build().await.map_err(no_voice)?
        }
    };
    let name = ClientName::new("hearth", "answers");
    let set_name = async { client.set_client_name(name).await?.check_client_name_set().await.map(drop) };
    timeout(RESPONSE_TIMEOUT, set_name)
        .await
        .map_err(timeout_error)?
        .map_err(|error| synthesis_error(&error))?;
    Ok(client)
}

/// Lists the output modules with a synthesiser.
async fn list_modules(client: &mut Client) -> Result<Vec<String>, ClientError> {
    let mut modules = client.list_output_modules().await?.receive_lines(OK_OUTPUT_MODULES_LIST_SENT).await?;
    modules.retain(|module| module != DUMMY_MODULE);
    Ok(modules)
}

pub(super) async fn list_voices() -> Vec<SynthesisVoice> {
    let Ok(mut client) = open_client().await else { return Vec::new() };
    let mut voices = Vec::new();
    let query = async {
        for module in list_modules(&mut client).await? {
            client.set_output_module(ClientScope::Current, &module).await?;
            client.check_status(OK_OUTPUT_MODULE_SET).await?;
            for voice in client.list_synthesis_voices().await?.receive_synthesis_voices().await? {
                voices.push(SynthesisVoice {
                    id: format!("{VOICE_PREFIX}{module}/{}", voice.name),
                    name: format!("{} ({module})", voice.name.replace('_', " ")),
                    language: voice.language.unwrap_or_default().to_lowercase(),
                });
            }
        }
        Ok::<_, ClientError>(())
    };
    // Voices that were received before the timeout are kept.
    if let Ok(Err(error)) = timeout(RESPONSE_TIMEOUT, query).await {
        tracing::debug!(%error, "not all voices of speech-dispatcher are known");
    }
    voices
}

/// Sets the voice, or the language, and the rate.
async fn apply_options(client: &mut Client, options: &SynthesisOptions) -> Result<(), SynthesisError> {
    let to_error = |error: ClientError| synthesis_error(&error);
    if let Some((module, voice)) =
        options.voice.strip_prefix(VOICE_PREFIX).and_then(|voice| voice.split_once('/'))
    {
        let voice_missing = |_| SynthesisError::VoiceMissing(options.voice.clone());
        let response = client.set_output_module(ClientScope::Current, module).await.map_err(to_error)?;
        response.check_status(OK_OUTPUT_MODULE_SET).await.map_err(voice_missing)?;
        let response = client.set_synthesis_voice(ClientScope::Current, voice).await.map_err(to_error)?;
        response.check_status(OK_VOICE_SET).await.map_err(voice_missing)?;
    } else if let Some(language) = &options.language {
        let response = client.set_language(ClientScope::Current, language).await.map_err(to_error)?;
        response.check_status(OK_LANGUAGE_SET).await.map_err(to_error)?;
    }
    let response =
        client.set_rate(ClientScope::Current, ssip_rate(options.clamped_rate())).await.map_err(to_error)?;
    response.check_status(OK_RATE_SET).await.map_err(to_error)?;
    let response = client.set_priority(Priority::Message).await.map_err(to_error)?;
    response.check_status(OK_PRIORITY_SET).await.map_err(to_error)?;
    for notification in [NotificationType::End, NotificationType::Cancel] {
        let response = client.set_notification(notification, true).await.map_err(to_error)?;
        response.check_status(OK_NOTIFICATION_SET).await.map_err(to_error)?;
    }
    Ok(())
}

/// Converts a rate factor to SSIP's scale: -100 to 100, with 0 for the voice's own rate, 100 some three times
/// as fast.
fn ssip_rate(rate: f64) -> i8 {
    let scale = if rate < 1.0 { (rate - 1.0) * 200.0 } else { (rate - 1.0) * 50.0 };
    scale.round().clamp(-100.0, 100.0) as i8
}

pub(super) async fn read_aloud(
    text: &str,
    options: &SynthesisOptions,
    stop: &CancellationToken,
) -> Result<(), SynthesisError> {
    let to_error = |error: ClientError| synthesis_error(&error);
    let started = async {
        let mut client = open_client().await?;
        if list_modules(&mut client).await.map_err(to_error)?.is_empty() {
            return Err(SynthesisError::NoVoice);
        }
        apply_options(&mut client, options).await?;
        let lines: Vec<String> = text.lines().map(str::to_owned).collect();
        client.speak().await.map_err(to_error)?.check_receiving_data().await.map_err(to_error)?;
        let message = client
            .send_lines(&lines)
            .await
            .map_err(to_error)?
            .receive_message_id()
            .await
            .map_err(to_error)?;
        Ok((client, message.to_string()))
    };
    let started = stop.run_until_cancelled(timeout(RESPONSE_TIMEOUT * 2, started)).await;
    let (mut client, message) = match started.map(|started| started.map_err(timeout_error).flatten()) {
        None => return Ok(()),
        Some(Ok(started)) => started,
        // Without a chosen voice another synthesiser takes over.
        Some(Err(_)) if options.voice.is_empty() => return Err(SynthesisError::NoVoice),
        Some(Err(error)) => return Err(error),
    };
    // A module that crashes sends no end.
    let max_duration = RESPONSE_TIMEOUT * 2
        + MAX_CHAR_DURATION.mul_f64(text.chars().count() as f64 / options.clamped_rate());
    let deadline = tokio::time::sleep(max_duration);
    let mut deadline = std::pin::pin!(deadline);
    loop {
        tokio::select! {
            biased;
            () = stop.cancelled() => {
                let cancelled = async {
                    client.cancel(MessageScope::Last).await?.check_status(OK_MSG_CANCELED).await.map(drop)
                };
                let _ = timeout(RESPONSE_TIMEOUT, cancelled).await;
                return Ok(());
            }
            () = &mut deadline => return Err(timeout_error(())),
            event = client.receive_event() => {
                let event = event.map_err(to_error)?;
                let has_ended = matches!(event.ntype, EventType::End | EventType::Cancel);
                if has_ended && event.id.message == message {
                    return Ok(());
                }
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::ssip_rate;

    #[test]
    fn a_rate_is_on_its_scale() {
        assert_eq!([0.5, 0.75, 1.0, 2.0, 3.0].map(ssip_rate), [-100, -50, 0, 50, 100]);
    }
}
