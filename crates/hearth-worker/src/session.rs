//! A worker that keeps what it loaded and does one job after the other, for models that take long to load. It is
//! confined like any other; whoever holds the session decides when it ends, and dropping it kills the process.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::parent::{Input, Limits, Outcome, Talk, Worker, WorkerError, cause, read_frame, write_input};
use crate::{Refusal, frame};

/// What stands before a frame of the child's: a piece of a result that is still being made, or its end.
const PART: u8 = 0;
const END: u8 = 1;

/// What stands in place of a job's length: the job that is being done is not wanted any more.
const STOP: u64 = u64::MAX;
/// The code of the refusal that ends such a job.
pub const STOPPED: &str = "STOPPED";

/// Seconds of processor time of a process that serves for days.
const FOR_EVER: u64 = u32::MAX as u64;

/// A process that waits for its next job.
#[derive(Debug)]
pub struct Session {
    child: Child,
    pipe: ChildStdin,
    output: ChildStdout,
    limits: Limits,
    #[cfg(windows)]
    _held: crate::confine_windows::Job,
}

impl Worker {
    /// Starts a process that prepares itself by `setup`, and waits until it has. Its processor time is not limited, the
    /// time of each job is.
    pub async fn open<S: Serialize>(&self, setup: &S) -> Result<Session, WorkerError> {
        let limits = self.limits();
        let mut child = self.command().spawn().map_err(WorkerError::Spawn)?;
        #[cfg(windows)]
        let held = crate::confine_windows::Job::around(&child, Limits { seconds: FOR_EVER, ..limits })
            .map_err(WorkerError::Spawn)?;
        let (Some(pipe), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(WorkerError::Spawn(io::ErrorKind::BrokenPipe.into()));
        };
        let mut session = Session {
            child,
            pipe,
            output,
            limits,
            #[cfg(windows)]
            _held: held,
        };
        let within = Duration::from_secs(limits.seconds);
        match timeout(within, session.prepare(setup)).await {
            Ok(Ok(())) => Ok(session),
            Ok(Err(Talk::Refused(refusal))) => Err(WorkerError::Refused(refusal)),
            Ok(Err(Talk::Broken(error))) => Err(cause(&mut session.child, &error).await),
            Err(_) => Err(WorkerError::TimedOut(limits.seconds)),
        }
    }
}

impl Session {
    async fn prepare<S: Serialize>(&mut self, setup: &S) -> Result<(), Talk> {
        let limits = serde_json::to_vec(&self.limits).map_err(io::Error::from)?;
        let setup = serde_json::to_vec(setup).map_err(io::Error::from)?;
        for part in [limits.as_slice(), &setup] {
            self.pipe.write_all(&(part.len() as u64).to_le_bytes()).await?;
            self.pipe.write_all(part).await?;
        }
        self.pipe.flush().await?;
        let ready = read_frame(&mut self.output, self.limits.output_bytes).await?;
        serde_json::from_slice::<Result<(), Refusal>>(&ready).map_err(io::Error::from)?.map_err(Talk::Refused)
    }

    /// Has a job done within so many seconds; `parts` is sent what comes before the end. When `stop` comes, a job that looks
    /// out for it is refused with the code [`STOPPED`]. After any error but a refusal the session is of no use any more.
    pub async fn call<J: Serialize, R: DeserializeOwned>(
        &mut self,
        job: &J,
        input: Input<'_>,
        seconds: u64,
        parts: Option<&mpsc::Sender<Vec<u8>>>,
        stop: &CancellationToken,
    ) -> Result<Outcome<R>, WorkerError> {
        match timeout(Duration::from_secs(seconds), self.converse(job, input, parts, stop)).await {
            Ok(Ok(outcome)) => Ok(outcome),
            Ok(Err(Talk::Refused(refusal))) => Err(WorkerError::Refused(refusal)),
            Ok(Err(Talk::Broken(error))) => Err(cause(&mut self.child, &error).await),
            Err(_) => Err(WorkerError::TimedOut(seconds)),
        }
    }

    async fn converse<J: Serialize, R: DeserializeOwned>(
        &mut self,
        job: &J,
        input: Input<'_>,
        parts: Option<&mpsc::Sender<Vec<u8>>>,
        stop: &CancellationToken,
    ) -> Result<Outcome<R>, Talk> {
        let job = serde_json::to_vec(job).map_err(io::Error::from)?;
        self.pipe.write_all(&(job.len() as u64).to_le_bytes()).await?;
        self.pipe.write_all(&job).await?;
        write_input(&mut self.pipe, input).await?;
        let mut outcome = std::pin::pin!(outcome(&mut self.output, self.limits.output_bytes, parts));
        tokio::select! {
            biased;
            outcome = &mut outcome => return outcome,
            () = stop.cancelled() => {}
        }
        // It has ended by itself perhaps, and takes no notice.
        self.pipe.write_all(&STOP.to_le_bytes()).await?;
        self.pipe.flush().await?;
        outcome.await
    }

