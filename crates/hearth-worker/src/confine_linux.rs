//! Confinement on Linux: resource limits, Landlock (no path can be opened) and a seccomp
//! filter (no socket, no program, no foreign process). The filter allows by default and denies by
//! list, because the runtime goes on needing threads, memory and clocks; denied calls fail with
//! an error rather than killing the process, so that a parser can report it.

use std::collections::BTreeMap;
use std::env::consts::ARCH;

use landlock::{
    ABI, Access, AccessFs, AccessNet, CompatLevel, Compatible, Ruleset, RulesetAttr, RulesetCreatedAttr,
    RulesetStatus, Scope,
};
use rustix::process::{DumpableBehavior, Resource, Rlimit, getrlimit, set_dumpable_behavior, setrlimit};
use seccompiler::{
    BackendError, BpfProgram, SeccompAction, SeccompCmpArgLen, SeccompCmpOp, SeccompCondition, SeccompFilter,
    SeccompRule, TargetArch,
};

use crate::Limits;

/// Error of the confinement.
#[derive(Debug, thiserror::Error)]
pub enum ConfineError {
    #[error("a limit could not be set: {0}")]
    Limit(#[from] rustix::io::Errno),
    #[error("Landlock: {0}")]
    Landlock(#[from] landlock::RulesetError),
    #[error("seccomp: {0}")]
    Seccomp(#[from] seccompiler::Error),
    #[error("seccomp filter: {0}")]
    Filter(#[from] BackendError),
}

/// Parts of the confinement that this kernel supports.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Confinement {
    pub landlock: bool,
    pub seccomp: bool,
}

/// Closes all inherited file descriptors but the standard pipes. Libraries of the parent (GLib, as it starts
/// another program) hold pipes open for a moment, and a process spawned in that moment inherits them: the
/// parent, which waits for their end, would wait for the end of this process. Besides, a confined process
/// needs nothing that its parent has open.
pub(crate) fn close_inherited() {
    let Ok(entries) = std::fs::read_dir("/proc/self/fd") else { return };
    let descriptors: Vec<i32> =
        entries.flatten().filter_map(|entry| entry.file_name().to_str()?.parse().ok()).collect();
    for descriptor in descriptors.into_iter().filter(|descriptor| *descriptor > 2) {
        // The folder that was just read is among them, and closed already.
        let _ = nix::unistd::close(descriptor);
    }
}

/// Confines this process for good. Call it before any thread starts (Landlock binds the calling
/// thread and its later children) and after everything needed is open.
pub fn confine(limits: Limits) -> Result<Confinement, ConfineError> {
    let resource_limits = [
        (Resource::Core, 0, 0),
        (Resource::Fsize, 0, 0),
        (Resource::Cpu, limits.seconds, limits.seconds + 5),
        (Resource::As, limits.memory_bytes, limits.memory_bytes),
    ];
    for (resource, soft, hard) in resource_limits {
        // A hard limit can be lowered, never raised.
        let hard = getrlimit(resource).maximum.map_or(hard, |current| current.min(hard));
        setrlimit(resource, Rlimit { current: Some(soft.min(hard)), maximum: Some(hard) })?;
    }
    set_dumpable_behavior(DumpableBehavior::NotDumpable)?;
    let landlock = Ruleset::default()
        .set_compatibility(CompatLevel::BestEffort)
        .handle_access(AccessFs::from_all(ABI::V6))?
        .handle_access(AccessNet::from_all(ABI::V6))?
        .scope(Scope::from_all(ABI::V6))?
        .create()?
        .no_new_privs(true)
        .restrict_self()?
        .ruleset;
    Ok(Confinement { landlock: landlock != RulesetStatus::NotEnforced, seccomp: install_syscall_filters()? })
}

type SyscallRules = BTreeMap<i64, Vec<SeccompRule>>;

/// Bit in the numbers of the x32 interface, which pass the architecture check of a filter.
#[cfg(target_arch = "x86_64")]
const X32_SYSCALL_BIT: i64 = 0x4000_0000;

/// Installs the seccomp filters; `false` on an architecture without them.
fn install_syscall_filters() -> Result<bool, ConfineError> {
    let Ok(arch) = TargetArch::try_from(ARCH) else {
        return Ok(false);
    };
    // The flags of these calls are passed through pointers, which a filter cannot read. "Not implemented" makes
    // the C library fall back to clone and openat.
    let unimplemented: SyscallRules =
        [libc::SYS_clone3, libc::SYS_openat2].into_iter().map(|call| (call, vec![])).collect();
    let mut denied: SyscallRules = DENIED_SYSCALLS.iter().map(|&call| (call, vec![])).collect();
    let creates_process = SeccompCondition::new(
        0,
        SeccompCmpArgLen::Dword,
        SeccompCmpOp::MaskedEq(libc::CLONE_THREAD as u64),
        0,
    )?;
    denied.insert(libc::SYS_clone, vec![SeccompRule::new(vec![creates_process])?]);
    let differs_from = |allowed: u64| {
        SeccompCondition::new(0, SeccompCmpArgLen::Dword, SeccompCmpOp::Ne, allowed)
            .map(|condition| vec![condition])
    };
    for call in [libc::SYS_tgkill, libc::SYS_rt_tgsigqueueinfo] {
        let own_id = u64::from(std::process::id());
        denied.insert(call, vec![SeccompRule::new(differs_from(own_id)?)?]);
    }
    denied.insert(libc::SYS_prlimit64, vec![SeccompRule::new(differs_from(0)?)?]);
    denied.extend(DENIED_NEWER_SYSCALLS.iter().map(|&call| (call, vec![])));
    #[cfg(target_arch = "x86_64")]
    {
        denied.extend(DENIED_X86_SYSCALLS.iter().map(|&call| (call, vec![])));
        let x32_calls: Vec<i64> = denied
            .keys()
            .chain(unimplemented.keys())
            .copied()
            .chain(512..=547)
            .map(|call| call | X32_SYSCALL_BIT)
            .collect();
        denied.extend(x32_calls.into_iter().map(|call| (call, vec![])));
    }
    // In this order: the second denies installing filters.
    for (rules, errno) in [(unimplemented, libc::ENOSYS), (denied, libc::EPERM)] {
        let program: BpfProgram =
            SeccompFilter::new(rules, SeccompAction::Allow, SeccompAction::Errno(errno as u32), arch)?
                .try_into()?;
        seccompiler::apply_filter_all_threads(&program)?;
    }
    Ok(true)
}

/// Denied calls newer than the C library's list: fchmodat2, setxattrat, removexattrat.
const DENIED_NEWER_SYSCALLS: &[libc::c_long] = &[452, 463, 466, libc::SYS_mq_open];

/// Denied calls: all that open, create, change or remove a file, reach a network or another process, or
/// change the rights of this process. All that is needed is open before confinement.
const DENIED_SYSCALLS: &[libc::c_long] = &[
    libc::SYS_openat,
    libc::SYS_open_by_handle_at,
    libc::SYS_name_to_handle_at,
    libc::SYS_unlinkat,
    libc::SYS_renameat,
    libc::SYS_renameat2,
    libc::SYS_linkat,
    libc::SYS_symlinkat,
    libc::SYS_mkdirat,
    libc::SYS_mknodat,
    libc::SYS_fchmodat,
    libc::SYS_fchownat,
    libc::SYS_truncate,
    libc::SYS_utimensat,
    libc::SYS_setxattr,
    libc::SYS_lsetxattr,
    libc::SYS_removexattr,
    libc::SYS_lremovexattr,
    libc::SYS_socket,
    libc::SYS_socketpair,
    libc::SYS_connect,
    libc::SYS_bind,
    libc::SYS_listen,
    libc::SYS_accept,
    libc::SYS_accept4,
    libc::SYS_execve,
    libc::SYS_execveat,
    libc::SYS_ptrace,
    libc::SYS_process_vm_readv,
    libc::SYS_process_vm_writev,
    libc::SYS_process_madvise,
    libc::SYS_pidfd_open,
    libc::SYS_pidfd_getfd,
    libc::SYS_pidfd_send_signal,
    libc::SYS_kill,
    libc::SYS_tkill,
    libc::SYS_rt_sigqueueinfo,
    libc::SYS_kcmp,
    libc::SYS_chdir,
    libc::SYS_fchdir,
    libc::SYS_chroot,
    libc::SYS_pivot_root,
    libc::SYS_mount,
    libc::SYS_umount2,
    libc::SYS_unshare,
    libc::SYS_setns,
    libc::SYS_open_tree,
    libc::SYS_move_mount,
    libc::SYS_fsopen,
    libc::SYS_fsmount,
    libc::SYS_memfd_create,
    libc::SYS_io_uring_setup,
    libc::SYS_io_uring_enter,
    libc::SYS_io_uring_register,
    libc::SYS_bpf,
    libc::SYS_perf_event_open,
    libc::SYS_userfaultfd,
    libc::SYS_keyctl,
    libc::SYS_add_key,
    libc::SYS_request_key,
    libc::SYS_init_module,
    libc::SYS_finit_module,
    libc::SYS_delete_module,
    libc::SYS_kexec_load,
    libc::SYS_reboot,
    libc::SYS_swapon,
    libc::SYS_swapoff,
    libc::SYS_setuid,
    libc::SYS_setgid,
    libc::SYS_setreuid,
    libc::SYS_setresuid,
    libc::SYS_capset,
    libc::SYS_personality,
    libc::SYS_setrlimit,
    libc::SYS_shmget,
    libc::SYS_msgget,
    libc::SYS_semget,
    libc::SYS_inotify_init1,
    libc::SYS_fanotify_init,
    libc::SYS_seccomp,
];

/// Denied calls that exist on x86-64 only.
#[cfg(target_arch = "x86_64")]
const DENIED_X86_SYSCALLS: &[libc::c_long] = &[
    libc::SYS_open,
    libc::SYS_creat,
    libc::SYS_fork,
    libc::SYS_vfork,
    libc::SYS_unlink,
    libc::SYS_rmdir,
    libc::SYS_rename,
    libc::SYS_link,
    libc::SYS_symlink,
    libc::SYS_mkdir,
    libc::SYS_mknod,
    libc::SYS_chmod,
    libc::SYS_chown,
    libc::SYS_lchown,
    libc::SYS_utime,
    libc::SYS_utimes,
    libc::SYS_futimesat,
    libc::SYS_uselib,
    libc::SYS_ioperm,
    libc::SYS_iopl,
    libc::SYS_modify_ldt,
    libc::SYS_inotify_init,
];
