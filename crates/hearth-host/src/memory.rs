//! What this process weighs, and what room there is.

use std::path::Path;

/// Bytes of memory that this process keeps resident; 0 where the system does not say.
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

/// Bytes that are free on the disk of a path, where the system says.
pub fn free_bytes(path: &Path) -> Option<u64> {
    fs4::available_space(path).ok()
}
