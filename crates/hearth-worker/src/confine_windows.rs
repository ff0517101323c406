//! Confinement on Windows: a Job Object that the parent puts around a worker before it sends anything.
//! The object limits memory and processor time, allows no further process, keeps the worker off the
//! clipboard and the desktop, and ends it when the parent ends, however that happens. Files and the
//! network stay within reach: Windows can shut those at the start of a process only.
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

/// Flags of a worker's start: no console, which would bring a window, and a process of the system
/// that the Job Object would have to admit.
pub(crate) const CREATION_FLAGS: u32 = DETACHED_PROCESS;

/// Units of processor time per second: Windows counts it in steps of 100 ns.
const TICKS_PER_SECOND: u64 = 10_000_000;

/// A Job Object around one process; dropping it ends the process.
#[derive(Debug)]
pub(crate) struct JobObject {
    _handle: OwnedHandle,
}

impl JobObject {
    /// Creates a Job Object with limits and puts a process under it.
    pub(crate) fn new(child: &Child, limits: Limits) -> io::Result<Self> {
        let process = child.raw_handle().ok_or(io::ErrorKind::NotFound)?;
        // SAFETY: neither attributes nor a name are required.
        let raw_handle = unsafe { CreateJobObjectW(ptr::null(), ptr::null()) };
        if raw_handle.is_null() {
            return Err(io::Error::last_os_error());
        }
        // SAFETY: the handle was just created and is owned by this function alone.
        let job = unsafe { OwnedHandle::from_raw_handle(raw_handle) };
        let mut extended_limits = JOBOBJECT_EXTENDED_LIMIT_INFORMATION::default();
        extended_limits.BasicLimitInformation.LimitFlags = JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE
            | JOB_OBJECT_LIMIT_DIE_ON_UNHANDLED_EXCEPTION
            | JOB_OBJECT_LIMIT_ACTIVE_PROCESS
            | JOB_OBJECT_LIMIT_PROCESS_TIME
            | JOB_OBJECT_LIMIT_PROCESS_MEMORY;
        extended_limits.BasicLimitInformation.ActiveProcessLimit = 1;
        extended_limits.BasicLimitInformation.PerProcessUserTimeLimit =
            limits.seconds.saturating_mul(TICKS_PER_SECOND).min(i64::MAX as u64) as i64;
        extended_limits.ProcessMemoryLimit = usize::try_from(limits.memory_bytes).unwrap_or(usize::MAX);
        set_limits(&job, JobObjectExtendedLimitInformation, &extended_limits)?;
        let ui_restrictions = JOBOBJECT_BASIC_UI_RESTRICTIONS {
            UIRestrictionsClass: JOB_OBJECT_UILIMIT_DESKTOP
                | JOB_OBJECT_UILIMIT_DISPLAYSETTINGS
                | JOB_OBJECT_UILIMIT_EXITWINDOWS
                | JOB_OBJECT_UILIMIT_GLOBALATOMS
                | JOB_OBJECT_UILIMIT_HANDLES
                | JOB_OBJECT_UILIMIT_READCLIPBOARD
                | JOB_OBJECT_UILIMIT_SYSTEMPARAMETERS
                | JOB_OBJECT_UILIMIT_WRITECLIPBOARD,
        };
        set_limits(&job, JobObjectBasicUIRestrictions, &ui_restrictions)?;
        // SAFETY: both handles are open: this function owns the job's, `child` the process's.
        if unsafe { AssignProcessToJobObject(job.as_raw_handle(), process) } == 0 {
            return Err(io::Error::last_os_error());
        }
        Ok(Self { _handle: job })
    }
}

/// Sets one class of a Job Object's limits; `T` is that class's structure.
fn set_limits<T>(job: &OwnedHandle, class: JOBOBJECTINFOCLASS, limits: &T) -> io::Result<()> {
    let size = size_of::<T>() as u32;
    // SAFETY: the structure is read during the call, up to its size.
    if unsafe { SetInformationJobObject(job.as_raw_handle(), class, ptr::from_ref(limits).cast(), size) } == 0
    {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}
