//! The child's side of a worker: prepare, confine, read the request, respond.

use std::io;

use serde::Serialize;
use serde::de::DeserializeOwned;

use crate::frame;
use crate::limits::Limits;
use crate::refusal::Refusal;

/// Serves one request on the standard pipes. `prepare` may still open files (libraries, models);
/// `work` gets its result, the request and the request's bytes, and runs confined. Returns when the
/// response is written.
pub fn serve_request<P, J, R>(
    prepare: impl FnOnce(&J) -> Result<P, Refusal>,
    work: impl FnOnce(P, J, Vec<u8>) -> Result<(R, Vec<u8>), Refusal>,
) -> io::Result<()>
where
    J: DeserializeOwned,
    R: Serialize,
{
    #[cfg(target_os = "linux")]
    crate::confine_linux::close_inherited();
    let mut input = io::stdin().lock();
    let limits: Limits = serde_json::from_slice(&frame::read(&mut input, 1 << 20)?)?;
    let request: J = serde_json::from_slice(&frame::read(&mut input, 1 << 20)?)?;
    let prepared = prepare(&request);
    confine(limits)?;
    let bytes = frame::read(&mut input, limits.input_bytes)?;
    let result = prepared.and_then(|prepared| work(prepared, request, bytes));
    let (head, body) = match result {
        Ok((reply, body)) => (serde_json::to_vec(&Ok::<_, Refusal>(reply))?, body),
        Err(refusal) => (serde_json::to_vec(&Err::<(), _>(refusal))?, Vec::new()),
    };
    let mut output = io::stdout().lock();
    frame::write(&mut output, &head)?;
    frame::write(&mut output, &body)
}

#[cfg(target_os = "linux")]
pub(crate) fn confine(limits: Limits) -> io::Result<()> {
    let confinement = crate::confine_linux::confine(limits).map_err(io::Error::other)?;
    tracing::debug!(landlock = confinement.landlock, seccomp = confinement.seccomp, "confined");
    Ok(())
}

/// Nothing to do in the child: on Windows the parent has put a Job Object around this process; elsewhere
/// the parent's limits on time and output apply.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_limits: Limits) -> io::Result<()> {
    Ok(())
}
