//! A worker that keeps what it loaded and serves one request after the other, for models that take long to
//! load. The process is confined like any other; dropping the session kills it.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::mpsc::{Receiver, sync_channel};
use std::time::Duration;

use serde::Serialize;
use serde::de::DeserializeOwned;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::{Child, ChildStdin, ChildStdout};
use tokio::sync::mpsc;
use tokio::time::timeout;
use tokio_util::sync::CancellationToken;

use crate::parent::{
    ExchangeError, Input, Worker, WorkerError, WorkerResponse, diagnose_failure, read_frame, write_input,
};
use crate::{Limits, Refusal, frame};

/// Tag before a frame of the child: part of a result that is not complete yet.
const PART_TAG: u8 = 0;
/// Tag before the last frames of a response.
const END_TAG: u8 = 1;

/// Sent in place of a request's length: cancels the request that is being served.
const STOP_SIGNAL: u64 = u64::MAX;

/// Limit of a session's processor time in seconds: none in effect, as a session lasts for days.
const UNLIMITED_CPU_SECONDS: u64 = u32::MAX as u64;

/// A worker process that waits for its next request.
#[derive(Debug)]
pub struct WorkerSession {
    child: Child,
    pipe: ChildStdin,
    output: ChildStdout,
    limits: Limits,
    #[cfg(windows)]
    _job_object: crate::confine_windows::JobObject,
}

impl Worker {
    /// Starts a session that prepares itself by `setup`, and waits until it is ready. The processor time of
    /// the session is not limited, the time of each request is.
    pub async fn open_session<S: Serialize>(&self, setup: &S) -> Result<WorkerSession, WorkerError> {
        let limits = self.limits();
        let mut child = self.build_command().spawn().map_err(WorkerError::Spawn)?;
        #[cfg(windows)]
        let job_object = crate::confine_windows::JobObject::new(
            &child,
            Limits { seconds: UNLIMITED_CPU_SECONDS, ..limits },
        )
        .map_err(WorkerError::Spawn)?;
        let (Some(pipe), Some(output)) = (child.stdin.take(), child.stdout.take()) else {
            return Err(WorkerError::Spawn(io::ErrorKind::BrokenPipe.into()));
        };
        let mut session = WorkerSession {
            child,
            pipe,
            output,
            limits,
            #[cfg(windows)]
            _job_object: job_object,
        };
        let setup_timeout = Duration::from_secs(limits.seconds);
        match timeout(setup_timeout, session.send_setup(setup)).await {
            Ok(Ok(())) => Ok(session),
            Ok(Err(ExchangeError::Refused(refusal))) => Err(WorkerError::Refused(refusal)),
            Ok(Err(ExchangeError::Broken(error))) => Err(diagnose_failure(&mut session.child, &error).await),
            Err(_) => Err(WorkerError::TimedOut(limits.seconds)),
        }
    }
}

impl WorkerSession {
    async fn send_setup<S: Serialize>(&mut self, setup: &S) -> Result<(), ExchangeError> {
        let limits = serde_json::to_vec(&self.limits).map_err(io::Error::from)?;
        let setup = serde_json::to_vec(setup).map_err(io::Error::from)?;
        for part in [limits.as_slice(), &setup] {
            self.pipe.write_all(&(part.len() as u64).to_le_bytes()).await?;
            self.pipe.write_all(part).await?;
        }
        self.pipe.flush().await?;
        let ready = read_frame(&mut self.output, self.limits.output_bytes).await?;
        serde_json::from_slice::<Result<(), Refusal>>(&ready)
            .map_err(io::Error::from)?
            .map_err(ExchangeError::Refused)
    }

    /// Runs a request within `seconds`; `parts` receives the parts of the result before its end. When `stop`
    /// is cancelled, a request that checks its [`StopFlag`] ends with [`Refusal::Stopped`]. After
    /// any error but a refusal the session is unusable.
    pub async fn run<J: Serialize, R: DeserializeOwned>(
        &mut self,
        request: &J,
        input: Input<'_>,
        seconds: u64,
        parts: Option<&mpsc::Sender<Vec<u8>>>,
        stop: &CancellationToken,
    ) -> Result<WorkerResponse<R>, WorkerError> {
        match timeout(Duration::from_secs(seconds), self.exchange_messages(request, input, parts, stop)).await
        {
            Ok(Ok(response)) => Ok(response),
            Ok(Err(ExchangeError::Refused(refusal))) => Err(WorkerError::Refused(refusal)),
            Ok(Err(ExchangeError::Broken(error))) => Err(diagnose_failure(&mut self.child, &error).await),
            Err(_) => Err(WorkerError::TimedOut(seconds)),
        }
    }

    async fn exchange_messages<J: Serialize, R: DeserializeOwned>(
        &mut self,
        request: &J,
        input: Input<'_>,
        parts: Option<&mpsc::Sender<Vec<u8>>>,
        stop: &CancellationToken,
    ) -> Result<WorkerResponse<R>, ExchangeError> {
        let request = serde_json::to_vec(request).map_err(io::Error::from)?;
        self.pipe.write_all(&(request.len() as u64).to_le_bytes()).await?;
        self.pipe.write_all(&request).await?;
        write_input(&mut self.pipe, input).await?;
        let mut response = std::pin::pin!(read_response(&mut self.output, self.limits.output_bytes, parts));
        tokio::select! {
            biased;
            response = &mut response => return response,
            () = stop.cancelled() => {}
        }
        // A request that has ended by itself meanwhile is not affected.
        self.pipe.write_all(&STOP_SIGNAL.to_le_bytes()).await?;
        self.pipe.flush().await?;
        response.await
    }

