//! The child's side: prepare, confine, read the job, answer.

use std::io;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::frame;
use crate::parent::Limits;

/// A job that the child cannot do, in its own words: not a crash.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Refusal {
    /// A short name that the caller knows.
    pub code: String,
    pub message: String,
}

/// Runs one job on the standard pipes. `prepare` may still open files (libraries, models);
/// `work` gets what it made, the job and its bytes, and runs confined. Returns when the reply has
/// been written.
pub fn serve<P, J, R>(
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
    let job: J = serde_json::from_slice(&frame::read(&mut input, 1 << 20)?)?;
    let prepared = prepare(&job);
    confine(limits)?;
    let bytes = frame::read(&mut input, limits.input_bytes)?;
    let result = prepared.and_then(|prepared| work(prepared, job, bytes));
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
    let state = crate::confine_linux::confine(limits).map_err(io::Error::other)?;
    tracing::debug!(landlock = state.landlock, seccomp = state.seccomp, "confined");
    Ok(())
}

/// On Windows the parent has put a Job Object around this process; elsewhere its limits on time and
/// output hold.
#[cfg(not(target_os = "linux"))]
pub(crate) fn confine(_limits: Limits) -> io::Result<()> {
    Ok(())
}
