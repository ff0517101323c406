//! Memory of processes on Linux, as proportional set size (PSS).

use std::fs;

use anyhow::Context;

/// Memory of a process, in bytes.
pub(crate) fn process_bytes(process: u32) -> anyhow::Result<u64> {
    let text = fs::read_to_string(format!("/proc/{process}/smaps_rollup"))
        .context("the memory of the process could not be read (Linux only)")?;
    let line = text.lines().find_map(|line| line.strip_prefix("Pss:")).context("no Pss in smaps_rollup")?;
    let kib: u64 = line.trim().trim_end_matches("kB").trim().parse()?;
    Ok(kib * 1024)
}

/// Memory of a process, in MB.
pub(crate) fn process_megabytes(process: u32) -> anyhow::Result<u64> {
    Ok(process_bytes(process)? / 1_000_000)
}

/// Names and memory, in bytes, of a process and its descendants.
pub(crate) fn process_tree_bytes(root: u32) -> anyhow::Result<Vec<(String, u64)>> {
    let mut found = Vec::new();
    let mut pending = vec![root];
    while let Some(process) = pending.pop() {
        let folder = format!("/proc/{process}");
        let name = fs::read_to_string(format!("{folder}/comm"))?.trim().to_owned();
        found.push((name, process_bytes(process)?));
        for task in fs::read_dir(format!("{folder}/task"))?.flatten() {
            let children = fs::read_to_string(task.path().join("children")).unwrap_or_default();
            pending.extend(children.split_whitespace().filter_map(|child| child.parse::<u32>().ok()));
        }
    }
    Ok(found)
}
