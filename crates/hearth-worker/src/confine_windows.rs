//! What holds a worker on Windows: a Job Object that its parent puts around it before it is sent
//! anything. It limits memory and processor time, allows no further process, keeps it off the
//! clipboard and the desktop, and ends it when the parent ends, however that happens. Files and the
//! network stay open to it: Windows shuts those at the start of a process only.
//!
//! The one module of this crate with `unsafe`, for the calls that make the object. Reviewed for: the
//! handle is owned from the moment it is known to be one; each structure is the one its class asks
//! for, passed with its own size and only read during the call; the child's handle is borrowed from
//! a [`Child`] that outlives the call.
#![allow(unsafe_code)]

use std::io;
use std::os::windows::io::{AsRawHandle, FromRawHandle, OwnedHandle};
use std::ptr;

use tokio::process::Child;
use windows_sys::Win32::System::JobObjects::{
    AssignProcessToJobObject, CreateJobObjectW, JOB_OBJECT_LIMIT_ACTIVE_PROCESS,
    JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION, JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE,
    JOB_OBJECT_LIMIT_PROCESS_MEMORY, JOB_OBJECT_LIMIT_PROCESS_TIME, JOB_OBJECT_UILIMIT_DESKTOP,
    JOB_OBJECT_UILIMIT_DISPLAYSETTINGS, JOB_OBJECT_UILIMIT_EXITWINDOWS, JOB_OBJECT_UILIMIT_GLOBALATOMS,
    JOB_OBJECT_UILIMIT_HANDLES, JOB_OBJECT_UILIMIT_READCLIPBOARD, JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS,
    JOB_OBJECT_UILIMIT_WRITECLIPBOARD, JOBOBJECT_BASIC_UI_RESTRICTIONS, JOBOBJECT_EXTENDED_LIMIT_INFORMATION,
    JOBOBJECTINFOCLASS, JobObjectBasicUIRestrictions, JobObjectExtendedLimitInformation,
    SetInformationJobObject,
};
use windows_sys::Win32::System::Threading::DETACHED_PROCESS;

use crate::Limits;

/// How a worker is started: without a console, which would bring a window, and a process of the
/// system's that the job would have to admit.
pub(crate) const WITHOUT_CONSOLE: u32 = DETACHED_PROCESS;

/// Windows counts processor time in steps of 100 ns.
const TICKS_PER_SECOND: u64 = 10_000_000;

/// A job around one process; dropping it ends the process.
#[derive(Debug)]
pub(crate) struct Job {
    _handle: OwnedHandle,
}

impl Job {
    /// Puts a process under its limits.
    pub(crate) fn around(child: &Child, limits: Limits) -> io::Result<Self> {
        let process = child.raw_handle().ok_or(io::ErrorKind::NotFound)?;
        // SAFETY: neither attributes nor a name are required.
        let made = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if made.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: a handle that was just made for us.
        let job = unsafe { OwnedHandle::from_raw_handle(made) };
        let mut held = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        held.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
            | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
            | JOB_OBJECT_LIMIT_ACTIVE_PROCESS
            | JOB_OBJECT_LIMIT_PROCESS_TIME
            | JOB_OBJECT_LIMIT_PROCESS_MEMORY;
        held.BasicLimitInformation.ActiveProcessLimit = 1;
        held.BasicLimitInformation.PerProcessUserTimeLimit =
            limits.seconds.saturating_mul(TICKS_PER_SECOND).min(i64::MAX as u64) as i64;
        held.ProcessMemoryLimit = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        set(&job, JobObjectExtendedLimitInformation, &held)?;
        let apart = JOBOBJECT_BASIC_UI_RESTRICTIONS {
            UIRestrictionsClass: JOB_OBJECT_UILIMIT_DESKTOP
                | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
                | JOB_OBJECT_UILIMIT_EXITWINDOWS
                | JOB_OBJECT_UILIMIT_GLOBALATOMS
                | JOB_OBJECT_UILIMIT_HANDLES
                | JOB_OBJECT_UILIMIT_READCLIPBOARD
                | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
                | JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
        };
        set(&job, JobObjectBasicUIRestrictions, &apart)?;
        // SAFETY: both handles are open: the job is ours, the process the child's.
        if unsafe { AssignProcessToJobObject(job.as_raw_handle(), process) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { _handle: job })
    }
}

/// Sets one class of a job's limits; `T` is that class's structure.
fn set<T>(job: &OwnedHandle, class: JOBOBJECTINFOCLASS, limits: &T) -> io::Result<()> {
    let size = size_of::<T>() as u32;
    // SAFETY: the structure is read during the call, up to its size.
    if unsafe { SetInformationJobObject(job.as_raw_handle(), class, ptr::from_ref(limits).cast(), size) } == 0
    {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