    /// True if the process is still running.
    pub fn is_alive(&mut self) -> bool {
        matches!(self.child.try_wait(), Ok(None))
    }
}

/// Reads a response: parts, then its end.
async fn read_response<R: DeserializeOwned>(
    output: &mut (impl AsyncRead + Unpin),
    max_bytes: u64,
    parts: Option<&mpsc::Sender<Vec<u8>>>,
) -> Result<WorkerResponse<R>, ExchangeError> {
    loop {
        let tag = output.read_u8().await?;
        let bytes = read_frame(output, max_bytes).await?;
        match tag {
            PART_TAG => {
                // The receiver may be gone already.
                if let Some(parts) = parts {
                    let _ = parts.send(bytes).await;
                }
            }
            END_TAG => {
                let reply: Result<R, Refusal> = serde_json::from_slice(&bytes).map_err(io::Error::from)?;
                let reply = reply.map_err(ExchangeError::Refused)?;
                let bytes = read_frame(output, max_bytes).await?;
                return Ok(WorkerResponse { reply, bytes });
            }
            _ => return Err(ExchangeError::Broken(io::ErrorKind::InvalidData.into())),
        }
    }
}

/// Link of a running request to the parent: parts of the result, and the stop flag.
pub struct RequestContext<'a> {
    output: &'a mut dyn io::Write,
    stop_flag: StopFlag,
}

impl RequestContext<'_> {
    /// Sends a part of the result.
    pub fn send_part(&mut self, bytes: &[u8]) -> io::Result<()> {
        self.output.write_all(&[PART_TAG])?;
        frame::write(&mut self.output, bytes)
    }

    /// Stop flag of the request, for use on any thread.
    pub fn stop_flag(&self) -> StopFlag {
        self.stop_flag.clone()
    }
}

/// Stop flag of a request: set once the parent cancels it.
#[derive(Clone, Debug)]
pub struct StopFlag {
    /// Number of this request in its session, from 1.
    request: u64,
    /// Number of the last cancelled request.
    last_stopped: Arc<AtomicU64>,
}

impl StopFlag {
    /// True if the request is cancelled.
    pub fn is_set(&self) -> bool {
        self.last_stopped.load(Ordering::SeqCst) >= self.request
    }
}

/// A request with its bytes, or the error after which none can be read any more.
type ReceivedRequest<J> = io::Result<(J, Vec<u8>)>;

/// Receives requests on a thread of its own, so that a stop arrives while a request runs. Starts confined.
fn receive_requests<J: DeserializeOwned + Send + 'static>(
    max_bytes: u64,
    last_stopped: Arc<AtomicU64>,
) -> io::Result<Receiver<ReceivedRequest<J>>> {
    let (sender, requests) = sync_channel(1);
    let receive = move || {
        let mut input = io::stdin().lock();
        let mut number = 0;
        while let Some(request) = read_request(&mut input, max_bytes, &mut number, &last_stopped).transpose()
        {
            let is_last = request.is_err();
            if sender.send(request).is_err() || is_last {
                return;
            }
        }
    };
    std::thread::Builder::new().name("requests".into()).spawn(receive)?;
    Ok(requests)
}

/// The next request with its bytes, or `None` if the parent has closed the pipe.
fn read_request<J: DeserializeOwned>(
    input: &mut impl io::Read,
    max_bytes: u64,
    number: &mut u64,
    last_stopped: &AtomicU64,
) -> io::Result<Option<(J, Vec<u8>)>> {
    loop {
        let Some(length) = frame::read_length(input)? else { return Ok(None) };
        if length == STOP_SIGNAL {
            last_stopped.store(*number, Ordering::SeqCst);
            continue;
        }
        *number += 1;
        let request = serde_json::from_slice(&frame::read_bytes(input, length, 1 << 20)?)?;
        return Ok(Some((request, frame::read(input, max_bytes)?)));
    }
}

/// Serves requests on the standard pipes until the parent closes them; the child's side of a session.
/// `prepare` may still open files, `begin` makes the session's state of its result, and `work` serves one
/// request; both run confined.
pub fn serve_session<S, Q, P, J, R>(
    prepare: impl FnOnce(S) -> Result<Q, Refusal>,
    begin: impl FnOnce(Q) -> Result<P, Refusal>,
    mut work: impl FnMut(&mut P, J, Vec<u8>, &mut RequestContext<'_>) -> Result<(R, Vec<u8>), Refusal>,
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
    // A session lasts for hours; the parent limits the time of each request.
    crate::child::confine(Limits { seconds: UNLIMITED_CPU_SECONDS, ..limits })?;
    let prepared = prepared.and_then(begin);
    let ready = prepared.as_ref().map(|_| ()).map_err(Clone::clone);
    frame::write(&mut output, &serde_json::to_vec(&ready)?)?;
    let Ok(mut prepared) = prepared else { return Ok(()) };
    drop(input);
    let last_stopped = Arc::new(AtomicU64::new(0));
    for (index, request) in
        receive_requests::<J>(limits.input_bytes, Arc::clone(&last_stopped))?.into_iter().enumerate()
    {
        let (request, bytes) = request?;
        let stop_flag = StopFlag { request: index as u64 + 1, last_stopped: Arc::clone(&last_stopped) };
        let result =
            work(&mut prepared, request, bytes, &mut RequestContext { output: &mut output, stop_flag });
        io::Write::write_all(&mut output, &[END_TAG])?;
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

#[cfg(test)]
mod tests;