    /// Whether the process is still there.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// What comes of a job: pieces, then its end.
async fn outcome<R: DeserializeOwned>(
    output: &mut ChildStdout,
    most: u64,
    parts: Option<&mpsc::Sender<Vec<u8>>>,
) -> Result<Outcome<R>, Talk> {
    loop {
        let what = output.read_u8().await?;
        let bytes = read_frame(output, most).await?;
        match what {
            PART => {
                // Nobody may want it any more.
                if let Some(parts) = parts {
                    let _ = parts.send(bytes).await;
                }
            }
            END => {
                let reply: Result<R, Refusal> = serde_json::from_slice(&bytes).map_err(io::Error::from)?;
                let reply = reply.map_err(Talk::Refused)?;
                let bytes = read_frame(output, most).await?;
                return Ok(Outcome { reply, bytes });
            }
            _ => return Err(Talk::Broken(io::ErrorKind::InvalidData.into())),
        }
    }
}

/// What a job has to do with its parent before its end.
pub struct Parts<'a> {
    output: &'a mut dyn io::Write,
    stopped: Stopped,
}

impl Parts<'_> {
    /// Sends a piece of the result.
    pub fn send(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(&[PART])?;
        frame::write(&mut self.output, bytes)
    }

    /// Says whether the job is not wanted any more, on whichever thread.
    pub fn stopped(&self) -> Stopped {
        self.stopped.clone()
    }
}

/// Whether a job is not wanted any more.
#[derive(Clone, Debug)]
pub struct Stopped {
    /// The number of this job, and of the last that was stopped.
    job: u64,
    last: Arc<AtomicU64>,
}

impl Stopped {
    pub fn is_so(&self) -> bool {
        self.last.load(Ordering::SeqCst) >= self.job
    }
}

/// A job with its bytes, or why none can be read any more.
type Received<J> = io::Result<(J, Vec<u8>)>;

/// Reads jobs on a thread of its own, so that a stop is heard while one is being done. It is begun confined.
fn jobs<J: DeserializeOwned + Send + 'static>(
    most: u64,
    stopped: Arc<AtomicU64>,
) -> io::Result<Receiver<Received<J>>> {
    let (sender, jobs) = sync_channel(1);
    let read = move || {
        let mut input = io::stdin().lock();
        let mut number = 0;
        while let Some(job) = next_job(&mut input, most, &mut number, &stopped).transpose() {
            let is_last = job.is_err();
            if sender.send(job).is_err() || is_last {
                return;
            }
        }
    };
    std::thread::Builder::new().name("jobs".into()).spawn(read)?;
    Ok(jobs)
}

/// The next job; none when the parent has closed the pipe.
fn next_job<J: DeserializeOwned>(
    input: &mut impl io::Read,
    most: u64,
    number: &mut u64,
    stopped: &AtomicU64,
) -> io::Result<Option<(J, Vec<u8>)>> {
    loop {
        let Some(length) = frame::read_length(input)? else { return Ok(None) };
        if length == STOP {
            stopped.store(*number, Ordering::SeqCst);
            continue;
        }
        *number += 1;
        let job = serde_json::from_slice(&frame::read_bytes(input, length, 1 << 20)?)?;
        return Ok(Some((job, frame::read(input, most)?)));
    }
}

/// The child's side: serves jobs on the standard pipes until the parent closes them. `prepare` may still open files,
/// `begin` makes something of what it found, and `work` runs once a job; both are confined.
pub fn serve_session<S, Q, P, J, R>(
    prepare: impl FnOnce(S) -> Result<Q, Refusal>,
    begin: impl FnOnce(Q) -> Result<P, Refusal>,
    mut work: impl FnMut(&mut P, J, Vec<u8>, &mut Parts<'_>) -> Result<(R, Vec<u8>), Refusal>,
) -> io::Result<()>
where
    S: DeserializeOwned,
    J: DeserializeOwned + Send + 'static,
    R: Serialize,
{
    #[cfg(target_os = "linux")]
    crate::confine_linux::close_inherited();
    let mut input = io::stdin().lock();
    let mut output = io::stdout().lock();
    let limits: Limits = serde_json::from_slice(&frame::read(&mut input, 1 << 20)?)?;
    let setup: S = serde_json::from_slice(&frame::read(&mut input, 1 << 20)?)?;
    let prepared = prepare(setup);
    // It serves for hours; the parent watches the time of each job.
    crate::child::confine(Limits { seconds: FOR_EVER, ..limits })?;
    let prepared = prepared.and_then(begin);
    let ready = prepared.as_ref().map(|_| ()).map_err(Clone::clone);
    frame::write(&mut output, &serde_json::to_vec(&ready)?)?;
    let Ok(mut prepared) = prepared else { return Ok(()) };
    drop(input);
    let last = Arc::new(AtomicU64::new(0));
    for (nth, job) in jobs::<J>(limits.input_bytes, Arc::clone(&last))?.into_iter().enumerate() {
        let (job, bytes) = job?;
        let stopped = Stopped { job: nth as u64 + 1, last: Arc::clone(&last) };
        let result = work(&mut prepared, job, bytes, &mut Parts { output: &mut output, stopped });
        io::Write::write_all(&mut output, &[END])?;
        match result {
            Ok((reply, body)) => {
                frame::write(&mut output, &serde_json::to_vec(&Ok::<_, Refusal>(reply))?)?;
                frame::write(&mut output, &body)?;
            }
            Err(refusal) => frame::write(&mut output, &serde_json::to_vec(&Err::<(), _>(refusal))?)?,
        }
    }
    Ok(())
}
