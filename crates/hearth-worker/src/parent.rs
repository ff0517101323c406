//! The parent's side of a worker: start it, send a request, wait for the response within limits.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::{Limits, Refusal};

/// Error of a request to a worker.
#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the worker process could not be started: {0}")]
    Spawn(io::Error),
    #[error("the time limit of {0} s was exceeded")]
    TimedOut(u64),
    #[error("the worker process ended unexpectedly ({0})")]
    Died(String),
    #[error("the worker process sent an unexpected response: {0}")]
    Protocol(String),
    #[error("{0}")]
    Refused(Refusal),
}

/// Response of a worker: the reply and the bytes that come with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkerResponse<R> {
    pub reply: R,
    pub bytes: Vec<u8>,
}

/// Bytes that a request works on.
#[derive(Debug)]
pub enum Input<'a> {
    Bytes(&'a [u8]),
    /// Streamed to the worker, so that only its memory has the whole file.
    File(File),
}

impl Input<'_> {
    async fn len(&self) -> io::Result<u64> {
        match self {
            Self::Bytes(bytes) => Ok(bytes.len() as u64),
            Self::File(file) => Ok(file.metadata().await?.len()),
        }
    }
}

/// Program, arguments and limits of worker processes.
#[derive(Clone, Debug)]
pub struct Worker {
    program: PathBuf,
    arguments: Vec<String>,
    limits: Limits,
}

impl Worker {
    /// A worker that runs `program` with `arguments`.
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str], limits: Limits) -> Self {
        Self { program: program.into(), arguments: arguments.iter().map(|&a| a.to_owned()).collect(), limits }
    }

    /// A copy of the worker with other limits.
    #[must_use]
    pub fn with_limits(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    pub(crate) fn build_command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(windows)]
        command.creation_flags(crate::confine_windows::CREATION_FLAGS);
        command
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Runs one request in a process of its own. Dropping the future kills the process.
    pub async fn run<J: Serialize, R: DeserializeOwned>(
        &self,
        request: &J,
        input: Input<'_>,
    ) -> Result<WorkerResponse<R>, WorkerError> {
        let mut child = self.build_command().spawn().map_err(WorkerError::Spawn)?;
        // The process waits for its request meanwhile, so that it does nothing without these limits.
        #[cfg(windows)]
        let _job_object =
            crate::confine_windows::JobObject::new(&child, self.limits).map_err(WorkerError::Spawn)?;
        let limit = Duration::from_secs(self.limits.seconds);
        match timeout(limit, self.exchange_messages(&mut child, request, input)).await {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(ExchangeError::Refused(refusal))) => Err(WorkerError::Refused(refusal)),
            Ok(Err(ExchangeError::Broken(error))) => Err(diagnose_failure(&mut child, &error).await),
            Err(_) => Err(WorkerError::TimedOut(self.limits.seconds)),
        }
    }

    async fn exchange_messages<J: Serialize, R: DeserializeOwned>(
        &self,
        child: &mut Child,
        request: &J,
        input: Input<'_>,
    ) -> Result<WorkerResponse<R>, ExchangeError> {
        let (Some(mut pipe), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(ExchangeError::Broken(io::ErrorKind::BrokenPipe.into()));
        };
        let limits = serde_json::to_vec(&self.limits).map_err(io::Error::from)?;
        let request = serde_json::to_vec(request).map_err(io::Error::from)?;
        for part in [limits.as_slice(), &request] {
            pipe.write_all(&(part.len() as u64).to_le_bytes()).await?;
            pipe.write_all(part).await?;
        }
        write_input(&mut pipe, input).await?;
        drop(pipe);
        let head = read_frame(&mut output, self.limits.output_bytes).await?;
        let reply: Result<R, Refusal> = serde_json::from_slice(&head).map_err(io::Error::from)?;
        let reply = reply.map_err(ExchangeError::Refused)?;
        let bytes = read_frame(&mut output, self.limits.output_bytes).await?;
        Ok(WorkerResponse { reply, bytes })
    }
}

/// Error of an exchange that broke off: by the exit status of the process, which is more informative than the
/// error of the pipe.
pub(crate) async fn diagnose_failure(child: &mut Child, error: &io::Error) -> WorkerError {
    match timeout(Duration::from_secs(1), child.wait()).await {
        Ok(Ok(status)) if status.success() => WorkerError::Protocol(error.to_string()),
        Ok(Ok(status)) => WorkerError::Died(status.to_string()),
        _ => WorkerError::Protocol(error.to_string()),
    }
}

/// Sends the bytes of a request, after their length.
pub(crate) async fn write_input(pipe: &mut ChildStdin, input: Input<'_>) -> io::Result<()> {
    let length = input.len().await?;
    pipe.write_all(&length.to_le_bytes()).await?;
    match input {
        Input::Bytes(bytes) => pipe.write_all(bytes).await?,
        Input::File(file) => {
            tokio::io::copy(&mut file.take(length), pipe).await?;
        }
    }
    pipe.flush().await
}

/// Error of an exchange with a worker process.
pub(crate) enum ExchangeError {
    Refused(Refusal),
    Broken(io::Error),
}

impl From<io::Error> for ExchangeError {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

/// Reads one frame of at most `limit` bytes.
pub(crate) async fn read_frame(input: &mut (impl AsyncRead + Unpin), limit: u64) -> io::Result<Vec<u8>> {
    let length = input.read_u64_le().await?;
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "the response exceeds the size limit"));
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Length and bytes of a frame.
    fn frame(bytes: &[u8]) -> Vec<u8> {
        [&(bytes.len() as u64).to_le_bytes(), bytes].concat()
    }

    #[tokio::test]
    async fn frames_of_a_response_are_read_one_after_the_other() {
        let bytes = [frame(b"head"), frame(b"body")].concat();
        let mut input = bytes.as_slice();
        assert_eq!(read_frame(&mut input, 4).await.unwrap(), b"head");
        assert_eq!(read_frame(&mut input, 4).await.unwrap(), b"body");
        assert_eq!(read_frame(&mut input, 4).await.unwrap_err().kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_response_that_is_too_long_or_cut_is_an_error() {
        let error = read_frame(&mut frame(b"12345").as_slice(), 4).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::InvalidData);
        let complete = frame(b"1234");
        for length in 0..complete.len() {
            let error = read_frame(&mut &complete[..length], 4).await.unwrap_err();
            assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof, "{length} bytes");
        }
        // A compromised worker may claim any length.
        let error = read_frame(&mut &(1_u64 << 50).to_le_bytes()[..], u64::MAX).await.unwrap_err();
        assert_eq!(error.kind(), io::ErrorKind::UnexpectedEof);
    }

    #[tokio::test]
    async fn a_program_that_is_missing_cannot_be_started() {
        let worker = Worker::new("/nonexistent/worker", &["serve"], Limits::default());
        let result = worker.run::<_, String>(&"request", Input::Bytes(b"")).await;
        assert!(matches!(&result, Err(WorkerError::Spawn(error)) if error.kind() == io::ErrorKind::NotFound));
        assert!(matches!(worker.open_session(&"setup").await, Err(WorkerError::Spawn(_))));
    }
}
