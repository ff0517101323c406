//! Memory of this process and free disk space.

use std::path::Path;

/// Resident memory of this process in bytes; 0 if the system does not report it.
pub fn resident_bytes() -> u64 {
    let Ok(status) = std::fs::read_to_string("/proc/self/status") else {
        return 0;
    };
    status
        .lines()
        .find_map(|line| line.strip_prefix("VmRSS:"))
        .and_then(|rest| rest.trim().strip_suffix("kB"))
        .and_then(|number| number.trim().parse::<u64>().ok())
        .map_or(0, |kib| kib * 1024)
}

/// Free bytes on the disk of a path, or `None` if the system does not report them.
pub fn free_disk_bytes(path: &Path) -> Option<u64> {
    fs4::available_space(path).ok()
}
