//! The parent's side: start a worker, hand it a job, wait within limits.

use std::io;
use std::path::PathBuf;
use std::process::Stdio;
use std::time::Duration;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use tokio::fs::File;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, Command};
use tokio::time::timeout;

use crate::Refusal;

/// What one job may use.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Limits {
    pub memory_bytes: u64,
    /// Wall time, and processor time too.
    pub seconds: u64,
    pub input_bytes: u64,
    pub output_bytes: u64,
}

impl Default for Limits {
    fn default() -> Self {
        Self { memory_bytes: 2 << 30, seconds: 300, input_bytes: 1 << 30, output_bytes: 1 << 30 }
    }
}

#[derive(Debug, thiserror::Error)]
pub enum WorkerError {
    #[error("the worker process could not be started: {0}")]
    Spawn(io::Error),
    #[error("the work took longer than {0} s and was stopped")]
    TimedOut(u64),
    #[error("the worker process died ({0})")]
    Died(String),
    #[error("the worker process said something that is not understood: {0}")]
    Protocol(String),
    #[error("{}", .0.message)]
    Refused(Refusal),
}

/// A job's reply and the bytes that came with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Outcome<R> {
    pub reply: R,
    pub bytes: Vec<u8>,
}

/// What a job works on.
#[derive(Debug)]
pub enum Input<'a> {
    Bytes(&'a [u8]),
    /// Passed on as it is read, so that it stands whole in the worker's memory only.
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

/// How to start a worker process.
#[derive(Clone, Debug)]
pub struct Worker {
    program: PathBuf,
    arguments: Vec<String>,
    limits: Limits,
}

impl Worker {
    /// A worker that is `program` with `arguments`.
    pub fn new(program: impl Into<PathBuf>, arguments: &[&str], limits: Limits) -> Self {
        Self { program: program.into(), arguments: arguments.iter().map(|&a| a.to_owned()).collect(), limits }
    }

    /// The same with other limits.
    #[must_use]
    pub fn with(&self, limits: Limits) -> Self {
        Self { limits, ..self.clone() }
    }

    pub(crate) fn command(&self) -> Command {
        let mut command = Command::new(&self.program);
        command
            .args(&self.arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .kill_on_drop(true);
        #[cfg(windows)]
        command.creation_flags(crate::confine_windows::WITHOUT_CONSOLE);
        command
    }

    pub(crate) fn limits(&self) -> Limits {
        self.limits
    }

    /// Runs one job in a process of its own. Dropping the future kills the process.
    pub async fn run<J: Serialize, R: DeserializeOwned>(
        &self,
        job: &J,
        input: Input<'_>,
    ) -> Result<Outcome<R>, WorkerError> {
        let mut child = self.command().spawn().map_err(WorkerError::Spawn)?;
        // It waits for its job meanwhile, so that it does nothing without these limits.
        #[cfg(windows)]
        let _held = crate::confine_windows::Job::around(&child, self.limits).map_err(WorkerError::Spawn)?;
        let limit = Duration::from_secs(self.limits.seconds);
        match timeout(limit, self.converse(&mut child, job, input)).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(Talk::Refused(refusal))) => Err(WorkerError::Refused(refusal)),
            Ok(Err(Talk::Broken(error))) => Err(cause(&mut child, &error).await),
            Err(_) => Err(WorkerError::TimedOut(self.limits.seconds)),
        }
    }

    async fn converse<J: Serialize, R: DeserializeOwned>(
        &self,
        child: &mut Child,
        job: &J,
        input: Input<'_>,
    ) -> Result<Outcome<R>, Talk> {
        let (Some(mut pipe), Some(mut output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(Talk::Broken(io::ErrorKind::BrokenPipe.into()));
        };
        let limits = serde_json::to_vec(&self.limits).map_err(io::Error::from)?;
        let job = serde_json::to_vec(job).map_err(io::Error::from)?;
        for part in [limits.as_slice(), &job] {
            pipe.write_all(&(part.len() as u64).to_le_bytes()).await?;
            pipe.write_all(part).await?;
        }
        write_input(&mut pipe, input).await?;
        drop(pipe);
        let head = read_frame(&mut output, self.limits.output_bytes).await?;
        let reply: Result<R, Refusal> = serde_json::from_slice(&head).map_err(io::Error::from)?;
        let reply = reply.map_err(Talk::Refused)?;
        let bytes = read_frame(&mut output, self.limits.output_bytes).await?;
        Ok(Outcome { reply, bytes })
    }
}

/// Why a conversation broke off: how the process ended says more than the pipe.
pub(crate) async fn cause(child: &mut Child, error: &io::Error) -> WorkerError {
    match timeout(Duration::from_secs(1), child.wait()).await {
        Ok(Ok(status)) if status.success() => WorkerError::Protocol(error.to_string()),
        Ok(Ok(status)) => WorkerError::Died(status.to_string()),
        _ => WorkerError::Protocol(error.to_string()),
    }
}

/// Hands a job's bytes over, after their length.
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

pub(crate) enum Talk {
    Refused(Refusal),
    Broken(io::Error),
}

impl From<io::Error> for Talk {
    fn from(error: io::Error) -> Self {
        Self::Broken(error)
    }
}

pub(crate) async fn read_frame(input: &mut (impl AsyncRead + Unpin), limit: u64) -> io::Result<Vec<u8>> {
    let length = input.read_u64_le().await?;
    if length > limit {
        return Err(io::Error::new(io::ErrorKind::InvalidData, "it wrote more than it may"));
    }
    let mut bytes = Vec::new();
    input.take(length).read_to_end(&mut bytes).await?;
    if bytes.len() as u64 != length {
        return Err(io::ErrorKind::UnexpectedEof.into());
    }
    Ok(bytes)
}
